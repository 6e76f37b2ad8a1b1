"""Every code block of the page about language models runs; the Korean page has the same."""

import pytest
from needs import needs
from test_readme import blocks, commands
from test_timeline_document import run

DOCUMENTS = ("docs/en/background/language-model.md", "docs/ko/background/language-model.md")


@pytest.mark.slow
def test_the_blocks_run_one_after_the_other(tmp_path):
    needs("torch")
    (tmp_path / "README.md").write_text("the cat sat on a mat. a dog saw the cat.\n" * 50)
    for language, code in blocks(DOCUMENTS[0]):
        run(language, code, tmp_path, PYTHONWARNINGS="error")


def test_both_documents_run_the_same_commands():
    assert commands(DOCUMENTS[0]) == commands(DOCUMENTS[1])

"""Every code block of docs/language-model.md runs, as a reader would run it; the Korean one has the same."""

import re

import pytest
from needs import needs
from test_readme import ROOT, blocks, commands
from test_timeline_document import run

DOCUMENTS = ("docs/language-model.md", "docs/language-model.ko.md")


@pytest.mark.slow
def test_the_blocks_run_one_after_the_other(tmp_path):
    needs("torch")
    (tmp_path / "README.md").write_text("the cat sat on a mat. a dog saw the cat.\n" * 50)
    for language, code in blocks(DOCUMENTS[0]):
        run(language, code, tmp_path, PYTHONWARNINGS="error")


def test_both_documents_run_the_same_commands():
    assert commands(DOCUMENTS[0]) == commands(DOCUMENTS[1])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert link.startswith("http") or (ROOT / name).parent.joinpath(link).exists(), link

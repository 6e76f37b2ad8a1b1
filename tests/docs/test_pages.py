"""The code of every page runs as a reader would run it, and prints what the page says."""

import pytest
from blocks import blocks, needed
from needs import needs
from pages import DOCS, LANGUAGES, PAGES, run_blocks, text_of

import tovec

SECTIONS = ("install.md", "how-to/", "background/")
# What a page itself warns of, in a text that says so, is no error there.
WARNS = {"background/align.md": "default"}
GIVEN = "the cat sat on a mat. a dog saw the cat.\n" * 50  # a README.md that trains in a moment


def languages_of(language, name):
    return {block.language for block in blocks(text_of(language, name))}


WITH_CODE = [
    (language, name)
    for language in LANGUAGES
    for name in PAGES
    if name.startswith(SECTIONS) and languages_of(language, name) & {"python", "sh"}
]


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tutorial_runs_from_its_first_page_to_its_last(tmp_path, language):
    pages = sorted((DOCS / language / "tutorial").glob("[0-9]*.md"))
    assert len(pages) == 10
    for page in pages:
        for package in needed(page.read_text(encoding="utf-8")):
            needs(package)
    run_blocks(tmp_path, *pages)


@pytest.mark.slow
@pytest.mark.parametrize(("language", "name"), WITH_CODE)
def test_the_code_of_a_page_runs(tmp_path, language, name):
    for package in needed(text_of(language, name)):
        needs(package)
    (tmp_path / "README.md").write_text(GIVEN)
    run_blocks(tmp_path, DOCS / language / name, **({"warnings": WARNS[name]} if name in WARNS else {}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_of_align_warns_of_its_few_pairs_and_writes_what_it_says(
    tmp_path, monkeypatch, capsys, language
):
    monkeypatch.chdir(tmp_path)
    code = next(
        one.code for one in blocks(text_of(language, "background/align.md")) if one.language == "python"
    )
    with pytest.warns(tovec.TovecWarning, match="the map is fitted on 5 pairs, and 4 dimensions want 16"):
        exec(code, {})
    assert capsys.readouterr().out.splitlines()[0].endswith(" (4, 4)")
    assert (tmp_path / "english-there" / "map.safetensors").is_file()

"""Every page is there in both languages, of one shape, and keeps the rules of all pages."""

import itertools
import re

import pytest
from blocks import blocks, needed
from pages import DOCS, LANGUAGES, PAGES, text_of, without_blocks

BOTH = [f"{language}/{name}" for name in PAGES for language in LANGUAGES]


def headings(text):
    """Return the levels of the headings, in order."""
    return [len(marks) for marks in re.findall(r"^(#+) ", without_blocks(text), re.MULTILINE)]


def code_languages(text):
    """Return the languages of the blocks of code; what they print, each language shows as it needs."""
    return [block.language for block in blocks(text) if block.language != "text"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_and_its_twin_have_one_shape(name):
    for language in LANGUAGES:
        assert (DOCS / language / name).is_file(), f"docs/{language}/{name} is missing"
    english, korean = (text_of(language, name) for language in LANGUAGES)
    assert headings(english) == headings(korean)
    assert code_languages(english) == code_languages(korean)
    assert needed(english) == needed(korean)


def test_both_glossaries_explain_as_many_words():
    english, korean = (
        re.findall(r"^\S.*\n  \S", text_of(language, "reference/glossary.md"), re.MULTILINE)
        for language in LANGUAGES
    )
    assert len(english) == len(korean) > 40


@pytest.mark.parametrize("path", [path for path in BOTH if (DOCS / path).is_file()])
def test_a_page_keeps_the_rules_of_all_pages(path):
    language, _, name = path.partition("/")
    text = text_of(language, name)
    # Markdown takes ** between a sign and a letter, as at the end of **[id](…)**는, for two asterisks.
    assert not re.findall(r"(?:^|[\s(])\*\*\S[^*\n]*[^\w\s*]\*\*\w", without_blocks(text))
    levels = headings(text)
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(level <= before + 1 for before, level in itertools.pairwise(levels))
    for link in re.findall(r"\]\(([^)#\s]+)", without_blocks(text)):
        if not link.startswith(("http", "made/")):
            target = (DOCS / path).parent.joinpath(link).resolve()
            assert target.is_file(), f"{link} leads nowhere"
            assert target.is_relative_to(DOCS / language) or target.parent == DOCS / "images", link

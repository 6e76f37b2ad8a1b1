"""The reference has every public name and every command, and docstrings come out as they are meant."""

import importlib
import inspect
import re
from dataclasses import fields

import pytest
from needs import needs
from pages import DOCS, LANGUAGES, text_of

import tovec
from tovec.cli import cli

needs("sphinx")
needs("myst_parser")

from docstrings import as_rst, parameters_of  # noqa: E402
from korean import SearchKorean, with_korean_labels  # noqa: E402


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_public_name_has_an_entry(language):
    text = text_of(language, "reference/python.md")
    named = re.findall(r"^\.\. auto(?:function|class|exception):: tovec\.(\w+)$", text, re.MULTILINE)
    assert sorted(named) == sorted(tovec.__all__)


def test_names_are_in_the_order_of_help():
    entries = re.findall(r":: tovec\.(\w+)", text_of("en", "reference/python.md"))
    listed = [line.partition("  ")[0] for line in (tovec.__doc__ or "").splitlines() if "  " in line]
    order = [name for line in listed for name in re.findall(r"\w+", line.partition("(")[0])]
    assert entries == [name for name in dict.fromkeys(order) if name in tovec.__all__]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_has_an_entry(language):
    named = re.findall(
        r"^```\{command\} ?(.*)$", text_of(language, "reference/command-line.md"), re.MULTILINE
    )
    assert named[0] == "" and sorted(named[1:]) == sorted(cli.commands)


def test_only_code_is_markup_in_a_docstring():
    assert as_rst(["`a*b`s and **kw, x_ | y\\z"], []) == [r"`a*b`\ s and \*\*kw, x\_ \| y\\z", ""]


def test_parameters_are_a_list_between_what_a_function_returns_and_what_it_raises():
    def function(source, k, limit):
        pass

    lines = [
        "Return it. source, k: what; see",
        "there. limit: how many. other: no. Raises BadSource for none.",
    ]
    assert as_rst(lines, parameters_of(function)) == [
        "Return it.",
        "",
        "* **source, k**: what; see there.",
        "* **limit**: how many. other: no.",
        "",
        "Raises BadSource for none.",
        "",
    ]


def test_a_paragraph_with_hanging_lines_is_a_list():
    lines = ["dim: length", "    of a vector.", "seed: of all."]
    assert as_rst(lines, []) == ["* **dim**: length", "  of a vector.", "* **seed**: of all.", ""]


def test_every_setting_of_train_stands_out():
    lines = inspect.cleandoc(tovec.train.__doc__ or "").splitlines()
    rst = "\n".join(as_rst(lines, parameters_of(tovec.train)))
    strong = {name for names in re.findall(r"\*\*(.+?)\*\*: ", rst) for name in names.split(", ")}
    assert {field.name for field in fields(tovec.TrainConfig)} <= strong


def test_hangul_is_found_by_the_beginning_of_a_word_and_english_by_its_stem():
    search = SearchKorean({})
    assert search.split("벡터를 train의 표") == ["벡터를", "벡터", "train의", "표"]
    assert search.stem("vectors") == search.stem("vector") == "vector" and search.stem("벡터") == "벡터"


def test_labels_of_the_theme_are_korean_and_words_of_a_page_stay():
    html = '<input aria-label="Toggle navigation of 배경"><title>Menu</title><p>Menu</p>'
    assert with_korean_labels(html) == (
        '<input aria-label="하위 메뉴 열고 닫기: 배경"><title>메뉴</title><p>Menu</p>'
    )


@pytest.mark.parametrize("name", ["LIGHT", "DARK"])
def test_the_colors_are_those_of_the_page(name):
    css = (DOCS.parent / "page/src/ui/base.css").read_text(encoding="utf-8")
    start = css.index('.tovec[data-theme="dark"] {' if name == "DARK" else ".tovec {")
    page = dict(re.findall(r"--([\w-]+): ([^;]+);", css[start : css.index("}", start)]))
    site = getattr(importlib.import_module("conf"), name)
    assert site == {key: page[key] for key in site}

"""What counts as prose in documentation; examples are in the manner of the standard library."""

import inspect

import pytest

from tovec.demo.prose import is_prose, paragraphs, plain


def prose(text: str) -> list[str]:
    return list(paragraphs(inspect.cleandoc(text)))


def test_lines_of_a_paragraph_are_joined_and_blank_lines_separate_paragraphs() -> None:
    text = """Return the list of
    all open files.

    The order is
    arbitrary.
    """
    assert prose(text) == ["Return the list of all open files.", "The order is arbitrary."]


def test_list_items_are_paragraphs_without_their_bullets() -> None:
    text = """Modes are as follows:
    - a file is opened
      for reading
    * a file is created
    1. the first of them
    (2) the second of them
    """
    assert prose(text) == [
        "Modes are as follows:",
        "a file is opened for reading",
        "a file is created",
        "the first of them",
        "the second of them",
    ]


def test_examples_and_their_output_are_left_out() -> None:
    text = """Count the words of a text.
    >>> count("the words of a text")
    the output of an example

    What follows is told again.

    ...   but not this
    """
    assert prose(text)[:2] == ["Count the words of a text.", "What follows is told again."]
    assert not any("output" in paragraph for paragraph in prose(text))


def test_blocks_indented_below_a_double_colon_are_left_out() -> None:
    text = """Use it like this::

        this is taken as it stands

            and this is as well

    Here the text goes on.
    """
    assert prose(text) == ["Use it like this:", "Here the text goes on."]


def test_a_description_below_a_signature_is_kept() -> None:
    text = """object.__del__(self)

       Called when the instance is about to be destroyed.
    """
    assert prose(text) == ["Called when the instance is about to be destroyed."]


def test_underlines_tables_and_directives_are_left_out() -> None:
    text = """The first of titles
    ===================

    +------+------+
    | name | kind of a thing |
    +------+------+

    .. versionadded:: 3.2
       The argument for names.

    -----
    """
    assert prose(text) == ["The first of titles"]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("see :func:`os.path.join` here", "see os.path.join here"),
        ("see :class:`~io.StringIO` here", "see io.StringIO here"),
        ("see :ref:`the files <files>` here", "see the files here"),
        ("the ``list`` and the `dict`", "the list and the dict"),
        ("the `list' of old", "the list of old"),
        ("the *args* and **kwargs** given", "the args and kwargs given"),
        ("takes *args and **kwargs too", "takes *args and **kwargs too"),
        ("2*x and 3*y stay", "2*x and 3*y stay"),
        ("told at https://example.org/x?y=1 in full", "told at in full"),
        ("as follows::", "as follows:"),
        ("the user's list, don't touch", "the user's list, don't touch"),
        ("--- a title ---", "a title"),
        ("__init__ and list.append stay", "__init__ and list.append stay"),
    ],
)
def test_markup_is_removed_and_names_are_kept(marked: str, expected: str) -> None:
    assert plain(marked) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Return the size.",
        "Raise ValueError if not found",
        "Return True if the queue is empty, False otherwise (not reliable!).",
        "Like get(), but convert value to a float.",
        "True when all elements are true",
        "os.altsep is the alternate pathname separator (None or '/')",
        "Note that this is not warranted by the standard.",
    ],
)
def test_sentences_are_prose(text: str) -> None:
    assert is_prose(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "two words",
        "if self.closed: return None",
        "for line in lines: print(line)",
        "from os import path",
        "import os, sys, re",
        "print('the text of a string is no prose')",
        "logger.warning('the text of it', exc_info=1)",
        "assert_stmt ::= 'assert' expression [',' expression]",
        "x = 2**e * 10**xe, e >= 0, and y < 0",
        "-*- coding: utf-8 in this file -*-",
        "type: ignore[union-attr] for this line",
        "Copyright 1991-1995, The Authors of this File, all rights reserved.",
        "Licensed to the public under an agreement that is told elsewhere.",
        "THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE",
    ],
)
def test_code_directives_and_licenses_are_not_prose(text: str) -> None:
    assert not is_prose(text)


@pytest.mark.parametrize("text", ["", "\n\n", "   ", "===\n---"])
def test_empty_text_has_no_paragraphs(text: str) -> None:
    assert prose(text) == []

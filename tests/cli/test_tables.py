"""Tables of text and Markdown."""

import pytest

from tovec.cli.tables import print_table


def test_numbers_stand_to_the_right_and_wide_letters_take_two_columns(capsys):
    print_table(("token", "n", "x"), [("영화", 12345, 0.5), ("a", None, float("nan"))])
    assert capsys.readouterr().out.splitlines() == [
        "token       n      x",
        "영화   12,345  0.500",
        "a           -      -",
    ]


def test_markdown_escapes_what_ends_a_cell(capsys):
    print_table(("token", "n"), [("a|b", 1)], markdown=True)
    assert capsys.readouterr().out.splitlines() == ["| token | n |", "| --- | ---: |", "| a\\|b | 1 |"]


@pytest.mark.parametrize("markdown", [False, True])
def test_table_without_rows_is_its_heads(capsys, markdown):
    print_table(("token", "n"), [], markdown)
    assert "token" in capsys.readouterr().out

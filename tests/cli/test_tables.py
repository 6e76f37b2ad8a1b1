"""Tables of text and Markdown."""

import pytest

from tovec.cli.tables import display_width, print_table


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


def test_markdown_shows_tokens_as_they_are(capsys):
    """`<s>` would be an element of HTML, which pages leave out, and `*` begins emphasis."""
    cells = ("<s>", "**", "`", "[PAD]", "a_b", "_x_", "\\n")
    print_table(("token",), [(cell,) for cell in cells], markdown=True)
    found = [line[2:-2] for line in capsys.readouterr().out.splitlines()[2:]]
    assert found == ["\\<s>", "\\*\\*", "\\`", "\\[PAD]", "a_b", "\\_x\\_", "\\\\n"]


def test_very_large_and_very_small_numbers_have_a_power_of_ten(capsys):
    print_table(("x",), [(2.7e30,), (3e-12,), (0.0,), (-0.0004,), (1234.5,)])  # -0.0004 is 0
    assert capsys.readouterr().out.split()[1:] == ["2.7e+30", "3e-12", "0.000", "0.000", "1234.500"]


def test_marks_that_stand_over_letters_take_no_column():
    assert display_width("แมวนั่ง") == 5  # U+0E31 and U+0E48 are marks
    assert display_width("\u1112\u1161\u11ab") == display_width("한") == 2
    assert display_width("a\u200db") == 2


@pytest.mark.parametrize("markdown", [False, True])
def test_table_without_rows_is_its_heads(capsys, markdown):
    print_table(("token", "n"), [], markdown)
    assert "token" in capsys.readouterr().out

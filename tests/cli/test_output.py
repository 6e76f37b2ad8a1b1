"""What commands print: lines, JSON, tokens, warnings; test_mistakes.py tests messages with options."""

import json
import warnings

import click
import numpy as np
import pytest

from tovec.cli.output import LONGEST, print_json, say, shown, warnings_as_lines, with_options
from tovec.errors import TovecWarning


def test_json_keeps_letters_and_escapes_what_is_unsafe_on_a_terminal(capsys):
    value = {"한국어": ["é", "\x9b31m", "\u202e", "\ud800", "\x1b", "\u200d"]}
    print_json(value)
    output = capsys.readouterr().out
    assert json.loads(output) == value
    assert "한국어" in output and "é" in output and "\u200d" in output
    assert not set(output) & set("\x9b\u202e\ud800\x1b")


def test_json_has_null_for_nan_and_infinity(capsys):
    print_json({"a": [1.5, float("nan")], "b": ({"c": -np.inf},)})
    assert json.loads(capsys.readouterr().out) == {"a": [1.5, None], "b": [{"c": None}]}


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("cat", "cat"),
        ("New York", "New York"),
        (" the", "' the'"),
        ("", "''"),
        ("a\nb", r"'a\nb'"),
        ("x" * LONGEST, "x" * LONGEST),
        ("x" * 1234, "x" * LONGEST + "… (1,234 characters)"),
    ],
)
def test_a_token_is_quoted_where_white_space_would_be_invisible(token, text):
    assert shown(token) == text


def test_a_line_is_one_line(capsys):
    say("a\nb\x1b[2J", err=True)
    assert capsys.readouterr() == ("", "a\\nb\\x1b[2J\n")


def test_the_middle_of_a_very_long_message_is_left_out():
    message = with_options("begin" + "x" * 5000 + "end", click.Command("x"))
    assert message.startswith("beginxxx") and message.endswith("xxxend") and " … " in message
    assert len(message) < 2100


def test_warnings_of_tovec_become_lines_and_others_stay(capsys):
    with pytest.warns(UserWarning, match="theirs"), warnings_as_lines():
        warnings.simplefilter("always", UserWarning)
        warnings.warn(TovecWarning("a row is repaired"), stacklevel=1)
        assert capsys.readouterr().err == "warning: a row is repaired\n"
        warnings.warn("theirs", UserWarning, stacklevel=1)

"""Tokens in files that cannot hold all of them: refused by name, or escaped so that they come back."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tovec.errors import CannotSave
from tovec.formats.writing.names import NameRule, as_bytes, spelled

TEXT = NameRule(" \t\n\v\f\r", holds_empty=False, holds_bytes=True)
UNICODE = NameRule()
RULES = [TEXT, NameRule(" \n", holds_empty=False, holds_bytes=True), NameRule("\t\n\r\ufeff"), UNICODE]

ESCAPE = re.compile(r"\\u([0-9a-f]{4})|\\x([0-9a-f]{2})")


def unescaped(name):
    """What the rule of the module says of reading, one escape after the other."""
    if name == r"\e":
        return ""
    return ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else chr(0xDC00 + int(m[2], 16)), name)


# Backslashes before what looks like an escape, what formats exclude, bytes that are no text.
PIECES = [
    *"\\ux0e2dc \t\n\r",
    "\\u0020",
    "\\x80",
    "\\e",
    "\udc80",
    "\udcff",
    "\ud800",
    "\udfff",
    "한",
    "🤖",
    "\ufeff",
]
TOKENS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(st.characters())


@pytest.mark.parametrize("rule", RULES)
@given(st.lists(TOKENS, unique=True, max_size=12))
def test_escaped_tokens_fit_are_different_and_come_back(rule, tokens):
    names = [rule.escaped(token) for token in tokens]
    assert all(map(rule.fits, names))
    assert [unescaped(name) for name in names] == tokens
    assert len(set(names)) == len(tokens)


@pytest.mark.parametrize("rule", RULES)
@given(TOKENS)
def test_fitting_tokens_are_written_unchanged(rule, token):
    if rule.fits(token) and "\\" not in token:
        assert rule.escaped(token) == token


@pytest.mark.parametrize(
    ("rule", "token", "escaped"),
    [
        (TEXT, "New York", r"New\u0020York"),
        (TEXT, "\r\n", r"\u000d\u000a"),
        (TEXT, "", r"\e"),
        (TEXT, r"\e", r"\u005ce"),
        (TEXT, r"a\e", r"a\e"),
        (TEXT, r"C:\users", r"C:\users"),
        (TEXT, r"\n", r"\n"),
        (TEXT, r"\u0020", r"\u005cu0020"),
        (TEXT, r"\x80", r"\u005cx80"),
        (TEXT, "\udc80", "\udc80"),
        (TEXT, "\ud83d", r"\ud83d"),
        (UNICODE, "New York", "New York"),
        (UNICODE, "", ""),
        (UNICODE, "\udc80", r"\x80"),
        (UNICODE, "\ud83d", r"\ud83d"),
    ],
)
def test_escapes_of_known_tokens(rule, token, escaped):
    assert rule.escaped(token) == escaped


@given(st.binary(max_size=6))
def test_names_are_the_bytes_they_stand_for(data):
    assert as_bytes([data.decode("utf-8", "surrogateescape")]) == [data]


def test_the_first_token_that_does_not_fit_is_named():
    with pytest.raises(CannotSave) as error:
        spelled(["a", "b c", "d e"], TEXT, "this format", False)
    assert str(error.value) == (
        r"this format cannot hold the token 'b c'; a folder can, and `escape` writes it as b\u0020c"
    )


@given(st.lists(st.binary(min_size=1, max_size=3), unique=True, max_size=6), st.booleans())
def test_tokens_of_different_bytes_are_never_taken_for_the_same(words, escape):
    tokens = [word.decode("utf-8", "surrogateescape") for word in words]
    try:
        names = spelled(tokens, TEXT, "text", escape)
    except CannotSave as error:
        assert not escape and "cannot hold the token" in str(error)
    else:
        assert len(set(as_bytes(names))) == len(words)
        if not escape:
            assert as_bytes(names) == words

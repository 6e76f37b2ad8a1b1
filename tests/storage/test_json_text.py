"""Text, JSON and the fields of JSON objects, or a CorruptFile that says what is wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tovec.storage.file_errors import CorruptFile
from tovec.storage.json_text import field, json_object, json_value, strict_json, utf8

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES), st.booleans())
def test_what_json_wrote_is_read(value, ascii_only):
    text = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert strict_json(text, "it") == json_object(text, "it") == json_value(text, "it") == value


@given(st.binary(max_size=20) | st.text(alphabet='{}[]":,\\u0d89a', max_size=20).map(str.encode))
def test_any_bytes_are_a_json_value_or_a_corrupt_file(data):
    for read in (json_value, json_object, strict_json):
        try:
            read(data, "it")
        except CorruptFile as error:
            assert str(error).startswith(("it is not", "'", '"'))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"\xff{}", "it is not UTF-8 .* at byte 0"),
        (b'{"a": 1, "b": 2, "a": 3}', "'a' occurs twice"),
        (b'{"a": {"b": 1, "b": 2}}', "'b' occurs twice"),
        (b'{"a": "\\ud800"}', "it is not JSON .*surrogates not allowed"),
        (b"[1]", "it is not a JSON object"),
        (b"[" * 100_000, "it is not JSON"),
        (b"", "it is not JSON"),
    ],
)
def test_strict_json_says_what_is_wrong(text, reason):
    with pytest.raises(CorruptFile, match=reason):
        strict_json(text, "it")


def test_escaped_pairs_of_surrogates_are_one_character():
    assert strict_json(b'{"a": "\\ud83d\\ude00"}', "it") == {"a": "\N{GRINNING FACE}"}


def test_field_of_another_type_is_a_corrupt_file():
    fields = {"n": 3, "yes": True, "none": None}
    assert field(fields, "n", int) == 3
    assert field(fields, "none", int, 7) == field(fields, "missing", int, 7) == 7
    for name, kind in (("n", str), ("yes", int)):
        with pytest.raises(CorruptFile, match=f"field '{name}' is"):
            field(fields, name, kind)


def test_invalid_utf8_is_reported_with_its_position():
    assert utf8("영화".encode(), "it") == "영화"
    with pytest.raises(CorruptFile, match=r"it is not UTF-8 \(invalid start byte at byte 2\)"):
        utf8(b"ab\xffcd", "it")

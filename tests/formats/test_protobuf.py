"""Messages of the protobuf wire format, against the examples of protobuf.dev, "Encoding"."""

import pytest

from tovec.formats.protobuf import fields, places, varints
from tovec.storage.file_errors import CorruptFile


def test_examples_of_the_specification_are_read():
    assert list(fields(bytes.fromhex("089601"))) == [(1, 150)]
    assert list(fields(bytes.fromhex("120774657374696e67"))) == [(2, b"testing")]
    assert list(fields(bytes.fromhex("1a03089601"))) == [(3, bytes.fromhex("089601"))]
    assert list(varints(bytes.fromhex("038e029ea705"))) == [3, 270, 86942]


def test_32_bit_fields_are_floats_and_64_bit_fields_their_bytes():
    assert list(fields(b"\x0d\x00\x00\xc0\x3f")) == [(1, 1.5)]
    assert list(fields(b"\x09" + bytes(range(8)))) == [(1, bytes(range(8)))]


def test_place_of_a_string_is_given_without_reading_it():
    assert list(places(b"??\x12\x03abc", 2, 7)) == [(2, slice(4, 7))]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (b"\x12\x05abc", "the field at byte 0 is longer than the rest of its message"),
        (b"\x0d\x00\x00", "the field at byte 0 is longer than the rest of its message"),
        (b"\x08\x96", "the number at byte 1 does not end"),
        (b"\x08" + b"\xff" * 11, "the number at byte 1 does not end"),
        (b"\x0b", "the field at byte 0 is of kind 3, which does not exist"),
    ],
)
def test_damaged_message_is_refused_with_its_place(message, said):
    with pytest.raises(CorruptFile, match=said):
        list(fields(message))

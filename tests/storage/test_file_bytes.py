"""The head of a file, its bytes on demand, and a cursor that never passes their end."""

import struct

import pytest

from tovec.errors import BadSource
from tovec.storage.file_bytes import HEAD, Cursor, bytes_of, head_of
from tovec.storage.file_errors import CorruptFile


def test_head_is_the_first_bytes_of_a_file_and_empty_for_a_folder(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(bytes(range(256)) * 17)
    assert head_of(path) == path.read_bytes()[:HEAD]
    assert head_of(tmp_path) == b""
    with pytest.raises(BadSource, match="b is missing"):
        head_of(tmp_path / "b")


@pytest.mark.parametrize("data", [b"", b"x", b"ab\0" * 5000])
def test_bytes_on_disk_are_those_of_the_file(tmp_path, data):
    path = tmp_path / "a"
    path.write_bytes(data)
    with path.open("rb") as file:
        assert bytes_of(file, path)[:] == data


def test_cursor_moves_with_each_read_and_never_past_the_end():
    cursor = Cursor(struct.pack("<iH", -3, 7) + b"abc", 0)
    assert cursor.read(struct.Struct("<i"), "a number") == (-3,)
    assert (cursor.at, cursor.left) == (4, 5)
    assert cursor.skip(2, "two bytes") == 4
    cursor.expect(3, 1, "letters")
    with pytest.raises(CorruptFile, match="promises 2 pairs from byte 6 on, and is 9 bytes long"):
        cursor.expect(2, 2, "pairs")
    with pytest.raises(CorruptFile, match="a number at byte 6 needs 4 bytes, and the file ends at byte 9"):
        cursor.read(struct.Struct("<i"), "a number")
    assert cursor.skip(3, "the rest") == 6 and not cursor.left

"""What the footer of a Parquet file says of its columns, read before anything is decompressed.

pyarrow reads it too, but some damaged footers make it end the process. A footer is a struct in Thrift's
compact protocol, then its length in 4 bytes, then `PAR1`. Sources: parquet-format's parquet.thrift; thrift's
doc/specs/thrift-compact-protocol.md.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tovec.storage.file_bytes import Cursor
from tovec.storage.file_errors import CorruptFile
from tovec.storage.limits import MAX_CONTENTS

_END = struct.Struct("<I4s")
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_WHOLE = (4, 5, 6)
_MAX_DEPTH = 32
# The fields that are used, by their numbers in parquet.thrift.
_ROW_GROUPS, _COLUMNS, _META_DATA = 4, 1, 3
_ENCODINGS, _PATH, _NUM_VALUES, _UNPACKED_SIZE = 2, 3, 5, 6
_DELTAS = {6, 7}  # DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY


class ColumnPart(NamedTuple):
    """A column in one group of rows: its name, its number of values, its bytes when decompressed.

    is_delta: whether texts or their lengths are written as differences to the one before; n_bytes does not
    count what they share.
    """

    name: str
    n_values: int
    n_bytes: int
    is_delta: bool


def column_parts(path: Path) -> list[ColumnPart]:
    """Return all parts of all columns. Raises CorruptFile where the footer is incomplete, and OSError."""
    return [part for group in _listed(_footer(path), _ROW_GROUPS) for part in _parts(group)]


def _footer(path: Path) -> Any:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size  # of this file, even if another one replaces it meanwhile
        if size < 2 * _END.size:
            raise CorruptFile("it is too short for a Parquet file")
        file.seek(size - _END.size)
        length, mark = _END.unpack(file.read(_END.size))
        if mark != b"PAR1" or length > min(MAX_CONTENTS, size - _END.size):
            raise CorruptFile("it does not end as a Parquet file does; it may be cut short")
        file.seek(size - _END.size - length)
        return _struct(Cursor(file.read(length)), 0)


def _parts(group: Any) -> Iterator[ColumnPart]:
    for column in _listed(group, _COLUMNS):
        about = column.get(_META_DATA) if isinstance(column, dict) else None
        if not isinstance(about, dict):
            raise CorruptFile("its footer does not describe one of its columns")
        names = _listed(about, _PATH)
        n_values, n_bytes = about.get(_NUM_VALUES), about.get(_UNPACKED_SIZE)
        if not names or not isinstance(names[0], bytes):
            raise CorruptFile("its footer does not name one of its columns")
        if not isinstance(n_values, int) or not isinstance(n_bytes, int):
            raise CorruptFile("its footer does not say how large one of its columns is")
        is_delta = not _DELTAS.isdisjoint(_listed(about, _ENCODINGS))
        name = names[0].decode("utf-8", "surrogateescape")
        yield ColumnPart(name, max(0, n_values), max(0, n_bytes), is_delta)


def _listed(value: Any, field: int) -> list[Any]:
    found = value.get(field) if isinstance(value, dict) else None
    if not isinstance(found, list):
        raise CorruptFile("its footer is not that of a Parquet file")
    return found


def _struct(at: Cursor, depth: int) -> dict[int, Any]:
    """Return the fields of a struct by their numbers."""
    fields: dict[int, Any] = {}
    number = 0
    while head := _byte(at):
        number = number + (head >> 4) if head >> 4 else _zigzag(at)
        kind = head & 15
        fields[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else _value(at, kind, depth)
    return fields


def _value(at: Cursor, kind: int, depth: int) -> Any:
    if depth == _MAX_DEPTH:
        raise CorruptFile("its footer is nested too deeply")
    if kind in _WHOLE:
        return _zigzag(at)
    if kind == _BINARY:
        length = _varint(at)
        start = at.skip(length, "a text of its footer")
        return at.data[start : start + length]
    if kind in (_LIST, _SET):
        head = _byte(at)
        length = head >> 4 if head >> 4 < 15 else _varint(at)
        at.expect(length, 1, "parts of its footer")
        return [_value(at, head & 15, depth + 1) for _ in range(length)]
    if kind == _STRUCT:
        return _struct(at, depth + 1)
    if kind == _MAP:
        return _map(at, depth)
    if kind in (_TRUE, _FALSE, _BYTE):
        return _byte(at)
    if kind == _DOUBLE:
        return at.skip(8, "a number of its footer")
    raise CorruptFile(f"its footer has a value of type {kind}, which does not exist")


def _map(at: Cursor, depth: int) -> None:
    length = _varint(at)
    if not length:
        return
    kinds = _byte(at)
    at.expect(length, 2, "parts of its footer")
    for _ in range(length):
        _value(at, kinds >> 4, depth + 1)
        _value(at, kinds & 15, depth + 1)


def _byte(at: Cursor) -> int:
    start = at.skip(1, "its footer")
    return at.data[start]


def _varint(at: Cursor) -> int:
    value = shift = 0
    while shift < 64:
        byte = _byte(at)
        value |= (byte & 127) << shift
        if byte < 128:
            return value
        shift += 7
    raise CorruptFile("a number of its footer does not end")


def _zigzag(at: Cursor) -> int:
    value = _varint(at)
    return (value >> 1) ^ -(value & 1)

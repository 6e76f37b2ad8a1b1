"""Just enough of the protobuf wire format to read one message, field by field.

Source: protobuf.dev, "Encoding". Groups, which no format here uses, are refused.
"""

import struct
from collections.abc import Iterator

from tovec.storage.file_bytes import FileBytes
from tovec.storage.file_errors import CorruptFile

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
Value = int | float | bytes
Place = int | float | slice
_FLOAT = struct.Struct("<f").unpack_from
_WIDTHS = {FIXED64: 8, FIXED32: 4}


def fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """Yield (field number, value) in the order of the message.

    Whole numbers come as int, 32-bit fields as float, strings and messages as bytes; 64-bit fields,
    which no format here has, as their bytes.
    Raises CorruptFile with the offset of what does not fit.
    """
    for number, place in places(message, 0, len(message)):
        yield number, message[place] if isinstance(place, slice) else place


def places(data: FileBytes, begin: int, end: int) -> Iterator[tuple[int, Place]]:
    """Yield (field number, value) of the message in `data[begin:end]`; for bytes the slice where they are.

    So a tensor of gigabytes is found without being read. Otherwise as `fields`.
    """
    at = begin
    while at < end:
        start = at
        key = data[at]
        at += 1
        if key >= 128:
            key, at = _varint(data, start, end)
        kind, number = key & 7, key >> 3
        if kind == VARINT:
            value, at = _varint(data, at, end)
            yield number, value
        elif kind == BYTES:
            length, at = _varint(data, at, end)
            if length > end - at:
                raise CorruptFile(f"the field at byte {start} is longer than the rest of its message")
            yield number, slice(at, at + length)
            at += length
        elif kind in _WIDTHS:
            width = _WIDTHS[kind]
            if width > end - at:
                raise CorruptFile(f"the field at byte {start} is longer than the rest of its message")
            yield number, _FLOAT(data[at : at + width])[0] if kind == FIXED32 else slice(at, at + width)
            at += width
        else:
            raise CorruptFile(f"the field at byte {start} is of kind {kind}, which does not exist")


def varints(data: bytes) -> Iterator[int]:
    """Yield the whole numbers of a packed field. Raises CorruptFile."""
    at = 0
    while at < len(data):
        value, at = _varint(data, at, len(data))
        yield value


def _varint(data: FileBytes, at: int, end: int) -> tuple[int, int]:
    """Return the number that begins at `at`, and where it ends."""
    value = 0
    for n, byte in enumerate(data[at : min(at + 10, end)]):
        value |= (byte & 127) << (7 * n)
        if byte < 128:
            return value, at + n + 1
    raise CorruptFile(f"the number at byte {at} does not end")

"""Just enough of msgpack to read one map of whole numbers.

Source: https://github.com/msgpack/msgpack/blob/master/spec.md
"""

import struct

from tovec.storage.file_errors import CorruptFile

_NUMBERS = {0xCC + n: struct.Struct(f">{code}") for n, code in enumerate("BHIQbhiq")}
_MAPS = {0xDE: struct.Struct(">H"), 0xDF: struct.Struct(">I")}


def map_of_numbers(data: bytes) -> dict[int, int]:
    """Return the map that is all of `data`. Raises CorruptFile for anything else."""
    try:
        return _map(data)
    except (IndexError, struct.error) as error:
        raise CorruptFile(f"its map is cut short at byte {len(data)}") from error


def _map(data: bytes) -> dict[int, int]:
    first = data[0]
    if first in _MAPS:
        (count,) = _MAPS[first].unpack_from(data, 1)
        at = 1 + _MAPS[first].size
    elif first & 0xF0 == 0x80:
        count, at = first & 0x0F, 1
    else:
        raise CorruptFile("it is not a msgpack map")
    numbers = []
    for _ in range(2 * count):
        kind = data[at]
        layout = _NUMBERS.get(kind)
        if layout is not None:
            numbers.append(layout.unpack_from(data, at + 1)[0])
            at += 1 + layout.size
        elif kind < 0x80 or kind >= 0xE0:
            numbers.append(kind if kind < 0x80 else kind - 0x100)
            at += 1
        else:
            raise CorruptFile(f"byte {at} of its map is not a whole number")
    if at != len(data):
        raise CorruptFile(f"more bytes follow its map, from byte {at}")
    return dict(zip(numbers[::2], numbers[1::2], strict=True))

"""The header of a GGUF file, value by value, little-endian; arrays are read when they are asked for.

A tokenizer's arrays hold hundreds of thousands of strings. Reading a header skips them: their lengths are
read, the strings are not made.
"""

import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from tovec.storage.file_bytes import Cursor, FileBytes
from tovec.storage.file_errors import CorruptFile, UnsupportedFile
from tovec.storage.limits import MAX_IDS

# Types of values by their code: those of numpy, and two more.
_NUMBERS = {
    code: np.dtype(name)
    for code, name in {
        **{0: "<u1", 2: "<u2", 4: "<u4", 10: "<u8", 1: "<i1", 3: "<i2", 5: "<i4", 11: "<i8"},
        **{6: "<f4", 12: "<f8", 7: "?"},
    }.items()
}
_BOOL, _STRING, _ARRAY = 7, 8, 9
_MAX_NESTING = 4  # arrays of arrays are allowed; llama.cpp reads none
_MAX_DIMS = 4
_LENGTH = struct.Struct("<Q")
_WINDOW = 1 << 16  # bytes of strings that are skipped at a time


class Array(NamedTuple):
    """An array in the file: the type of its items, their number, and their bytes [start, stop)."""

    kind: int
    length: int
    start: int
    stop: int


class TensorEntry(NamedTuple):
    """What the header says of a tensor. shape: slowest dimension first. offset: from the first tensor."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int


class Header(Cursor):
    """The bytes of a file and how far they have been read. Every method raises CorruptFile."""

    def take(self, n_bytes: int, what: str) -> bytes:
        """Return the next bytes and go past them."""
        start = self.skip(n_bytes, what)
        taken: bytes = self.data[start : self.at]
        return taken

    def u32(self) -> int:
        """Return the number in the next 4 bytes."""
        return int.from_bytes(self.take(4, "a number"), "little")

    def u64(self) -> int:
        """Return the number in the next 8 bytes."""
        return int.from_bytes(self.take(8, "a number"), "little")

    def text(self) -> str:
        """Return the next string; a byte that is not UTF-8 becomes Python's surrogate escape."""
        return self.take(self.u64(), "a string").decode("utf-8", "surrogateescape")

    def value(self) -> Any:
        """Return the next value, which follows its type: a number, bool or str, or the place of an array."""
        start, kind = self.at, self.u32()
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            return self._array(1)
        return self._numbers(kind, 1, start)[0].item()

    def tensor(self) -> TensorEntry:
        """Return the entry of the next tensor."""
        name, n_dims = self.text(), self.u32()
        if n_dims > _MAX_DIMS:
            raise CorruptFile(f"tensor {name!r} has {n_dims} dimensions; there are at most {_MAX_DIMS}")
        shape = tuple(self.u64() for _ in range(n_dims))[::-1]
        return TensorEntry(name, shape, self.u32(), self.u64())

    def items(self, array: Array) -> Any:
        """Return the items of an array whose place `value` returned."""
        self.at = array.start
        if array.kind == _STRING:
            return self._strings(array)
        if array.kind == _ARRAY:
            return tuple(self.items(self._array(1)) for _ in range(array.length))
        return self._numbers(array.kind, array.length, array.start).copy()

    def _array(self, depth: int) -> Array:
        """Skip an array, that is the type of its items, their number and the items, and return its place."""
        start, kind, count = self.at, self.u32(), self.u64()
        first = self.at
        if kind == _STRING:
            self._skip_strings(count)
        elif kind != _ARRAY:
            self._numbers(kind, count, start)
        elif depth == _MAX_NESTING:
            raise CorruptFile(f"arrays are nested {depth + 1} deep at byte {start}")
        else:
            self.expect(count, 4 + 8, "arrays")
            for _ in range(count):
                self._array(depth + 1)
        return Array(kind, count, first, self.at)

    def _skip_strings(self, count: int) -> None:
        self.expect(count, _LENGTH.size, "strings")
        if count > MAX_IDS:
            raise UnsupportedFile(
                f"it has an array of {count:,} strings, and {MAX_IDS:,} are the most allowed"
            )
        too_long = f"the strings from byte {self.at} on are longer than the file"
        window, at, length_at = self._window(), 0, _LENGTH.unpack_from
        while count:
            try:
                for count in range(count, 0, -1):  # noqa: B007, B020
                    at += _LENGTH.size + length_at(window, at)[0]
                count = 0
            except (struct.error, OverflowError):  # past the window, or past any file
                if at + _LENGTH.size > self.left:
                    raise CorruptFile(too_long) from None
                self.at += at
                window, at = self._window(), 0
        if at > self.left:
            raise CorruptFile(too_long)
        self.at += at

    def _window(self) -> bytes:
        """Return the next bytes, 64 kB at most."""
        window: bytes = self.data[self.at : self.at + _WINDOW]
        return window

    def _strings(self, array: Array) -> tuple[str, ...]:
        """Return strings that have been skipped once, so all of them end within the file."""
        data, at, length_at = self.data[array.start : array.stop], 0, _LENGTH.unpack_from
        strings = []
        for _ in range(array.length):
            start = at + _LENGTH.size
            at = start + length_at(data, at)[0]
            strings.append(data[start:at].decode("utf-8", "surrogateescape"))
        self.at = array.stop
        return tuple(strings)

    def _numbers(self, kind: int, count: int, start: int) -> np.ndarray[Any, np.dtype[Any]]:
        """Return numbers as they are in the file and go past them."""
        dtype = _NUMBERS.get(kind)
        if dtype is None:
            raise CorruptFile(f"the value at byte {start} is of type {kind}, which does not exist")
        self.expect(count, dtype.itemsize, "numbers")
        codes = np.frombuffer(self.data[self.at : self.at + count * dtype.itemsize], np.uint8)
        if kind == _BOOL and count and codes.max() > 1:
            raise CorruptFile(f"a truth value is neither 0 nor 1, at byte {self.at + int(codes.argmax())}")
        self.at += count * dtype.itemsize
        return codes.view(dtype)


class Metadata(Mapping[str, Any]):
    """What the keys of a GGUF file say; arrays are read when they are first asked for.

    A value is a number, a bool or a str; an array of numbers is a numpy array, one of strings a tuple of str,
    one of arrays a tuple of those. A byte that is not UTF-8 is in a str as Python's surrogate escape.
    """

    def __init__(self, data: FileBytes, values: dict[str, Any]) -> None:
        self._data = data
        self._values = values

    def __getitem__(self, key: str) -> Any:
        value = self._values[key]
        if isinstance(value, Array):
            value = self._values[key] = Header(self._data, value.start).items(value)
        return value

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

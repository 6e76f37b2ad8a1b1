"""The bytes of a file: its head, which identifies its format; any part on demand; a cursor."""

import struct
from pathlib import Path
from typing import IO, Any, TypeAlias

from tovec.storage.file_errors import CorruptFile, reporting_file
from tovec.storage.open_file import OpenFile

BOM = b"\xef\xbb\xbf"  # the byte order mark of UTF-8, which some programs put before text
HEAD = 4096  # bytes of a file that identify its format
_WINDOW = 1 << 16  # bytes that are read at a time where few are asked for
_SEARCHED = 1 << 20  # bytes that are searched at a time


def head_of(path: Path) -> bytes:
    """Return the first `HEAD` bytes of a file, none of a folder. Raises BadSource."""
    if path.is_dir():
        return b""
    with reporting_file(path), path.open("rb") as file:
        return file.read(HEAD)


class BytesOnDisk:
    """The bytes of a file as if they were `bytes`, read on demand, by any number of threads.

    Every method raises BadFile where the file has changed since it was opened.
    """

    def __init__(self, file: OpenFile) -> None:
        self.file = file
        self._window = (0, b"")  # where it begins, and the bytes

    def __len__(self) -> int:
        return self.file.size

    def __getitem__(self, place: Any) -> Any:
        """Return the byte at a place from 0 up, or the bytes of a slice without a step."""
        is_slice = isinstance(place, slice)
        start, stop, _ = place.indices(self.file.size) if is_slice else (place, place + 1, 1)
        first, window = self._window
        if not first <= start <= stop <= first + len(window):
            if stop - start > _WINDOW:
                return self.file.read(start, stop)
            first, window = self._window = (start, self.file.read(start, start + _WINDOW))
        return window[start - first : stop - first] if is_slice else window[start - first]

    def find(self, wanted: bytes, start: int = 0, stop: int | None = None) -> int:
        """Return the first place from `start` on where `wanted` lies before `stop`, -1 where it does not."""
        stop = len(self) if stop is None else min(stop, len(self))
        at, step = start, _HEAD_OF_SEARCH
        while at + len(wanted) <= stop:
            block = self[at : min(stop, at + step)]
            found = int(block.find(wanted))
            if found >= 0:
                return at + found
            at += len(block) - len(wanted) + 1
            step = _SEARCHED
        return -1

    def rfind(self, wanted: bytes, start: int, stop: int) -> int:
        """Return the last place from `start` on where `wanted` lies before `stop`, -1 where it does not."""
        end, stop = min(stop, len(self)), max(start, 0)
        while end - len(wanted) >= stop:
            begin = max(stop, end - _SEARCHED)
            found = self.file.read(begin, end).rfind(wanted)
            if found >= 0:
                return begin + found
            end = begin + len(wanted) - 1
        return -1


FileBytes: TypeAlias = BytesOnDisk | bytes
_HEAD_OF_SEARCH = 1 << 10  # most of what is searched for is near


def bytes_of(file: IO[bytes], path: Path) -> BytesOnDisk:
    """Return the bytes of an open file, which may be closed then. path: its name in messages."""
    return BytesOnDisk(OpenFile(path, descriptor=file.fileno()))


class Cursor:
    """A position, `at`, in the bytes of a file, which moves as they are read and never past their end.

    Every method raises CorruptFile where the bytes end too early.
    """

    def __init__(self, data: FileBytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    @property
    def left(self) -> int:
        """How many bytes there are from here to the end."""
        return len(self.data) - self.at

    def expect(self, count: int, n_bytes: int, what: str) -> None:
        """Check that `count` items of at least `n_bytes` each can follow, before time or memory is spent."""
        if count * n_bytes > self.left:
            raise CorruptFile(
                f"it promises {count} {what} from byte {self.at} on, and is {len(self.data)} bytes long"
            )

    def read(self, layout: struct.Struct, what: str) -> tuple[Any, ...]:
        """Return the fields of `layout` at this position, and move past them."""
        start = self.skip(layout.size, what)
        return layout.unpack(self.data[start : self.at])

    def skip(self, n_bytes: int, what: str) -> int:
        """Move past the `n_bytes` bytes of `what`; return where they begin."""
        start = self.at
        if n_bytes > self.left:
            raise CorruptFile(
                f"{what} at byte {start} needs {n_bytes} bytes, and the file ends at byte {len(self.data)}"
            )
        self.at += n_bytes
        return start

"""The bytes of a file: its head, which tells its format; all of them, mapped; a place that moves along."""

import mmap
import os
import struct
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tovec.formats.damage import DamageError, reading

BOM = b"\xef\xbb\xbf"  # the mark of byte order as UTF-8 has it, which some programs put before text
HEAD = 4096  # bytes of a file that tell its format

FileBytes = mmap.mmap | bytes


def head_of(path: Path) -> bytes:
    """Return the first `HEAD` bytes of a file, none of a folder. Raises BadSource."""
    if path.is_dir():
        return b""
    with reading(path), path.open("rb") as file:
        return file.read(HEAD)


def map_bytes(file: IO[bytes]) -> FileBytes:
    """Return the bytes of an open file, memory-mapped, read-only. Raises OSError."""
    size = file.seek(0, os.SEEK_END)
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""  # nothing cannot be mapped


class Cursor:
    """A place, `at`, in the bytes of a file; it moves with what is read and never past their end.

    Every method raises DamageError where the bytes end too soon.
    """

    def __init__(self, data: FileBytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    @property
    def left(self) -> int:
        """How many bytes there are from here on."""
        return len(self.data) - self.at

    def expect(self, count: int, n_bytes: int, what: str) -> None:
        """Check that `count` things of at least `n_bytes` can follow, before time or memory goes to them."""
        if count * n_bytes > self.left:
            raise DamageError(
                f"it promises {count} {what} from byte {self.at} on, and is {len(self.data)} bytes long"
            )

    def read(self, layout: struct.Struct, what: str) -> tuple[Any, ...]:
        """Return the fields of `layout` that lie here, and go past them."""
        return layout.unpack_from(self.data, self.skip(layout.size, what))

    def skip(self, n_bytes: int, what: str) -> int:
        """Go past the `n_bytes` bytes of `what`; return where they begin."""
        start = self.at
        if n_bytes > self.left:
            raise DamageError(
                f"{what} at byte {start} needs {n_bytes} bytes, and the file ends at byte {len(self.data)}"
            )
        self.at += n_bytes
        return start


def windows(data: NDArray[np.uint8], size: int) -> NDArray[np.void]:
    """Return an array whose element i is the bytes i … i + size - 1 of `data`, which is not copied.

    So many pieces of equal size are gathered in one go, wherever they begin.
    """
    return np.ndarray((len(data) - size + 1,), np.dtype((np.void, size)), data, 0, (1,))

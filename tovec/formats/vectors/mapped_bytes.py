"""The bytes of a file, mapped, and a place in them that moves with what is read and never past their end."""

import mmap
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.formats.damage import DamageError


class Cursor:
    """A place, `at`, in the bytes of a file."""

    def __init__(self, data: mmap.mmap | bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    @property
    def left(self) -> int:
        """How many bytes there are from here on."""
        return len(self.data) - self.at

    def read(self, layout: struct.Struct, what: str) -> tuple[Any, ...]:
        """Return the fields of `layout` that lie here, and go past them. Raises DamageError at the end."""
        return layout.unpack_from(self.data, self.skip(layout.size, what))

    def skip(self, n_bytes: int, what: str) -> int:
        """Go past the `n_bytes` bytes of `what`; return where they begin. Raises DamageError at the end."""
        start = self.at
        if n_bytes > self.left:
            raise DamageError(
                f"{what} at byte {start} needs {n_bytes} bytes, and the file ends at byte {len(self.data)}"
            )
        self.at += n_bytes
        return start


@contextmanager
def mapped(path: Path) -> Iterator[Cursor]:
    """Give a cursor at the first byte of `path`. Raises DamageError for an empty file, and OSError."""
    with path.open("rb") as file:
        if not path.stat().st_size:  # nothing that could be mapped
            raise DamageError("it is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield Cursor(data)


def windows(data: NDArray[np.uint8], size: int) -> NDArray[np.void]:
    """Return an array whose element i is the bytes i … i + size - 1 of `data`, which is not copied.

    So many pieces of equal size are gathered in one go, wherever they begin.
    """
    return np.ndarray((len(data) - size + 1,), np.dtype((np.void, size)), data, 0, (1,))


def words_of(names: Sequence[bytes], never: bytes) -> list[str]:
    """Return names as strings, bytes that are no UTF-8 as surrogate escapes.

    never: a byte that is in none of them.
    """
    return never.join(names).decode("utf-8", "surrogateescape").split(never.decode())

"""A file that stays open: its bytes are read on demand, and it is an error if it has changed since.

Nothing is mapped into memory. Reading a memory map past the end of a file that another program shortened
kills the process (SIGBUS), and a map of a file that was written over silently gives other numbers. A read
detects both: it returns too few bytes, or the size and time of the file differ from when it was opened. They
are checked after each read, since a writing program changes them before its bytes can be seen.

A file that replaces this one, as `mv` does, changes nothing here: the old file stays open, and so it does
when its name is deleted.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from tovec.storage.file_errors import BadFile

Starts = NDArray[np.int64]
Pieces = NDArray[np.uint8]

_FEW = 16  # pieces that are faster read one by one than sorted
_SPAN = 1 << 20  # bytes in which pieces are grouped
BYTES_PER_CALL = 1 << 13  # bytes that are copied in the time of one system call
_MOST_AT_ONCE = 1 << 30  # bytes; Linux reads 2 GB at most
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Stamp(NamedTuple):
    """What identifies a version of a file: its inode, its size, and when it was last written."""

    device: int
    inode: int
    size: int
    mtime_ns: int


def stamp_of(descriptor: int) -> Stamp:
    """Return the stamp of an open file. Raises OSError."""
    status = os.fstat(descriptor)
    return Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


class OpenFile:
    """An open file whose bytes are read by any number of threads; closed when nothing refers to it any more.

    stamp: of the file when its header was read, which may have been earlier; since then it must not change.
    descriptor: an open file, which is duplicated; None to open `path`.
    Every method raises BadFile, which names `path`: it is missing, cannot be read, or has changed.
    """

    def __init__(self, path: Path, stamp: Stamp | None = None, descriptor: int | None = None) -> None:
        self._descriptor = -1
        self.path = path
        try:
            self._descriptor = os.open(path, _FLAGS) if descriptor is None else os.dup(descriptor)
            self.stamp = stamp_of(self._descriptor) if stamp is None else stamp
        except FileNotFoundError as error:
            raise BadFile(f"{path} is missing") from error
        except OSError as error:
            raise _unreadable(path, error) from error
        if stamp is not None:
            self.check()

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    @property
    def size(self) -> int:
        """Bytes."""
        return self.stamp.size

    def check(self) -> None:
        """Raise BadFile where the file has changed."""
        try:
            stamp = stamp_of(self._descriptor)
        except OSError as error:
            raise _unreadable(self.path, error) from error
        if stamp != self.stamp:
            raise self._changed(stamp)

    def _changed(self, stamp: Stamp) -> BadFile:
        if stamp.size < self.stamp.size:
            return BadFile(
                f"{self.path} has become shorter since it was opened, {stamp.size:,} bytes of "
                f"{self.stamp.size:,}; open it again when it is complete"
            )
        return BadFile(f"{self.path} has changed since it was opened, or its time was set; open it again")

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes [start, stop), without those past the end of the file."""
        buffer = bytearray(max(0, min(stop, self.size) - start))
        self.read_into(buffer, start)
        return bytes(buffer)

    def read_array(self, start: int, stop: int) -> Pieces:
        """Return the bytes [start, stop), all before the end of the file, as a new array."""
        found = np.empty(stop - start, dtype=np.uint8)
        self.read_into(found.data, start)
        return found

    def read_into(self, buffer: bytearray | memoryview, start: int) -> None:
        """Fill `buffer` with the bytes from `start` on."""
        try:
            self._fill(memoryview(buffer), start)
        except OSError as error:
            raise _unreadable(self.path, error) from error
        self.check()

    def pieces(self, starts: Starts, size: int) -> Pieces:
        """Return the pieces of `size` bytes that begin at `starts`, (n,), in any order: (n, size).

        Where they are close together everything between them is read at once, elsewhere each by itself.
        """
        found = np.empty((len(starts), size), dtype=np.uint8)
        if found.size:
            try:
                if len(starts) < _FEW:
                    self._read_each(starts, np.arange(len(starts)), found)
                else:
                    self._gather(starts, size, found)
            except OSError as error:
                raise _unreadable(self.path, error) from error
            self.check()
        return found

    def _gather(self, starts: Starts, size: int, found: Pieces) -> None:
        order = np.argsort(starts, kind="stable")
        ordered = starts[order]
        firsts = np.flatnonzero(np.diff(ordered // _SPAN, prepend=-1))
        stops = np.append(firsts[1:], len(ordered))
        counts, begins, ends = stops - firsts, ordered[firsts], ordered[stops - 1] + size
        is_dense = ends - begins <= counts * (size + BYTES_PER_CALL)
        is_dense &= counts > 1
        apart = np.repeat(~is_dense, counts)
        self._read_each(ordered[apart], order[apart], found)
        buffer = np.empty(_SPAN + size, dtype=np.uint8)
        each = found.view(np.dtype((np.void, size))).reshape(-1)
        for span in np.flatnonzero(is_dense).tolist():
            between = buffer[: ends[span] - begins[span]]
            self._fill(between.data, int(begins[span]))
            mine = slice(firsts[span], stops[span])
            each[order[mine]] = windows(between, size)[ordered[mine] - begins[span]]

    def _read_each(self, starts: Starts, places: Starts, found: Pieces) -> None:
        size, buffer = found.shape[1], found.reshape(-1).data
        descriptor = self._descriptor
        for start, place in zip(starts.tolist(), (places * size).tolist(), strict=True):
            piece = buffer[place : place + size]
            if _read_at(descriptor, (piece,), start) != size:
                self._fill(piece, start)

    def _fill(self, buffer: memoryview, start: int) -> None:
        done = 0
        while done < len(buffer):
            n_read = _read_at(self._descriptor, (buffer[done : done + _MOST_AT_ONCE],), start + done)
            if not n_read:  # every byte asked for was there when the file was opened
                raise self._changed(stamp_of(self._descriptor)._replace(size=start + done))
            done += n_read


@contextmanager
def unchanged(path: Path) -> Iterator[None]:
    """Raise BadFile where the file `path` changes while the block reads it, in place of any other error."""
    if not path.is_file():
        yield
        return
    file = OpenFile(path)
    try:
        yield
    finally:
        file.check()


def windows(data: Pieces, size: int) -> NDArray[np.void]:
    """Return an array whose element i is the bytes i … i + size - 1 of `data`, which is not copied.

    With it many pieces of equal size are gathered in one step, wherever they begin.
    """
    return np.ndarray((len(data) - size + 1,), np.dtype((np.void, size)), data, 0, (1,))


def _unreadable(path: Path, error: OSError) -> BadFile:
    return BadFile(f"{path} cannot be read: {error.strerror or error}")


def _read_by_moving(descriptor: int, buffers: tuple[memoryview], start: int) -> int:
    """As `os.preadv`, which Windows lacks: there all threads share one position of a descriptor."""
    (buffer,) = buffers
    with _moving:
        os.lseek(descriptor, start, os.SEEK_SET)
        data = os.read(descriptor, len(buffer))
    buffer[: len(data)] = data
    return len(data)


_moving = threading.Lock()
_read_at: Callable[[int, tuple[memoryview], int], int] = getattr(os, "preadv", _read_by_moving)

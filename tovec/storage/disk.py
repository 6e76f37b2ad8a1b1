"""Free disk space, and work files whose errors name the file and how much space is missing.

Free space is what the file system reports for this user; a quota shows only when a write fails.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tovec.errors import CannotSave, NoSpace

_NO_SPACE = {
    getattr(errno, "EDQUOT", errno.ENOSPC): "the quota of the disk is used up",  # Windows has none
    errno.ENOSPC: "no space is left on the disk",
    errno.EFBIG: "the system allows no file that large",
}
_BINARY = getattr(os, "O_BINARY", 0)


def free_bytes(folder: Path) -> int | None:
    """Return how many bytes this user can still write below `folder`, which need not exist yet.

    None where the system does not report it.
    """
    import shutil  # it loads all that unpacks archives

    try:
        existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
        usage = shutil.disk_usage(existing)
    except (OSError, StopIteration):
        return None
    return usage.free if usage.total else None  # some virtual file systems report 0 of 0


def check_space(folder: Path, needed: int, what: str) -> None:
    """Raise NoSpace when fewer than the `needed` bytes that `what` will write are free below `folder`."""
    free = free_bytes(folder)
    if free is not None and needed > free:
        have = size_text(free, down=True)
        raise _no_space(
            f"{what} needs {size_text(needed)} in {folder}, and {have} are free", folder, needed - free
        )


def size_text(n_bytes: int, down: bool = False) -> str:
    """Return a number of bytes for people, rounded up, or down."""
    unit, name = (1000, "kB") if n_bytes < 10_000_000 else (1_000_000, "MB")
    return f"{n_bytes // unit if down else -(-n_bytes // unit):,} {name}"


def is_no_space(error: OSError) -> bool:
    """Whether the error is a lack of space: a full disk, a quota, a limit on file sizes."""
    return error.errno in _NO_SPACE


def reason(error: OSError) -> str:
    """Return the reason of an error in a few words."""
    return _NO_SPACE.get(error.errno or 0) or error.strerror or str(error)


def cannot_write(path: Path, error: OSError, needed: int = 0) -> CannotSave:
    """Return `error`, raised while writing `path` with `needed` bytes left to write, as a CannotSave."""
    message = f"cannot write {path}: {reason(error)}"
    if not is_no_space(error):
        return CannotSave(message)
    free = free_bytes(path.parent) if error.errno == errno.ENOSPC else None
    missing = needed - free if free is not None and needed > free else None  # inodes can be used up too
    return _no_space(message, path.parent, missing, error)


def cannot_save(path: Path, error: OSError) -> CannotSave:
    """Return `error`, raised before `path` was changed, as a CannotSave."""
    message = f"cannot save to {path}: {error.strerror or error}; nothing has been changed there"
    return _no_space(message, path.parent, None, error) if is_no_space(error) else CannotSave(message)


def _no_space(what: str, folder: Path, missing: int | None, error: OSError | None = None) -> NoSpace:
    way = f"free {'some' if missing is None else size_text(missing)} there"
    if error is not None and error.errno == errno.EFBIG:
        way = "raise `ulimit -f`"
    return NoSpace(f"{what}; {way}, or name a folder on another disk", str(folder), missing)


@contextmanager
def reporting_write(path: Path, needed: int = 0) -> Iterator[None]:
    """Turn an OSError of the block into a CannotSave that names `path`; see cannot_write."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error, needed) from error


def remove(path: Path) -> None:
    """Remove a file, if it exists and the system allows it."""
    with suppress(OSError):
        path.unlink()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a new temporary folder. Raises CannotSave or NoSpace, which says how to name another place."""
    from tempfile import TemporaryDirectory  # opening a file does not need it

    try:
        made = TemporaryDirectory(prefix="tovec-", ignore_cleanup_errors=True)
    except OSError as error:
        way = "name a folder that can be written to in the variable TMPDIR"
        raise CannotSave(f"no temporary folder can be made: {reason(error)}; {way}") from error
    with made as name:
        try:
            yield Path(name)
        except NoSpace as error:
            if error.folder == name:
                error.args = (f"{error}, in the variable TMPDIR",)
            raise


class WorkFile:
    """A new file that replaces whatever had its name, to write, read and write again.

    It is written by calls and never through a memory map, which a full disk would end with SIGBUS; without a
    buffer, whose last bytes could fail to be written only when it is closed. Links and pipes are replaced,
    not written into. Every method raises CannotSave that names the file, NoSpace on a full disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with reporting_write(path):
            path.unlink(missing_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
        self._file = os.fdopen(handle, "r+b", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, data: bytes | NDArray[Any]) -> None:
        """Write all of `data`, an array in C order, at the current position."""
        view = memoryview(data) if isinstance(data, bytes) else data.reshape(-1).view(np.uint8).data
        while view:
            with reporting_write(self.path, len(view)):
                view = view[self._file.write(view) :]

    def read(self, n_bytes: int) -> bytearray:
        """Return the next `n_bytes`, fewer at the end of the file."""
        data = bytearray(n_bytes)
        n_read = 0
        with reporting_write(self.path), memoryview(data) as view:
            while n := self._file.readinto(view[n_read:]):
                n_read += n
        del data[n_read:]
        return data

    def seek(self, place: int) -> None:
        """Move the current position to byte `place`."""
        with reporting_write(self.path):
            self._file.seek(place)

    def truncate(self, n_bytes: int) -> None:
        """Cut the file to this length, or extend it with zeros."""
        with reporting_write(self.path):
            self._file.truncate(n_bytes)

    def reserve(self, n_bytes: int) -> None:
        """Reserve space for `n_bytes`, where the system can, so that writing them cannot fail."""
        if not hasattr(os, "posix_fallocate") or n_bytes == 0:
            return
        try:
            os.posix_fallocate(self._file.fileno(), 0, n_bytes)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
                raise cannot_write(self.path, error, n_bytes) from error

    def sync(self) -> None:
        """Force it to the disk."""
        with reporting_write(self.path):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; nothing is left to write."""
        with reporting_write(self.path):
            self._file.close()

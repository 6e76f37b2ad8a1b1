"""How much room a disk has, and files whose errors say what they are and how much is missing.

What a user may still write is what the file system tells; a quota shows only in a write that fails.
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

_NO_ROOM = {
    getattr(errno, "EDQUOT", errno.ENOSPC): "the quota of the disk is used up",  # Windows has none
    errno.ENOSPC: "no space is left on the disk",
    errno.EFBIG: "the system allows no file that large",
}
_BINARY = getattr(os, "O_BINARY", 0)


def free_bytes(folder: Path) -> int | None:
    """Return how many bytes this user can still write below `folder`, which need not be there yet.

    None where the system does not tell.
    """
    import shutil  # which loads whatever unpacks archives

    try:
        existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
        usage = shutil.disk_usage(existing)
    except (OSError, StopIteration):
        return None
    return usage.free if usage.total else None  # some file systems of programs say 0 of 0


def check_space(folder: Path, needed: int, what: str) -> None:
    """Raise NoSpace when fewer than `needed` bytes, which `what` will write, are free below `folder`."""
    free = free_bytes(folder)
    if free is not None and needed > free:
        have = size_text(free, down=True)
        raise _no_space(
            f"{what} needs {size_text(needed)} in {folder}, and {have} are free", folder, needed - free
        )


def size_text(n_bytes: int, down: bool = False) -> str:
    """Return a number of bytes as people read it, rounded up, or down."""
    unit, name = (1000, "kB") if n_bytes < 10_000_000 else (1_000_000, "MB")
    return f"{n_bytes // unit if down else -(-n_bytes // unit):,} {name}"


def is_no_space(error: OSError) -> bool:
    """Whether the system refused for want of room: a full disk, a quota, a limit of files."""
    return error.errno in _NO_ROOM


def reason(error: OSError) -> str:
    """Return why the system refused, in a few words."""
    return _NO_ROOM.get(error.errno or 0) or error.strerror or str(error)


def cannot_write(path: Path, error: OSError, needed: int = 0) -> CannotSave:
    """Return what `error` means for who wrote `path`, of which `needed` bytes were still to be written."""
    told = f"cannot write {path}: {reason(error)}"
    if not is_no_space(error):
        return CannotSave(told)
    free = free_bytes(path.parent) if error.errno == errno.ENOSPC else None
    missing = needed - free if free is not None and needed > free else None  # names can be used up as well
    return _no_space(told, path.parent, missing, error)


def cannot_save(path: Path, error: OSError) -> CannotSave:
    """Return what `error` means for who was to save as `path`, which is as it was."""
    told = f"cannot save to {path}: {error.strerror or error}; nothing has been changed there"
    return _no_space(told, path.parent, None, error) if is_no_space(error) else CannotSave(told)


def _no_space(what: str, folder: Path, missing: int | None, error: OSError | None = None) -> NoSpace:
    way = f"free {'some' if missing is None else size_text(missing)} there"
    if error is not None and error.errno == errno.EFBIG:
        way = "raise `ulimit -f`"
    return NoSpace(f"{what}; {way}, or name a folder on another disk", str(folder), missing)


@contextmanager
def reporting_write(path: Path, needed: int = 0) -> Iterator[None]:
    """Turn what the system refuses in the block into a CannotSave that names `path`; see cannot_write."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error, needed) from error


def remove(path: Path) -> None:
    """Remove a file of ours, where it is there and the system lets it go."""
    with suppress(OSError):
        path.unlink()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a new folder for a while. Raises CannotSave, or NoSpace, that says where to name another."""
    from tempfile import TemporaryDirectory  # which most of those who open a file do without

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
    """A file made anew in the place of whatever had its name, to write, read and write again.

    Written by calls and never through a map, which a full disk would end with SIGBUS; without a buffer, whose
    last bytes would be refused when it is closed. Links and pipes are replaced, not written into.
    Everything raises CannotSave that names the file, NoSpace where there is no room.
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
        """Write all of `data`, an array in C order, where the file stands."""
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
        """Go on at byte `place`."""
        with reporting_write(self.path):
            self._file.seek(place)

    def truncate(self, n_bytes: int) -> None:
        """Cut the file off, or fill it up with zeros."""
        with reporting_write(self.path):
            self._file.truncate(n_bytes)

    def reserve(self, n_bytes: int) -> None:
        """Take room for `n_bytes`, so that writing them cannot fail for want of it, where the system can."""
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
        """Let go of it; nothing is left to be written."""
        with reporting_write(self.path):
            self._file.close()

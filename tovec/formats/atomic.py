"""Replace a folder or a file as a whole: a reader sees the old one or the new one, never half of one.

The new one is built beside the old one under a hidden name, forced to the disk, and takes the place
of the old one at the end. Whatever goes wrong before that leaves the old one as it was.
"""

import ctypes
import errno
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IMODE
from typing import BinaryIO, TypeVar

from tovec.errors import BadSource, CannotSave

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_ATTEMPTS = 100
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)  # a pipe would wait for its writer

Result = TypeVar("Result")


@contextmanager
def replace_folder(directory: Path, own_names: Collection[str]) -> Iterator[Path]:
    """Give an empty folder to fill; when the block ends well it becomes `directory`.

    own_names: the entries of the old folder that go with it. Any other entry is not ours to throw
    away and moves into the new folder.
    Raises CannotSave when the system refuses (no space, no permission); nothing has changed then.
    """
    target = real_path(directory)
    building = _beside(target)
    try:
        with _as_cannot_save(directory):
            target.parent.mkdir(parents=True, exist_ok=True)
            _finish_interrupted(target)
            building.mkdir()
            yield building
            _force_to_disk(building)
            _put_in_place(building, target, own_names)
    finally:
        _remove(building)


@contextmanager
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write into; when the block ends well it becomes `path`.

    Raises CannotSave when the system refuses (no space, a folder of that name); nothing has changed then.
    """
    target = real_path(path)
    building = _beside(target)
    try:
        with _as_cannot_save(path):
            if target.is_dir():
                raise IsADirectoryError(errno.EISDIR, "there is a folder of that name")
            target.parent.mkdir(parents=True, exist_ok=True)
            with building.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            building.replace(target)
            _sync_folder(target.parent)
    finally:
        with suppress(OSError):
            building.unlink()


def current_folder(directory: Path) -> Path:
    """Return where the contents of `directory` are: aside, after an interrupted replacement."""
    aside = _aside(directory)
    return aside if not directory.exists() and aside.is_dir() else directory


def read_whole(directory: Path, read: Callable[[Path], Result]) -> Result:
    """Return `read(folder)` of one and the same folder, also while others replace `directory`.

    Reading starts again when the folder was replaced before the end. What `read` raises is raised.
    """
    failure = BadSource(f"{directory} is being replaced faster than it can be read; try again later")
    for _ in range(_ATTEMPTS):
        folder = current_folder(directory)
        with _held(folder) as still_in_place:
            try:
                result = read(folder)
            except BadSource as error:
                failure = error
                if still_in_place():
                    raise
            else:
                if still_in_place():
                    return result
    raise failure


@contextmanager
def _held(folder: Path) -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether `folder` is still what it is now.

    Holding the folder open keeps its inode number from being given to a newer one.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | _AT_ONCE)
    except FileNotFoundError:  # missing, or between two renames
        yield lambda: False
        return
    except OSError:  # a system that does not open folders
        yield lambda: True
        return
    try:
        yield lambda: _is_at(handle, folder)
    finally:
        os.close(handle)


def _is_at(handle: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), folder.stat())
    except FileNotFoundError:
        return False


def _remove(folder: Path) -> None:
    """Remove a folder with all that is in it, if it is there."""
    import shutil  # which loads whatever unpacks archives; most of those who open a file write none

    shutil.rmtree(folder, ignore_errors=True)


def real_path(path: Path) -> Path:
    """Return the path that links lead to; that of a loop of links is the loop itself."""
    return Path(os.path.realpath(path))  # Path.resolve fails at a loop in Python 3.11


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.tmp-{os.urandom(4).hex()}")


def _aside(target: Path) -> Path:
    target = real_path(target)
    return target.parent / f".{target.name}.old"


@contextmanager
def _as_cannot_save(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotSave(f"cannot save to {path}: {reason}; nothing has been changed there") from error


def _put_in_place(building: Path, target: Path, own_names: Collection[str]) -> None:
    """Make `building` the folder `target`; afterwards `building` is what has to be thrown away."""
    if target.exists():
        building.chmod(S_IMODE(target.stat().st_mode))
        with _others_moved(target, building, own_names):
            if not exchange(building, target):
                _rename_twice(building, target)
    else:
        building.rename(target)
    _sync_folder(target.parent)


@contextmanager
def _others_moved(old: Path, new: Path, own_names: Collection[str]) -> Iterator[None]:
    """Move the entries of `old` that are not ours into `new`, and back when the block fails."""
    others = [entry.name for entry in old.iterdir() if entry.name not in own_names]
    try:
        for name in others:
            (old / name).rename(new / name)
        yield
    except BaseException:
        for name in others:
            with suppress(FileNotFoundError):
                (new / name).rename(old / name)
        raise


def _rename_twice(building: Path, target: Path) -> None:
    """Do without an exchange; between the two renames `current_folder` finds the old folder aside."""
    aside = _aside(target)
    _remove(aside)
    target.rename(aside)
    try:
        building.rename(target)
    except OSError:
        aside.rename(target)
        raise
    aside.rename(building)  # in one step out of the way of readers


def _finish_interrupted(target: Path) -> None:
    """Put the old folder back when an earlier save ended between its two renames."""
    aside = _aside(target)
    if not target.exists() and aside.is_dir():
        aside.rename(target)


def exchange(a: Path, b: Path) -> bool:
    """Let two paths trade places in one step; False where the system or the file system cannot.

    Raises OSError for any other refusal.
    """
    renameat2 = _renameat2()
    if renameat2 is None:
        return False
    if renameat2(_AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP):
        return False
    raise OSError(code, os.strerror(code), str(b))


def _renameat2() -> Callable[..., int] | None:
    """Return Linux's renameat2(2) as the C library has it, None elsewhere."""
    try:
        function = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return None
    function.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    return function


def _force_to_disk(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk, where the system lets folders be opened."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

"""New files and folders built beside their target, locked while the process that builds them lives."""

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tovec.errors import CannotSave
from tovec.storage.locks import HAS_LOCKS, Lock, is_at, lock
from tovec.storage.paths import hidden

MARK = "tmp-tovec-"
RANDOM = 8  # hexadecimal digits after it
NEW, NOTE = "new", "note.json"


class Note(NamedTuple):
    """The note in a folder being built, for a process that finds the folder later.

    own_names: the entries that tovec wrote, or replaces. places: where files are to be renamed to, relative
    to the folder that holds the target.
    """

    own_names: tuple[str, ...]
    places: tuple[str, ...] = ()


class NotMovedBack(CannotSave):
    """Files of a user are still in a folder that was being built; the next save there moves them back."""


@contextmanager
def building_file(target: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Yield a new file beside `target`, open and locked, and its path; remove it at the end."""
    file, path = _locked_file(target)
    try:
        with file:
            yield file, path
    finally:
        with suppress(OSError):
            path.unlink()


@contextmanager
def building_folder(target: Path, note: Note) -> Iterator[Path]:
    """Yield a new folder beside `target` that holds an empty folder NEW and a locked note; then remove it.

    A block that renames it keeps it; after NotMovedBack it stays.
    """
    path, handle = _locked_folder(target)
    with os.fdopen(handle, "wb") as file:
        try:
            file.write(json.dumps(note._asdict()).encode())
            file.flush()
            os.fsync(handle)
            if not HAS_LOCKS:  # Windows renames no folder with an open file in it
                file.close()
            (path / NEW).mkdir()
            yield path
        except NotMovedBack:
            raise
        except BaseException:
            discard(path)
            raise
        discard(path)


def read_note(folder: Path) -> Note | None:
    """Return the note of a folder that was being built; None without a complete one. Raises OSError."""
    try:
        fields = json.loads((folder / NOTE).read_bytes())
        return Note(tuple(map(str, fields["own_names"])), tuple(map(str, fields["places"])))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def is_trusted(left: Path, like: Path | None = None) -> bool:
    """Whether a leftover beside a target is trusted: its note may be followed, and it may be removed.

    A note says what to rename and remove, so links are not followed, and in a folder like /tmp, where nobody
    may replace files of others, a note of another user is ignored. like: a file whose owner is trusted.
    """
    try:
        status, parent = left.lstat(), left.parent.stat()
        if stat.S_ISLNK(status.st_mode) or (left / NEW).is_symlink():
            return False
        if not parent.st_mode & stat.S_ISVTX:
            return True
        trusted = {0, os.geteuid(), parent.st_uid}
        if like is not None and os.path.lexists(like):
            trusted.add(like.lstat().st_uid)
    except OSError:
        return False
    return status.st_uid in trusted


def discard(building: Path) -> None:
    """Remove a folder that was being built, with everything in it.

    Its note is removed last, so that whatever could not be removed is still recognized as a leftover.
    """
    try:
        _discard(building)
    except BaseException:  # Ctrl+C
        _discard(building)
        raise


def _discard(building: Path) -> None:
    remove(building / NEW)
    if not (building / NEW).exists():
        with suppress(OSError):
            (building / NOTE).unlink(missing_ok=True)
            building.rmdir()


def remove(folder: Path) -> None:
    """Remove a folder with everything in it, if it exists."""
    import shutil  # it loads all that unpacks archives, and opening a file needs none of it

    with suppress(OSError):  # it may have copied the permissions of a read-only folder
        if not folder.is_symlink():
            folder.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _undone_by_ctrl_c(path: Path) -> Iterator[None]:
    """Remove what the block makes at `path` when Ctrl+C comes before the block returns."""
    try:
        yield
    except Exception:  # from the system: nothing was made
        raise
    except BaseException:
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()
        raise


def _locked_file(target: Path) -> tuple[BinaryIO, Path]:
    while True:
        path = hidden(target, MARK + os.urandom(RANDOM // 2).hex())
        with _undone_by_ctrl_c(path):
            file = path.open("xb")
        if lock(file.fileno()) is not Lock.TAKEN and is_at(file.fileno(), path):
            return file, path
        file.close()  # another process removed it as a leftover before it was locked


def _locked_folder(target: Path) -> tuple[Path, int]:
    """Return a new folder beside `target`, and the handle that locks its note."""
    while True:
        path = hidden(target, MARK + os.urandom(RANDOM // 2).hex())
        with _undone_by_ctrl_c(path):
            path.mkdir()
        try:
            handle = os.open(path / NOTE, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        except FileNotFoundError:  # another process removed it as a leftover
            continue
        except BaseException:
            discard(path)
            raise
        if lock(handle) is not Lock.TAKEN and is_at(handle, path / NOTE):
            return path, handle
        os.close(handle)  # likewise, before it was locked

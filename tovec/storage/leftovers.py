"""Leftovers of killed processes beside a target: files of users move back, everything else is removed."""

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tovec.errors import TovecWarning
from tovec.storage.building import MARK, NEW, NOTE, RANDOM, Note, discard, is_trusted, read_note, remove
from tovec.storage.journal import finish, journal_of
from tovec.storage.locks import Lock, exclusive_in, is_at, lock
from tovec.storage.paths import aside, hidden, real_path

_BUILDING = re.compile(rf"{MARK}[0-9a-f]{{{RANDOM}}}\Z")


def clear_leftovers(path: Path) -> None:
    """Finish or undo what killed processes left unfinished at `path`, and remove their leftovers beside it.

    Raises OSError, and CannotSave as `exclusive_in` does.
    """
    target = real_path(path)
    if not target.parent.is_dir():
        return
    if aside(target).exists() or journal_of(target).exists() or next(_leftovers(target), None):
        with exclusive_in(target.parent):
            recover(target)


def clear_leftovers_in(folder: Path) -> None:
    """Do as `clear_leftovers` for every file that was being built in a folder."""
    names = [entry.name for entry in folder.iterdir() if is_leftover(entry.name)]
    for name in sorted({_BUILDING.sub("", name)[1:-1] for name in names}):  # as `hidden` has named them
        clear_leftovers(folder / name)


def recover(target: Path) -> None:
    """As `clear_leftovers`, for a caller that holds the lock of the folder."""
    old = aside(target)
    if not target.exists() and old.is_dir():
        old.rename(target)
    finish(target)
    for left in list(_leftovers(target)):
        is_folder = left.is_dir()
        if is_folder and not (left / NOTE).exists():
            with suppress(OSError):
                left.rmdir()
            continue
        with _free(left / NOTE if is_folder else left) as free:
            if not free:
                continue
            if is_folder:
                if old.is_dir() and not (left / NEW).exists():  # killed before the last of its renames
                    old.rename(left / NEW)
                _take_apart(left, target)
            else:
                left.unlink(missing_ok=True)


def is_leftover(name: str) -> bool:
    """Whether a file or a folder of this name is being built, or was when its process was killed."""
    return name.startswith(".") and _BUILDING.search(name) is not None


def _leftovers(target: Path) -> Iterator[Path]:
    start = hidden(target, MARK).name
    with (
        suppress(PermissionError),
        os.scandir(target.parent) as entries,
    ):  # it may be writable only
        for entry in entries:
            if entry.name.startswith(start) and is_leftover(entry.name) and is_trusted(Path(entry.path)):
                yield Path(entry.path)


@contextmanager
def _free(path: Path) -> Iterator[bool]:
    """Hold the lock of a file; yield False where its process lives, or where that cannot be known."""
    try:
        handle = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except OSError:  # no longer there
        yield False
        return
    try:
        yield lock(handle) is Lock.OURS and is_at(handle, path)
    finally:
        os.close(handle)


def _take_apart(left: Path, target: Path) -> None:
    """Remove a folder that was being built; files in it that are not tovec's move back to `target`."""
    note = read_note(left) or Note(())
    new = left / NEW
    for entry in list(new.iterdir()) if new.is_dir() else []:
        if entry.name in note.own_names:
            _remove_entry(entry)
        elif target.is_dir() and not os.path.lexists(target / entry.name):
            entry.rename(target / entry.name)
    with suppress(OSError):
        if new.is_dir():
            new.rmdir()
        discard(left)
        return
    warnings.warn(
        f"{left} holds files that are not tovec's, from a save that was killed; move them, then remove it",
        TovecWarning,
        stacklevel=2,
    )


def _remove_entry(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        remove(entry)
    else:
        entry.unlink(missing_ok=True)

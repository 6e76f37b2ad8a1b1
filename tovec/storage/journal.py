"""Replace several files atomically: one rename puts all of them into a journal, then each is renamed.

While there is a journal, readers take its files instead of those in place, so that even between two renames
all are old or all are new. A file in place that is newer than the one in the journal is taken itself: it was
written after the process that was to finish the journal was killed.
"""

import errno
import os
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from tovec.errors import BadSource
from tovec.storage.building import NEW, discard, is_trusted, read_note
from tovec.storage.paths import hidden, real_path, sync_folder


def journal_of(first: Path) -> Path:
    """Return where the journal of the files whose first is `first` is."""
    return hidden(first, "journal-tovec")


def place_of(first: Path, path: Path) -> Path:
    """Return where the contents of `path` are, one of the files whose first is `first`. Raises BadSource."""
    target, journal = real_path(first), journal_of(real_path(first))
    try:
        note = read_note(journal) if journal.is_dir() and is_trusted(journal, target) else None
    except OSError as error:
        raise BadSource(f"{journal} cannot be read: {error.strerror or error}") from error
    if note is None:
        return path
    place = os.path.relpath(real_path(path), target.parent)
    waiting = journal / NEW / Path(place).name
    return waiting if place in note.places and _is_newest(waiting, path) else path


def commit(building: Path, first: Path, targets: Collection[Path]) -> None:
    """Make `building` the journal, and put its files in place. Any earlier journal is finished already.

    Raises OSError; if no file could be put in place, the journal is undone: `building` is where it was.
    """
    written = [target.stat().st_mtime_ns for target in targets if target.exists()]
    now = max([time.time_ns(), *written])
    for waiting in (building / NEW).iterdir():
        os.utime(waiting, ns=(now, now))
    try:
        building.rename(journal_of(first))
        sync_folder(first.parent)
        finish(first)
    except OSError:
        if not journal_of(first).is_dir():
            raise
        try:
            finish(first)  # a disk that failed once may work now
        except OSError:
            if len(list((journal_of(first) / NEW).iterdir())) == len(targets):
                journal_of(first).rename(building)
            raise
    except BaseException:  # Ctrl+C
        finish(first)
        raise


def finish(first: Path) -> None:
    """Put the files of the journal in place, if there is one. Raises OSError, and then the journal stays."""
    journal = journal_of(first)
    if not os.path.lexists(journal):
        return
    if not is_trusted(journal) or not journal.is_dir():
        raise PermissionError(errno.EPERM, f"{journal} is another user's, or not a folder; remove it")
    note = read_note(journal)
    if note is None:  # the note is removed last
        with suppress(OSError):
            (journal / NEW).rmdir()
        with suppress(OSError):
            journal.rmdir()
        return
    for place in note.places:
        if not _belongs(place, first.parent):
            raise PermissionError(errno.EPERM, f"{journal} is for {place}, where no link leads; remove it")
        waiting, target = journal / NEW / Path(place).name, first.parent / place
        if _is_newest(waiting, target):
            waiting.replace(target)
    sync_folder(first.parent)
    discard(journal)


def _belongs(place: str, folder: Path) -> bool:
    """Whether a place is in `folder`, or where a link in it leads: a note is not proof of that."""
    if Path(place).name == place:
        return True
    target = real_path(folder / place)
    return any(entry.is_symlink() and real_path(entry) == target for entry in folder.iterdir())


def _is_newest(waiting: Path, in_place: Path) -> bool:
    try:
        written = waiting.stat().st_mtime_ns
    except FileNotFoundError:
        return False
    return not in_place.exists() or in_place.stat().st_mtime_ns <= written

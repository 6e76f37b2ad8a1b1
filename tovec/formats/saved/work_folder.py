"""The work files of a training run, in the folder `work` of its result; nothing else in there is touched.

A marker says that tovec made the folder, and its lock that the run goes on: the system releases it when the
process ends, however it ends. A folder of that name without a marker is the user's, and so is every file in a
marked one whose name is none of ours.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tovec.disk import writing
from tovec.errors import CannotSave
from tovec.storage.locks import Lock, is_at, lock
from tovec.storage.places import with_parents
from tovec.training.checkpoint import NAME as CHECKPOINT

NAME = "work"
SNAPSHOTS = "snapshots"
_MARKER = ".tovec-run"
# All that a run writes there: text/corpus.py, training/cooccurrence.py, training/checkpoint.py, snapshots.
_FILES = frozenset(
    {
        *("spool.jsonl", "ids.i32", "offsets.i64", "lengths.i64", "cooccurrences.spill", "cooccurrences.bin"),
        *(CHECKPOINT, f".{CHECKPOINT}"),
    }
)
_OURS = _FILES | {SNAPSHOTS, _MARKER}
_LINKS_REFUSED = getattr(os, "O_NOFOLLOW", 0)


def is_run(directory: Path) -> bool:
    """Whether `directory` holds the work files of a run, one that goes on or one that has ended early."""
    work = directory / NAME
    return not work.is_symlink() and (work / _MARKER).is_file()


def may_be_run(directory: Path) -> bool:
    """As `is_run`, also of a run that was killed before its marker was there: it leaves an empty folder."""
    work = directory / NAME
    return is_run(directory) or (not work.is_symlink() and work.is_dir() and not any(work.iterdir()))


def is_all_ours(directory: Path) -> bool:
    """Whether the work files of a run are all that its folder `work` holds."""
    return is_run(directory) and {entry.name for entry in (directory / NAME).iterdir()} <= _OURS


def check_usable(directory: Path) -> None:
    """Raise CannotSave where `directory` has something of the name `work` that is not a run's."""
    work = directory / NAME
    if (work.is_symlink() or work.exists()) and not may_be_run(directory):
        what = "is a link" if work.is_symlink() else "was not made by tovec"
        raise CannotSave(
            f"cannot train into {directory}: its {NAME!r} {what}, and a run keeps its files under that name; "
            "rename it, or name another folder"
        )


def check_not_running(directory: Path) -> None:
    """Raise CannotSave where a run goes on in `directory`, in another process or in this one."""
    if is_run(directory):
        handle = _opened(directory / NAME / _MARKER)
        try:
            if lock(handle) is Lock.TAKEN:
                raise _taken(directory, handle)
        finally:
            os.close(handle)


@contextmanager
def held(directory: Path) -> Iterator[Path]:
    """Give the folder for work files, made where it is missing, locked until the block ends.

    When the block fails, folders that were made for it go again, where they are empty. Raises CannotSave
    where a run goes on in there.
    """
    import platform  # which most of those who open a folder do without

    marker = directory / NAME / _MARKER
    with with_parents(marker):
        while True:
            handle = _opened(marker)
            state = lock(handle)
            if state is Lock.TAKEN:
                taken = _taken(directory, handle)
                os.close(handle)
                raise taken
            if is_at(handle, marker):
                break
            os.close(handle)  # the run of before has ended this moment, and its files have gone
            marker.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.ftruncate(handle, 0)
            os.write(handle, f"process {os.getpid()} on {platform.node()}".encode())
            yield marker.parent
        finally:
            os.close(handle)


def clear(directory: Path) -> None:
    """Remove the work files in `directory`, but for what a run has learned. Raises CannotSave."""
    _clear(directory / NAME, sorted(_FILES - {CHECKPOINT}))


def clear_learned(directory: Path) -> None:
    """Remove what a run keeps in `directory` of what it has learned. Raises CannotSave."""
    work = directory / NAME
    if (work / SNAPSHOTS).is_dir() and not (work / SNAPSHOTS).is_symlink():
        shutil.rmtree(work / SNAPSHOTS, ignore_errors=True)
    _clear(work, [CHECKPOINT])


def _clear(work: Path, names: Iterable[str]) -> None:
    for name in names:
        with writing(work / name):  # a folder of that name stays
            (work / name).unlink(missing_ok=True)


def remove(directory: Path) -> None:
    """Remove the work files in `directory`, and their folder where nothing else is in it."""
    if not is_run(directory):
        return
    with suppress(OSError, CannotSave):
        clear(directory)
        clear_learned(directory)
        (directory / NAME / _MARKER).unlink()
        (directory / NAME).rmdir()


def _opened(marker: Path) -> int:
    try:
        return os.open(marker, os.O_RDWR | os.O_CREAT | _LINKS_REFUSED, 0o666)
    except OSError as error:
        raise CannotSave(f"cannot train into {marker.parent.parent}: {error.strerror}: {marker}") from error


def _taken(directory: Path, handle: int) -> CannotSave:
    who = os.read(handle, 200).decode(errors="replace") or "another process"
    return CannotSave(
        f"cannot save to {directory}: a training run goes on in there ({who}); wait until it has ended, "
        "or name another folder"
    )

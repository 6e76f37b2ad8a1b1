"""The work files of a training run, in the folder `work` of its result; other files there are not touched.

A marker file shows that tovec made the folder, and its lock that the run is still going: the system releases
the lock when the process ends, however it ends. A folder of that name without a marker belongs to the user,
and so does every file in a marked folder whose name tovec does not use.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tovec.errors import CannotSave
from tovec.storage.disk import reporting_write
from tovec.storage.locks import Lock, Taken, held_by_one, holder, lock, opened
from tovec.storage.paths import with_parents

NAME = "work"
CHECKPOINT = "checkpoint.safetensors"
LOCK = ".tovec-lock"  # of a run without a result folder, until it ends
SNAPSHOTS = "snapshots"
_MARKER = ".tovec-run"
# What a run writes there: text/corpus.py, training/cooccurrence.py, training/checkpoint.py, snapshots.
_FILES = frozenset(
    {
        *("spool.jsonl", "ids.i32", "offsets.i64", "lengths.i64", "cooccurrences.spill", "cooccurrences.bin"),
        "stream.i32",
        *(CHECKPOINT, f".{CHECKPOINT}", LOCK),
    }
)
_OURS = _FILES | {SNAPSHOTS, _MARKER}


def is_run(directory: Path) -> bool:
    """Whether `directory` holds the work files of a run that is still going or ended early."""
    work = directory / NAME
    return not work.is_symlink() and (work / _MARKER).is_file()


def may_be_run(directory: Path) -> bool:
    """As `is_run`, also for a run that was killed before its marker was written: an empty folder."""
    work = directory / NAME
    return is_run(directory) or (not work.is_symlink() and work.is_dir() and not any(work.iterdir()))


def is_all_ours(directory: Path) -> bool:
    """Whether the folder `work` holds the work files of a run and nothing else."""
    return is_run(directory) and {entry.name for entry in (directory / NAME).iterdir()} <= _OURS


def check_usable(directory: Path) -> None:
    """Raise CannotSave where something named `work` in `directory` does not belong to a run."""
    work = directory / NAME
    if (work.is_symlink() or work.exists()) and not may_be_run(directory):
        what = "is a link" if work.is_symlink() else "was not made by tovec"
        raise CannotSave(
            f"cannot train into {directory}: its {NAME!r} {what}, and a run uses that name; "
            "rename it, or name another folder"
        )


def check_not_running(directory: Path) -> None:
    """Raise CannotSave where a run is still going in `directory`, in another process or in this one."""
    if is_run(directory):
        with _as_cannot_train(directory):
            handle = opened(directory / NAME / _MARKER)
        try:
            if lock(handle) is Lock.TAKEN:
                raise _taken(directory, holder(handle))
        finally:
            os.close(handle)


@contextmanager
def held(directory: Path) -> Iterator[Path]:
    """Yield the folder for work files, made where it is missing, locked until the block ends.

    When the block fails, the folders made for it are removed if they are empty. Raises CannotSave where a run
    is still going there.
    """
    marker = directory / NAME / _MARKER
    with ExitStack() as until_end:
        with _as_cannot_train(directory):
            until_end.enter_context(with_parents(marker))
            until_end.enter_context(held_by_one(marker))
        yield marker.parent


def clear(directory: Path) -> None:
    """Remove the work files in `directory` except checkpoint and snapshots. Raises CannotSave."""
    _clear(directory / NAME, sorted(_FILES - {CHECKPOINT}))


def clear_learned(directory: Path) -> None:
    """Remove the checkpoint and the snapshots of a run in `directory`. Raises CannotSave."""
    work = directory / NAME
    if (work / SNAPSHOTS).is_dir() and not (work / SNAPSHOTS).is_symlink():
        shutil.rmtree(work / SNAPSHOTS, ignore_errors=True)
    _clear(work, [CHECKPOINT])


def _clear(work: Path, names: Iterable[str]) -> None:
    for name in names:
        with reporting_write(work / name):  # a folder of that name is not removed
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


@contextmanager
def _as_cannot_train(directory: Path) -> Iterator[None]:
    try:
        yield
    except Taken as taken:
        raise _taken(directory, str(taken)) from taken
    except OSError as error:
        raise CannotSave(f"cannot train into {directory}: {error.strerror}: {error.filename}") from error


def _taken(directory: Path, who: str) -> CannotSave:
    return CannotSave(
        f"cannot save to {directory}: a training run is still going there ({who}); wait until it has ended, "
        "or name another folder"
    )

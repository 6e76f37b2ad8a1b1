"""The work files of a training run, in the folder `work` of its result; nothing else in there is touched.

A marker says that tovec made the folder. A folder of that name without one is the user's, and so is every
file in a marked one whose name is none of ours.
"""

import shutil
from contextlib import suppress
from pathlib import Path

from tovec.errors import CannotSave
from tovec.training.checkpoint import NAME as CHECKPOINT

NAME = "work"
SNAPSHOTS = "snapshots"
_MARKER = ".tovec-run"
# All that a run writes there: text/corpus.py, training/cooccurrence.py, training/checkpoint.py, snapshots.
_FILES = frozenset(
    {
        *("ids.i32", "offsets.i64", "lengths.i64", "cooccurrences.spill", "cooccurrences.bin"),
        *(CHECKPOINT, f".{CHECKPOINT}", _MARKER),
    }
)


def is_run(directory: Path) -> bool:
    """Whether `directory` holds the work files of a run; those of runs before there was a marker too."""
    work = directory / NAME
    if work.is_symlink() or not work.is_dir():
        return False
    names = {entry.name for entry in work.iterdir()}
    return _MARKER in names or names <= _FILES | {SNAPSHOTS}


def is_all_ours(directory: Path) -> bool:
    """Whether the work files of a run are all that its folder `work` holds."""
    work = directory / NAME
    return is_run(directory) and {entry.name for entry in work.iterdir()} <= _FILES | {SNAPSHOTS}


def check_usable(directory: Path) -> None:
    """Raise CannotSave where `directory` has something of the name `work` that is not a run's."""
    work = directory / NAME
    if (work.is_symlink() or work.exists()) and not is_run(directory):
        what = "is a link" if work.is_symlink() else "was not made by tovec"
        raise CannotSave(
            f"cannot train into {directory}: its {NAME!r} {what}, and a run keeps its files under that name; "
            "rename it, or name another folder"
        )


def make(directory: Path) -> Path:
    """Return the folder for work files, made where it is missing."""
    work = directory / NAME
    work.mkdir(parents=True, exist_ok=True)
    (work / _MARKER).touch()
    return work


def clear(directory: Path) -> None:
    """Remove the work files in `directory`, and their folder where nothing else is in it."""
    if not is_run(directory):
        return
    work = directory / NAME
    with suppress(OSError):
        for name in _FILES:
            (work / name).unlink(missing_ok=True)
        if not (work / SNAPSHOTS).is_symlink():
            shutil.rmtree(work / SNAPSHOTS, ignore_errors=True)
        work.rmdir()

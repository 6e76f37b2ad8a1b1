"""Replace a folder atomically."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IRWXU

from tovec.storage.building import NEW, Note, NotMovedBack, building_folder
from tovec.storage.leftovers import clear_leftovers, recover
from tovec.storage.locks import exclusive_in
from tovec.storage.paths import (
    as_cannot_save,
    aside,
    copy_permissions,
    exchange,
    force_to_disk,
    real_path,
    sync_folder,
    with_parents,
)


@contextmanager
def replace_folder(directory: Path, own_names: Collection[str]) -> Iterator[Path]:
    """Yield an empty folder to fill; when the block ends without an error it becomes `directory`.

    own_names: the entries of the old folder that are removed with it. Any other entry belongs to the user
    and moves into the new folder. Of several writers at once the last one wins.
    Raises CannotSave when the system refuses (no space, no permission); nothing has changed then.
    """
    target = real_path(directory)
    with as_cannot_save(directory), with_parents(target):
        clear_leftovers(target)
        with building_folder(target, Note(tuple(own_names))) as building:
            with suppress(FileNotFoundError):  # files made in it get its group, where it passes one on
                copy_permissions(building / NEW, target.stat())
                (building / NEW).chmod((building / NEW).stat().st_mode | S_IRWXU)
            yield building / NEW
            force_to_disk(building)
            with exclusive_in(target.parent):
                recover(target)
                _put_in_place(building / NEW, target, own_names)


def _put_in_place(building: Path, target: Path, own_names: Collection[str]) -> None:
    """Make `building` the folder `target`; afterwards `building` holds what has to be removed."""
    if target.exists():
        copy_permissions(building, target.stat())
        with _others_moved(target, building, own_names):
            if not exchange(building, target):
                _rename_twice(building, target)
    else:
        building.rename(target)
    sync_folder(target.parent)


@contextmanager
def _others_moved(old: Path, new: Path, own_names: Collection[str]) -> Iterator[None]:
    """Move the entries of `old` that are not tovec's into `new`, and back when the block fails."""
    others = [entry.name for entry in old.iterdir() if entry.name not in own_names]
    try:
        for name in others:
            _move_along(old / name, new / name)
        yield
    except BaseException as error:
        for name in others:
            with suppress(BaseException):  # another Ctrl+C too
                (new / name).rename(old / name)
        stuck = [name for name in others if os.path.lexists(new / name)]
        if stuck:
            message = (
                f"cannot save to {old}: {error}; {stuck[0]!r}, which is not tovec's, could not move back"
            )
            raise NotMovedBack(f"{message} and is in {new}, until the next save puts it back") from error
        raise


def _move_along(old: Path, new: Path) -> None:
    try:
        old.rename(new)
    except OSError as error:  # a mounted disk, an immutable file, a folder of another user
        message = f"{old.name!r} in it is not tovec's, and cannot move along ({error.strerror})"
        raise OSError(error.errno, message, str(old)) from error


def _rename_twice(building: Path, target: Path) -> None:
    """Replace without an exchange; between the two renames `current_folder` finds the old folder."""
    old = aside(target)
    target.rename(old)
    try:
        building.rename(target)
    except OSError:
        old.rename(target)
        raise
    old.rename(building)  # out of the way of readers in one step

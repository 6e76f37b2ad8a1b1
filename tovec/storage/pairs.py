"""Replace two files that belong together atomically, and read two that belong together."""

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from tovec.errors import BadSource, CannotSave
from tovec.storage.building import NEW, Note, building_folder
from tovec.storage.files import check_replaceable, settle
from tovec.storage.journal import commit, place_of
from tovec.storage.leftovers import clear_leftovers, recover
from tovec.storage.locks import exclusive_in, is_at
from tovec.storage.paths import as_cannot_save, real_path, with_parents


class Replaced(BadSource):
    """One of two files was replaced while they were read."""


@contextmanager
def replace_pair(first: Path, second: Path, what: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Yield two files to write into; without an error they become `first` and `second`, both or neither.

    what: what the second holds, for messages. Of several writers at once the last one wins, with both.
    Raises CannotSave when the system refuses, or when `second` is there without `first`, so that it is not
    part of such a pair; nothing has changed then.
    """
    targets = real_path(first), real_path(second)
    places = tuple(os.path.relpath(target, targets[0].parent) for target in targets)
    with as_cannot_save(first), with_parents(targets[0]):
        clear_leftovers(targets[0])
        check_second(first, second, what)
        for target in targets:
            check_replaceable(target)
        names = tuple(target.name for target in targets)
        with building_folder(targets[0], Note(names, places)) as building, ExitStack() as open_files:
            files = [open_files.enter_context((building / NEW / name).open("xb")) for name in names]
            if os.fstat(files[0].fileno()).st_dev != targets[1].parent.stat().st_dev:
                raise OSError(errno.EXDEV, f"{second} lies on another disk")
            yield files[0], files[1]
            for file, target in zip(files, targets, strict=True):
                settle(file, target)
            with exclusive_in(targets[0].parent):
                recover(targets[0])
                check_second(first, second, what)
                open_files.close()
                _commit(building, targets, first)


def check_second(first: Path, second: Path, what: str) -> None:
    """Raise CannotSave when `second` is there without `first`, so that it is not part of such a pair."""
    if second.exists() and not first.exists():
        raise CannotSave(
            f"cannot save to {first}: {what} go to {second}, and there is another file of that name; "
            "name another file, or move that one"
        )


def _commit(building: Path, targets: tuple[Path, Path], first: Path) -> None:
    try:
        commit(building, targets[0], targets)
    except OSError as error:
        if building.exists():
            raise
        reason = error.strerror or str(error)
        raise CannotSave(
            f"{first} is saved, but {error.filename} could not take its place: {reason}; save again to finish"
        ) from error


@contextmanager
def read_pair(first: Path, second: Path) -> Iterator[tuple[Path, Path]]:
    """Yield where the contents of two files are, to be read in the block.

    Raises Replaced where they were replaced meanwhile, since they may not belong together; it takes the place
    of any error of the block.
    """
    places = place_of(first, first), place_of(first, second)
    with ExitStack() as handles:
        held = []
        for place in places:
            with suppress(OSError):  # the block reports it
                handle = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
                handles.callback(os.close, handle)
                held.append((handle, place))

        def check() -> None:
            again = place_of(first, first), place_of(first, second)
            if again != places or not all(_is_still_at(handle, place) for handle, place in held):
                raise Replaced(f"{first} was replaced while it was read; try again")

        try:
            yield places
        except Exception:
            check()
            raise
        check()


def _is_still_at(handle: int, path: Path) -> bool:
    return is_at(handle, real_path(path))

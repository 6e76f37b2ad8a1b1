"""Read a folder, or files, while other processes may replace them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tovec.errors import BadSource
from tovec.storage.pairs import Replaced
from tovec.storage.paths import aside

_ATTEMPTS = 100
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for its writer

Result = TypeVar("Result")


def current_folder(directory: Path) -> Path:
    """Return where the contents of `directory` are: under another name after an interrupted replacement."""
    old = aside(directory)
    return old if not directory.exists() and old.is_dir() else directory


def read_consistent(directory: Path, read: Callable[[Path], Result]) -> Result:
    """Return `read(folder)`, read from one version of `directory` even while others replace it.

    Reading starts again when the folder was replaced before the end. Errors of `read` are raised.
    """
    failure = BadSource(f"{directory} is being replaced faster than it can be read; try again later")
    for _ in range(_ATTEMPTS):
        folder = current_folder(directory)
        with _held(folder) as still_in_place:
            try:
                result = read(folder)
            except Replaced as error:
                failure = error
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
    """Yield a function that returns whether `folder` is still the folder that it is now.

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

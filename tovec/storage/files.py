"""Replace one file atomically."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tovec.storage.building import building_file
from tovec.storage.leftovers import clear_leftovers
from tovec.storage.locks import HAS_LOCKS
from tovec.storage.paths import as_cannot_save, copy_permissions, real_path, sync_folder, with_parents


@contextmanager
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file to write into; when the block ends without an error it becomes `path`.

    It gets the group and the permissions of the old one. Of several writers at once the last one wins.
    Raises CannotSave when the system refuses (no space, a folder or a device of that name); nothing has
    changed then.
    """
    target = real_path(path)
    with as_cannot_save(path):
        check_replaceable(target)
        with with_parents(target):
            clear_leftovers(target)
            with building_file(target) as (file, building):
                yield file
                settle(file, target)
                building.replace(target)
                sync_folder(target.parent)


def check_replaceable(target: Path) -> None:
    """Raise OSError where `target` exists and is not a file."""
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "there is a folder of that name")
    if target.exists() and not target.is_file():  # renaming over a device would remove it for everyone
        raise FileExistsError(errno.EEXIST, "it is a device or a pipe, not a file")


def settle(file: BinaryIO, target: Path) -> None:
    """Force a file that will become `target` to the disk, with its group and permissions. Raises OSError."""
    file.flush()
    if target.exists():
        copy_permissions(file.fileno(), target.stat())
    os.fsync(file.fileno())
    if not HAS_LOCKS:  # Windows cannot rename an open file; elsewhere it stays locked until the end
        file.close()

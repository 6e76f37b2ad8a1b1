"""Where files are while they are replaced, which names are plain, and what the system does in one step."""

import ctypes
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IMODE

from tovec.storage.disk import cannot_save

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_LONGEST_NAME = 200  # bytes; file systems take 255, and our names are longer than the target's
_NOT_IN_NAMES = frozenset("/\\:\0")  # characters that lead out of a folder, on any system


def is_plain_name(name: str) -> bool:
    """Whether `name`, given by a file or a server, is that of an entry of a folder and leads nowhere else."""
    return name not in ("", ".", "..") and name.isprintable() and _NOT_IN_NAMES.isdisjoint(name)


def real_path(path: Path) -> Path:
    """Return the path with all links followed; of a loop of links the path itself."""
    return Path(os.path.realpath(path))  # Path.resolve fails at a loop in Python 3.11


def is_mounted(folder: Path) -> bool:
    """Whether something is mounted at a real path: a disk, or a volume of a container."""
    if folder.is_mount():
        return True
    try:
        mounts = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:  # not Linux
        return False
    escaped = os.fsencode(folder)
    for character in b"\\ \t\n":
        escaped = escaped.replace(bytes([character]), b"\\%03o" % character)
    return any(line.split()[4] == escaped for line in mounts)


def hidden(target: Path, end: str) -> Path:
    """Return a hidden name beside `target` that ends with `end`."""
    name = os.fsencode(target.name)
    if len(name) > _LONGEST_NAME:  # two long names may have the same beginning
        import hashlib  # opening a file does not need it

        name = name[:_LONGEST_NAME] + b"~" + hashlib.blake2b(name, digest_size=8).hexdigest().encode()
    hidden_name = f".{os.fsdecode(name)}.{end}"
    return target.with_name(hidden_name) if name else target / hidden_name  # `/` has no name


def aside(target: Path) -> Path:
    """Return the name that the old folder has between two renames."""
    return hidden(real_path(target), "old-tovec")


@contextmanager
def with_parents(target: Path) -> Iterator[None]:
    """Make the folders above `target`; when the block fails, the new ones are removed."""
    missing = [parent for parent in target.parents if not parent.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for parent in missing:
            with suppress(OSError):  # another process has put something there
                parent.rmdir()
        raise


@contextmanager
def as_cannot_save(path: Path) -> Iterator[None]:
    """Turn an OSError, raised before `path` was changed, into a CannotSave; NoSpace for a full disk."""
    try:
        yield
    except OSError as error:
        raise cannot_save(path, error) from error


def exchange(a: Path, b: Path) -> bool:
    """Exchange two paths in one step; False where the system or the file system cannot.

    Raises OSError for any other refusal.
    """
    renameat2 = _renameat2()
    if renameat2 is None:
        return False
    if renameat2(_AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP):
        return False
    raise OSError(code, os.strerror(code), str(b))


def _renameat2() -> Callable[..., int] | None:
    """Return Linux's renameat2(2) as the C library has it, None elsewhere."""
    try:
        function = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return None
    function.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    return function


def copy_permissions(new: Path | int, old: os.stat_result) -> None:
    """Give a new file or folder, a path or a handle, the group and permissions of the one it replaces.

    A group that this user is not in stays as it is. Raises OSError.
    """
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(new, -1, old.st_gid)  # before the permissions, since chown clears some
    if hasattr(os, "fchmod") or isinstance(new, Path):
        os.chmod(new, S_IMODE(old.st_mode))  # noqa: PTH101, it may be a handle


def force_to_disk(folder: Path) -> None:
    """Force all files in a folder, and the names of its entries, to the disk. Raises OSError."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        elif path.is_dir():
            sync_folder(path)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Force the names of the entries to the disk, where the system can open folders."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

"""Locks that the system releases when their process ends, however it ends.

They are those of flock(2), on NFS too, where Linux makes them locks of the server. Where there are none
(Windows, a server without locks) no process is kept out, and nothing is treated as a leftover.
"""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from pathlib import Path

from tovec.errors import CannotSave

try:
    import fcntl
except ImportError:  # Windows
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

_LONGEST_S = 30  # to wait for another process that puts files in place, which takes milliseconds
_PAUSE_S = 0.01
_LINKS_REFUSED = getattr(os, "O_NOFOLLOW", 0)


class Lock(Enum):
    """The outcome of asking for a lock: it is ours, another process has it, the system has no locks."""

    OURS = auto()
    TAKEN = auto()
    NONE = auto()


def lock(handle: int) -> Lock:
    """Ask for the lock of an open file; it is held until all its handles are closed."""
    if not HAS_LOCKS:
        return Lock.NONE
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return Lock.TAKEN if error.errno in (errno.EWOULDBLOCK, errno.EACCES) else Lock.NONE
    return Lock.OURS


def is_at(handle: int, path: Path) -> bool:
    """Whether the open file or folder is the one at `path`."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except (FileNotFoundError, NotADirectoryError):
        return False


_not_inherited: set[int] = set()  # handles of locks, which a fork would hold after this process ended


def _close_all() -> None:
    while _not_inherited:
        os.close(_not_inherited.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_all)


class Taken(Exception):
    """Another process holds the lock; the text says which, as far as is known."""


@contextmanager
def held_by_one(path: Path) -> Iterator[None]:
    """Hold the lock of the file `path`, made where it is missing, and write this process's name into it.

    The file stays. Raises Taken, and OSError for one that cannot be made; links are not followed.
    """
    import platform  # opening a folder does not need it

    process = os.getpid()
    while True:
        handle = opened(path)
        try:
            if lock(handle) is Lock.TAKEN:
                raise Taken(holder(handle))
            if is_at(handle, path):
                os.ftruncate(handle, 0)
                os.write(handle, f"process {os.getpid()} on {platform.node()}".encode())
                _not_inherited.add(handle)
                yield
                return
        finally:
            if os.getpid() == process:
                _not_inherited.discard(handle)
                os.close(handle)
        path.parent.mkdir(parents=True, exist_ok=True)  # its holder has just ended and removed it


def opened(path: Path) -> int:
    """Return a handle of the file `path` to lock, made where it is missing. Raises OSError."""
    return os.open(path, os.O_RDWR | os.O_CREAT | _LINKS_REFUSED, 0o666)


def holder(handle: int) -> str:
    """Return which process the text of an open lock file names."""
    return os.read(handle, 200).decode(errors="replace") or "another process"


def _locked_by(handle: int) -> str:
    """Return which process has the lock of an open file, as Linux lists it."""
    status = os.fstat(handle)
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    with suppress(OSError):
        for line in Path("/proc/locks").read_text().splitlines():
            fields = line.split()  # 1: FLOCK ADVISORY WRITE <process> <device and inode> 0 EOF
            if fields[1] == "FLOCK" and fields[5] == place:
                return f"process {fields[4]}"
    return "another process"


@contextmanager
def exclusive_in(folder: Path) -> Iterator[None]:
    """Be the only process that puts files in place in `folder`.

    Raises CannotSave where another process holds the lock for half a minute.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # a system that does not open folders, or a folder that may not be listed
        yield
        return
    try:
        until = time.monotonic() + _LONGEST_S
        while lock(handle) is Lock.TAKEN:
            if time.monotonic() > until:
                raise CannotSave(
                    f"cannot save in {folder}: {_locked_by(handle)} has held its lock for {_LONGEST_S} s; "
                    "end it, or name another folder"
                )
            time.sleep(_PAUSE_S)
        yield
    finally:
        os.close(handle)

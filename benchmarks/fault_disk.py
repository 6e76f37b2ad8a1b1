"""A disk of a chosen size for one process: a tmpfs visible only in its own namespace. Linux only."""

import ctypes
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from fault_injection import value_of

PAGE = 4096  # the unit in which a tmpfs allocates
_NEW_MOUNTS, _NEW_USER, _REMOUNT = 0x00020000, 0x10000000, 32

Result = TypeVar("Result")


def on_small_disk(use: Callable[[Callable[[], None]], Result], place: Path, n_bytes: int) -> Result:
    """Return `use(enlarge)` of a fork in which the folder `place` is a disk of `n_bytes`.

    enlarge: makes the disk as large as memory allows. Raises RuntimeError where the system does not allow it.
    """

    def run() -> Result:
        _mount(place, n_bytes)
        return use(partial(_mount, place, 1 << 30, _REMOUNT))

    return value_of(run)


def pages(n_bytes: int) -> int:
    """Return how many bytes of a tmpfs a file of `n_bytes` takes."""
    return -(-n_bytes // PAGE) * PAGE


def small_disks_work(folder: Path) -> bool:
    """Whether the system lets this user make namespaces and mount in them."""
    try:
        return on_small_disk(lambda enlarge: True, folder, PAGE)
    except RuntimeError:
        return False


def _mount(place: Path, n_bytes: int, flags: int = 0) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if not flags:
        user, group = os.getuid(), os.getgid()
        _check(library.unshare(_NEW_USER | _NEW_MOUNTS))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    _check(library.mount(b"tmpfs", os.fsencode(place), b"tmpfs", flags, f"size={n_bytes}".encode()))


def _check(status: int) -> None:
    if status:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

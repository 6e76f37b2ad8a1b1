"""How much memory this process uses, and how much is free."""

import sys
from pathlib import Path

from tovec.errors import NotEnoughMemory

KEPT = 1 << 17  # bytes at the end of an arena; larger arrays are not in one
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h
TO_COMPILE = 1000 << 20  # bytes of address space that numba and LLVM need to load and compile, rounded up


def own_bytes() -> int:
    """Return the memory of this process in bytes, files not counted (outside Linux its peak)."""
    status = _proc("/proc/self/status").get("RssAnon")
    if status is not None:
        return status
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def available_bytes() -> int | None:
    """Return the free bytes of this machine or its container; None where they are not reported."""
    available = _proc("/proc/meminfo").get("MemAvailable")
    limit, used = (_number(f"/sys/fs/cgroup/memory.{name}") for name in ("max", "current"))
    if limit is None or used is None:
        return available
    return limit - used if available is None else min(available, limit - used)


def return_freed_memory() -> None:
    """From now on give the system what is freed: for a process that computes now and then, and mostly waits.

    glibc keeps up to 64 MB in each of its arenas, and threads have their own, once it has seen large arrays.
    """
    if sys.platform == "linux":
        import ctypes

        set_option = getattr(ctypes.CDLL(None), "mallopt", lambda option, value: None)  # another library
        set_option(_M_MMAP_THRESHOLD, KEPT)
        set_option(_M_TRIM_THRESHOLD, KEPT)


def address_space_bytes() -> int | None:
    """Return the limit on the address space of this process (`ulimit -v`); None without one."""
    if sys.platform == "win32":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def check_address_space(needed: int) -> None:
    """Raise NotEnoughMemory where the limit on the address space is below `needed` bytes."""
    limit = address_space_bytes()
    if limit is not None and limit < needed:
        raise NotEnoughMemory(needed)


def _proc(path: str) -> dict[str, int]:
    """Return the fields of a file in /proc that are amounts of memory, in bytes."""
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return {}
    fields = (line.split() for line in lines if line.endswith(" kB"))
    return {words[0].rstrip(":"): int(words[1]) * 1024 for words in fields}


def _number(path: str) -> int | None:
    try:
        text = Path(path).read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None

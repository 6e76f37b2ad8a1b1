"""What every test shares."""

import pytest
from hypothesis import settings

# The first example pays for compiling a kernel; no time is asserted anywhere.
settings.register_profile("tovec", deadline=None)
settings.load_profile("tovec")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may ask a hub for anything."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

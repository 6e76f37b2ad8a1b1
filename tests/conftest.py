"""What every test shares."""

import signal

import pytest
from hypothesis import settings
from needs import needs
from small_llamas import saved_llama

# The first example pays for compiling a kernel; no time is asserted anywhere.
settings.register_profile("tovec", deadline=None)
settings.load_profile("tovec")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may ask a hub for anything."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(autouse=True)
def at_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What says when it was made has one date, so that equal runs give equal files."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795910400")  # 2026-11-29


@pytest.fixture(autouse=True, scope="session")
def ctrl_c_reaches_us():
    """A shell starts what runs in its background deaf to Ctrl-C, and so would be what tests start."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def llama_folder(tmp_path_factory):
    """The folder of one small language model, saved by transformers, for tests that only read it."""
    needs("torch")
    folder = tmp_path_factory.mktemp("llama")
    saved_llama(folder)
    return folder

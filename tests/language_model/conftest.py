import pytest


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch):
    """Matrices of tests are so small that two threads would wait for each other most of the time."""
    monkeypatch.setattr("tovec.threads.N_THREADS", 1)

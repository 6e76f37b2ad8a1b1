import pytest
from hub_server import FakeHub, serving
from needs import needs

from tovec.hub.events import Download, Unreachable
from tovec.hub.listing import Hub
from tovec.progress import Ended, Stage


@pytest.fixture
def fake_hub(monkeypatch):
    """A Hub on this machine with no files yet; nothing waits between attempts."""
    needs("huggingface_hub")
    session = needs("huggingface_hub.utils")
    monkeypatch.setattr(needs("huggingface_hub.constants"), "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("tovec.hub.ranges.WAITS_S", (0.0, 0.0))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    session.close_session()  # it may have been made for other proxies
    with serving(FakeHub()) as hub:
        yield hub
    session.close_session()


@pytest.fixture
def caches(fake_hub, tmp_path):
    """Our side of it: the fake Hub's address, caches of its own, a token."""
    return Hub(fake_hub.url, tmp_path / "hub", tmp_path / "assets", "hf_secret")


class Reported:
    """A reporter that keeps what is reported."""

    def __init__(self):
        self.events = []

    def __call__(self, event):
        self.events.append(event)

    @property
    def downloads(self):
        return [str(event) for event in self.events if isinstance(event, Download)]

    @property
    def n_bytes(self):
        """The bytes that came, without those that were there before or thrown away."""
        total = done = 0
        for event in self.events:
            if isinstance(event, Download):
                done = event.n_there
            elif isinstance(event, Stage):
                total, done = total + event.done - done, event.done
        return total

    @property
    def n_ended(self):
        return sum(isinstance(event, Ended) for event in self.events)

    @property
    def commits(self):
        return [(event.repository, event.commit) for event in self.events if isinstance(event, Unreachable)]


@pytest.fixture
def reported():
    return Reported()

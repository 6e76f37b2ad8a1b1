import pytest
from hub_server import FakeHub, serving
from needs import needs

from tovec.hub.listing import Hub
from tovec.hub.reporter import Reporter


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


class Told(Reporter):
    """Keeps what it is told."""

    def __init__(self):
        self.downloads, self.n_bytes, self.n_finished, self.commits = [], 0, 0, []

    def downloading(self, download):
        self.downloads.append(str(download))

    def downloaded(self, n_bytes):
        self.n_bytes += n_bytes

    def finished(self):
        self.n_finished += 1

    def unreachable(self, repository, commit):
        self.commits.append((repository, commit))


@pytest.fixture
def told():
    return Told()

"""An exported folder on a static server, in a real browser."""

import functools
import http.server
import threading
from typing import ClassVar

import numpy as np
import pytest

import tovec
from tovec.server.site import export_site


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Python's static server, which sends whole files only, without its log; `asked` keeps the paths."""

    asked: ClassVar[list[str]] = []

    def log_message(self, *_):
        self.asked.append(self.path)

    def end_headers(self):
        self.send_header("Cache-Control", "max-age=600")  # as GitHub Pages has it
        super().end_headers()


def exported(folder, seed):
    rows = np.random.default_rng(seed).standard_normal((60, 8)).astype(np.float32)
    table = tovec.Embedding([f"w{row}" for row in range(60)], rows)
    return table, export_site(table, folder, methods=["pca"], title="a site")


@pytest.fixture
def site(tmp_path):
    table, folder = exported(tmp_path / "site", 0)
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", table, folder
    server.shutdown()
    server.server_close()


def test_a_click_shows_the_neighbors_without_reading_all_vectors(open_url, site):
    url, table, _ = site
    Quiet.asked.clear()
    opened = open_url(url).settled()
    assert "a site" in opened.title()
    assert not [path for path in Quiet.asked if "vectors" in path or "neighbors" in path]
    assert neighbors_of(5, opened) == [hit.id for hit in table.neighbors(5, k=10)]


def neighbors_of(token, opened):
    opened.app(f"app.store.set({{ chosen: {token} }})")
    opened.wait_for_function(
        "() => document.getElementById('page').page.app.session.get().neighbors?.length === 10"
    )
    return opened.app("app.session.get().neighbors.map(({ id }) => id)")


def test_after_another_export_nothing_of_the_one_before_is_shown(open_url, site):
    url, table, folder = site
    opened = open_url(url).settled()
    assert neighbors_of(5, opened) == [hit.id for hit in table.neighbors(5, k=10)]
    other, _ = exported(folder, 1)
    opened.goto(url)
    opened.settled()
    assert neighbors_of(5, opened) == [hit.id for hit in other.neighbors(5, k=10)]

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


@pytest.fixture
def site(tmp_path):
    rows = np.random.default_rng(0).standard_normal((60, 8)).astype(np.float32)
    table = tovec.Embedding([f"w{row}" for row in range(60)], rows)
    folder = export_site(table, tmp_path / "site", methods=["pca"], title="a site")
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", table
    server.shutdown()
    server.server_close()


def test_a_click_shows_the_neighbors_without_reading_all_vectors(open_url, site):
    url, table = site
    opened = open_url(url).settled()
    assert "a site" in opened.title()
    assert not [path for path in Quiet.asked if "vectors" in path or "neighbors" in path]
    opened.app("app.store.set({ chosen: 5 })")
    opened.wait_for_function(
        "() => document.getElementById('page').page.app.session.get().neighbors?.length === 10"
    )
    found = opened.app("app.session.get().neighbors.map(({ id }) => id)")
    assert found == [hit.id for hit in table.neighbors(5, k=10)]

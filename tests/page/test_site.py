"""An exported folder on a static server, in a real browser."""

import contextlib
import functools
import http.server
import threading
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

import tovec
from tovec.search.neighbor_graph import neighbor_graph
from tovec.server import site as site_module
from tovec.server.site import export_site


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Python's static server, which sends whole files only, without its log; `asked` keeps the paths."""

    asked: ClassVar[list[str]] = []

    def log_message(self, *_):
        self.asked.append(self.path)

    def end_headers(self):
        self.send_header("Cache-Control", "max-age=600")  # as GitHub Pages has it
        super().end_headers()


def exported(folder, seed, **options):
    rows = np.random.default_rng(seed).standard_normal((60, 8)).astype(np.float32)
    table = tovec.Embedding([f"w{row}" for row in range(60)], rows)
    return table, export_site(table, folder, methods=["pca"], title="a site", **options)


@pytest.fixture
def site(tmp_path):
    table, folder = exported(tmp_path / "site", 0)
    with served(folder) as url:
        yield url, table, folder


@contextlib.contextmanager
def served(folder):
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
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
    opened.begun().settled()
    assert neighbors_of(5, opened) == [hit.id for hit in other.neighbors(5, k=10)]


RECALL = "Stored in advance, from 83% of the true neighbors: comparing all pairs of tokens takes long."


def test_neighbors_that_are_not_all_of_the_true_ones_say_so(open_url, tmp_path, monkeypatch, site):
    url, _, _ = site
    opened = open_url(url).settled()
    neighbors_of(5, opened)
    assert "true neighbors" not in opened.locator(".neighbors").inner_text()
    graph = neighbor_graph(exported(tmp_path / "whole", 0)[0].vectors, 25)
    most = replace(graph, recall=0.83)
    monkeypatch.setattr(site_module, "neighbor_graph", lambda *_, exact, **__: graph if exact else most)
    _, folder = exported(tmp_path / "most", 0, approximate=True)
    with served(folder) as url:
        opened = open_url(url).settled()
        neighbors_of(5, opened)
        opened.get_by_text(RECALL).wait_for(state="visible")
        opened.app("app.store.set({ metric: 'euclidean' })")  # which the page computes from all vectors
        opened.get_by_text(RECALL).wait_for(state="hidden")

"""The server over HTTP, and so app, guard, query, answers, session, projections, open_page and page_files."""

import base64
import contextlib
import errno
import hashlib
import http.client
import json
import math
import re
import socket
import threading
import time
import urllib.parse

import numpy as np
import pytest
from page_client import TIMEOUT_S, Client, frames, one_frame

import tovec.progress
import tovec.projection
from tovec.embedding import Embedding
from tovec.errors import TovecError
from tovec.progress import Stage
from tovec.projection import Projection
from tovec.search import neighbor_graph
from tovec.server import app as server
from tovec.server import guard, projections, searching, session
from tovec.server.jobs import Stopped
from tovec.server.no_key import FONT
from tovec.server.open_page import Page, view
from tovec.server.page_data import page_data
from tovec.text.tokenizers import tokenizer_from_name
from tovec.text.vocabulary import Vocabulary

TOKENS = ["cat", "고양이", "", "😀", "\ud800", *(f"w{row}" for row in range(55))]


@pytest.fixture(scope="module")
def embedding():
    vectors = np.random.default_rng(0).standard_normal((len(TOKENS), 5)).astype(np.float32)
    vocabulary = Vocabulary(TOKENS, range(len(TOKENS)))
    return Embedding(vocabulary, vectors, tokenizer_from_name("words"))


@pytest.fixture(scope="module")
def client(embedding, static):
    with Page(page_data(embedding, metadata={"token": ["cat"], "n": [1]}), port=0, static=static) as page:
        yield Client(page)


# Access


def test_the_key_of_the_address_becomes_a_cookie(client):
    name, *rest = client.set_cookie.split("; ")
    assert name.startswith(f"tovec-{client.port}=")
    assert {part.lower() for part in rest} == {"httponly", "path=/", "samesite=strict"}
    assert b'id="page"' in client.get("/")


@pytest.mark.parametrize(
    "target", ["/", "/page.js", "/data/tokens.txt", "/api/vector?id=0", "/nothing", "/?key=wrong"]
)
@pytest.mark.parametrize(
    "cookie", [None, "tovec=x", "tovec-{port}=", "tovec-{port}=wrong", "tovec-{port}=\xe9"]
)
def test_without_the_cookie_everything_is_refused(client, target, cookie):
    headers = {} if cookie is None else {"Cookie": cookie.format(port=client.port)}
    status, headers, body = client.raw("GET", target, headers)
    assert (status, body.decode()) == (403, f"{guard.REFUSED}\n")
    assert "set-cookie" not in headers


@pytest.mark.parametrize(("language", "first"), [("ko-KR,ko;q=0.9", "ko"), ("en-US", "en"), ("", "en")])
def test_a_browser_without_the_key_gets_a_page_that_says_what_to_do(client, language, first):
    headers = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": language}
    status, headers, body = client.raw("GET", "/?key=old", headers)
    page = body.decode()
    assert (status, headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert f'<html lang="{first}">' in page
    assert page.index(f'lang="{first}"', 40) < page.index('lang="ko"' if first == "en" else 'lang="en"')
    assert page.count(f"http://127.0.0.1:{client.port}/?key=") == 2
    assert page.count("<code>tovec view SOURCE</code>") == 2
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert headers["content-security-policy"] == (
        f"default-src 'none'; font-src 'self'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
    )
    assert headers["cache-control"] == "no-store"


def test_only_the_font_of_that_page_needs_no_key(client):
    assert client.raw("GET", FONT)[0] == 404  # this page has another one
    assert client.raw("GET", "/P.woff2")[0] == 403
    assert client.raw("GET", f"{FONT}/../page.js")[0] == 403


def test_only_the_page_itself_is_refused_with_a_page(client):
    status, _, body = client.raw("GET", "/page.js", {"Accept": "text/html"})
    assert (status, body.decode()) == (403, f"{guard.REFUSED}\n")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", "192.168.0.1:{port}"]
)
def test_requests_with_another_host_are_refused(client, host):
    status, line = client.wrong("/", Host=host.format(port=client.port))
    assert status == 400
    assert "is not called" in line


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LocalHost", "[::1]"])
def test_all_names_of_this_machine_are_accepted(client, name):
    assert client.ask("/", Host=f"{name}:{client.port}")[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_requests_of_other_pages_are_refused(client, headers):
    assert client.wrong("/api/vector?id=0", **headers)[0] == 403


def test_requests_of_the_page_and_links_to_it_are_accepted(client):
    own = {"Origin": f"http://127.0.0.1:{client.port}", "Sec-Fetch-Site": "same-origin"}
    assert client.ask("/api/tokens", "POST", b"cat", **own)[0] == 200
    assert client.ask("/", **{"Sec-Fetch-Site": "cross-site"})[0] == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_methods_that_change_something_are_refused(client, method):
    assert client.wrong("/data/tokens.txt", method)[0] == 405


def test_only_a_text_can_be_posted(client):
    assert client.ask("/data/tokens.txt", "POST", b"x")[0] == 405


def test_every_response_forbids_the_page_other_servers(client):
    for target in ("/", "/page.js", "/data/manifest.json", "/nothing", "/api/vector?id=-1", "/?key=no"):
        _, headers, _ = client.ask(target)
        policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "font-src": "'self'",
            "img-src": "'self' data: blob:",
            "connect-src": "'self'",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        }
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert (
            headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
        )
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "target",
    [
        "/../page.js",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2fpage.js",
        "//etc/passwd",
        "/./page.js",
        "/data/..%2findex.html",
        "/data/../index.html",
        "/notes.md",
        "/data/",
        "/data/column-1.f32",
        "/page.js%00",
        "/favicon.ico",
    ],
)
def test_no_path_leads_outside_the_table_of_names(client, target):
    assert client.wrong(target) == (404, "nothing has that name")


def test_files_have_their_types(client):
    for name, kind in {
        "page.js": "text/javascript",
        "page.css": "text/css",
        "P.woff2": "font/woff2",
        "": "text/html",
    }.items():
        status, headers, body = client.ask(f"/{name}")
        assert (status, headers["content-type"].split(";")[0]) == (200, kind)
        assert client.ask(f"/{name}", "HEAD")[2] == b""
        assert int(headers["content-length"]) == len(body)


# Answers


def test_parts_are_those_of_the_page_data(client, embedding):
    data = page_data(embedding, metadata={"token": ["cat"], "n": [1]})
    for name, content in data.items():
        assert client.get(f"/data/{name}") == content
    assert "column-0.f32" in data


def test_vectors_are_the_rows(client, embedding):
    for row in (0, len(embedding) - 1):
        assert (np.frombuffer(client.get(f"/api/vector?id={row}"), "<f4") == embedding[row]).all()


def uint32(ids):
    return np.array(ids, dtype="<u4").tobytes()


def many(client, ids):
    """Ask for the vectors of many tokens; return the frames."""
    status, _, body = client.ask("/api/vectors", "POST", uint32(ids))
    assert status == 200
    return list(frames(body))


@pytest.mark.parametrize("ids", [[2, 0, 2, 59], [], list(range(60))])
def test_the_vectors_of_many_tokens_come_in_blocks(client, embedding, monkeypatch, ids):
    monkeypatch.setattr(server, "BLOCK_NUMBERS", 12)  # two rows of five numbers
    steps = many(client, ids)
    assert [header["stage"] for header, _ in steps] == ["block"] * math.ceil(len(ids) / 2) + ["done"]
    rows = np.concatenate([payload.view("<f4") for _, payload in steps]).reshape(-1, 5)
    np.testing.assert_array_equal(rows, embedding[np.array(ids, dtype=int)])


def test_vectors_are_read_on_demand_from_a_lazy_table(static, tmp_path):
    table = np.random.default_rng(0).standard_normal((500, 7)).astype(np.float16)
    Embedding([f"w{i}" for i in range(500)], table).save(tmp_path / "table.npy")
    opened = tovec.open(tmp_path / "table.npy")
    with Page(page_data(opened), port=0, static=static) as page:
        steps = many(Client(page), [499, 3, 4])
    np.testing.assert_array_equal(
        steps[0][1].view("<f4").reshape(3, 7), table[[499, 3, 4]].astype(np.float32)
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (uint32([60]), "id 60 is out of range"),
        (b"123", "the body must be ids of 4 bytes each, not '3 bytes'"),
    ],
)
def test_wrong_ids_of_vectors_are_answered_with_one_line(client, body, message):
    status, line = client.wrong("/api/vectors", "POST", body)
    assert (status, line[: len(message)]) == (400, message)


def test_an_error_after_the_first_vectors_is_in_the_last_frame(client, monkeypatch):
    def failing(self, ids, moment):
        if 3 in ids:
            raise TovecError("the file has changed")
        return self._workers.submit(lambda: self.embedding[ids])

    monkeypatch.setattr(server, "BLOCK_NUMBERS", 5)
    monkeypatch.setattr(session.Session, "vectors", failing)
    assert [header for header, _ in many(client, [1, 3, 2])] == [
        {"stage": "block"},
        {"stage": "error", "error": "the file has changed"},
    ]


def test_two_servers_of_one_table_have_different_names(client, embedding, static):
    with Page(page_data(embedding), port=0, static=static) as page:
        other = json.loads(Client(page).get("/api/alive"))
    own = json.loads(client.get("/api/alive"))
    assert own == json.loads(client.get("/api/alive"))
    assert own["server"] != other["server"]


def test_neighbors_are_the_embeddings(client, embedding):
    for row in range(0, 60, 20):
        results = client.json(f"/api/nearest?positive={row}&negative=&k=7&metric=cosine")["results"]
        assert [(hit["id"], np.float32(hit["score"])) for hit in results] == [
            (hit.id, np.float32(hit.similarity)) for hit in embedding.neighbors(row, 7)
        ]
    results = client.json("/api/nearest?positive=1,2&negative=3&k=5")["results"]
    assert [hit["id"] for hit in results] == [hit.id for hit in embedding.analogy([1, 2], [3], 5)]


def test_euclidean_neighbors_are_those_of_the_distances(client, embedding):
    units = embedding[:].astype(np.float64)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    for target, query, asked in [
        ("positive=4", embedding[4].astype(np.float64), [4]),
        ("positive=1,2&negative=3", units[1] + units[2] - units[3], [1, 2, 3]),
    ]:
        distances = np.linalg.norm(embedding[:].astype(np.float64) - query, axis=1)
        expected = [row for row in np.argsort(distances, kind="stable") if row not in asked][:6]
        results = client.json(f"/api/nearest?{target}&k=6&metric=euclidean")["results"]
        assert [hit["id"] for hit in results] == expected
        np.testing.assert_allclose([hit["score"] for hit in results], -distances[expected])


def test_neighbors_of_one_script_are_the_nearest_of_its_tokens_by_either_measure(static):
    names = ["cat", "개", "dog", "고양이", "개 dog", "새", "1", "말"]
    vectors = np.random.default_rng(0).standard_normal((8, 4)).astype(np.float32)
    vocabulary = Vocabulary(names, special=[7])
    table = Embedding(vocabulary, vectors)
    with Page(page_data(table), port=0, static=static) as page:
        client = Client(page)
        for metric in ("cosine", "euclidean"):
            of_all = client.json(f"/api/nearest?positive=0&k=9&metric={metric}")["results"]
            found = client.json(f"/api/nearest?positive=0&k=9&metric={metric}&script=hangul")["results"]
            assert [hit["id"] for hit in found] == [hit["id"] for hit in of_all if hit["id"] in (1, 3, 5)]
            expected = {hit["id"]: hit["score"] for hit in of_all}
            assert all(hit["score"] == pytest.approx(expected[hit["id"]], abs=1e-6) for hit in found)
        assert client.json("/api/nearest?positive=0&script=thai")["results"] == []
        assert client.json("/api/nearest?positive=1&k=2&script=latin")["results"][0]["id"] in (0, 2)
        assert client.wrong("/api/nearest?positive=0&script=klingon")[0] == 400
        assert client.wrong("/api/nearest?positive=0,1&script=latin")[0] == 400


def test_rows_that_are_not_finite_are_at_no_distance():
    table = Embedding(["a", "b", "c", "d"], np.array([[0, 0], [np.nan, 0], [3, 4], [np.inf, 1]], np.float32))
    ids, distances = searching.nearest_by_distance(table.vectors, np.zeros(2), 9, [0])
    assert (ids.tolist(), distances.tolist()) == ([2], [5.0])


def test_similarities_are_the_cosines_with_every_row(client, embedding):
    answer = np.frombuffer(client.get("/api/similarities?id=4"), "<f4")
    lengths = np.linalg.norm(embedding[:], axis=1)
    expected = embedding[:] @ embedding[4] / lengths / lengths[4]
    np.testing.assert_allclose(answer, expected, atol=1e-6)


def test_a_row_without_direction_has_no_similarity():
    rows = np.array([[1, 0], [0, 0], [np.nan, 1], [-2, 0]], np.float32)
    table = searching.Searching(Embedding(["a", "b", "c", "d"], rows))
    np.testing.assert_equal(table.similarities(0).result(9), np.float32([1, np.nan, np.nan, -1]))
    assert np.isnan(table.similarities(1).result(9)).all()


def test_token_places_count_utf16_units(client):
    text = "😀 Cat, 고양이!"
    expected = [
        {"start": 3, "end": 6, "token": "cat", "id": 0, "known": True},
        {"start": 8, "end": 11, "token": "고양이", "id": 1, "known": True},
    ]
    assert client.json(f"/api/tokens?text={urllib.parse.quote(text)}") == {"pieces": expected, "end": 12}
    assert json.loads(client.ask("/api/tokens", "POST", text.encode())[2]) == {"pieces": expected, "end": 12}
    assert client.json("/api/tokens?text=") == {"pieces": [], "end": 0}


def test_texts_have_a_size_limit(client, monkeypatch):
    monkeypatch.setattr(server, "MAX_TEXT", 10)
    assert client.ask("/api/tokens", "POST", b"x" * 10)[0] == 200
    status, line = client.wrong("/api/tokens", "POST", b"x" * 3_000_000)
    assert (status, line) == (413, "a text of 3,000,000 bytes is too long; the page takes up to 10")
    assert client.wrong("/api/tokens", "POST", b"\xff") == (
        400,
        "the text is not UTF-8 (invalid start byte at byte 0)",
    )


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("vector", "id must be given"),
        ("vector?id=60", "id 60 is out of range; ids run from 0 to 59"),
        ("vector?id=-1", "id must be a whole number from 0 up, not '-1'"),
        ("vector?id=1_0", "id must be a whole number"),
        ("vector?id=1&x=2", "a parameter must be one of id, moment, not 'x'"),
        ("nearest?k=3", "positive and negative must be 1 to 1000 tokens"),
        ("nearest?positive=1,&k=3", "positive must be a whole number"),
        ("nearest?positive=1&k=0", "k must be from 1 to 1000, not 0"),
        ("nearest?positive=99&k=1", "id 99 is out of range"),
        ("nearest?positive=1&metric=manhattan", "metric must be cosine or euclidean, not 'manhattan'"),
        ("similarities?id=60", "id 60 is out of range; ids run from 0 to 59"),
        ("tokens", "text must be given"),
        ("clusters?k=3", "a parameter must be left out here, not 'k'"),
        ("project?dims=2", "method must be given"),
        ("project?method=magic&dims=2", "method must be one of none, pca, umap, tsne, axes, not 'magic'"),
        ("project?method=pca&dims=4", "dims must be 2 or 3, not 4"),
        ("project?method=axes&dims=2", "axes must be one for each dimension"),
        ("project?method=pca&dims=2&axes=[1]", "axes must be JSON such as"),
        (
            'project?method=axes&dims=2&axes=[{"from":[0],"to":[]},{"from":[0],"to":[1]}]',
            "axes must be JSON such as",
        ),
        (
            'project?method=axes&dims=2&axes=[{"from":[0],"to":[1]},{"from":[0],"to":[99]}]',
            "id 99 is out of range",
        ),
        ("project?method=axes&dims=2&axes=" + "[" * 5000, "axes must be JSON such as"),
    ],
)
def test_wrong_requests_are_answered_with_one_line(client, target, message):
    status, line = client.wrong(f"/api/{urllib.parse.quote(target, safe='?=&,')}")
    assert status == 400
    assert line.startswith(message)


def test_without_a_tokenizer_text_cannot_be_cut(static):
    with Page(page_data(Embedding(["a", "b"], np.eye(2))), port=0, static=static) as page:
        status, line = Client(page).wrong("/api/tokens?text=a")
    assert status == 400
    assert "has no tokenizer" in line


def test_an_internal_error_is_one_line_and_logged(client, monkeypatch, caplog):
    monkeypatch.setattr(session.Session, "vector", lambda self, id, moment: 1 / 0)
    assert client.wrong("/api/vector?id=0") == (
        500,
        "ZeroDivisionError in the server; see the terminal for more",
    )
    assert "Traceback" in caplog.text


# Streams


def points(payload, dims):
    return payload.view("<f4").reshape(-1, dims)


def test_principal_components_come_with_their_names_and_trust(client, embedding):
    steps = client.frames("/api/project?method=pca&dims=3&seed=0")
    header = steps[-1][0]
    expected = tovec.projection.project(embedding.vectors, 3, "pca")
    assert header["stage"] == "done"
    assert header["axisNames"] == list(expected.axis_names)
    np.testing.assert_allclose(header["explained"], expected.explained_variance_ratio)
    assert 0 <= header["trust"]["kept"] <= 1
    seen = [points(payload, 3) for _, payload in steps if len(payload)]
    np.testing.assert_allclose(seen[-1], expected.points, atol=1e-5)


def test_a_repeated_request_gets_only_the_finished_projection(client):
    target = "/api/project?method=none&dims=2"
    first = client.frames(target)
    assert [header["stage"] for header, _ in client.frames(target)] == ["done"]
    _, payload = client.frames(target)[0]
    assert (payload == next(payload for _, payload in first if len(payload))).all()


def test_a_map_starts_with_principal_components(client, embedding):
    with client.stream("/api/project?method=umap&dims=2&seed=3") as answer:
        header, payload = one_frame(answer)
        assert header["dims"] == 2
        while not payload:
            _, payload = one_frame(answer)
    drawn = np.frombuffer(payload, "<f4").reshape(-1, 2)
    expected = tovec.projection.project(embedding.vectors, 2, "pca").points
    for axis in range(2):  # at another size once the map has begun, of which the first steps may be missed
        assert np.corrcoef(drawn[:, axis], expected[:, axis])[0, 1] > 0.9


def test_custom_axes_are_named_and_measured_in_cosines(client, embedding):
    axes = json.dumps([{"from": [0], "to": [1]}, {"from": [2, 3], "to": [4]}])
    steps = client.frames(f"/api/project?method=axes&dims=2&axes={urllib.parse.quote(axes)}")
    assert steps[-1][0]["axisNames"] == ["cat → 고양이", " 😀 → \ufffd"]
    units = embedding[:] / np.linalg.norm(embedding[:], axis=1, keepdims=True)
    direction = (units[1] - units[0]) / np.linalg.norm(units[1] - units[0])
    seen = [points(payload, 2) for _, payload in steps if len(payload)]
    np.testing.assert_allclose(seen[-1][:, 0], units @ direction, atol=1e-5)


def test_clusters_are_codes_and_typical_ids(client, embedding):
    header, codes = client.frames("/api/clusters")[-1]
    assert header["stage"] == "done"
    assert len(codes) == len(embedding)
    for code, ids in enumerate(header["typical"]):
        assert {int(codes[row]) for row in ids} == {code}


def test_the_last_frame_of_a_table_that_cannot_be_drawn_is_an_error(static):
    table = Embedding(["a", "b"], np.full((2, 2), np.nan))
    with Page(page_data(table), port=0, static=static) as page:
        steps = Client(page).frames("/api/project?method=pca&dims=2")
    assert "every row holds NaN or infinity" in steps[-1][0]["error"]


def test_a_token_whose_vector_is_not_finite_has_no_point_and_is_named_once(static):
    vectors = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
    vectors[1, 2] = np.inf
    tokens, notes = [f"t{row}" for row in range(40)], []
    data = page_data(Embedding(tokens, vectors), report=notes.append)
    others = page_data(Embedding(tokens[:1] + tokens[2:], np.delete(vectors, 1, axis=0)))
    with Page(data, port=0, static=static) as page, Page(others, port=0, static=static) as without:
        for method in ("pca", "none", "umap"):
            request = f"/api/project?method={method}&dims=2"
            steps = Client(page).frames(request)
            header, payload = steps[-1][0], [payload for _, payload in steps if len(payload)][-1]
            points = payload.view("<f4").reshape(40, 2)
            assert np.isnan(points).any(axis=1).nonzero()[0].tolist() == [1]
            assert header["stage"] == "done"
            assert header["trust"]["kept"] == Client(without).frames(request)[-1][0]["trust"]["kept"]
    assert [note.text for note in notes] == [
        "1 token whose vectors hold NaN, infinity or too large numbers is left out of the picture: 't1'"
    ]


def test_head_computes_nothing(client, monkeypatch):
    monkeypatch.setattr(session.Session, "project", lambda *_: pytest.fail("a projection was requested"))
    assert client.ask("/api/project?method=pca&dims=2", "HEAD")[0] == 200


class Endless:
    """A projection that goes on until it is stopped."""

    def __init__(self, monkeypatch):
        self.started, self.stopped, self.runs = threading.Event(), threading.Event(), 0
        monkeypatch.setattr(tovec.projection, "project", self)
        self.project = tovec.projection.methods.project

    def __call__(self, vectors, dims, method, *, report=None, **options):
        if report is None:
            return self.project(vectors, dims, method)
        self.runs += 1
        self.started.set()
        try:
            for turn in range(10_000):
                shown = np.full((vectors.shape[0], dims), turn, np.float32)
                report(Stage("layout", turn / 10_000, points=shown))
                time.sleep(0.01)
        except Stopped:
            self.stopped.set()
            raise
        return Projection(np.zeros((vectors.shape[0], dims), np.float32), method, ("x", "y"))


def test_closing_the_connection_stops_the_computation(client, monkeypatch):
    endless = Endless(monkeypatch)
    with client.stream("/api/project?method=pca&dims=2&seed=71") as answer:
        assert one_frame(answer)[0]["stage"] == "layout"
        assert not endless.stopped.is_set()
    assert endless.stopped.wait(TIMEOUT_S)


def test_equal_requests_share_one_computation(client, monkeypatch):
    endless = Endless(monkeypatch)
    target = "/api/project?method=pca&dims=2&seed=72"
    with client.stream(target) as first, client.stream(target) as second:
        assert one_frame(first)[0]["stage"] == one_frame(second)[0]["stage"] == "layout"
        assert endless.runs == 1
    assert endless.stopped.wait(TIMEOUT_S)


def test_closing_the_page_ends_the_streams_and_frees_the_port(embedding, static, monkeypatch):
    endless = Endless(monkeypatch)
    page = Page(page_data(embedding), port=0, static=static)
    with Client(page).stream("/api/project?method=pca&dims=2") as answer:
        one_frame(answer)
        assert page.close()
        with contextlib.suppress(http.client.IncompleteRead):
            answer.read()
    assert endless.stopped.is_set()
    with Page(page_data(embedding), port=page.port, static=static) as again:
        assert again.port == page.port
    assert page.close()  # once more does nothing


def test_trust_is_measured_without_the_neighbors_of_all_tokens(embedding, static, monkeypatch):
    monkeypatch.setattr(
        projections, "neighbor_graph", lambda *_, **__: pytest.fail("neighbors were searched")
    )
    with Page(page_data(embedding), port=0, static=static) as page:
        assert 0 < Client(page).frames("/api/project?method=pca&dims=2")[-1][0]["trust"]["kept"] <= 1


def test_a_map_says_how_far_it_is_in_all_and_how_much_of_the_neighbors_was_found(
    embedding, static, monkeypatch
):
    monkeypatch.setattr(tovec.progress, "INTERVAL_S", 0)
    monkeypatch.setattr(neighbor_graph, "EXACT_PRODUCTS", 0)
    with Page(page_data(embedding), port=0, static=static) as page:
        headers = [header for header, _ in Client(page).frames("/api/project?method=umap&dims=2")]
    assert [header["overall"] for header in headers] == sorted(header["overall"] for header in headers)
    assert headers[-1]["overall"] == 1
    assert all(header["leftS"] > 0 for header in headers if header["stage"] in ("neighbors", "graph"))
    assert {header["recall"] for header in headers if header["stage"] == "neighbors"} == {None}
    assert {header["recall"] for header in headers if header["stage"] in ("layout", "done")} == {1.0}


# Where it is served


def test_a_busy_port_gives_the_next_one(embedding, static):
    data = page_data(embedding)
    with (
        Page(data, port=0, static=static) as first,
        Page(data, port=first.port, static=static) as second,
    ):
        assert first.port < second.port < first.port + 100
        assert str(second.port) in second.url
        # Cookies know no ports: each page has one of its own name.
        assert Client(first).cookie.split("=")[0] != Client(second).cookie.split("=")[0]


def test_only_this_machine_can_connect_unless_a_host_is_given(embedding, static):
    with Page(page_data(embedding), port=0, static=static) as page:
        bound = page._server.servers[0].sockets[0].getsockname()
        assert bound[0] == "127.0.0.1"
    with Page(page_data(embedding), host="0.0.0.0", port=0, static=static) as page:
        client = Client(page)
        assert page.url.startswith(f"http://127.0.0.1:{page.port}/")
        assert client.ask("/", Host=f"192.168.0.1:{page.port}")[0] == 200
        assert client.ask("/", Host=f"evil.example:{page.port}")[0] == 400


def test_unusable_addresses_raise_one_line(embedding, static, monkeypatch):
    for options, message in [
        ({"host": "203.0.113.1"}, "cannot serve at 203.0.113.1"),
        ({"host": "nowhere.invalid"}, "there is no address 'nowhere.invalid'"),
        ({"port": 70_000}, "port must be from 0 to 65535"),
    ]:
        with pytest.raises(TovecError, match=message):
            Page(page_data(embedding), static=static, **options)

    def busy(self, address):
        raise OSError(errno.EADDRINUSE, "in use")

    monkeypatch.setattr(socket.socket, "bind", busy)
    with pytest.raises(TovecError, match="no port from 5000 to 5099 is free"):
        Page(page_data(embedding), port=5000, static=static)


def test_a_page_that_is_not_built_raises_one_line(embedding, tmp_path):
    with pytest.raises(TovecError, match=r"the page has not been built: .*index.html is missing"):
        Page(page_data(embedding), static=tmp_path)


def test_view_without_blocking_returns_a_page_to_close(embedding, static, monkeypatch, capsys):
    monkeypatch.setattr("tovec.server.open_page.page_files", lambda folder: {"index.html": b"<p>"})
    table = {"token": ["cat", "cow"], "kind": ["animal", "animal"]}
    with view(embedding, metadata=table, title="pets", port=0, open_browser=False, block=False) as page:
        assert Client(page).json("/data/manifest.json")["title"] == "pets"
    assert (
        capsys.readouterr().err == "1 of 2 rows of the metadata name tokens that are not in the vocabulary\n"
    )
    with pytest.raises(OSError, match="refused"):
        http.client.HTTPConnection("127.0.0.1", page.port, timeout=TIMEOUT_S).connect()


@pytest.mark.parametrize(
    ("is_in_notebook", "end"),
    [(False, "until Ctrl+C"), (True, "until the cell is interrupted; tovec.widget shows it in the cell")],
)
def test_view_says_where_the_page_is_and_what_ends_it(embedding, monkeypatch, capsys, is_in_notebook, end):
    monkeypatch.setattr("tovec.server.open_page.page_files", lambda folder: {"index.html": b"<p>"})
    monkeypatch.setattr("tovec.server.open_page.is_in_notebook", lambda: is_in_notebook)
    monkeypatch.setattr("tovec.server.open_page.Page.wait", lambda page, stop: page.close())
    view(embedding, port=0, open_browser=False)
    assert re.fullmatch(
        rf"the page is at http://127.0.0.1:\d+/\?key=\S+ {re.escape(end)}\n", capsys.readouterr().out
    )

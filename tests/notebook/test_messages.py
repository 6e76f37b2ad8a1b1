"""Questions that come as messages get the answers of the server, in parts, as fast as the page takes them."""

import json
import threading
import time

import numpy as np
import pytest
from waiting import until

import tovec
from tovec.notebook.messages import WINDOW, Messages
from tovec.server.app import unguarded
from tovec.server.page_data import page_data
from tovec.server.session import Session

N, DIM = 400, 64


@pytest.fixture
def session():
    tokens = [f"word{row}" for row in range(N)]
    session = Session(page_data(tovec.Embedding.random(tokens, DIM)))
    yield session
    session.close()


class Page:
    """The other end: collects the parts of each answer, and says that it has them, unless it is slow."""

    def __init__(self, session, *, is_slow=False):
        self.parts, self.status, self.ended = {}, {}, {}
        self.threads = set()
        self.is_slow, self.deserted = is_slow, threading.Event()
        self.messages = Messages(
            unguarded(session, {"widget.js": b"js" * 300_000}), self.receive, self.deserted.set
        )

    def receive(self, message, part):
        id = message["part"]
        assert isinstance(part, bytes)
        self.threads.add(threading.get_ident())
        self.parts.setdefault(id, []).append(part)
        self.status[id] = message["status"]
        if message["isLast"]:
            self.ended.setdefault(id, threading.Event()).set()
        elif not self.is_slow:
            self.messages.receive({"took": id})

    def ask(self, path, body=b"", *, id="page 0"):
        method = "POST" if body else "GET"
        self.messages.receive({"ask": id, "path": path, "method": method}, body)
        return self.ended.setdefault(id, threading.Event())

    def answer(self, path, body=b"", *, id="page 0"):
        assert self.ask(path, body, id=id).wait(60)
        return self.status[id], b"".join(self.parts[id])


def test_every_part_of_the_data_and_files_arrive_byte_for_byte(session):
    page = Page(session)
    for number, name in enumerate(session.data):
        assert page.answer(f"/data/{name}", id=f"page {number}") == (200, session.data[name])
    assert page.answer("/widget.js", id="page x") == (200, b"js" * 300_000)


def test_a_question_with_parameters_and_a_body_is_answered_as_by_the_session(session):
    page = Page(session)
    status, found = page.answer("/api/nearest?positive=5&negative=&k=3&metric=cosine")
    assert status == 200
    assert [each["id"] for each in json.loads(found)["results"]] == [
        hit.id for hit in session.embedding.neighbors(5, 3)
    ]
    ids = np.array([7, 399], dtype="<u4")
    status, frames = page.answer("/api/vectors", ids.tobytes(), id="page 1")
    assert status == 200
    assert session.embedding[ids].tobytes() in frames


@pytest.mark.parametrize(
    ("path", "status", "line"),
    [
        ("/api/vector?id=400", 400, "out of range"),
        ("/api/vector?nonsense=1", 400, "a parameter must be one of id, moment"),
        ("/data/nothing", 404, "nothing has that name"),
    ],
)
def test_a_question_without_an_answer_gets_the_line_that_a_browser_gets(session, path, status, line):
    found, text = Page(session).answer(path)
    assert found == status
    assert line in text.decode()
    assert text.count(b"\n") == 1


def test_a_projection_comes_as_frames_up_to_the_last(session):
    status, frames = Page(session).answer("/api/project?method=pca&dims=2")
    assert status == 200
    assert b'"stage":"done"' in frames.replace(b" ", b"")
    assert len(frames) > N * 2 * 4


def test_answers_come_from_one_thread_that_is_not_the_one_that_asks(session):
    page = Page(session)
    for number in range(4):
        page.answer("/api/alive", id=f"page {number}")
    assert len(page.threads) == 1
    assert threading.get_ident() not in page.threads


def test_a_page_that_takes_nothing_gets_only_some_parts(session):
    page = Page(session, is_slow=True)
    ended = page.ask("/widget.js")  # three parts
    assert ended.wait(60)
    ended = page.ask("/api/vectors", np.tile(np.arange(N, dtype="<u4"), 128).tobytes(), id="page 1")
    until(lambda: len(page.parts.get("page 1", ())) == WINDOW)
    time.sleep(0.2)
    assert len(page.parts["page 1"]) == WINDOW
    assert not ended.is_set()
    page.is_slow = False
    for _ in range(WINDOW):
        page.messages.receive({"took": "page 1"})
    assert ended.wait(60)


def test_a_question_that_is_stopped_takes_no_other_along(session):
    page = Page(session, is_slow=True)
    many = np.tile(np.arange(N, dtype="<u4"), 128).tobytes()
    page.ask("/api/vectors", many, id="page 1")
    ended = page.ask("/api/vectors", many, id="page 10")
    until(lambda: all(len(page.parts.get(id, ())) == WINDOW for id in ("page 1", "page 10")))
    page.messages.receive({"stop": "page 1"})
    page.is_slow = False
    for _ in range(WINDOW):
        page.messages.receive({"took": "page 10"})
    assert ended.wait(60)
    assert len(page.parts["page 1"]) == WINDOW


@pytest.mark.parametrize("message", [{"stop": "page 0"}, {"leave": "page "}])
def test_a_computation_ends_when_its_page_stops_or_leaves(message):
    large = tovec.Embedding.random([f"word{row}" for row in range(20_000)], 32)  # a map of it takes seconds
    session = Session(page_data(large))
    page = Page(session)
    ended = page.ask("/api/project?method=umap&dims=2")
    until(lambda: session._jobs)
    (job,) = session._jobs.values()
    page.messages.receive(message)
    until(lambda: job.stopped)
    assert not ended.is_set()
    assert page.answer("/api/alive", id="page 1")[0] == 200
    session.close()


def test_when_the_last_page_has_left_for_good_its_kernel_hears_of_it(session, monkeypatch):
    monkeypatch.setattr("tovec.notebook.messages.DESERTED_S", 0.2)
    page = Page(session)
    page.answer("/api/alive", id="one 0")
    page.answer("/api/alive", id="other 0")
    page.messages.receive({"leave": "one "})
    assert not page.deserted.wait(0.5)
    page.messages.receive({"leave": "other "})
    page.answer("/api/alive", id="third 0")  # it came back before that was long ago
    assert not page.deserted.wait(0.5)
    page.messages.receive({"leave": "third "})
    assert page.deserted.wait(30)


def test_messages_of_another_kind_do_nothing(session):
    page = Page(session)
    for strange in (
        {},
        {"ask": 5},
        {"ask": "x", "path": "/", "method": "DELETE"},
        {"took": "nobody"},
        {"leave": ""},
    ):
        page.messages.receive(strange)
    assert page.answer("/api/alive")[0] == 200
    assert list(page.parts) == ["page 0"]

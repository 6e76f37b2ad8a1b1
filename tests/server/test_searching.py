"""Questions for neighbors that wait together get the answers that each would get alone."""

import threading

import numpy as np
import pytest

from tovec.embedding import Embedding
from tovec.errors import NoDirection, TovecError
from tovec.server.searching import Searching

TIMEOUT_S = 20


@pytest.fixture
def embedding():
    vectors = np.random.default_rng(0).standard_normal((200, 8)).astype(np.float32)
    vectors[7] = 0
    return Embedding([f"w{row}" for row in range(200)], vectors)


class Held:
    """A search whose one thread is held until it is let go, so that all questions wait."""

    def __init__(self, embedding):
        self.searching, self.gate = Searching(embedding), threading.Event()
        self.searching.workers.submit(lambda: self.gate.wait(TIMEOUT_S))

    def let_go(self):
        self.gate.set()
        self.searching.workers.submit(lambda: None).result(TIMEOUT_S)


def alone(embedding, id, k):
    return [{"id": hit.id, "score": hit.similarity} for hit in embedding.neighbors(id, k)]


def test_waiting_queries_are_answered_together_as_if_alone(embedding, monkeypatch):
    expected = {(id, k): alone(embedding, id, k) for id in range(20, 100) for k in (3, 10)}
    passes = []
    real = Embedding.neighbors_of_each
    monkeypatch.setattr(
        Embedding, "neighbors_of_each", lambda self, ids, k: passes.append(len(ids)) or real(self, ids, k)
    )
    held = Held(embedding)
    answers = {question: held.searching.neighbors(*question) for question in expected}
    held.let_go()
    assert {question: each.result(0) for question, each in answers.items()} == expected
    assert sorted(passes) == [16, 16, 64, 64]


def test_equal_waiting_queries_are_answered_once(embedding, monkeypatch):
    asked = []
    real = Embedding.neighbors
    monkeypatch.setattr(Embedding, "neighbors", lambda self, id, k: asked.append(id) or real(self, id, k))
    held = Held(embedding)
    answers = [held.searching.neighbors(3, 5) for _ in range(100)]
    held.let_go()
    assert asked == [3]
    assert all(each.result(0) == answers[0].result(0) for each in answers)


def test_an_error_goes_only_to_the_query_that_caused_it(embedding):
    held = Held(embedding)
    good, zero, far = (held.searching.neighbors(id, 5) for id in (3, 7, 999))
    held.let_go()
    assert good.result(0) == alone(embedding, 3, 5)
    with pytest.raises(NoDirection):
        zero.result(0)
    with pytest.raises(TovecError, match="id 999 is out of range"):
        far.result(0)


def test_a_cancelled_query_is_not_searched(embedding, monkeypatch):
    monkeypatch.setattr(Embedding, "neighbors", lambda *_: pytest.fail("it was looked for"))
    held = Held(embedding)
    assert held.searching.neighbors(3, 5).cancel()
    held.let_go()


def test_rows_without_direction_are_no_neighbors_and_orthogonal_ones_are():
    vectors = np.array([[1, 0], [2, 1], [0, 3], [np.nan, 0], [np.inf, 1], [0, 0]], np.float32)
    searching = Searching(Embedding(list("abcdef"), vectors))
    moment = Embedding(list("abcdef"), vectors)
    for answer in (
        searching.neighbors(0, 5),
        searching.at_moment(moment, [0], [], 5),
    ):
        assert [(row["id"], round(row["score"], 3)) for row in answer.result(TIMEOUT_S)] == [
            (1, 0.894),
            (2, 0),
        ]
    assert [row["id"] for row in searching.analogy([0], [2], 5).result(TIMEOUT_S)] == [1]
    # The whole table keeps the contract of `Embedding.neighbors`: these come after all others.
    assert [hit.id for hit in moment.neighbors("a", 5)] == [1, 2, 3, 4, 5]

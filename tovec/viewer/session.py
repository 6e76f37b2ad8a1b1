"""What the page can ask of an embedding: parts, a vector, neighbors, tokens, pictures. Knows no network."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.errors import BadSetting, TovecError
from tovec.nearest import blocks, unit_rows
from tovec.text.spans import utf16_places
from tovec.viewer.jobs import Job, Step, Stopped, Tell, Watcher
from tovec.viewer.page_data import PageData
from tovec.viewer.pictures import Pictures, Request

MAX_FOUND = 1000  # neighbors in one answer
MAX_ASKED = 1000  # tokens in one question
KEPT = 12  # finished pictures

Row = dict[str, Any]


class Session:
    """Answers pages, from any thread. Raises TovecError for what cannot be answered."""

    def __init__(self, data: PageData) -> None:
        self.data = data
        self.pictures = Pictures(data.embedding, data.tell)
        self._jobs: dict[object, Job] = {}
        self._lock = threading.Lock()
        self._closed = False

    @property
    def embedding(self) -> Embedding:
        """What is shown."""
        return self.data.embedding

    def vector(self, id: int) -> NDArray[np.float32]:
        """Return the vector of a token, (dim,)."""
        return self.embedding[id]

    def nearest(self, positive: Sequence[int], negative: Sequence[int], k: int, metric: str) -> list[Row]:
        """Return the `k` tokens nearest to one, or to a sum of unit vectors, as {"id", "score"}, best first.

        metric: "cosine", or "euclidean", whose score is minus the distance. Exact; the tokens asked
        about are left out, of the euclidean also rows that are not finite. Ties are in the order of ids.
        """
        if not 1 <= k <= MAX_FOUND:
            raise BadSetting("k", k, f"from 1 to {MAX_FOUND}")
        if not 1 <= len(positive) + len(negative) <= MAX_ASKED:
            raise BadSetting("positive and negative", [], f"1 to {MAX_ASKED} tokens between them")
        alone = len(positive) == 1 and not negative
        if metric == "cosine":
            ask = self.embedding
            found = ask.neighbors(positive[0], k) if alone else ask.analogy(positive, negative, k)
            return [{"id": hit.id, "score": hit.similarity} for hit in found]
        if metric != "euclidean":
            raise BadSetting("metric", metric, "cosine or euclidean")
        asked = [*positive, *negative]
        rows = self.embedding[asked].astype(np.float64)
        signs = np.repeat([1.0, -1.0], [len(positive), len(negative)])
        query = rows[0] if alone else signs @ unit_rows(rows)
        ids, distances = nearest_by_distance(self.embedding, query, k, asked)
        return [
            {"id": int(row), "score": -float(distance)} for row, distance in zip(ids, distances, strict=True)
        ]

    def tokens(self, text: str) -> list[dict[str, Any]]:
        """Return the tokens of `text` with what they cover, in UTF-16 units, as `Piece` in source.ts."""
        if self.data.finder is None:
            self.embedding.tokenize(text)  # says what is missing
        assert self.data.finder is not None
        spans = self.data.finder.spans(text)
        places = utf16_places(text).tolist()
        return [
            {
                "start": places[span.start],
                "end": places[span.end],
                "token": span.token,
                "id": span.id,
                "known": span.known,
            }
            for span in spans
        ]

    def clusters(self, notify: Callable[[], None]) -> Watcher:
        """Follow the search for clusters; what was found is kept."""
        return self._watch("clusters", self.pictures.cluster, notify)

    def picture(self, request: Request, notify: Callable[[], None]) -> Watcher:
        """Follow the making of a picture; equal requests share one, and the last ones are kept."""
        self.pictures.check(request)
        return self._watch(request, lambda tell: self.pictures.draw(request, tell), notify)

    def close(self, timeout_s: float = 2.0) -> bool:
        """Stop all work and begin no more; return whether it has ended in time."""
        with self._lock:
            self._closed = True
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stop()
        return all([job.join(timeout_s) for job in jobs])

    def _watch(self, key: object, work: Callable[[Tell], Step], notify: Callable[[], None]) -> Watcher:
        with self._lock:
            if self._closed:
                raise TovecError("the page has been closed")
            job = self._jobs.pop(key, None)
            if job is None or job.failed:
                job = Job(work)
            try:
                watcher = job.watch(notify)
            except Stopped:
                job = Job(work)
                watcher = job.watch(notify)
            self._jobs[key] = job  # the last asked for is the last
            done = [other for other, each in self._jobs.items() if each.finished or each.stopped]
            for other in done[: max(0, len(done) - KEPT)]:
                del self._jobs[other]
            return watcher


def nearest_by_distance(
    embedding: Embedding, query: NDArray[np.float64], k: int, left_out: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the ids of the `k` rows at the least euclidean distance from `query`, (dim,), and the distances.

    In float64. Rows with NaN or infinity are at no distance and left out, as are the ids `left_out`.
    """
    squares = np.empty(embedding.n_tokens)
    for start, rows in blocks(embedding.vectors):
        with np.errstate(all="ignore"):
            change = rows - query
            squares[start : start + len(rows)] = np.einsum("ij,ij->i", change, change)
    squares[list(left_out)] = np.inf
    squares[np.isnan(squares)] = np.inf
    ids = np.argsort(squares, kind="stable")[:k]
    ids = ids[np.isfinite(squares[ids])]
    return ids, np.sqrt(squares[ids])

"""What the page can ask of an embedding: parts, a vector, neighbors, tokens, pictures. Knows no network."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.errors import BadSetting, TovecError
from tovec.server.jobs import MOST_RUNNING, Job, JobQueue, Step, Stopped, Watcher, Work
from tovec.server.page_data import PageData, json_bytes
from tovec.server.projections import Pictures, Request
from tovec.server.searching import Rows, Searching
from tovec.server.workers import Workers
from tovec.text.spans import utf16_places

MAX_FOUND = 1000  # neighbors in one answer
MAX_ASKED = 1000  # tokens in one question
MAX_CUT = 1 << 16  # characters of a text that are cut into tokens: some 0.1 s, and a few megabytes of answer
WORD_END = 1 << 10  # characters before that among which a blank is looked for
KEPT = 12  # finished pictures


class Session:
    """Answers pages, from any thread. Raises TovecError for what cannot be answered.

    What takes long is answered by a Future, or a Watcher: at most MOST_RUNNING answers of a kind are worked
    on at once, and the rest wait.
    """

    def __init__(self, data: PageData) -> None:
        self.data = data
        self.pictures = Pictures(data.embedding, data.tell)
        self._searching = Searching(data.embedding)
        self._workers = Workers(MOST_RUNNING, "tovec answers")
        self._queue = JobQueue()
        self._jobs: dict[object, Job] = {}
        self._lock = threading.Lock()
        self._closed = False

    @property
    def embedding(self) -> Embedding:
        """What is shown."""
        return self.data.embedding

    def part(self, name: str) -> Future[bytes]:
        """Make a part of the data of the page, one of `data`."""
        return self._workers.submit(lambda: self.data[name])

    def vector(self, id: int) -> NDArray[np.float32]:
        """Return the vector of a token, (dim,)."""
        return self.embedding[id]

    def nearest(self, positive: Sequence[int], negative: Sequence[int], k: int, metric: str) -> Future[Rows]:
        """Find the `k` tokens nearest to one, or to a sum of unit vectors, as {"id", "score"}, best first.

        metric: "cosine", or "euclidean", whose score is minus the distance. Exact; the tokens asked
        about are left out, of the euclidean also rows that are not finite. Ties are in the order of ids.
        """
        if not 1 <= k <= MAX_FOUND:
            raise BadSetting("k", k, f"from 1 to {MAX_FOUND}")
        if not 1 <= len(positive) + len(negative) <= MAX_ASKED:
            raise BadSetting("positive and negative", [], f"1 to {MAX_ASKED} tokens between them")
        if metric == "euclidean":
            return self._searching.by_distance(positive, negative, k)
        if metric != "cosine":
            raise BadSetting("metric", metric, "cosine or euclidean")
        if len(positive) == 1 and not negative:
            return self._searching.neighbors(positive[0], k)
        return self._searching.analogy(positive, negative, k)

    def tokens(self, text: str) -> Future[bytes]:
        """Cut `text` into tokens with what they cover, as `TextTokens` in source.ts: JSON.

        Of a text of more than MAX_CUT characters only the beginning is cut; `end` says how far.
        """
        return self._workers.submit(lambda: json_bytes(self._cut(text)))

    def _cut(self, text: str) -> dict[str, Any]:
        if self.data.finder is None:
            self.embedding.tokenize(text)  # says what is missing
        assert self.data.finder is not None
        text = beginning(text)
        spans = self.data.finder.spans(text)
        places = utf16_places(text).tolist()
        pieces = [
            {
                "start": places[span.start],
                "end": places[span.end],
                "token": span.token,
                "id": span.id,
                "known": span.known,
            }
            for span in spans
        ]
        return {"pieces": pieces, "end": places[-1]}

    def clusters(self, notify: Callable[[], None]) -> Watcher:
        """Follow the search for clusters; what was found is kept."""
        return self._watch("clusters", self.pictures.cluster, _waiting_clusters, notify)

    def picture(self, request: Request, notify: Callable[[], None]) -> Watcher:
        """Follow the making of a picture; equal requests share one, and the last ones are kept."""
        pictures = self.pictures
        pictures.check(request)
        return self._watch(
            request,
            lambda tell, check: pictures.draw(request, tell, check),
            lambda n_before: pictures.waiting(request, n_before),
            notify,
        )

    def close(self, timeout_s: float = 2.0) -> bool:
        """Stop all work and begin no more; return whether it has ended in time."""
        deadline = time.monotonic() + timeout_s
        with self._lock:
            self._closed = True
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stop()
        for workers in (self._searching.workers, self._workers):
            workers.close()
        joins = (self._queue.join, self._searching.workers.join, self._workers.join)
        return all([join(max(0.0, deadline - time.monotonic())) for join in joins])

    def _watch(
        self, key: object, work: Work, waiting: Callable[[int], Step], notify: Callable[[], None]
    ) -> Watcher:
        with self._lock:
            if self._closed:
                raise TovecError("the page has been closed")
            job = self._jobs.pop(key, None)
            if job is None or job.failed:
                job = Job(work, self._queue, waiting)
            try:
                watcher = job.watch(notify)
            except Stopped:
                job = Job(work, self._queue, waiting)
                watcher = job.watch(notify)
            self._jobs[key] = job  # the last asked for is the last
            done = [other for other, each in self._jobs.items() if each.finished or each.stopped]
            for other in done[: max(0, len(done) - KEPT)]:
                del self._jobs[other]
            return watcher


def _waiting_clusters(n_before: int) -> Step:
    return Step({"stage": "waiting", "fraction": 0.0, "before": n_before})


def beginning(text: str) -> str:
    """Return at most the first MAX_CUT characters, up to a blank where there is one near the end."""
    if len(text) <= MAX_CUT:
        return text
    blanks = [at for at in range(MAX_CUT - WORD_END, MAX_CUT) if text[at].isspace()]
    return text[: blanks[-1] if blanks else MAX_CUT]

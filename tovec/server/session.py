"""What the page can request of an embedding or a timeline: vectors, neighbors, projections, …. No network."""

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.errors import BadSetting, TovecError
from tovec.server import explaining, predicting
from tovec.server.explaining import Explainer, Question
from tovec.server.jobs import MAX_RUNNING, Job, JobQueue, Step, Stopped, Subscriber, Work
from tovec.server.live import LiveStream
from tovec.server.manifest import WHILE_TRAINING
from tovec.server.moment_projections import projector_of
from tovec.server.over_time import lengths_over_time, similarity_over_time
from tovec.server.page_bytes import json_bytes
from tovec.server.page_data import PageData
from tovec.server.projections import ProjectionRequest
from tovec.server.searching import Rows, Searching
from tovec.server.workers import Workers
from tovec.text.scripts import SCRIPTS
from tovec.text.spans import utf16_places

if TYPE_CHECKING:
    from tovec.language_model.model import LanguageModel

MAX_FOUND = 1000  # neighbors in one response
MAX_GIVEN = 1000  # tokens in one query
MAX_CUT = 1 << 16  # characters of a text that are cut into tokens: about 0.1 s, and some MB of response
WORD_END = 1 << 10  # characters before that, among which the last blank is found
CACHED = 12  # finished projections, as many answers about two tokens, and
CACHED_BYTES = 1 << 28  # of the points; the last one is cached whatever it takes


class Session:
    """Answers the requests of pages, from any thread. Raises TovecError for requests that have no answer.

    Requests that take long return a Future or a Subscriber: at most MAX_RUNNING of each kind are computed at
    once, and the others wait. others: the sessions of the other tables of a model, by name. live: the stream
    of a table in training, also once it has ended; None for other tables.
    """

    def __init__(self, data: PageData, live: LiveStream | None = None) -> None:
        self.data, self.live = data, live
        self.name = secrets.token_hex(8)  # a page that finds another one here was opened on another server
        self.others = {name: Session(other) for name, other in data.others.items()}
        self.projector = projector_of(data)
        self._searching = Searching(data.embedding)
        self._workers = Workers(MAX_RUNNING, "tovec answers")
        self._queue = JobQueue()
        self._jobs: dict[object, Job] = {}
        self._lock = threading.Lock()
        self._closed = False

    @property
    def embedding(self) -> Embedding:
        """The embedding that the page shows."""
        return self.data.embedding

    def show(self, data: PageData) -> None:
        """Answer with other data of the same tokens from now on, as the same session."""
        with self._lock:
            self.data, self.projector = data, projector_of(data)
            self._searching.embedding = data.embedding
            self._jobs.clear()

    def part(self, name: str) -> Future[bytes]:
        """Make a part of the page's data, one of `data`."""
        return self._workers.submit(lambda: self.data[name])

    def at(self, moment: int | None) -> Embedding:
        """Return the embedding of a moment, the last one for None; a table alone is its own only moment."""
        moments = self.data.moments
        if moment is None:
            return self.embedding
        if not 0 <= moment < len(moments):
            rule = f"from 0 to {len(moments) - 1}" if len(moments) > 1 else "0, the only one"
            raise BadSetting("moment", moment, rule)
        return moments[moment]

    def vector(self, id: int, moment: int | None = None) -> NDArray[np.float32]:
        """Return the vector of a token, (dim,)."""
        return self.at(moment)[id]

    def vectors(
        self, ids: NDArray[np.integer[Any]], moment: int | None = None
    ) -> Future[NDArray[np.float32]]:
        """Read the vectors of tokens, (n, dim)."""
        table = self.at(moment)
        return self._workers.submit(lambda: table[ids])

    def over_time(self, a: int, b: int | None) -> Future[NDArray[np.float32]]:
        """Compute the cosine of two tokens at each moment, (n_moments,); without `b`, the length of `a`.

        NaN where there is none.
        """
        moments = self.data.moments
        self.embedding.tokens([a] if b is None else [a, b])  # raises for one outside the table
        if b is None:
            return self._workers.submit(lambda: lengths_over_time(moments, a))
        return self._workers.submit(lambda: similarity_over_time(moments, a, b))

    def nearest(
        self,
        positive: Sequence[int],
        negative: Sequence[int],
        k: int,
        metric: str,
        moment: int | None = None,
        script: str | None = None,
    ) -> Future[Rows]:
        """Find the `k` tokens nearest to one, or to a sum of unit vectors, as {"id", "score"}, best first.

        metric: "cosine", or "euclidean", whose score is minus the distance. Exact. The given tokens are left
        out; so are, for euclidean, rows that are not finite. Ties are in the order of ids. script: one of
        SCRIPTS, so that only tokens all of whose letters are of it are found; for a single token alone.
        """
        if not 1 <= k <= MAX_FOUND:
            raise BadSetting("k", k, f"from 1 to {MAX_FOUND}")
        if not 1 <= len(positive) + len(negative) <= MAX_GIVEN:
            raise BadSetting("positive and negative", [], f"1 to {MAX_GIVEN} tokens between them")
        table = self.at(moment)
        if metric not in ("cosine", "euclidean"):
            raise BadSetting("metric", metric, "cosine or euclidean")
        if script is not None:
            if script not in SCRIPTS:
                raise BadSetting("script", script[:20], f"one of {', '.join(SCRIPTS)}")
            if len(positive) != 1 or negative:
                raise BadSetting("script", script, "left out with several tokens")
            return self._searching.of_script(table, positive[0], k, metric, script)
        if metric == "euclidean":
            return self._searching.by_distance(positive, negative, k, table)
        if self.data.is_live or table is not self.embedding:
            return self._searching.at_moment(table, positive, negative, k)
        if len(positive) == 1 and not negative:
            return self._searching.neighbors(positive[0], k)
        return self._searching.analogy(positive, negative, k)

    def similarities(self, id: int, moment: int | None = None) -> Future[NDArray[np.float32]]:
        """Compute the cosine of every token with one, (n_tokens,); NaN where either has no direction."""
        return self._searching.similarities(id, self.at(moment))

    def tokens(self, text: str) -> Future[bytes]:
        """Cut `text` into tokens with their places, as `TextTokens` in source.ts, in JSON.

        Of a text of more than MAX_CUT characters only the beginning is cut, up to `end`.
        """
        return self._workers.submit(lambda: json_bytes(self._cut(text)))

    def _cut(self, text: str) -> dict[str, Any]:
        if self.data.finder is None:
            self.embedding.tokenize(text)  # raises the error for a missing tokenizer
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

    def predict(self, text: str, k: int) -> Future[bytes]:
        """Predict the token after `text`, as `Predicted` in source.ts, in JSON."""
        predicting.check_text("text", text)
        predicting.check_k(k)
        return self._asked(lambda model: predicting.predicted(model, text, k))

    def lesson_step(self, text: str, target: int | None) -> Future[bytes]:
        """Work out one step of training, as `WorkedStep` in source.ts, in JSON."""
        predicting.check_text("text", text)
        return self._asked(lambda model: predicting.worked(model, text, target))

    def context(self, a: str, b: str, token: str | None) -> Future[bytes]:
        """Compare a token of two texts, as `Compared` in source.ts, in JSON."""
        predicting.check_text("a", a)
        predicting.check_text("b", b)
        return self._asked(lambda model: predicting.compared(model, a, b, token))

    def _asked(self, answer: Callable[["LanguageModel"], dict[str, Any]]) -> Future[bytes]:
        model = self.data.language_model
        if model is None:
            raise TovecError(predicting.NO_MODEL)
        return self._workers.submit(lambda: json_bytes(answer(model)))

    def clusters(self, notify: Callable[[], None]) -> Subscriber:
        """Subscribe to the search for clusters; its result is cached."""
        return self._subscribe("clusters", self.projector.cluster, _waiting_clusters, notify)

    def project(self, request: ProjectionRequest, notify: Callable[[], None]) -> Subscriber:
        """Subscribe to a projection; equal requests share one job, and the last results are cached."""
        projector = self.projector
        projector.check(request)
        return self._subscribe(
            request,
            lambda emit, check: projector.project(request, emit, check),
            lambda n_before: projector.waiting(request, n_before),
            notify,
        )

    def explain(self, question: Question, notify: Callable[[], None]) -> Subscriber:
        """Subscribe to the answer about two tokens at the last moment, or about the axes of the table."""
        data = self.data
        explainer = Explainer(data.embedding, data.independent, data.text)
        explainer.check(question)
        return self._subscribe(
            question,
            lambda emit, check: explainer.answer(question, emit, check),
            explaining.waiting,
            notify,
        )

    def close(self, timeout_s: float = 2.0) -> bool:
        """Stop all work and start no more; return whether it has ended in time."""
        deadline = time.monotonic() + timeout_s
        with self._lock:
            self._closed = True
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stop()
        if self.live is not None:
            self.live.close()
        others_ended = [other.close(timeout_s) for other in self.others.values()]
        for workers in (self._searching.workers, self._workers):
            workers.close()
        joins = (self._queue.join, self._searching.workers.join, self._workers.join)
        return all([*others_ended, *[join(max(0.0, deadline - time.monotonic())) for join in joins]])

    def _subscribe(
        self, key: object, work: Work, waiting: Callable[[int], Step], notify: Callable[[], None]
    ) -> Subscriber:
        with self._lock:
            if self._closed:
                raise TovecError("the page has been closed")
            if self.data.is_live:
                raise TovecError(WHILE_TRAINING)
            job = self._jobs.pop(key, None)
            if job is None or job.failed:
                job = Job(work, self._queue, waiting)
            try:
                subscriber = job.subscribe(notify)
            except Stopped:
                job = Job(work, self._queue, waiting)
                subscriber = job.subscribe(notify)
            self._jobs[key] = job  # the last requested is the last
            self._forget_oldest()
            return subscriber

    def _forget_oldest(self) -> None:
        """Keep the last finished jobs of each kind, as many as CACHED and CACHED_BYTES allow."""
        done = [key for key, job in self._jobs.items() if job.finished or job.stopped]
        for kind in set(map(type, done)):
            n_bytes = 0
            for n_newer, key in enumerate(reversed([key for key in done if type(key) is kind])):
                n_bytes += self._jobs[key].n_bytes
                if n_newer >= CACHED or (n_newer > 0 and n_bytes > CACHED_BYTES):
                    del self._jobs[key]


def _waiting_clusters(n_before: int) -> Step:
    return Step({"stage": "waiting", "fraction": 0.0, "before": n_before})


def beginning(text: str) -> str:
    """Return at most the first MAX_CUT characters, up to a blank where there is one near the end."""
    if len(text) <= MAX_CUT:
        return text
    blanks = [at for at in range(MAX_CUT - WORD_END, MAX_CUT) if text[at].isspace()]
    return text[: blanks[-1] if blanks else MAX_CUT]

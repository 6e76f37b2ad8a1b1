"""Projections and clusters of one table, step by step; they share a graph of neighbors, made once."""

import itertools
import threading
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tovec import projection
from tovec.embedding import Embedding
from tovec.errors import BadSetting, TovecError
from tovec.progress import Event, Note, Reporter, Stage, silent
from tovec.projection import METHODS, NeighborGraph, Projection, left_out
from tovec.projection.settings import DEFAULTS, Settings, check_settings
from tovec.server.jobs import Check, Emit, Step
from tovec.server.page_data import MANY
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.derived import DerivedTable
from tovec.vectors.lazy import LazyTable
from tovec.vectors.table import Vectors

NEIGHBORS = 15  # of each token, to measure how far a projection can be trusted
_WAIT_S = 0.1  # between two checks for whether to stop waiting

Ids = tuple[int, ...]


@dataclass(frozen=True)
class ProjectionRequest:
    """A projection to compute.

    axes: with the method "axes" only, one for each dimension: the ids it leads from and the ids it leads to.
    rows: the ids, uint32, of the tokens that are projected alone, as if there were no others; b"" for all.
    """

    method: str
    dims: int
    seed: int = 0
    axes: tuple[tuple[Ids, Ids], ...] = field(default=())
    settings: Settings = DEFAULTS
    rows: bytes = field(default=b"", repr=False)


class CheckedTable(LazyTable):
    """A table that calls `check` before each read: so whatever reads it can be stopped."""

    def __init__(self, table: Vectors, check: Check) -> None:
        self.shape, self.dtype = table.shape, table.dtype
        self._table, self._check = table, check

    def _take(self, rows: Any, /) -> Any:
        self._check()
        return self._table[rows]


class Projector:
    """Projects and clusters an embedding, from any thread. What `emit` or `check` raises ends the work.

    report: called once with a note when some tokens have no place in a projection. whole: the table whose
    ids custom axes are given by, if `embedding` is only some of its rows.
    """

    def __init__(
        self, embedding: Embedding, report: Reporter = silent, whole: Embedding | None = None
    ) -> None:
        self._embedding = embedding
        self._whole = embedding if whole is None else whole
        self._part: tuple[bytes, Projector] | None = None  # that of the last rows that were projected alone
        self._report = report
        self._has_reported = False
        self._graph: NeighborGraph | None = None
        self._graph_lock = threading.Lock()

    def check(self, request: ProjectionRequest) -> None:
        """Raise TovecError where `request` cannot be computed."""
        dims = [dims for dims in (2, 3) if dims <= self._embedding.dim]
        if request.method not in (*METHODS, "axes"):
            raise BadSetting("method", request.method, f"one of {', '.join(METHODS)}, axes")
        if request.dims not in dims:
            raise BadSetting("dims", request.dims, " or ".join(map(str, dims)))
        missing = projection.available(request.method) if request.method in METHODS else None
        if missing is not None:
            raise TovecError(missing)
        if len(request.axes) != (request.dims if request.method == "axes" else 0):
            raise BadSetting("axes", len(request.axes), "one for each dimension, with the method axes alone")
        check_settings(request.settings, request.method, request.dims, self._embedding.dim)
        for ids in itertools.chain.from_iterable(request.axes):
            self._embedding.tokens(ids)  # raises

    def waiting(self, request: ProjectionRequest, n_before: int) -> Step:
        """Return the step of a projection that waits for `n_before` other computations."""
        return Step({**_header("waiting", 0.0, request.dims), "before": n_before})

    def project(self, request: ProjectionRequest, emit: Emit, check: Check) -> Step:
        """Return the finished projection; steps on the way are emitted, the first one at once.

        Maps start from principal components. How far the finished projection can be trusted is measured
        where that needs no graph that only a map of a large table would need. Of rows that are projected
        alone, only these have points, in the order of `rows`.
        """
        if request.rows:
            return self._of_rows(request.rows).project(replace(request, rows=b""), emit, check)
        vectors, dims = CheckedTable(self._embedding.vectors, check), request.dims

        def report(event: Event) -> None:
            if isinstance(event, Stage):
                emit(Step(_header(event.name, event.fraction, dims), event.points))

        graph = None
        n_needed = _n_needed(request)
        if n_needed:
            first = projection.project(vectors, dims, "pca")
            report(Stage("start", 0.0, points=first.points))
            graph = self.graph(vectors, n_needed, report)
        made = projection.project(
            vectors,
            dims,
            request.method,
            seed=request.seed,
            graph=graph,
            report=report,
            axes=self._axes(request) or None,
            settings=request.settings,
        )
        self._report_left_out(made)
        emit(Step(_header("layout", 1.0, dims, made), made.points))
        trust = self._trust(vectors, made, emit)
        return Step({**_header("done", 1.0, dims, made), "trust": trust}, made.points)

    def _of_rows(self, rows: bytes) -> "Projector":
        """Return the projector of some rows alone; the last one is cached, with its graph of neighbors."""
        part = self._part
        if part is None or part[0] != rows:
            ids = np.frombuffer(rows, dtype="<u4").astype(np.int64)
            vectors = DerivedTable(self._embedding.vectors, len(ids), ids)
            embedding = Embedding(Vocabulary(self._embedding.tokens(ids)), vectors)
            part = self._part = rows, Projector(embedding, whole=self._embedding)
        return part[1]

    def _report_left_out(self, made: Projection) -> None:
        line = left_out(made.points, self._embedding.vocabulary.readable_tokens)
        if line is not None and not self._has_reported:
            self._has_reported = True
            self._report(Note(line))

    def cluster(self, emit: Emit, check: Check) -> Step:
        """Return the clusters: a uint8 for each token, 255 for none, and the most typical ids of each."""

        def report(event: Event) -> None:
            if isinstance(event, Stage):
                emit(Step({"stage": event.name, "fraction": event.fraction}))

        embedding = self._embedding
        table = CheckedTable(embedding.vectors, check)
        found = projection.clusters(table, counts=embedding.vocabulary.counts, report=report)
        typical = [list(map(int, ids)) for ids in found.typical]
        return Step({"stage": "done", "fraction": 1.0, "typical": typical}, found.codes)

    def graph(self, vectors: Vectors, k: int, report: Reporter) -> NeighborGraph:
        """Return the `k` neighbors of every token; a second caller waits for the first.

        The widest graph made so far is cached: a narrower one is a part of it.
        """
        while not self._graph_lock.acquire(timeout=_WAIT_S):
            report(Stage("neighbors", 0.0))
        try:
            k = min(k, self._embedding.n_tokens - 1)
            if self._graph is None or self._graph.ids.shape[1] < k:
                self._graph = projection.neighbor_graph(vectors, k, report=report)
            ids, similarities = self._graph.ids[:, :k], self._graph.similarities[:, :k]
            return NeighborGraph(np.ascontiguousarray(ids), np.ascontiguousarray(similarities))
        finally:
            self._graph_lock.release()

    def _trust(self, vectors: Vectors, made: Projection, emit: Emit) -> dict[str, float] | None:
        n_tokens = vectors.shape[0]
        # Of so few, the nearest are most of all, and trustworthiness is not defined (Venna and Kaski 2001).
        if n_tokens <= 2 * NEIGHBORS:
            return None
        if self._graph is None and n_tokens > MANY:
            return None
        if not np.isfinite(made.points).all():  # a token without a place is at no distance from the others
            return None

        def report(event: Event) -> None:
            if isinstance(event, Stage):
                emit(Step(_header("trust", event.fraction, made.points.shape[1], made)))

        report(Stage("trust", 0.0))
        graph = self.graph(vectors, NEIGHBORS, report)
        measured = projection.trust(made.points, graph, vectors=vectors, report=report)
        return {"trustworthiness": float(measured.trustworthiness), "kept": float(measured.kept)}

    def _axes(self, request: ProjectionRequest) -> list[tuple[Any, Any, str]]:
        return [
            (self._whole[list(start)], self._whole[list(end)], self._axis_name(start, end))
            for start, end in request.axes
        ]

    def _axis_name(self, start: Ids, end: Ids) -> str:
        readable = self._whole.vocabulary.readable
        return " → ".join(" ".join(map(readable, ids)) for ids in (start, end))


def _n_needed(request: ProjectionRequest) -> int:
    """Return how many neighbors of each token the method is computed from; 0 for none."""
    needed = {"umap": request.settings.neighbors, "tsne": int(3 * request.settings.perplexity)}
    return needed.get(request.method, 0)


def _header(stage: str, fraction: float, dims: int, made: Projection | None = None) -> dict[str, Any]:
    explained = None if made is None else made.explained_variance_ratio
    return {
        "stage": stage,
        "fraction": fraction,
        "dims": dims,
        "axisNames": [] if made is None else list(made.axis_names),
        "explained": None if explained is None else [float(share) for share in explained],
        "trust": None,
    }

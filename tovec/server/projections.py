"""Pictures and clusters of one table, step by step. What they share, the graph of neighbors, is made once."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tovec import projection
from tovec.embedding import Embedding
from tovec.errors import BadSetting, TovecError
from tovec.projection import METHODS, NeighborGraph, Points, Projection
from tovec.projection.left_out import left_out
from tovec.server.jobs import Check, Step, Tell
from tovec.server.page_data import MANY
from tovec.vectors.lazy import LazyTable
from tovec.vectors.table import Vectors

NEIGHBORS = 15  # of each token, by which a picture is judged
NEEDED = {"umap": 15, "tsne": 90}  # neighbors, by the methods that are made from them
_WAIT_S = 0.1  # between two looks at whether a wait is to end

Report = Callable[[str, float, Points | None], None]
Ids = tuple[int, ...]


@dataclass(frozen=True)
class Request:
    """A picture that is asked for.

    axes: for the method "axes" alone, one for each dimension: the ids it leads from, the ids it leads to.
    """

    method: str
    dims: int
    seed: int = 0
    axes: tuple[tuple[Ids, Ids], ...] = field(default=())


class CheckedTable(LazyTable):
    """A table whose rows can be had as long as `check` raises nothing: whatever reads it can be stopped."""

    def __init__(self, table: Vectors, check: Check) -> None:
        self.shape, self.dtype = table.shape, table.dtype
        self._table, self._check = table, check

    def _take(self, rows: Any, /) -> Any:
        self._check()
        return self._table[rows]


class Pictures:
    """Draws an embedding, from any thread. What `tell` or `check` raises ends the work.

    on_left_out: given a line, once, where some tokens have no place in a picture.
    """

    def __init__(self, embedding: Embedding, on_left_out: Callable[[str], None] = lambda line: None) -> None:
        self._embedding = embedding
        self._on_left_out = on_left_out
        self._has_told = False
        self._graph: NeighborGraph | None = None
        self._graph_lock = threading.Lock()

    def check(self, request: Request) -> None:
        """Raise TovecError for a picture that cannot be had."""
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
        for ids in itertools.chain.from_iterable(request.axes):
            self._embedding.tokens(ids)  # raises

    def waiting(self, request: Request, n_before: int) -> Step:
        """Return the step of a picture that waits for `n_before` other computations."""
        return Step({**_header("waiting", 0.0, request.dims), "before": n_before})

    def draw(self, request: Request, tell: Tell, check: Check) -> Step:
        """Return the finished picture; the steps on the way are told, the first one at once.

        Maps start from principal components. When the picture is complete it is measured how far it
        can be trusted, where that takes no graph that only a large table's map would need.
        """
        vectors, dims = CheckedTable(self._embedding.vectors, check), request.dims

        def report(stage: str, fraction: float, points: Points | None) -> None:
            tell(Step(_header(stage, fraction, dims), points))

        graph = None
        if request.method in NEEDED:
            first = projection.project(vectors, dims, "pca")
            report("start", 0.0, first.points)
            graph = self.graph(vectors, NEEDED[request.method], report)
        made = projection.project(
            vectors,
            dims,
            request.method,
            seed=request.seed,
            graph=graph,
            report=report,
            axes=self._axes(request) or None,
        )
        self._tell_left_out(made)
        tell(Step(_header("layout", 1.0, dims, made), made.points))
        trust = self._trust(
            vectors, made, lambda fraction: tell(Step(_header("trust", fraction, dims, made)))
        )
        return Step({**_header("done", 1.0, dims, made), "trust": trust}, made.points)

    def _tell_left_out(self, made: Projection) -> None:
        line = left_out(made.points, self._embedding.vocabulary.readable_tokens)
        if line is not None and not self._has_told:
            self._has_told = True
            self._on_left_out(line)

    def cluster(self, tell: Tell, check: Check) -> Step:
        """Return the clusters: a uint8 for each token, 255 for none, and the most typical ids of each."""
        embedding = self._embedding
        found = projection.clusters(
            CheckedTable(embedding.vectors, check),
            counts=embedding.vocabulary.counts,
            report=lambda stage, fraction, points: tell(Step({"stage": stage, "fraction": fraction})),
        )
        typical = [list(map(int, ids)) for ids in found.typical]
        return Step({"stage": "done", "fraction": 1.0, "typical": typical}, found.codes)

    def graph(self, vectors: Vectors, k: int, report: Report) -> NeighborGraph:
        """Return the `k` neighbors of every token; a second one who asks waits for the first.

        The widest graph made so far is kept: a narrower one is a part of it.
        """
        while not self._graph_lock.acquire(timeout=_WAIT_S):
            report("neighbors", 0.0, None)
        try:
            k = min(k, self._embedding.n_tokens - 1)
            if self._graph is None or self._graph.ids.shape[1] < k:
                self._graph = projection.neighbor_graph(vectors, k, report=report)
            ids, similarities = self._graph.ids[:, :k], self._graph.similarities[:, :k]
            return NeighborGraph(np.ascontiguousarray(ids), np.ascontiguousarray(similarities))
        finally:
            self._graph_lock.release()

    def _trust(
        self, vectors: Vectors, made: Projection, tell: Callable[[float], None]
    ) -> dict[str, float] | None:
        n_tokens = vectors.shape[0]
        # Of so few, the nearest are most of all, and trustworthiness is not defined (Venna and Kaski 2001).
        if n_tokens <= 2 * NEIGHBORS:
            return None
        if self._graph is None and n_tokens > MANY:
            return None
        if not np.isfinite(
            made.points
        ).all():  # how far tokens without a place are from others is not defined
            return None
        tell(0.0)

        def report(_stage: str, fraction: float, _points: Points | None) -> None:
            tell(fraction)

        graph = self.graph(vectors, NEIGHBORS, report)
        measured = projection.trust(made.points, graph, vectors=vectors, report=report)
        return {"trustworthiness": float(measured.trustworthiness), "kept": float(measured.kept)}

    def _axes(self, request: Request) -> list[tuple[Any, Any, str]]:
        return [
            (
                self._embedding[list(ends[0])],
                self._embedding[list(ends[1])],
                " → ".join(map(self._names, ends)),
            )
            for ends in request.axes
        ]

    def _names(self, ids: Ids) -> str:
        return " ".join(map(self._embedding.vocabulary.readable, ids))


def _header(stage: str, fraction: float, dims: int, made: Projection | None = None) -> dict[str, Any]:
    explained = None if made is None else made.explained_variance_ratio
    return {
        "stage": stage,
        "fraction": min(max(float(fraction), 0.0), 1.0),
        "dims": dims,
        "axisNames": [] if made is None else list(made.axis_names),
        "explained": None if explained is None else [float(share) for share in explained],
        "trust": None,
    }

"""Projections and clusters of one table, step by step; they share a graph of neighbors, made once."""

import itertools
import math
import threading
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tovec import projection
from tovec.embedding import Embedding
from tovec.errors import BadSetting, TovecError
from tovec.progress import Event, Note, Reporter, Stage, silent
from tovec.projection import (
    METHODS,
    FiniteRows,
    Points,
    Projection,
    expected_seconds,
    in_space,
    left_out,
    n_neighbors,
)
from tovec.projection.settings import DEFAULTS, Settings, check_settings
from tovec.search.neighbor_graph import NeighborGraph, neighbor_graph
from tovec.server.explaining import SharedAxes, axis_name
from tovec.server.jobs import Check, Emit, Step
from tovec.server.manifest import drawn_dims, method_infos
from tovec.server.overall_progress import OverallProgress
from tovec.text.importance import likely_counts
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.derived import DerivedTable
from tovec.vectors.lazy import LazyTable
from tovec.vectors.table import Vectors

NEIGHBORS = 15  # of each token, to measure how far a projection can be trusted
MIN_MEASURED, MAX_MEASURED = 400, 2000  # tokens that this is measured on,
MEASURED_NUMBERS = 1 << 36  # so many that they are compared with about this many numbers, some 3 s
CLUSTER_SHARES = {"clusters: reading": 0.1, "clusters: centers": 0.8, "clusters: rows": 0.1}
_WAIT_S = 0.1  # between two checks for whether to stop waiting

INDEPENDENT = "independent axes"  # the stage of measures/independent_axes.py
Ids = tuple[int, ...]
GivenAxis = tuple[Ids, Ids] | int  # from tokens to tokens, or the number of an independent axis


@dataclass(frozen=True)
class ProjectionRequest:
    """A projection to compute.

    axes: with the method "axes" only, one for each dimension: the ids it leads from and the ids it leads to,
    or the number of an independent axis, from 1.
    rows: the ids, uint32, of the tokens that are projected alone, as if there were no others; b"" for all.
    directions, axes_of: of a timeline only, as `project_moments` takes them.
    """

    method: str
    dims: int
    seed: int = 0
    axes: tuple[GivenAxis, ...] = field(default=())
    settings: Settings = DEFAULTS
    rows: bytes = field(default=b"", repr=False)
    directions: bool | None = None
    axes_of: str = "last"


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
    ids custom axes are given by, if `embedding` is only some of its rows. independent: the independent axes
    of the whole table.
    """

    def __init__(
        self,
        embedding: Embedding,
        report: Reporter = silent,
        whole: Embedding | None = None,
        independent: SharedAxes | None = None,
    ) -> None:
        self._embedding = embedding
        self._whole = embedding if whole is None else whole
        self._independent = SharedAxes(self._whole) if independent is None else independent
        self._part: tuple[bytes, Projector] | None = None  # that of the last rows that were projected alone
        self._report = report
        self._has_reported = False
        self._finite: FiniteRows | None = None
        self._graph: NeighborGraph | None = None
        self._graph_lock = threading.Lock()

    def check(self, request: ProjectionRequest) -> None:
        """Raise TovecError where `request` cannot be computed."""
        dims, methods = drawn_dims(self._embedding.dim), _methods(self._embedding.dim)
        if request.method not in methods:
            rule = f"one of {', '.join(methods)}" if len(methods) > 1 else "none for vectors of one dimension"
            raise BadSetting("method", request.method, rule)
        if request.dims not in dims:
            raise BadSetting("dims", request.dims, " or ".join(map(str, dims)))
        missing = projection.available(request.method) if request.method in METHODS else None
        if missing is not None:
            raise TovecError(missing)
        if request.directions is not None:
            raise BadSetting("directions", request.directions, "left out, since only a timeline has it")
        if request.axes_of != "last":
            raise BadSetting("axesOf", request.axes_of, "left out, since only a timeline has it")
        if len(request.axes) != (request.dims if request.method == "axes" else 0):
            raise BadSetting("axes", len(request.axes), "one for each dimension, with the method axes alone")
        check_settings(request.settings, request.method, request.dims, self._embedding.dim)
        for axis in request.axes:
            if not isinstance(axis, int):
                self._whole.tokens(itertools.chain(*axis))  # raises

    def waiting(self, request: ProjectionRequest, n_before: int) -> Step:
        """Return the step of a projection that waits for `n_before` other computations."""
        return Step({**header("waiting", 0.0, request.dims), "before": n_before})

    def project(self, request: ProjectionRequest, emit: Emit, check: Check) -> Step:
        """Return the finished projection; steps on the way are emitted, the first one at once.

        Maps start from principal components. Each step says how much of the work is done ("overall") and how
        many seconds are left ("leftS"). How far the finished projection can be trusted is measured last. Of
        rows that are projected alone, only these have points, in the order of `rows`.
        """
        if request.rows:
            return self._of_rows(request.rows).project(replace(request, rows=b""), emit, check)
        table, dims = CheckedTable(self._embedding.vectors, check), request.dims
        finite = self._finite = self._finite or FiniteRows.of(table)
        vectors = finite.table(table)
        n_measured = n_measured_of(vectors)
        n_rows, dim = vectors.shape
        expected = expected_seconds(request.method, n_rows, dim, n_measured, settings=request.settings)
        if any(isinstance(axis, int) for axis in request.axes):
            expected = {INDEPENDENT: expected_axes_s(n_rows, dim), **expected}
        progress = OverallProgress(expected)
        components, graph = None, None
        drawn = min(dims, table.shape[1])

        def step(
            name: str, fraction: float, made: Projection | None = None, points: Points | None = None
        ) -> Step:
            overall, left_s = progress.at(name, fraction)
            more = {"overall": overall, "leftS": left_s, "recall": None if graph is None else graph.recall}
            return Step({**header(name, fraction, dims, made), **more}, points)

        def report(event: Event) -> None:
            if isinstance(event, Stage):
                emit(step(event.name, event.fraction, points=event.points))

        n_needed = n_neighbors(request.method, request.settings)
        if n_needed:
            emit(step("start", 0.0))

            def report_start(event: Event) -> None:
                if isinstance(event, Stage):
                    report(Stage("start", event.fraction))

            first = projection.project(table, drawn, "pca", report=report_start, finite=finite)
            components = first.points
            report(Stage("start", 1.0, points=components))
            graph = self.graph(vectors, n_needed, report)
        made = projection.project(
            table,
            drawn,
            request.method,
            seed=request.seed,
            graph=graph,
            components=components,
            report=report,
            axes=self._axes(request, report) or None,
            settings=request.settings,
            finite=finite,
        )
        made = replace(made, points=in_space(made.points, dims))
        self._report_left_out(made)
        emit(step("layout", 1.0, made, made.points))

        def report_trust(event: Event) -> None:
            if isinstance(event, Stage):
                emit(step("trust", event.fraction, made))

        points = made.points if finite.are_all else made.points[finite.ids]
        trust = measured_trust(points, vectors, n_measured, report_trust)
        return Step({**header("done", 1.0, dims, made), "trust": trust}, made.points)

    def _of_rows(self, rows: bytes) -> "Projector":
        """Return the projector of some rows alone; the last one is cached, with its graph of neighbors."""
        part = self._part
        if part is None or part[0] != rows:
            ids = np.frombuffer(rows, dtype="<u4").astype(np.int64)
            vectors = DerivedTable(self._embedding.vectors, len(ids), ids)
            embedding = Embedding(Vocabulary(self._embedding.tokens(ids)), vectors)
            whole, independent = self._embedding, self._independent
            part = self._part = rows, Projector(embedding, whole=whole, independent=independent)
        return part[1]

    def _report_left_out(self, made: Projection) -> None:
        line = left_out(made.points, self._embedding.vocabulary.readable_tokens)
        if line is not None and not self._has_reported:
            self._has_reported = True
            self._report(Note(line))

    def cluster(self, emit: Emit, check: Check) -> Step:
        """Return the clusters: a uint8 for each token, 255 for none, and the most typical ids of each."""

        progress = OverallProgress(CLUSTER_SHARES)

        def report(event: Event) -> None:
            if isinstance(event, Stage):
                overall, _ = progress.at(event.name, event.fraction)
                emit(Step({"stage": event.name, "fraction": overall}))

        embedding = self._embedding
        table = CheckedTable(embedding.vectors, check)
        found = projection.clusters(table, counts=likely_counts(embedding.vocabulary), report=report)
        typical = [list(map(int, ids)) for ids in found.typical]
        return Step({"stage": "done", "fraction": 1.0, "typical": typical}, found.codes)

    def graph(self, vectors: Vectors, k: int, report: Reporter) -> NeighborGraph:
        """Return the `k` neighbors of every row of `vectors`, the finite ones; a second caller waits.

        The last graph is cached. A narrower exact one is a part of it; of an approximate one that would be
        another than is made for this `k`, and equal requests must get equal points.
        """
        while not self._graph_lock.acquire(timeout=_WAIT_S):
            report(Stage("neighbors", 0.0))
        try:
            k = min(k, vectors.shape[0] - 1)
            graph = self._graph
            if graph is None or graph.ids.shape[1] < k or (graph.recall < 1 and graph.ids.shape[1] != k):
                graph = self._graph = neighbor_graph(vectors, k, report=report)
            return graph.narrowed(k)
        finally:
            self._graph_lock.release()

    def _axes(self, request: ProjectionRequest, report: Reporter) -> list[tuple[Any, Any, str]]:
        return [
            self._independent_axis(axis, report) if isinstance(axis, int) else self._axis_of_tokens(*axis)
            for axis in request.axes
        ]

    def _independent_axis(self, axis: int, report: Reporter) -> tuple[Any, Any, str]:
        axes = self._independent.get(report)
        if not 1 <= axis <= axes.n_axes:
            raise BadSetting("axes", axis, f"from 1 to {axes.n_axes}, the number of independent axes")
        direction = axes.directions[:, axis - 1][None]
        return -direction, direction, axis_name(self._whole, axes, axis)

    def _axis_of_tokens(self, start: Ids, end: Ids) -> tuple[Any, Any, str]:
        return self._whole[list(start)], self._whole[list(end)], self._axis_name(start, end)

    def _axis_name(self, start: Ids, end: Ids) -> str:
        readable = self._whole.vocabulary.readable
        return " → ".join(" ".join(map(readable, ids)) for ids in (start, end))


def expected_axes_s(n_rows: int, dim: int) -> float:
    """Return the expected seconds of the independent axes, some hundred steps over their rows."""
    n_axes = min(dim, 300)
    return 1.0 + 1e-8 * min(n_rows, 20_000) * n_axes * (n_axes + 100)


def n_measured_of(vectors: Vectors) -> int:
    """Return how many rows the trust in a projection of `vectors` is measured on, 0 where it is not."""
    n_rows, dim = vectors.shape
    # Of so few, the nearest are most of all, and trustworthiness is not defined (Venna and Kaski 2001).
    if n_rows <= 2 * NEIGHBORS:
        return 0
    return max(MIN_MEASURED, min(MAX_MEASURED, MEASURED_NUMBERS // (n_rows * dim)))


def measured_trust(
    points: Points, vectors: Vectors, n_measured: int, report: Reporter
) -> dict[str, float | None] | None:
    """Return how far `points` can be trusted, None where it is not measured; the stage is "trust".

    Both numbers are None where there is nothing to measure.
    """
    if not n_measured:
        return None
    report(Stage("trust", 0.0))
    measured = projection.trust(points, vectors, sample=n_measured, report=report)
    found = {"trustworthiness": measured.trustworthiness, "kept": measured.kept}
    return {name: None if math.isnan(value) else float(value) for name, value in found.items()}


def _methods(dim: int) -> list[str]:
    return [str(info["method"]) for info in method_infos(dim)]


def header(stage: str, fraction: float, dims: int, made: Projection | None = None) -> dict[str, Any]:
    """Return the header of a step of a projection, `ProjectionUpdate` of page/src/data/source.ts."""
    explained = None if made is None else made.explained_variance_ratio
    return {
        "stage": stage,
        "fraction": fraction,
        "dims": dims,
        "axisNames": [] if made is None else list(made.axis_names),
        "explained": None if explained is None else [float(share) for share in explained],
        "trust": None,
        "recall": None if made is None else made.recall,
        "moments": 1,
        "jitter": None,
        "rotated": False,
        "overall": fraction,
        "leftS": None,
    }

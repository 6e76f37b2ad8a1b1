"""Projections of a timeline, step by step: all its moments in one picture."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tovec import projection
from tovec.errors import BadSetting, TovecError
from tovec.progress import Event, Note, Reporter, Stage, silent
from tovec.projection import MomentsProjection, Points, expected_seconds, in_space
from tovec.projection.settings import check_settings
from tovec.server.jobs import Check, Emit, Step
from tovec.server.manifest import MISSING_OF_MOMENTS, drawn_dims, method_infos
from tovec.server.overall_progress import OverallProgress
from tovec.server.page_data import PageData
from tovec.server.projections import (
    CheckedTable,
    ProjectionRequest,
    Projector,
    header,
    measured_trust,
    n_measured_of,
)
from tovec.timeline import Timeline
from tovec.vectors.derived import DerivedTable
from tovec.vectors.table import Vectors

NAMED = 3  # tokens
MIN_MEASURED, MAX_MEASURED = 100, 1000  # tokens that jitter is measured on,
MEASURED_ROWS = 10_000  # so many that all moments together have about this many rows of them, some seconds


def projector_of(data: PageData, report: Reporter | None = None) -> "Projector | MomentsProjector":
    """Return what projects the table or the timeline of a page; `report` is that of `data` unless given."""
    report = data.report if report is None else report
    if data.timeline is None:
        return Projector(data.embedding, report, independent=data.independent)
    return MomentsProjector(data.timeline, report, is_comparison=data.comparison is not None)


class MomentsProjector:
    """Projects a timeline, and clusters its last moment, as `Projector` does an embedding.

    report: called once with a note when some tokens have no place in the picture of the last moment.
    is_comparison: whether it is two tables in one space, each of which may lack tokens of the other.
    """

    def __init__(self, timeline: Timeline, report: Reporter = silent, *, is_comparison: bool = False) -> None:
        self._timeline = timeline
        self._report = report
        self._rotate = False if is_comparison else None
        self._has_reported = is_comparison
        self.cluster = Projector(timeline[-1], report).cluster

    def check(self, request: ProjectionRequest) -> None:
        """Raise TovecError where `request` cannot be computed."""
        dim = self._timeline.dim
        methods = {str(info["method"]): info["missing"] for info in method_infos(dim, is_timeline=True)}
        if request.method not in methods:
            raise BadSetting("method", request.method, f"one of {', '.join(methods)}")
        if methods[request.method] is not None:
            raise TovecError(methods[request.method])
        if request.dims not in drawn_dims(dim):
            raise BadSetting("dims", request.dims, " or ".join(map(str, drawn_dims(dim))))
        if request.axes:
            raise BadSetting("axes", len(request.axes), f"left out: {MISSING_OF_MOMENTS['axes']}")
        if request.axes_of not in ("last", "first"):
            raise BadSetting("axesOf", request.axes_of, "last or first")
        check_settings(request.settings, request.method, request.dims, dim)

    def waiting(self, request: ProjectionRequest, n_before: int) -> Step:
        """Return the step of a projection that waits for `n_before` other computations."""
        return Step({**header("waiting", 0.0, request.dims), "before": n_before})

    def project(self, request: ProjectionRequest, emit: Emit, check: Check) -> Step:
        """Return the finished projection, whose points are (n_moments, n_rows, dims); steps are emitted.

        The steps on the way have points of the last moment alone, up to "layout", which has all. Then the
        trust in the last moment is measured, and the jitter of all.
        """
        tables = self._tables(request, check)
        n_rows, dim = tables[-1].shape
        n_measured = n_measured_of(tables[-1])
        progress = OverallProgress(_expected_seconds(request, len(tables), n_rows, dim, n_measured))
        found: Mapping[str, object] = {}

        def step(name: str, fraction: float, points: Points | None = None) -> Step:
            overall, left_s = progress.at(name, fraction)
            more = {**found, "overall": overall, "leftS": left_s}
            return Step({**header(name, fraction, request.dims), **more}, points)

        def report(event: Event) -> None:
            if isinstance(event, Stage):
                emit(step(event.name, event.fraction, event.points))

        emit(step("start", 0.0))
        made = projection.project_moments(
            tables,
            min(request.dims, dim),
            request.method,
            directions=request.directions,
            axes_of=request.axes_of,
            rotate=self._rotate,
            seed=request.seed,
            settings=request.settings,
            report=report,
        )
        made = replace(made, points=in_space(made.points, request.dims))
        if not request.rows:
            self._report_left_out(made.points[-1])
        found = _facts(made)
        emit(step("layout", 1.0, made.points))
        trust = _trust_in_last(made.points[-1], tables[-1], n_measured, report)
        jitter = _jitter(made.points, tables, report)
        measured = {"trust": trust, "jitter": jitter}
        return Step({**header("done", 1.0, request.dims), **found, **measured}, made.points)

    def _tables(self, request: ProjectionRequest, check: Check) -> list[Vectors]:
        tables: list[Vectors] = [CheckedTable(each.vectors, check) for each in self._timeline]
        if not request.rows:
            return tables
        ids = np.frombuffer(request.rows, dtype="<u4").astype(np.int64)
        return [DerivedTable(table, len(ids), ids) for table in tables]

    def _report_left_out(self, points: Points) -> None:
        ids = np.flatnonzero(np.isnan(points).any(axis=1))
        if not len(ids) or self._has_reported:
            return
        self._has_reported = True
        first = [repr(self._timeline.vocabulary.readable(row)) for row in ids[:NAMED].tolist()]
        names = ", ".join([*first, *(["…"] if len(ids) > NAMED else [])])
        self._report(Note(f"tokens without a place in the last moment, {len(ids):,}: {names}"))


def _facts(made: MomentsProjection) -> dict[str, object]:
    """Return what the headers say of all moments."""
    explained = made.explained_variance_ratio
    return {
        "axisNames": list(made.axis_names),
        "explained": None if explained is None else [float(share) for share in explained],
        "recall": made.recall,
        "moments": len(made.points),
        "rotated": made.rotated,
    }


def _trust_in_last(
    points: Points, table: Vectors, n_measured: int, report: Reporter
) -> dict[str, float | None] | None:
    """Return the trust in the points of the last moment, those that there are."""
    ids: NDArray[np.int64] = np.flatnonzero(np.isfinite(points).all(axis=1))
    if len(ids) == len(points):
        return measured_trust(points, table, n_measured, report)
    return measured_trust(points[ids], DerivedTable(table, len(ids), ids), n_measured, report)


def _jitter(points: Points, tables: Sequence[Vectors], report: Reporter) -> float | None:
    """Return how far tokens move without a reason, None where that cannot be measured."""
    if len(tables) == 1:
        return None
    found = projection.jitter(points, tables, sample=_n_in_jitter(len(tables)), report=report)
    return found if np.isfinite(found) else None


def _n_in_jitter(n_moments: int) -> int:
    return max(MIN_MEASURED, min(MAX_MEASURED, MEASURED_ROWS // n_moments))


def _expected_seconds(
    request: ProjectionRequest, n_moments: int, n_rows: int, dim: int, n_measured: int
) -> dict[str, float]:
    """Return the expected seconds of the stages, in their order."""
    numbers = n_moments * n_rows * dim
    alone = expected_seconds(request.method, n_rows, dim, n_measured, settings=request.settings)
    recall, trust = alone.pop("recall", 0.0), alone.pop("trust", 0.0)
    stages = {name: n_moments * seconds for name, seconds in alone.items()}
    stages["start"] = alone["start"] + 1e-8 * numbers  # axes of one moment, lengths of all
    if request.method == "umap":
        stages["neighbors"] += n_moments * recall
        stages["layout"] += alone["layout"]  # that of the last moment, from which all start
    else:
        stages["projecting"] = 0.1 + 1e-8 * numbers
    stages["trust"] = trust
    stages["jitter"] = 0.1 + 1.5e-8 * numbers + 1e-8 * n_moments * n_rows * _n_in_jitter(n_moments)
    return stages

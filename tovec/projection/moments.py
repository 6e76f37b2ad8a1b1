"""One picture of a table at several moments: meaning moves, the axes do not.

Every moment is drawn on the axes of one of them (PCA), or all are laid out together (UMAP; joint_umap.py).
Moments of one run lie in one space as they are, and are not rotated against each other: what a rotation
took away would be learning. Tables that were trained apart, such as word2vec's of different years, each lie
in a space of their own; they are rotated onto their neighbors in time first (orthogonal Procrustes;
Schönemann 1966; for years, Hamilton, Leskovec and Jurafsky 2016, arXiv:1605.09096).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSetting, TovecError
from tovec.progress import Event, Reporter, Stage, StageReporter, part_of
from tovec.projection.axes import first_axes
from tovec.projection.pca import fitted_axes
from tovec.projection.points import FiniteRows, PlacedTable
from tovec.projection.settings import DEFAULTS, Settings, check_settings
from tovec.vectors.cosine import row_norms
from tovec.vectors.derived import UnitTable
from tovec.vectors.orthogonal import are_rotated, rotation_onto
from tovec.vectors.principal_axes import along
from tovec.vectors.table import Vectors

MOMENT_METHODS = ("none", "pca", "umap")
AXES_OF = ("last", "first")

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class MomentsProjection:
    """Where each row of a table lies at several moments, all in one picture.

    points: (n_moments, n_rows, dims) float32, NaN for a row without a place at a moment. method, axis_names:
    as of a `Projection`. explained_variance_ratio: (dims,), that of the moment whose axes these are; None
    where the method has none. recall: the share of the true neighbors that the method was computed from, the
    mean of all moments; None where it needs none. rotated: whether the tables were rotated onto each other.
    """

    points: NDArray[np.float32]
    method: str
    axis_names: tuple[str, ...]
    explained_variance_ratio: NDArray[np.float64] | None = None
    recall: float | None = None
    rotated: bool = False


def project_moments(
    tables: Sequence[Vectors],
    dims: int,
    method: str = "pca",
    *,
    directions: bool | None = None,
    axes_of: str = "last",
    rotate: bool | None = None,
    seed: int = 0,
    settings: Settings = DEFAULTS,
    report: Reporter | None = None,
) -> MomentsProjection:
    """Return the points of the rows of all `tables`, each (n_rows, dim), in one picture.

    tables: the same tokens in the same rows, the earliest moment first. method: "pca" draws all on the
    principal axes of one of them, from its mean: the last, or with axes_of="first" the first, in which a row
    has a place (a run may have diverged since). "umap": laid out together, see `joint_umap`. "none": the
    first `dims` numbers of every row.
    directions: rows count at length 1, since those of an untrained table are tiny; False: at their own. None:
    at length 1, except for "none", which draws the numbers as they are. UMAP sees only directions.
    rotate: each table is rotated onto the next (with axes_of="first", the one before); None: where
    `are_rotated` finds that the last two tables are. It concerns PCA alone: neighbors stay the same under
    rotations, and "none" draws numbers as they are.
    A row that holds NaN or infinity has no place at that moment, nor has one of zeros where directions count,
    and one too large beside the others where they do not: its point is NaN.
    Stages of `report` count all moments, and hold points of the last one alone, (n_rows, dims).
    Raises BadSetting for tables of different shapes, another method (t-SNE too) or axes_of, and dims out of
    range; TovecError for no tables, where no row of any has a place, and for UMAP of the last either.
    """
    _check(tables, dims, method, axes_of, settings)
    directions = method != "none" if directions is None else directions
    progress = StageReporter(report)
    progress.now("start", 0.0)
    moments = []
    for index, table in enumerate(tables):
        moments.append(_placed(table, directions or method == "umap"))
        progress.sometimes("start", 0.5 * index / len(tables))
    if method == "none":
        points = np.stack([_spread(first_axes(each.rows, dims).points, each) for each in moments])
        return MomentsProjection(points, method, first_axes(tables[0][:1], dims).axis_names)
    placed = [number for number, each in enumerate(moments) if len(each.placed.ids)]
    if not placed:
        raise TovecError("no row of any table has a direction, so there are no axes to draw on")
    fixed = placed[-1 if axes_of == "last" else 0]
    if method == "umap":
        if placed[-1] != len(moments) - 1:
            raise TovecError(
                "no row of the last table has a direction, and UMAP starts from it; pca draws the others"
            )
        from tovec.projection.joint_umap import joint_umap

        missing = ~moments[-1].placed.mask

        def report_placed(event: Event) -> None:
            assert report is not None
            if isinstance(event, Stage) and event.points is not None:
                event.points[missing] = np.nan
            report(event)

        reporting = None if report is None else report_placed
        points, recall = joint_umap(moments, dims, seed, settings, reporting)
        for each, moment in zip(points, moments, strict=True):
            each[~moment.placed.mask] = np.nan
        names = tuple(f"UMAP {axis + 1}" for axis in range(dims))
        return MomentsProjection(points, method, names, recall=recall)
    return _on_axes(moments, fixed, dims, rotate, seed, settings, report)


def _on_axes(
    moments: Sequence[PlacedTable],
    fixed: int,
    dims: int,
    rotate: bool | None,
    seed: int,
    settings: Settings,
    report: Reporter | None,
) -> MomentsProjection:
    """Return the rows of all moments along the principal axes of moment `fixed`, from its mean."""
    progress = StageReporter(report)
    axes = fitted_axes(moments[fixed].rows, dims, seed, progress, settings.components)
    if rotate is None:
        placed = [each.table for each in moments if len(each.placed.ids)]
        rotate = len(placed) > 1 and are_rotated(placed[-2], placed[-1], progress)
    points = np.empty((len(moments), moments[0].table.shape[0], dims), dtype=np.float32)
    order = [*range(fixed, -1, -1), *range(fixed + 1, len(moments))]  # from the fixed one on, both ways
    for n_done, index in enumerate(order):
        moment = moments[index]
        if abs(index - fixed) <= 1:
            mean, directions = axes.mean, axes.directions  # in the space of the table that is drawn
        if rotate and n_done:
            before = moments[index + 1 if index < fixed else index - 1]
            ids = np.arange(len(points[0]))
            rotation = rotation_onto(UnitTable(moment.table), UnitTable(before.table), ids, progress)
            mean, directions = rotation @ mean, directions @ rotation.T
        part = StageReporter(part_of(report, "projecting", n_done, len(moments)))
        points[index] = _spread(along(moment.rows, mean, directions, dims, part), moment)
    return MomentsProjection(points, "pca", axes.names, axes.ratios, rotated=rotate)


def _placed(table: Vectors, directions: bool) -> PlacedTable:
    if directions:
        return PlacedTable(UnitTable(table), FiniteRows(row_norms(table) > 0))
    return PlacedTable(table, FiniteRows.of(table))


def _spread(points: NDArray[np.float32], moment: PlacedTable) -> NDArray[np.float32]:
    return moment.placed.spread(points)


def _check(tables: Sequence[Vectors], dims: int, method: str, axes_of: str, settings: Settings) -> None:
    if not tables:
        raise TovecError("there are no moments to draw")
    if len({tuple(table.shape) for table in tables}) > 1:
        shapes = " and ".join(sorted({f"{n:,} × {dim}" for n, dim in (table.shape for table in tables)}))
        raise BadSetting("tables", shapes, "the same rows of one dim at every moment")
    n_rows, dim = tables[0].shape
    if n_rows == 0:
        raise TovecError("there are no tokens to draw")
    if method not in MOMENT_METHODS:
        rule = f"one of {', '.join(MOMENT_METHODS)} for several moments"
        if method == "tsne":
            rule += " (openTSNE lays out one table at a time; umap lays out all together)"
        raise BadSetting("method", method, rule)
    if axes_of not in AXES_OF:
        raise BadSetting("axes_of", axes_of, " or ".join(AXES_OF))
    if not 1 <= dims <= dim:
        raise BadSetting("dims", dims, f"1 to {dim}, the length of the vectors")
    check_settings(settings, method, dims, dim)

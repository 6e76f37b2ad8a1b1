"""Several tables in one picture: snapshots of a run, or two tables of the same tokens.

Training and seeds turn a whole table about the origin, which no similarity sees but a picture would
show as motion. So each table is first turned onto the one before it, by the rotation that brings the
rows at length 1 of the tokens they share nearest to each other (orthogonal Procrustes; Schönemann 1966).
What still moves in the picture has moved among its neighbors.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSetting, TovecError
from tovec.progress import Report, Reporter
from tovec.projection.pca import axis_names
from tovec.projection.points import Points, Projection
from tovec.vectors.orthogonal import Shared, Similarity, rotation_onto, similarity_onto
from tovec.vectors.principal_axes import along, mean_and_total, principal_axes
from tovec.vectors.table import Vectors

METHODS = ("pca", "umap")

Matrix = NDArray[np.float64]


def aligned(
    tables: Sequence[Vectors],
    dims: int,
    method: str = "pca",
    *,
    shared: Sequence[Shared],
    seed: int = 0,
    report: Report | None = None,
) -> list[Projection]:
    """Return a projection of every table, such that what they share lies in the same places.

    shared: for each table after the first, the ids (m,) of tokens in the table before it and the ids
    (m,) of the same tokens in it. method "pca": the first table has its principal components; each next
    one, turned onto the one before it, is drawn along the same axes from the same mean, and at its own
    lengths. A table of another dim than the one before it has components of its own, and its points are
    turned, mirrored, scaled and moved onto those of the shared tokens. "umap": so is every map after
    the first.
    Raises BadSetting for another method or ids that do not fit, TovecError for tables that share nothing.
    """
    if method not in METHODS:
        raise BadSetting("method", method, f"one of {', '.join(METHODS)} for several tables in one picture")
    _check_shared(tables, shared)
    if method == "pca":
        return _by_pca(tables, dims, shared, seed, report)
    return _by_umap(tables, dims, shared, seed, report)


def _by_pca(
    tables: Sequence[Vectors], dims: int, shared: Sequence[Shared], seed: int, report: Report | None
) -> list[Projection]:
    told = Reporter(report)
    axes = principal_axes(tables[0], dims, seed, told)
    mean, directions = axes.mean, axes.directions  # in the space of the newest table
    move: Similarity | None = None  # since the last table of another dim
    made: list[Projection] = []
    for index, table in enumerate(tables):
        is_new_space = index > 0 and table.shape[1] != tables[index - 1].shape[1]
        if is_new_space:
            axes = principal_axes(table, dims, seed, told)
            mean, directions = axes.mean, axes.directions
        elif index > 0:
            turn = rotation_onto(table, tables[index - 1], shared[index - 1], told)
            mean, directions = turn @ mean, directions @ turn.T
        points = along(table, mean, directions, dims, told)
        if is_new_space:
            move = similarity_onto(points, made[-1].points, shared[index - 1])
        if move is not None:
            names = tuple(f"axis {axis + 1}" for axis in range(dims))
            made.append(Projection(move(points), "pca", names))
        else:
            ratios = _ratios(table, points, told)
            made.append(Projection(points, "pca", axis_names(ratios), ratios))
    return made


def _by_umap(
    tables: Sequence[Vectors], dims: int, shared: Sequence[Shared], seed: int, report: Report | None
) -> list[Projection]:
    from tovec.projection.umap import umap

    made: list[Projection] = []
    for index, table in enumerate(tables):
        found = umap(table, dims, seed=seed, report=report)
        if index > 0:
            move = similarity_onto(found.points, made[-1].points, shared[index - 1])
            found = replace(found, points=move(found.points))
        made.append(found)
    return made


def _ratios(table: Vectors, points: Points, told: Reporter) -> Matrix:
    """Return the share of the variance of `table` along each axis of `points`, (dims,)."""
    _, total = mean_and_total(table, told)
    along_axes = points.var(axis=0, dtype=np.float64) * len(points)
    return np.asarray((along_axes / total).clip(0.0, 1.0) if total > 0 else np.zeros_like(along_axes))


def _check_shared(tables: Sequence[Vectors], shared: Sequence[Shared]) -> None:
    if not tables or len(shared) != len(tables) - 1:
        rule = f"a pair of ids between every two of {len(tables)} tables"
        raise BadSetting("shared", f"{len(shared)} pairs", rule)
    for index, pair in enumerate(shared):
        if len(pair[0]) != len(pair[1]):
            raise BadSetting("shared", f"{len(pair[0])} and {len(pair[1])} ids", "as many ids in both tables")
        if len(pair[0]) == 0:
            raise TovecError(
                f"tables {index + 1} and {index + 2} share no token, so neither can lie on the other"
            )

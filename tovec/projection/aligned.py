"""Projections of several tables on common axes: snapshots of a run, or two tables of the same tokens.

Training and seeds rotate a whole table about the origin, which changes no similarity, but would look like
motion in a projection. So each table is first rotated onto the one before it, by the rotation that brings
the unit rows of the tokens they share nearest to each other (orthogonal Procrustes; Schönemann 1966). A
token that still moves in the projection has moved among its neighbors.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSetting, TovecError
from tovec.progress import Reporter, StageReporter
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
    report: Reporter | None = None,
) -> list[Projection]:
    """Return a projection of every table, with the tokens that they share in about the same places.

    shared: for each table after the first, the ids (m,) of tokens in the table before it and the ids
    (m,) of the same tokens in it. method "pca": the principal components of the first table; each next
    table, rotated onto the one before it, is projected on the same axes from the same mean, at its own
    lengths. A table whose dim differs from that of the one before it has its own components, and its points
    are rotated, mirrored, scaled and shifted onto those of the shared tokens. "umap": that is done with
    every map after the first.
    Raises BadSetting for another method or ids that do not match, TovecError for tables that share no token.
    """
    if method not in METHODS:
        raise BadSetting("method", method, f"one of {', '.join(METHODS)} for several tables on common axes")
    _check_shared(tables, shared)
    if method == "pca":
        return _by_pca(tables, dims, shared, seed, report)
    return _by_umap(tables, dims, shared, seed, report)


def _by_pca(
    tables: Sequence[Vectors], dims: int, shared: Sequence[Shared], seed: int, report: Reporter | None
) -> list[Projection]:
    progress = StageReporter(report)
    axes = principal_axes(tables[0], dims, seed, progress)
    mean, directions = axes.mean, axes.directions  # in the space of the newest table
    transform: Similarity | None = None  # of all tables since the last change of dim
    made: list[Projection] = []
    for index, table in enumerate(tables):
        is_new_space = index > 0 and table.shape[1] != tables[index - 1].shape[1]
        if is_new_space:
            axes = principal_axes(table, dims, seed, progress)
            mean, directions = axes.mean, axes.directions
        elif index > 0:
            rotation = rotation_onto(table, tables[index - 1], shared[index - 1], progress)
            mean, directions = rotation @ mean, directions @ rotation.T
        points = along(table, mean, directions, dims, progress)
        if is_new_space:
            transform = similarity_onto(points, made[-1].points, shared[index - 1])
        if transform is not None:
            names = tuple(f"axis {axis + 1}" for axis in range(dims))
            made.append(Projection(transform(points), "pca", names))
        else:
            ratios = _ratios(table, points, progress)
            made.append(Projection(points, "pca", axis_names(ratios), ratios))
    return made


def _by_umap(
    tables: Sequence[Vectors], dims: int, shared: Sequence[Shared], seed: int, report: Reporter | None
) -> list[Projection]:
    from tovec.projection.umap import umap

    made: list[Projection] = []
    for index, table in enumerate(tables):
        found = umap(table, dims, seed=seed, report=report)
        if index > 0:
            transform = similarity_onto(found.points, made[-1].points, shared[index - 1])
            found = replace(found, points=transform(found.points))
        made.append(found)
    return made


def _ratios(table: Vectors, points: Points, progress: StageReporter) -> Matrix:
    """Return the share of the variance of `table` along each axis of `points`, (dims,)."""
    _, total = mean_and_total(table, progress)
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
            raise TovecError(f"tables {index + 1} and {index + 2} share no token, so they cannot be aligned")

"""How much a picture of several moments moves without a reason in the vectors."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tovec.progress import Reporter, StageReporter
from tovec.search.neighbor_graph import NeighborGraph
from tovec.vectors.cosine import unit_rows_float32
from tovec.vectors.table import Ids, Vectors, blocks

NEIGHBORS = 10  # of a token, which have to be the same tokens at both moments
SCORES = 1 << 24  # cosines at a time, 64 MB


def jitter(
    points: NDArray[np.float32],
    tables: Sequence[Vectors | NeighborGraph],
    *,
    sample: int = 500,
    seed: int = 0,
    report: Reporter | None = None,
) -> float:
    """Return how far tokens move between two consecutive moments although their neighbors stayed.

    points: (n_moments, n_rows, dims), NaN for a row without a place. tables: of each moment, (n_rows, dim),
    or its neighbors, at least ten of each row where there are so many.
    Counted is every token, between every two consecutive moments at both of which it has a place and a
    direction, whose ten nearest by cosine are the same tokens at both, in any order. The jitter is the median
    of the distances that they move on the picture, by its size: the root mean square distance of all points
    of all moments from their mean. So 0 is a picture where they lie still; in one that jumps as a whole they
    do not. NaN where no token counts.
    sample: tables of more rows are measured on so many random ones, among all; of graphs all rows count.
    report: called with the stage "jitter".
    """
    n_rows = points.shape[1]
    rows = np.arange(n_rows)
    if n_rows > sample and not all(isinstance(table, NeighborGraph) for table in tables):
        rows = np.sort(np.random.default_rng(seed).choice(n_rows, sample, replace=False))
    placed = points[np.isfinite(points).all(axis=2)].astype(np.float64)
    size = float(np.sqrt(((placed - placed.mean(axis=0)) ** 2).sum(axis=1).mean())) if len(placed) else 0.0
    moved = []
    near = _near(tables, rows, StageReporter(report))
    for (before, now), (near_before, near_now) in zip(pairwise(points), pairwise(near), strict=True):
        distances = np.linalg.norm(now[rows].astype(np.float64) - before[rows], axis=1)
        stayed = (near_before == near_now).all(axis=1) & (near_now >= 0).all(axis=1) & np.isfinite(distances)
        moved.append(distances[stayed])
    counted = np.concatenate(moved) if moved else np.zeros(0)
    if not len(counted):
        return float("nan")
    return float(np.median(counted)) / size if size > 0 else 0.0


def _near(tables: Sequence[Vectors | NeighborGraph], rows: Ids, progress: StageReporter) -> Iterator[Ids]:
    """Yield for each moment the ids of the nearest of each row, ascending; -1 for one without direction."""
    for index, table in enumerate(tables):
        progress.now("jitter", index / len(tables))
        if isinstance(table, NeighborGraph):
            near = table.ids[:, :NEIGHBORS].astype(np.int64)
            near[~table.similarities.any(axis=1)] = -1
        else:
            near = _nearest(table, rows, index / len(tables), progress)
        yield np.sort(near, axis=1)


def _nearest(table: Vectors, rows: Ids, fraction: float, progress: StageReporter) -> Ids:
    n_rows = table.shape[0]
    k = min(NEIGHBORS, n_rows - 1)
    near = np.empty((len(rows), k), dtype=np.int64)
    step = max(1, SCORES // n_rows)
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        queries = unit_rows_float32(np.asarray(table[part], dtype=np.float32))
        scores = np.empty((len(part), n_rows), dtype=np.float32)
        for first, block in blocks(table):
            scores[:, first : first + len(block)] = queries @ unit_rows_float32(block).T
            progress.sometimes("jitter", fraction)
        scores[np.arange(len(part)), part] = -np.inf
        near[start : start + step] = np.argpartition(scores, min(n_rows - k, n_rows - 1), axis=1)[
            :, n_rows - k :
        ]
        near[start : start + step][~queries.any(axis=1)] = -1
    return near

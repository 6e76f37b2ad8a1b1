"""How far a projection can be trusted: whether neighbors in it are neighbors in the table."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.progress import Reporter, StageReporter
from tovec.projection.points import Points
from tovec.search.exact_graph import UnitBlocks
from tovec.threads import MAX_SHARES, Threads, shares
from tovec.vectors.cosine import unit_rows, unit_rows_float32
from tovec.vectors.table import Rows, Vectors, blocks

NEIGHBORS = 15  # of each row, at most
BLOCK_ROWS = 4096  # of the table, ranked at once
ALIKE = 1e-6  # between the numbers of two rows at length 1
CALL_PAIRS = 1 << 25  # of points, whose distances one call measures: some 0.1 s


@dataclass(frozen=True)
class Trust:
    """Two measures of a projection, each in [0, 1], and the number of rows they were measured on.

    Both are NaN where there is nothing to measure.
    """

    trustworthiness: float
    kept: float
    n_sampled: int


def trust(
    points: Points,
    vectors: Vectors,
    *,
    sample: int = 2000,
    seed: int = 0,
    report: Reporter | None = None,
) -> Trust:
    """Measure how well `points`, (n_rows, dims), keep the neighbors of the rows of `vectors`, by cosine.

    kept: the mean share of the k nearest in the table that are among the k nearest points.
    trustworthiness (Venna and Kaski 2001): 1 minus a penalty for each of the k nearest points that is not
    among the k nearest in the table, by its rank there. k is 15; trustworthiness is defined for
    k < n_rows / 2, so k is smaller for few rows. Tables of more than `sample` rows are
    measured on `sample` random rows, each against all rows. For fewer than 3 rows both are 1.0; for rows that
    all point the same way, none nearer than another, NaN.
    report: called with the stage "trust".
    """
    n_rows = len(points)
    k = min(NEIGHBORS, (n_rows - 1) // 2)
    if k < 1:
        return Trust(1.0, 1.0, n_rows)
    if _are_alike(vectors):
        return Trust(math.nan, math.nan, 0)
    rows = np.arange(n_rows)
    if n_rows > sample:
        rows = np.sort(np.random.default_rng(seed).choice(n_rows, sample, replace=False))
    progress = StageReporter(report)
    near = _nearest_points(points, rows, k, progress)
    ranks = _ranks(vectors, rows, near, progress)
    penalty = np.maximum(ranks - k, 0).sum(dtype=np.float64)
    worst = len(rows) * k * (2 * n_rows - 3 * k - 1) / 2
    return Trust(float(1 - penalty / worst), float((ranks <= k).mean()), len(rows))


def _are_alike(vectors: Vectors) -> bool:
    """Return whether all rows point the same way, as far as float32 can tell, or nowhere."""
    first = unit_rows_float32(np.asarray(vectors[:1], dtype=np.float32))
    return all(np.abs(unit_rows_float32(rows) - first).max() <= ALIKE for _, rows in blocks(vectors))


def _nearest_points(
    points: Points, rows: NDArray[np.int64], k: int, progress: StageReporter
) -> NDArray[np.int32]:
    """Return the ids of the `k` points nearest to each of `rows`, (len(rows), k)."""
    from tovec.projection import kernels

    near = np.zeros((len(rows), k), dtype=np.int32)
    distances = np.empty((len(rows), k), dtype=np.float32)
    step = min(-(-len(rows) // MAX_SHARES), max(1, CALL_PAIRS // len(points)))
    with Threads() as threads:
        calls = threads.each(
            (kernels.nearest_points, points, rows, start, min(start + step, len(rows)), near, distances)
            for start in range(0, len(rows), step)
        )
        for n_done, _ in enumerate(calls, start=1):
            progress.sometimes("trust", 0.5 * min(1.0, n_done * step / len(rows)))
    return near


def _ranks(
    vectors: Vectors, rows: NDArray[np.int64], near: NDArray[np.int32], progress: StageReporter
) -> NDArray[np.int64]:
    """Return the rank of each of `near` among the neighbors of its row, 1 is the nearest, (len(rows), k)."""
    from tovec.projection import kernels

    units = UnitBlocks(vectors, BLOCK_ROWS)
    sampled = unit_rows(np.asarray(vectors[rows], dtype=np.float32)).astype(np.float32)

    def scores_of(block: int) -> Rows:
        return np.asarray(sampled @ units[block][: units.length(block), : sampled.shape[1]].T)

    bars = np.empty(near.shape, dtype=np.float32)
    for block in range(units.n_blocks):
        scores = scores_of(block)
        at = near - block * BLOCK_ROWS
        here = (at >= 0) & (at < scores.shape[1])
        bars[here] = scores[np.nonzero(here)[0], at[here]]
        progress.sometimes("trust", 0.5 + 0.25 * block / units.n_blocks)
    ranks = np.ones(near.shape, dtype=np.int64)
    with Threads() as threads:
        for block in range(units.n_blocks):
            first = block * BLOCK_ROWS
            scores = scores_of(block)
            own = np.flatnonzero((rows >= first) & (rows < first + scores.shape[1]))
            scores[own, rows[own] - first] = -np.inf
            threads.run([
                (kernels.count_better, scores, start, stop, first, near, bars, ranks)
                for start, stop in shares(len(rows))
            ])  # fmt: skip
            progress.sometimes("trust", 0.75 + 0.25 * block / units.n_blocks)
    return ranks

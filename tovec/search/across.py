"""Neighbors of the rows of one table among the rows of another, by cosine or by CSLS.

CSLS, cross-domain similarity local scaling (Conneau et al. 2018, arXiv:1710.04087, section 2.3), of a row x
of the one table and y of the other:

    CSLS(x, y) = 2 cos(x, y) − r(x) − r(y)

with r(x) the mean cosine of x and its K = 10 nearest rows of the other table, and r(y) that of y and its K
nearest of the first. A row that is near to everything, a hub, has a large r and is found less often. For one
x the order of all y is that of cos(x, y) − r(y) / 2, so that is what is compared; products are float32.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tovec.progress import StageReporter
from tovec.search.exact_graph import BLOCK_ROWS, QUERY_NUMBERS, SPARE, START, TERMS, scratch
from tovec.threads import Threads
from tovec.vectors.cosine import unit_rows_float32
from tovec.vectors.table import Rows, Vectors

K = 10  # rows around a row, as in MUSE
NOWHERE = np.float32(8.0)  # subtracted from a row without direction: below START, whatever the cosine
FINDING, MEASURING = "finding", "measuring neighborhoods"  # stages, as progress calls them

Found = tuple[NDArray[np.int32], Rows]


def nearest_across(
    queries: Vectors,
    table: Vectors,
    k: int,
    progress: StageReporter,
    penalties: Rows | None = None,
    stage: str = FINDING,
) -> Found:
    """Return the rows of `table` of highest score for each row of `queries`: ids and scores, (n, k) each.

    The score is the cosine, less the row's `penalties`, (n_rows,) float32, where they are given: those of
    `csls_penalties` give the order of CSLS. Best first, ties by id. Rows of `table` without a direction are
    never found; where there are too few others, the score is START and the id means nothing. A query without
    a direction finds rows by their penalties alone. stage: what progress calls this.
    Both tables are read in blocks, `table` once for every QUERY_NUMBERS of queries.
    """
    n, dim = queries.shape
    ids = np.zeros((n, k), dtype=np.int32)
    best = np.full((n, k), START, dtype=np.float32)
    at_once = max(BLOCK_ROWS, QUERY_NUMBERS // (dim + 1))
    for first in range(0, n, at_once):
        part = slice(first, min(first + at_once, n))
        left = _with_a_number(unit_rows_float32(np.asarray(queries[part], dtype=np.float32)), 1.0)
        for done in _match_part(left, table, ids[part], best[part], penalties):
            progress.sometimes(stage, (first + done * (part.stop - first)) / n)
    return ids, best


def csls_penalties(queries: Vectors, table: Vectors, progress: StageReporter) -> Rows:
    """Return what CSLS subtracts from the cosine of each row of `table`, (n_rows,) float32: r(y) / 2.

    0 for a row without direction, and where no row of `queries` has one.
    """
    _, scores = nearest_across(table, queries, min(K, queries.shape[0]), progress, stage=MEASURING)
    known = scores > START
    sums = np.where(known, scores, 0).sum(axis=1, dtype=np.float64)
    penalties: Rows = (sums / np.maximum(known.sum(axis=1), 1) / 2).astype(np.float32)
    return penalties


def mutual_nearest(one: Vectors, other: Vectors, progress: StageReporter) -> NDArray[np.int64]:
    """Return the pairs of rows of two tables that are each other's nearest by CSLS, (n, 2)."""
    forth, scores = nearest_across(one, other, 1, progress, csls_penalties(one, other, progress))
    back, _ = nearest_across(other, one, 1, progress, csls_penalties(other, one, progress))
    rows = np.flatnonzero(scores[:, 0] > START)
    found = forth[rows, 0]
    is_mutual = back[found, 0] == rows
    return np.stack([rows[is_mutual], found[is_mutual].astype(np.int64)], axis=1)


def _match_part(
    left: Rows, table: Vectors, ids: NDArray[np.int32], best: Rows, penalties: Rows | None
) -> Iterator[float]:
    """Enter all rows of `table` among the best of the queries, padded as `left`; yield how much is done."""
    from tovec.search import graph_kernels as kernels

    n_rows, n = table.shape[0], len(ids)
    no_own = np.full(n, -1, dtype=np.int64)  # no row of another table is the query itself
    with Threads() as threads:
        for start in range(0, n_rows, BLOCK_ROWS):
            units = unit_rows_float32(np.asarray(table[start : start + BLOCK_ROWS], dtype=np.float32))
            given = np.float32(0) if penalties is None else penalties[start : start + BLOCK_ROWS]
            columns = np.ascontiguousarray(
                _with_a_number(units, -np.where(units.any(axis=1), given, NOWHERE)).T
            )
            tasks = (
                (
                    *(kernels.match_queries, left[first : first + BLOCK_ROWS + SPARE], columns),
                    *(no_own[first : first + BLOCK_ROWS], len(units), start),
                    *(ids[first : first + BLOCK_ROWS], best[first : first + BLOCK_ROWS]),
                    scratch(columns.shape[0]),
                )
                for first in range(0, n, BLOCK_ROWS)
            )
            for _ in threads.each(tasks):
                pass
            yield (start + len(units)) / n_rows


def _with_a_number(units: Rows, number: Rows | float) -> Rows:
    """Return rows with one more number each, padded with zeros as `graph_kernels.multiply` needs them."""
    n, dim = units.shape
    padded = np.zeros((n + SPARE, -(-(dim + 1) // TERMS) * TERMS), dtype=np.float32)
    padded[:n, :dim] = units
    padded[:n, dim] = number
    return padded

"""The nearest neighbors of every row of a table, by cosine: what a map keeps together.

The one place that makes them. All pairs of rows are compared where that is fast; a large table gets most of
them, and how many is measured on some rows.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.progress import Note, Reporter, StageReporter
from tovec.search.exact import nearest
from tovec.vectors.cosine import cosines
from tovec.vectors.table import Rows, Vectors

EXACT_PRODUCTS = 1 << 41  # numbers of all pairs of rows; some 20 s on two cores
MEASURED_ROWS = 256  # whose neighbors are searched exactly, for the recall, which errs by about 1 %
MEASURED_AT_ONCE = 64
TIED = 1e-6  # cosines that near are taken for equal, given the precision of float32


@dataclass(frozen=True)
class NeighborGraph:
    """The neighbors of every row, nearest first, the row itself left out.

    ids: (n_rows, k) int32. similarities: (n_rows, k) float32, their cosines. recall: the share of the true
    neighbors among them; 1.0 where all pairs were compared, else an estimate.
    """

    ids: NDArray[np.int32]
    similarities: Rows
    recall: float = 1.0

    def narrowed(self, k: int) -> "NeighborGraph":
        """Return the nearest `k` of each row, of no more than there are."""
        ids, similarities = self.ids[:, :k], self.similarities[:, :k]
        return NeighborGraph(np.ascontiguousarray(ids), np.ascontiguousarray(similarities), self.recall)


def neighbor_graph(
    vectors: Vectors,
    k: int = 15,
    *,
    exact: bool | None = None,
    seed: int = 0,
    report: Reporter | None = None,
) -> NeighborGraph:
    """Return the `k` rows of highest cosine to each row of `vectors`, (n_rows, dim).

    exact: whether all pairs of rows are compared, in time that grows with n_rows**2 * dim; None: where that
    is at most EXACT_PRODUCTS. Else most of the nearest are found, by random choices that `seed` makes;
    `recall` says how many.
    In a table of up to `k` rows, each row gets all others. Cosines err by about 1e-7, where not all pairs are
    compared by 1e-5; ties are in the order of ids. A row of zeros, or with NaN or infinity, has similarity 0
    to every other. Equal seeds give equal graphs on any number of threads.
    report: called with the stage "neighbors"; where not all pairs are compared also with the stage "recall"
    and a note that says how many were found.
    """
    n_rows, dim = vectors.shape
    k = max(0, min(k, n_rows - 1))
    progress = StageReporter(report)
    progress.now("neighbors", 0.0)
    if k == 0:
        return NeighborGraph(np.zeros((n_rows, 0), np.int32), np.zeros((n_rows, 0), np.float32))
    if compares_all_pairs(n_rows, dim) if exact is None else exact:
        from tovec.search.exact_graph import exact_graph

        ids, best = exact_graph(vectors, k, progress)
        return NeighborGraph(ids, best.clip(-1.0, 1.0))
    from tovec.search.approximate_graph import approximate_graph

    ids, best = approximate_graph(vectors, k, seed, progress)
    recall = _recall(vectors, ids, seed, progress)
    if report is not None:
        whole = math.floor(100 * recall)  # 100 % only where none is missing
        n_measured = min(n_rows, MEASURED_ROWS)
        report(Note(f"{whole} % of the nearest neighbors were found, as {n_measured} rows show"))
    return NeighborGraph(ids, best.clip(-1.0, 1.0), recall)


def neighbors_of_rows(
    vectors: Vectors, rows: NDArray[np.int64], k: int = 15, *, report: Reporter | None = None
) -> NeighborGraph:
    """Return the `k` rows of highest cosine to each of `rows`, ids (n,), among all of `vectors`.

    Exact, ties and rows without direction as in `neighbor_graph`, whose rows they are; time grows with
    n * n_rows * dim.
    """
    k = max(0, min(k, vectors.shape[0] - 1))
    if k == 0 or not len(rows):
        return NeighborGraph(np.zeros((len(rows), k), np.int32), np.zeros((len(rows), k), np.float32))
    from tovec.search.exact_graph import exact_rows

    progress = StageReporter(report)
    progress.now("neighbors", 0.0)
    ids, best = exact_rows(vectors, np.asarray(rows, dtype=np.int64), k, progress)
    return NeighborGraph(ids, best.clip(-1.0, 1.0))


def compares_all_pairs(n_rows: int, dim: int) -> bool:
    """Return whether the graph of a table of this size is exact unless told otherwise."""
    return n_rows**2 * dim <= EXACT_PRODUCTS


def _recall(vectors: Vectors, ids: NDArray[np.int32], seed: int, progress: StageReporter) -> float:
    """Return the share of the neighbors that are as near as the true ones, of MEASURED_ROWS random rows."""
    n_rows, k = ids.shape
    rows = np.arange(n_rows)
    if n_rows > MEASURED_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(n_rows, MEASURED_ROWS, replace=False))
    n_right, n_measured, norms = 0, 0, None
    for start in range(0, len(rows), MEASURED_AT_ONCE):
        progress.now("recall", start / len(rows))
        part = rows[start : start + MEASURED_AT_ONCE]
        queries = np.asarray(vectors[part], dtype=np.float32)
        found, norms = nearest(vectors, norms, queries, k, [[row] for row in part])
        for row, query, true in zip(part, queries, found, strict=True):
            if not true.similarities.any():  # a row without direction is near to none
                continue
            similarities = cosines(np.asarray(vectors[ids[row]], dtype=np.float32), query)
            n_right += int(np.count_nonzero(similarities >= true.similarities.min() - TIED))
            n_measured += k
    return n_right / n_measured if n_measured else 1.0

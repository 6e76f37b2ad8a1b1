"""Most of the nearest neighbors of every row, for tables where comparing all pairs takes minutes.

Random trees (Dasgupta and Freund 2008) cut the table into leaves of rows that point alike, and all pairs
within a leaf are compared. Then neighbors of neighbors are, round after round, as in NN-descent (Dong,
Moses and Li 2011), until few are nearer than what was found. Which pairs are compared depends on the seed
alone: a row changes only its own neighbors, and sees the others' as they were before the round.

Rows are compared as whole numbers of 16 bits: half the memory of float32, several times as fast, and exact
sums in any order, so equal rows have equal cosines and ties keep the order of ids.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.progress import StageReporter
from tovec.threads import MAX_SHARES, Threads, shares
from tovec.vectors.cosine import row_lengths
from tovec.vectors.table import Rows, Vectors, blocks

Ids = NDArray[np.int32]

N_TREES = 8
LEAF_ROWS = 128  # at most; the codes of a leaf stay in the cache
SPARE = 10  # neighbors found beyond those that are wanted: they lead to others
MAX_AROUND = 24  # of the nearest of a row, and of those that it is nearest to, lead on to others
MAX_ROUNDS = 12
SETTLED = 0.01  # share of the neighbors that still change in a round
LANES = 32  # codes are padded to a multiple of it
ROUND_ROWS = 1 << 10  # rows of a call: some 0.1 s
TREES_SHARE = 0.25  # of the progress
TRIES = 4  # pairs of rows drawn for a cut, until two differ


class Codes(NamedTuple):
    """The rows of a table that have a direction, at length `kernels.UNIT` and rounded.

    codes: (n, width) int16. shrinks: (n,) float32, 1 by the length of each. ids: (n,) their rows, ascending.
    """

    codes: NDArray[np.int16]
    shrinks: Rows
    ids: NDArray[np.int64]


class Found(NamedTuple):
    """What was found so far, best first: ids (n, k), cosines (n, k), and which entered in the last round."""

    ids: Ids
    best: Rows
    fresh: NDArray[np.bool_]


def approximate_graph(vectors: Vectors, k: int, seed: int, progress: StageReporter) -> tuple[Ids, Rows]:
    """Return ids (n_rows, k) and cosines (n_rows, k) of rows near to each row, as `neighbor_graph`.

    Cosines err by some 1e-5. A row without direction has similarity 0 to every other.
    """
    n_rows = vectors.shape[0]
    coded = _encoded(vectors, progress)
    n_wanted = min(k + SPARE, len(coded.ids) - 1)
    ids, best = np.empty((n_rows, k), dtype=np.int32), np.zeros((n_rows, k), dtype=np.float32)
    ids[:] = np.arange(k)
    ids += ids >= np.arange(n_rows)[:, None]
    if n_wanted < 1:
        return ids, best
    found = _found(coded, n_wanted, seed, progress)
    _enter_directed(coded.ids, found, ids, best)
    return ids, best


def _encoded(vectors: Vectors, progress: StageReporter) -> Codes:
    from tovec.search import graph_kernels as kernels

    n_rows, dim = vectors.shape
    codes = np.zeros((n_rows, -(-dim // LANES) * LANES), dtype=np.int16)
    shrinks, ids = np.empty(n_rows, dtype=np.float32), np.empty(n_rows, dtype=np.int64)
    n = 0
    for start, rows in blocks(vectors):
        lengths = row_lengths(rows)
        directed = np.flatnonzero(lengths)
        if len(directed) < len(rows):
            rows, lengths = rows[directed], lengths[directed]
        kernels.encode(np.ascontiguousarray(rows), lengths, n, codes, shrinks)
        ids[n : n + len(directed)] = start + directed
        n += len(directed)
        progress.sometimes("neighbors", 0.2 * TREES_SHARE * start / n_rows)
    return Codes(codes[:n], shrinks[:n], ids[:n])


def _found(coded: Codes, k: int, seed: int, progress: StageReporter) -> Found:
    """Return rows near to each of the coded ones, by their places among these."""
    from tovec.search import graph_kernels as kernels

    codes, shrinks, _ = coded
    n = len(codes)
    found = Found(
        np.full((n, k), -1, dtype=np.int32),
        np.full((n, k), -2.0, dtype=np.float32),
        np.zeros((n, k), np.bool_),
    )
    order = _match_trees(coded, found, seed, progress)
    n_around = min(k, MAX_AROUND)
    near, n_near = np.empty((n, 2 * n_around), dtype=np.int32), np.empty(n, dtype=np.int32)
    scores = np.empty((n, n_around), dtype=np.float32)
    met = np.full((MAX_SHARES, n), -1, dtype=np.int32)
    left = 1 - TREES_SHARE
    with Threads() as threads:
        for _ in range(MAX_ROUNDS):
            kernels.link(found.ids, found.best, found.fresh, near, n_near, scores)
            step = MAX_SHARES * ROUND_ROWS
            for start in range(0, n, step):
                stop = min(n, start + step)
                threads.run(
                    (
                        kernels.explore,
                        order,
                        start + first,
                        start + last,
                        codes,
                        shrinks,
                        near,
                        n_near,
                        *found,
                        each,
                    )
                    for (first, last), each in zip(shares(stop - start), met, strict=False)
                )
                progress.sometimes("neighbors", 1 - left * (1 - 0.5 * stop / n))
            left /= 2
            if np.count_nonzero(found.fresh) <= SETTLED * found.fresh.size:
                break
    return found


def _match_trees(coded: Codes, found: Found, seed: int, progress: StageReporter) -> Ids:
    """Compare the rows within the leaves of N_TREES trees; return the rows in the order of the last one."""
    from tovec.search import graph_kernels as kernels

    n = len(coded.codes)
    trees: list[tuple[Ids, NDArray[np.int64]]] = [None] * N_TREES  # type: ignore[list-item]

    def grow(tree: int) -> None:
        trees[tree] = _tree(coded.codes, found.ids.shape[1] + 1, np.random.default_rng([seed, tree]))

    with Threads() as threads:
        for n_done, _ in enumerate(threads.each((grow, tree) for tree in range(N_TREES)), start=1):
            progress.sometimes("neighbors", TREES_SHARE * (0.2 + 0.3 * n_done / N_TREES))
        for tree, (order, bounds) in enumerate(trees):
            step = max(1, ROUND_ROWS // LEAF_ROWS)
            calls = threads.each(
                (kernels.match_leaves, order, bounds[at : at + step + 1], coded.codes, coded.shrinks, *found)
                for at in range(0, len(bounds) - 1, step)
            )
            for n_done, _ in enumerate(calls, start=1):
                part = (tree + min(1.0, n_done * step / len(bounds))) / N_TREES
                progress.sometimes("neighbors", TREES_SHARE * (0.5 + 0.5 * part))
    assert n == len(order)
    return order


def _tree(
    codes: NDArray[np.int16], least: int, generator: np.random.Generator
) -> tuple[Ids, NDArray[np.int64]]:
    """Return the rows in an order in which those of a leaf are together, and where the leaves begin and end.

    Each part is cut in the middle of the direction between two of its rows, while it holds more than
    LEAF_ROWS; a leaf has `least` rows or more, if there are so many.
    """
    order = np.arange(len(codes), dtype=np.int32)
    bounds = [0, len(codes)]
    while bounds[1] - bounds[0] > max(LEAF_ROWS, 2 * least):
        cuts = []
        for start, stop in pairwise(bounds):
            members = order[start:stop]
            half = len(members) // 2
            members[:] = members[np.argpartition(_leans(codes, members, generator), half)]
            cuts += [start, start + half]
        bounds = [*cuts, len(codes)]
    return order, np.array(bounds, dtype=np.int64)


def _leans(codes: NDArray[np.int16], members: Ids, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return how much more each of `members` points to one of two random ones than to the other."""
    from tovec.search import graph_kernels as kernels

    leans = np.zeros(len(members), dtype=np.int64)
    for _ in range(TRIES):
        one, other = members[generator.choice(len(members), 2, replace=False)]
        if (codes[one] != codes[other]).any():
            kernels.lean(codes, members, one, other, leans)
            break
    return leans


def _enter_directed(rows: NDArray[np.int64], found: Found, ids: Ids, best: Rows) -> None:
    """Write what was found of `rows`, and the rows without direction where a cosine of 0 is nearer."""
    k = ids.shape[1]
    near, scores = rows[found.ids], found.best
    undirected = np.setdiff1d(np.arange(len(ids)), rows, assume_unique=True)[:k]
    if len(undirected):
        near = np.hstack([near, np.broadcast_to(undirected, (len(near), len(undirected)))])
        scores = np.hstack([scores, np.zeros((len(near), len(undirected)), dtype=np.float32)])
        by_rank = np.lexsort((near, -scores), axis=1)[:, :k]
        near, scores = np.take_along_axis(near, by_rank, 1), np.take_along_axis(scores, by_rank, 1)
    ids[rows], best[rows] = near[:, :k], scores[:, :k]

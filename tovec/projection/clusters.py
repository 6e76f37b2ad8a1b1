"""Clusters of tokens by the direction of their vectors, found in the vectors and not in a projection.

Spherical k-means (Dhillon and Modha 2001) on unit rows with their mean subtracted. The vectors of a table
share a common direction that carries no meaning (Mu and Viswanath 2018, arXiv:1702.01417); without the
subtraction all tokens look alike and clusters differ mostly along it. Centers start by k-means++ (Arthur and
Vassilvitskii 2007) and are fitted on a few thousand rows, the most frequent tokens where counts are known,
because rare tokens are still close to their random start; then every row goes to its nearest center.

The number of clusters is the largest that splits no cluster in half. A silhouette (Rousseeuw 1987; to centers
rather than to all rows, as in Vendramin et al. 2010) measures how much nearer a row is to its own center than
to the next; that of the halves of a split cluster is near 0. The mean over all rows, which is commonly
maximized, falls steadily where a table is a continuum, and would give two or three clusters for any size.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.progress import Reporter, StageReporter
from tovec.vectors.cosine import unit_rows_float32
from tovec.vectors.table import Vectors, blocks

Rows = NDArray[np.float32]

MAX_CLUSTERS = 12  # colors that can be told apart
NONE = 255  # the code of a row without direction
MIN_MEMBERS = 4  # on average, so that there is something to name
N_TYPICAL = 10
SAMPLE_ROWS = 6000
SAMPLE_NUMBERS = 1 << 22  # so wide tables have smaller samples,
MIN_SAMPLE_ROWS = 1500  # but not below this
STARTS = 3
TRIALS = 4
MAX_ROUNDS = 40
CONVERGED = 1e-3  # share of rows that still change their center
MIN_SILHOUETTE = 0.5  # of the best mean silhouette: a cluster with less is half of one


class Clusters(NamedTuple):
    """The cluster of every row, and the typical rows of every cluster.

    codes: (n_rows,) uint8, 0 for the most populous; NONE for a row without direction. typical: for each
    cluster the ids of up to N_TYPICAL rows, the most typical first.
    """

    codes: NDArray[np.uint8]
    typical: list[list[int]]


def clusters(
    vectors: Vectors, *, counts: NDArray[Any] | None = None, seed: int = 0, report: Reporter | None = None
) -> Clusters:
    """Return at most MAX_CLUSTERS groups of the rows of `vectors`, (n_rows, dim), by direction.

    counts: (n_rows,) how often each token occurred, None if unknown. A row is typical if it is near its
    center, nearer than to any other, and its token is frequent: its cosine with the center, times how much
    larger that is than the next, times log(1 + count).
    The length of rows does not matter. Fewer than 2 · MIN_MEMBERS rows are one cluster; a table of zeros has
    none. Equal seeds give equal clusters.
    """
    progress = StageReporter(report)
    progress.now("clusters", 0.0)
    mean, directed = _mean_direction(vectors, progress)
    generator = np.random.default_rng(seed)
    sample = _sample(vectors, directed, counts, generator)
    if len(sample) == 0:
        return Clusters(np.full(vectors.shape[0], NONE, dtype=np.uint8), [])
    sampled = _centered_units(np.asarray(vectors[sample], dtype=np.float32), mean)
    centers = _centers(sampled, generator, progress)
    codes, scores = _assign(vectors, mean, directed, centers, progress)
    if counts is not None:
        scores *= np.log1p(counts)
    return _named(codes, scores)


def _mean_direction(vectors: Vectors, progress: StageReporter) -> tuple[Rows, NDArray[np.bool_]]:
    """Return the mean of the unit rows, (dim,), and which rows have a direction, (n_rows,)."""
    summed = np.zeros(vectors.shape[1])
    directed = np.zeros(vectors.shape[0], dtype=bool)
    for start, rows in blocks(vectors):
        units = unit_rows_float32(rows)
        summed += units.sum(axis=0)
        directed[start : start + len(rows)] = units.any(axis=1)
        progress.sometimes("clusters: reading", start / len(directed))
    n_directed = max(1, int(np.count_nonzero(directed)))
    return (summed / n_directed).astype(np.float32), directed


def _sample(
    vectors: Vectors, directed: NDArray[np.bool_], counts: NDArray[Any] | None, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Return ids of rows to fit the centers on, ascending: the most frequent, or random ones."""
    ids = np.flatnonzero(directed)
    size = min(SAMPLE_ROWS, max(MIN_SAMPLE_ROWS, SAMPLE_NUMBERS // vectors.shape[1]))
    if len(ids) <= size:
        return ids
    if counts is None:
        return np.sort(generator.choice(ids, size, replace=False))
    return np.sort(ids[np.argsort(-np.asarray(counts)[ids], kind="stable")[:size]])


def _centered_units(rows: Rows, mean: Rows) -> Rows:
    """Return the unit vectors of the unit `rows` minus their `mean`."""
    return unit_rows_float32(unit_rows_float32(rows) - mean)


def _centers(sampled: Rows, generator: np.random.Generator, progress: StageReporter) -> Rows:
    """Return the centers, (k, dim), for the largest k that splits no cluster of `sampled`."""
    most = min(MAX_CLUSTERS, len(sampled) // MIN_MEMBERS)
    cuts, overall, least = (
        [_unit_sums(sampled, np.zeros(len(sampled), dtype=np.int64), sampled[:1])],
        [0.0],
        [0.0],
    )
    for k in range(2, most + 1):
        centers = _best_cut(sampled, k, generator, progress, (k - 2) / (most - 1))
        if len(centers) < k:  # there are no more directions
            break
        silhouettes, codes = _silhouettes(sampled, centers)
        sizes = np.bincount(codes, minlength=k)
        by_cluster = np.bincount(codes, silhouettes, minlength=k) / np.maximum(sizes, 1)
        cuts.append(centers)
        overall.append(float(silhouettes.mean()))
        least.append(float(by_cluster.min()))
    unsplit = [cut for cut, worst in zip(cuts, least, strict=True) if worst >= MIN_SILHOUETTE * max(overall)]
    return unsplit[-1] if unsplit else cuts[int(np.argmax(overall))]


def _best_cut(
    sampled: Rows, k: int, generator: np.random.Generator, progress: StageReporter, done: float
) -> Rows:
    """Return the centers of the most coherent of STARTS runs of spherical k-means."""
    best, coherence = sampled[:0], -np.inf
    for _ in range(STARTS):
        centers = _start(sampled, k, generator)
        codes = np.full(len(sampled), -1)
        for _ in range(MAX_ROUNDS):
            progress.sometimes("clusters: centers", done)
            before, codes = codes, (sampled @ centers.T).argmax(axis=1)
            if np.count_nonzero(codes != before) <= CONVERGED * len(sampled):
                break
            centers = _unit_sums(sampled, codes, centers)
        reached = float((sampled @ centers.T).max(axis=1).mean())
        if reached > coherence:
            best, coherence = centers, reached
    return best


def _start(sampled: Rows, k: int, generator: np.random.Generator) -> Rows:
    """Return `k` rows far from each other, by k-means++; fewer where there are no others.

    Of TRIALS rows drawn at each step the one that leaves the others nearest is taken (greedy k-means++).
    """
    chosen = generator.integers(len(sampled), size=1)
    far = _distances(sampled, chosen)[:, 0]
    while len(chosen) < k and far.any():
        drawn = generator.choice(len(sampled), TRIALS, p=far / far.sum())
        farther = np.minimum(far[:, None], _distances(sampled, drawn))
        best = int(farther.sum(axis=0).argmin())
        chosen, far = np.append(chosen, drawn[best]), farther[:, best]
    return sampled[chosen]


def _distances(sampled: Rows, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return 1 - cosine of every row with those of `ids`, (n_rows, n_ids); 0 for the same direction."""
    distances = 1 - (sampled @ sampled[ids].T).astype(np.float64)
    distances[distances < 1e-6] = 0.0  # rounding
    return distances


def _unit_sums(sampled: Rows, codes: NDArray[np.int64], centers: Rows) -> Rows:
    """Return the direction of the sum of each cluster; a center without rows, or sum, stays."""
    belongs = (codes[:, None] == np.arange(len(centers))).astype(np.float32)
    moved = unit_rows_float32(belongs.T @ sampled)
    return np.where(moved.any(axis=1, keepdims=True), moved, centers)


def _silhouettes(sampled: Rows, centers: Rows) -> tuple[Rows, NDArray[np.int64]]:
    """Return how much nearer each row is to its own center than to the next, in [0, 1], and its code."""
    cosines = sampled @ centers.T
    next_best, best = np.partition(cosines, len(centers) - 2, axis=1)[:, -2:].T
    return (best - next_best) / np.maximum(1 - next_best, 1e-6), cosines.argmax(axis=1)


def _assign(
    vectors: Vectors, mean: Rows, directed: NDArray[np.bool_], centers: Rows, progress: StageReporter
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the code of every row and how typical it is of its cluster by direction alone."""
    codes = np.full(len(directed), NONE, dtype=np.uint8)
    scores = np.zeros(len(directed))
    for start, rows in blocks(vectors):
        part = slice(start, start + len(rows))
        cosines = _centered_units(rows, mean) @ centers.T
        best = cosines.max(axis=1)
        codes[part] = np.where(directed[part], cosines.argmax(axis=1), NONE)
        next_best = np.partition(cosines, -2, axis=1)[:, -2] if len(centers) > 1 else np.zeros(len(rows))
        scores[part] = np.maximum(best, 0.0) * (best - next_best)
        progress.sometimes("clusters: rows", start / len(directed))
    return codes, scores


def _named(codes: NDArray[np.uint8], scores: NDArray[np.float64]) -> Clusters:
    """Return the clusters that have rows, the most populous first, with their typical rows."""
    sizes = np.bincount(codes[codes != NONE])
    order = [int(code) for code in np.argsort(-sizes, kind="stable") if sizes[code]]
    renamed = np.full(256, NONE, dtype=np.uint8)
    renamed[order] = np.arange(len(order))
    typical = []
    for code in order:
        members = np.flatnonzero(codes == code)
        typical.append(members[np.argsort(-scores[members], kind="stable")[:N_TYPICAL]].tolist())
    return Clusters(renamed[codes], typical)

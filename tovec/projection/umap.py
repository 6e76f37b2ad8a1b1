"""UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426) of cosine neighbors, compiled by ourselves.

The fuzzy graph is that of umap-learn. The layout draws edges and noise at its rates; a drawn edge moves
the row it starts from, as in the paper's algorithm 5, where umap-learn moves the other one too: that
pulls twice as hard and keeps fewer neighbors (benchmarks/projection.py). Within an epoch each row sees
the others where the last epoch left them, so that threads need no locks and equal seeds give equal points
however many there are.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSetting
from tovec.progress import Report, Reporter
from tovec.projection.neighbors import NeighborGraph, neighbor_graph
from tovec.projection.pca import pca
from tovec.projection.points import Points, Projection
from tovec.threads import MOST_SHARES, Threads, shares
from tovec.vectors.table import Vectors

Floats = NDArray[np.float32]

START_SIZE = 10.0  # the longest side of the start, as in umap-learn
START_NOISE = 1e-4
N_NOISE = 5  # points that push for each drawn edge
SMALL = 10_000  # rows up to which there are EPOCHS[0], as in umap-learn
EPOCHS = 500, 200
PORTION = 1 << 17  # rows
EQUAL = 1e-6  # a cosine so near to 1 is that of equal directions: float32 tells no more


class FuzzyGraph(NamedTuple):
    """Edges in both directions, row by row: those of row i are others[offsets[i] : offsets[i + 1]]."""

    offsets: NDArray[np.int64]
    others: NDArray[np.int32]
    weights: Floats


def umap(
    vectors: Vectors,
    dims: int,
    *,
    graph: NeighborGraph | None = None,
    seed: int = 0,
    report: Report | None = None,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    n_epochs: int | None = None,
) -> Projection:
    """Return a UMAP of the rows of `vectors`, (n_rows, dim), by cosine, in 2 or 3 dimensions.

    graph: neighbors of every row; without it, or where it has fewer than are needed, they are found.
    n_neighbors: how many keep together, a row itself counted, as in umap-learn; at most all.
    min_dist: how near points may come, of a spread of 1. n_epochs: 500 up to 10,000 rows, 200 above.
    It starts from the principal components, so distant groups keep something of their places; axes and
    distances between groups mean little all the same. Equal seeds give equal points. One row, or rows
    with no neighbors to tell apart, lie where they start. Rows must be finite.
    report: called with the stages "start", "neighbors", "graph" and "layout".
    Raises BadSetting for other dims, n_neighbors below 2, min_dist below 0 or n_epochs below 1.
    """
    if dims not in (2, 3):
        raise BadSetting("dims", dims, "2 or 3 for a map")
    if n_neighbors < 2:
        raise BadSetting("n_neighbors", n_neighbors, "at least 2")
    if not 0 <= min_dist <= 1:
        raise BadSetting("min_dist", min_dist, "from 0 to 1")
    n_rows = vectors.shape[0]
    if n_epochs is None:
        n_epochs = EPOCHS[0] if n_rows <= SMALL else EPOCHS[1]
    if n_epochs < 1:
        raise BadSetting("n_epochs", n_epochs, "at least 1")
    told = Reporter(report)
    points = _start(vectors, dims, seed, told)
    told.now("start", 1.0, points[:, :dims])
    k = min(n_neighbors, n_rows) - 1
    if graph is None or graph.ids.shape[1] < k:
        graph = neighbor_graph(vectors, k, report=report)
    if k > 0:
        told.now("graph", 0.0)
        edges = fuzzy_graph(graph, k, told)
        a, b = curve(min_dist)
        points = _layout(points, dims, edges, a, b, n_epochs, seed, told)
    names = tuple(f"UMAP {axis + 1}" for axis in range(dims))
    return Projection(np.ascontiguousarray(points[:, :dims]), "umap", names)


def _start(vectors: Vectors, dims: int, seed: int, told: Reporter) -> Points:
    """Return the principal components at the size of a map, and a little noise, (n_rows, 3)."""
    from tovec.projection import kernels

    points = np.zeros((vectors.shape[0], kernels.DIMS), dtype=np.float32)

    def tell(_stage: str, fraction: float, _points: Points | None) -> None:
        told.sometimes("start", fraction)

    points[:, :dims] = pca(vectors, dims, seed=seed, report=tell).points
    if len(points) > 1:
        points *= START_SIZE / max(float(np.ptp(points, axis=0).max()), 1e-30)
        noise = np.random.default_rng(seed).standard_normal((len(points), dims), dtype=np.float32)
        points[:, :dims] += START_NOISE * noise
    return points


def fuzzy_graph(graph: NeighborGraph, k: int, told: Reporter) -> FuzzyGraph:
    """Return the union of the fuzzy neighborhoods of `k` neighbors, umap-learn's of k + 1.

    Weights are in [0, 1]. An edge of two rows has the same weight in both directions.
    """
    from tovec.projection import kernels

    ids = np.ascontiguousarray(graph.ids[:, :k])
    n_rows = len(ids)
    distances = 1 - graph.similarities[:, :k]
    distances[distances < EQUAL] = 0
    mean = float(distances.sum(dtype=np.float64)) / (n_rows * (k + 1))
    widths, memberships = np.empty(n_rows, dtype=np.float32), np.empty_like(distances)
    degrees = np.zeros(n_rows, dtype=np.int64)
    with Threads() as threads:
        for first, stop in _portions(n_rows):
            threads.run([
                (kernels.smooth, distances, first + start, first + end, mean, widths, memberships)
                for start, end in shares(stop - first)
            ])  # fmt: skip
            kernels.count_edges(ids, first, stop, degrees)
            told.sometimes("graph", 0.5 * stop / n_rows)
    offsets = np.concatenate([[0], np.cumsum(degrees)])
    others = np.empty(offsets[-1], dtype=np.int32)
    weights = np.empty(offsets[-1], dtype=np.float32)
    ends = offsets[:-1].copy()
    for first, stop in _portions(n_rows):
        kernels.unite(ids, memberships, first, stop, ends, others, weights)
        told.sometimes("graph", 0.5 + 0.5 * stop / n_rows)
    return FuzzyGraph(offsets, others, weights)


def _portions(n_rows: int) -> list[tuple[int, int]]:
    """Cut the rows into (start, stop) that take some 0.1 s: between them the clock is looked at."""
    return [(start, min(start + PORTION, n_rows)) for start in range(0, n_rows, PORTION)]


def curve(min_dist: float) -> tuple[float, float]:
    """Return a and b of 1 / (1 + a d**(2 b)), fitted to 1 up to `min_dist` and exp(min_dist - d) beyond.

    Least squares over 300 distances up to 3, as umap-learn fits with a spread of 1; by Levenberg and
    Marquardt's steps on log a and b.
    """
    distances = np.linspace(0, 3, 300)
    wanted = np.where(distances < min_dist, 1.0, np.exp(np.minimum(0.0, min_dist - distances)))
    logs = np.log(np.maximum(distances, 1e-12))

    def errors(fit: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(1 / (1 + np.exp(fit[0] + 2 * fit[1] * logs)) - wanted)

    fit, damping = np.array([0.0, 1.0]), 1e-3
    left = errors(fit)
    for _ in range(100):
        near = left + wanted
        slope = -near * (1 - near)  # of the curve by what stands in the exponent
        slopes = np.stack([slope, 2 * slope * logs], axis=1)
        square = slopes.T @ slopes
        step = np.linalg.solve(square + damping * np.diag(square.diagonal()), -slopes.T @ left)
        tried = errors(fit + step)
        if tried @ tried <= left @ left:
            fit, left, damping = fit + step, tried, damping / 10
            if np.abs(step).max() < 1e-10:
                break
        else:
            damping *= 10
    return float(np.exp(fit[0])), float(fit[1])


def _forces(a: float, b: float) -> tuple[Floats, Floats]:
    """Return how edges pull and noise pushes, by squared distance, for kernels.move."""
    from tovec.projection import kernels

    cells = np.arange(kernels.N_CELLS) + 0.5
    distances = 2.0**kernels.LEAST_POWER * 2 ** np.floor(cells / 2**kernels.CELL_BITS)
    distances *= 1 + (cells / 2**kernels.CELL_BITS) % 1
    spread = 1 + a * distances**b
    pulls = -2 * a * b * distances ** (b - 1) / spread
    pushes = 2 * b / ((1e-3 + distances) * spread)
    return pulls.astype(np.float32), pushes.astype(np.float32)


def _layout(
    points: Points, dims: int, edges: FuzzyGraph, a: float, b: float, n_epochs: int, seed: int, told: Reporter
) -> Points:
    """Return the points after `n_epochs` of falling steps, (n_rows, 3)."""
    from tovec.projection import kernels

    rates = edges.weights / edges.weights.max()
    pulls, pushes = _forces(a, b)
    start_state = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
    due = np.empty((MOST_SHARES, np.diff(edges.offsets).max()), dtype=np.int32)
    before, after = points, points.copy()
    told.now("layout", 0.0, before[:, :dims])
    with Threads() as threads:
        for epoch in range(n_epochs):
            rate = np.float32(1 - epoch / n_epochs)
            for first, stop in _portions(len(points)):
                threads.run([
                    (kernels.move, before, after, first + start, first + end, edges.offsets, edges.others,
                     rates, pulls, pushes, epoch, start_state, N_NOISE, rate, scratch)
                    for (start, end), scratch in zip(shares(stop - first), due, strict=False)
                ])  # fmt: skip
                told.sometimes("layout", (epoch + stop / len(points)) / n_epochs, before[:, :dims])
            before, after = after, before
    told.now("layout", 1.0, before[:, :dims])
    return before

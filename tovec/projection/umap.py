"""UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426) of cosine neighbors, in our own compiled loops.

The fuzzy graph is that of umap-learn. The layout samples edges and negatives at its rates; a sampled edge
moves the row it starts from, as in the paper's algorithm 5, while umap-learn moves the other row too: that
attracts twice as much and keeps fewer neighbors (benchmarks/projection.py). Within an epoch each row sees
the others at their places after the last epoch, so threads need no locks, and equal seeds give equal points
for any number of threads.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSetting
from tovec.progress import Event, Reporter, Stage, StageReporter
from tovec.projection.pca import pca
from tovec.projection.points import Points, Projection
from tovec.search.neighbor_graph import NeighborGraph, neighbor_graph
from tovec.threads import MAX_SHARES, Task, Threads, shares
from tovec.vectors.table import Vectors

Floats = NDArray[np.float32]

START_SIZE = 10.0  # the longest side of the start, as in umap-learn
START_NOISE = 1e-4
N_NEGATIVES = 5  # random points that repel for each sampled edge
SMALL = 10_000  # up to so many rows EPOCHS[0], above EPOCHS[1], as in umap-learn
EPOCHS = 500, 200
PORTION = 1 << 17  # rows
EQUAL = 1e-6  # a cosine this near to 1 means equal directions, given the precision of float32


class FuzzyGraph(NamedTuple):
    """Edges in both directions, in CSR form: those of row i lead to others[offsets[i] : offsets[i + 1]]."""

    offsets: NDArray[np.int64]
    others: NDArray[np.int32]
    weights: Floats


def umap(
    vectors: Vectors,
    dims: int,
    *,
    graph: NeighborGraph | None = None,
    components: Points | None = None,
    seed: int = 0,
    report: Reporter | None = None,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    n_epochs: int | None = None,
) -> Projection:
    """Return a UMAP of the rows of `vectors`, (n_rows, dim), by cosine, in 2 or 3 dimensions.

    graph: neighbors of every row; without it, or if it has too few, they are computed. components: the
    principal components, (n_rows, dims), if they are known.
    n_neighbors: how many are kept together, counting the row itself, as in umap-learn; at most all.
    min_dist: how near points may come, for a spread of 1. n_epochs: 500 up to 10,000 rows, 200 above.
    The start is the principal components, so distant groups keep some of their arrangement; axes and
    distances between groups still mean little. Equal seeds give equal points. A single row, or rows
    without neighbors, stay at the start. Rows must be finite.
    report: called with the stages "start", "neighbors", "graph" and "layout", and as `neighbor_graph`.
    Raises BadSetting for other dims, n_neighbors below 2, min_dist below 0 or n_epochs below 1.
    """
    check_umap(dims, n_neighbors, min_dist)
    n_rows = vectors.shape[0]
    if n_epochs is None:
        n_epochs = epochs_for(n_rows)
    if n_epochs < 1:
        raise BadSetting("n_epochs", n_epochs, "at least 1")
    progress = StageReporter(report)
    points = start_points(vectors, dims, components, seed, progress)
    progress.now("start", 1.0, points[:, :dims])
    k = min(n_neighbors, n_rows) - 1
    if graph is None or graph.ids.shape[1] < k:
        graph = neighbor_graph(vectors, k, seed=seed, report=report)
    if k > 0:
        progress.now("graph", 0.0)
        movement = Movement(fuzzy_graph(graph, k, progress), min_dist, seed)
        points = laid_out(points, dims, movement, n_epochs, progress)
    names = tuple(f"UMAP {axis + 1}" for axis in range(dims))
    return Projection(np.ascontiguousarray(points[:, :dims]), "umap", names, recall=graph.recall)


def check_umap(dims: int, n_neighbors: int, min_dist: float) -> None:
    """Raise BadSetting for what no map can be made with."""
    if dims not in (2, 3):
        raise BadSetting("dims", dims, "2 or 3 for a map")
    if n_neighbors < 2:
        raise BadSetting("n_neighbors", n_neighbors, "at least 2")
    if not 0 <= min_dist <= 1:
        raise BadSetting("min_dist", min_dist, "from 0 to 1")


def epochs_for(n_rows: int) -> int:
    """Return how many epochs a map of so many rows takes, unless told otherwise."""
    return EPOCHS[0] if n_rows <= SMALL else EPOCHS[1]


def start_points(
    vectors: Vectors, dims: int, components: Points | None, seed: int, progress: StageReporter
) -> Points:
    """Return the principal components, scaled to the size of a map, with a little noise, (n_rows, 3)."""
    from tovec.projection import kernels

    points = np.zeros((vectors.shape[0], kernels.DIMS), dtype=np.float32)

    def report(event: Event) -> None:
        if isinstance(event, Stage):
            progress.sometimes("start", event.fraction)

    if components is None:
        components = pca(vectors, dims, seed=seed, report=report).points
    points[:, :dims] = components
    if len(points) > 1:
        points *= START_SIZE / max(float(np.ptp(points, axis=0).max()), 1e-30)
        noise = np.random.default_rng(seed).standard_normal((len(points), dims), dtype=np.float32)
        points[:, :dims] += START_NOISE * noise
    return points


def fuzzy_graph(graph: NeighborGraph, k: int, progress: StageReporter) -> FuzzyGraph:
    """Return the union of the fuzzy neighborhoods of `k` neighbors, which umap-learn counts as k + 1.

    Weights are in [0, 1]. An edge has the same weight in both directions.
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
            progress.sometimes("graph", 0.5 * stop / n_rows)
    offsets = np.concatenate([[0], np.cumsum(degrees)])
    others = np.empty(offsets[-1], dtype=np.int32)
    weights = np.empty(offsets[-1], dtype=np.float32)
    ends = offsets[:-1].copy()
    for first, stop in _portions(n_rows):
        kernels.unite(ids, memberships, first, stop, ends, others, weights)
        progress.sometimes("graph", 0.5 + 0.5 * stop / n_rows)
    return FuzzyGraph(offsets, others, weights)


def _portions(n_rows: int) -> list[tuple[int, int]]:
    """Cut the rows into (start, stop) that take about 0.1 s; progress is reported between them."""
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
        slope = -near * (1 - near)  # the derivative of the curve by its exponent
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
    """Return tables of how edges attract and negatives repel, by squared distance, for kernels.move."""
    from tovec.projection import kernels

    cells = np.arange(kernels.N_CELLS) + 0.5
    distances = 2.0**kernels.MIN_POWER * 2 ** np.floor(cells / 2**kernels.CELL_BITS)
    distances *= 1 + (cells / 2**kernels.CELL_BITS) % 1
    spread = 1 + a * distances**b
    attractions = -2 * a * b * distances ** (b - 1) / spread
    repulsions = 2 * b / ((1e-3 + distances) * spread)
    return attractions.astype(np.float32), repulsions.astype(np.float32)


class Movement:
    """How points move in an epoch of SGD along the edges of a fuzzy graph, which has some."""

    def __init__(self, edges: FuzzyGraph, min_dist: float, seed: int) -> None:
        self._edges = edges
        self._rates = edges.weights / edges.weights.max()
        self._forces = _forces(*curve(min_dist))
        self._seed = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
        self._due = np.empty((MAX_SHARES, np.diff(edges.offsets).max()), dtype=np.int32)

    def calls(
        self, before: Points, after: Points, first: int, stop: int, epoch: int, rate: float
    ) -> Iterator[Task]:
        """Yield calls that set after[first:stop] to these points one epoch later; both are (n_rows, 3).

        rate: the learning rate. Calls of one epoch may run at once, those of two may not.
        """
        from tovec.projection import kernels

        offsets, others, _ = self._edges
        for (start, end), due in zip(shares(stop - first), self._due, strict=False):
            yield (kernels.move, before, after, first + start, first + end, offsets, others, self._rates,
                   *self._forces, epoch, self._seed, N_NEGATIVES, np.float32(rate), due)  # fmt: skip


def laid_out(points: Points, dims: int, movement: Movement, n_epochs: int, progress: StageReporter) -> Points:
    """Return the points after `n_epochs` of SGD with a falling learning rate, (n_rows, 3)."""
    before, after = points, points.copy()
    progress.now("layout", 0.0, before[:, :dims])
    with Threads() as threads:
        for epoch in range(n_epochs):
            for first, stop in _portions(len(points)):
                threads.run(movement.calls(before, after, first, stop, epoch, 1 - epoch / n_epochs))
                progress.sometimes("layout", (epoch + stop / len(points)) / n_epochs, before[:, :dims])
            before, after = after, before
    progress.now("layout", 1.0, before[:, :dims])
    return before

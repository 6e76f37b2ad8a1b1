"""t-SNE (van der Maaten and Hinton 2008), computed by openTSNE from our neighbors.

In 2-D by interpolation (FIt-SNE; Linderman et al. 2019) or, for few rows, by a tree (Barnes-Hut; van der
Maaten 2014); in 3-D openTSNE has only the tree, which takes many times longer. The start is the principal
components, scaled down, so that rows far apart in the table start apart (Kobak and Berens 2019).

A reporter can end the work between two steps of openTSNE, which take some tenths of a second at 20,000 rows
and proportionally more above; so does the sum of the affinities and their transpose.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSetting, MissingExtra, TovecError
from tovec.progress import Reporter, StageReporter
from tovec.projection.pca import pca
from tovec.projection.points import Points, Projection
from tovec.search.neighbor_graph import NeighborGraph, neighbor_graph
from tovec.threads import share_of_cores
from tovec.vectors.table import Vectors

MAX_DIMS = 3
MAX_ROWS_3D = 20_000  # 0.3 s a step, about four minutes, on two cores
MIN_ROWS = 4  # of fewer, all are neighbors of each other in any projection
INTERPOLATED_ROWS = 20_000  # from here on a tree is slower, although the grid grows with the map
AFFINITY_NUMBERS = 1 << 18  # affinities computed between two reports, about 0.2 s
ROWS_BETWEEN_REPORTS = 15_000  # moved rows between two reports: for each, openTSNE computes the error
EXAGGERATED, PLAIN = 250, 500  # steps, and the exaggeration of the first: openTSNE's defaults
EXAGGERATION = 12
START_SPREAD = 1e-4  # of the first axis, as openTSNE recommends
JITTER = 0.01  # of that: equal rows must not start at the same point, where they have no gradient


def tsne(
    vectors: Vectors,
    dims: int,
    *,
    graph: NeighborGraph | None = None,
    components: Points | None = None,
    seed: int = 0,
    report: Reporter | None = None,
    perplexity: float = 30,
) -> Projection:
    """Return a t-SNE map of the rows of `vectors`, (n_rows, dim), by cosine, in 1 to MAX_DIMS dimensions.

    graph: neighbors of every row; without it, or if it has too few, they are computed. components: the
    principal components, (n_rows, dims), if they are known.
    perplexity: the effective number of neighbors. Three times as many are needed, so for few rows it is
    lowered to (n_rows - 1) / 3, but at least 1. Fewer than MIN_ROWS rows get their principal components;
    rows that are all equal lie on the origin.
    Neither the axes nor distances between distant groups have a meaning. Equal seeds give equal points.
    Raises MissingExtra without openTSNE, BadSetting for other dims or a perplexity below 1, and
    TovecError for more than MAX_ROWS_3D rows in 3 dimensions.
    """
    if not 1 <= dims <= MAX_DIMS:
        raise BadSetting("dims", dims, f"1 to {MAX_DIMS} for t-SNE; pca makes more")
    if perplexity < 1:
        raise BadSetting("perplexity", perplexity, "at least 1")
    n_rows = vectors.shape[0]
    if dims == 3 and n_rows > MAX_ROWS_3D:
        raise TovecError(
            f"t-SNE of {n_rows:,} tokens in 3 dimensions takes too long (at most {MAX_ROWS_3D:,}); "
            "use 2 dimensions, or umap"
        )
    try:
        from openTSNE import TSNEEmbedding
    except ImportError as error:
        raise MissingExtra("t-SNE", "projection") from error
    progress = StageReporter(report)
    names = tuple(f"t-SNE {axis + 1}" for axis in range(dims))
    if components is None:
        components = pca(vectors, dims, seed=seed, report=report).points
    if n_rows < MIN_ROWS:
        return Projection(components, "tsne", names)
    start = _start(components, seed)
    progress.now("neighbors", 0.0, start.astype(np.float32))
    n_neighbors = min(n_rows - 1, int(3 * perplexity))
    if graph is None or graph.ids.shape[1] < n_neighbors:
        graph = neighbor_graph(vectors, n_neighbors, seed=seed, report=report)
    progress.now("affinities", 0.0)

    def reporting(n_done: int) -> Callable[[int, float, NDArray[np.float64]], None]:
        def callback(n_steps: int, _error: float, points: NDArray[np.float64]) -> None:
            fraction = (n_done + n_steps) / (EXAGGERATED + PLAIN)
            progress.sometimes("t-SNE", fraction, np.asarray(points, dtype=np.float32))

        return callback

    with share_of_cores() as n_jobs:
        points = TSNEEmbedding(
            start,
            _affinities(graph, n_neighbors, min(perplexity, max(1.0, (n_rows - 1) / 3)), n_jobs, progress),
            n_jobs=n_jobs,
            negative_gradient_method="fft" if dims < 3 and n_rows >= INTERPOLATED_ROWS else "bh",
            callbacks_every_iters=min(25, max(1, ROWS_BETWEEN_REPORTS // n_rows)),
        )
        points.optimize(
            EXAGGERATED, exaggeration=EXAGGERATION, momentum=0.5, callbacks=reporting(0), inplace=True
        )
        points.optimize(PLAIN, momentum=0.8, callbacks=reporting(EXAGGERATED), inplace=True)
    return Projection(np.array(points, dtype=np.float32), "tsne", names, recall=graph.recall)


def _start(components: Points, seed: int) -> NDArray[np.float64]:
    """Return the start, (n_rows, dims): `components` scaled to START_SPREAD, with jitter."""
    spread = float(components[:, 0].std(dtype=np.float64))
    start = components / spread if spread > 0 else components.astype(np.float64)
    jitter = np.random.default_rng(seed).standard_normal(components.shape)
    return np.asarray((start + jitter * JITTER) * START_SPREAD, dtype=np.float64)


def _affinities(
    graph: NeighborGraph, n_neighbors: int, perplexity: float, n_jobs: int, progress: StageReporter
) -> Any:
    """Return the affinities of openTSNE's PerplexityBasedNN for the nearest `n_neighbors` of every row.

    PerplexityBasedNN computes them in one call; here, some rows at a time.
    """
    from openTSNE.affinity import PrecomputedAffinities, joint_probabilities_nn
    from scipy import sparse

    n_rows = len(graph.ids)
    step = max(1, AFFINITY_NUMBERS // n_neighbors)
    parts = []
    for start in range(0, n_rows, step):
        part = slice(start, start + step)
        similarities = graph.similarities[part, :n_neighbors].astype(np.float64)
        distances = np.sqrt((2 - 2 * similarities).clip(0.0))  # between rows at length 1
        ids = np.ascontiguousarray(graph.ids[part, :n_neighbors])
        shares = joint_probabilities_nn(
            ids, distances, [perplexity], symmetrize=False, n_reference_samples=n_rows, n_jobs=n_jobs
        )
        parts.append(shares * len(ids))  # it divides by the sum, to which each row contributes 1
        progress.sometimes("affinities", start / n_rows)
    conditional = sparse.vstack(parts, format="csr")
    return PrecomputedAffinities(conditional + conditional.T)

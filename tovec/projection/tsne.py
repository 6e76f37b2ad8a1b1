"""t-SNE (van der Maaten and Hinton 2008), computed by openTSNE from our exact neighbors.

In the plane by interpolation (FIt-SNE; Linderman et al. 2019) or, for few rows, by a tree (Barnes-Hut;
van der Maaten 2014); in space by a tree, which is all there is and takes many times longer. The start
is the principal components, very small, so that what is far apart in the table starts apart (Kobak and
Berens 2019).

A report may end the work between two steps of openTSNE, which take some tenths of a second at 20,000 rows
and more in proportion; so does the sum of the affinities with their transpose.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSetting, MissingExtra, TovecError
from tovec.progress import Report, Reporter
from tovec.projection.neighbors import NeighborGraph, neighbor_graph
from tovec.projection.pca import pca
from tovec.projection.points import Points, Projection
from tovec.threads import share_of_cores
from tovec.vectors.table import Vectors

MAX_DIMS = 3
MAX_ROWS_IN_SPACE = 20_000  # 0.3 s a step, some four minutes, on two cores
MIN_ROWS = 4  # of fewer each is a neighbor of each alike, which any picture shows
INTERPOLATED_ROWS = 20_000  # from here up a tree is slower, once the map and with it the grid have grown
AFFINITY_NUMBERS = 1 << 18  # affinities that are computed between two reports, some 0.2 s
ROWS_BETWEEN_REPORTS = 15_000  # steps are reported by so many moved rows: reporting measures the error
EXAGGERATED, PLAIN = 250, 500  # steps; openTSNE's own, and the exaggeration of the first
EXAGGERATION = 12
START_SPREAD = 1e-4  # of the first axis, as openTSNE wants it
JITTER = 0.01  # of that: equal rows must not start at one point, where they have no gradient


def tsne(
    vectors: Vectors,
    dims: int,
    *,
    graph: NeighborGraph | None = None,
    seed: int = 0,
    report: Report | None = None,
    perplexity: float = 30,
) -> Projection:
    """Return a t-SNE map of the rows of `vectors`, (n_rows, dim), by cosine, in 1 to MAX_DIMS dimensions.

    graph: neighbors of every row; without it, or where it has fewer than are needed, they are found.
    perplexity: how many neighbors count, softly. It needs three times as many neighbors, so a table of
    few rows has a lower one: (n_rows - 1) / 3, but at least 1. Fewer than MIN_ROWS rows are left where
    their principal components are; rows that are all equal lie on the origin.
    The axes mean nothing, nor do distances between far groups. Equal seeds give equal points.
    Raises MissingExtra without openTSNE, BadSetting for other dims or a perplexity below 1, and
    TovecError for more than MAX_ROWS_IN_SPACE rows in 3 dimensions.
    """
    if not 1 <= dims <= MAX_DIMS:
        raise BadSetting("dims", dims, f"1 to {MAX_DIMS} for t-SNE; pca makes more")
    if perplexity < 1:
        raise BadSetting("perplexity", perplexity, "at least 1")
    n_rows = vectors.shape[0]
    if dims == 3 and n_rows > MAX_ROWS_IN_SPACE:
        raise TovecError(
            f"t-SNE of {n_rows:,} tokens in 3 dimensions takes too long (at most {MAX_ROWS_IN_SPACE:,}); "
            "draw it in 2 dimensions, or take umap"
        )
    try:
        from openTSNE import TSNEEmbedding
    except ImportError as error:
        raise MissingExtra("t-SNE", "projection") from error
    told = Reporter(report)
    names = tuple(f"t-SNE {axis + 1}" for axis in range(dims))
    components = pca(vectors, dims, seed=seed, report=report).points
    if n_rows < MIN_ROWS:
        return Projection(components, "tsne", names)
    start = _start(components, seed)
    told.now("neighbors", 0.0, start.astype(np.float32))
    n_neighbors = min(n_rows - 1, int(3 * perplexity))
    if graph is None or graph.ids.shape[1] < n_neighbors:
        graph = neighbor_graph(vectors, n_neighbors, report=report)
    told.now("affinities", 0.0)

    def telling(n_done: int) -> Callable[[int, float, NDArray[np.float64]], None]:
        def tell(n_steps: int, _error: float, points: NDArray[np.float64]) -> None:
            fraction = (n_done + n_steps) / (EXAGGERATED + PLAIN)
            told.sometimes("t-SNE", fraction, np.asarray(points, dtype=np.float32))

        return tell

    with share_of_cores() as n_jobs:
        points = TSNEEmbedding(
            start,
            _affinities(graph, n_neighbors, min(perplexity, max(1.0, (n_rows - 1) / 3)), n_jobs, told),
            n_jobs=n_jobs,
            negative_gradient_method="fft" if dims < 3 and n_rows >= INTERPOLATED_ROWS else "bh",
            callbacks_every_iters=min(25, max(1, ROWS_BETWEEN_REPORTS // n_rows)),
        )
        points.optimize(
            EXAGGERATED, exaggeration=EXAGGERATION, momentum=0.5, callbacks=telling(0), inplace=True
        )
        points.optimize(PLAIN, momentum=0.8, callbacks=telling(EXAGGERATED), inplace=True)
    return Projection(np.array(points, dtype=np.float32), "tsne", names)


def _start(components: Points, seed: int) -> NDArray[np.float64]:
    """Return where the rows start, (n_rows, dims): `components` at START_SPREAD, and a jitter."""
    spread = float(components[:, 0].std(dtype=np.float64))
    start = components / spread if spread > 0 else components.astype(np.float64)
    jitter = np.random.default_rng(seed).standard_normal(components.shape)
    return np.asarray((start + jitter * JITTER) * START_SPREAD, dtype=np.float64)


def _affinities(
    graph: NeighborGraph, n_neighbors: int, perplexity: float, n_jobs: int, told: Reporter
) -> Any:
    """Return openTSNE's affinities of the nearest `n_neighbors` of every row: those of its PerplexityBasedNN.

    That computes them all in one call; here it is done for some rows at a time.
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
        parts.append(shares * len(ids))  # it divides by the sum of them all, of which each row is 1
        told.sometimes("affinities", start / n_rows)
    conditional = sparse.vstack(parts, format="csr")
    return PrecomputedAffinities(conditional + conditional.T)

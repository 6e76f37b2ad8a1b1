"""UMAP of several moments of a table, laid out together.

As in AlignedUMAP of umap-learn (Dadu et al. 2023, "Application of Aligned-UMAP to longitudinal biomedical
studies", Patterns 4(6); umap-learn.readthedocs.io, "How to use AlignedUMAP"), each moment has its own fuzzy
graph of neighbors, and while each is laid out, the place of a token is pulled to its places at the moments
before and after, the more neighbors it has in common there. Three things differ, which benchmarks/timeline.py
measures together. The pull does not grow with the distance, as in total variation (Rudin, Osher and Fatemi
1992): a token stays or moves, instead of drifting along. It is a step of its own after each epoch, solved for
all moments of a token at once, so it may be strong. And all moments draw the same random numbers, so equal
neighborhoods move alike.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from tovec.progress import Note, Reporter, StageReporter, part_of
from tovec.projection.points import PlacedTable
from tovec.projection.settings import Settings
from tovec.projection.umap import (
    FuzzyGraph,
    Movement,
    check_umap,
    epochs_for,
    fuzzy_graph,
    laid_out,
    start_points,
)
from tovec.search.neighbor_graph import NeighborGraph, neighbor_graph
from tovec.threads import Threads, shares

Floats = NDArray[np.float32]

PULL = 0.3  # of a token whose neighbors are all the same at two moments, relative to the forces,
LEAST_PULL = 0.02  # and of one that keeps none of them, as a share of that
NEAR = 0.1  # a distance on the map below which the pull falls off
COMPARED_ROWS = 1 << 14  # whose neighbors are compared at once


def joint_umap(
    moments: Sequence[PlacedTable], dims: int, seed: int, settings: Settings, report: Reporter | None
) -> tuple[Floats, float]:
    """Return the points of all moments, (n_moments, n_rows, dims), and the mean recall of their neighbors.

    A row without a place at a moment has no edges there; its point, between those of other moments, is to be
    left out. The last moment is laid out first, from its principal components; all others start from there.
    Equal seeds give equal points, on any number of threads.
    report: called with the stages of `umap`, with points of the last moment, and with a note where not all
    neighbors were found.
    """
    check_umap(dims, settings.neighbors, settings.min_dist)
    progress = StageReporter(report)
    last = moments[-1]
    start = start_points(last.rows, dims, None, seed, progress)
    points = np.zeros((last.table.shape[0], start.shape[1]), dtype=np.float32)
    points[last.placed.ids] = start
    progress.now("start", 1.0, points[:, :dims])
    graphs = _graphs(moments, settings.neighbors - 1, seed, report)
    movements: list[Movement | None] = []
    pulls = np.empty((len(moments) - 1, len(points)), dtype=np.float32)
    for index, (moment, graph) in enumerate(zip(moments, graphs, strict=True)):
        progress.sometimes("graph", index / len(moments))
        movements.append(_movement(graph, moment, settings, seed))
        if index:
            alike = likeness(_near(graphs[index - 1], moments[index - 1]), _near(graph, moment))
            pulls[index - 1] = PULL * (LEAST_PULL + (1 - LEAST_PULL) * alike)
    n_epochs = epochs_for(len(points))
    if movements[-1] is not None:
        alone = StageReporter(part_of(report, "layout", 0, len(moments) + 1))
        points = laid_out(points, dims, movements[-1], n_epochs, alone)
    layouts = _laid_out_together(points, dims, movements, pulls, n_epochs, progress)
    return np.ascontiguousarray(layouts[:, :, :dims]), float(np.mean([graph.recall for graph in graphs]))


def _graphs(
    moments: Sequence[PlacedTable], k: int, seed: int, report: Reporter | None
) -> list[NeighborGraph]:
    """Return the neighbors of the rows that have a place at each moment, among themselves."""
    graphs = []
    for index, moment in enumerate(moments):
        part = part_of(report, "neighbors", index, len(moments))
        graphs.append(neighbor_graph(moment.rows, k, seed=seed, report=part))
    recall = float(np.mean([graph.recall for graph in graphs]))
    if report is not None and recall < 1:
        report(Note(f"{100 * recall:.0f} % of the nearest neighbors were found, on average of all moments"))
    return graphs


def _movement(graph: NeighborGraph, moment: PlacedTable, settings: Settings, seed: int) -> Movement | None:
    """Return how the points of a moment move, of all rows; None where no row has a neighbor."""
    n_placed, k = graph.ids.shape
    if n_placed == 0 or k == 0:
        return None
    edges = fuzzy_graph(graph, k, StageReporter(None))
    if not moment.placed.are_all:  # the rows without a place have no edges
        degrees = np.zeros(len(moment.placed.mask), dtype=np.int64)
        degrees[moment.placed.ids] = np.diff(edges.offsets)
        others = moment.placed.ids[edges.others].astype(np.int32)
        edges = FuzzyGraph(np.concatenate([[0], np.cumsum(degrees)]), others, edges.weights)
    return Movement(edges, settings.min_dist, seed)


def _near(graph: NeighborGraph, moment: PlacedTable) -> NDArray[np.int64]:
    """Return the neighbors of every row, (n_rows, k); -1 for a row without a place."""
    if moment.placed.are_all:
        return graph.ids.astype(np.int64)
    near = np.full((len(moment.placed.mask), graph.ids.shape[1]), -1, dtype=np.int64)
    near[moment.placed.ids] = moment.placed.ids[graph.ids]
    return near


def likeness(near: NDArray[np.int64], other: NDArray[np.int64]) -> Floats:
    """Return how many neighbors each row has in both, of those that it has in either, in [0, 1] (Jaccard).

    near, other: (n_rows, k) the neighbors at two moments, -1 counts for nothing.
    """
    shared = np.empty(len(near), dtype=np.float32)
    for start in range(0, len(near), COMPARED_ROWS):
        part = slice(start, start + COMPARED_ROWS)
        same = (near[part, :, None] == other[part, None, :]) & (near[part, :, None] >= 0)
        shared[part] = same.any(axis=2).sum(axis=1)
    either = (near >= 0).sum(axis=1) + (other >= 0).sum(axis=1) - shared
    return np.asarray(shared / np.maximum(either, 1), dtype=np.float32)


def _laid_out_together(
    start: Floats,
    dims: int,
    movements: Sequence[Movement | None],
    pulls: Floats,
    n_epochs: int,
    progress: StageReporter,
) -> Floats:
    """Return the points of all moments after `n_epochs`, (n_moments, n_rows, 3); all begin at `start`."""
    n_moments, n_rows = len(movements), len(start)
    before = np.repeat(start[None], n_moments, axis=0)
    after = before.copy()
    still = [index for index, movement in enumerate(movements) if movement is None]
    with Threads() as threads:
        for epoch in range(n_epochs):
            rate = 1 - epoch / n_epochs
            calls = chain.from_iterable(
                movement.calls(before[index], after[index], 0, n_rows, epoch, rate)
                for index, movement in enumerate(movements)
                if movement is not None
            )
            for _ in threads.each(calls):
                fraction = (1 + n_moments * epoch / n_epochs) / (1 + n_moments)
                progress.sometimes("layout", fraction, before[-1][:, :dims])
            after[still] = before[still]
            threads.run(
                (pull_together, after[:, first:stop], np.float32(rate) * pulls[:, first:stop])
                for first, stop in shares(n_rows)
            )
            before, after = after, before
    progress.now("layout", 1.0, before[-1][:, :dims])
    return before


def pull_together(points: Floats, pulls: Floats) -> None:
    """Pull the points of each row to those at the moments before and after.

    points: (n_moments, n_rows, dims), changed in place. pulls: (n_moments - 1, n_rows), how strongly two
    moments pull on each other, whatever the distance between the two points, if it is above NEAR.
    """
    steps = points[1:] - points[:-1]
    distances = np.sqrt(np.einsum("mnd,mnd->mn", steps, steps) + np.float32(NEAR**2))
    smooth(points, pulls / distances)


def smooth(points: Floats, weights: Floats) -> None:
    """Set `points`, (n_moments, n_rows, dims), to the smoothest near to them.

    Those are the x with the least sum of |x - points|² and, for every row and two consecutive moments, of the
    weight, (n_moments - 1, n_rows), times the squared distance between the x of the two. The equations of a
    row are tridiagonal and are solved by elimination.
    """
    n_moments = len(points)
    parts = np.zeros_like(weights)  # of the place at the next moment in that at a moment
    own = np.ones(points.shape[1], dtype=np.float32)  # weight of a moment without the pull of the next
    for index in range(n_moments - 1):
        total = own + weights[index]
        parts[index] = weights[index] / total
        points[index] /= total[:, None]
        points[index + 1] += weights[index][:, None] * points[index]
        own = 1 + own * parts[index]
    points[-1] /= own[:, None]
    for index in range(n_moments - 2, -1, -1):
        points[index] += parts[index][:, None] * points[index + 1]

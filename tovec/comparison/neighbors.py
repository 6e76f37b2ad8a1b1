"""Which neighbors of a token stayed, left and joined, of some tokens against all.

Neighbors are searched among the common tokens of two tables: what one table lacks can neither stay nor leave.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.progress import Reporter, part_of
from tovec.search.neighbor_graph import neighbor_graph, neighbors_of_rows
from tovec.vectors.derived import DerivedTable
from tovec.vectors.table import Ids, Vectors

RANKED = 100  # the nearest whose places are known; a neighbor that left may be farther
MOST_MOVED = 1_000  # tokens whose neighbors are searched, besides the sample
STAGE = "neighbors"
DEVIATIONS = 1.96  # of a mean, on either side: 95 %

Ranks = NDArray[np.int32]


class NeighborChange(NamedTuple):
    """A token that is among the nearest in one table at least. place: in the matching.

    rank_a, rank_b: among the nearest in each table, counted from 1; None where it is farther than was ranked.
    """

    place: int
    rank_a: int | None
    rank_b: int | None


class Overlap(NamedTuple):
    """The share of the k nearest that are the same in both tables: the mean over a sample, and its interval.

    n: tokens of the sample; of: tokens it was drawn from. recall: the share of true neighbors found.
    """

    share: float
    low: float
    high: float
    n: int
    of: int
    recall: float


@dataclass(frozen=True)
class Neighbors:
    """The neighbors of some tokens in both tables, as places in the matching, nearest first.

    places: (n,) the tokens, ascending. nearest_a, nearest_b: (n, n_ranked) each. kept: (n,) how many of the
    `k` nearest are the same. is_sampled: (n,) which belong to the random sample.
    """

    k: int
    places: Ids
    nearest_a: Ranks
    nearest_b: Ranks
    kept: NDArray[np.int64]
    is_sampled: NDArray[np.bool_]
    n_drawn_from: int
    recall: float

    def overlap(self, chosen: NDArray[np.bool_] | None = None) -> Overlap:
        """Return the mean share that stayed, over the sample; of those `chosen` (n,), where given."""
        counted = self.is_sampled if chosen is None else self.is_sampled & chosen
        shares = self.kept[counted] / max(self.k, 1)
        n = len(shares)
        if not n or not self.k:
            return Overlap(np.nan, np.nan, np.nan, n, self.n_drawn_from, self.recall)
        left_out = 1 - int(self.is_sampled.sum()) / max(self.n_drawn_from, 1)
        error = float(np.sqrt(max(left_out, 0.0) * shares.var() / n))
        mean = float(shares.mean())
        low, high = max(0.0, mean - DEVIATIONS * error), min(1.0, mean + DEVIATIONS * error)
        return Overlap(mean, low, high, n, self.n_drawn_from, self.recall)

    def row_of(self, place: int) -> int | None:
        """Return which of `places` a token is; None where its neighbors were not searched."""
        row = int(np.searchsorted(self.places, place))
        return row if row < len(self.places) and self.places[row] == place else None

    def changes(self, row: int) -> list[NeighborChange]:
        """Return what was among the k nearest of a token in either table, in the order of a, then of b."""
        ranks_a, ranks_b = (
            {place: rank + 1 for rank, place in enumerate(nearest[row].tolist())}
            for nearest in (self.nearest_a, self.nearest_b)
        )
        first = [*list(ranks_a)[: self.k], *list(ranks_b)[: self.k]]
        return [
            NeighborChange(place, ranks_a.get(place), ranks_b.get(place)) for place in dict.fromkeys(first)
        ]


def neighbors_of(
    a: Vectors,
    b: Vectors,
    ids_a: Ids,
    ids_b: Ids,
    movement: NDArray[np.float32],
    has_direction: NDArray[np.bool_],
    *,
    k: int,
    sample: int,
    all_neighbors: bool,
    seed: int,
    report: Reporter | None,
) -> Neighbors:
    """Return the neighbors of the tokens that moved most and of a random sample, or of all.

    ids_a, ids_b: the rows of the common tokens. has_direction: (n_common,) tokens that can have neighbors.
    """
    candidates = np.flatnonzero(has_direction)
    one, other = _common_rows(a, ids_a), _common_rows(b, ids_b)
    k = max(0, min(k, len(ids_a) - 1))
    if all_neighbors:
        graphs = [
            neighbor_graph(table, k, seed=seed, report=part_of(report, STAGE, at, 2))
            for at, table in enumerate((one, other))
        ]
        nearest = [graph.ids[candidates] for graph in graphs]
        is_sampled = np.ones(len(candidates), dtype=bool)
        recall = min(graph.recall for graph in graphs)
        return _neighbors(k, candidates, nearest, is_sampled, len(candidates), recall)
    drawn = candidates
    if len(candidates) > sample:
        drawn = np.sort(np.random.default_rng(seed).choice(candidates, sample, replace=False))
    order = candidates[np.argsort(-movement[candidates], kind="stable")]
    places = np.union1d(drawn, order[:MOST_MOVED])
    nearest = [
        neighbors_of_rows(table, places, max(k, RANKED), report=part_of(report, STAGE, at, 2)).ids
        for at, table in enumerate((one, other))
    ]
    return _neighbors(k, places, nearest, np.isin(places, drawn), len(candidates), 1.0)


def _neighbors(
    k: int, places: Ids, nearest: list[Ranks], is_sampled: NDArray[np.bool_], n_drawn_from: int, recall: float
) -> Neighbors:
    nearest_a, nearest_b = nearest
    both = np.sort(np.concatenate([nearest_a[:, :k], nearest_b[:, :k]], axis=1), axis=1)
    kept = (both[:, 1:] == both[:, :-1]).sum(axis=1)  # a list has no neighbor twice
    return Neighbors(k, places, nearest_a, nearest_b, kept, is_sampled, n_drawn_from, recall)


def _common_rows(table: Vectors, ids: Ids) -> Vectors:
    in_order = len(ids) == table.shape[0] and np.array_equal(ids, np.arange(len(ids)))
    return table if in_order else DerivedTable(table, len(ids), ids)

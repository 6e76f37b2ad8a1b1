"""Whether few rows are among the nearest of very many others: the k-occurrence of a table.

The rows that are compared are the different ones that have a direction: of identical rows the first, since
which of them are found is only a matter of order.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.progress import Reporter
from tovec.search.neighbor_graph import neighbor_graph, neighbors_of_rows
from tovec.vectors.derived import DerivedTable
from tovec.vectors.table import Ids, Vectors

WHOLE_ROWS = 50_000  # of which all are compared with all
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Occurrences:
    """How often each row is among the `k` nearest of the rows that were asked.

    ids: (n,) the rows of the table that were compared. counts: (n,) of each. asked: (n_asked,) places in
    `ids` of the rows whose nearest were searched, all of them or a sample. nearest: (n_asked,) the place of
    the row nearest to each, and similarities their cosines; empty where there is only one row.
    """

    k: int
    ids: Ids
    counts: Counts
    asked: Ids
    nearest: Ids
    similarities: NDArray[np.float32]

    @property
    def are_sampled(self) -> bool:
        """Whether only some rows were asked."""
        return len(self.asked) < len(self.ids)


def occurrences(
    vectors: Vectors, ids: Ids, k: int, n_queries: int, seed: int, report: Reporter | None = None
) -> Occurrences:
    """Return how often each of the rows `ids` is among the `k` nearest of others.

    Up to WHOLE_ROWS all are asked; of more, `n_queries` that `seed` draws, against all.
    """
    table = vectors if len(ids) == vectors.shape[0] else DerivedTable(vectors, len(ids), ids)
    k = max(0, min(k, len(ids) - 1))
    if len(ids) <= WHOLE_ROWS:
        asked = np.arange(len(ids))
        graph = neighbor_graph(table, k, exact=True, report=report)
    else:
        generator = np.random.default_rng(seed)
        asked = np.sort(generator.choice(len(ids), min(n_queries, len(ids)), replace=False))
        graph = neighbors_of_rows(table, asked, k, report=report)
    counts = np.bincount(graph.ids.ravel(), minlength=len(ids))
    first = slice(0, min(1, k))
    return Occurrences(
        k,
        ids,
        counts,
        asked,
        graph.ids[:, first].ravel().astype(np.int64),
        graph.similarities[:, first].ravel(),
    )


def hubness_skewness(found: Occurrences) -> float:
    """Hubness: the skewness of how often a row is among the k nearest of others.

    Formula: E[(N − μ)³] / σ³ over the rows, N the number of rows that have it among their k nearest. Where
    only a sample of q of n rows was asked, the moments of N are estimated from the factorial moments of what
    was counted, divided by powers of q / n.
    Source: Radovanović, Nanopoulos and Ivanović 2010, JMLR 11.
    Read: near 0, all rows are found about as often; the higher, the more few tokens are neighbors of
    everything. It depends on k, so compare at equal k.
    """
    if not found.k:
        return float("nan")
    _, variance, third = _central_moments(found)
    return third / variance**1.5 if variance > 0 else float("nan")


def antihub_share(found: Occurrences) -> float:
    """Antihubs: the share of rows that are among the k nearest of no row asked.

    Formula: #{N = 0} / n.
    Source: as hubness; scikit-hubness calls it antihub occurrence.
    Read: the share of tokens that a search for neighbors never finds. It falls with k. Of a sample of queries
    it is larger than of all rows, and compares only with samples of as many queries in as many rows.
    """
    return float((found.counts == 0).mean()) if found.k else float("nan")


def robin_hood(found: Occurrences) -> float:
    """Robin-Hood index: the share of places in lists of k nearest that would have to move to even them out.

    Formula: ½ Σ|N − μ| / ΣN.
    Source: Feldbauer et al. 2018, "Fast approximate hubness reduction for large high-dimensional data", ICBK.
    Read: 0, every row is found equally often; .5 and more, half of all places belong to hubs. As antihubs, it
    is larger of a sample of queries.
    """
    total = found.counts.sum()
    if not total:
        return float("nan")
    return float(0.5 * np.abs(found.counts - found.counts.mean()).sum() / total)


def _central_moments(found: Occurrences) -> tuple[float, float, float]:
    """Return mean, variance and third central moment of N, estimated where rows were sampled."""
    counts = found.counts.astype(np.float64)
    if not found.are_sampled:
        away = counts - counts.mean()
        return float(counts.mean()), float((away**2).mean()), float((away**3).mean())
    share = len(found.asked) / len(found.ids)  # N of the sample is binomial with this probability
    first = counts.mean() / share
    second = (counts * (counts - 1)).mean() / share**2 + first
    falling = (counts * (counts - 1) * (counts - 2)).mean() / share**3
    third = falling + 3 * second - 2 * first
    return (
        float(first),
        float(second - first**2),
        float(third - 3 * first * second + 2 * first**3),
    )

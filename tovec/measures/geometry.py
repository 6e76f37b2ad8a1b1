"""The geometry of a table: lengths, spread, isotropy, hubs, and rows that carry nothing of their own.

A table is read by blocks, some ten times, and never copied, so it may be larger than memory.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.checks import whole_number
from tovec.counted import counted
from tovec.embedding import Embedding, check_embedding
from tovec.errors import BadSetting, TovecError
from tovec.foreign_names import explains_keywords
from tovec.measures import hubness, spread
from tovec.measures.explained import explanation
from tovec.measures.token_groups import Grouping, by_frequency, by_kind, by_script
from tovec.progress import Reporter, StageReporter
from tovec.vectors.cosine import Norms, row_norms
from tovec.vectors.derived import stored_ids
from tovec.vectors.row_check import RowCheck, check_rows
from tovec.vectors.table import Ids, Vectors, blocks

QUERIES = 5_000  # rows whose neighbors are searched in a table too large to compare all
MOST_NEIGHBORS = 1_000  # of a row; those of 50,000 rows take 0.4 GB
NEAR = 0.999  # the cosine from which rows are nearly identical
QUANTILES = (0.05, 0.5, 0.95)
GROUPINGS: Mapping[str, Callable[[Any], Grouping]] = MappingProxyType(
    {"kind": by_kind, "script": by_script, "frequency": by_frequency}
)


class Lengths(NamedTuple):
    """The lengths of a group's rows: how many there are, and of those with a direction 5 %, half and 95 %."""

    name: str
    n_rows: int
    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Geometry:
    """What `geometry` found; `figures` has the numbers by name, `explain(name)` says what one means.

    n_rows, dim: of the table. n_counted: rows with a direction, which the figures are of. k: of the hubness.
    n_queries: rows whose neighbors were searched, among n_compared different rows; fewer where the table is
    too large to compare all, drawn by `seed`. figures: None for one that does not exist, as IsoScore of one
    column. lengths: of all rows. groups: of rows by "kind", "script" and "frequency". spectrum: (dim,) shares
    of the variance, largest first. occurrences: (n_compared,) how often each row was found. norms: (n_rows,).
    rows: those that carry nothing of their own, as `tovec inspect --rows` has them. constant: ids of rows of
    one number, zeros left out. near_identical: (n, 2) ids of a row that was searched and of the row that it
    is nearly identical to.
    """

    n_rows: int
    dim: int
    n_counted: int
    k: int
    seed: int
    near: float
    n_queries: int
    n_compared: int
    figures: Mapping[str, float | None]
    lengths: Lengths
    groups: Mapping[str, Sequence[Lengths]]
    rows: RowCheck
    constant: Ids
    near_identical: Ids = field(repr=False)
    spectrum: NDArray[np.float64] = field(repr=False)
    occurrences: NDArray[np.int64] = field(repr=False)
    norms: Norms = field(repr=False)

    @property
    def is_sampled(self) -> bool:
        """Whether hubness and nearly identical rows are of a sample of the rows."""
        return self.n_queries < self.n_compared


@explains_keywords()
def geometry(
    embedding: Embedding,
    *,
    k: int = 10,
    near: float = NEAR,
    queries: int = QUERIES,
    seed: int = 0,
    report: Reporter | None = None,
) -> Geometry:
    """Return what the table of `embedding` is like: lengths, spread, isotropy, hubs, odd rows.

    Rows of zeros, NaN or infinity are counted and then left out. k: of hubness. near: the cosine from which
    two rows count as nearly identical. Up to 50,000 different rows all are compared with all; of a larger
    table `queries` rows that `seed` draws are compared with all. Exactly identical rows are always found.
    report: called with the stages.
    Each figure is a function of tovec.measures with its formula, its source and how to read it:
    `tovec.measures.geometry.explain("iso_score")`.
    Raises BadSetting for settings out of range, and TovecError where no row has a direction.

    >>> embedding = tovec.Embedding.random([f"w{n}" for n in range(500)], 20)
    >>> found = tovec.geometry(embedding)
    >>> round(found.figures["iso_score"], 1), found.figures["zero_rows"]
    (1.0, 0.0)
    """
    check_embedding("embedding", embedding)
    k, queries = whole_number("k", k, 1), whole_number("queries", queries, 1)
    if k > MOST_NEIGHBORS:
        raise BadSetting("k", k, f"a whole number from 1 to {MOST_NEIGHBORS:,}")
    seed = whole_number("seed", seed, 0)
    if not isinstance(near, int | float | np.number) or not 0 < near <= 1:
        raise BadSetting("near", near, "a cosine above 0, at most 1")
    vectors, progress = embedding.vectors, StageReporter(report)
    progress.now("lengths", 0.0)
    norms = row_norms(vectors)
    if not norms.any():
        raise TovecError(
            f"none of the {counted(len(norms), 'row')} has a direction: all hold zeros, NaN or infinity"
        )
    rows = check_rows(vectors, stored_ids(vectors))
    sums = spread.moments(vectors, norms, progress)
    partitions = [spread.log_partition(vectors, norms, sums, unit, progress) for unit in (False, True)]
    found = hubness.occurrences(vectors, _different(norms, rows), k, queries, seed, report)
    is_near = found.similarities >= near
    near_pairs = np.stack([found.ids[found.asked[: len(is_near)]], found.ids[found.nearest]], axis=1)[is_near]
    constant = _constant_rows(vectors, norms)
    variances = spread.spectrum(sums)
    groups = {name: _lengths_of(group(embedding.vocabulary), norms) for name, group in GROUPINGS.items()}
    lengths = _lengths("all rows", norms)
    figures = {
        "norm": lengths.median,
        "mean_cosine": spread.mean_cosine(sums),
        "iso_score": spread.iso_score(sums),
        "participation_rank": spread.participation_rank(sums),
        "entropy_rank": spread.entropy_rank(variances),
        "partition_isotropy": spread.partition_isotropy(partitions[0]),
        "log_partition_isotropy": partitions[0][0] - partitions[0][1],
        "unit_partition_isotropy": spread.partition_isotropy(partitions[1]),
        "hubness_skewness": hubness.hubness_skewness(found),
        "antihub_share": hubness.antihub_share(found),
        "robin_hood": hubness.robin_hood(found),
        "zero_rows": len(rows.zero),
        "not_finite_rows": len(rows.not_finite),
        "constant_rows": len(constant),
        "identical_rows": len(rows.identical),
        "near_identical_share": len(near_pairs) / len(found.asked),
    }
    return Geometry(
        n_rows=len(norms),
        dim=vectors.shape[1],
        n_counted=sums.n,
        k=found.k,
        seed=seed,
        near=near,
        n_queries=len(found.asked),
        n_compared=len(found.ids),
        figures={name: None if number != number else float(number) for name, number in figures.items()},
        lengths=lengths,
        groups=groups,
        rows=rows,
        constant=constant,
        near_identical=near_pairs,
        spectrum=variances,
        occurrences=found.counts,
        norms=norms,
    )


def row_lengths(geometry: Geometry) -> Lengths:
    """Lengths: the length of a row, √Σx², its median, and at 5 % and 95 %; also by groups of tokens.

    Read: where lengths hardly differ, they say nothing about a token. Elsewhere those of rows that training
    has hardly touched stand out, often below all others; in some tables stop-words are the short ones.
    Frequency: by counts where there are any, else by id, since tokenizers begin with what is frequent.
    """
    return geometry.lengths


def near_identical_share(geometry: Geometry) -> float | None:
    """Nearly identical rows: the share of rows whose nearest other row has a cosine of `near` and more.

    Of rows that are identical number by number only the first counts; these are counted apart, always of all.
    Read: rows that training has hardly told apart, such as reserved tokens that began as one.
    """
    return geometry.figures["near_identical_share"]


def odd_rows(geometry: Geometry) -> RowCheck:
    """Odd rows: rows of zeros, with NaN or infinity, of one number, and identical ones, all of them.

    Formula: identical rows share a hash of all their numbers, and are then compared number by number.
    Read: 0 of each in a sound table. Identical rows are often padding or reserved tokens.
    """
    return geometry.rows


EXPLAINED: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "norm": row_lengths,
        "mean_cosine": spread.mean_cosine,
        "iso_score": spread.iso_score,
        "participation_rank": spread.participation_rank,
        "entropy_rank": spread.entropy_rank,
        "spectrum": spread.spectrum,
        "partition_isotropy": spread.partition_isotropy,
        "hubness_skewness": hubness.hubness_skewness,
        "antihub_share": hubness.antihub_share,
        "robin_hood": hubness.robin_hood,
        "near_identical_share": near_identical_share,
        "zero_rows": odd_rows,
    }
)


def explain(name: str) -> str:
    """Return what a figure is: its formula, its source and how to read it. name: a key of EXPLAINED."""
    return explanation(EXPLAINED, name)


def _different(norms: Norms, rows: RowCheck) -> Ids:
    """Return the rows with a direction, of identical ones the first."""
    kept = spread.counted_rows(norms)
    kept[rows.identical[rows.identical != rows.firsts]] = False
    if len(rows.shared):
        kept[rows.shared[rows.shared != rows.firsts_shared]] = False
    return np.flatnonzero(kept)


def _constant_rows(vectors: Vectors, norms: Norms) -> Ids:
    """Return the rows that hold one number throughout, zeros left out; none of a table with one column."""
    if vectors.shape[1] == 1:
        return np.empty(0, dtype=np.int64)
    found = [start + np.flatnonzero((rows == rows[:, :1]).all(axis=1)) for start, rows in blocks(vectors)]
    ids = np.concatenate(found)
    return ids[norms[ids] > 0]


def _lengths_of(grouping: Grouping, norms: Norms) -> Sequence[Lengths]:
    return [_lengths(name, norms[grouping.rows(at)]) for at, name in enumerate(grouping.names)]


def _lengths(name: str, norms: Norms) -> Lengths:
    directed = norms[norms > 0]
    quantiles = np.quantile(directed, QUANTILES).tolist() if len(directed) else [float("nan")] * 3
    return Lengths(name, len(norms), *quantiles)

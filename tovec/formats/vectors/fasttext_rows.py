"""Vectors of fastText's words, each the mean of its own row and those of its n-grams, made when asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.nearest import LazyTable, Rows, Vectors
from tovec.text.ngrams import NgramRule

FAST_FROM = 200  # rows; below that, loading the compiled code takes longer than it saves
STEP = 8192  # rows whose n-grams are looked for at once; from FAST_FROM of ngrams.py on that is fast
GATHERED = 512  # rows that are made at once where what they are made of has to be copied

Runs = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Subwords:
    """Which rows of a matrix make a word; those of words come first in it, then those of n-grams.

    words: the first words, or all `n_words` that have a row.
    kept: (n, 2) int32, ascending, bucket and row of each n-gram that has one; None when all have, in the
    order of buckets. without: the id of a word that has no n-grams.
    """

    words: Sequence[str]
    n_words: int
    rule: NgramRule
    kept: NDArray[np.int32] | None = None
    without: int | None = None

    def runs(self, words: NDArray[np.int64]) -> Runs:
        """Return the rows (ids, bounds) of words, given by id: word i has ids[bounds[i]:bounds[i + 1]]."""
        ngrams, offsets = self.rule.ngram_ids([self.words[word] for word in words])
        has_row = np.ones(len(ngrams), dtype=np.bool_)
        rows = ngrams
        if self.kept is not None:
            places = np.searchsorted(self.kept[:, 0], ngrams)
            kept = np.append(self.kept, [[-1, 0]], axis=0)  # the place past the end is no n-gram's
            has_row, rows = kept[places, 0] == ngrams, kept[places, 1]
        for place in np.flatnonzero(words == self.without):
            has_row[offsets[place] : offsets[place + 1]] = False
        n_rows = np.append(0, np.cumsum(has_row))[offsets]
        bounds = n_rows + np.arange(len(n_rows))  # with a word's own row before those of its n-grams
        is_own = np.zeros(bounds[-1], dtype=np.bool_)
        is_own[bounds[:-1]] = True
        ids = np.empty(bounds[-1], dtype=np.int64)
        ids[is_own], ids[~is_own] = words, rows[has_row]
        ids[~is_own] += self.n_words
        return ids, bounds


class ComposedTable(LazyTable):
    """Rows that are made when they are first asked for, and then kept.

    A row costs some twenty others, so looking through the table twice must not make it twice. What is kept
    is no more than `shape` says in float32, and memory is taken only for rows that were made.

    table: the matrix that `subwords` means, float32.
    """

    dtype = np.dtype(np.float32)
    rows_are_costly = True

    def __init__(self, table: Vectors, subwords: Subwords) -> None:
        self.shape = (len(subwords.words), table.shape[1])
        self._table, self._subwords = table, subwords
        self._is_made = np.zeros(self.shape[0], dtype=np.bool_)
        self._rows: Rows = np.empty(self.shape, dtype=np.float32)  # takes memory as rows are made

    def __getitem__(self, rows: Any, /) -> Rows:
        n_rows = self.shape[0]
        ids = np.arange(*rows.indices(n_rows)) if isinstance(rows, slice) else np.asarray(rows)
        wanted = np.unique(ids[~self._is_made[ids]] % n_rows)
        for start in range(0, len(wanted), STEP):
            part = wanted[start : start + STEP]
            self._rows[part] = self._means(*self._subwords.runs(part))
            self._is_made[part] = True
        found: Rows = self._rows[rows]
        found.flags.writeable = False  # of a slice it is what is kept
        return found

    def _means(self, ids: NDArray[np.int64], bounds: NDArray[np.int64]) -> Rows:
        if len(bounds) <= FAST_FROM:
            return slow_means(self._table, ids, bounds)
        from tovec.formats.vectors.fasttext_kernels import mean_rows

        means = np.empty((len(bounds) - 1, self.shape[1]), dtype=np.float32)
        if isinstance(self._table, np.ndarray):
            mean_rows(self._table, ids, bounds, means)
            return means
        for start in range(0, len(means), GATHERED):
            part = bounds[start : start + GATHERED + 1]
            rows = self._table[ids[part[0] : part[-1]]]
            mean_rows(rows, np.arange(len(rows)), part - part[0], means[start : start + GATHERED])
        return means


def slow_means(table: Vectors, ids: NDArray[np.int64], bounds: NDArray[np.int64]) -> Rows:
    """Return the mean of each run of rows, (n, dim), summed in float32 from left to right."""
    means = np.zeros((len(bounds) - 1, table.shape[1]), dtype=np.float32)
    for mean, start, stop in zip(means, bounds[:-1], bounds[1:], strict=True):
        with np.errstate(all="ignore"):  # a row of a damaged file may hold anything
            for row in table[ids[start:stop]]:
                mean += row
            mean *= np.float32(1.0 / (stop - start))
    return means

"""Vectors of fastText's words: the mean of a word's row and those of its n-grams, computed when asked for."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.memory import available_bytes
from tovec.text.ngrams import NgramRule
from tovec.vectors.lazy import LazyTable
from tovec.vectors.table import Rows, Vectors

N_THREADS = os.cpu_count() or 1
STEP = 1024  # rows that a thread computes at a time
ROWS_OF_A_WORD = 20  # roughly
SHARE_OF_MEMORY = 2  # the matrix may take one part in so many of the free memory
SUMMED_BYTES = 1 << 19  # of sums that are added to again and again, so that they stay in the cache

Runs = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Subwords:
    """Which rows of a matrix make a word; it has the rows of words first, then those of n-grams.

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
            kept = np.append(self.kept, [[-1, 0]], axis=0)  # an entry for n-grams past the last
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
    """Rows that are computed when they are first asked for, and then kept.

    A row is the mean of about twenty others, so a second pass over the table must not compute it again. At
    most the whole table is kept in float32, and memory is used only for rows that were computed.

    table: the matrix that `subwords` refers to, float32.
    """

    dtype = np.dtype(np.float32)
    rows_are_costly = True

    def __init__(self, table: Vectors, subwords: Subwords) -> None:
        self.shape = (len(subwords.words), table.shape[1])
        self._table, self._subwords = table, subwords
        self._is_made = np.zeros(self.shape[0], dtype=np.bool_)
        self._rows: Rows = np.empty(self.shape, dtype=np.float32)  # uses memory as rows are written

    def _take(self, rows: Any, /) -> Rows:
        n_rows = self.shape[0]
        ids = np.arange(*rows.indices(n_rows)) if isinstance(rows, slice) else np.asarray(rows)
        wanted = np.unique(ids[~self._is_made[ids]] % n_rows)
        parts = [wanted[start : start + STEP] for start in range(0, len(wanted), STEP)]
        if len(parts) > 1:
            from concurrent.futures import ThreadPoolExecutor  # takes as long to load as all of this package

            table = self._in_memory(len(wanted))
            with ThreadPoolExecutor(N_THREADS) as pool:
                for _ in pool.map(lambda part: self._make(table, part), parts):
                    pass
        elif parts:
            self._make(self._table, parts[0])
        found: Rows = self._rows[rows]
        found.flags.writeable = False  # a slice shows the kept rows themselves
        return found

    def _in_memory(self, n_words: int) -> Vectors:
        """Return the matrix, read whole where the words need most of its rows and memory allows it."""
        n_rows, dim = self._table.shape
        if n_words * ROWS_OF_A_WORD < n_rows:
            return self._table
        available = available_bytes()
        fits = available is None or 4 * n_rows * dim * SHARE_OF_MEMORY <= available
        return np.asarray(self._table) if fits else self._table

    def _make(self, table: Vectors, wanted: NDArray[np.int64]) -> None:
        self._rows[wanted] = mean_rows(table, *self._subwords.runs(wanted))
        self._is_made[wanted] = True


def mean_rows(table: Vectors, ids: NDArray[np.int64], bounds: NDArray[np.int64]) -> Rows:
    """Return the means of the rows ids[bounds[i]:bounds[i + 1]], each at least one: (n, dim).

    Sums are float32, from left to right, and multiplied by 1 / n, as in fastText, so the numbers are exactly
    fastText's. Many are summed at once: the first row of each, the second of each that has one, and so on.
    """
    dim = table.shape[1]
    counts = np.diff(bounds)
    means = np.empty((len(counts), dim), dtype=np.float32)
    by_count = np.argsort(-counts, kind="stable")
    step = max(1, SUMMED_BYTES // (4 * dim))
    for start in range(0, len(counts), step):
        part = by_count[start : start + step]
        n, first = counts[part], bounds[part]
        n_longer = np.searchsorted(-n, -np.arange(1, n[0]))  # how many have a second row, a third …
        with np.errstate(all="ignore"):  # a row of a damaged file may hold anything
            sums = _gathered(table, ids[first])
            for at, m in enumerate(n_longer.tolist(), start=1):
                sums[:m] += _gathered(table, ids[first[:m] + at])
            means[part] = sums * (1.0 / n).astype(np.float32)[:, None]
    return means


def _gathered(table: Vectors, ids: NDArray[np.int64]) -> Rows:
    """Return a copy of rows; taken as bytes, since numbers in a file may not be aligned."""
    if isinstance(table, np.ndarray) and table.flags.c_contiguous:
        rows: Rows = table.view(np.uint8).take(ids, axis=0).view(table.dtype)
        return rows
    return np.array(table[ids], dtype=np.float32)

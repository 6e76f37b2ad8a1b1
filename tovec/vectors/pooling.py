"""From the vectors of the tokens of a text to one vector of the text."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tovec.text.text_cutter import CutTexts, Numbers
from tovec.vectors.table import BLOCK_NUMBERS, Rows, Vectors

if TYPE_CHECKING:
    from tovec.vectors.ngram_table import NgramTable

Weights = Callable[[Numbers], NDArray[Any]]  # rows, from n_tokens on unknown tokens, to the weight of each

_IN_CACHE = 1 << 16  # numbers that are added up while they lie in the cache of a core
_LONG = 256  # rows; sums of more are accumulated in float64, so that they lose no digits


def pooled(cut: CutTexts, vectors: Vectors, ngrams: "NgramTable | None", weights: Weights | None) -> Rows:
    """Return the mean of the weighted vectors of the tokens of each text, (n_texts, dim); zeros without one.

    weights: None for a weight of 1 each. The sum is divided by the number of tokens, whatever their weights.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # NaN and infinity stay what they are
        units = _unit_sums(cut, vectors, ngrams, weights)
        sums = sums_of_runs(units, cut.units, cut.lengths)
    ends = np.cumsum(cut.lengths)
    n_before = np.concatenate([[0], np.cumsum(cut.unit_lengths[cut.units])])
    n_tokens = n_before[ends] - n_before[ends - cut.lengths]
    sums /= np.maximum(1, n_tokens)[:, None].astype(np.float32)
    return sums


def _unit_sums(cut: CutTexts, vectors: Vectors, ngrams: "NgramTable | None", weights: Weights | None) -> Rows:
    """Return the sum of the weighted vectors of each unit, (n_units, dim) float32."""
    sums = np.zeros((len(cut.unit_lengths), vectors.shape[1]), dtype=np.float32)
    ends = np.cumsum(cut.unit_lengths)
    step = max(1, BLOCK_NUMBERS // vectors.shape[1])
    first = 0
    while first < len(ends):
        start = ends[first] - cut.unit_lengths[first]
        last = max(first + 1, int(np.searchsorted(ends, start + step, side="right")))
        rows, lengths = cut.rows[start : ends[last - 1]], cut.unit_lengths[first:last]
        found = _vectors_of(rows, cut.unknown, vectors, ngrams)
        if weights is not None:
            found = found * weights(rows).astype(np.float32)[:, None]
        if (lengths <= 1).all():
            sums[first:last][lengths == 1] = found
        else:
            sums[first:last] = sums_of_runs(found, np.arange(len(rows)), lengths)
        first = last
    return sums


def _vectors_of(rows: Numbers, unknown: Any, vectors: Vectors, ngrams: "NgramTable | None") -> Rows:
    n_tokens = vectors.shape[0]
    is_unknown = rows >= n_tokens
    if not is_unknown.any():
        return np.asarray(vectors[rows], dtype=np.float32)
    assert ngrams is not None
    found = np.empty((len(rows), vectors.shape[1]), dtype=np.float32)
    found[~is_unknown] = vectors[rows[~is_unknown]]
    for place in np.flatnonzero(is_unknown).tolist():
        found[place] = ngrams.vector(unknown[rows[place] - n_tokens])
    return found


def sums_of_runs(table: Rows, rows: Numbers, lengths: Numbers) -> Rows:
    """Return the sum of each run of rows of `table`, (n_runs, dim) float32.

    rows: those of all runs, one after the other; lengths: (n_runs,), how many each has. Runs of one length
    are added up together, which takes no compiler to be fast.
    """
    dim = table.shape[1]
    sums = np.zeros((len(lengths), dim), dtype=np.float32)
    starts = np.cumsum(lengths) - lengths
    order = np.argsort(lengths, kind="stable")
    of_length, n_of_length = np.unique(lengths, return_counts=True)
    lasts = np.cumsum(n_of_length)
    for length, first, last in zip(of_length, lasts - n_of_length, lasts, strict=True):
        if length == 0:
            continue
        if length > _LONG:
            for run in order[first:last].tolist():
                sums[run] = _long_sum(table, rows[starts[run] : starts[run] + length])
            continue
        step, places = max(1, _IN_CACHE // (int(length) * dim)), np.arange(length)
        for start in range(first, last, step):
            runs = order[start : min(start + step, last)]
            sums[runs] = table[rows[starts[runs][:, None] + places]].sum(axis=1)
    return sums


def _long_sum(table: Rows, rows: Numbers) -> NDArray[np.float64]:
    step = max(1, _IN_CACHE // table.shape[1])
    total = np.zeros(table.shape[1])
    for start in range(0, len(rows), step):
        total += table[rows[start : start + step]].sum(axis=0, dtype=np.float64)
    return total

"""Vectors of character n-grams, from which an unknown token gets its vector.

text/ngrams.py finds the n-grams of a token; training/ learns the vectors.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.errors import TovecError
from tovec.text.ngrams import NgramRule, Offsets
from tovec.text.vocabulary import Ids
from tovec.vectors.table import BLOCK_NUMBERS, Rows, Vectors


class NgramTable:
    """A vector for each bucket of n-grams, or for those buckets that training has used.

    vectors: (n_rows, dim) floating-point numbers, an array (float32 and float16 are kept without a
    copy) or a lazy view. buckets: (n_rows,) integers, ascending, the bucket of each row, as
    `NgramRule.rows` gives them; None when there is a row for every bucket. An n-gram in a bucket
    without a row was never trained and is left out of every mean; fastText, which keeps all rows, includes
    the random numbers that such a row started with.

    Raises TovecError when the vectors are not a table of numbers or have another number of rows than there
    are buckets, and when `buckets` do not ascend or lie outside the rule's.

    >>> import numpy as np
    >>> rule = tovec.NgramRule(3, 4, buckets=50)
    >>> table = tovec.NgramTable(rule, np.ones((50, 2), np.float32))
    >>> embedding = tovec.Embedding(["cat"], [[1, 0]], ngrams=table)
    >>> embedding["cats"].shape
    (2,)
    """

    def __init__(self, rule: NgramRule, vectors: Vectors, buckets: Ids | None = None) -> None:
        if isinstance(vectors, np.ndarray) and vectors.dtype not in (np.float32, np.float16):
            vectors = vectors.astype(np.float32)
        self.rule = rule
        self.vectors = vectors
        self.buckets: Ids | None = None if buckets is None else np.asarray(buckets, dtype=np.int32)
        n_rows = rule.buckets if self.buckets is None else self.buckets.size
        if len(vectors.shape) != 2 or vectors.shape[0] != n_rows or not vectors.shape[1]:
            raise TovecError(
                f"{counted(n_rows, 'bucket')} of n-grams need a table of ({n_rows}, dim) numbers, "
                f"not of shape {vectors.shape}"
            )
        if self.buckets is not None and self.buckets.size:
            _check_ascending(self.buckets, rule.buckets)

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return int(self.vectors.shape[1])

    def vector(self, token: str) -> Rows | None:
        """Return the mean of the vectors of the n-grams of `token`, (dim,) float32; None when it has none.

        This is fastText's vector of an unknown word.
        """
        ids, _ = self.rule.ngram_ids([token])
        places, has_row = self._places(ids)
        if not has_row.any():
            return None
        rows = np.asarray(self.vectors[places[has_row]], dtype=np.float32)
        mean: Rows = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
        return mean

    def composed(self, tokens: Sequence[str], own: Vectors) -> Rows:
        """Return the mean of each token's own vector and those of its n-grams, (n_tokens, dim) float32.

        own: (n_tokens, dim). This is fastText's vector of a known word, its `</s>` excepted, which has no
        n-grams there. Raises TovecError for an `own` of another shape.
        """
        if tuple(own.shape) != (len(tokens), self.dim):
            raise TovecError(
                f"{counted(len(tokens), 'token needs', 'tokens need')} own vectors of "
                f"({len(tokens)}, {self.dim}), not {own.shape}"
            )
        composed = np.empty(own.shape, dtype=np.float32)
        for part, sums, counts in self._sums_of(tokens):
            composed[part] = (own[part] + sums) / (counts + 1)[:, None]
        return composed

    def own_rows(self, tokens: Sequence[str], composed: Vectors) -> Rows:
        """Return the own vectors from which `composed` would make these, (n_tokens, dim) float32."""
        own = np.empty(composed.shape, dtype=np.float32)
        for part, sums, counts in self._sums_of(tokens):
            own[part] = composed[part] * (counts + 1)[:, None] - sums
        return own

    def rows_of(self, buckets: Ids) -> tuple[NDArray[np.int64], Rows]:
        """Return which of `buckets` have a vector here, by their place, (n,), and these vectors, (n, dim)."""
        places, has_row = self._places(buckets)
        return np.flatnonzero(has_row), np.asarray(self.vectors[places[has_row]], dtype=np.float32)

    def _sums_of(
        self, tokens: Sequence[str]
    ) -> Iterator[tuple[slice, NDArray[np.float64], NDArray[np.int64]]]:
        """Yield a part of the tokens at a time, with what `_sums` gives for it."""
        ids, offsets = self.rule.ngram_ids(tokens)
        step = BLOCK_NUMBERS * len(tokens) // (self.dim * max(1, len(tokens) + len(ids)))
        for part in _slices(len(tokens), max(1, step)):
            bounds = offsets[part.start : part.stop + 1]
            yield (part, *self._sums(ids[bounds[0] : bounds[-1]], bounds - bounds[0]))

    def _sums(self, ids: Ids, offsets: Offsets) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the sum of the vectors of each token's n-grams, and how many of them have one."""
        from tovec.text import ngram_kernels

        places, has_row = self._places(ids)
        bounds = np.concatenate([[0], np.cumsum(has_row)])[offsets]
        rows = np.asarray(self.vectors[places[has_row]], dtype=np.float32)
        sums = np.zeros((len(offsets) - 1, self.dim))
        ngram_kernels.add_runs(rows, bounds, sums)
        return sums, np.diff(bounds)

    def _places(self, ids: Ids) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the row of each bucket, and whether it has one (else the row is meaningless)."""
        if self.buckets is None:
            return ids.astype(np.int64), np.ones(len(ids), dtype=np.bool_)
        if not self.buckets.size:
            return np.zeros(len(ids), dtype=np.int64), np.zeros(len(ids), dtype=np.bool_)
        places = np.minimum(np.searchsorted(self.buckets, ids), self.buckets.size - 1)
        return places, self.buckets[places] == ids


def _check_ascending(buckets: Ids, n_buckets: int) -> None:
    if buckets.ndim != 1 or not (
        buckets[0] >= 0 and buckets[-1] < n_buckets and (np.diff(buckets) > 0).all()
    ):
        raise TovecError(
            f"the buckets of n-grams must be different, ascending and below {n_buckets}; "
            "NgramRule.rows gives them so"
        )


def _slices(n: int, step: int) -> Iterator[slice]:
    return (slice(start, min(start + step, n)) for start in range(0, n, step))

"""A table at one byte a number, with a bound on the error of each row, so that search stays exact.

Each row is scaled to length 1, the center of some rows is subtracted, and the rest is rounded to a scale
times integers from -127 to 127. The length of the rounding error is stored. By Cauchy and Schwarz it bounds
the error of the cosine with any query, so few rows can be among the best, and those are measured in the table
itself. Subtracting the center removes what all rows share, which is much in tables of language models and
would cost range.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tovec.search.exact import LAST, MAX_SCORES, Found, best, rounding
from tovec.vectors.cosine import unit_rows
from tovec.vectors.table import BLOCK_NUMBERS, Ids, Rows, Vectors

Result = TypeVar("Result")

N_THREADS = os.cpu_count() or 1
CENTER_ROWS = 1024  # rows, at least, of which the center is the mean
SHARE_NUMBERS = 1 << 24  # codes that a thread multiplies at a time
PRODUCT_NUMBERS = 1 << 28  # products of many queries that a thread computes at a time


@dataclass(frozen=True)
class QuantizedIndex:
    """The rows of a table at length 1, each about `scales[i] * codes[i] + center`.

    codes: (n_rows, dim) int8. scales, errors: (n_rows,) float32; errors bound the error of a cosine, rounding
    included. center: (dim,) float64. undirected: the ids of rows without direction, ascending.
    """

    codes: NDArray[np.int8]
    scales: Rows
    errors: Rows
    center: NDArray[np.float64]
    undirected: Ids

    @staticmethod
    def n_bytes(n_rows: int, dim: int) -> int:
        """Return the memory that the index of a table takes."""
        return n_rows * (dim + 8)

    @classmethod
    def build(cls, vectors: Vectors) -> "QuantizedIndex":
        """Return the index of a table, which is read once, some blocks at a time."""
        from tovec.search import kernels

        n_rows, dim = vectors.shape
        codes = np.empty((n_rows, dim), dtype=np.int8)
        scales, errors = np.empty(n_rows, dtype=np.float32), np.empty(n_rows, dtype=np.float32)
        center = _center(vectors)
        step = max(1, BLOCK_NUMBERS // (N_THREADS * dim))

        def encode(start: int) -> None:
            rows = np.ascontiguousarray(vectors[start : start + step], dtype=np.float32)
            kernels.encode(rows, center, start, codes, scales, errors, np.empty(dim))

        _in_threads(encode, range(0, n_rows, step))
        undirected = np.flatnonzero(np.isinf(errors))
        errors[undirected] = 0.0
        errors += rounding(dim)
        return cls(codes, scales, errors, center, undirected)

    def cosines(self, query: NDArray[Any]) -> Rows:
        """Return the cosine of every row with `query`, (dim,), to within `errors`: (n_rows,).

        `LAST` for rows without direction.
        """
        from tovec.search import kernels

        unit = unit_rows(query[None])[0]
        unit32, shared = unit.astype(np.float32), np.float32(self.center @ unit)
        n_rows, dim = self.codes.shape
        scores = np.empty(n_rows, dtype=np.float32)
        step = max(1, SHARE_NUMBERS // dim)

        def multiply(start: int) -> None:
            stop = min(n_rows, start + step)
            kernels.multiply(self.codes, self.scales, unit32, shared, scores, start, stop)

        _in_threads(multiply, range(0, n_rows, step))
        scores[self.undirected] = LAST
        return scores

    def nearest(self, vectors: Vectors, query: NDArray[Any], k: int, skip: Sequence[int]) -> Found:
        """Return the `k` rows of highest cosine with `query`, without `skip`; vectors: the table itself."""
        return best(vectors, query, self.cosines(query), self.errors, k, skip)

    def nearest_to_each(
        self, vectors: Vectors, queries: NDArray[Any], k: int, left_out: Sequence[Sequence[int]]
    ) -> list[Found]:
        """Return what `nearest` returns for each of `queries`, (n_queries, dim); codes are read once."""
        step = max(1, MAX_SCORES // len(self.codes))
        found = []
        for start in range(0, len(queries), step):
            part, skips = queries[start : start + step], left_out[start : start + step]
            cosines = self._cosines_of_each(part)

            def measure(i: int, asked: Any = part, cosines: Rows = cosines, skips: Any = skips) -> Found:
                return best(vectors, asked[i], cosines[i], self.errors, k, skips[i])

            found += _in_threads(measure, range(len(part)))
        return found

    def _cosines_of_each(self, queries: NDArray[Any]) -> Rows:
        """Return what `cosines` returns for each of `queries`: (n_queries, n_rows)."""
        from tovec.search import kernels

        n_rows, dim = self.codes.shape
        n_asked = -(-len(queries) // kernels.QUERIES) * kernels.QUERIES
        units = np.zeros((n_asked, -(-dim // kernels.LANES) * kernels.LANES))
        units[: len(queries), :dim] = unit_rows(queries)
        units32, shared = units.astype(np.float32), (units[:, :dim] @ self.center).astype(np.float32)
        # Rows of scores a power of two apart would compete for the same lines of the cache.
        scores = np.empty((n_asked, n_rows + kernels.LANES), dtype=np.float32)[:, :n_rows]
        step = max(kernels.ROWS, PRODUCT_NUMBERS // (dim * n_asked))

        def multiply(start: int) -> None:
            rows = np.zeros((kernels.ROWS, units.shape[1]), dtype=np.float32)
            stop = min(n_rows, start + step)
            kernels.multiply_each(self.codes, self.scales, units32, shared, scores, start, stop, rows)

        _in_threads(multiply, range(0, n_rows, step))
        scores[:, self.undirected] = LAST
        return scores[: len(queries)]


def _center(vectors: Vectors) -> NDArray[np.float64]:
    """Return the mean of rows at length 1, taken at equal distances, (dim,)."""
    n_rows, dim = vectors.shape
    n_taken = min(CENTER_ROWS, max(1, BLOCK_NUMBERS // dim))
    rows = np.asarray(vectors[:: max(1, n_rows // n_taken)], dtype=np.float32)
    center: NDArray[np.float64] = unit_rows(rows).mean(axis=0)
    return center


def _in_threads(run: Callable[[int], Result], starts: Iterable[int]) -> list[Result]:
    """Return `run(start)` for each start, on one thread a processor; errors are raised."""
    from concurrent.futures import ThreadPoolExecutor  # takes as long to load as this whole package

    with ThreadPoolExecutor(N_THREADS) as pool:
        return list(pool.map(run, starts))

"""Exact search in one table, again and again; what a further question can use is cached."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tovec.dependencies import is_installed
from tovec.memory import available_bytes
from tovec.search.exact import Found, nearest
from tovec.vectors.cosine import Norms
from tovec.vectors.derived import DerivedTable
from tovec.vectors.table import Vectors

if TYPE_CHECKING:
    from tovec.search.quantized import QuantizedIndex

QUANTIZED_FROM = 1 << 22  # numbers in a table; a smaller one is searched as it is, in milliseconds
FEW = 2  # queries that are answered faster one by one from the quantized index than together
SHARE_OF_MEMORY = 4  # a quantized index may take one part in this many of the free memory


class TableSearch:
    """The rows nearest to a query, by exact cosine, from any number of threads at once.

    Every answer equals that of `tovec.search.exact.nearest`. A question of many queries reads the whole table
    and caches the norms of its rows. The first single one, `nearest_to_one`, makes a quantized index of a
    large table, a quarter of the size of its float32; all further questions are answered from that. Where
    memory is short, or numba is not installed, there is no index.
    """

    def __init__(self, vectors: Vectors, caches: bool = True) -> None:
        self.vectors = vectors
        self._norms: Norms | None = None
        self._index: QuantizedIndex | None = None
        self._caches = caches
        self._indexing = threading.Lock()

    def __reduce__(self) -> tuple[type["TableSearch"], tuple[Vectors, bool]]:
        return TableSearch, (self.vectors, self._caches)  # what it caches can be made again

    def disable_cache(self) -> None:
        """From now on cache nothing: the rows may change at any time."""
        self._caches = False
        self._norms = self._index = None

    def nearest(self, queries: NDArray[Any], k: int, left_out: Sequence[Sequence[int]]) -> list[Found]:
        """Return what is nearest to each of `queries`, (n_queries, dim); see `tovec.search.exact.nearest`."""
        if not self._caches:
            return nearest(self.vectors, None, queries, k, left_out)[0]
        index = self._index
        if index is not None:
            if len(queries) > FEW:
                return index.nearest_to_each(self.vectors, queries, k, left_out)
            pairs = zip(queries, left_out, strict=True)
            return [index.nearest(self.vectors, query, k, skip) for query, skip in pairs]
        found, self._norms = nearest(self.vectors, self._norms, queries, k, left_out)
        return found

    def nearest_among(
        self, ids: NDArray[np.int64], queries: NDArray[Any], k: int, left_out: Sequence[Sequence[int]]
    ) -> list[Found]:
        """As `nearest`, but only rows `ids` are found, (n,), ascending and different; only they are read."""
        places = [np.searchsorted(ids, [row for row in skip if row in ids]).tolist() for skip in left_out]
        found = nearest(DerivedTable(self.vectors, len(ids), ids), None, queries, k, places)[0]
        return [Found(ids[each.ids], each.similarities) for each in found]

    def nearest_to_one(self, query: NDArray[Any], k: int, left_out: Sequence[int]) -> Found:
        """Return what is nearest to `query`, (dim,), and make further such questions fast ones."""
        with self._indexing:
            if self._index is None and self._should_quantize():
                from tovec.search.quantized import QuantizedIndex  # opening a table needs no search

                if self._has_room(QuantizedIndex.n_bytes(*self.vectors.shape)):
                    self._index = QuantizedIndex.build(self.vectors)
        return self.nearest(query[None], k, [left_out])[0]

    def _should_quantize(self) -> bool:
        n_rows, dim = self.vectors.shape
        return self._caches and n_rows * dim >= QUANTIZED_FROM and is_installed("numba")

    def _has_room(self, n_bytes: int) -> bool:
        available = available_bytes()
        return available is None or n_bytes * SHARE_OF_MEMORY <= available

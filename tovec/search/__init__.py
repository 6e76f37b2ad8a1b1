"""Exact search in one table, again and again: what is worth keeping between two questions is kept."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tovec.memory import available_bytes
from tovec.search.exact import Found, nearest
from tovec.vectors.cosine import Norms
from tovec.vectors.lazy import SelectedRows
from tovec.vectors.table import Vectors

if TYPE_CHECKING:
    from tovec.search.quantized import Codes

CODED_FROM = 1 << 22  # numbers in a table; a smaller one is searched as it is, in milliseconds
FEW = 2  # queries that are answered sooner one by one from the codes than together
SHARE_OF_MEMORY = 4  # codes may take one part in so many of what is free


class Search:
    """The rows nearest to a query, by exact cosine, from any number of threads at once.

    Every answer equals that of `tovec.search.exact.nearest`. A question of many queries reads the whole table
    and keeps the norms of its rows. Single ones, `nearest_to_one`, make a compact copy of a large table at
    the first, a quarter of its float32; from then on all are answered from there. Where memory is short
    there is none.
    """

    def __init__(self, vectors: Vectors, keeps: bool = True) -> None:
        self.vectors = vectors
        self._norms: Norms | None = None
        self._codes: Codes | None = None
        self._keeps = keeps
        self._coding = threading.Lock()

    def __reduce__(self) -> tuple[type["Search"], tuple[Vectors, bool]]:
        return Search, (self.vectors, self._keeps)  # what it keeps can be made again

    def keep_nothing(self) -> None:
        """From now on keep nothing of the rows: they may change at any time."""
        self._keeps = False
        self._norms = self._codes = None

    def nearest(self, queries: NDArray[Any], k: int, left_out: Sequence[Sequence[int]]) -> list[Found]:
        """Return what is nearest to each of `queries`, (n_queries, dim); see `tovec.search.exact.nearest`."""
        if not self._keeps:
            return nearest(self.vectors, None, queries, k, left_out)[0]
        codes = self._codes
        if codes is not None:
            if len(queries) > FEW:
                return codes.nearest_to_each(self.vectors, queries, k, left_out)
            pairs = zip(queries, left_out, strict=True)
            return [codes.nearest(self.vectors, query, k, skip) for query, skip in pairs]
        found, self._norms = nearest(self.vectors, self._norms, queries, k, left_out)
        return found

    def nearest_among(
        self, ids: NDArray[np.int64], queries: NDArray[Any], k: int, left_out: Sequence[Sequence[int]]
    ) -> list[Found]:
        """As `nearest`, but only rows `ids` are found, (n,), ascending and different; only they are read."""
        places = [np.searchsorted(ids, [row for row in skip if row in ids]).tolist() for skip in left_out]
        found = nearest(SelectedRows(self.vectors, ids), None, queries, k, places)[0]
        return [Found(ids[each.ids], each.similarities) for each in found]

    def nearest_to_one(self, query: NDArray[Any], k: int, left_out: Sequence[int]) -> Found:
        """Return what is nearest to `query`, (dim,), and make further such questions fast ones."""
        with self._coding:
            if self._codes is None and self._may_be_worth_coding():
                from tovec.search.quantized import Codes  # most of those who open a table ask for rows alone

                if self._has_room(Codes.n_bytes(*self.vectors.shape)):
                    self._codes = Codes.of(self.vectors)
        return self.nearest(query[None], k, [left_out])[0]

    def _may_be_worth_coding(self) -> bool:
        n_rows, dim = self.vectors.shape
        return self._keeps and n_rows * dim >= CODED_FROM

    def _has_room(self, n_bytes: int) -> bool:
        available = available_bytes()
        return available is None or n_bytes * SHARE_OF_MEMORY <= available

"""Views of other tables: some of their rows, in another order or scaled; and what a table is stored as."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.vectors.cosine import unit_rows_float32
from tovec.vectors.file_rows import row_numbers
from tovec.vectors.lazy import LazyTable
from tovec.vectors.rounding import rounding
from tovec.vectors.stored import StoredTable
from tovec.vectors.table import Rows, Vectors


class DerivedTable(LazyTable):
    """Rows of another table: some of them, in another order or scaled, made on demand.

    ids: (n_rows,) which row of `table` each row is; None for its first `n_rows`. weights: (n_rows,) what
    each row is multiplied by, or one number for all.
    """

    dtype = np.dtype(np.float32)

    def __init__(
        self,
        table: Vectors,
        n_rows: int,
        ids: NDArray[Any] | None = None,
        weights: NDArray[Any] | float = 1.0,
    ) -> None:
        self.table = table
        self.shape = (n_rows, table.shape[1])
        self.ids = ids
        self._weights = weights
        self._only_selects = ids is not None and isinstance(weights, float) and weights == 1.0

    def _take(self, rows: Any, /) -> Rows:
        if isinstance(rows, slice):
            rows = slice(*rows.indices(self.shape[0]))
            if rows.stop < 0:  # a reversed slice down to the first row
                rows = slice(rows.start, None, rows.step)
        else:  # the other table may have more rows
            rows = row_numbers(rows, self.shape[0])
        found = self.table[rows if self.ids is None else self.ids[rows]]
        if self._only_selects and found.ndim > 1:  # a copy already, which nothing has to be multiplied by
            return np.asarray(found, dtype=np.float32)
        weights = self._weights if isinstance(self._weights, float) else self._weights[rows][..., None]
        with np.errstate(over="ignore", invalid="ignore"):  # past all float32 is infinity, as everywhere
            scaled: Rows = np.asarray(found, dtype=np.float32) * np.float32(weights)
        return scaled

    def rounding(self, ids: Any, rows: Rows) -> NDArray[np.float64]:
        """Return how far each of `rows`, those of `ids`, may be from what it was rounded from, (n,)."""
        wanted = row_numbers(ids, self.shape[0])
        stored = wanted if self.ids is None else self.ids[wanted]
        if self._only_selects:
            return rounding(self.table, stored, rows)
        weights = self._weights if isinstance(self._weights, float) else self._weights[wanted]
        of_stored = rounding(self.table, stored, np.asarray(self.table[stored], dtype=np.float32))
        return np.asarray(of_stored * np.abs(weights), dtype=np.float64)


class MappedTable(LazyTable):
    """The rows of a table times a matrix, (dim, n_axes), computed in float32 on demand.

    shift: (n_axes,) is added to each row; None for nothing. keeps_zeros: rows of zeros, which stand for
    nothing, get no shift.
    """

    dtype = np.dtype(np.float32)

    def __init__(
        self,
        table: Vectors,
        matrix: NDArray[np.float64],
        shift: NDArray[np.float64] | None = None,
        *,
        keeps_zeros: bool = False,
    ) -> None:
        self.shape = (table.shape[0], matrix.shape[1])
        self._table = table
        self._matrix, self._shift, self._keeps_zeros = matrix, shift, keeps_zeros

    def _take(self, rows: Any, /) -> Rows:
        found = np.asarray(self._table[rows], dtype=np.float64)
        with np.errstate(over="ignore", invalid="ignore"):  # NaN and infinity stay what they are
            numbers = found @ self._matrix
            if self._shift is not None:
                shifted = found.any(axis=-1, keepdims=True) if self._keeps_zeros else True
                numbers += np.where(shifted, self._shift, 0.0)
            mapped: Rows = numbers.astype(np.float32)
        return mapped


class UnitTable(LazyTable):
    """The rows of a table at length 1, made on demand; those without direction are zeros."""

    dtype = np.dtype(np.float32)

    def __init__(self, table: Vectors) -> None:
        self.shape = (table.shape[0], table.shape[1])
        self._table = table

    def _take(self, rows: Any, /) -> Rows:
        found = np.asarray(self._table[rows], dtype=np.float32)
        return unit_rows_float32(found.reshape(-1, self.shape[1])).reshape(found.shape)


def stored_ids(vectors: Vectors) -> NDArray[Any] | None:
    """Return the stored row that each row is made from; None where each has its own."""
    ids, n_rows = None, vectors.shape[0]
    while isinstance(vectors, DerivedTable):
        if vectors.ids is not None:
            ids = vectors.ids if ids is None else vectors.ids[ids]
        vectors = vectors.table
    return None if ids is None else ids[:n_rows]


def _underneath(vectors: Vectors) -> Any:
    """Return the table that the rows of views are made from."""
    while isinstance(vectors, DerivedTable):
        vectors = vectors.table
    return vectors


def is_in_memory(vectors: Vectors) -> bool:
    """Whether the rows lie in memory, so that none has to be read from a file or computed."""
    underneath = _underneath(vectors)
    return isinstance(underneath, np.ndarray) and not isinstance(underneath, np.memmap)


def are_costly(vectors: Vectors) -> bool:
    """Whether rows have to be downloaded or computed, so that reading all should be explicit."""
    return bool(getattr(_underneath(vectors), "rows_are_costly", False))


def rows_from(table: Vectors, start: int, stop: int) -> Vectors:
    """Return the rows [start, stop) of `table`, without reading them."""
    if (start, stop) == (0, table.shape[0]):
        return table
    if isinstance(table, StoredTable):
        return table.part(start, stop)
    if isinstance(table, np.ndarray):
        return table[start:stop]
    return DerivedTable(table, stop - start, None if start == 0 else np.arange(start, stop))


def first_rows(table: Vectors, n_rows: int) -> Vectors:
    """Return the first `n_rows` of `table`, without reading them."""
    return rows_from(table, 0, n_rows)


def stored_type(vectors: Vectors) -> str:
    """Return the number type that rows are stored in, by the name in files where numpy has none."""
    if isinstance(vectors, DerivedTable):
        return stored_type(vectors.table)
    return str(getattr(vectors, "type_name", vectors.dtype))


def stored_bytes(vectors: Vectors) -> int:
    """Return how many bytes the stored rows take."""
    if isinstance(vectors, DerivedTable):
        return stored_bytes(vectors.table)
    n_rows, dim = vectors.shape
    return int(getattr(vectors, "nbytes", n_rows * dim * vectors.dtype.itemsize))

"""Rows of bytes, all of one length, read from their file on demand."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.storage.open_file import BYTES_PER_CALL, OpenFile, Pieces
from tovec.vectors.table import Ids

CACHED_BYTES = 1 << 27  # of a table that is cached once reading single rows has taken as long as reading all


class FileRows:
    """`n_rows` rows of `row_bytes` bytes, one after the other from byte `offset` of a file.

    A small table is cached in memory once many single rows have been read; a file that has changed is an
    error all the same. Every method raises BadFile.
    """

    def __init__(self, file: OpenFile, offset: int, n_rows: int, row_bytes: int) -> None:
        self.file, self.offset = file, offset
        self.shape = (n_rows, row_bytes)
        self._n_single = 0
        self._cached: Pieces | None = None

    @property
    def nbytes(self) -> int:
        """The bytes of all rows."""
        return self.shape[0] * self.shape[1]

    def part(self, start: int, stop: int) -> "FileRows":
        """Return the rows [start, stop)."""
        return FileRows(self.file, self.offset + start * self.shape[1], stop - start, self.shape[1])

    def __getitem__(self, rows: Any, /) -> Pieces:
        """Return the rows of a slice or of ids of any shape: that shape + (row_bytes,).

        It is a new array, or one that cannot be written to. Raises IndexError too.
        """
        n_rows, row_bytes = self.shape
        if self._cached is not None:
            self.file.check()
            rows_of_cache: Pieces = self._cached[rows]
            return rows_of_cache
        if isinstance(rows, slice):
            start, stop, step = rows.indices(n_rows)
            if step == 1:
                return self._run(start, max(start, stop))
        ids = row_numbers(rows, n_rows)
        if ids.ndim == 1 and ids.size > 1 and ids[-1] - ids[0] == ids.size - 1 and (np.diff(ids) == 1).all():
            return self._run(int(ids[0]), int(ids[-1]) + 1)
        cached = self._all(ids.size)
        if cached is not None:
            return cached[ids]
        found = self.file.pieces(self.offset + ids.ravel() * row_bytes, row_bytes)
        return found.reshape(*ids.shape, row_bytes)

    def _run(self, start: int, stop: int) -> Pieces:
        row_bytes = self.shape[1]
        first = self.offset + start * row_bytes
        return self.file.read_array(first, first + (stop - start) * row_bytes).reshape(-1, row_bytes)

    def _all(self, n_single: int) -> Pieces | None:
        """Return all rows, None where caching them is not, or not yet, worth it."""
        if self.nbytes <= CACHED_BYTES:
            self._n_single += n_single
            if self._n_single * (self.shape[1] + BYTES_PER_CALL) > self.nbytes:
                every_row = self.file.read_array(self.offset, self.offset + self.nbytes)
                every_row.flags.writeable = False
                self._cached = every_row.reshape(self.shape)
        return self._cached


def row_numbers(rows: Any, n_rows: int) -> Ids:
    """Return the ids that an index of numpy selects: a slice, an id, an array of ids or of booleans.

    Raises IndexError for a row past the end, and for booleans that are not as many as the rows.
    """
    if isinstance(rows, slice):
        return np.arange(*rows.indices(n_rows), dtype=np.int64)
    ids: NDArray[Any] = np.asarray(rows)
    if ids.dtype == bool:
        if ids.shape != (n_rows,):
            raise IndexError(f"booleans of shape {ids.shape} for {n_rows} rows")
        return np.flatnonzero(ids)
    if ids.size and ids.dtype.kind not in "iu":
        raise IndexError(f"rows are selected by integers, not by {ids.dtype}")
    if ids.size and ids.min() >= 0 and ids.max() < n_rows:  # the usual case
        return ids.astype(np.int64, copy=False)
    outside = (ids < -n_rows) | (ids >= n_rows)
    if outside.any():
        raise IndexError(f"row {int(ids[outside].flat[0])} of {n_rows}")
    wanted: Ids = np.where(ids < 0, ids + n_rows, ids).astype(np.int64)
    return wanted

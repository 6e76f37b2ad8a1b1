"""A tensor whose parts are in several files, as one tensor; its rows are put together on demand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tovec.vectors.derived import stored_bytes
from tovec.vectors.file_rows import row_numbers
from tovec.vectors.lazy import LazyTable
from tovec.vectors.rounding import rounding
from tovec.vectors.stored import StoredTensor
from tovec.vectors.table import Rows, Vectors

Axis = Literal[0, 1]


@dataclass(frozen=True)
class JoinedTensor(StoredTensor):
    """Parts of one type, one below the other (axis 0) or side by side (axis 1), as one tensor.

    path, offset: of the first part.
    """

    parts: tuple[StoredTensor, ...] = ()
    axis: Axis = 0

    def opened_table(self) -> Vectors:
        """Return the rows, a `JoinedTable`."""
        return JoinedTable([part.opened_table() for part in self.parts], self.axis, self.type_name)

    def raw_bytes(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Return some of the bytes; raises as `StoredTensor.raw`."""
        stop = min(stop, self.size)
        if self.axis == 0:
            ends = np.cumsum([part.size for part in self.parts]).tolist()
            pieces = [
                part.raw_bytes(max(0, start - (end - part.size)), max(0, stop - (end - part.size)))
                for part, end in zip(self.parts, ends, strict=True)
            ]
            return np.concatenate(pieces)
        widths = [part.size // self.shape[0] for part in self.parts]
        width = sum(widths)
        first, last = start // width, -(-stop // width)
        rows = [
            part.raw_bytes(first * w, last * w).reshape(-1, w)
            for part, w in zip(self.parts, widths, strict=True)
        ]
        return np.concatenate(rows, axis=1).reshape(-1)[start - first * width : stop - first * width]


def joined(name: str, parts: Sequence[StoredTensor], axis: Axis) -> JoinedTensor:
    """Return parts of two dimensions as one tensor; they agree in type and in the other dimension."""
    first = parts[0]
    n_rows, dim = first.shape
    length = sum(part.shape[axis] for part in parts)
    shape = (length, dim) if axis == 0 else (n_rows, length)
    size = sum(part.size for part in parts)
    why_not = next((part.why_not for part in parts if part.why_not), "")
    return JoinedTensor(
        name, first.kind, shape, first.path, first.offset, size, why_not, parts=tuple(parts), axis=axis
    )


class JoinedTable(LazyTable):
    """The rows of tables one below the other (axis 0) or side by side (axis 1), put together on demand.

    type_name: of the numbers that all of them are stored in.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, tables: Sequence[Vectors], axis: Axis, type_name: str = "float32") -> None:
        n_rows, dim = tables[0].shape
        length = sum(table.shape[axis] for table in tables)
        self.shape = (length, dim) if axis == 0 else (n_rows, length)
        self.type_name = type_name
        self.nbytes = sum(map(stored_bytes, tables))
        self._tables = tables
        self._axis = axis

    def rounding(self, ids: Any, rows: Rows) -> NDArray[np.float64]:
        """Return how far each of `rows`, those of `ids`, may be from what it was rounded from, (n,)."""
        wanted = row_numbers(ids, self.shape[0])
        squares = np.zeros(len(wanted))
        start = 0
        for table in self._tables:
            stop = start + table.shape[self._axis]
            if self._axis == 1:
                squares += rounding(table, wanted, rows[:, start:stop]) ** 2
            else:
                is_here = (wanted >= start) & (wanted < stop)
                squares[is_here] = rounding(table, wanted[is_here] - start, rows[is_here]) ** 2
            start = stop
        return np.sqrt(squares)

    def _take(self, rows: Any, /) -> Rows:
        if self._axis == 1:
            return np.concatenate([np.asarray(table[rows], np.float32) for table in self._tables], axis=-1)
        n_rows, dim = self.shape
        ids = row_numbers(rows, n_rows)
        wanted = ids.ravel()
        found = np.empty((len(wanted), dim), np.float32)
        start = 0
        for table in self._tables:
            stop = start + table.shape[0]
            is_here = (wanted >= start) & (wanted < stop)
            found[is_here] = table[wanted[is_here] - start]
            start = stop
        return found.reshape(*ids.shape, dim)

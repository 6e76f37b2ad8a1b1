"""A tensor in parts that lie in several files, as one tensor; its rows are put together when asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tovec.formats.tensors.stored import StoredTensor, stored_bytes
from tovec.nearest import LazyTable, Rows, Vectors

Axis = Literal[0, 1]


@dataclass(frozen=True)
class JoinedTensor(StoredTensor):
    """Parts of one type, one below the other (axis 0) or side by side (axis 1), as one tensor.

    path, offset: of the first part.
    """

    parts: tuple[StoredTensor, ...] = ()
    axis: Axis = 0

    def mapped_table(self) -> Vectors:
        """Return the rows, a `JoinedTable`."""
        return JoinedTable([part.mapped_table() for part in self.parts], self.axis, self.type_name)

    def raw(self) -> NDArray[np.uint8]:
        """Return all bytes, put together; raises as `StoredTensor.raw`."""
        return self.raw_bytes(0, self.size)

    def raw_bytes(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Return some of the bytes; raises as `StoredTensor.raw`."""
        raws = [part.raw() for part in self.parts]
        if self.axis == 0:
            ends = np.cumsum([len(raw) for raw in raws])
            pieces = [
                raw[max(0, start - (end - len(raw))) : max(0, stop - (end - len(raw)))]
                for raw, end in zip(raws, ends, strict=True)
            ]
            return np.concatenate(pieces)
        n_rows = self.shape[0]
        rows = [raw.reshape(n_rows, -1) for raw in raws]
        width = sum(part.shape[1] for part in rows)
        first, last = start // width, -(-stop // width)
        whole = np.concatenate([part[first:last] for part in rows], axis=1).reshape(-1)
        return whole[start - first * width : stop - first * width]


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
    """The rows of tables one below the other (axis 0) or side by side (axis 1), put together when asked for.

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

    def __getitem__(self, rows: Any, /) -> Rows:
        if self._axis == 1:
            return np.concatenate([np.asarray(table[rows], np.float32) for table in self._tables], axis=-1)
        n_rows, dim = self.shape
        ids = np.arange(n_rows)[rows]
        wanted = np.atleast_1d(ids)
        found = np.empty((len(wanted), dim), np.float32)
        start = 0
        for table in self._tables:
            stop = start + table.shape[0]
            is_here = (wanted >= start) & (wanted < stop)
            found[is_here] = table[wanted[is_here] - start]
            start = stop
        return found if np.ndim(ids) else found[0]

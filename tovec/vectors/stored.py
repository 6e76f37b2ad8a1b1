"""One tensor in a file: where it lies, its bytes when asked for, and its rows as a lazy table."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.open_file import OpenFile, Stamp
from tovec.vectors.file_rows import FileRows
from tovec.vectors.lazy import LazyTable
from tovec.vectors.number_types import NumberType
from tovec.vectors.rounding import FLOATS, float_rounding, rounding
from tovec.vectors.table import BLOCK_NUMBERS, Rows, Vectors

_MAX_NUMBERS = 1 << 59  # of 8 bytes, all that an array can be shaped for, even where it holds none


@dataclass(frozen=True)
class StoredTensor:
    """Where a tensor is stored: `size` bytes at `offset` of the file `path`, rows one after the other.

    shape: slowest dimension first, so (n_rows, dim) for a table, whatever the format's own order.
    why_not: why its numbers cannot be read row by row from there, and the way out; empty where they can.
    fetch: downloads the bytes to `path` where they are not there yet; called before each use of them.
    data: the bytes, where the file does not hold them as they are.
    stamp: of the file when its header was read; None where nothing of it was read before the tensor is.
    """

    name: str
    kind: NumberType
    shape: tuple[int, ...]
    path: Path
    offset: int
    size: int
    why_not: str = ""
    fetch: Callable[[], None] | None = field(default=None, compare=False, repr=False)
    data: bytes | None = field(default=None, compare=False, repr=False)
    stamp: Stamp | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.why_not:
            return
        width = self.shape[-1] if self.shape else 1
        row_bytes = self.kind.row_bytes(width)
        if row_bytes is None:
            if self.kind.why_not:  # safetensors packs such numbers across the ends of rows
                return
            raise CorruptFile(
                f"tensor {self.name!r} has rows of {width} numbers, no multiple of the {self.kind.block} "
                f"that {self.kind.name} packs together"
            )
        if prod(self.shape[:-1]) * row_bytes != self.size:
            raise CorruptFile(
                f"tensor {self.name!r}: {self.size} bytes cannot be {shape_text(self.shape)} numbers of "
                f"{self.kind.name}"
            )

    @property
    def type_name(self) -> str:
        """The type of its numbers as people call it."""
        return self.kind.name

    @property
    def is_remote(self) -> bool:
        """Whether it has to be fetched before a row can be read."""
        return self.fetch is not None

    def table(self) -> Vectors:
        """Return the rows of a two-dimensional tensor, read-only; none is read yet.

        They are float16 where they are stored so and float32 otherwise; those of a remote tensor are fetched
        when the first is asked for.
        Raises CorruptFile for another number of dimensions, numbers that cannot be read, or a file too short,
        and BadFile for one that has changed.
        """
        self.check_table()
        return DeferredTable(self) if self.is_remote else self.opened_table()

    def opened_table(self) -> Vectors:
        """Return the rows as `table` does, fetched now where they are remote."""
        n_rows, dim = self.shape
        row_bytes = self.kind.row_bytes(dim) or 0
        file = self._opened()
        if file is None:
            return StoredTable(self.raw().reshape(n_rows, row_bytes), self.kind, dim)
        return StoredTable(FileRows(file, self.offset, n_rows, row_bytes), self.kind, dim)

    def array(self) -> NDArray[Any]:
        """Return the numbers as they are, in their shape, of a type that numpy has; raises as `raw`."""
        assert self.kind.dtype is not None
        return self.raw().view(self.kind.dtype).reshape(self.shape)

    def check_table(self) -> None:
        """Raise CorruptFile unless there are two dimensions and a number in them."""
        if len(self.shape) != 2 or 0 in self.shape:
            raise UnsupportedFile(
                f"tensor {self.name!r} is of shape {shape_text(self.shape) or 'one number'}, not a table"
            )

    def values(self) -> Rows:
        """Return all numbers, in their shape; for small tensors: a bias, the weights of a norm."""
        numbers = self.raw()
        width = self.shape[-1] if self.shape else 1
        row_bytes = self.kind.row_bytes(width)
        if not self.size or row_bytes is None:
            return np.empty(self.shape, dtype=np.float32)
        return self.kind.decode(numbers.reshape(-1, row_bytes)).reshape(self.shape)

    def raw(self) -> NDArray[np.uint8]:
        """Return the bytes, read now; those of a remote tensor are fetched first.

        Raises CorruptFile for a file too short, UnsupportedFile for numbers that tovec does not read, BadFile
        for a file that has changed, and OSError.
        """
        return self.raw_bytes(0, self.size)

    def raw_bytes(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Return some of the bytes; raises as `raw`."""
        file, start, stop = self._opened(), min(start, self.size), min(stop, self.size)
        if file is None:
            return np.frombuffer(self.data or b"", dtype=np.uint8)[start:stop]
        return file.read_array(self.offset + start, self.offset + stop)

    def _opened(self) -> OpenFile | None:
        """Return the file, opened, with all bytes in it; None where there are none, or they are elsewhere."""
        if self.why_not or self.kind.why_not:
            reason = self.why_not or f"is of {self.kind.name}, {self.kind.why_not}"
            raise UnsupportedFile(f"tensor {self.name!r} {reason}")
        if not self.size:
            if prod(length for length in self.shape if length) >= _MAX_NUMBERS:
                raise CorruptFile(f"tensor {self.name!r} is of shape {shape_text(self.shape)}")
            return None
        if self.data is not None:
            return None
        if self.fetch is not None:
            self.fetch()
        file = OpenFile(self.path, self.stamp)
        if file.size < self.offset + self.size:
            raise CorruptFile(f"it ends before tensor {self.name!r} does")
        return file


class StoredTable(LazyTable):
    """A table whose rows are decoded on demand, a slice or ids at a time.

    rows: (n_rows, row_bytes) uint8, usually in a file. float16 stays float16, all else becomes float32.
    """

    def __init__(self, rows: FileRows | NDArray[np.uint8], kind: NumberType, dim: int) -> None:
        self._is_plain = kind.dtype in (np.float32, np.float16)
        self.dtype = np.dtype(kind.dtype if self._is_plain else np.float32)
        self.type_name = str(self.dtype) if self._is_plain else kind.name
        self.shape = (rows.shape[0], dim)
        self._rows, self._kind = rows, kind

    def _take(self, rows: Any, /) -> Any:
        found = self._rows[rows]
        if self._is_plain:
            return found.view(self.dtype)
        numbers = self._kind.decode(found.reshape(-1, found.shape[-1]))
        return numbers.reshape(*found.shape[:-1], self.shape[1])

    def rounding(self, ids: Any, rows: Rows) -> NDArray[np.float64]:
        """Return how far each of `rows`, those of `ids`, may be from what it was rounded from, (n,)."""
        if self._kind.steps is None:
            return float_rounding(self.type_name if self.type_name in FLOATS else "float32", rows)
        found = self._rows[ids]
        steps = self._kind.steps(found.reshape(-1, found.shape[-1])).astype(np.float64)
        halves = 0.25 * self.shape[1] / steps.shape[1] * np.einsum("ij,ij->i", steps, steps)
        return np.asarray(np.sqrt(halves), dtype=np.float64)

    def stored_bytes(self, rows: Any) -> NDArray[np.uint8]:
        """Return the bytes of some rows as they are stored, (n, row_bytes)."""
        found: NDArray[np.uint8] = self._rows[rows]
        return found

    @property
    def nbytes(self) -> int:
        """The bytes as stored."""
        return int(self._rows.nbytes)

    def part(self, start: int, stop: int) -> "StoredTable":
        """Return the rows [start, stop), without reading them."""
        rows = self._rows.part(start, stop) if isinstance(self._rows, FileRows) else self._rows[start:stop]
        return StoredTable(rows, self._kind, self.shape[1])


class RemoteTable(Protocol):
    """A tensor that is a table and whose shape is known before it is downloaded."""

    @property
    def type_name(self) -> str:
        """The type of its numbers as people call it."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_rows, dim)."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def path(self) -> Path:
        """The file, as messages name it."""
        ...

    def opened_table(self) -> Vectors:
        """Return the rows, fetched now."""
        ...


class DeferredTable(LazyTable):
    """A table that is downloaded when its first row is needed."""

    rows_are_costly = True

    def __init__(self, tensor: RemoteTable) -> None:
        self.type_name = tensor.type_name
        self.shape = tensor.shape
        self.dtype = np.dtype(np.float32)
        self.nbytes = tensor.size
        self._tensor = tensor

    @cached_property
    def _table(self) -> Vectors:
        with reporting_file(self._tensor.path):
            return self._tensor.opened_table()

    def _take(self, rows: Any, /) -> Any:
        return self._table[rows]

    def rounding(self, ids: Any, rows: Rows) -> NDArray[np.float64]:
        """Return how far each of `rows`, those of `ids`, may be from what it was rounded from, (n,)."""
        return rounding(self._table, ids, rows)


def same_rows(one: StoredTensor, other: StoredTensor) -> bool:
    """Whether two tensors hold the same bytes; read in blocks."""
    if (one.kind, one.shape) != (other.kind, other.shape):
        return False
    if one.why_not and not one.size:  # numbers that are not there are not known to be the same
        return False
    if (one.path, one.offset) == (other.path, other.offset) and one.data is other.data:
        return True
    step = 4 * BLOCK_NUMBERS
    return all(
        np.array_equal(one.raw_bytes(i, i + step), other.raw_bytes(i, i + step))
        for i in range(0, one.size, step)
    )


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as people write it: `4 x 3`."""
    return " x ".join(map(str, shape))

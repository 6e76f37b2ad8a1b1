"""Tensors as they lie in files: found, not read; a table of them gives rows in float32 when asked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.open_file import OpenFile, Stamp
from tovec.vectors.file_rows import FileRows, row_numbers
from tovec.vectors.lazy import LazyTable
from tovec.vectors.number_types import NumberType
from tovec.vectors.table import BLOCK_NUMBERS, Rows, Vectors

Place = TypeVar("Place")
_MAX_NUMBERS = 1 << 59  # of 8 bytes, all that an array can be shaped for, even where it holds none


@dataclass(frozen=True)
class StoredTensor:
    """Where a tensor lies: `size` bytes at `offset` of the file `path`, rows one behind the other.

    shape: slowest dimension first, so (n_rows, dim) for a table, whatever the format's own order.
    why_not: why its numbers cannot be read row by row from there, and the way out; empty where they can.
    fetch: brings the bytes to `path` where they are not there yet; called before each use of them.
    data: the bytes, where they do not lie in the file as they are.
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
        """What people call the type of its numbers."""
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
                f"tensor {self.name!r} is of shape {shape_text(self.shape) or 'one number'}, no table"
            )

    def values(self) -> Rows:
        """Return all numbers, in their shape; for what is small: a bias, the weights of a norm."""
        numbers = self.raw()
        width = self.shape[-1] if self.shape else 1
        row_bytes = self.kind.row_bytes(width)
        if not self.size or row_bytes is None:
            return np.empty(self.shape, dtype=np.float32)
        return self.kind.decode(numbers.reshape(-1, row_bytes)).reshape(self.shape)

    def raw(self) -> NDArray[np.uint8]:
        """Return the bytes, read now; those of a remote tensor are fetched first.

        Raises CorruptFile for a file too short, UnsupportedFile for numbers that are not read, BadFile for a
        file that has changed, and OSError.
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


class LazyTensors(Mapping[str, StoredTensor], Generic[Place]):
    """Tensors by name, each found when it is asked for; `find` is given the name and its place."""

    def __init__(self, places: Mapping[str, Place], find: Callable[[str, Place], StoredTensor]) -> None:
        self._places = places
        self._find = find

    def __getitem__(self, name: str) -> StoredTensor:
        return self._find(name, self._places[name])

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True)
class TensorStore:
    """What a file of tensors, or several that belong together, holds; only headers have been read.

    metadata: what the format says beside the tensors. origin: the format as people name it, `GGUF 3`.
    files: in the order they were read. input_table: the tensor that the format itself says the ids of tokens
    are looked up in, None where it says nothing of it. is_gguf: whether it is GGUF, which has its own names
    for tensors, keeps scales within its number types, and configuration and tokens in `metadata`.
    """

    tensors: Mapping[str, StoredTensor]
    origin: str
    files: tuple[Path, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    input_table: str | None = None
    is_gguf: bool = False


def stamped(tensors: Mapping[str, StoredTensor], path: Path, stamp: Stamp) -> dict[str, StoredTensor]:
    """Return tensors, of which those in the file `path` must lie in it as it was when its header was read."""
    return {
        name: replace(tensor, stamp=stamp) if tensor.path == path else tensor
        for name, tensor in tensors.items()
    }


class StoredTable(LazyTable):
    """A table whose rows become numbers when they are asked for, a slice or ids at a time.

    rows: (n_rows, row_bytes) uint8, usually in a file. float16 stays as it is, all else becomes float32.
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

    @property
    def nbytes(self) -> int:
        """The bytes as stored."""
        return int(self._rows.nbytes)

    def part(self, start: int, stop: int) -> "StoredTable":
        """Return the rows [start, stop), without reading them."""
        rows = self._rows.part(start, stop) if isinstance(self._rows, FileRows) else self._rows[start:stop]
        return StoredTable(rows, self._kind, self.shape[1])


class RemoteTable(Protocol):
    """A tensor that is a table, and known before it is fetched."""

    @property
    def type_name(self) -> str:
        """What people call the type of its numbers."""
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
    """A table that is fetched when its first row is asked for."""

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


class DerivedTable(LazyTable):
    """Rows of another table, some of them, in another order or scaled; made when they are asked for.

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

    def _take(self, rows: Any, /) -> Rows:
        if isinstance(rows, slice):
            rows = slice(*rows.indices(self.shape[0]))
            if rows.stop < 0:  # a reversed slice down to the first row
                rows = slice(rows.start, None, rows.step)
        else:  # the other table may have more rows
            rows = row_numbers(rows, self.shape[0])
        found = self.table[rows if self.ids is None else self.ids[rows]]
        weights = self._weights if isinstance(self._weights, float) else self._weights[rows][..., None]
        with np.errstate(over="ignore", invalid="ignore"):  # past all float32 is infinity, as everywhere
            scaled: Rows = np.asarray(found, dtype=np.float32) * np.float32(weights)
        return scaled


def stored_ids(vectors: Vectors) -> NDArray[Any] | None:
    """Return which stored row each row is made from; None where each has its own."""
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


def are_costly(vectors: Vectors) -> bool:
    """Whether rows have to be downloaded or computed, so all are read only where that is asked for."""
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
    """Return the number type that rows are stored in, by the name that files give it where numpy has none."""
    if isinstance(vectors, DerivedTable):
        return stored_type(vectors.table)
    return str(getattr(vectors, "type_name", vectors.dtype))


def stored_bytes(vectors: Vectors) -> int:
    """Return how many bytes the rows take as they are stored."""
    if isinstance(vectors, DerivedTable):
        return stored_bytes(vectors.table)
    n_rows, dim = vectors.shape
    return int(getattr(vectors, "nbytes", n_rows * dim * vectors.dtype.itemsize))


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

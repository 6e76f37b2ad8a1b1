"""A table of vectors, (n_tokens, dim): its protocol, and its rows a few megabytes at a time."""

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tovec.checks import real_numbers, whole_number
from tovec.errors import TovecError

Rows = NDArray[np.float32]
Ids = NDArray[np.int64]
BLOCK_NUMBERS = 1 << 21  # 8 MB of float32 rows at a time


@runtime_checkable
class Vectors(Protocol):
    """A table of vectors, (n_tokens, dim): an array, or a lazy table that makes rows on demand."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_tokens, dim)."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type the rows are stored in; they are read as float32."""
        ...

    def __getitem__(self, rows: Any, /) -> Any:
        """Return the rows of a slice or of an array of ids."""
        ...


def as_table(vectors: Any) -> Vectors:
    """Return `vectors` as a table of float32 or float16, or as the lazy table that it is.

    A tensor of torch is copied: training may change it at any time.
    """
    if hasattr(vectors, "detach"):  # a tensor of torch, which may be bfloat16, on a GPU or part of a graph
        vectors = np.array(vectors.detach().cpu().float().numpy())
    is_lazy = isinstance(vectors, Vectors) and not isinstance(vectors, np.ndarray)
    table: Vectors = vectors if is_lazy else real_numbers(vectors)
    if len(table.shape) != 2:
        raise TovecError(f"vectors must be a table of (n_tokens, dim) numbers, not of shape {table.shape}")
    whole_number("dim", table.shape[1], 1)
    return table


def blocks(vectors: Vectors) -> Iterator[tuple[int, Rows]]:
    """Yield the whole table as (first row, rows in float32), a few megabytes at a time."""
    for part in row_slices(*vectors.shape):
        yield part.start, np.asarray(vectors[part], dtype=np.float32)


def row_slices(n_rows: int, dim: int) -> Iterator[slice]:
    """Yield slices that cover `n_rows` rows of `dim` numbers, a few megabytes each."""
    step = max(1, BLOCK_NUMBERS // dim)
    return (slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step))


def in_float32(vectors: Vectors, rows: slice) -> Rows:
    """Return the rows of a slice as a new array of float32, (n_rows, dim), as `rows_of`."""
    return rows_of(vectors, rows, np.dtype(np.float32))


def rows_of(vectors: Vectors, rows: slice, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the rows of a slice as a new array, (n_rows, dim), without further memory.

    Asked for all rows at once, a lazy table would hold them a second time until they are copied.
    """
    n_rows, dim = vectors.shape
    wanted = range(*rows.indices(n_rows))
    gathered = np.empty((len(wanted), dim), dtype=dtype)
    step = max(1, BLOCK_NUMBERS // dim)
    for start in range(0, len(wanted), step):
        part = wanted[start : start + step]
        stop = part.stop if part.stop >= 0 else None  # a reversed slice that ends with the first row
        gathered[start : start + step] = vectors[part.start : stop : part.step]
    return gathered

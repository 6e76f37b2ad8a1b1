"""Exact cosine neighbours in a table too large to copy.

A fast pass gives every row its cosine in float32, block by block; the few rows that may be among the
best are then measured again in float64. So the answer does not depend on how the table was cut into
blocks, and equal rows get equal similarities, which a matrix product alone does not promise.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self, runtime_checkable

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import DTypeLike, NDArray

from tovec.checks import real_numbers, whole_number
from tovec.errors import TovecError

Rows = NDArray[np.float32]
Ids = NDArray[np.int64]
Norms = NDArray[np.float64]

BLOCK_NUMBERS = 1 << 21  # 8 MB of float32 rows at a time
_ITERATED = 1 << 10  # rows that are read at a time when a table is gone through
MAX_SCORES = 1 << 24  # 64 MB of float32 cosines at a time
LAST = np.float32(-2.0)  # the score of a row without direction, below every cosine
PART_SCORES = 512  # of which only the best is looked at when it is asked how good the best rows are
PARTS_PER_ROW = 4  # parts to each row that is asked for, or several of the best share one
MEASURED_NUMBERS = 1 << 16  # half a megabyte of float64: what is measured again stays in the cache


@runtime_checkable
class Vectors(Protocol):
    """A table of vectors, (n_tokens, dim): an array, or a view that makes rows when they are asked for."""

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


# What an array can be asked; a table is asked it of all its rows, read for that.
_OF_ALL_ROWS = frozenset(
    (
        *("T", "all", "any", "argmax", "argmin", "argpartition", "argsort", "astype", "clip", "compress"),
        *("conj", "conjugate", "copy", "cumprod", "cumsum", "diagonal", "dot", "dump", "dumps", "flat"),
        *("flatten", "imag", "item", "itemsize", "mT", "max", "mean", "min", "nonzero", "prod", "ravel"),
        *("real", "repeat", "reshape", "round", "searchsorted", "squeeze", "std", "sum", "swapaxes", "take"),
        *("tobytes", "tofile", "tolist", "trace", "transpose", "var", "view"),
    )
)


_NO_ARRAY = "it is a table whose rows are read when they are asked for; `table[:]` is an array"
_NEVER_CHANGES = "a table whose rows are read when they are asked for never changes"
_PLACES = (int, np.integer, slice)


def _names_rows(index: Any) -> bool:
    """Whether an index of numpy names rows: a place, a slice, ids, or a truth value for each row."""
    if isinstance(index, _PLACES):
        return not isinstance(index, bool)
    if isinstance(index, tuple):
        return False
    kind = np.asarray(index)
    return kind.ndim == 1 if kind.dtype == bool else kind.dtype != object


class LazyTable(NDArrayOperatorsMixin):
    """What all views have that make rows when they are asked for: they work as arrays that never change.

    Operators, functions and methods of NumPy read all rows. No view changes, so a copy is the view itself. A
    pickle has all rows, as `np.asarray` gives them: it needs no file where it arrives.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def _take(self, rows: Any, /) -> Any:
        """Return the rows of a slice, an id, ids of any shape, or a truth value for each row."""
        raise NotImplementedError

    def __getitem__(self, index: Any, /) -> Any:
        """Return what an array of these numbers has there; only the rows that are named are read.

        Where the index does more than to name rows, or some numbers of them, all are read.
        """
        if _names_rows(index):
            return self._take(index)
        if isinstance(index, tuple) and len(index) == 2 and all(map(_names_rows, index)):
            rows, columns = index
            if isinstance(rows, _PLACES) or isinstance(columns, _PLACES):
                return self._take(rows)[..., columns][()]  # of one number not an array without dimensions
        return np.asarray(self)[index]

    def __contains__(self, number: object) -> bool:
        return number in np.asarray(self)

    def __repr__(self) -> str:
        n_rows, dim = self.shape
        return f"{type(self).__name__}({n_rows:,} × {dim:,} numbers of {self.dtype}, read when asked for)"

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, len(self), _ITERATED):
            yield from self[start : start + _ITERATED]

    @property
    def ndim(self) -> int:
        """Two: rows, and their numbers."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return math.prod(self.shape)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if any(isinstance(each, LazyTable) for each in options.get("out", ())):
            raise TypeError(f"{_NEVER_CHANGES}; `table = table + 1` makes an array")
        arrays = [np.asarray(each) if isinstance(each, LazyTable) else each for each in inputs]
        return getattr(ufunc, method)(*arrays, **options)

    if not TYPE_CHECKING:  # for mypy, a name that is not there stays an error

        def __getattr__(self, name: str) -> Any:
            if name in _OF_ALL_ROWS:
                return getattr(np.asarray(self), name)
            way = f"; {_NO_ARRAY}" if hasattr(np.ndarray, name) and not name.startswith("__") else ""
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{way}")

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all rows, (n_rows, dim), in `dtype` or that of the table; it is always a copy."""
        if copy is False:
            raise ValueError("the rows of this table are made when they are asked for, so an array is a copy")
        rows = rows_of(self, slice(None), self.dtype)
        return rows if dtype is None else rows.astype(dtype, copy=False)

    def to_numpy(self) -> NDArray[Any]:
        """Return all rows, (n_rows, dim), as `np.asarray` does; by this name pandas and matplotlib ask."""
        return np.asarray(self)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return np.asarray, (np.asarray(self),)


class SelectedRows(LazyTable):
    """Some rows of a table, by their ids, read when they are asked for."""

    dtype = np.dtype(np.float32)

    def __init__(self, table: Vectors, ids: NDArray[np.int64]) -> None:
        self.shape = (len(ids), table.shape[1])
        self._table, self._ids = table, ids

    def _take(self, rows: Any, /) -> Any:
        return self._table[self._ids[rows]]


def as_table(vectors: Any) -> Vectors:
    """Return `vectors` as a table in a type that is kept: float32, float16, or a lazy view's own.

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


def torch_can_share(vectors: Vectors) -> bool:
    """Whether torch takes this memory as it is; it knows no steps backwards and warns of read-only arrays."""
    if not isinstance(vectors, np.ndarray) or vectors.dtype != np.float32:
        return False
    return bool(vectors.flags.writeable) and min(vectors.strides) >= 0


class Found(NamedTuple):
    """What is nearest to one query: ids, (k,) int64, and their cosines, (k,) float32, best first."""

    ids: Ids
    similarities: Rows


@dataclass(frozen=True)
class Neighbor:
    """A token that was found, and its cosine with what was asked for."""

    token: str
    id: int
    similarity: float


def blocks(vectors: Vectors) -> Iterator[tuple[int, Rows]]:
    """Yield the whole table as (first row, rows in float32), a few megabytes at a time."""
    n_rows, dim = vectors.shape
    step = max(1, BLOCK_NUMBERS // dim)
    for start in range(0, n_rows, step):
        yield start, np.asarray(vectors[start : start + step], dtype=np.float32)


def in_float32(vectors: Vectors, rows: slice) -> Rows:
    """Return the rows of a slice as a new array of float32, (n_rows, dim), as `rows_of`."""
    return rows_of(vectors, rows, np.dtype(np.float32))


def rows_of(vectors: Vectors, rows: slice, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the rows of a slice as a new array, (n_rows, dim), and take no memory beside it.

    What a view makes at once would be there twice before it is copied.
    """
    n_rows, dim = vectors.shape
    wanted = range(*rows.indices(n_rows))
    gathered = np.empty((len(wanted), dim), dtype=dtype)
    step = max(1, BLOCK_NUMBERS // dim)
    for start in range(0, len(wanted), step):
        part = wanted[start : start + step]
        stop = part.stop if part.stop >= 0 else None  # of a reversed slice that ends with the first row
        gathered[start : start + step] = vectors[part.start : stop : part.step]
    return gathered


def row_norms(vectors: Vectors) -> Norms:
    """Return the length of every row, (n_tokens,); 0 for a row with a NaN or an infinity.

    Such a row has no direction, so everything here treats it as it treats a row of zeros.
    """
    norms = np.empty(vectors.shape[0])
    for start, rows in blocks(vectors):
        norms[start : start + len(rows)] = _lengths(rows)
    return norms


def _lengths(rows: Rows) -> Norms:
    with np.errstate(all="ignore"):
        squares = np.einsum("ij,ij->i", rows, rows).astype(np.float64)
    inexact = ~((squares > 1e-25) & (squares < 1e35))  # float32 squares overflow or vanish; NaN and 0 too
    if inexact.any():
        with np.errstate(invalid="ignore"):  # a signaling NaN is told when it is cast
            odd = rows[inexact].astype(np.float64)
        squares[inexact] = np.einsum("ij,ij->i", odd, odd)
    squares[~np.isfinite(squares)] = 0.0
    lengths: Norms = np.sqrt(squares)
    return lengths


def cosines(rows: NDArray[Any], query: NDArray[Any]) -> Rows:
    """Return the cosine of each row with `query`, (n,), computed in float64; 0 where one has no direction."""
    with np.errstate(invalid="ignore"):
        rows, query = rows.astype(np.float64), query.astype(np.float64)
        lengths = np.sqrt((rows * rows).sum(axis=1)) * np.sqrt((query * query).sum())
        dots = (rows * query).sum(axis=1)
    directed = np.isfinite(lengths) & (lengths > 0)
    similarity = np.divide(dots, lengths, out=np.zeros(len(rows)), where=directed)
    in_range: Rows = similarity.clip(-1.0, 1.0).astype(np.float32)
    return in_range


def why_no_direction(vector: NDArray[Any]) -> str | None:
    """Return why a vector, (dim,), has no direction, as in "it ..."; None where it has one."""
    if np.isnan(vector).any():
        return "holds NaN"
    if not np.isfinite(vector).all():
        return "holds infinity"
    return None if vector.any() else "is all zeros"


def unit_rows(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return `rows` at length 1, in float64; rows without direction become zeros."""
    rows = np.where(np.isfinite(rows).all(axis=1, keepdims=True), rows, 0.0).astype(np.float64)
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    units: NDArray[np.float64] = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return units


def nearest(
    vectors: Vectors,
    norms: Norms | None,
    queries: NDArray[Any],
    k: int,
    left_out: Sequence[Sequence[int]],
) -> tuple[list[Found], Norms | None]:
    """Return, for each of `queries` (n_queries, dim), the `k` rows of highest cosine, best first.

    norms: `row_norms(vectors)`; where it is None they are measured on the way. They are returned too.
    left_out: for each query, the ids that must not be found.
    Ties are in the order of ids, and rows without direction come last, with a cosine of 0; a `k` past the
    table gives all rows that are not left out.
    Many queries at once cost little more than one: each block of the table is read once for all.
    """
    n_rows, dim = vectors.shape
    found = []
    step = max(1, MAX_SCORES // max(1, n_rows))
    for start in range(0, len(queries), step):
        part = queries[start : start + step]
        scores, norms = _fast_cosines(vectors, norms, unit_rows(part))
        for row, query, skip in zip(scores, part, left_out[start : start + step], strict=True):
            found.append(best(vectors, query, row, rounding(dim), k, skip))
    return found, norms


def _fast_cosines(vectors: Vectors, norms: Norms | None, units: NDArray[np.float64]) -> tuple[Rows, Norms]:
    """Return cosines to within `rounding`, (n_queries, n_tokens), and the norms of the rows."""
    scores = np.empty((len(units), vectors.shape[0]), dtype=np.float32)
    measured = np.empty(vectors.shape[0]) if norms is None else norms
    units32 = units.astype(np.float32)
    for start, rows in blocks(vectors):
        stop = start + len(rows)
        if norms is None:
            measured[start:stop] = _lengths(rows)
        lengths = measured[start:stop, None]
        with np.errstate(all="ignore"):
            part = (rows @ units32.T) / lengths
        part[lengths[:, 0] == 0] = LAST
        extreme = (lengths[:, 0] > 0) & ((lengths[:, 0] < 1e-12) | (lengths[:, 0] > 1e17))
        if extreme.any():  # float32 products overflow or vanish there
            part[extreme] = rows[extreme].astype(np.float64) @ units.T / lengths[extreme]
        scores[:, start:stop] = part.T
    return scores, measured


def rounding(dim: int) -> float:
    """Bound the rounding error of a cosine made in float32 of `dim` terms, twice over."""
    return 2 * (dim + 8) * float(np.finfo(np.float32).eps)


def best(
    vectors: Vectors, query: NDArray[Any], scores: Rows, errors: Rows | float, k: int, skip: Sequence[int]
) -> Found:
    """Return the best `k` rows: all that `scores` cannot rule out, measured again and sorted.

    scores: (n_tokens,) cosines with `query`, `LAST` for rows without direction, overwritten. errors: how far
    off each may be. skip: ids that must not be found.
    """
    scores[list(skip)] = -np.inf
    k = min(k, len(scores) - len(set(skip)))
    if k <= 0:
        return Found(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
    ids = np.flatnonzero(scores + errors >= _reached_by(scores - errors, k))
    step = max(1, MEASURED_NUMBERS // vectors.shape[1])
    parts = [
        cosines(np.asarray(vectors[ids[i : i + step]], np.float32), query) for i in range(0, len(ids), step)
    ]
    similarities = np.concatenate(parts)
    ranked = np.where(scores[ids] == LAST, LAST, similarities)
    order = np.argsort(-ranked, kind="stable")[:k]  # ids ascend, so ties keep their order
    return Found(ids[order], similarities[order])


def _reached_by(scores: Rows, k: int) -> np.float32:
    """Return a score that at least `k` of `scores` reach, (n,), and not many more.

    Where there are parts enough it is the k-th best of the best of each part, far sooner than that of all.
    """
    n_parts = len(scores) // PART_SCORES
    if n_parts >= PARTS_PER_ROW * k:
        scores = scores[: n_parts * PART_SCORES].reshape(n_parts, PART_SCORES).max(axis=1)
    reached: np.float32 = np.partition(scores, len(scores) - k)[len(scores) - k]
    return reached

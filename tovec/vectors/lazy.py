"""Tables whose rows are made on demand, which work as read-only arrays of NumPy."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import DTypeLike, NDArray

from tovec.counted import counted
from tovec.vectors.table import rows_of

_ITERATED = 1 << 10  # rows that are read at a time when a table is iterated
# Attributes of an array that need all rows, which are read for them.
_OF_ALL_ROWS = frozenset(
    (
        *("T", "all", "any", "argmax", "argmin", "argpartition", "argsort", "astype", "clip", "compress"),
        *("conj", "conjugate", "copy", "cumprod", "cumsum", "diagonal", "dot", "dump", "dumps", "flat"),
        *("flatten", "imag", "item", "itemsize", "mT", "max", "mean", "min", "nonzero", "prod", "ravel"),
        *("real", "repeat", "reshape", "round", "searchsorted", "squeeze", "std", "sum", "swapaxes", "take"),
        *("tobytes", "tofile", "tolist", "trace", "transpose", "var", "view"),
    )
)
_NO_ARRAY = "it is a table whose rows are read on demand; `table[:]` is an array"
_NEVER_CHANGES = "a table whose rows are read on demand never changes"
_ONLY_A_COPY = "the rows of this table are made on demand, so an array is a copy"
_PLACES = (int, np.integer, slice)
_PROCESSOR = 1  # kDLCPU of DLPack


def _selects_rows(index: Any) -> bool:
    """Whether an index of numpy selects rows: a place, a slice, ids, or a boolean for each row."""
    if isinstance(index, _PLACES):
        return not isinstance(index, bool)
    if isinstance(index, tuple):
        return False
    kind = np.asarray(index)
    return kind.ndim == 1 if kind.dtype == bool else kind.dtype != object


class LazyTable(NDArrayOperatorsMixin):
    """The base of all tables that make rows on demand: they work as arrays that never change.

    Operators, functions and methods of NumPy read all rows. A table never changes, so a copy is the table
    itself. A pickle holds all rows, as `np.asarray` gives them, so it needs no file where it is loaded.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def _take(self, rows: Any, /) -> Any:
        """Return the rows of a slice, an id, ids of any shape, or a boolean for each row."""
        raise NotImplementedError

    def __getitem__(self, index: Any, /) -> Any:
        """Return what an array of these numbers has there; only the selected rows are read.

        An index that does more than select rows, or some numbers of them, reads all.
        """
        if _selects_rows(index):
            return self._take(index)
        if isinstance(index, tuple) and len(index) == 2 and all(map(_selects_rows, index)):
            rows, columns = index
            if isinstance(rows, _PLACES) or isinstance(columns, _PLACES):
                return self._take(rows)[..., columns][()]  # a number, not an array without dimensions
        return np.asarray(self)[index]

    def __contains__(self, number: object) -> bool:
        return number in np.asarray(self)

    def __repr__(self) -> str:
        n_rows, dim = self.shape
        return f"{type(self).__name__}({n_rows:,} × {counted(dim, 'number')} of {self.dtype}, read on demand)"

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

    if not TYPE_CHECKING:  # mypy still reports unknown names

        def __getattr__(self, name: str) -> Any:
            if name in _OF_ALL_ROWS:
                return getattr(np.asarray(self), name)
            way = f"; {_NO_ARRAY}" if hasattr(np.ndarray, name) and not name.startswith("__") else ""
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{way}")

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all rows, (n_rows, dim), in `dtype` or that of the table; it is always a copy."""
        if copy is False:
            raise ValueError(_ONLY_A_COPY)
        rows = rows_of(self, slice(None), self.dtype)
        return rows if dtype is None else rows.astype(dtype, copy=False)

    def __dlpack__(self, *, copy: bool | None = None, **options: Any) -> Any:
        """Return all rows as DLPack hands them to other libraries; it is always a copy.

        options: of the array protocol. Raises BufferError where no copy may be made.
        """
        if copy is False:
            raise BufferError(_ONLY_A_COPY)
        return np.asarray(self).__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return where rows are made: the processor."""
        return _PROCESSOR, 0

    def to_numpy(self) -> NDArray[Any]:
        """Return all rows, (n_rows, dim), as `np.asarray` does; pandas and matplotlib call it."""
        return np.asarray(self)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return np.asarray, (np.asarray(self),)

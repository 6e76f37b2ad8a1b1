"""Frames and columns of other libraries (pandas, polars, Arrow, Modin, DuckDB, …), by way of narwhals.

What only hands out an Arrow stream is read by pyarrow, the extra `arrow`.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tovec.dependencies import is_installed, needs
from tovec.errors import MissingExtra, TovecError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    Frame = nw.DataFrame[Any]
    Column = nw.Series[Any]

_NEVER = (str, bytes, list, tuple, Mapping, Iterator, np.ndarray)  # known at once, before narwhals is loaded
_ROWS_AT_ONCE = 1 << 12


class ArrowStream(Protocol):
    """What hands out its columns as Arrow does: the frames of pandas, polars, Arrow, DuckDB and others."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return a capsule with a stream of Arrow."""
        ...


def as_frame(given: object, purpose: str) -> "Frame | None":
    """Return a frame of any library with its rows at hand, a lazy one collected; None for anything else.

    The index of a pandas frame that holds text, or the levels of it that do, become its first columns, unless
    one is named token.
    purpose: what the frame is for, as in "metadata in a …". Raises TovecError for two columns of one name,
    MissingExtra for a stream of Arrow without pyarrow.
    """
    wrapped = _wrapped(given)
    if wrapped is None:
        if not hasattr(given, "__arrow_c_stream__"):
            return None
        wrapped = _wrapped(_from_stream(given, purpose))
    if not hasattr(wrapped, "collect_schema"):
        return None
    frame: Frame = wrapped.collect() if hasattr(wrapped, "collect") else wrapped
    return _with_index(frame)


def as_column(given: object) -> "Column | None":
    """Return a column of any library, also an array of Arrow; None for anything else."""
    if hasattr(given, "__arrow_c_array__") and hasattr(given, "type"):
        import pyarrow

        given = pyarrow.chunked_array([given])  # narwhals knows those in chunks alone
    wrapped = _wrapped(given)
    return None if wrapped is None or hasattr(wrapped, "collect_schema") else wrapped


def names_of_columns(given: object) -> list[str] | None:
    """Return how the columns of a frame are named, without reading a lazy one; None for anything else."""
    wrapped = _wrapped(given)
    return list(map(str, wrapped.collect_schema().names())) if hasattr(wrapped, "collect_schema") else None


def values_of(column: "Column") -> list[Any]:
    """Return the values of a column, None for what its library calls missing."""
    values = column.to_list()
    if column.null_count() == 0:
        return values
    return [None if missing else value for value, missing in zip(values, column.is_null(), strict=True)]


class ColumnValues:
    """The values of a column, None for missing ones, as often as they are asked for; never all at once."""

    def __init__(self, column: "Column") -> None:
        self._column = column

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, len(self._column), _ROWS_AT_ONCE):
            yield from values_of(self._column[start : start + _ROWS_AT_ONCE])


def _wrapped(given: object) -> Any:
    """Return a frame or column of a library that narwhals knows as its own; None for anything else."""
    if given is None or isinstance(given, _NEVER):
        return None
    if not is_installed("narwhals"):
        if hasattr(given, "__dataframe__") or hasattr(given, "__arrow_c_stream__"):
            needs("narwhals", f"a {type(given).__name__}")
        return None
    import narwhals.stable.v2 as nw
    from narwhals.exceptions import DuplicateError

    try:
        wrapped = nw.from_native(given, allow_series=True, pass_through=True)
    except DuplicateError as error:
        names = list(map(str, getattr(given, "column_names", None) or given.columns))  # type: ignore[attr-defined]
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise TovecError(f"the {type(given).__name__} has two columns named {twice!r}") from error
    return None if wrapped is given else wrapped


def _from_stream(given: object, purpose: str) -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise MissingExtra(f"{purpose} in a {type(given).__name__}", "arrow") from error
    return pyarrow.table(given)


def _with_index(frame: "Frame") -> "Frame":
    import narwhals.stable.v2 as nw

    index = nw.maybe_get_index(frame)
    if index is None or "token" in frame.columns:
        return frame
    levels = [
        level
        for level, name in enumerate(index.names)
        if name not in frame.columns and _may_be_tokens(name, index.get_level_values(level))
    ]
    if not levels:
        return frame
    with_index: Frame = nw.from_native(frame.to_native().reset_index(level=levels), eager_only=True)
    return with_index


def _may_be_tokens(name: object, level: Any) -> bool:
    return name == "token" or level.dtype.kind == "O"  # of text in any of pandas' types

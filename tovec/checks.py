"""Checks of arguments that more than one room needs: whole numbers, real numbers, strings, paths."""

import operator
from collections.abc import Iterable, Iterator, Mapping
from os import PathLike, fspath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.errors import BadSetting, BadText, CannotSave, TovecError
from tovec.frames import ColumnValues, as_column, names_of_columns

_SHOWN = 60  # characters of a value in an error message
_WAYS_TO_COLUMN = {  # where a frame has no column at hand
    "LazyFrame": "table.select('text').collect()['text']",
    "DuckDBPyRelation": "table.pl()['text'] or table.df()['text']",
}


_FILL = "fill it, as column.fillna('') does in pandas, fill_null('') in polars"


def whole_number(name: str, value: object, least: int) -> int:
    """Return `value` as an int: Python's or NumPy's, or an array of one; 3.0 and True are refused.

    Raises BadSetting for anything else, and for a number below `least`.
    """
    number = as_whole(value)
    if number is None or number < least:
        raise BadSetting(name, value, f"a whole number from {least} up")
    return number


def as_whole(value: object) -> int | None:
    """Return `value` as an int, None where it is not a whole number; True and False are not."""
    if isinstance(value, (bool, np.bool_)):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def real_numbers(values: Any) -> NDArray[Any]:
    """Return an array of float32 or float16. Raises TovecError for anything but real numbers."""
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise TovecError("vectors must all have the same length") from error
    if array.dtype.kind not in "fiu" and array.size:
        raise TovecError(f"vectors must be numbers, not {array.dtype}")
    return array if array.dtype in (np.float32, np.float16) else array.astype(np.float32)


def path_to_save(path: str | PathLike[str]) -> str:
    """Return the text of a path to write to. Raises CannotSave for anything else."""
    if not isinstance(path, (str, PathLike)):
        raise CannotSave(f"a file or a folder is given by its path, not by {in_one_line(path)}")
    return fspath(path)


def strings(texts: Iterable[str]) -> Iterator[str]:
    """Return the texts, one by one. Raises BadText as `check_texts`, and later at one that is no string."""
    check_texts(texts)
    n_axes = getattr(texts, "ndim", 1)
    if n_axes != 1:
        raise BadText(
            f"texts stand one after the other, and this {type(texts).__name__} has "
            f"{counted(n_axes, 'dimension')}; "
            "give one column, as array[:, 0]"
        )
    column = as_column(texts)
    return _each_string(texts if column is None else ColumnValues(column))


def _each_string(texts: Iterable[str]) -> Iterator[str]:
    for number, text in enumerate(texts, start=1):
        if not isinstance(text, str):
            told = f"text {number} is {in_one_line(text)}; a text is a string"
            if is_missing(text):
                told += f": row {number - 1}, counted from 0, has no value; {_FILL}"
            raise BadText(told)
        yield text


def is_missing(value: object) -> bool:
    """Whether a value of a column is what its library calls missing: None, NaN, pandas.NA."""
    is_nan = isinstance(value, float) and value != value
    return value is None or is_nan or type(value).__name__ in ("NAType", "NaTType")


def check_texts(given: Any) -> None:
    """Raise BadText for what is no texts in an order, with the way to them; none is looked at."""
    check_no_frame(given)
    if isinstance(given, (bytes, bytearray)) or not isinstance(given, Iterable):
        raise BadText(f"a text is a string and several are a list of strings, not {in_one_line(given)}")
    if isinstance(given, (set, frozenset)):
        raise BadText("a set has no order, and neither would what is made of it; give sorted(texts)")
    if isinstance(given, Mapping):
        raise BadText("a dict is not a list of texts; give its values, list(texts.values())")


def check_no_frame(given: object) -> None:
    """Raise BadText for a table of several columns, with the way to the one that holds the text."""
    kind = type(given).__name__
    names = [] if kind == "DatasetDict" else names_of_columns(given)
    if names is not None:
        way = _WAYS_TO_COLUMN.get(kind, "table['text']")
        has = f" (it has {', '.join(map(repr, names[:5]))})" if names else ""
        columns = "is a table, of one column" if len(names) == 1 else "has several columns"
        raise BadText(f"a {kind} {columns}; give the one that holds the text, as {way}{has}")


def in_one_line(value: object) -> str:
    """Return `value` as an error message shows it: short, in one line, with its type."""
    text = " ".join(repr(value).split())
    return f"{shortened(text, _SHOWN)}, of type {type(value).__name__}"


def shortened(text: str, longest: int) -> str:
    """Return the text, or as many of its characters and an ellipsis."""
    return text if len(text) <= longest else f"{text[:longest]}…"

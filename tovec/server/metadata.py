"""Metadata of tokens: a table joined on the token, each column a property.

The table is a file (.tsv, .csv, .parquet), a frame of any library (frames.py) or a dict of columns.
Tokens without a row have no value; rows without a token are counted in a note.
"""

import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.errors import BadText, MissingExtra, TovecError
from tovec.frames import as_column, as_frame, values_of
from tovec.text.delimited import csv_rows, delimiter_of
from tovec.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from tovec.frames import Frame

MAX_LABELS = 65_535  # codes are uint16, and 0 is "no value"
SUFFIXES = {".tsv": "\t", ".csv": ",", ".parquet": ""}
MISSING = frozenset(("NA", "N/A", "n/a", "NULL", "null", "None"))  # how R, SQL and Python write no value
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Column:
    """A property of every token of a vocabulary, in the order of ids.

    The values of a category are codes, (n_tokens,) uint16: 0 for no value, else 1 + the index of the label;
    labels are sorted by frequency. The values of a number are (n_tokens,) float32, NaN for none.
    """

    name: str
    kind: Literal["category", "number"]
    values: NDArray[np.uint16] | NDArray[np.float32]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Metadata:
    """Columns, and notes about the table for people, one line each."""

    columns: tuple[Column, ...] = ()
    notes: tuple[str, ...] = ()


def read_metadata(table: Any, vocabulary: Vocabulary) -> Metadata:
    """Return the columns of `table` for the tokens of `vocabulary`.

    table: a path, a frame of pandas, polars, Arrow or another library, or a mapping of names to columns. The
    token of a row is in the column named `token` (of a pandas DataFrame also the index), else in the first. A
    column whose values are all numbers (in a file: whose cells all parse as numbers, or say NA or the like)
    is a number, any other a category; one of lists or records is left out with a note. A file may use another
    delimiter than its suffix says, where its first line has only that.
    Raises TovecError for a table that cannot be read, a token that has two rows, more than 65,535
    categories, or if no row names a token of the vocabulary; MissingExtra for Parquet without pyarrow.
    """
    return _join(_as_table(table), vocabulary)


@dataclass(frozen=True)
class _Table:
    name: str
    columns: Mapping[str, Sequence[Any]]  # of equal length; None is no value
    lines: Sequence[int] | None = None  # where each row ends in its file

    def place(self, row: int) -> str:
        return f"row {row + 1}" if self.lines is None else f"line {self.lines[row]}"


def _as_table(table: Any) -> _Table:
    if isinstance(table, (str, Path)):
        return _read(Path(table))
    if isinstance(table, Mapping):
        return _named("the metadata", list(table), [_listed(column) for column in table.values()])
    frame = as_frame(table, "metadata")
    if frame is not None:
        return _from_frame("the metadata", frame)
    raise TovecError(
        f"metadata is a file ({', '.join(SUFFIXES)}), a DataFrame, an Arrow table or a dict of columns, "
        f"not {type(table).__name__}"
    )


def _listed(column: Any) -> list[Any]:
    if isinstance(column, str) or not hasattr(column, "__iter__"):
        raise TovecError(f"a column of metadata is a list or an array, not {column!r}")
    if isinstance(column, np.ndarray):
        if column.dtype.str.endswith(
            "[ns]"
        ):  # Python has no times of nanoseconds and would get whole numbers
            column = column.astype(f"{column.dtype.kind}8[us]")
        values: list[Any] = column.tolist()
        return values
    known = as_column(column)
    return list(column) if known is None else values_of(known)


def _from_frame(title: str, frame: "Frame") -> _Table:
    return _named(title, frame.columns, [values_of(frame.get_column(name)) for name in frame.columns])


def _read(path: Path) -> _Table:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise TovecError(f"{path}: the suffix of metadata is {', '.join(SUFFIXES)}, not {suffix!r}")
    if suffix == ".parquet":
        return _read_parquet(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadText(f"{path} cannot be read: {error.strerror or error}") from error
    return _parse(path, _decoded(path, raw), SUFFIXES[suffix])


def _read_parquet(path: Path) -> _Table:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise MissingExtra(f"{path}: Parquet", "arrow") from error
    try:
        table = parquet.read_table(path)
    except (OSError, ArrowException) as error:
        raise BadText(f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}") from error
    frame = as_frame(table, str(path))
    assert frame is not None
    return _from_frame(str(path), frame)


def _decoded(path: Path, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadText(
            f"{path}, line {line}: byte {error.start} of the file is not UTF-8 ({error.reason})"
        ) from error


def _parse(path: Path, text: str, delimiter: str) -> _Table:
    delimiter = delimiter_of(text.partition("\n")[0], delimiter)
    numbered = list(csv_rows(path, io.StringIO(text, newline=""), delimiter))
    if not numbered:
        raise BadText(f"{path} is empty; its first line names the columns")
    lines = [line for line, _ in numbered]
    rows = _without_trailing_cells([row for _, row in numbered])
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(rows[0]):
            raise BadText(
                f"{path}, line {line}: {counted(len(row), 'cell')} where the first line has {len(rows[0])}"
            )
    names = [name.strip() for name in rows[0]]
    token = names.index("token") if "token" in names else 0  # stays text, even if all tokens are numbers
    columns: list[Sequence[Any]] = []
    for column in range(len(names)):
        cells = [row[column] for row in rows[1:]]
        columns.append(cells if column == token else _cells(cells))
    return _Table(str(path), _named(str(path), names, columns).columns, lines[1:])


def _without_trailing_cells(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows without empty cells that follow all columns, as delimiters at the end of a line."""
    n_columns = len(_without_empty_end(rows[0]))
    if any(len(_without_empty_end(row)) > n_columns for row in rows):  # a column without a name
        n_columns = len(rows[0])
    return [row[:n_columns] + _without_empty_end(row[n_columns:]) for row in rows]


def _without_empty_end(cells: list[str]) -> list[str]:
    n = len(cells)
    while n and not cells[n - 1].strip():
        n -= 1
    return cells[:n]


def _cells(cells: list[str]) -> list[Any]:
    """Return the cells of a file as numbers if all of them are; empty cells have no value.

    Among numbers, words such as NA are no value either.
    """
    try:
        return [_number(cell) if cell.strip() and cell.strip() not in MISSING else None for cell in cells]
    except ValueError:
        return [cell if cell.strip() else None for cell in cells]


def _number(cell: str) -> float:
    if "_" in cell:  # 1_000 is a number only in Python
        raise ValueError
    number = float(cell)
    if math.isinf(number) and "inf" not in cell.lower():  # it has more digits than a float
        return math.copysign(_LARGEST, number)
    return number


def _named(name: str, names: Sequence[Any], values: Sequence[Sequence[Any]]) -> _Table:
    columns: dict[str, Sequence[Any]] = {}
    for number, (each, column) in enumerate(zip(names, values, strict=True), start=1):
        title = str(each).strip() or f"column {number}"
        if title in columns:
            raise TovecError(f"{name} has two columns named {title!r}")
        if len(column) != len(values[0]):
            raise TovecError(
                f"{name}: column {title!r} has {counted(len(column), 'row')} where the "
                f"first has {len(values[0])}"
            )
        columns[title] = column
    if len(columns) < 2:
        raise TovecError(f"{name} has no column besides that of the tokens")
    return _Table(name, columns)


def _token_column(table: _Table) -> str:
    return "token" if "token" in table.columns else next(iter(table.columns))


def _join(table: _Table, vocabulary: Vocabulary) -> Metadata:
    key = _token_column(table)
    notes = [] if key == "token" else [f"{table.name} has no column 'token'; its first, {key!r}, is used"]
    rows, ids = _matches(table, key, vocabulary)
    n_rows = len(table.columns[key])
    if not n_rows:
        raise TovecError(f"{table.name} has no rows, only names of columns")
    if not rows:
        raise TovecError(
            f"none of the {counted(n_rows, 'token')} of {table.name} (column {key!r}) is in the vocabulary"
        )
    if len(rows) < n_rows:
        others = f"{n_rows - len(rows):,} of {counted(n_rows, 'row')}"
        notes.append(f"{others} of {table.name} name tokens that are not in the vocabulary")
    columns = []
    for name, cells in table.columns.items():
        if name != key and _are_nested(cells):
            notes.append(f"column {name!r} of {table.name} is left out: it holds lists or records")
        elif name != key:
            columns.append(_column(table.name, name, [cells[row] for row in rows], ids, len(vocabulary)))
    return Metadata(tuple(columns), tuple(notes))


def _matches(table: _Table, key: str, vocabulary: Vocabulary) -> tuple[list[int], NDArray[np.int64]]:
    """Return the rows whose tokens are in the vocabulary, and their ids."""
    first: dict[str, int] = {}
    rows, ids = [], []
    for row, cell in enumerate(table.columns[key]):
        token = "" if cell is None else str(cell)
        if token in first:
            before = table.place(first[token])
            raise TovecError(f"{table.name}, {table.place(row)}: token {token!r} is already in {before}")
        first[token] = row
        found = vocabulary.get(token)
        if found is not None:
            rows.append(row)
            ids.append(found)
    return rows, np.array(ids, dtype=np.int64)


def _are_nested(cells: Sequence[Any]) -> bool:
    """Whether the first value of a column is several, such as a vector."""
    first = next((cell for cell in cells if cell is not None), None)
    return isinstance(first, (list, tuple, dict, np.ndarray))


def _column(table: str, name: str, cells: list[Any], ids: NDArray[np.int64], n_tokens: int) -> Column:
    there = [cell for cell in cells if not _is_missing(cell)]
    if there and all(
        isinstance(cell, (int, float, Decimal, np.number)) and not isinstance(cell, bool) for cell in there
    ):
        numbers = np.full(n_tokens, np.nan, dtype=np.float32)
        numbers[ids] = [math.nan if cell is None else _float32(cell) for cell in cells]
        return Column(name, "number", numbers)
    labels = [
        label for label, _ in sorted(Counter(map(str, there)).items(), key=lambda item: (-item[1], item[0]))
    ]
    if len(labels) > MAX_LABELS:
        raise TovecError(
            f"{table}: column {name!r} has {len(labels):,} different values; "
            f"a category has at most {MAX_LABELS:,}"
        )
    code_of = {label: code for code, label in enumerate(labels, start=1)}
    codes = np.zeros(n_tokens, dtype=np.uint16)
    codes[ids] = [0 if _is_missing(cell) else code_of[str(cell)] for cell in cells]
    return Column(name, "category", codes, tuple(labels))


def _float32(number: Any) -> float:
    """Return a number as float32 can hold it; only infinity becomes infinite, and NaN stays."""
    try:
        value = float(number)
    except OverflowError:  # an int of hundreds of digits
        value = math.copysign(_LARGEST, 1 if number > 0 else -1)
    return value if abs(number) == math.inf or math.isnan(value) else max(-_LARGEST, min(_LARGEST, value))


def _is_missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and math.isnan(cell))

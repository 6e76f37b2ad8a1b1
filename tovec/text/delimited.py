"""One column of a CSV or TSV file, row after row; the first row names the columns."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from unicodedata import normalize

from tovec.counted import counted
from tovec.errors import BadText
from tovec.text.text_lines import MAX_LINE, TextLines
from tovec.text.tsv_rows import tsv_rows

DELIMITERS = "\t,;"  # spreadsheets of many languages write .csv with semicolons
QUOTING = 'a cell that holds a quote is written "so ""quoted"" here"'
N_JUDGED = 1000  # rows after which it is decided what a column holds

Rows = Iterator[tuple[int, list[str]]]  # each with the line in which it begins


def delimited_column(lines: TextLines, column: str, delimiter: str) -> Iterator[str | None]:
    """Yield the cells of `column`, None for one that is empty or left out at the end of its row.

    delimiter: unless the first line has only another one. Quoted cells may hold delimiters and line ends;
    empty lines are no rows. Raises BadText with the line, for a row with more cells than columns, quotes that
    do not end, and a column that is not there or holds numbers alone.
    """
    path, iterator = lines.name, iter(lines)
    first = next(iterator, "")
    delimiter = delimiter_of(first, delimiter)
    all_lines = chain([first], iterator)
    rows = tsv_rows(all_lines) if delimiter == "\t" else csv_rows(path, all_lines, delimiter)
    _, header = next(rows, (0, []))
    if not header:
        raise BadText(f"{path} is empty; its first line names the columns")
    names = [name.strip() for name in header]
    return _without_numbers(path, column, _cells(path, rows, len(names), place_of(path, column, names)))


def delimiter_of(first_line: str, expected: str) -> str:
    """Return the delimiter that the suffix stands for, or another one where the first line has only that."""
    if expected in first_line:
        return expected
    return next((other for other in DELIMITERS if other in first_line), expected)


def place_of(path: str | Path, column: str, names: Sequence[str]) -> int:
    """Return the place of the one column of this name. Raises BadText where none or several have it.

    One whose Hangul or accents are decomposed otherwise is spelled alike, and stands for it.
    """
    places = [at for at, name in enumerate(names) if name == column]
    places = places or [at for at, name in enumerate(names) if is_spelled_alike(name, column)]
    if len(places) == 1:
        return places[0]
    if places:
        raise BadText(f"{path} has two columns named {column!r}; rename one of them")
    raise BadText(f"{path} has no column {column!r}; its columns are {', '.join(map(repr, names))}")


def is_spelled_alike(name: str, other: str) -> bool:
    """Whether two names are the same to a reader: one may have decomposed Hangul, as macOS writes it."""
    return normalize("NFC", name) == normalize("NFC", other)


def csv_rows(path: str | Path, lines: Iterable[str], delimiter: str) -> Rows:
    """Yield rows as RFC 4180 has them; empty lines are none. Raises BadText for misplaced quotes."""
    if csv.field_size_limit() < MAX_LINE:  # one for the whole process, and no text is as short
        csv.field_size_limit(MAX_LINE)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            if row:
                yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        raise BadText(f"{path}, line {start}: {error}; {QUOTING}") from error


def _cells(path: str | Path, rows: Rows, n_columns: int, at: int) -> Iterator[str | None]:
    for line, row in rows:
        if len(row) > n_columns and any(map(str.strip, row[n_columns:])):
            raise BadText(
                f"{path}, line {line}: {counted(len(row), 'cell')} where the first line has {n_columns}"
            )
        yield (row[at] or None) if at < len(row) else None


def _without_numbers(path: str | Path, column: str, cells: Iterator[str | None]) -> Iterator[str | None]:
    """Yield the cells. Raises BadText where the first thousand, or all, are numbers."""
    n = 0
    for cell in cells:
        yield cell
        if cell is None:
            continue
        if not _is_number(cell):
            yield from cells
            return
        n += 1
        if n == N_JUDGED:
            break
    if n:
        raise BadText(f"{path}: column {column!r} holds numbers, not text")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True

"""Vectors in a table as text, .csv or .tsv: a column of tokens, and vectors in one column or many.

A vector in one column is written as JSON, `[0.1, 0.2]`, or as NumPy prints it, `[0.1 0.2]`. Without a line of
names the first column has the tokens and each other column a number. Cells are separated by commas,
semicolons or tabs, whichever the first line has most of; quotes are those of RFC 4180.
"""

import csv
from collections.abc import Iterator, Sequence
from itertools import chain, count, islice
from pathlib import Path
from typing import TextIO

import numpy as np

from tovec.counted import counted
from tovec.formats.foreign_files import is_foreign
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors.columns import Column, Layout, choose
from tovec.formats.vectors.file_vocabulary import vocabulary_of
from tovec.formats.vectors.not_numbers import not_a_number
from tovec.formats.vectors.vector_lines import is_float, is_number, row_of
from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.limits import MAX_LINE
from tovec.vectors.embedding_parts import EmbeddingParts

_SUFFIXES = (".csv", ".tsv")
_DELIMITERS = ";,\t"  # of two equally frequent ones the first; decimal commas go with semicolons
_BRACKETS = (b"[]", b"()")

Row = tuple[int, list[str]]  # the line it begins in, its cells


def recognizes(path: Path, head: bytes) -> bool:
    """Whether `path` is named as a table and its first line has several cells."""
    first = head.partition(b"\n")[0]
    is_table = path.suffix.lower() in _SUFFIXES and any(sign.encode() in first for sign in _DELIMITERS)
    return is_table and b"\0" not in head and not is_foreign(head)


def load(path: Path, options: ReadOptions) -> EmbeddingParts:
    """Return the embedding in the table `path`, its vectors in memory in float32.

    `columns.choose` says which columns hold tokens and vectors; what a column holds is known by the first
    row. Of a repeated token the first row counts.
    Raises BadSource that names file and line, or the columns: no tokens or no vectors among them, a row with
    another number of cells or numbers than the first, a field that is not a number.
    """
    with (
        reporting_file(path),
        path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file,
    ):
        rows = _rows(file)
        first = next(rows, None)
        second = next(rows, None)
        if first is None or second is None:
            raise CorruptFile("it has no row below its first line")
        if _is_row(first[1]):
            layout, before = Layout(0, tuple(range(1, len(first[1])))), [first, second]
        else:
            _check_names(*first)
            layout, before = _layout(first[1], second), [second]
            options.findings.extend(layout.findings)
        names: list[str] = []
        lines: list[int] = []
        numbers = bytearray()
        for row in islice(chain(before, rows), options.limit):
            line, cells = _checked(row, len(first[1]))
            vector = row_of(_fields(cells, layout), line)
            if not len(vector):
                raise CorruptFile(f"line {line} has no numbers")
            if names and len(vector) * len(names) * vector.itemsize != len(numbers):
                n_before = len(numbers) // (len(names) * vector.itemsize)
                raise CorruptFile(f"line {line} has {counted(len(vector), 'number')} instead of {n_before}")
            names.append(cells[layout.token])
            lines.append(line)
            numbers += vector.tobytes()
        if layout.token == 0 and all(map(_is_decimal, names)):
            raise UnsupportedFile(
                "its rows have only numbers, no token; the projector's files have their tokens in "
                f"{path.stem}_metadata.tsv beside it"
            )
        vectors = np.frombuffer(numbers, dtype=np.float32).reshape(len(names), -1)
        named = vocabulary_of(names, lambda row: f"in line {lines[row]}", options)
        provenance = {"format": "CSV", "file": path.name}
        return EmbeddingParts(named.vocabulary, named.of_array(vectors), provenance=provenance)


def _is_row(first: Sequence[str]) -> bool:
    """Whether a first line is a row itself. Numbers counting from 0 or 1 are column names of pandas."""
    numbers = first[1:]
    running = [[str(n + start) for n in range(len(numbers))] for start in (0, 1)]
    return bool(numbers) and numbers not in running and all(is_float(_bytes(cell)) for cell in numbers)


def _check_names(line: int, first: Sequence[str]) -> None:
    """Raise UnsupportedFile where a first line has a number that cannot be a column name."""
    number = next((cell for cell in first if is_number(_bytes(cell)) and not cell.strip().isdecimal()), None)
    if number is not None:
        raise UnsupportedFile(
            f"line {line} is a row and does not name the columns: {number!r} is a number; add a line of "
            "names above it, such as id,token,0,1"
        )


def _is_decimal(name: str) -> bool:
    """Whether a token is a number with a decimal point; a whole column of these is part of the vectors."""
    return "." in name and is_number(_bytes(name))


def _rows(file: TextIO) -> Iterator[Row]:
    """Yield the rows that are not empty. Raises CorruptFile for misplaced quotes."""
    first = file.readline(MAX_LINE)
    file.seek(0)
    reader = csv.reader(_lines(file), delimiter=max(_DELIMITERS, key=first.count), strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise CorruptFile(f"line {line}: {error}") from error


def _lines(file: TextIO) -> Iterator[str]:
    for number in count(1):
        line = file.readline(MAX_LINE)
        if len(line) == MAX_LINE:
            raise UnsupportedFile(f"line {number} has more than the {MAX_LINE:,} characters allowed")
        if not line:
            return
        yield line


def _checked(row: Row, n_cells: int) -> Row:
    if len(row[1]) != n_cells:
        raise CorruptFile(
            f"line {row[0]} has {counted(len(row[1]), 'cell')}, and the first line has {n_cells}"
        )
    return row


def _layout(names: Sequence[str], row: Row) -> Layout:
    """Return where tokens and vectors are. Raises UnsupportedFile, also for numbers in another notation."""
    columns = _columns(names, row)
    try:
        return choose(columns)
    except UnsupportedFile:
        for cell in map(_bytes, row[1]):
            error = not_a_number(cell, row[0])
            if isinstance(error, UnsupportedFile) and not is_float(cell):
                raise error from None
        raise


def _columns(names: Sequence[str], row: Row) -> list[Column]:
    cells = _checked(row, len(names))[1]
    return [_column(name, _bytes(cell).strip()) for name, cell in zip(names, cells, strict=True)]


def _column(name: str, cell: bytes) -> Column:
    if cell[:1] + cell[-1:] in _BRACKETS:
        return Column(name, "vector")
    return Column(name, "number" if is_float(cell) else "text")


def _fields(cells: Sequence[str], layout: Layout) -> list[bytes]:
    """Return the numbers of a row as text."""
    found = [_bytes(cells[column]) for column in layout.vector]
    if len(found) > 1:
        return found
    cell = found[0].strip()
    return cell[1:-1].replace(b",", b" ").split() if cell[:1] + cell[-1:] in _BRACKETS else [cell]


def _bytes(cell: str) -> bytes:
    return cell.encode("utf-8", "surrogateescape").strip(b" \t")

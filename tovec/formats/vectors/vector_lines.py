"""Lines of text to a table: on each a token, where there are any, and its numbers.

Fields are separated by one or more spaces or tabs; spaces at the end of a line, CRLF and empty lines at the
end are allowed. Everything else belongs to a token: a form feed, a no-break space, bytes that are not UTF-8.
A token may hold spaces, as some of GloVe's do: the numbers are the last `dim` fields. It may not end in a
number, which would hide a line with too many numbers.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tovec.counted import counted
from tovec.formats.vectors.file_vocabulary import decoded
from tovec.formats.vectors.not_numbers import not_a_number
from tovec.storage.file_bytes import BOM, FileBytes
from tovec.storage.file_errors import CorruptFile, UnsupportedFile
from tovec.storage.limits import MAX_LINE
from tovec.vectors.table import Rows

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

FAST_FROM = 8_000_000  # bytes; below that, loading the compiled code takes longer than it saves
_PART = 1 << 22  # bytes that a thread reads at a time
_BLANK = b" \t\r\n"
_FIELD = re.compile(rb"[^ \t]+")
_ODD = re.compile(rb"[\v\f\r]")  # white space to Python that does not separate fields here


@dataclass(frozen=True)
class Lines:
    """The lines of text[start:stop] except empty ones at the end; the first is number `first_line`.

    stop: where the last line ends, before its line feed.
    """

    text: FileBytes
    start: int
    stop: int
    first_line: int
    parts: tuple["Part", ...]

    @property
    def n_rows(self) -> int:
        """The number of lines."""
        return sum(part.n_rows for part in self.parts)


@dataclass(frozen=True)
class Part:
    """Whole lines, text[start:stop]. fast: each ends in a line feed, so the compiled code may read them."""

    start: int
    stop: int
    n_rows: int
    fast: bool


def first_line(text: FileBytes) -> tuple[int, int]:
    """Return where the first line begins, after a byte order mark, and where it ends."""
    start = len(BOM) if text[: len(BOM)] == BOM else 0
    end = text.find(b"\n", start, start + MAX_LINE)
    end = len(text) if end < 0 else end
    _check_line(end - start)
    return start, end


def lines_of(text: FileBytes, start: int = 0, first_line: int = 1, limit: int | None = None) -> Lines:
    """Return the lines of `text` from the place `start` on, counted, not yet read.

    limit: how many lines, the first ones; what follows is not looked at.
    """
    stop = _end(text, start)
    if limit is not None:
        stop = _end_of_lines(text, start, stop, limit)
    if stop == start:
        return Lines(text, start, stop, first_line, ())
    if stop - start < FAST_FROM:
        part = Part(start, stop, text[start:stop].count(b"\n") + 1, fast=False)
        return Lines(text, start, stop, first_line, (part,))
    last = max(start, text.rfind(b"\n", start, stop) + 1)  # the last line may lack a line feed
    _check_line(stop - last)
    bounds = list(_bounds(text, start, last))
    with _threads(os.cpu_count()) as threads:
        counts = threads.map(lambda part: _count(text, *part), bounds)
        parts = [Part(*part, n_rows, fast=True) for part, n_rows in zip(bounds, counts, strict=True)]
    return Lines(text, start, stop, first_line, (*parts, Part(last, stop, 1, fast=False)))


def _count(text: FileBytes, start: int, stop: int) -> int:
    from tovec.formats.vectors import parse_kernels

    n_lines: int = parse_kernels.count_lines(np.frombuffer(text[start:stop], np.uint8), 0, stop - start)
    return n_lines


def _end(text: FileBytes, start: int) -> int:
    """Return where the last line that is not empty ends."""
    stop = len(text)
    while stop > start:
        chunk = text[max(start, stop - 4096) : stop]
        kept = len(chunk.rstrip(_BLANK))
        stop -= len(chunk) - kept
        if kept:
            return stop
    return start


def _end_of_lines(text: FileBytes, start: int, stop: int, n_lines: int) -> int:
    """Return where the first `n_lines` lines of text[start:stop] end, `stop` where there are fewer."""
    left = n_lines
    for at in range(start, stop, _PART):
        end = min(at + _PART, stop)
        block = text[at:end]
        n_here = block.count(b"\n")
        if n_here < left:
            left -= n_here
            continue
        place = -1
        for _ in range(left):
            place = block.find(b"\n", place + 1)
        return at + place
    return stop


def _check_line(n_bytes: int) -> None:
    """Raise UnsupportedFile for a line of more than `MAX_LINE` bytes."""
    if n_bytes > MAX_LINE:
        raise UnsupportedFile(f"one of its lines has more than the {MAX_LINE:,} bytes allowed")


def _bounds(text: FileBytes, start: int, stop: int) -> Iterator[tuple[int, int]]:
    while start < stop:
        end = min(stop, text.find(b"\n", min(start + _PART, stop - 1)) + 1)
        _check_line(end - start - _PART)
        yield start, end
        start = end


def read_lines(lines: Lines, dim: int, *, named: bool = True) -> tuple[list[str], Rows]:
    """Return the tokens, bytes that are not UTF-8 as surrogate escapes, and the table, (n_rows, dim) float32.

    Each number is `np.float32(float(text))`; nan and inf are numbers. named: whether lines begin with a
    token; without, the names are empty.
    Raises CorruptFile for the first line with too few or too many numbers, or a field that is not a number.
    """
    _check_size(lines, dim, named)
    vectors = np.empty((lines.n_rows, dim), dtype=np.float32)
    starts = np.cumsum([0, *(part.n_rows for part in lines.parts)])
    places = list(zip(lines.parts, starts.tolist(), strict=False))
    with _threads(os.cpu_count() if len(places) > 2 else 1) as threads:
        try:
            names = list(
                threads.map(lambda place: _read_part(lines, place[0], place[1], vectors, named), places)
            )
        except CorruptFile:
            threads.shutdown(cancel_futures=True)
            raise
    return [name for part in names for name in part], vectors


def _read_part(lines: Lines, part: Part, row: int, vectors: Rows, named: bool) -> list[str]:
    if part.fast:
        return _read_fast(lines, part, row, vectors, named)
    names = []
    for number, line in enumerate(lines.text[part.start : part.stop].split(b"\n"), start=row):
        name, vectors[number] = read_line(line, vectors.shape[1], lines.first_line + number, named=named)
        names.append(name)
    return decoded(names, b"\n")


def _read_fast(lines: Lines, part: Part, row: int, vectors: Rows, named: bool) -> list[str]:
    from tovec.formats.vectors import parse_kernels

    data = lines.text[part.start : part.stop]
    text = np.frombuffer(data, dtype=np.uint8)
    starts = np.empty(part.n_rows, dtype=np.int64)
    name_stops = np.empty(part.n_rows, dtype=np.int64)
    mine = vectors[row : row + part.n_rows]
    parse_kernels.parse_rows(text, 0, len(text), named, mine, starts, name_stops)
    left = np.flatnonzero(name_stops < 0).tolist()
    out = np.empty(int((name_stops - starts).clip(0).sum()) + part.n_rows, dtype=np.uint8)
    parse_kernels.gather_names(text, starts, name_stops, out)
    names = out[:-1].tobytes().decode("utf-8", "surrogateescape").split("\n")
    for number in left:
        start = int(starts[number])
        line = data[start : data.find(b"\n", start)]
        name, mine[number] = read_line(line, vectors.shape[1], lines.first_line + row + number, named=named)
        names[number] = name.decode("utf-8", "surrogateescape")
    return names


def _threads(n: int | None) -> "ThreadPoolExecutor":
    from concurrent.futures import ThreadPoolExecutor  # takes milliseconds to load

    return ThreadPoolExecutor(n)


def read_line(line: bytes, dim: int, number: int, *, named: bool = True) -> tuple[bytes, Rows]:
    """Return the token and the vector, (dim,), of line `number`; the slow twin of the compiled loops.

    A line that begins with a space and has only numbers has the empty token.
    Raises CorruptFile.
    """
    fields = fields_of(line, dim)
    if not named or (len(fields) == dim and begins_blank(line)):
        fields.insert(0, b"")
    if len(fields) != dim + 1:
        raise CorruptFile(_miscounted(number, len(fields_of(line)) - named, dim))
    name = fields[0]
    vector = row_of(fields[1:], number)
    parts = _FIELD.findall(name)  # a carriage return ends a line, not a token
    if parts and parts != [name] and is_number(parts[-1]):
        raise CorruptFile(_miscounted(number, dim + n_last_numbers(parts), dim))
    return name, vector


def fields_of(line: bytes, most: int = -1) -> list[bytes]:
    """Return the fields of a line, as `bytes.rsplit` does, but separated only by spaces and tabs.

    most: how many are split off from the end; what is before them is the first of the list. A carriage return
    belongs to the end of the line.
    """
    line = line.rstrip(_BLANK)
    if _ODD.search(line) is None:
        return line.rsplit(None, most)
    places = [match.span() for match in _FIELD.finditer(line)]
    if most < 0 or len(places) <= most:
        return [line[start:stop] for start, stop in places]
    first = len(places) - most
    return [line[: places[first - 1][1]], *(line[start:stop] for start, stop in places[first:])]


def begins_blank(line: bytes) -> bool:
    """Whether a line begins with a space or tab, so that its token is empty."""
    return line[:1] in (b" ", b"\t")


def row_of(fields: Sequence[bytes], number: int) -> Rows:
    """Return the numbers of line `number`, (n_fields,) float32. Raises CorruptFile."""
    values = np.array([_float(field, number) for field in fields])
    with np.errstate(over="ignore"):  # beyond float32 is infinity, as everywhere
        return values.astype(np.float32)


def n_last_numbers(fields: list[bytes]) -> int:
    """Return how many fields at the end are numbers."""
    return next((n for n, field in enumerate(reversed(fields)) if not is_number(field)), len(fields))


def is_number(field: bytes) -> bool:
    """Whether a field is a number written in digits; the words nan and infinity may be tokens."""
    return is_float(field) and any(digit in field for digit in b"0123456789")


def is_float(field: bytes) -> bool:
    """Whether a field is a number, nan and infinity among them."""
    try:
        _float(field, 0)
    except CorruptFile:
        return False
    return True


def _float(field: bytes, number: int) -> float:
    try:
        # Only Python takes 1_000 for a number, and one with a form feed before or after it.
        if b"_" not in field and field.strip() == field:
            return float(field)
    except ValueError:
        pass
    raise not_a_number(field, number)


def _miscounted(number: int, n_numbers: int, dim: int) -> str:
    if n_numbers < 0:
        return f"line {number} is empty"
    return f"line {number} has {counted(n_numbers, 'number')} instead of {dim}"


def _check_size(lines: Lines, dim: int, named: bool) -> None:
    """Raise CorruptFile, before memory is allocated, where the text is too short for its rows."""
    if 2 * dim * lines.n_rows <= lines.stop - lines.start + 1:  # a digit and a blank for each number
        return
    start = lines.start
    for number in range(lines.first_line, lines.first_line + lines.n_rows):
        stop = lines.text.find(b"\n", start, lines.stop)
        line = lines.text[start : lines.stop if stop < 0 else stop]
        if len(line) < 2 * dim - 1:
            raise CorruptFile(_miscounted(number, len(fields_of(line)) - named, dim))
        start = stop + 1

"""Columns of a text file of words and numbers, whatever stands between them.

Published tests come with tabs, blanks, commas or semicolons, with a heading or without, with a byte order
mark and the line ends of Windows, with numbers of rows before the words and more columns after the scores.
"""

import codecs
import csv
import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tovec.counted import counted
from tovec.errors import BadTestSet, BadText
from tovec.storage.file_errors import reporting_file
from tovec.text.decoding import InputStream
from tovec.text.other_files import TRAINED, what_it_is

_SEPARATORS = ("\t", ";", ",", None)  # None: blanks; the first of those that find as many columns
_NAMES = {"\t": "tabs", ";": "semicolons", ",": "commas", None: "blanks"}
_ARCHIVES = (".gz", ".zst")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_END = re.compile(r"\r\n|\r|\n")  # str.splitlines also ends lines at signs that may stand in a word


@dataclass(frozen=True)
class Line:
    """The fields of a line, and its number in the file, from 1."""

    number: int
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Columns:
    """The lines of a file that have columns, without comments (#) and empty lines.

    separator: what stands between the columns, in words.
    """

    path: Path
    lines: tuple[Line, ...]
    separator: str

    @property
    def width(self) -> int:
        """How many columns the file has: those of most of its lines."""
        widths = [len(line.fields) for line in self.lines]
        return max(set(widths), key=lambda width: (widths.count(width), width), default=0)

    def column(self, index: int) -> list[str]:
        """Return the fields of a column, from all lines that are long enough."""
        return [line.fields[index] for line in self.lines if len(line.fields) > index]

    def without_heading(self) -> "Columns":
        """Return all lines but the first."""
        return Columns(self.path, self.lines[1:], self.separator)


def read_columns(path: str | Path, least: int) -> Columns:
    """Return the columns of a file, which has `least` of them or more.

    The separator is the one that finds so many in most lines. Raises BadTestSet for a file with fewer, and
    for one without lines.
    """
    path = Path(path)
    numbered = [(number, line) for number, line in enumerate(text_lines(path), start=1) if _counts(line)]
    if not numbered:
        raise BadTestSet(f"{path} has no lines; it holds words in columns")
    found = [
        Columns(path, tuple(Line(number, _fields(line, each)) for number, line in numbered), _NAMES[each])
        for each in _SEPARATORS
    ]
    best = max(found, key=lambda columns: sum(len(line.fields) >= least for line in columns.lines))
    if best.width < least:
        width = max(columns.width for columns in found)
        raise BadTestSet(
            f"{path} has {counted(width, 'column')} and needs {least}, with tabs, semicolons, "
            "commas or blanks between them"
        )
    return best


def text_lines(path: Path) -> list[str]:
    """Return the lines of a file in UTF-8 or marked UTF-16, packed (.gz, .zst) or not. Raises BadTestSet."""
    if path.is_dir():
        raise BadTestSet(f"{path} is a folder, not a file")
    raw = _unpacked(path) if path.suffix.lower() in _ARCHIVES else _bytes_of(path)
    try:
        text = raw.decode("utf-16" if raw.startswith(_UTF16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        other = what_it_is(raw)
        if other is not None:
            raise BadTestSet(f"{path} is {other.removesuffix(TRAINED)}") from error
        number = raw.count(b"\n", 0, error.start) + 1
        raise BadTestSet(f"{path}, line {number}: not UTF-8; convert it: iconv -t utf-8") from error
    if "\0" in text:
        raise BadTestSet(
            f"{path} holds NUL, as UTF-16 without a mark does; convert it: iconv -f utf-16 -t utf-8"
        )
    return _END.split(text)


def _bytes_of(path: Path) -> bytes:
    with reporting_file(path):
        return path.read_bytes()


def _unpacked(path: Path) -> bytes:
    try:
        with ExitStack() as files:
            return InputStream(path, files).read(-1)
    except BadText as error:  # it names the file
        raise BadTestSet(str(error)) from error


def is_number(field: str) -> bool:
    """Whether a field is a finite number."""
    number = as_number(field)
    return number is not None and abs(number) < float("inf")


def as_number(field: str) -> float | None:
    """Return the number that a field holds, also with a decimal comma; None where it holds none."""
    for text in (field, field.replace(",", ".") if field.count(",") == 1 else field):
        try:
            return float(text)
        except ValueError:
            continue
    return None


def has_heading(columns: Columns, numbers: Sequence[int]) -> bool:
    """Whether the first line names the columns: words stand where the others have numbers."""
    first = columns.lines[0].fields
    if len(first) > columns.width and any(map(is_number, first)):  # a line with a word of two parts
        return False
    heads = [first[index] for index in numbers if index < len(first)]
    return bool(heads) and all(as_number(head) is None and _begins_as_word(head) for head in heads)


def _begins_as_word(field: str) -> bool:
    return not field or not (field[0].isdigit() or field[0] in "+-.")


def _counts(line: str) -> bool:
    stripped = line.strip()
    return stripped != "" and not stripped.startswith("#")


def _fields(line: str, separator: str | None) -> tuple[str, ...]:
    if separator is None:
        return tuple(line.split())
    try:
        (fields,) = csv.reader([line], delimiter=separator)
    except csv.Error:  # a field of more than 131,072 characters
        fields = line.split(separator)
    return tuple(field.strip() for field in fields)

"""A column of text in files of tables (Parquet, CSV, TSV, JSON lines) as documents, one a row."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tovec.errors import BadSetting, BadText
from tovec.text.decoding import Errors, check_encoding
from tovec.text.delimited import delimited_column
from tovec.text.documents import CHUNK_BYTES, Chunk, packed
from tovec.text.in_memory import chunk_of
from tovec.text.inputs import STDIN, InputPath, expand, n_bytes_of
from tovec.text.json_lines import json_lines_column
from tovec.text.other_files import PARQUET
from tovec.text.parquet_column import parquet_column, parquet_values
from tovec.text.text_lines import TextLines

_PARQUET = (".parquet", ".pq")
_COMPRESSED = (".gz", ".zst")


# How lines end, which a cell of CSV may hold, and what reads a column of them.
_OF_LINES: Mapping[str, tuple[str, Callable[[TextLines, str], Iterator[str | None]]]] = {
    ".csv": ("", partial(delimited_column, delimiter=",")),
    ".tsv": ("\n", partial(delimited_column, delimiter="\t")),
    ".jsonl": ("\n", json_lines_column),
    ".ndjson": ("\n", json_lines_column),
    ".json": ("\n", json_lines_column),
}
_LISTS = re.compile(r"\s*(\{|\[\s*\{)")  # JSON; a first line of CSV names columns
_KINDS = ".parquet, .csv, .tsv and .jsonl files, .gz and .zst of the last three"


def is_table_of_lines(path: str | Path) -> bool:
    """Whether the name of a file says CSV, TSV or JSON lines, which could be read as plain text too."""
    return _suffix(path) in _OF_LINES


def _suffix(path: str | Path) -> str:
    """Return what a file is by its name, in lower case, without the suffix of an archive."""
    name = Path(path).name.lower()
    archive = next((suffix for suffix in _COMPRESSED if name.endswith(suffix)), "")
    suffix = Path(name.removesuffix(archive)).suffix
    return f"{suffix}{archive}" if suffix in _PARQUET else suffix


def _is_table(path: InputPath) -> bool:
    return _suffix(path) in _PARQUET or is_table_of_lines(path)


@dataclass(frozen=True)
class ColumnDocuments:
    """The rows of a column of text in table files, each one document whatever line ends it holds.

    inputs: as for `inputs.expand`; a folder stands for the tables in it, and standard input is a table of
    lines, of the kind that its beginning shows. A row without a value is left out and counted.
    encoding, errors: of CSV and JSON lines, as for Documents. Every iteration reads again.
    Raises BadSetting or BadText for settings that cannot be.
    """

    inputs: tuple[str | Path, ...]
    column: str
    encoding: str = "utf-8"
    errors: Errors = "strict"

    def __post_init__(self) -> None:
        if not isinstance(self.column, str) or not self.column:
            raise BadSetting("column", self.column, "the name of a column")
        check_encoding(self.encoding)

    def paths(self) -> list[InputPath]:
        """Return the files to read, in order. Raises BadText when there are none or one is not a table."""
        return [path for name in self.inputs for path in _tables(name)]

    def n_bytes(self) -> int | None:
        """Return the size of all files on disk; None when one is a stream (standard input, a pipe)."""
        return n_bytes_of(self.paths())

    @property
    def readable_again(self) -> bool:
        """Whether all inputs can be read a second time, which streams cannot."""
        return self.n_bytes() is not None

    def chunks(self, chunk_bytes: int = CHUNK_BYTES, whole_documents: bool = True) -> Iterator[Chunk]:
        """Return an iterator over the documents in chunks of about `chunk_bytes`; none is ever cut.

        Raises BadText, for inputs at once.
        """
        return packed(self._chunks(self.paths(), chunk_bytes), chunk_bytes)

    def rows(self) -> Iterator[str | None]:
        """Return an iterator over the values of all rows, None where there is none: one for each row."""
        return self._rows(self.paths())

    def _chunks(self, paths: list[InputPath], chunk_bytes: int) -> Iterator[Chunk]:
        for path in paths:
            if path != STDIN and _suffix(path) in _PARQUET:
                yield from parquet_column(path, self.column, chunk_bytes)
            else:
                yield from _gathered(*self._of_lines(path), chunk_bytes)

    def _rows(self, paths: list[InputPath]) -> Iterator[str | None]:
        for path in paths:
            if path != STDIN and _suffix(path) in _PARQUET:
                yield from parquet_values(path, self.column)
            else:
                yield from self._of_lines(path)[1]

    def _of_lines(self, path: InputPath) -> tuple[TextLines, Iterator[str | None]]:
        """Return the lines of a table and the values that they hold."""
        lines = TextLines(path, self.encoding, self.errors)
        suffix = _kind_of_stream(lines) if path == STDIN else _suffix(path)
        lines.newline, values_of = _OF_LINES[suffix]
        return lines, values_of(lines, self.column)


def _kind_of_stream(lines: TextLines) -> str:
    """Return the suffix of a file with such lines, of which there is no name. Raises BadText for Parquet."""
    try:
        begins = lines.beginning()
    except BadText as error:
        if PARQUET not in str(error):
            raise
        raise BadText(f"{lines.name} is {PARQUET}, which is not read in order; save it as a file") from error
    if _LISTS.match(begins):
        return ".jsonl"
    return ".tsv" if "\t" in (begins.splitlines() or [""])[0] else ".csv"


def _tables(name: str | Path) -> list[InputPath]:
    files = expand([name])
    if Path(name).is_dir():
        files = list(filter(_is_table, files))
        if not files:
            raise BadText(f"{name}: the folder holds no table; a column is read from {_KINDS}")
    for file in files:
        if file != STDIN and not _is_table(file):
            raise BadText(f"{file}: a column is read from {_KINDS}; leave `column` out to read lines of text")
    return files


def _gathered(lines: TextLines, values: Iterator[str | None], chunk_bytes: int) -> Iterator[Chunk]:
    """Yield the values in chunks, with what was read of the file for each."""
    waiting: list[bytes] = []
    n_waiting = n_missing = n_read = n_replaced = 0

    def chunk() -> Chunk:
        return replace(
            chunk_of(waiting),
            n_read=lines.n_read - n_read,
            n_replaced=lines.n_replaced - n_replaced,
            n_missing=n_missing,
        )

    for value in values:
        if value is None:
            n_missing += 1
            continue
        waiting.append(value.encode())
        n_waiting += len(waiting[-1])
        if n_waiting >= chunk_bytes:
            yield chunk()
            waiting, n_waiting, n_missing = [], 0, 0
            n_read, n_replaced = lines.n_read, lines.n_replaced
    yield chunk()

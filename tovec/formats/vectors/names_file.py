"""The tokens of a table without tokens, from a file beside it.

One a line (.txt, .tokens); the first column of lines with tabs (.vocab, as SentencePiece writes); a token and
its count a line (vocab.txt and .vocab, as GloVe and word2vec.c write); a table with tabs (.tsv, as
TensorBoard's projector reads: one column has no header, several have one; a column `count` has counts);
JSON, a list of tokens or an object of token to id; or a column of Parquet.
"""

import re
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tovec.counted import counted
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors.file_vocabulary import FileVocabulary, vocabulary_of
from tovec.storage.file_bytes import BOM
from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.json_text import json_value
from tovec.storage.limits import MAX_LIST, contents
from tovec.text.vocabulary import Counts

PARQUET = ".parquet"
_WHOLE = re.compile(r"[0-9]{1,18}")
_COUNT = "count"  # of a table: the column of counts, as tovec writes it
_COUNTED = re.compile(r"(\S+) (\d{1,18})")
_COLUMNS = ("token", "word", "label", "name")  # of a table: the first of these, else the first column


def read_names(path: Path, n_rows: int, options: ReadOptions) -> FileVocabulary:
    """Return the tokens in `path`, read by its suffix, for the `n_rows` rows of a table.

    Of a repeated token the first row counts. Bytes that are not UTF-8 become surrogate escapes.
    Raises BadSource that names `path`: another number of tokens than rows (with a limit: fewer), JSON of
    another form.
    """
    with reporting_file(path):
        names, first_line, counts = _read(path, options.limit)
        if len(names) != n_rows:
            raise UnsupportedFile(
                f"it lists {counted(len(names), 'token')}, and the table has "
                f"{counted(n_rows, 'row')}; each row needs a token"
            )
        if (path.suffix.lower() == ".vocab" or path.name == "vocab.txt") and (
            with_counts := _with_counts(names)
        ):
            names, counts = with_counts
            options.findings.append(f"{path.name} lists tokens and how often each was counted")
        return vocabulary_of(names, lambda row: f"in line {first_line + row}", options, counts)


def _with_counts(lines: list[str]) -> tuple[list[str], Counts] | None:
    """Return tokens and counts, where every line is a token and a count, most frequent first; else None.

    GloVe's vocab_count and word2vec.c's -save-vocab write such lists.
    """
    pairs = [_COUNTED.fullmatch(line) for line in lines]
    if len(pairs) < 2 or not all(pairs):
        return None
    counts = np.array([int(pair[2]) for pair in pairs if pair], dtype=np.int64)
    return None if (np.diff(counts) > 0).any() else ([pair[1] for pair in pairs if pair], counts)


def listed_names(path: Path) -> list[str]:
    """Return the tokens that `path` lists, by its suffix. Raises CorruptFile, OSError."""
    return _read(path, None).names


class _Listed(NamedTuple):
    """Names, the line of the first one, and how often each was counted, where the file says so."""

    names: list[str]
    first_line: int
    counts: Counts | None = None


def _read(path: Path, limit: int | None) -> _Listed:
    if path.suffix.lower() == PARQUET:
        from tovec.formats.vectors.arrow_file import token_column

        return _Listed(token_column(path, limit), 1)
    names, first, counts = _READERS.get(path.suffix.lower(), _lines)(contents(path, MAX_LIST), limit)
    return _Listed(names[:limit], first, counts)


def _lines(data: bytes, limit: int | None = None) -> _Listed:
    lines = data.removeprefix(BOM).decode("utf-8", "surrogateescape").split("\n")
    if not lines[-1]:
        del lines[-1]
    return _Listed([line.removesuffix("\r") for line in lines], 1)


def _first_column(data: bytes, limit: int | None) -> _Listed:
    return _Listed([line.partition("\t")[0] for line in _lines(data).names], 1)


def _table(data: bytes, limit: int | None) -> _Listed:
    lines = _lines(data).names
    titles = lines[0].split("\t") if lines else []
    if len(titles) < 2:
        return _Listed(lines, 1)
    lower = [title.strip().lower() for title in titles]
    column = next((lower.index(name) for name in _COLUMNS if name in lower), 0)
    of_count = lower.index(_COUNT) if _COUNT in lower and lower.index(_COUNT) != column else None
    names, counts = [], []
    for number, line in enumerate(islice(lines, 1, None if limit is None else limit + 1), start=2):
        cells = line.split("\t")
        if len(cells) != len(titles):
            raise CorruptFile(
                f"line {number} has {counted(len(cells), 'column')}, and line 1 has {len(titles)}"
            )
        names.append(cells[column])
        if of_count is not None:
            counts.append(cells[of_count].strip())
    return _Listed(names, 2, _whole_numbers(counts))


def _whole_numbers(cells: list[str]) -> Counts | None:
    """Return the counts that the cells of a column hold; None where one of them is anything else."""
    if not cells or not all(_WHOLE.fullmatch(cell) for cell in cells):
        return None
    return np.array(list(map(int, cells)), dtype=np.int64)


def _json(data: bytes, limit: int | None) -> _Listed:
    value = json_value(data, "it")
    if isinstance(value, dict):
        value = _by_id(value)
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise UnsupportedFile(
            "its JSON is neither a list of tokens nor an object of token to id; write a .txt, a token a line"
        )
    return _Listed(value, 1)


def _by_id(ids: Mapping[str, Any]) -> list[str]:
    by_id = {row: token for token, row in ids.items() if type(row) is int}
    if set(by_id) != set(range(len(ids))):
        raise CorruptFile(f"its ids are not 0 to {len(ids) - 1}, each once")
    return [by_id[row] for row in range(len(ids))]


_READERS: Mapping[str, Callable[[bytes, int | None], _Listed]] = {
    ".vocab": _first_column,
    ".tsv": _table,
    ".json": _json,
}

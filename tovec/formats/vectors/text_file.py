"""Vectors as text: word2vec and fastText `.vec`, which begin with a line `n_tokens dim`, and GloVe without.

A line is a token and its numbers. A first line of exactly two whole numbers is the counts, except in a file
named `.glove`, which has none. Without counts the first row says how many numbers a row has.
Formats: word2vec.c (Mikolov et al. 2013), fastText's saveVectors, GloVe's save_params.
"""

import re
from pathlib import Path
from typing import NamedTuple

from tovec.counted import counted
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors.compressed import IsEnough, decompressed_head, is_compressed, opened
from tovec.formats.vectors.file_vocabulary import END_OF_LINE, vocabulary_of
from tovec.formats.vectors.vector_lines import (
    Lines,
    begins_blank,
    fields_of,
    first_line,
    is_number,
    lines_of,
    read_line,
    read_lines,
)
from tovec.storage.file_bytes import HEAD, FileBytes, bytes_of
from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.vectors.embedding_parts import EmbeddingParts

_COUNTS = re.compile(rb"[ \t]*(\d{1,18})[ \t]+(\d{1,18})[ \t\r]*\Z")


def recognizes(path: Path, head: bytes) -> bool:
    """Whether a file that begins with `head`, its first 4096 bytes, is vectors as text."""
    return why_not(path, head) is None


def why_not(path: Path, head: bytes) -> str | None:
    """Return why a file that begins with `head` is not vectors as text; None where it looks like it.

    It does by its first line of counts and a row, or else by two rows, as far as they are in `head`. The
    contents of a compressed file count.
    """
    compressed = is_compressed(path)
    if compressed:
        try:
            head = decompressed_head(path)
        except CorruptFile as error:
            return f"cannot be decompressed: {error}"
    if b"\0" in head:
        return (
            "is neither text nor word2vec binary inside; unpack it and open what is in it"
            if compressed
            else "is not text"
        )
    try:
        _check_head(head, _is_glove(path))
    except UnsupportedFile as error:
        return f"cannot be read: {error}"
    except CorruptFile as error:
        return f"is text, not vectors: {error}"
    return None


def _check_head(head: bytes, is_glove: bool) -> None:
    """Raise CorruptFile unless the first row is a token and numbers, and without counts the second too.

    Rows that all begin with a number count as a table without tokens, unless the file's name or counts say
    otherwise.
    """
    if len(head) >= HEAD:  # whole fields only
        head = head[: max(map(head.rfind, (b" ", b"\t", b"\n"))) + 1]
    opening = _opening(head, is_glove)
    rows = [fields_of(row) for row in head[opening.start :].split(b"\n")]
    n_checked = 2 if opening.n_rows is None else 1  # after counts one row is enough
    for number, fields in enumerate(rows[:n_checked], start=opening.first_line):
        if len(fields) > 1 or (fields and opening.n_rows is None):
            read_line(fields[-1], 1, number, named=False)
    if is_glove or opening.n_rows is not None:
        return
    firsts = [row[0] for row in rows if row]
    if all(map(is_number, firsts)) and any(b"." in first for first in firsts):
        raise CorruptFile(
            "its lines have only numbers, no token; name it .glove if the first of each is a token, "
            "or make it an .npy with its tokens in a .txt beside it"
        )


def _check_delimiter(line: bytes) -> None:
    """Raise UnsupportedFile for a row whose numbers are separated by another character."""
    for sign in (",", ";", "|"):
        if sum(map(is_number, line.split(sign.encode())[1:])) > 1:
            way = "name the file .csv" if sign != "|" else "replace it by spaces"
            raise UnsupportedFile(f"its numbers are separated by {sign!r}; {way}")


class _Opening(NamedTuple):
    """What the beginning says: where the rows start and in which line, their number, and their dim."""

    start: int
    first_line: int
    n_rows: int | None
    dim: int


def _opening(text: FileBytes, is_glove: bool) -> _Opening:
    """Return what the first line says. Raises CorruptFile when it is neither counts nor a row."""
    start, end = first_line(text)
    line = text[start:end]
    counts = None if is_glove else _COUNTS.match(line)
    if counts:
        n_rows, dim = int(counts[1]), int(counts[2])
        if not dim:
            raise CorruptFile("line 1 says that a row has 0 numbers")
        return _Opening(min(end + 1, len(text)), 2, n_rows, dim)
    fields = fields_of(line)
    if not fields:
        raise CorruptFile("line 1 is empty")
    dim = len(fields) - (not begins_blank(line))
    if dim < 1 + (not is_glove):
        _check_delimiter(line)
        raise CorruptFile(
            f"line 1 has {counted(len(fields), 'field')}; a token and two numbers are at least three"
        )
    read_line(line, dim, 1)
    return _Opening(start, 1, None, dim)


def load(path: Path, options: ReadOptions) -> EmbeddingParts:
    """Return the embedding in `path`, its vectors in memory in float32, each `np.float32(float(text))`.

    Tokens keep their bytes; those that are not UTF-8 become surrogate escapes. A line that begins with a
    space and has only numbers has the empty token; `</s>`, the end of a line, stands for no text. The
    tokenizer is unknown. Repaired, and a finding: a repeated token, whose first row counts; another number of
    rows than the first line says, where all rows are complete. A file with fewer rows whose last line has no
    end is refused, since its last number may be cut off. Without counts that cannot be detected. Raises
    BadSource that names file and line: fewer or more numbers than the first line says, a field that is not a
    number, a file that is cut short.
    """
    is_glove = _is_glove(path)
    with reporting_file(path), opened(path, _is_enough(options.limit)) as file:
        text = bytes_of(file, path)
        opening = _opening(text, is_glove)
        lines = lines_of(text, opening.start, opening.first_line, options.limit)
        if opening.n_rows is not None and options.is_all(lines.n_rows):
            _check_n_rows(lines, opening.n_rows, options)
        names, vectors = read_lines(lines, opening.dim)
        named = vocabulary_of(
            names, lambda row: f"in line {lines.first_line + row}", options, special=END_OF_LINE
        )
        kind = "GloVe text" if opening.n_rows is None else "word2vec text"
        provenance = {"format": kind, "file": path.name}
        return EmbeddingParts(named.vocabulary, named.of_array(vectors), provenance=provenance)


def _check_n_rows(lines: Lines, n_expected: int, options: ReadOptions) -> None:
    """Record another number of rows than expected. Raises CorruptFile where the last row may be cut off."""
    n_rows = lines.n_rows
    if n_rows == n_expected:
        return
    if not n_rows:
        raise CorruptFile(f"line 1 says {counted(n_expected, 'row')}, and there are none")
    if n_rows < n_expected and lines.stop == len(lines.text):
        raise CorruptFile(
            f"it is cut short: line 1 says {counted(n_expected, 'row')}, and it ends in line "
            f"{lines.first_line + n_rows - 1}, which may be incomplete; download it again"
        )
    options.repaired(f"line 1 says {counted(n_expected, 'row')}, and there are {n_rows:,}")


def _is_enough(limit: int | None) -> IsEnough | None:
    """Return the function that says when the first line and `limit` rows have been decompressed."""
    if limit is None:
        return None
    n_left = limit + 1

    def is_enough(piece: bytes) -> bool:
        nonlocal n_left
        n_left -= piece.count(b"\n")
        return n_left <= 0

    return is_enough


def _is_glove(path: Path) -> bool:
    """Whether the file's name says that it has no line of counts."""
    return (path.with_suffix("") if is_compressed(path) else path).suffix.lower() == ".glove"

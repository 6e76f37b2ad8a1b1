"""Vectors as text: word2vec and fastText `.vec`, which begin with a line `n_tokens dim`, and GloVe without.

A line is a token and its numbers. A first line of exactly two whole numbers is counts, but in a file named
`.glove`, which has none. Without counts the first row says how many numbers a row has.
What comes packed (.gz, .zst) is unpacked into a temporary file and read from there.
Formats: word2vec.c (Mikolov et al. 2013), fastText's saveVectors, GloVe's save_params.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from tovec.embedding import Embedding
from tovec.errors import BadText
from tovec.formats.damage import DamageError, reading
from tovec.formats.file_bytes import HEAD, FileBytes, map_bytes
from tovec.formats.vectors.file_vocabulary import END_OF_LINE, vocabulary_of
from tovec.formats.vectors.vector_lines import first_line, is_number, lines_of, read_line, read_lines

_COUNTS = re.compile(rb"[ \t]*(\d{1,18})[ \t]+(\d{1,18})[ \t\r]*\Z")
_PACKED = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}
_AT_ONCE = 1 << 20  # bytes to unpack
_EXPANSION = 100  # times its size that an archive of numbers may hold; text of vectors packs to a third


def recognizes(path: Path, head: bytes) -> bool:
    """Whether a file that begins with `head`, 4096 bytes of it, is vectors as text."""
    return why_not(path, head) is None


def why_not(path: Path, head: bytes) -> str | None:
    """Return why a file that begins with `head` is no text of vectors; None where it looks like one.

    What it looks like is said by its first two rows, as far as they are in `head`. An archive is looked into.
    """
    packed = is_packed(path)
    if packed:
        try:
            head = next(_unpacked(path, HEAD), b"")
        except DamageError as error:
            return f"cannot be unpacked: {error}"
    if b"\0" in head:
        return "holds no text; unpack it and open what is in it" if packed else "is not text"
    try:
        _check_head(head, _is_glove(path))
    except DamageError as error:
        return f"is text, not vectors: {error}"
    return None


def _check_head(head: bytes, is_glove: bool) -> None:
    """Raise DamageError unless the first two rows are a token and numbers each.

    Rows that all begin with a number are taken for a table without tokens, unless a name or counts say
    otherwise.
    """
    if len(head) >= HEAD:  # whole fields only
        head = head[: max(map(head.rfind, (b" ", b"\t", b"\n"))) + 1]
    opening = _opening(head, is_glove)
    rows = [row.split() for row in head[opening.start :].split(b"\n")]
    for number, fields in enumerate(rows[:2], start=opening.first_line):
        if len(fields) > 1 or (fields and opening.n_rows is None):
            read_line(fields[-1], 1, number, named=False)
    if is_glove or opening.n_rows is not None:
        return
    firsts = [row[0] for row in rows if row]
    if all(map(is_number, firsts)) and any(b"." in first for first in firsts):
        raise DamageError(
            "its lines have numbers only, no token; name it .glove if the first of each is one, "
            "or make it an .npy with its tokens in a .txt beside it"
        )


class _Opening(NamedTuple):
    """What the beginning says: where the rows start and in which line, how many there are, and their dim."""

    start: int
    first_line: int
    n_rows: int | None
    dim: int


def _opening(text: FileBytes, is_glove: bool) -> _Opening:
    """Return what the first line says. Raises DamageError when it is neither counts nor a row."""
    start, end = first_line(text)
    line = text[start:end]
    counts = None if is_glove else _COUNTS.match(line)
    if counts:
        n_rows, dim = int(counts[1]), int(counts[2])
        if not dim:
            raise DamageError("line 1 says that a row has 0 numbers")
        return _Opening(min(end + 1, len(text)), 2, n_rows, dim)
    fields = line.split()
    if not fields:
        raise DamageError("line 1 is empty")
    dim = len(fields) - (not line[:1].isspace())  # a line that begins with a space has the empty token
    if dim < 1 + (not is_glove):
        raise DamageError(f"line 1 has {len(fields)} fields, a token and two numbers are three")
    read_line(line, dim, 1)
    return _Opening(start, 1, None, dim)


def load(path: Path) -> Embedding:
    """Return the embedding in `path`, its vectors in memory in float32, each `np.float32(float(text))`.

    Tokens keep their bytes; those that are no UTF-8 are surrogate escapes. A line that begins with a space
    and has nothing but numbers has the empty token; `</s>`, the end of a line, stands for no text. The
    tokenizer is unknown.
    Raises BadSource, naming file and line: fewer or more numbers than the first line says, something that is
    none, another number of rows, a token twice, a damaged archive.
    """
    with reading(path), _opened(path) as file:
        text = map_bytes(file)
        opening = _opening(text, _is_glove(path))
        lines = lines_of(text, opening.start, opening.first_line)
        if opening.n_rows not in (None, lines.n_rows):
            raise DamageError(f"line 1 says {opening.n_rows} rows and there are {lines.n_rows}")
        names, vectors = read_lines(lines, opening.dim)
        vocabulary = vocabulary_of(
            names, lambda row: f"in line {lines.first_line + row}", special=END_OF_LINE
        )
        kind = "GloVe text" if opening.n_rows is None else "word2vec text"
        return Embedding(vocabulary, vectors, provenance={"format": kind, "file": path.name})


def is_packed(path: Path, head: bytes | None = None) -> bool:
    """Whether a file's name, and its first bytes where they are given, say that it is unpacked here."""
    magic = _PACKED.get(path.suffix.lower())
    return magic is not None and (head is None or head.startswith(magic))


def _is_glove(path: Path) -> bool:
    """Whether the name says that there is no line of counts."""
    return (path.with_suffix("") if is_packed(path) else path).suffix.lower() == ".glove"


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Give the file, or a temporary one with what the archive `path` holds. Raises DamageError, OSError."""
    if not is_packed(path):
        with path.open("rb") as file:
            yield file
        return
    import tempfile

    most = _EXPANSION * path.stat().st_size + _AT_ONCE
    with tempfile.TemporaryFile() as unpacked:
        for data in _unpacked(path, _AT_ONCE):
            unpacked.write(data)
            if unpacked.tell() > most:
                raise DamageError(
                    f"it unpacks to more than {_EXPANSION} times its size; unpack it and open that"
                )
        unpacked.flush()
        yield unpacked


def _unpacked(path: Path, n_bytes: int) -> Iterator[bytes]:
    from tovec.text.decoding import InputStream

    with ExitStack() as files:
        try:
            stream = InputStream(path, files)
            while data := stream.read(n_bytes):
                yield data
        except BadText as error:
            raise DamageError(str(error).removeprefix(f"{path}: ")) from error

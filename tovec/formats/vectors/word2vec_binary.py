"""The binary files of word2vec.c (.bin): names are read now, rows when they are asked for.

A line `n_words dim`; then for each word its bytes, a space, `dim` numbers in little-endian float32 and, in
most files, a line feed. Names differ in length, so rows may begin at any byte. Source: word2vec.c and
gensim's `load_word2vec_format(binary=True)`. A compressed file (.gz, .zst) is decompressed into a temporary
one. Written in writing/word2vec.py.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors.compressed import decompressed_head, is_compressed, opened
from tovec.formats.vectors.file_vocabulary import END_OF_LINE, decoded, vocabulary_of
from tovec.formats.vectors.vector_lines import fields_of, is_float
from tovec.storage.file_bytes import FileBytes, bytes_of
from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.limits import MAX_NAME
from tovec.storage.open_file import BYTES_PER_CALL, OpenFile
from tovec.vectors.embedding_parts import EmbeddingParts
from tovec.vectors.lazy import LazyTable
from tovec.vectors.table import Rows

_HEADER = re.compile(rb"\s*([0-9]{1,18})[ \t]+([0-9]{1,8})[ \t\r]*\n")
_HEADER_ROOM = 200
_NUMBER_BYTES = 4
_BLOCK = 1 << 22  # bytes that are read at a time
_WRITTEN = re.compile(rb"[-+\[(\"']*[.,]?\d[^\x00-\x20\x7f-\xff]*")  # a number in text, in any notation
_NO_TEXT = bytes({*range(32), 127} - set(b"\t\n\f\r"))


class UnalignedTable(LazyTable):
    """Rows of float32 that begin at any byte of a file; read when they are asked for.

    starts: (n_rows,) int64, the byte where each begins.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, file: OpenFile, starts: NDArray[np.int64], dim: int) -> None:
        self.shape = (len(starts), dim)
        self._file, self._starts = file, starts

    def _take(self, rows: Any, /) -> Rows:
        starts, dim = self._starts[rows], self.shape[1]
        found: Rows = self._file.pieces(starts.ravel(), dim * _NUMBER_BYTES).view("<f4")
        return found.reshape(*starts.shape, dim)


def recognizes(path: Path, head: bytes) -> bool:
    """Whether a file, decompressed, begins as word2vec binary: two numbers, a name, bytes that are not text.

    In text, a number in some notation follows the first name. Where none does, the file is binary if some
    bytes cannot be text or, as in a very small file, if its rows fit exactly to its end.
    """
    if is_compressed(path):
        try:
            head = decompressed_head(path)
        except CorruptFile:
            return False
    header = _HEADER.match(head[:_HEADER_ROOM])
    if header is None:
        return False
    n_words, dim = map(int, header.groups())
    _, space, rest = head[header.end() :].partition(b" ")
    if not n_words or not dim or not space or is_float(re.split(rb"[ \t\r\n]", rest, maxsplit=1)[0]):
        return False
    if _is_written(rest, dim):
        return False
    return _is_no_text(rest) or _fits(head, header.end(), n_words, dim)


def _is_written(row: bytes, dim: int) -> bool:
    """Whether what follows a name is numbers as text; the last of its fields may be cut off."""
    line, end, _ = row.partition(b"\n")
    fields = fields_of(line)
    whole = fields if end else fields[:-1]
    return 0 < len(whole) <= dim and all(map(_WRITTEN.fullmatch, whole))


def _fits(head: bytes, start: int, n_words: int, dim: int) -> bool:
    try:
        return len(_scan(head, start, n_words, dim, None).names) == n_words
    except CorruptFile:
        return False


def _is_no_text(data: bytes) -> bool:
    if data.translate(None, _NO_TEXT) != data:
        return True
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.reason != "unexpected end of data"  # cut within a character
    return False


def load(path: Path, options: ReadOptions) -> EmbeddingParts:
    """Return the vectors of a word2vec binary file, whose rows are read when they are asked for.

    Bytes of a word that are not UTF-8 become surrogate escapes. Repaired, and a finding: a repeated word,
    whose first row counts; another number of words than the first line says, where all rows are complete.
    Raises BadSource for a file that ends inside a row, for bytes after the last row that are not a row, and
    for a name with a line feed.
    """
    with (
        reporting_file(path),
        opened(path, None if options.limit is None else _RowCounter(options.limit)) as file,
    ):
        data = bytes_of(file, path)
        header = _HEADER.match(data[:_HEADER_ROOM])
        if header is None:
            raise CorruptFile("its first line is not `n_words dim`, as in word2vec files")
        n_words, dim = map(int, header.groups())
        names, starts = _scan(data, header.end(), n_words, dim, options.limit)
        if len(names) != n_words and options.is_all(len(names)):
            options.repaired(f"its first line says {counted(n_words, 'word')}, and there are {len(names):,}")
        named = vocabulary_of(
            decoded(names, b"\n"),
            lambda row: f"at byte {starts[row] - 1 - len(names[row])}",
            options,
            special=END_OF_LINE,
        )
        kept = starts if named.rows is None else starts[named.rows]
        vectors = UnalignedTable(data.file, kept, dim)
        return EmbeddingParts(named.vocabulary, vectors, provenance={"format": "word2vec binary"})


class _RowCounter:
    """Says when the first line and `limit` rows have been decompressed."""

    def __init__(self, limit: int) -> None:
        self._n_left = limit
        self._row_bytes: int | None = None
        self._rest = b""

    def __call__(self, piece: bytes) -> bool:
        """Return whether the pieces so far hold all that is needed, or cannot be such a file."""
        data, at = self._rest + piece, 0
        if self._row_bytes is None:
            header = _HEADER.match(data[:_HEADER_ROOM])
            if header is None:
                return len(data) >= _HEADER_ROOM
            self._row_bytes, at = int(header[2]) * _NUMBER_BYTES, header.end()
        while self._n_left and (space := data.find(b" ", at)) >= 0:
            end = space + 1 + self._row_bytes
            if end > len(data):
                break
            at = end
            self._n_left -= 1
        self._rest = data[at:]
        return not self._n_left


class _Rows(NamedTuple):
    """The names of rows, and the places where their numbers begin."""

    names: list[bytes]
    starts: NDArray[np.int64]


def _scan(data: FileBytes, start: int, n_words: int, dim: int, limit: int | None) -> _Rows:
    """Return the rows from byte `start` on, at most `limit`; only their names are read."""
    if not n_words or not dim:
        raise CorruptFile(
            f"its first line says {counted(n_words, 'word')} of {counted(dim, 'number')}, so it is empty"
        )
    size, at, length = dim * _NUMBER_BYTES, start, len(data)
    names: list[bytes] = []
    starts: list[int] = []
    first, block = start, b""  # bytes that have been read, and where they begin
    step = _BLOCK if size < BYTES_PER_CALL else BYTES_PER_CALL
    while limit is None or len(names) < limit:
        if at >= length - 1 and names and data[at:] in (b"", b"\n"):  # the last line feed may be missing
            break
        end = block.find(b" ", at - first)
        if end < 0:
            first, block = at, data[at : at + step]
            end = block.find(b" ")
        # A name may be longer than a block.
        space = first + end if end >= 0 else data.find(b" ", at, at + MAX_NAME + 2)
        if space < 0 and length - at > MAX_NAME + 1:
            raise UnsupportedFile(f"the token at byte {at} has more than the {MAX_NAME:,} characters allowed")
        if space < 0 or space + 1 + size > length:
            raise _broken_row(data, at, n_words, dim, len(names), is_cut=True)
        name = block[at - first : end] if end >= 0 else data[at:space]
        name = name.removeprefix(b"\n")  # the end of the row before
        if b"\n" in name:
            raise _broken_row(data, at, n_words, dim, len(names), is_cut=False)
        names.append(name)
        starts.append(space + 1)
        at = space + 1 + size
    return _Rows(names, np.array(starts, dtype=np.int64))


def _broken_row(
    data: FileBytes, at: int, n_words: int, dim: int, n_whole: int, *, is_cut: bool
) -> CorruptFile:
    """Return what is wrong with the row at byte `at`, which comes after `n_whole` complete rows."""
    if n_whole >= n_words:
        at += data[at : at + 1] == b"\n"
        return CorruptFile(
            f"{len(data) - at} bytes follow the last of its {counted(n_words, 'word')} "
            f"from byte {at}, and are not words"
        )
    if not is_cut:
        return CorruptFile(
            f"word {n_whole + 1} at byte {at} has a line feed in its name; rows of {dim} numbers do not fit"
        )
    return CorruptFile(
        f"it is cut short: it ends in word {n_whole + 1} of {n_words}, which begins at byte {at}; "
        "download it again"
    )

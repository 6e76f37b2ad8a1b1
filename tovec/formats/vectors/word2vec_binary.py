"""The binary files of word2vec.c (.bin), read: only names are looked at, rows stay in the file.

A line `n_words dim`; then for each word its bytes, a space, `dim` numbers in little-endian float32 and,
in most files, a line feed. Names differ in length, so rows lie anywhere. Source: word2vec.c and gensim's
`load_word2vec_format(binary=True)`. Written in writing/word2vec.py.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.formats.damage import DamageError, reading
from tovec.formats.file_bytes import Cursor, map_bytes, windows
from tovec.formats.vectors.file_vocabulary import END_OF_LINE, decoded, vocabulary_of
from tovec.formats.vectors.vector_lines import is_float
from tovec.nearest import LazyTable, Rows

_HEADER = re.compile(rb"\s*([0-9]{1,18})[ \t]+([0-9]{1,8})[ \t\r]*\n")
_HEADER_ROOM = 200
_NUMBER_BYTES = 4
_NO_TEXT = bytes({*range(32), 127} - set(b"\t\n\f\r"))


class PackedTable(LazyTable):
    """Rows of float32 that lie anywhere in the bytes of a file; read when they are asked for.

    data: (n_bytes,) uint8, usually a memory map. starts: (n_rows,) int64, the byte where each begins.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, data: NDArray[np.uint8], starts: NDArray[np.int64], dim: int) -> None:
        self.shape = (len(starts), dim)
        self._starts = starts
        self._rows_at = windows(data, dim * _NUMBER_BYTES)

    def __getitem__(self, rows: Any, /) -> Rows:
        starts = self._starts[rows]
        found: Rows = self._rows_at[starts.ravel()].view("<f4").reshape(*starts.shape, self.shape[1])
        return found


def recognizes(path: Path, head: bytes) -> bool:
    """Whether a file begins as word2vec binary: two numbers, a name, and what can be no text.

    What follows the first name in text reads as a number. If it does not, some bytes are none of text; a file
    so small that it may have none has rows that fit to its end. Damaged files are recognized by their bytes.
    """
    header = _HEADER.match(head[:_HEADER_ROOM])
    if header is None:
        return False
    n_words, dim = map(int, header.groups())
    _, space, rest = head[header.end() :].partition(b" ")
    if not n_words or not dim or not space or is_float(re.split(rb"[ \t\r\n]", rest, maxsplit=1)[0]):
        return False
    return _is_no_text(rest) or _fits(Cursor(head, header.end()), n_words, dim)


def _fits(cursor: Cursor, n_words: int, dim: int) -> bool:
    try:
        _scan(cursor, n_words, dim)
    except DamageError:
        return False
    return True


def _is_no_text(data: bytes) -> bool:
    if data.translate(None, _NO_TEXT) != data:
        return True
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.reason != "unexpected end of data"  # cut in a character
    return False


def load(path: Path) -> Embedding:
    """Return the vectors of a word2vec binary file, memory-mapped.

    Bytes of a word that are no UTF-8 become surrogate escapes. Raises BadSource for a file that is
    shorter or longer than its first line says, for a name with a line feed and for a word that is
    there twice.
    """
    with reading(path), path.open("rb") as file:
        cursor = Cursor(map_bytes(file))
        header = _HEADER.match(cursor.data[:_HEADER_ROOM])
        if header is None:
            raise DamageError("its first line is not `n_words dim`, as in word2vec files")
        cursor.at = header.end()
        n_words, dim = map(int, header.groups())
        names, starts = _scan(cursor, n_words, dim)
        words = decoded(names, b"\n")
        vocabulary = vocabulary_of(
            words, lambda row: f"at byte {starts[row] - 1 - len(names[row])}", special=END_OF_LINE
        )
        vectors = PackedTable(np.memmap(path, dtype=np.uint8, mode="r"), starts, dim)
        return Embedding(vocabulary, vectors, provenance={"format": "word2vec binary"})


def _scan(cursor: Cursor, n_words: int, dim: int) -> tuple[list[bytes], NDArray[np.int64]]:
    """Return the names, and the bytes where their rows begin; leaps from row to row."""
    if not n_words or not dim:
        raise DamageError(f"its first line says {n_words} words of {dim} numbers; there is nothing to open")
    size, data, at = dim * _NUMBER_BYTES, cursor.data, cursor.at
    cursor.expect(n_words, 1 + size, f"words of {dim} numbers")
    names, starts = [], []
    for row in range(n_words):
        space = data.find(b" ", at)
        name = data[at:space].removeprefix(b"\n")  # what ends the row before
        start = space + 1
        if space < 0 or start + size > len(data):
            raise DamageError(f"it ends in word {row + 1} of {n_words}, which begins at byte {at}")
        if b"\n" in name:
            raise DamageError(
                f"word {row + 1} at byte {at} has a line feed in its name; rows of {dim} numbers do not fit"
            )
        names.append(name)
        starts.append(start)
        at = start + size
    at += data[at : at + 1] == b"\n"
    if at < len(data):
        raise DamageError(f"{len(data) - at} bytes follow the last of its {n_words} words, from byte {at}")
    return names, np.array(starts, dtype=np.int64)

"""Files of word2vec.c, text (.vec, .txt) and binary (.bin), and GloVe text, written row by row.

Those of word2vec start with a line `n_tokens dim`; GloVe's has none. A text row is the token and its numbers
with single spaces between them; a binary row is the token, a space, the numbers in little-endian float32, and
a line feed. There are no quotes or escapes, so some tokens cannot be written. Bytes that are not UTF-8 can:
word2vec.c only knows bytes.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from tovec.formats.writing.names import NameRule, as_bytes, spelled
from tovec.formats.writing.options import Options
from tovec.storage import replace_file
from tovec.vectors.embedding_parts import EmbeddingParts
from tovec.vectors.table import Vectors, blocks

FAST_FROM = 100_000  # numbers; below that, loading the compiled code takes longer than it saves
_NOT_IN_TEXT = " \t\n\v\f\r\0"  # readers split at white space, and a NUL makes a file binary to them
_TEXT = NameRule(_NOT_IN_TEXT, holds_empty=False, holds_bytes=True)
# A byte order mark at the start of a file would be taken off its first token.
_GLOVE = NameRule(_NOT_IN_TEXT + "\ufeff", holds_empty=False, holds_bytes=True)
# The end of a token, what readers drop before one, the end of a string in C.
_BINARY = NameRule(" \n\0", holds_empty=False, holds_bytes=True)


def save_text(embedding: EmbeddingParts, path: Path, options: Options) -> None:
    """Write `path` as word2vec text. Each number is the shortest that reads back the same.

    Raises CannotSave for a token that is empty or holds white space or a NUL, and when the file cannot be
    written; a file that was there is then as it was.
    """
    names = spelled(embedding.vocabulary.tokens, _TEXT, "word2vec text", options.escape)
    with replace_file(path) as file:
        file.write(_header(embedding))
        _write_text(file, embedding, names)


def save_glove(embedding: EmbeddingParts, path: Path, options: Options) -> None:
    """Write `path` as GloVe text: as `save_text`, without the first line."""
    names = spelled(embedding.vocabulary.tokens, _GLOVE, "GloVe text", options.escape)
    with replace_file(path) as file:
        _write_text(file, embedding, names)


def save_binary(embedding: EmbeddingParts, path: Path, options: Options) -> None:
    """Write `path` as word2vec binary.

    Raises CannotSave for a token that is empty or holds a space, a line feed or a NUL, and when the file
    cannot be written; a file that was there is then as it was.
    """
    names = spelled(embedding.vocabulary.tokens, _BINARY, "word2vec binary", options.escape)
    with replace_file(path) as file:
        file.write(_header(embedding))
        for start, rows in blocks(embedding.vectors):
            numbers = np.ascontiguousarray(rows, dtype="<f4")
            for name, row in zip(as_bytes(names[start : start + len(rows)]), numbers, strict=True):
                file.write(name + b" " + row.tobytes() + b"\n")


def _header(embedding: EmbeddingParts) -> bytes:
    return f"{embedding.n_tokens} {embedding.dim}\n".encode()


def _write_text(file: BinaryIO, embedding: EmbeddingParts, names: Sequence[str]) -> None:
    start = 0
    for lines in text_lines(embedding.vectors):
        part = as_bytes(names[start : start + len(lines)])
        file.writelines(name + line for name, line in zip(part, lines, strict=True))
        start += len(lines)


def text_lines(vectors: Vectors) -> Iterator[list[bytes]]:
    """Yield the numbers of all rows as lines of text, a space before each number, in blocks."""
    for _, rows in blocks(vectors):
        yield [slow_row(row) + b"\n" for row in rows] if rows.size < FAST_FROM else _fast_lines(rows)


def _fast_lines(rows: NDArray[np.float32]) -> list[bytes]:
    from tovec.formats.writing import kernels

    out = np.empty(kernels.WIDTH * rows.shape[1], dtype=np.uint8)
    lines = []
    for row in rows:
        stop = kernels.write_row(row, out, 0)
        lines.append((slow_row(row) if stop < 0 else out[:stop].tobytes()) + b"\n")
    return lines


def slow_row(row: NDArray[np.float32]) -> bytes:
    """Return the numbers of a row as text, a space before each; the slow twin of the kernel."""
    return "".join(" " + str(number) for number in row).encode()  # an f-string would write float64

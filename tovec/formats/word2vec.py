"""The files of word2vec.c, text (.vec, .txt) and binary (.bin): written here, row after row.

Both start with a line `n_tokens dim`. A text row is the token and its numbers with single spaces
between; a binary row is the token, a space, the numbers in little-endian float32, and a line feed.
Neither has quotes or escapes, so some tokens cannot be in them.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.errors import CannotSave
from tovec.formats.atomic import replace_file
from tovec.nearest import blocks

FAST_FROM = 100_000  # numbers; below that, loading the compiled code takes longer than it saves
_NOT_IN_TEXT = frozenset(" \t\n\v\f\r")  # readers split at white space
_NOT_IN_BINARY = frozenset(" \n")  # the end of a token; what readers drop before one


def save_text(embedding: Embedding, path: Path) -> Path:
    """Write `path` as word2vec text and return it. Each number is the shortest that reads back as it was.

    Raises CannotSave for a token that is empty or holds white space, and when the file cannot be
    written; a file that was there is then as it was.
    """
    tokens = embedding.vocabulary.tokens
    for token in tokens:
        if not token or not _NOT_IN_TEXT.isdisjoint(token):
            way_out = "a folder or a .bin file can" if _fits_binary(token) else "a folder can"
            raise CannotSave(
                f"word2vec text cannot hold the token {token!r}, only ones without white space; {way_out}"
            )
    with replace_file(path) as file:
        file.write(f"{len(embedding)} {embedding.dim}\n".encode())
        for start, rows in blocks(embedding.vectors):
            file.write(_text_rows(_encoded(tokens[start : start + len(rows)]), rows))
    return path


def _text_rows(names: list[bytes], rows: NDArray[np.float32]) -> bytes:
    if rows.size < FAST_FROM:
        return b"".join(name + slow_row(row) + b"\n" for name, row in zip(names, rows, strict=True))
    from tovec.formats import kernels

    out = np.empty(kernels.WIDTH * rows.shape[1], dtype=np.uint8)
    lines = []
    for name, row in zip(names, rows, strict=True):
        stop = kernels.write_row(row, out, 0)
        lines.append(name + (slow_row(row) if stop < 0 else out[:stop].tobytes()) + b"\n")
    return b"".join(lines)


def slow_row(row: NDArray[np.float32]) -> bytes:
    """Return the numbers of a row as text, a space before each; numbers of any kind."""
    return "".join(" " + str(number) for number in row).encode()  # an f-string would write it as float64


def save_binary(embedding: Embedding, path: Path) -> Path:
    """Write `path` as word2vec binary and return it.

    Raises CannotSave for a token that is empty or holds a space or a line feed, and when the file
    cannot be written; a file that was there is then as it was.
    """
    tokens = embedding.vocabulary.tokens
    for token in tokens:
        if not _fits_binary(token):
            raise CannotSave(
                f"word2vec binary cannot hold the token {token!r}, only ones without space or line feed; "
                "a folder can"
            )
    with replace_file(path) as file:
        file.write(f"{len(embedding)} {embedding.dim}\n".encode())
        for start, rows in blocks(embedding.vectors):
            file.write(_binary_rows(_encoded(tokens[start : start + len(rows)]), rows))
    return path


def _fits_binary(token: str) -> bool:
    return bool(token) and _NOT_IN_BINARY.isdisjoint(token)


def _binary_rows(names: list[bytes], rows: NDArray[np.float32]) -> bytes:
    numbers = np.ascontiguousarray(rows, dtype="<f4")
    return b"".join(name + b" " + row.tobytes() + b"\n" for name, row in zip(names, numbers, strict=True))


def _encoded(tokens: tuple[str, ...]) -> list[bytes]:
    try:
        return [token.encode() for token in tokens]
    except UnicodeEncodeError as error:
        raise CannotSave(
            f"token {error.object!r} holds half of a surrogate pair, which no file of text can"
        ) from error

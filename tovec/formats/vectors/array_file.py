"""A table in numpy's .npy with its tokens in a file beside it.

Layout (numpy.lib.format): `\\x93NUMPY`, two bytes of version, the length of the header, the header (a Python
literal of dtype, order and shape), the numbers. Rows are memory-mapped and become float32 when asked for.
"""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tovec.embedding import Embedding
from tovec.errors import BadSource
from tovec.formats.damage import DamageError, UnsupportedError, reading
from tovec.formats.tensors.number_types import NUMBER_TYPES, Bytes, NumberType
from tovec.formats.tensors.stored import StoredTensor
from tovec.formats.vectors.names_file import read_names
from tovec.nearest import Rows, Vectors

_MAGIC = b"\x93NUMPY"
_SUFFIXES = (".txt", ".vocab", ".tokens", ".tsv", ".json")  # behind the stem of the table
_NAMES = ("vocab.txt", "tokens.txt", "metadata.tsv", "vocabulary.json", "vocab.json")  # beside it
_KINDS = {kind.dtype: kind for kind in NUMBER_TYPES.values() if kind.dtype is not None and not kind.why_not}


def recognizes(path: Path, head: bytes) -> bool:
    """Whether a file that begins with `head` is an array of numpy's."""
    return head.startswith(_MAGIC)


def load(path: Path) -> Embedding:
    """Return the array `path` with the tokens of the file beside it; rows are read when asked for.

    The tokens are looked for in STEM.txt, .vocab, .tokens, .tsv and .json, then in vocab.txt, tokens.txt,
    metadata.tsv, vocabulary.json and vocab.json. Numbers of any type, order of bytes and of memory; of one
    that lies column by column, float32 and float16 stay on disk and all else is read now.
    Raises BadSource: no file of tokens, another number of them, one twice, no table of numbers, a file too
    short or too long.
    """
    with reading(path):
        vectors = _table(path)
    names = _names_of(path)
    vocabulary = read_names(names, vectors.shape[0])
    with reading(path):
        return Embedding(
            vocabulary, vectors, provenance={"format": "npy", "file": path.name, "tokens": names.name}
        )


def _names_of(path: Path) -> Path:
    candidates = [path.with_suffix(suffix) for suffix in _SUFFIXES] + [
        path.with_name(name) for name in _NAMES
    ]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise BadSource(
        f"{path} has no tokens: none of {', '.join(candidate.name for candidate in candidates)} is beside it"
    )


class _Header(NamedTuple):
    shape: tuple[int, ...]
    by_columns: bool
    dtype: np.dtype[Any]
    offset: int


def _table(path: Path) -> Vectors:
    header = _header(path)
    if len(header.shape) != 2 or min(header.shape) < 1:
        raise UnsupportedError(f"its shape is {header.shape}, not that of a table")
    kind = _KINDS.get(header.dtype.newbyteorder("<"))
    if kind is None:
        known = ", ".join(str(dtype) for dtype in _KINDS)
        raise UnsupportedError(f"its numbers are {header.dtype}; those that can be read are {known}")
    n_rows, dim = header.shape
    size, expected = path.stat().st_size - header.offset, n_rows * dim * header.dtype.itemsize
    if size != expected:
        raise DamageError(f"it has {size} bytes of numbers and {n_rows} x {dim} need {expected}")
    if header.by_columns:
        return np.memmap(path, header.dtype, "r", header.offset, header.shape, order="F")
    kind = kind if header.dtype.isnative or header.dtype.itemsize == 1 else _swapped(kind)
    return StoredTensor("its array", kind, header.shape, path, header.offset, size).table()


def _header(path: Path) -> _Header:
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Python 2, whose arrays are as good
        try:
            version = np.lib.format.read_magic(file)
            read = {(1, 0): np.lib.format.read_array_header_1_0}.get(
                version, np.lib.format.read_array_header_2_0
            )
            shape, by_columns, dtype = read(file)
        except OSError:
            raise
        except Exception as error:  # numpy's reader of Python literals promises no fewer
            text = (str(error).splitlines() or ["unreadable"])[0].partition(" on line ")[0]
            raise DamageError(f"its header is none of numpy's: {text[:200]}") from error
        return _Header(shape, by_columns, dtype, file.tell())


def _swapped(kind: NumberType) -> NumberType:
    """Return the type whose bytes lie the other way round."""

    def decode(rows: Bytes) -> Rows:
        numbers = np.asarray(rows).reshape(len(rows), rows.shape[1] // kind.n_bytes, kind.n_bytes)
        return kind.decode(numbers[:, :, ::-1].reshape(rows.shape))

    return replace(kind, name=f"{kind.name} big-endian", decode=decode, dtype=None)


def mapped_array(path: Path) -> Vectors:
    """Return the rows of the array `path`, read when asked for. Raises DamageError."""
    return _table(path)

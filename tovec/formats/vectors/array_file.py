"""A table in NumPy's .npy, with its tokens in a file beside it.

Layout (numpy.lib.format): `\\x93NUMPY`, two bytes of version, the length of the header, the header (a Python
literal of dtype, order and shape), the numbers. Rows are read, and become float32, when asked for.
"""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors.names_file import read_names
from tovec.storage import place_of, read_pair
from tovec.storage.file_errors import BadFile, CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.open_file import OpenFile, Stamp, stamp_of
from tovec.vectors.derived import first_rows
from tovec.vectors.embedding_parts import EmbeddingParts
from tovec.vectors.file_rows import row_numbers
from tovec.vectors.lazy import LazyTable
from tovec.vectors.number_types import NUMBER_TYPES, Bytes, NumberType
from tovec.vectors.stored import StoredTensor
from tovec.vectors.table import Rows, Vectors

_MAGIC = b"\x93NUMPY"
_SUFFIXES = (".txt", ".vocab", ".tokens", ".tsv", ".json", ".parquet")  # after the stem of the table
_NAMES = ("vocab.txt", "tokens.txt", "metadata.tsv", "vocabulary.json", "vocab.json")  # in its folder
_KINDS = {kind.dtype: kind for kind in NUMBER_TYPES.values() if kind.dtype is not None and not kind.why_not}


def recognizes(path: Path, head: bytes) -> bool:
    """Whether a file that begins with `head` is a NumPy array."""
    return head.startswith(_MAGIC)


def load(path: Path, options: ReadOptions) -> EmbeddingParts:
    """Return the array `path` with the tokens of the file beside it; rows are read when asked for.

    The tokens are looked for in STEM.txt, .vocab, .tokens, .tsv, .json and .parquet; then `options.names`
    names the rows; then in vocab.txt, tokens.txt, metadata.tsv, vocabulary.json and vocab.json. Of a repeated
    token the first row counts. Numbers may have any type, byte order and memory order; where they are stored
    column by column, a row is gathered from the whole array.
    Raises BadSource: no tokens, another number of them than rows, no table of numbers, a file too short or
    too long.
    """
    provenance = {"format": "npy", "file": path.name}
    file = names_beside(path, options)
    if file is None:
        with reporting_file(path):
            vectors = array_table(path)
        return with_names(path, vectors, None, provenance, options)
    with read_pair(path, file) as (array, names):
        with reporting_file(path):
            vectors = array_table(array)
        return with_names(path, vectors, names, provenance, options)


def names_beside(path: Path, options: ReadOptions) -> Path | None:
    """Return the file beside `path` that names the rows of its table, None without one; see `load`."""
    own = [path.with_suffix(suffix) for suffix in _SUFFIXES]
    shared = [path.with_name(name) for name in _NAMES]
    candidates = own if options.names else own + shared
    return next((file for file in candidates if place_of(path, file).is_file()), None)


def with_names(
    path: Path, vectors: Vectors, file: Path | None, provenance: dict[str, Any], options: ReadOptions
) -> EmbeddingParts:
    """Return the embedding of a table without tokens, with those of `file`, which `names_beside` returned.

    Raises BadSource where there are none, or they do not fit.
    """
    n_rows = vectors.shape[0]
    vectors = first_rows(vectors, options.n_read(n_rows))
    if file is None and options.names is not None:
        rows = options.names(n_rows)
        options.findings.extend(rows.findings)
        vocabulary = rows.vocabulary
        if len(vocabulary) > vectors.shape[0]:
            vocabulary = vocabulary.first(vectors.shape[0])
        return EmbeddingParts(vocabulary, vectors, provenance=provenance)
    if file is None:
        looked_for = ", ".join([*(path.with_suffix(suffix).name for suffix in _SUFFIXES), *_NAMES])
        whole = next((f for f in path.parent.iterdir() if path.name.startswith(f"{f.name}.")), None)
        way = "give its `tokenizer`" if whole is None else f"it looks like a part of {whole.name}: open that"
        raise BadFile(f"{path} has no tokens: none of {looked_for} is in its folder; {way}")
    named = read_names(file, vectors.shape[0], options)
    with reporting_file(path):
        return EmbeddingParts(
            named.vocabulary, named.of(vectors), provenance={**provenance, "tokens": file.name}
        )


class Header(NamedTuple):
    """What the header of an array says. offset: where its numbers begin, from the start of the array."""

    shape: tuple[int, ...]
    by_columns: bool
    dtype: np.dtype[Any]
    offset: int


def array_table(path: Path) -> Vectors:
    """Return the table of numbers in a .npy file; rows are read when asked for.

    Raises CorruptFile and OSError.
    """
    with path.open("rb") as file:
        stamp, header = stamp_of(file.fileno()), read_header(file)
    return table_at(path, stamp, header, header.offset, stamp.size - header.offset)


def table_at(path: Path, stamp: Stamp, header: Header, offset: int, size: int) -> Vectors:
    """Return the table whose `size` bytes of numbers are at `offset` of `path`; no row is read yet.

    stamp: of the file when its header was read.
    Raises UnsupportedFile for what is not a table of numbers, CorruptFile for another size.
    """
    if len(header.shape) != 2 or min(header.shape) < 1:
        raise UnsupportedFile(f"its shape is {header.shape}; a table has two dimensions")
    kind = _KINDS.get(header.dtype.newbyteorder("<"))
    if kind is None:
        known = ", ".join(str(dtype) for dtype in _KINDS)
        raise UnsupportedFile(f"its numbers are {header.dtype}; tovec reads {known}")
    n_rows, dim = header.shape
    expected = n_rows * dim * header.dtype.itemsize
    if size != expected:
        raise CorruptFile(f"it has {size} bytes of numbers, and {n_rows} x {dim} need {expected}")
    if header.by_columns:
        return TableByColumns(OpenFile(path, stamp), offset, header.shape, header.dtype)
    kind = kind if header.dtype.isnative or header.dtype.itemsize == 1 else _swapped(kind)
    return StoredTensor("its array", kind, header.shape, path, offset, size, stamp=stamp).table()


class TableByColumns(LazyTable):
    """Rows of an array that is stored column by column; gathered when they are asked for."""

    dtype = np.dtype(np.float32)

    def __init__(self, file: OpenFile, offset: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.shape, self.type_name = shape, str(dtype)
        self.nbytes = shape[0] * shape[1] * dtype.itemsize
        self._file, self._offset, self._stored = file, offset, dtype

    def _take(self, rows: Any, /) -> Rows:
        n_rows, dim = self.shape
        ids, size = row_numbers(rows, n_rows), self._stored.itemsize
        columns = np.arange(dim)[:, None] * n_rows
        if isinstance(rows, slice) and len(ids) and rows.step in (None, 1):  # a part of each column
            starts = self._offset + (columns + ids[0]) * size
            pieces = self._file.pieces(starts.ravel(), len(ids) * size)
        else:
            pieces = self._file.pieces((self._offset + (columns + ids.ravel()) * size).ravel(), size)
        numbers = pieces.reshape(-1).view(self._stored).reshape(dim, ids.size)
        with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinity, as everywhere
            return np.ascontiguousarray(numbers.T, dtype=np.float32).reshape(*ids.shape, dim)


def read_header(file: IO[bytes]) -> Header:
    """Return the header of the array that begins at the position of `file`. Raises CorruptFile, OSError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about arrays of Python 2, which are read alike
        start = file.tell()
        try:
            version = np.lib.format.read_magic(file)
            read = {(1, 0): np.lib.format.read_array_header_1_0}.get(
                version, np.lib.format.read_array_header_2_0
            )
            shape, by_columns, dtype = read(file)
        except OSError:
            raise
        except Exception as error:  # numpy's reader of Python literals may raise any
            text = (str(error).splitlines() or ["unreadable"])[0].partition(" on line ")[0]
            raise CorruptFile(f"its header is not numpy's: {text[:200]}") from error
        return Header(shape, by_columns, dtype, file.tell() - start)


def _swapped(kind: NumberType) -> NumberType:
    """Return the number type with the opposite byte order."""

    def decode(rows: Bytes) -> Rows:
        numbers = np.asarray(rows).reshape(len(rows), rows.shape[1] // kind.n_bytes, kind.n_bytes)
        return kind.decode(numbers[:, :, ::-1].reshape(rows.shape))

    return replace(kind, name=f"{kind.name} big-endian", decode=decode, dtype=None)

"""A table in NumPy's .npz, with its tokens in an array of strings in it, or in a file beside it.

Layout: a zip archive of .npy files (numpy.savez), compressed (numpy.savez_compressed) or not. Rows of an
array that is not compressed are read when asked for; a compressed one is read whole. Arrays of objects are
pickles: they are never loaded.
"""

import re
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors.array_file import Header, names_beside, read_header, table_at, with_names
from tovec.formats.vectors.file_vocabulary import vocabulary_of
from tovec.storage.file_errors import BadFile, CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.limits import MAX_NAME, check_decompressed, too_long
from tovec.storage.open_file import Stamp, stamp_of
from tovec.vectors.derived import first_rows
from tovec.vectors.embedding_parts import EmbeddingParts
from tovec.vectors.table import Vectors

_ZIP = b"PK\x03\x04"
_SUFFIX = ".npy"
_LOCAL_HEADER, _LENGTHS = 30, slice(26, 30)  # of a zip entry: its fixed part, the lengths of name and extra
_SHOWN = 8
# Names of the parts of any source; an array of such a name is given with its suffix.
_PARTS = ("input", "output", "effective")
_SCALES = re.compile(r"scale|zero|offset|codebook|quant", re.IGNORECASE)
_MAX_QUOTED = 80  # characters of a message of zipfile, which may quote the file
# UnicodeDecodeError: for a name that a damaged entry marks as UTF-8.
_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
)


def recognizes(path: Path, head: bytes) -> bool:
    """Whether a file that begins with `head` is a zip archive named .npz, or one whose first file is .npy."""
    if not head.startswith(_ZIP):
        return False
    name_length = int.from_bytes(head[26:28], "little")
    return path.suffix.lower() == ".npz" or head[30 : 30 + name_length].endswith(_SUFFIX.encode())


def load(path: Path, options: ReadOptions) -> EmbeddingParts:
    """Return the table in `path`: its only array of (n_rows, dim) numbers, or the one `options.part` names.

    Tokens are those of its only array of strings, one for each row; else those that `array_file.load` finds.
    Of a repeated token the first row counts.
    Raises BadSource: no table or several, another number of tokens than rows, a damaged archive.
    """
    with reporting_file(path):
        try:
            with path.open("rb") as file, zipfile.ZipFile(file) as archive:
                return _load(archive, path, stamp_of(file.fileno()), options)
        except _ZIP_FAULTS as error:
            raise CorruptFile(f"its zip archive cannot be read ({str(error)[:_MAX_QUOTED]})") from error


def _load(archive: zipfile.ZipFile, path: Path, stamp: Stamp, options: ReadOptions) -> EmbeddingParts:
    headers = {
        entry.filename.removesuffix(_SUFFIX): _header(archive, entry)
        for entry in archive.infolist()
        if entry.filename.endswith(_SUFFIX)
    }
    name = _chosen(headers, options.part)
    _check_plain(headers, name)
    table = _table(archive, path, stamp, name, headers[name])
    provenance = {"format": "npz", "file": path.name, "array": name}
    tokens = [other for other, header in headers.items() if _are_strings(header, table.shape[0])]
    if len(tokens) != 1:
        try:
            file = names_beside(path, options)
            return with_names(path, table, file, provenance, options)
        except BadFile:
            _check_tokens(headers, table.shape[0], tokens)
            raise
    table = first_rows(table, options.n_read(table.shape[0]))
    kind = headers[tokens[0]].dtype
    longest = kind.itemsize // np.dtype(f"{kind.kind}1").itemsize
    if longest > MAX_NAME:  # in an array each string takes as much as the longest
        raise UnsupportedFile(too_long(longest, f"that is the longest of its array {tokens[0]!r}"))
    names = _array(archive, path, tokens[0], headers[tokens[0]])[: table.shape[0]]
    named = vocabulary_of(_as_text(names), lambda row: f"in row {row + 1}", options)
    return EmbeddingParts(named.vocabulary, named.of(table), provenance={**provenance, "tokens": tokens[0]})


def _header(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Header:
    with archive.open(entry) as file:
        return read_header(file)


def _chosen(headers: dict[str, Header], part: str | None) -> str:
    """Return the name of the table. Raises UnsupportedFile where there is none, or it is not clear which."""
    tables = [
        name for name, header in headers.items() if len(header.shape) == 2 and header.dtype.kind in "fiu"
    ]
    shown = (tables or list(headers))[:_SHOWN]
    listed = ", ".join(f"{name}{_SUFFIX * (name in _PARTS)} {headers[name].shape}" for name in shown)
    if part is not None:
        part = part if part in headers else part.removesuffix(_SUFFIX)
        if part not in headers:
            raise UnsupportedFile(f"it holds no array {part!r}; there are {listed or 'none'}")
        if part not in tables:
            raise UnsupportedFile(
                f"its array {part!r} is of shape {headers[part].shape}, not a table of numbers"
            )
        return part
    if len(tables) > 1:
        raise UnsupportedFile(f"several arrays could be the table; name one as SOURCE#NAME: {listed}")
    if not tables:
        raise UnsupportedFile(f"it holds no table of numbers; there are {listed or 'no arrays'}")
    return tables[0]


def _check_plain(headers: dict[str, Header], name: str) -> None:
    """Raise UnsupportedFile for whole numbers beside what may be their scales: they may be quantized."""
    beside = next((other for other in headers if other != name and _SCALES.search(other)), None)
    if headers[name].dtype.kind in "iu" and beside is not None:
        raise UnsupportedFile(
            f"its array {name!r} is of {headers[name].dtype} and {beside!r} is beside it, so its numbers may "
            "be quantized; save the original numbers as float32"
        )


def _check_tokens(headers: dict[str, Header], n_rows: int, strings: list[str]) -> None:
    """Raise UnsupportedFile where arrays look like the tokens and cannot be read as such."""
    if strings:
        listed = ", ".join(map(repr, strings[:_SHOWN]))
        raise UnsupportedFile(f"several of its arrays could be the tokens: {listed}; keep only one of them")
    objects = next((name for name, header in headers.items() if header.dtype.hasobject), None)
    if objects is not None and headers[objects].shape == (n_rows,):
        raise UnsupportedFile(
            f"its array {objects!r} holds Python objects, pickles that can run any program; save tokens as "
            "strings: np.array(tokens, dtype=str)"
        )


def _are_strings(header: Header, n_rows: int) -> bool:
    return header.dtype.kind in "US" and header.shape == (n_rows,)


def _as_text(names: NDArray[Any]) -> list[str]:
    if names.dtype.kind == "S":
        return [name.decode("utf-8", "surrogateescape") for name in names.tolist()]
    points = np.ascontiguousarray(names, names.dtype.newbyteorder("=")).view(np.uint32)
    if points.size and points.max() > sys.maxunicode:  # NumPy makes a string of anything, Python does not
        row = int(np.argmax(points.reshape(len(names), -1).max(axis=1) > sys.maxunicode))
        raise CorruptFile(f"the token in row {row + 1} has a character that is not in Unicode")
    return [str(name) for name in names.tolist()]


def _table(archive: zipfile.ZipFile, path: Path, stamp: Stamp, name: str, header: Header) -> Vectors:
    entry = archive.getinfo(name + _SUFFIX)
    if entry.compress_type == zipfile.ZIP_STORED:
        start = _start(path, entry) + header.offset
        return table_at(path, stamp, header, start, entry.file_size - header.offset)
    return _array(archive, path, name, header)


def _start(path: Path, entry: zipfile.ZipInfo) -> int:
    """Return the byte of the file where an entry that is not compressed begins."""
    with path.open("rb") as file:
        file.seek(entry.header_offset)
        local = file.read(_LOCAL_HEADER)
    if len(local) < _LOCAL_HEADER or not local.startswith(_ZIP):
        raise CorruptFile(f"its entry {entry.filename!r} is not where the directory says")
    lengths = local[_LENGTHS]
    return (
        entry.header_offset
        + _LOCAL_HEADER
        + int.from_bytes(lengths[:2], "little")
        + int.from_bytes(lengths[2:], "little")
    )


def _array(archive: zipfile.ZipFile, path: Path, name: str, header: Header) -> NDArray[Any]:
    """Return an array, read whole. Raises CorruptFile, and UnsupportedFile for one of objects."""
    if header.dtype.hasobject:
        raise UnsupportedFile(f"its array {name!r} holds Python objects, pickles that can run any program")
    n_bytes = int(np.prod(header.shape, dtype=object)) * header.dtype.itemsize
    check_decompressed(n_bytes, path.stat().st_size, f"its array {name!r}")
    with archive.open(name + _SUFFIX) as file:
        file.read(header.offset)
        data = file.read(n_bytes + 1)
    if len(data) != n_bytes:
        raise CorruptFile(f"its array {name!r} has {len(data)} bytes of numbers and needs {n_bytes}")
    order: Literal["F", "C"] = "F" if header.by_columns else "C"
    return np.frombuffer(data, header.dtype).reshape(header.shape, order=order)

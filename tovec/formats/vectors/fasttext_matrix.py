"""The matrices of a fastText file: float32, or quantized as in .ftz files.

Layout: `DenseMatrix::save`, `QuantMatrix::save` and `ProductQuantizer::save` of the fastText source.
Product quantization (Jégou et al. 2011; Joulin et al. 2016, arXiv:1612.03651): a row is split into parts,
each replaced by the nearest of 256 centroids; its length may be separate, as the nearest of 256 lengths.
"""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.storage.file_bytes import Cursor
from tovec.storage.file_errors import CorruptFile
from tovec.storage.open_file import OpenFile
from tovec.vectors.file_rows import FileRows
from tovec.vectors.lazy import LazyTable
from tovec.vectors.number_types import NUMBER_TYPES
from tovec.vectors.stored import StoredTable
from tovec.vectors.table import Rows, Vectors

N_CENTROIDS = 256
_SHAPE = struct.Struct("<qq")
_QUANTIZED = struct.Struct("<?qqi")  # separate lengths, rows, dim, bytes of codes
_QUANTIZER = struct.Struct("<4i")  # dim, parts, numbers of a part, of the last part


def read_matrix(cursor: Cursor, file: OpenFile, name: str, is_quantized: bool) -> Vectors:
    """Return the matrix at the cursor, whose rows are read when asked for, and go past it.

    Raises CorruptFile for sizes that contradict each other or the file.
    """
    return _quantized(cursor, file, name) if is_quantized else _dense(cursor, file, name)


def _dense(cursor: Cursor, file: OpenFile, name: str) -> Vectors:
    n_rows, dim = _shape(cursor.read(_SHAPE, f"the shape of the {name} matrix"), name)
    kind = NUMBER_TYPES["F32"]
    size = n_rows * dim * kind.n_bytes
    offset = cursor.skip(size, f"the {name} matrix, {n_rows} x {dim},")
    return StoredTable(FileRows(file, offset, n_rows, dim * kind.n_bytes), kind, dim)


def _quantized(cursor: Cursor, file: OpenFile, name: str) -> Vectors:
    has_lengths, *shape, n_codes = cursor.read(_QUANTIZED, f"the shape of the {name} matrix")
    n_rows, dim = _shape(shape, name)
    codes = cursor.skip(max(0, n_codes), f"the codes of the {name} matrix, {n_rows} x {dim},")
    quantizer = _quantizer(cursor, name, dim)
    n_parts = len(quantizer.centroids)
    if n_codes != n_rows * n_parts:
        raise CorruptFile(
            f"the {name} matrix has {n_codes} codes, not {n_parts} for each of {counted(n_rows, 'row')}"
        )
    lengths = None
    if has_lengths:
        at = cursor.skip(n_rows, f"the lengths of the {name} matrix")
        lengths = _quantizer(cursor, name, 1).rows(FileRows(file, at, n_rows, 1)[:])[:, 0]
    return QuantizedTable(FileRows(file, codes, n_rows, n_parts), quantizer, lengths)


def _shape(shape: Any, name: str) -> tuple[int, int]:
    n_rows, dim = shape
    if n_rows < 1 or dim < 1:
        raise CorruptFile(f"the {name} matrix is of {n_rows} x {counted(dim, 'number')}, so it is empty")
    return n_rows, dim


@dataclass(frozen=True)
class Quantizer:
    """Centroids, (n_parts, 256, numbers of a part) float32; the last part may be shorter."""

    centroids: Rows
    dim: int

    def rows(self, codes: NDArray[np.uint8]) -> Rows:
        """Return the rows that codes (n_rows, n_parts) stand for, (n_rows, dim) float32."""
        found: Rows = self.centroids[np.arange(len(self.centroids)), codes]
        return found.reshape(len(codes), -1)[:, : self.dim]


def _quantizer(cursor: Cursor, name: str, dim: int) -> Quantizer:
    own_dim, n_parts, width, last_width = cursor.read(_QUANTIZER, f"the quantizer of the {name} matrix")
    if (
        own_dim != dim
        or width < 1
        or n_parts != -(-dim // width)
        or last_width != dim - (n_parts - 1) * width
    ):
        raise CorruptFile(
            f"the quantizer of the {name} matrix cuts {counted(own_dim, 'number')} into "
            f"{counted(n_parts, 'part')} of {width} and "
            f"{last_width}; rows have {counted(dim, 'number')}"
        )
    width = min(width, dim)  # a single part may say more
    size = dim * N_CENTROIDS * 4
    start = cursor.skip(size, f"the centroids of the {name} matrix")
    stored = np.frombuffer(cursor.data[start : start + size], dtype="<f4")
    centroids = np.zeros((n_parts, N_CENTROIDS, width), dtype=np.float32)
    n_whole = (n_parts - 1) * N_CENTROIDS * width
    centroids[:-1] = stored[:n_whole].reshape(n_parts - 1, N_CENTROIDS, width)
    centroids[-1, :, :last_width] = stored[n_whole:].reshape(N_CENTROIDS, last_width)
    return Quantizer(centroids, dim)


class QuantizedTable(LazyTable):
    """Rows that are decoded when they are asked for.

    codes: (n_rows, n_parts) uint8, in a file. lengths: (n_rows,) what rows are multiplied by.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, codes: FileRows, quantizer: Quantizer, lengths: Rows | None = None) -> None:
        self.shape = (codes.shape[0], quantizer.dim)
        self._codes, self._quantizer, self._lengths = codes, quantizer, lengths

    def _take(self, rows: Any, /) -> Rows:
        found = self._quantizer.rows(self._codes[rows])
        if self._lengths is not None:
            with np.errstate(all="ignore"):  # centroids of a damaged file may be anything
                found *= self._lengths[rows][:, None]
        return found

    @property
    def nbytes(self) -> int:
        """The bytes of the codes, as stored."""
        return int(self._codes.nbytes)

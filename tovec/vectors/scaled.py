"""Tables of codes with scales in tensors of their own: each row is multiplied out on demand.

A number is `(code - zero point) * scale + offset`, all in float32: its parts are decoded first, then
subtracted, multiplied and added in this order, and nothing is rounded to a narrower type in which a model may
compute. With scales in float16 or bfloat16 the product is exact; rounded to the type of the scales it is
what compressed-tensors gives.

Sources: `_dequantize` of https://github.com/vllm-project/compressed-tensors, `dequantize` of
https://github.com/ml-explore/mlx, `weight_dequant` of https://huggingface.co/deepseek-ai/DeepSeek-V3.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tovec.storage.file_errors import UnsupportedFile
from tovec.vectors.file_rows import row_numbers
from tovec.vectors.lazy import LazyTable
from tovec.vectors.rounding import FLOATS, half_steps
from tovec.vectors.stored import DeferredTable, StoredTensor, same_rows, shape_text
from tovec.vectors.table import Ids, Rows, Vectors

_CHUNK = 1 << 16  # numbers multiplied out at a time: they and their codes stay in the cache


@dataclass(frozen=True)
class BlockNumbers:
    """One number for each block of a table: its scales, zero points or offsets.

    tensor: (n_row_blocks, n_column_blocks). block: how many rows and columns share a number; the last block
    of an axis may be shorter. n_bits: of packed zero points, those of a column one after the other in words
    of 32 bits, so that `tensor` has fewer rows; 0 for numbers that are not packed.
    """

    tensor: StoredTensor
    block: tuple[int, int]
    n_bits: int = 0

    def reader(self) -> Callable[[Ids], Rows]:
        """Return what gives the numbers of rows of the table, (n_rows, n_column_blocks) float32."""
        n_rows, n_bits = self.block[0], self.n_bits
        if n_bits:
            words = self.tensor.array().view("<u4")
            return lambda ids: _unpacked(words, ids // n_rows, n_bits)
        table = self.tensor.opened_table()
        if self.tensor.shape[0] == 1:
            only = np.asarray(table[:], dtype=np.float32)
            return lambda ids: only
        return lambda ids: np.asarray(table[ids // n_rows if n_rows > 1 else ids], dtype=np.float32)


def _unpacked(words: NDArray[np.uint32], rows: Ids, n_bits: int) -> Rows:
    """Return the signed codes of `rows`, packed along columns of `words`, which hold them from half up."""
    word, shift = np.divmod(rows * n_bits, 32)
    low = words[word].astype(np.uint64)
    high = words[np.minimum(word + 1, len(words) - 1)].astype(np.uint64)
    codes = ((low | high << np.uint64(32)) >> shift[:, None].astype(np.uint64)) & np.uint64((1 << n_bits) - 1)
    numbers: Rows = codes.astype(np.float32) - np.float32(1 << (n_bits - 1))
    return numbers


@dataclass(frozen=True)
class ScaledTensor:
    """A table in a file that consists of codes and the tensors that scale them.

    type_name: what people call its numbers, `MLX 4-bit, groups of 32`. codes: (n_rows, dim or more), of the
    type that decodes them; codes past `dim` fill the last word. factor: one more number that all scales
    are multiplied by, or divided by where `divides`.
    """

    name: str
    type_name: str
    dim: int
    codes: StoredTensor
    scales: BlockNumbers
    zero_points: BlockNumbers | None = None
    offsets: BlockNumbers | None = None
    factor: StoredTensor | None = None
    divides: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_rows, dim)."""
        return self.codes.shape[0], self.dim

    @property
    def parts(self) -> tuple[StoredTensor, ...]:
        """Every tensor that the table consists of."""
        numbers = [part.tensor for part in (self.scales, self.zero_points, self.offsets) if part is not None]
        return (self.codes, *numbers, *([] if self.factor is None else [self.factor]))

    @property
    def path(self) -> Path:
        """The file of the codes."""
        return self.codes.path

    @property
    def size(self) -> int:
        """The bytes of all parts."""
        return sum(part.size for part in self.parts)

    @property
    def is_remote(self) -> bool:
        """Whether a part has to be fetched before a row can be read."""
        return any(part.is_remote for part in self.parts)

    def check_table(self) -> None:
        """Raise UnsupportedFile unless there is a number in it."""
        if 0 in self.shape:
            raise UnsupportedFile(f"tensor {self.name!r} is of shape {shape_text(self.shape)}, not a table")

    def table(self) -> Vectors:
        """Return the rows, read-only; none is read yet. Raises as `StoredTensor.table`."""
        self.check_table()
        return DeferredTable(self) if self.is_remote else self.opened_table()

    def opened_table(self) -> Vectors:
        """Return the rows as `table` does, fetched now where they are remote."""
        return ScaledTable(self)


class ScaledTable(LazyTable):
    """The rows of a ScaledTensor, in float32, made on demand."""

    dtype = np.dtype(np.float32)

    def __init__(self, tensor: ScaledTensor) -> None:
        self.shape = tensor.shape
        self.type_name = tensor.type_name
        self.nbytes = tensor.size
        self._codes = tensor.codes.opened_table()
        self._code_type = tensor.codes.kind.name
        self._scales, self._width = tensor.scales.reader(), tensor.scales.block[1]
        self._zero_points = None if tensor.zero_points is None else tensor.zero_points.reader()
        self._offsets = None if tensor.offsets is None else tensor.offsets.reader()
        self._factor = None if tensor.factor is None else np.float32(tensor.factor.values().ravel()[0])
        self._divides = tensor.divides

    def _take(self, rows: Any, /) -> Rows:
        wanted = row_numbers(rows, self.shape[0])
        ids = wanted.ravel()
        numbers = np.empty((len(ids), self.shape[1]), dtype=np.float32)
        step = max(1, _CHUNK // self.shape[1])
        with np.errstate(over="ignore", invalid="ignore"):  # a scale may be infinite or NaN, as any number
            for start in range(0, len(ids), step):
                self._decode(ids[start : start + step], numbers[start : start + step])
        return numbers.reshape(*wanted.shape, self.shape[1])

    def rounding(self, ids: Any, rows: Rows) -> NDArray[np.float64]:
        """Return how far each of `rows`, those of `ids`, may be from what it was rounded from, (n,)."""
        wanted = row_numbers(ids, self.shape[0])
        lengths = np.empty(len(wanted))
        step = max(1, _CHUNK // self.shape[1])
        for start in range(0, len(wanted), step):
            part = wanted[start : start + step]
            steps = np.full((len(part), self.shape[1]), 0.5, dtype=np.float32)
            if self._code_type in FLOATS:
                steps = half_steps(self._code_type, np.asarray(self._codes[part])[:, : self.shape[1]])
            with np.errstate(over="ignore", invalid="ignore"):
                self._applied(np.multiply, steps, np.abs(self._scales_of(part)), steps)
            lengths[start : start + step] = np.sqrt(np.einsum("ij,ij->i", steps, steps, dtype=np.float64))
        return lengths

    def _scales_of(self, ids: Ids) -> Rows:
        scales = self._scales(ids)
        if self._factor is not None:
            scales = scales / self._factor if self._divides else scales * self._factor
        return scales

    def _decode(self, ids: Ids, numbers: Rows) -> None:
        codes = np.asarray(self._codes[ids])[:, : self.shape[1]]
        if self._zero_points is not None:
            codes = self._applied(np.subtract, codes, self._zero_points(ids), numbers)
        self._applied(np.multiply, codes, self._scales_of(ids), numbers)
        if self._offsets is not None:
            self._applied(np.add, numbers, self._offsets(ids), numbers)

    def _applied(self, operation: np.ufunc, rows: Rows, of_blocks: Rows, out: Rows) -> Rows:
        """Subtract, multiply or add the number of its block to each number of `rows`."""
        n_blocks, dim = of_blocks.shape[1], self.shape[1]
        if n_blocks * self._width == dim:
            shape = (len(rows), n_blocks, self._width)
            operation(rows.reshape(shape), of_blocks[:, :, None], out=out.reshape(shape))
        else:  # the last block is shorter
            operation(rows, np.repeat(of_blocks, self._width, axis=1)[:, :dim], out=out)
        return out


TableTensor: TypeAlias = StoredTensor | ScaledTensor


def same_tables(one: TableTensor, other: TableTensor) -> bool:
    """Whether two tables hold the same bytes, scales and all; read in blocks."""
    if isinstance(one, StoredTensor) and isinstance(other, StoredTensor):
        return same_rows(one, other)
    if isinstance(one, StoredTensor) or isinstance(other, StoredTensor):
        return False
    if (one.type_name, one.shape, len(one.parts)) != (other.type_name, other.shape, len(other.parts)):
        return False
    return all(same_rows(part, like) for part, like in zip(one.parts, other.parts, strict=True))

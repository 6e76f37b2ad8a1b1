"""The number types that vectors are written in, and how float32 becomes them.

Floats are rounded to the nearest, ties to even. int8 is what model2vec's quantization makes: whole numbers
from -127 to 127 with one scale for the whole table, so that cosines need no scale.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.errors import CannotSave
from tovec.vectors.table import Rows, Vectors, blocks


@dataclass(frozen=True)
class Dtype:
    """A number type to write.

    safetensors: its name there. numpy: of its bytes, little-endian. encode: float32 rows, divided by the
    scale, to such numbers; a finite number that is too large becomes infinity. keeps: how much of a number is
    kept, in words; None where all is.
    """

    name: str
    safetensors: str
    numpy: np.dtype[Any]
    encode: Callable[[Rows], NDArray[Any]]
    keeps: str | None


def _float16(rows: Rows) -> NDArray[np.float16]:
    with np.errstate(over="ignore"):
        halves: NDArray[np.float16] = rows.astype(np.float16)
    return halves


def _bfloat16(rows: Rows) -> NDArray[Any]:
    """Return the upper half of each float32, rounded, ties to even; NaN stays NaN."""
    whole = np.ascontiguousarray(rows, dtype="<f4").view("<u4")
    upper: NDArray[np.uint16] = ((whole + (0x7FFF + ((whole >> 16) & 1))) >> 16).astype(np.uint16)
    nan = np.isnan(rows)
    upper[nan] = (whole[nan] >> 16).astype("<u2") | 0x40
    return upper


def _int8(rows: Rows) -> NDArray[Any]:
    return np.asarray(np.rint(rows).clip(-127, 127).astype(np.int8))


F32 = Dtype("f32", "F32", np.dtype("<f4"), lambda rows: rows, None)
F16 = Dtype("f16", "F16", np.dtype("<f2"), _float16, "f16 keeps the first 3 digits of each number")
BF16 = Dtype("bf16", "BF16", np.dtype("<u2"), _bfloat16, "bf16 keeps the first 2 digits of each number")
INT8 = Dtype(
    "int8",
    "I8",
    np.dtype("|i1"),
    _int8,
    "int8 keeps 255 steps between the smallest and the largest number of the table; readers that do not "
    "know the scale get whole numbers up to 127, with the same cosines",
)
_FITS: Mapping[str, float] = MappingProxyType({"f16": 65504.0, "bf16": 3e38})  # rounded it stays finite
DTYPES: Mapping[str, Dtype] = MappingProxyType({kind.name: kind for kind in (F32, F16, BF16, INT8)})


def scale_for(vectors: Vectors, dtype: Dtype) -> float:
    """Return what the numbers are divided by before they are written; 1 for floats.

    NaN and infinity do not count.
    """
    if dtype is not INT8:
        return 1.0
    largest = 0.0
    for _, rows in blocks(vectors):
        sizes = np.abs(rows[np.isfinite(rows)])
        largest = max(largest, float(sizes.max(initial=0.0)))
    return largest / 127 or 1.0


def encoded(
    vectors: Vectors, dtype: Dtype, scale: float, name: Callable[[int], str], way_out: str = "f32 can"
) -> Iterator[NDArray[Any]]:
    """Yield all rows as numbers of `dtype`, in blocks.

    name: what an error calls a row. way_out: its end.
    Raises CannotSave for a number that `dtype` cannot hold.
    """
    for start, rows in blocks(vectors):
        if dtype is F32:
            yield rows
            continue
        if dtype is INT8:
            unfit = ~np.isfinite(rows)
            # In float64, since float32 has few digits for the scale of a tiny table.
            numbers = dtype.encode(np.where(unfit, 0, rows / np.float64(scale)))
        else:
            numbers = dtype.encode(rows)
            if _are_below(rows, _FITS[dtype.name]):
                yield numbers
                continue
            unfit = _is_infinite(numbers) & ~np.isinf(rows)
        if unfit.any():
            row, place = divmod(int(np.argmax(unfit)), rows.shape[1])
            number, whose = rows[row, place], name(start + row)
            raise CannotSave(f"{dtype.name} cannot hold the number {number:g} of {whose}; {way_out}")
        yield numbers


def _are_below(rows: Rows, most: float) -> bool:
    """Whether no number is larger than `most`, or NaN: in two passes, where looking at each takes longer."""
    return bool(rows.max(initial=0.0) <= most and rows.min(initial=0.0) >= -most)


def _is_infinite(numbers: NDArray[Any]) -> NDArray[np.bool_]:
    upper_halves = numbers.dtype.kind == "u"  # of float32
    return np.asarray((numbers & 0x7FFF) == 0x7F80 if upper_halves else np.isinf(numbers))

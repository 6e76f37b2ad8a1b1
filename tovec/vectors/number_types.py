"""How the number types of model files are laid out in bytes, and how they become float32.

A type packs `block` numbers into `n_bytes` bytes; a row is a whole number of blocks, so any row can be
read alone. Sources: the dtypes of safetensors, OCP 8-bit floating point (E4M3, E5M2), ggml-common.h.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.vectors.table import Rows

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class NumberType:
    """`block` numbers lie in `n_bytes` bytes; `decode` turns (n_rows, row_bytes) bytes into float32 rows.

    dtype: numpy's type of the same layout, None where numpy has none. why_not: why the numbers cannot become
    float32, so that `decode` must not be called; empty where they can. steps: gives how far neighboring
    numbers of each group of a row are apart, (n_rows, n_groups), where numbers share scales.
    """

    name: str
    block: int
    n_bytes: int
    decode: Callable[[Bytes], Rows]
    dtype: np.dtype[Any] | None = None
    why_not: str = ""
    steps: Callable[[Bytes], Rows] | None = None

    def row_bytes(self, dim: int) -> int | None:
        """Return the bytes of a row of `dim` numbers; None where they do not fill whole blocks."""
        n_blocks, rest = divmod(dim, self.block)
        return None if rest else n_blocks * self.n_bytes


def _native(name: str, code: str) -> NumberType:
    dtype = np.dtype(code)

    def decode(rows: Bytes) -> Rows:
        with np.errstate(over="ignore"):  # a float64 past all float32 is infinity, as everywhere
            return np.ascontiguousarray(rows).view(dtype).astype(np.float32)

    return NumberType(name, 1, dtype.itemsize, decode, dtype)


def _whole_steps(rows: Bytes) -> Rows:
    """Whole numbers of 8 bits are codes that others were rounded to; wider ones are counts, and exact."""
    return np.ones((len(rows), 1), dtype=np.float32)


def _bf16(rows: Bytes) -> Rows:
    """A bfloat16 is the upper half of a float32."""
    halves = np.ascontiguousarray(rows).view("<u2")
    wide: Rows = np.left_shift(halves, 16, dtype=np.uint32).view(np.float32)
    return wide


def _by_table(values: Callable[[], Rows]) -> Callable[[Bytes], Rows]:
    table = cache(values)
    return lambda rows: table()[rows]


def _float8(n_exponent: int, *, bias: int, has_infinity: bool, nan_codes: frozenset[int]) -> Rows:
    """Return the value of each of the 256 codes of an 8-bit float of one sign bit."""
    codes = np.arange(256)
    n_mantissa = 7 - n_exponent
    exponent = (codes >> n_mantissa) & ((1 << n_exponent) - 1)
    mantissa = (codes & ((1 << n_mantissa) - 1)) / (1 << n_mantissa)
    size = np.where(
        exponent == 0, mantissa * 2.0 ** (1 - bias), (1 + mantissa) * 2.0 ** (exponent.astype(float) - bias)
    )
    if has_infinity:
        size[(exponent == (1 << n_exponent) - 1) & (mantissa == 0)] = np.inf
        size[(exponent == (1 << n_exponent) - 1) & (mantissa != 0)] = np.nan
    values = np.where(codes >= 128, -size, size).astype(np.float32)
    values[list(nan_codes)] = np.nan
    return values


_E4M3 = _by_table(lambda: _float8(4, bias=7, has_infinity=False, nan_codes=frozenset({0x7F, 0xFF})))
_E5M2 = _by_table(lambda: _float8(5, bias=15, has_infinity=True, nan_codes=frozenset()))
_E4M3FNUZ = _by_table(lambda: _float8(4, bias=8, has_infinity=False, nan_codes=frozenset({0x80})))
_E5M2FNUZ = _by_table(lambda: _float8(5, bias=16, has_infinity=False, nan_codes=frozenset({0x80})))
# E8M0 is a power of two without a sign.
_E8M0 = _by_table(
    lambda: np.append(2.0 ** (np.arange(255, dtype=np.float64) - 127), np.nan).astype(np.float32)
)


def opaque(name: str, block: int, n_bytes: int, why_not: str) -> NumberType:
    """Return a type whose numbers cannot become float32; only their size is known."""

    def decode(rows: Bytes) -> Rows:
        raise NotImplementedError(name)

    return NumberType(name, block, n_bytes, decode, why_not=why_not)


_NEEDS_SCALES = "a part of numbers whose scales are elsewhere"

NUMBER_TYPES: Mapping[str, NumberType] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            *(_native("F64", "<f8"), _native("F32", "<f4"), _native("F16", "<f2")),
            replace(_native("I8", "<i1"), steps=_whole_steps),
            *(_native("I16", "<i2"), _native("I32", "<i4"), _native("I64", "<i8")),
            *(_native("U8", "<u1"), _native("U16", "<u2"), _native("U32", "<u4"), _native("U64", "<u8")),
            NumberType("BF16", 1, 2, _bf16),
            NumberType("F8_E4M3", 1, 1, _E4M3),
            NumberType("F8_E5M2", 1, 1, _E5M2),
            NumberType("F8_E4M3FNUZ", 1, 1, _E4M3FNUZ),
            NumberType("F8_E5M2FNUZ", 1, 1, _E5M2FNUZ),
            NumberType("F8_E8M0", 1, 1, _E8M0),
            NumberType("BOOL", 1, 1, lambda rows: (rows != 0).astype(np.float32)),
            opaque("F4", 2, 1, _NEEDS_SCALES),
            opaque("F6_E2M3", 4, 3, _NEEDS_SCALES),
            opaque("F6_E3M2", 4, 3, _NEEDS_SCALES),
            opaque("C64", 1, 8, "complex numbers"),
            opaque("C128", 1, 16, "complex numbers"),
        )
    }
)

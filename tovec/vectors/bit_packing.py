"""Codes of few bits, packed one after the other from the lowest bit up, and the numbers they stand for.

MLX and compressed-tensors pack them so, in little-endian words of 32 bits or in bytes, which is the same. A
code whose number of bits does not divide eight may begin in one byte and end in the next.

Sources: mlx/ops.cpp of https://github.com/ml-explore/mlx (`quantize`), pack_to_int32 of
https://github.com/vllm-project/compressed-tensors; E2M1 is the 4-bit float of the OCP Microscaling Formats.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from tovec.vectors.number_types import Bytes, NumberType
from tovec.vectors.table import Rows

_E2M1 = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
MAX_BITS = 8


@cache
def packed_integers(n_bits: int, zero: int = 0) -> NumberType:
    """Return the type of whole numbers of `n_bits` bits, 1 to 8; the code `zero` stands for 0."""
    return _packed(f"{n_bits}-bit", n_bits, np.arange(1 << n_bits, dtype=np.float32) - np.float32(zero))


@cache
def packed_e2m1() -> NumberType:
    """Return the type of 4-bit floats: a sign, two bits of exponent and one of mantissa."""
    return _packed("E2M1", 4, np.array([*_E2M1, *(-number for number in _E2M1)], dtype=np.float32))


def _packed(name: str, n_bits: int, numbers: Rows) -> NumberType:
    """Return a type of codes of `n_bits` bits; numbers: (2 ** n_bits,), what each code stands for."""
    if n_bits == 8:
        return NumberType(name, 1, 1, lambda rows: numbers.take(rows))
    if 8 % n_bits == 0:
        return NumberType(name, 8 // n_bits, 1, _byte_by_byte(n_bits, numbers))
    return NumberType(name, 8, n_bits, _across_bytes(n_bits, numbers))


def _byte_by_byte(n_bits: int, numbers: Rows) -> Callable[[Bytes], Rows]:
    of_byte = _of_codes(8, n_bits, numbers)

    def decode(rows: Bytes) -> Rows:
        unpacked: Rows = of_byte.take(rows, axis=0).reshape(*rows.shape[:-1], -1)
        return unpacked

    return decode


def _across_bytes(n_bits: int, numbers: Rows) -> Callable[[Bytes], Rows]:
    """Eight codes take `n_bits` bytes; as many are looked up at a time as always fit in two bytes."""
    n_at_once = {3: 4, 5: 2, 6: 2}.get(n_bits, 1)
    width = n_at_once * n_bits
    of_bits = _of_codes(width, n_bits, numbers)

    def decode(rows: Bytes) -> Rows:
        packed = rows.reshape(*rows.shape[:-1], -1, n_bits).astype(np.uint16)
        looked_up = np.empty((*packed.shape[:-1], 8 // n_at_once), dtype=np.uint16)
        for part in range(8 // n_at_once):
            byte, shift = divmod(part * width, 8)
            bits = packed[..., byte] >> np.uint16(shift)
            if shift + width > 8:
                bits |= packed[..., byte + 1] << np.uint16(8 - shift)
            np.bitwise_and(bits, np.uint16((1 << width) - 1), out=looked_up[..., part])
        unpacked: Rows = of_bits.take(looked_up, axis=0).reshape(*rows.shape[:-1], -1)
        return unpacked

    return decode


def _of_codes(width: int, n_bits: int, numbers: Rows) -> Rows:
    """Return the numbers of all codes in each value of `width` bits, (2 ** width, width / n_bits)."""
    codes = (np.arange(1 << width)[:, None] >> np.arange(0, width, n_bits)) & ((1 << n_bits) - 1)
    looked_up: Rows = numbers[codes]
    return looked_up

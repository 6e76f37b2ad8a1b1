"""How far a row may be from the numbers that it was rounded from: half a step of its number type, everywhere.

A step is a unit in the last place of a floating-point number, and of quantized codes what the scale of their
block makes of one. Rounded to the nearest, no row is farther off.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.vectors.table import Rows, Vectors

Norms = NDArray[np.float64]

# Bits of the mantissa and the least exponent of a normal number.
FLOATS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "float32": (23, -126),
        "float16": (10, -14),
        "BF16": (7, -126),
        "F8_E4M3": (3, -6),
        "F8_E5M2": (2, -14),
        "F8_E4M3FNUZ": (3, -7),
        "F8_E5M2FNUZ": (2, -15),
        "E2M1": (1, 0),
    }
)
_EXPONENT = np.int32(0x7F800000)  # where a float32 keeps it


def rounding(vectors: Vectors, ids: Any, rows: Rows) -> Norms:
    """Return how far each of `rows` may be from what it was rounded from, (n,): the length of its half steps.

    rows: the rows `ids` of `vectors`, in float32. A table that is computed is taken for float32.
    """
    of_table = getattr(vectors, "rounding", None)
    if of_table is not None:
        norms: Norms = of_table(ids, rows)
        return norms
    return float_rounding("float16" if vectors.dtype == np.float16 else "float32", rows)


def float_rounding(type_name: str, rows: Rows) -> Norms:
    """Return the length of the half steps of `rows`, (n,), in a type of FLOATS."""
    steps = half_steps(type_name, rows).astype(np.float64)
    norms: Norms = np.sqrt(np.einsum("ij,ij->i", steps, steps))
    return norms


def half_steps(type_name: str, numbers: Rows) -> Rows:
    """Return half a unit in the last place of each number, in its own shape; 0 for those not finite."""
    n_bits, least = FLOATS[type_name]
    powers = (np.ascontiguousarray(numbers).view(np.int32) & _EXPONENT).view(np.float32)
    powers = np.where(np.isfinite(powers), np.maximum(powers, np.float32(2.0**least)), np.float32(0))
    steps: Rows = powers * np.float32(2.0 ** -(n_bits + 1))
    return steps

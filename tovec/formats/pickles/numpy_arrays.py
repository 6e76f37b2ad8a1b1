"""NumPy's arrays and numbers, from the records of a pickle.

An array is `_reconstruct(ndarray, (0,), b'b')` with the state (version, shape, dtype, whether by columns,
bytes), or `_frombuffer(bytes, dtype, shape, order)` of protocol 5; a dtype is `dtype('f4', ...)` with the
state (version, order of bytes, ...). Source: numpy's `array_reduce` and `arraydescr_reduce`.
"""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.formats.pickles.values import Object, bytes_of
from tovec.storage.file_errors import CorruptFile, UnsupportedFile

_CODES = frozenset({*("f2", "f4", "f8"), *("i1", "i2", "i4", "i8"), *("u1", "u2", "u4", "u8"), "b1"})
_MAX_DIMS = 32
_MAX_NUMBERS = 1 << 59  # of 8 bytes; the largest shape that NumPy allows, also for an array without numbers
_ROOTS = ("numpy.core", "numpy._core")
_RECONSTRUCT = tuple(f"{root}.multiarray._reconstruct" for root in _ROOTS)
_FROM_BUFFER = tuple(f"{root}.numeric._frombuffer" for root in _ROOTS)
_SCALAR = tuple(f"{root}.multiarray.scalar" for root in _ROOTS)


def is_array(value: object) -> bool:
    """Whether `value` is the record of an array."""
    return isinstance(value, Object) and value.is_by(*_RECONSTRUCT, *_FROM_BUFFER)


def array_of(value: object) -> NDArray[Any]:
    """Return the array that a record describes, read-only; only for a record that `is_array`.

    Raises UnsupportedFile for an array of anything but numbers, and CorruptFile for one whose parts
    contradict each other.
    """
    assert isinstance(value, Object)
    match value.args if value.is_by(*_FROM_BUFFER) else value.state:
        case (_, tuple() as shape, dtype, by_columns, data) if value.is_by(*_RECONSTRUCT):
            order = "F" if by_columns is True else "C"
        case (data, dtype, tuple() as shape, str() as order) if order in ("C", "F"):
            pass
        case _:
            raise CorruptFile("an array in its pickle lacks a shape, a type or numbers")
    kind = _dtype(dtype)
    numbers = bytes_of(data)
    if numbers is None or len(shape) > _MAX_DIMS or not all(type(n) is int and n >= 0 for n in shape):
        raise CorruptFile("an array in its pickle lacks a shape, a type or numbers")
    if prod(shape) * kind.itemsize != len(numbers) or prod(n for n in shape if n) > _MAX_NUMBERS:
        raise CorruptFile(f"an array in its pickle has {len(numbers)} bytes for the shape {shape}")
    return np.frombuffer(numbers, kind).reshape(shape, order="F" if order == "F" else "C")


def _dtype(value: object) -> np.dtype[Any]:
    code = value.args[0] if isinstance(value, Object) and value.is_by("numpy.dtype") and value.args else None
    if not isinstance(value, Object) or not isinstance(code, str) or code not in _CODES:
        shown = f"{code!r}"[:40] if isinstance(code, str) else "something"
        raise UnsupportedFile(f"an array in its pickle is of {shown}, not of numbers")
    is_big = isinstance(value.state, tuple) and value.state[1:2] == (">",)
    return np.dtype(code).newbyteorder(">" if is_big else "<")


def number_of(value: object) -> int | float | None:
    """Return a number, also one of NumPy; None for anything else. Raises as `array_of`."""
    if type(value) in (int, float):
        return value  # type: ignore[return-value]  # just seen
    if not isinstance(value, Object) or not value.is_by(*_SCALAR) or len(value.args) != 2:
        return None
    kind = _dtype(value.args[0])
    data = bytes_of(value.args[1], most=kind.itemsize)
    if data is None or len(data) != kind.itemsize:
        return None
    number: int | float = np.frombuffer(data, kind)[0].item()
    return number

"""Tensors in and out of a safetensors file: streamed when written, memory-mapped when read.

Layout (https://github.com/huggingface/safetensors): 8 bytes, little-endian, the length of the
header; the header, JSON padded with spaces; the tensors, without gaps. No metadata is written, so
equal tensors give equal files.
"""

import json
import os
from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.formats.damage import DamageError, json_object

DTYPES: Mapping[str, str] = {"F32": "<f4", "F16": "<f2"}
_WRITTEN: Mapping[str, str] = {"F32": "<f4", "I32": "<i4"}
_MAX_HEADER = 100_000_000  # as the safetensors library


class Tensor(NamedTuple):
    """A tensor to write: its shape, its rows in order, and the type they are written in."""

    shape: tuple[int, ...]
    blocks: Iterable[NDArray[Any]]
    dtype: str = "F32"


def write_float32(file: BinaryIO, name: str, shape: tuple[int, int], blocks: Iterable[NDArray[Any]]) -> None:
    """Write one F32 tensor; `blocks` hold its rows in order."""
    write_tensors(file, {name: Tensor(shape, blocks)})


def write_tensors(file: BinaryIO, tensors: Mapping[str, Tensor]) -> None:
    """Write the tensors one behind the other, in the order given."""
    header, stop = {}, 0
    for name, tensor in tensors.items():
        start, stop = stop, stop + prod(tensor.shape) * np.dtype(_WRITTEN[tensor.dtype]).itemsize
        header[name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": [start, stop]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    for tensor in tensors.values():
        for rows in tensor.blocks:
            numbers = np.ascontiguousarray(rows, dtype=_WRITTEN[tensor.dtype])
            file.write(numbers.data.cast("B") if rows.size else b"")


def map_tensor(path: Path, name: str) -> NDArray[Any]:
    """Return the two-dimensional tensor `name`, memory-mapped, read-only, float32 or float16.

    Raises DamageError, which says what is wrong with the file, and OSError.
    """
    return _map(path, name, DTYPES, 2)


def map_integers(path: Path, name: str) -> NDArray[np.int32]:
    """Return the one-dimensional tensor `name` of int32; else as `map_tensor`."""
    return _map(path, name, {"I32": "<i4"}, 1)


def _map(path: Path, name: str, dtypes: Mapping[str, str], n_dims: int) -> NDArray[Any]:
    with path.open("rb") as file:  # one handle: the path may name another file in a moment
        header, data_start, data_size = _header(file)
        entries = {other: _entry(header, other) for other in _names(header)}
        ends = [_whole_numbers("data_offsets", entry.get("data_offsets"), 2)[1] for entry in entries.values()]
        if name in entries and max(ends) != data_size:
            raise DamageError(f"it has {data_size} bytes of numbers where its header says {max(ends)}")
        return _mapped(file, _entry(header, name), data_start, dtypes, n_dims)


def _header(file: BinaryIO) -> tuple[dict[str, Any], int, int]:
    """Return the header, where the data starts, and how many bytes of data there are."""
    size = os.fstat(file.fileno()).st_size
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > min(size - 8, _MAX_HEADER):
        raise DamageError(f"it has {size} bytes, fewer than its header says")
    text = file.read(length)
    header = json_object(text, "its header")
    return header, 8 + length, size - 8 - length


def _names(header: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in header if key != "__metadata__")


def _entry(header: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    names = _names(header)
    if name not in names:
        raise DamageError(f"it holds no tensor {name!r} but {', '.join(map(repr, names[:5])) or 'none'}")
    entry = header[name]
    if not isinstance(entry, dict):
        raise DamageError(f"the header's entry of {name!r} is not a JSON object")
    return entry


def _mapped(
    file: BinaryIO, entry: Mapping[str, Any], data_start: int, dtypes: Mapping[str, str], n_dims: int
) -> NDArray[Any]:
    dtype = entry.get("dtype")
    if not isinstance(dtype, str) or dtype not in dtypes:
        raise DamageError(f"its numbers are {dtype!r}; those that can be read are {', '.join(dtypes)}")
    shape = _whole_numbers("shape", entry.get("shape"), n_dims)
    start, stop = _whole_numbers("data_offsets", entry.get("data_offsets"), 2)
    if prod(shape) * np.dtype(dtypes[dtype]).itemsize != stop - start:
        size = " x ".join(map(str, shape))
        raise DamageError(f"{stop - start} bytes cannot be {size} numbers of {dtype}")
    if start == stop:  # nothing to map
        return np.empty([min(part, 1 << 31) for part in shape], dtype=dtypes[dtype])
    return np.memmap(file, dtype=dtypes[dtype], mode="r", offset=data_start + start, shape=shape)


def _whole_numbers(name: str, value: object, n: int) -> tuple[int, ...]:
    """Return `n` whole numbers from 0 up, the second of offsets not below the first."""
    if (
        not isinstance(value, list)
        or len(value) != n
        or not all(type(part) is int and part >= 0 for part in value)
    ):
        raise DamageError(f"its {name} is {value!r}, not {_COUNTS[n]} from 0 up")
    if name == "data_offsets" and value[0] > value[1]:
        raise DamageError(f"its {name} {value!r} run backwards")
    return tuple(value)


_COUNTS = {1: "one whole number", 2: "two whole numbers"}

"""Our own safetensors files: tensors streamed when written, the one asked for memory-mapped when read.

The header is padded with spaces to a multiple of 8 bytes. No metadata is written, so equal tensors give
equal files.
"""

import json
from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.formats.damage import DamageError
from tovec.formats.safetensors_file import store_of

_WRITTEN: Mapping[str, str] = {"F32": "<f4", "I32": "<i4"}


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
    return _map(path, name, ("F32", "F16"), 2)


def map_integers(path: Path, name: str) -> NDArray[np.int32]:
    """Return the one-dimensional tensor `name` of int32; else as `map_tensor`."""
    return _map(path, name, ("I32",), 1)


def _map(path: Path, name: str, kinds: tuple[str, ...], n_dims: int) -> NDArray[Any]:
    with path.open("rb") as file:  # one handle: the path may name another file in a moment
        tensors = store_of(file, path).tensors
        tensor = tensors.get(name)
        if tensor is None:
            others = ", ".join(map(repr, sorted(tensors)[:5])) or "none"
            raise DamageError(f"it holds no tensor {name!r} but {others}")
        if tensor.kind.name not in kinds:
            raise DamageError(
                f"its numbers are {tensor.kind.name!r}; those that can be read are {', '.join(kinds)}"
            )
        if len(tensor.shape) != n_dims:
            raise DamageError(f"its shape is {list(tensor.shape)}, not {_COUNTS[n_dims]}")
        if not tensor.size:  # nothing to map
            return np.empty([min(part, 1 << 31) for part in tensor.shape], dtype=tensor.kind.dtype)
        assert tensor.kind.dtype is not None
        return np.memmap(file, tensor.kind.dtype, mode="r", offset=tensor.offset, shape=tensor.shape)


_COUNTS = {1: "one whole number", 2: "two whole numbers"}

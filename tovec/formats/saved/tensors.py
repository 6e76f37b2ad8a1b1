"""safetensors files that tovec writes: streamed when written, rows read when they are asked for.

The header is padded with spaces to a multiple of 8 bytes. Only what is given is written, so equal tensors
give equal files.
"""

import json
from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.errors import CannotSave
from tovec.formats.tensors.safetensors_file import MAX_HEADER, store_of
from tovec.storage.file_errors import CorruptFile
from tovec.vectors.stored import StoredTensor
from tovec.vectors.table import Vectors

_WRITTEN: Mapping[str, str] = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "I8": "|i1", "I32": "<i4"}


class Tensor(NamedTuple):
    """A tensor to write: its shape, its rows in order, and the type they are written in.

    BF16 comes as uint16, the upper halves of float32.
    """

    shape: tuple[int, ...]
    blocks: Iterable[NDArray[Any]]
    dtype: str = "F32"


def write_tensors(
    file: BinaryIO, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None
) -> None:
    """Write the tensors one after the other, in the order given, and `metadata` in the header.

    Raises CannotSave for a header longer than readers take.
    """
    header: dict[str, Any] = {} if metadata is None else {"__metadata__": dict(metadata)}
    stop = 0
    for name, tensor in tensors.items():
        start, stop = stop, stop + prod(tensor.shape) * np.dtype(_WRITTEN[tensor.dtype]).itemsize
        header[name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": [start, stop]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > MAX_HEADER:
        raise CannotSave(
            f"the header of a safetensors file takes {MAX_HEADER:,} bytes at most, not {len(text):,}; "
            "a folder has no such limit"
        )
    file.write(len(text).to_bytes(8, "little") + text)
    for tensor in tensors.values():
        for rows in tensor.blocks:
            numbers = np.ascontiguousarray(rows, dtype=_WRITTEN[tensor.dtype])
            file.write(numbers.data.cast("B") if rows.size else b"")


def open_table(path: Path, name: str) -> Vectors:
    """Return the two-dimensional tensor `name`, whose rows are read when they are asked for.

    Raises CorruptFile, which says what is wrong with the file, BadFile and OSError.
    """
    return _found(path, name, ("F32", "F16", "BF16", "I8"), 2).opened_table()


def read_integers(path: Path, name: str) -> NDArray[np.int32]:
    """Return the one-dimensional tensor `name` of int32; else as `open_table`."""
    return _found(path, name, ("I32",), 1).array()


def read_numbers(path: Path, name: str) -> NDArray[Any]:
    """Return the two-dimensional tensor `name`, float32 or float16, read now; else as `open_table`."""
    return _found(path, name, ("F32", "F16"), 2).array()


def tensor_names(path: Path) -> list[str]:
    """Return the names of the tensors of a file. Raises CorruptFile and OSError."""
    with path.open("rb") as file:
        return list(store_of(file, path).tensors)


def read_metadata(path: Path) -> Mapping[str, Any]:
    """Return the metadata strings of the header. Raises CorruptFile and OSError."""
    with path.open("rb") as file:
        return store_of(file, path).metadata


def _found(path: Path, name: str, kinds: tuple[str, ...], n_dims: int) -> StoredTensor:
    with path.open("rb") as file:
        tensors = store_of(file, path).tensors
    tensor = tensors.get(name)
    if tensor is None:
        others = ", ".join(map(repr, sorted(tensors)[:5])) or "none"
        raise CorruptFile(f"it holds no tensor {name!r}; there are {others}")
    if tensor.kind.name not in kinds:
        raise CorruptFile(f"its numbers are {tensor.kind.name!r}; here they can be {', '.join(kinds)}")
    if len(tensor.shape) != n_dims:
        raise CorruptFile(f"its shape is {list(tensor.shape)}, not {_COUNTS[n_dims]}")
    return tensor


_COUNTS = {1: "one whole number", 2: "two whole numbers"}

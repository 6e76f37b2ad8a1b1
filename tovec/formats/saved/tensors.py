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
from tovec.vectors.tensor_store import TensorStore

_WRITTEN: Mapping[str, str] = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "I8": "|i1", "I32": "<i4"}


class Tensor(NamedTuple):
    """A tensor to write: its shape, its rows in order, and the type they are written in.

    BF16 comes as uint16, the upper halves of float32.
    """

    shape: tuple[int, ...]
    blocks: Iterable[NDArray[Any]]
    dtype: str = "F32"


def write_tensors(
    file: BinaryIO, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | str | None = None
) -> None:
    """Write the tensors one after the other, in the order given, and `metadata` in the header.

    metadata: strings by name; or the same as JSON, where many files have most of it in common.
    Raises CannotSave for a header longer than readers take.
    """
    header: dict[str, Any] = {}
    stop = 0
    for name, tensor in tensors.items():
        start, stop = stop, stop + prod(tensor.shape) * np.dtype(_WRITTEN[tensor.dtype]).itemsize
        header[name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": [start, stop]}
    lines = json.dumps(header, separators=(",", ":"))
    if metadata is not None:
        strings = metadata if isinstance(metadata, str) else json_of(metadata)
        lines = f'{{"__metadata__":{strings},{lines[1:]}'
    text = lines.encode()
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


def json_of(metadata: Mapping[str, str]) -> str:
    """Return the metadata of a header as JSON."""
    return json.dumps(dict(metadata), separators=(",", ":"))


def open_table(path: Path, name: str) -> Vectors:
    """Return the two-dimensional tensor `name`, whose rows are read when they are asked for.

    Raises CorruptFile, which says what is wrong with the file, BadFile and OSError.
    """
    return table_of(read_header(path), name)


def table_of(store: TensorStore, name: str) -> Vectors:
    """Return the tensor `name` of a file whose header has been read; else as `open_table`."""
    return _found(store, name, ("F32", "F16", "BF16", "I8"), 2).opened_table()


def read_integers(path: Path, name: str) -> NDArray[np.int32]:
    """Return the one-dimensional tensor `name` of int32; else as `open_table`."""
    return _found(read_header(path), name, ("I32",), 1).array()


def read_numbers(path: Path, name: str) -> NDArray[Any]:
    """Return the two-dimensional tensor `name`, float32 or float16, read now; else as `open_table`."""
    return _found(read_header(path), name, ("F32", "F16"), 2).array()


def tensor_names(path: Path) -> list[str]:
    """Return the names of the tensors of a file. Raises CorruptFile and OSError."""
    return list(read_header(path).tensors)


def read_header(path: Path) -> TensorStore:
    """Return the tensors of a file and the strings of its metadata. Raises CorruptFile and OSError."""
    with path.open("rb") as file:
        return store_of(file, path)


def _found(store: TensorStore, name: str, kinds: tuple[str, ...], n_dims: int) -> StoredTensor:
    tensors = store.tensors
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

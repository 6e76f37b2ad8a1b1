"""One tensor in and out of a safetensors file: streamed when written, memory-mapped when read.

Layout (https://github.com/huggingface/safetensors): 8 bytes, little-endian, the length of the
header; the header, JSON padded with spaces; the tensors, without gaps. No metadata is written, so
equal tensors give equal files.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from tovec.formats.damage import DamageError, json_object

DTYPES: Mapping[str, str] = {"F32": "<f4", "F16": "<f2"}
_MAX_HEADER = 100_000_000  # as the safetensors library


def write_float32(file: BinaryIO, name: str, shape: tuple[int, int], blocks: Iterable[NDArray[Any]]) -> None:
    """Write one F32 tensor; `blocks` hold its rows in order."""
    size = shape[0] * shape[1] * 4
    entry = {"dtype": "F32", "shape": list(shape), "data_offsets": [0, size]}
    header = json.dumps({name: entry}, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    file.write(len(header).to_bytes(8, "little") + header)
    for rows in blocks:
        file.write(np.ascontiguousarray(rows, dtype="<f4").data.cast("B") if rows.size else b"")


def map_tensor(path: Path, name: str) -> NDArray[Any]:
    """Return the two-dimensional tensor `name`, memory-mapped, read-only, float32 or float16.

    Raises DamageError, which says what is wrong with the file, and OSError.
    """
    with path.open("rb") as file:  # one handle: the path may name another file in a moment
        header, data_start, data_size = _header(file)
        return _mapped(file, _entry(header, name), data_start, data_size)


def _header(file: BinaryIO) -> tuple[dict[str, Any], int, int]:
    """Return the header, where the data starts, and how many bytes of data there are."""
    size = os.fstat(file.fileno()).st_size
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > min(size - 8, _MAX_HEADER):
        raise DamageError(f"it has {size} bytes, fewer than its header says")
    text = file.read(length)
    header = json_object(text, "its header")
    return header, 8 + length, size - 8 - length


def _entry(header: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    names = sorted(key for key in header if key != "__metadata__")
    if name not in names:
        raise DamageError(f"it holds no tensor {name!r} but {', '.join(map(repr, names[:5])) or 'none'}")
    entry = header[name]
    if not isinstance(entry, dict):
        raise DamageError(f"the header's entry of {name!r} is not a JSON object")
    return entry


def _mapped(file: BinaryIO, entry: Mapping[str, Any], data_start: int, data_size: int) -> NDArray[Any]:
    dtype = entry.get("dtype")
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise DamageError(f"its numbers are {dtype!r}; those that can be read are {', '.join(DTYPES)}")
    n_rows, dim = _pair("shape", entry.get("shape"))
    start, stop = _pair("data_offsets", entry.get("data_offsets"))
    if stop != data_size:
        raise DamageError(f"it has {data_size} bytes of numbers where its header says {stop}")
    if n_rows * dim * np.dtype(DTYPES[dtype]).itemsize != stop - start:
        raise DamageError(f"{stop - start} bytes cannot be {n_rows} x {dim} numbers of {dtype}")
    if start == stop:  # nothing to map
        return np.empty((min(n_rows, 1 << 31), min(dim, 1 << 31)), dtype=DTYPES[dtype])
    return np.memmap(file, dtype=DTYPES[dtype], mode="r", offset=data_start + start, shape=(n_rows, dim))


def _pair(name: str, value: object) -> tuple[int, int]:
    """Return two whole numbers from 0 up, the second of offsets not below the first."""
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(type(part) is int and part >= 0 for part in value)
    ):
        raise DamageError(f"its {name} is {value!r}, not two whole numbers from 0 up")
    if name == "data_offsets" and value[0] > value[1]:
        raise DamageError(f"its {name} {value!r} run backwards")
    return value[0], value[1]

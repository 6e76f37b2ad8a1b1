"""GGUF files of llama.cpp: where the tensors are and what the keys say; numbers are read when asked for.

Layout (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): `GGUF`, the version, the numbers of
tensors and keys; each key, its type and value; each tensor's name, dimensions (the fastest first), type and
offset; padding; the numbers. Versions 2 and 3 have the same layout. A large model may be split into files
`model-00001-of-00003.gguf`; the first has the keys.
"""

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from tovec.formats.foreign_files import ENOUGH, check_not_foreign
from tovec.formats.tensors.file_names import split_name
from tovec.formats.tensors.gguf_header import Header, Metadata, TensorEntry
from tovec.storage.file_bytes import FileBytes, bytes_of
from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.vectors.quantized import GGML_TYPES
from tovec.vectors.stored import StoredTensor, shape_text
from tovec.vectors.tensor_store import TensorStore, stamped

MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_LEAST_KEY = 8 + 4 + 1  # an empty name, a type, one byte
_LEAST_TENSOR = 8 + 4 + 4 + 8  # an empty name, no dimensions, a type, an offset


class _File(NamedTuple):
    """What one file holds."""

    version: int
    metadata: Metadata
    tensors: dict[str, StoredTensor]


def recognizes(path: Path, head: bytes) -> bool:
    """Whether a file that begins with `head` is a GGUF file."""
    return head.startswith(MAGIC)


def read_gguf(path: Path) -> TensorStore:
    """Return the tensors of a GGUF file, and its keys as `Metadata`; only the header is read.

    Any file of a split model stands for all of them; the keys are those of the first.
    A tensor's shape is the reverse of GGUF's own order, so (n_tokens, dim) for a table.
    Raises BadSource for a file that is missing, damaged, big-endian, of another version or with an unknown
    number type. A known type that is not supported is refused when its rows are asked for.
    """
    paths = _parts(path)
    files: list[_File] = []
    tensors: dict[str, StoredTensor] = {}
    for number, part in enumerate(paths):
        with reporting_file(part):
            file = _read(part)
            _check_part(file.metadata, number, len(paths))
            for name in tensors.keys() & file.tensors.keys():
                raise CorruptFile(f"tensor {name!r} is also in {tensors[name].path.name}")
        files.append(file)
        tensors |= file.tensors
    return TensorStore(tensors, f"GGUF {files[0].version}", paths, files[0].metadata, is_gguf=True)


def _parts(path: Path) -> tuple[Path, ...]:
    """Return all files of the model that `path` belongs to. Raises BadSource when one is missing."""
    split = split_name(path.name)
    if split is None:
        return (path,)
    with reporting_file(path):
        if not 1 <= split.number <= split.n_parts:
            raise CorruptFile(f"its name says part {split.number} of {split.n_parts}, which cannot exist")
    parts: list[Path] = []
    while len(parts) < split.n_parts:  # a name may promise 99,999
        parts.append(path.with_name(split.part(len(parts) + 1)))
        with reporting_file(parts[-1]):
            parts[-1].stat()
    return tuple(parts)


def _check_part(metadata: Metadata, number: int, n_parts: int) -> None:
    """Check the keys of a part, numbered from 0, against its name; a file that is not split has none."""
    count = _whole_number(metadata, "split.count", n_parts)
    if count != n_parts:
        raise CorruptFile(
            f"its key split.count says {count} parts and its name {n_parts}; parts are named like "
            "model-00001-of-00002.gguf"
        )
    found = _whole_number(metadata, "split.no", number)
    if found != number:
        raise CorruptFile(f"its key split.no says part {found + 1} and its name part {number + 1}")


def parse_gguf(data: bytes, path: Path, file_size: int) -> TensorStore:
    """Return the tensors of a file of `file_size` bytes that begins with `data`; the disk is not touched.

    data: at least the header; only parsing shows whether it is all of it. path: the name for messages and
    tensors. A part of a split model is read alone.
    Raises BadSource.
    """
    with reporting_file(path):
        file = _parse(data, path, file_size)
    return TensorStore(file.tensors, f"GGUF {file.version}", (path,), file.metadata, is_gguf=True)


def _read(path: Path) -> _File:
    with path.open("rb") as file:
        data = bytes_of(file, path)
    parsed = _parse(data, path, len(data))
    return parsed._replace(tensors=stamped(parsed.tensors, path, data.file.stamp))


def _parse(data: FileBytes, path: Path, file_size: int) -> _File:
    header = Header(data)
    magic, version = header.take(4, "the magic number"), header.u32()
    if magic != MAGIC:
        check_not_foreign(data[:ENOUGH])
        raise CorruptFile(f"it begins with {magic!r}, not with {MAGIC!r}")
    if version not in _VERSIONS:
        raise UnsupportedFile(_why_not(version))
    n_tensors, n_keys = header.u64(), header.u64()
    header.expect(n_tensors, _LEAST_TENSOR, "tensors")
    header.expect(n_keys, _LEAST_KEY, "keys")
    values: dict[str, Any] = {}
    for _ in range(n_keys):
        start, key = header.at, header.text()
        if key in values:
            raise CorruptFile(f"key {key!r} occurs twice, again at byte {start}")
        values[key] = header.value()
    entries = [header.tensor() for _ in range(n_tensors)]
    metadata = Metadata(data, values)
    first = header.at + -header.at % _alignment(metadata)
    return _File(version, metadata, _tensors(path, entries, first, _alignment(metadata), file_size))


def _why_not(version: int) -> str:
    if version & 0xFFFF == 0:
        return (
            "it is big-endian GGUF; gguf-convert-endian of the gguf package makes a little-endian file of it"
        )
    return (
        f"it is GGUF of version {version}, and tovec reads versions 2 and 3; convert the model again with "
        "llama.cpp"
    )


def _alignment(metadata: Metadata) -> int:
    alignment = _whole_number(metadata, "general.alignment", 32)
    if alignment < 1 or alignment & (alignment - 1):
        raise CorruptFile(f"its general.alignment is {alignment}, which is not a power of two")
    return alignment


def _whole_number(metadata: Mapping[str, Any], key: str, default: int) -> int:
    value = metadata.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise CorruptFile(f"its {key} is {type(value).__name__}, not a whole number")
    return value


def _tensors(
    path: Path, entries: list[TensorEntry], first: int, alignment: int, n_bytes: int
) -> dict[str, StoredTensor]:
    """Return the tensors by name, in the file's order; offsets count from byte `first`, none may overlap."""
    tensors: dict[str, StoredTensor] = {}
    for entry in entries:
        if entry.name in tensors:
            raise CorruptFile(f"tensor {entry.name!r} occurs twice")
        if entry.offset % alignment:
            raise CorruptFile(f"tensor {entry.name!r} is at {entry.offset}, not a multiple of {alignment}")
        tensors[entry.name] = _tensor(path, entry, first)
    free = first
    for tensor in sorted(tensors.values(), key=lambda tensor: tensor.offset):
        if not tensor.size:
            continue
        if tensor.offset < free:
            raise CorruptFile(f"tensor {tensor.name!r} at byte {tensor.offset} overlaps the one before")
        free = tensor.offset + tensor.size
        if free > n_bytes:
            raise CorruptFile(f"it has {n_bytes} bytes, and tensor {tensor.name!r} ends at byte {free}")
    return tensors


def _tensor(path: Path, entry: TensorEntry, first: int) -> StoredTensor:
    kind = GGML_TYPES.get(entry.kind)
    if kind is None:
        raise UnsupportedFile(
            f"tensor {entry.name!r} has numbers of type {entry.kind}, which this tovec does not know"
        )
    if prod(dim for dim in entry.shape if dim) >= 1 << 60:
        raise CorruptFile(f"tensor {entry.name!r} has {shape_text(entry.shape)} numbers")
    row_bytes = kind.row_bytes(entry.shape[-1] if entry.shape else 1) or 0
    size = prod(entry.shape[:-1]) * row_bytes
    return StoredTensor(entry.name, kind, entry.shape, path, first + entry.offset, size)

"""safetensors files: where each tensor is, by the rules of the official reader; no number is read.

8 bytes, little-endian, the length of the header; the header, JSON in UTF-8; the tensors, which cover the
rest of the file without gaps or overlaps.
Source: https://github.com/huggingface/safetensors, src/tensor.rs (`read_metadata`, `Metadata::validate`).
"""

from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from tovec.storage.file_errors import CorruptFile, reporting_file
from tovec.storage.json_text import strict_json
from tovec.storage.open_file import Stamp, stamp_of
from tovec.vectors.number_types import NUMBER_TYPES, NumberType
from tovec.vectors.stored import StoredTensor, shape_text
from tovec.vectors.tensor_store import LazyTensors, TensorStore

ORIGIN = "safetensors"
MAX_HEADER = 100_000_000  # bytes, as in the official reader
_LENGTH = 8  # bytes of the length of the header
_FIRST = 64  # bytes that show what another file is
_MAX_COUNT = (1 << 64) - 1
_DTYPES: Mapping[str, NumberType] = MappingProxyType(
    {
        name: NUMBER_TYPES[name]
        for name in (
            *("BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64"),
            *("F16", "BF16", "F32", "F64", "C64", "F4", "F6_E2M3", "F6_E3M2"),
            *("F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"),
        )
    }
)


class _Place(NamedTuple):
    begin: int  # from the end of the header
    end: int
    name: str
    kind: NumberType
    shape: tuple[int, ...]


_BEGIN_AND_END = itemgetter(0, 1)


def recognizes(path: Path, head: bytes) -> bool:
    """Whether a file that begins with `head` is a safetensors file, or at least named as one."""
    length = int.from_bytes(head[:_LENGTH], "little")
    return path.suffix == ".safetensors" or (0 < length <= MAX_HEADER and head[_LENGTH : _LENGTH + 1] == b"{")


def read_safetensors(path: Path) -> TensorStore:
    """Return the tensors of one safetensors file, in the order of their places; only its header is read.

    metadata: the strings of `__metadata__`. Raises BadSource that says what is wrong with the file.
    """
    with reporting_file(path), path.open("rb") as file:
        return store_of(file, path)


def parse_safetensors_header(data: bytes, path: Path, file_size: int) -> TensorStore:
    """Return the tensors of a file of `file_size` bytes that begins with `data`; the disk is not touched.

    data: at least the first `header_end` bytes. path: the name for messages and tensors.
    A tensor's `offset` is its place in that file.
    Raises BadSource.
    """
    with reporting_file(path):
        return _parse(data, path, file_size)


def header_end(data: bytes, file_size: int) -> int:
    """Return the byte where the header ends, given at least the first 8 bytes of the file.

    Raises CorruptFile when that is past `file_size`, or past the 100 MB that are allowed.
    """
    length = int.from_bytes(data[:_LENGTH], "little")
    if data[_LENGTH : _LENGTH + 1] != b"{":
        from tovec.formats.foreign_files import check_not_foreign  # many patterns, seldom needed

        check_not_foreign(data[:_FIRST])
    if min(len(data), file_size) < _LENGTH or length > file_size - _LENGTH:
        raise CorruptFile(f"it has {file_size} bytes, fewer than its header needs")
    if length > MAX_HEADER:
        raise CorruptFile(f"its header has {length} bytes, and at most {MAX_HEADER} are allowed")
    return _LENGTH + length


def store_of(file: BinaryIO, path: Path) -> TensorStore:
    """Return the tensors of the open `file` at `path`. Raises CorruptFile and OSError."""
    stamp = stamp_of(file.fileno())
    start = file.read(_FIRST)
    end = header_end(start, stamp.size)
    return _parse(start + file.read(max(0, end - len(start))), path, stamp.size, stamp)


def _parse(data: bytes, path: Path, file_size: int, stamp: Stamp | None = None) -> TensorStore:
    start = header_end(data, file_size)
    if len(data) < start:
        raise CorruptFile(f"{len(data)} bytes are not the whole header, which ends at byte {start}")
    header = strict_json(data[_LENGTH:start], "its header")
    metadata = _strings(header.pop("__metadata__", None))
    places = sorted((_place(name, entry) for name, entry in header.items()), key=_BEGIN_AND_END)
    _check_cover(places, file_size - start)

    def find(name: str, place: _Place) -> StoredTensor:
        begin, size = start + place.begin, place.end - place.begin
        return StoredTensor(name, place.kind, place.shape, path, begin, size, stamp=stamp)

    return TensorStore(LazyTensors({place.name: place for place in places}, find), ORIGIN, (path,), metadata)


def _place(name: str, entry: object) -> _Place:
    if not isinstance(entry, dict):
        raise CorruptFile(f"the header's entry of {name!r} is not a JSON object")
    dtype = entry.get("dtype")
    kind = _DTYPES.get(dtype) if isinstance(dtype, str) else None
    if kind is None:
        raise CorruptFile(f"the numbers of tensor {name!r} are of {dtype!r}, which is not a safetensors type")
    shape = _counts(entry.get("shape"), "shape", name)
    offsets = _counts(entry.get("data_offsets"), "data_offsets", name)
    if len(offsets) != 2 or offsets[0] > offsets[1]:
        raise CorruptFile(
            f"the data_offsets of tensor {name!r} are not a begin and an end: {list(offsets[:3])}"
        )
    n_numbers = 1
    for length in shape:
        n_numbers *= length
        if n_numbers > _MAX_COUNT:
            raise CorruptFile(f"the shape of tensor {name!r} overflows")
    n_bytes = offsets[1] - offsets[0]
    if n_bytes * kind.block != n_numbers * kind.n_bytes:
        many = shape_text(shape) or "one"
        raise CorruptFile(f"tensor {name!r}: {n_bytes} bytes cannot be {many} numbers of {kind.name}")
    return _Place(offsets[0], offsets[1], name, kind, shape)


def _counts(value: object, field: str, name: str) -> tuple[int, ...]:
    if type(value) is list:
        for count in value:
            if type(count) is not int or not 0 <= count <= _MAX_COUNT:
                break
        else:
            return tuple(value)
    raise CorruptFile(f"the {field} of tensor {name!r} is not a list of whole numbers from 0 up")


def _check_cover(places: list[_Place], data_size: int) -> None:
    """Raise CorruptFile unless the tensors cover all of the data, each from where the last one ends."""
    stop = 0
    for place in places:
        if place.begin != stop:
            raise CorruptFile(
                f"tensor {place.name!r} begins at byte {place.begin} of the numbers, not at {stop}"
            )
        stop = place.end
    if stop != data_size:
        raise CorruptFile(f"it has {data_size} bytes of numbers, and its header says {stop}")


def _strings(metadata: object) -> Mapping[str, str]:
    if metadata is None:
        return {}
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise CorruptFile("its __metadata__ is not a JSON object of strings")
    return metadata

"""Files of `torch.save` before torch 1.6, or in its legacy layout: five pickles and then the numbers.

A magic number, the version, facts about the system, the saved object, the keys of the storages; then for each
storage, in the order of those keys, the count of its numbers (int64) and the numbers.
Source: torch/serialization.py (`_legacy_save`, `_legacy_load`).
"""

import re
import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tovec.formats.pickles.machine import read_pickle
from tovec.formats.pickles.values import Object, named, pairs_of
from tovec.formats.tensors.torch_tensors import STORAGES, storage_of
from tovec.storage.file_bytes import Cursor, bytes_of
from tovec.storage.file_errors import CorruptFile, UnsupportedFile
from tovec.vectors.number_types import NUMBER_TYPES

# A pickle of 0x1950a86a20f9469cfc6c, of any protocol.
_MAGIC = re.compile(
    rb"\x80[\x02-\x05](\x95.{8})?\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\.", re.DOTALL
)
AGAIN = "load it with torch and save its state_dict with torch.save of torch 1.6 or later, or as safetensors"
_VERSION = 1001
_COUNT = struct.Struct("<q")


class Record(NamedTuple):
    """The place of a storage's numbers in the file, in bytes."""

    offset: int
    size: int


def is_legacy(head: bytes) -> bool:
    """Whether a file that begins with `head` has the legacy layout."""
    return _MAGIC.match(head) is not None


def read_legacy(file: BinaryIO) -> tuple[object, dict[str, Record]]:
    """Return what the pickle would build, and the place of each storage by its key.

    Raises CorruptFile for a file that is cut short or contradicts itself, UnsupportedFile for another
    version, big-endian numbers, and storages of an unknown type.
    """
    data = bytes_of(file, Path(file.name))
    version = read_pickle(data, read_pickle(data).stop)
    system = read_pickle(data, version.stop)
    saved = read_pickle(data, system.stop)
    keys = read_pickle(data, saved.stop)
    if version.value != _VERSION or type(version.value) is not int:
        raise UnsupportedFile(f"its version of torch's legacy layout is not {_VERSION}; {AGAIN}")
    if named(pairs_of(system.value) or []).get("little_endian") is not True:
        raise UnsupportedFile(f"its numbers are big-endian; {AGAIN}")
    if not isinstance(keys.value, list):
        raise CorruptFile("it has no list of its storages")
    cursor = Cursor(data, keys.stop)
    return saved.value, _records(keys.value, _sizes(saved.persistent), cursor)


def _sizes(persistent: list[Object]) -> dict[str, int]:
    """Return how many bytes a number takes in each storage that the pickle names."""
    sizes: dict[str, int] = {}
    for one in persistent:
        storage = storage_of(one)
        if storage is not None:
            size = _size_of(storage.type_name)
            if sizes.setdefault(storage.key, size) != size:
                raise CorruptFile(f"its storage {storage.key!r} is of two types")
    return sizes


def _size_of(type_name: str) -> int:
    if type_name == "UntypedStorage":
        return 1
    if type_name not in STORAGES:
        raise UnsupportedFile(f"it has a {type_name}, a number type that tovec does not know; {AGAIN}")
    return NUMBER_TYPES[STORAGES[type_name]].n_bytes


def _records(keys: list[object], sizes: dict[str, int], cursor: Cursor) -> dict[str, Record]:
    records: dict[str, Record] = {}
    for key in keys:
        if not isinstance(key, str) or key not in sizes or key in records:
            raise CorruptFile("its list of storages is not that of its pickle")
        (count,) = cursor.read(_COUNT, f"the size of storage {key!r}")
        if count < 0:
            raise CorruptFile(f"its storage {key!r} has {count} numbers")
        size = count * sizes[key]
        records[key] = Record(cursor.skip(size, f"storage {key!r}"), size)
    return records

"""Files of `torch.save` read without torch: where each tensor lies; nothing is loaded and nothing is run.

A zip archive (torch 1.6 and later) of one folder: `data.pkl` says what there is, `data/N` are the numbers,
`byteorder` theirs. Entries are stored, not compressed, so tables can be mapped where they lie.
Source: torch/serialization.py (`_save`, `_load`), caffe2/serialize/inline_container.h; APPNOTE.TXT of PKWARE.
"""

import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from tovec.formats.damage import DamageError, UnsupportedError, reading
from tovec.formats.strangers import ENOUGH, check_no_stranger
from tovec.formats.tensors.number_types import NUMBER_TYPES
from tovec.formats.tensors.stored import StoredTensor, TensorStore
from tovec.formats.tensors.torch_calls import Items, Tensor
from tovec.formats.tensors.torch_pickle import read_tensor_pickle

if TYPE_CHECKING:
    import zipfile

ORIGIN = "PyTorch"
SUFFIXES = frozenset({".bin", ".pt", ".pth", ".ckpt"})
WRAPPERS = frozenset({"state_dict", "model_state_dict", "model", "module"})
_STORED = 0  # the way of a zip archive to keep an entry as it is
_ZIP = b"PK\x03\x04"
_LEGACY = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."  # a pickle of 0x1950a86a20f9469cfc6c
_AGAIN = "load it with torch and save its state_dict with torch.save of torch 1.6 or later, or as safetensors"
_MAX_PICKLE = 32_000_000  # bytes; a tensor takes about 200
_MAX_TENSORS = 1 << 18
_MAX_DEPTH = 32
_MAX_NAME = 512
_LOCAL_HEADER = struct.Struct("<4s22xHH")


class _Record(NamedTuple):
    offset: int
    size: int


def recognizes_torch(path: Path, head: bytes) -> bool:
    """Whether a file that begins with `head` is one of torch.save, also of a kind that is refused."""
    is_named_so = path.suffix in SUFFIXES or b"/data.pkl" in head[:256]
    return head.startswith(_LEGACY) or (head.startswith(_ZIP) and is_named_so)


def read_torch(path: Path) -> TensorStore:
    """Return the tensors of a file of torch.save, in the order it holds them; its numbers are not read.

    Names are the keys of the dictionaries around a tensor, joined by dots; those of the outermost that only
    wrap a model (`state_dict`, `model`, ...) are left out where names stay different. A tensor alone is named
    `tensor`. Tied tensors are two names of the same place. A dictionary that is there twice counts once.
    Numbers that do not lie row by row make a tensor that says so when it is read.
    Raises BadSource: damage, files of torch before 1.6, TorchScript, and pickles that do anything else than
    build tensors; the message names what they would call.
    """
    with reading(path), path.open("rb") as file:
        archive = _archive(file)
        root = _root(archive.namelist())
        records = _records(archive, file)
        if _read(file, records, f"{root}/byteorder", 16, b"little") != b"little":
            raise UnsupportedError(f"its numbers are big-endian; {_AGAIN}")
        pickled = _read(file, records, f"{root}/data.pkl", _MAX_PICKLE)
        tensors = {
            name: _stored(name, tensor, records, root, path)
            for name, tensor in _named(read_tensor_pickle(pickled)).items()
        }
        if not tensors:
            raise UnsupportedError("it holds no tensor")
        return TensorStore(tensors, ORIGIN, (path,))


def _archive(file: BinaryIO) -> "zipfile.ZipFile":
    import zipfile  # loads all that unpacks; other files need none of it

    head = file.read(ENOUGH)
    if head.startswith(_LEGACY):
        raise UnsupportedError(f"it was written by torch before 1.6 or in its old way; {_AGAIN}")
    if not head.startswith(_ZIP):
        check_no_stranger(head)
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error) as error:
        raise DamageError(f"it is no whole zip archive ({error})") from error


def _root(names: list[str]) -> str:
    """Return the folder that an archive of torch.save is of."""
    roots = [name.removesuffix("/data.pkl") for name in names if name.endswith("/data.pkl")]
    if len(roots) != 1:
        raise DamageError("it is a zip archive, but not of torch.save: there is not one data.pkl in it")
    if any(name.startswith((f"{roots[0]}/code/", f"{roots[0]}/constants.pkl")) for name in names):
        raise UnsupportedError(f"it is a program (TorchScript), not only tensors; {_AGAIN}")
    return roots[0]


def _records(archive: "zipfile.ZipFile", file: BinaryIO) -> dict[str, _Record]:
    """Return where the entries of the archive lie, none of them compressed, encrypted or upon another."""
    records: dict[str, _Record] = {}
    stop = 0
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        if entry.compress_type != _STORED or entry.flag_bits & 1:
            raise UnsupportedError(
                f"its entry {entry.filename!r} is compressed or encrypted, which torch never does; {_AGAIN}"
            )
        if entry.filename in records:
            raise DamageError(f"its entry {entry.filename!r} is there twice")
        if entry.header_offset < stop:
            raise DamageError(f"its entry {entry.filename!r} lies upon the one before")
        offset = _data_offset(file, entry.header_offset)
        stop = offset + entry.file_size
        if stop > archive.start_dir or entry.compress_size != entry.file_size:
            raise DamageError(
                f"its entry {entry.filename!r} has not the {entry.file_size} bytes that it says"
            )
        records[entry.filename] = _Record(offset, entry.file_size)
    return records


def _data_offset(file: BinaryIO, header_offset: int) -> int:
    """Return where the bytes of an entry begin: its own header may be longer than the archive's list says."""
    file.seek(header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or not header.startswith(_ZIP):
        raise DamageError(f"no entry begins at byte {header_offset}, where its list says so")
    _, n_name, n_extra = _LOCAL_HEADER.unpack(header)
    return header_offset + len(header) + int(n_name) + int(n_extra)


def _read(
    file: BinaryIO, records: dict[str, _Record], name: str, most: int, missing: bytes | None = None
) -> bytes:
    if name not in records and missing is not None:
        return missing
    offset, size = records[name]
    if size > most:
        raise DamageError(f"its entry {name!r} has {size} bytes, more than {most}")
    file.seek(offset)
    return file.read(size)


def _stored(name: str, tensor: Tensor, records: dict[str, _Record], root: str, path: Path) -> StoredTensor:
    kind = NUMBER_TYPES[tensor.kind]
    storage_kind = NUMBER_TYPES[tensor.storage.kind or "U8"]
    record = records.get(f"{root}/data/{tensor.storage.key}")
    if record is None:
        raise DamageError(f"tensor {name!r} is in an entry {tensor.storage.key!r} that is not there")
    n_bytes = tensor.storage.n_numbers * storage_kind.n_bytes
    if n_bytes > record.size:
        raise DamageError(f"the entry of tensor {name!r} has {record.size} bytes, not {n_bytes}")
    start, size = tensor.offset * kind.n_bytes, tensor.span * kind.n_bytes
    if start + size > n_bytes:
        raise DamageError(f"tensor {name!r} reaches past the {n_bytes} bytes of its entry")
    why_not = ""
    if not tensor.is_contiguous:
        strides = " x ".join(map(str, tensor.strides))
        why_not = f"lies in steps of {strides} numbers, not row by row; save it as tensor.contiguous()"
    return StoredTensor(name, kind, tensor.shape, path, record.offset + start, size, why_not)


def _named(pickled: object) -> dict[str, Tensor]:
    found = list(islice(_tensors(pickled, (), set()), _MAX_TENSORS + 1))
    if len(found) > _MAX_TENSORS:
        raise UnsupportedError(f"it holds more than {_MAX_TENSORS} tensors")
    for named in ([(_unwrapped(keys), tensor) for keys, tensor in found], found):
        names = [_name(keys) for keys, _ in named]
        if len(set(names)) == len(names):
            return dict(zip(names, (tensor for _, tensor in named), strict=True))
    raise DamageError("two of its tensors have the same name")


def _tensors(
    value: object, keys: tuple[str, ...], seen: set[int]
) -> Iterator[tuple[tuple[str, ...], Tensor]]:
    """Yield each tensor with the keys that lead to it; what has no key of text or number is left out."""
    if isinstance(value, Tensor):
        yield keys, value
    if not isinstance(value, (Items, list, tuple)) or id(value) in seen:
        return
    seen.add(id(value))
    if len(keys) == _MAX_DEPTH:
        raise UnsupportedError(f"its dictionaries are nested deeper than {_MAX_DEPTH}")
    for key, inner in value.pairs if isinstance(value, Items) else enumerate(value):
        if isinstance(inner, (Tensor, Items, list, tuple)) and type(key) in (str, int):
            yield from _tensors(inner, (*keys, str(key)), seen)


def _unwrapped(keys: tuple[str, ...]) -> tuple[str, ...]:
    while len(keys) > 1 and keys[0] in WRAPPERS:
        keys = keys[1:]
    return keys


def _name(keys: tuple[str, ...]) -> str:
    if sum(map(len, keys)) > _MAX_NAME:
        raise UnsupportedError(f"the name of a tensor is longer than {_MAX_NAME} characters")
    return ".".join(keys) or "tensor"

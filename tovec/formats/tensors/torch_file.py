"""Files of `torch.save` read without torch: where each tensor is; nothing is loaded and nothing is run.

A zip archive (torch 1.6 and later) of one folder: `data.pkl` is the pickled object, `data/N` are the numbers
of its tensors, `byteorder` is their byte order. Entries are not compressed, so rows are read from the archive
itself. The older layout is in torch_legacy.py. Source: torch/serialization.py (`_save`, `_load`),
caffe2/serialize/inline_container.h; APPNOTE.TXT of PKWARE.
"""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tovec.formats.foreign_files import ENOUGH, check_not_foreign
from tovec.formats.pickles.machine import read_pickle
from tovec.formats.tensors.torch_legacy import AGAIN, Record, is_legacy, read_legacy
from tovec.formats.tensors.torch_state_dict import named_tensors
from tovec.formats.tensors.torch_tensors import Tensor
from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.open_file import stamp_of
from tovec.vectors.number_types import NUMBER_TYPES, opaque
from tovec.vectors.stored import StoredTensor
from tovec.vectors.tensor_store import TensorStore, stamped

if TYPE_CHECKING:
    import zipfile

ORIGIN = "PyTorch"
SUFFIXES = frozenset({".bin", ".pt", ".pth", ".ckpt"})
_STORED = 0  # the compression method of a zip entry that is not compressed
_ZIP = b"PK\x03\x04"
_TAR = b"sys_info\0"  # the name of its first entry
_LOCAL_HEADER = struct.Struct("<4s22xHH")


def recognizes(path: Path, head: bytes) -> bool:
    """Whether a file that begins with `head` is one of torch.save, also of a kind that is refused."""
    is_named_so = path.suffix in SUFFIXES or b"/data.pkl" in head[:256]
    return is_legacy(head) or head.startswith(_TAR) or (head.startswith(_ZIP) and is_named_so)


def read_torch(path: Path) -> TensorStore:
    """Return the tensors of a file of torch.save, in the order it holds them; no number is read.

    Names are those of `named_tensors`. Tied tensors are two names for the same place. Everything else in the
    file is ignored and never run. A tensor that cannot be read row by row (stored by columns, quantized,
    sparse) says so when it is read.
    Raises BadSource: damage, tar files from before torch 0.1.10, TorchScript, and files without a tensor.
    """
    with reporting_file(path), path.open("rb") as file:
        stamp = stamp_of(file.fileno())
        head = file.read(ENOUGH)
        if head.startswith(_TAR):
            raise UnsupportedFile(f"it is a tar archive from before torch 0.1.10; {AGAIN}")
        if not head.startswith(_ZIP) and not is_legacy(head):
            check_not_foreign(head)
        pickled, records = (read_legacy if is_legacy(head) else _read_zip)(file)
        named = named_tensors(pickled, stamp.size)
        tensors = {name: _stored(name, tensor, records, path) for name, tensor in named.items()}
        return TensorStore(stamped(tensors, path, stamp), ORIGIN, (path,))


def _read_zip(file: BinaryIO) -> tuple[object, dict[str, Record]]:
    """Return what the pickle would build, and the place of each storage by its key."""
    archive = _archive(file)
    root = _root(archive.namelist())
    records = _records(archive, file)
    order = records.get(f"{root}/byteorder")
    if order is not None and _read(file, order) != b"little":
        raise UnsupportedFile(f"its numbers are big-endian; {AGAIN}")
    pickled = _read(file, records[f"{root}/data.pkl"])
    start = f"{root}/data/"
    storages = {
        name.removeprefix(start): record for name, record in records.items() if name.startswith(start)
    }
    return read_pickle(pickled).value, storages


def _archive(file: BinaryIO) -> "zipfile.ZipFile":
    import zipfile  # it loads all decompressors, which other files do not need

    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error) as error:
        raise CorruptFile(f"it is not a whole zip archive ({error})") from error


def _root(names: list[str]) -> str:
    """Return the folder that an archive of torch.save holds."""
    roots = [name.removesuffix("/data.pkl") for name in names if name.endswith("/data.pkl")]
    if len(roots) != 1:
        raise UnsupportedFile(
            "it is a zip archive, but not one of torch.save, which holds one data.pkl; unpack it and open "
            "what is in it"
        )
    if any(name.startswith((f"{roots[0]}/code/", f"{roots[0]}/constants.pkl")) for name in names):
        raise UnsupportedFile(f"it is a program (TorchScript), not only tensors; {AGAIN}")
    return roots[0]


def _records(archive: "zipfile.ZipFile", file: BinaryIO) -> dict[str, Record]:
    """Return the places of the archive's entries; none may be compressed, encrypted or overlap another."""
    records: dict[str, Record] = {}
    stop = 0
    entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    if entries[0].header_offset:
        raise UnsupportedFile(
            "it is several archives in one, as torch.distributed.checkpoint writes them; make one file of "
            "all parts with dcp_to_torch_save of torch.distributed.checkpoint.format_utils"
        )
    for entry in entries:
        if entry.compress_type != _STORED or entry.flag_bits & 1:
            raise UnsupportedFile(
                f"its entry {entry.filename!r} is compressed or encrypted, which torch never does; {AGAIN}"
            )
        if entry.filename in records:
            raise CorruptFile(f"its entry {entry.filename!r} occurs twice")
        if entry.header_offset < stop:
            raise CorruptFile(f"its entry {entry.filename!r} overlaps the one before")
        offset = _data_offset(file, entry.header_offset)
        stop = offset + entry.file_size
        if stop > archive.start_dir or entry.compress_size != entry.file_size:
            raise CorruptFile(
                f"its entry {entry.filename!r} does not have the {entry.file_size} bytes that it says"
            )
        records[entry.filename] = Record(offset, entry.file_size)
    return records


def _data_offset(file: BinaryIO, header_offset: int) -> int:
    """Return where the bytes of an entry begin: its own header may be longer than the directory says."""
    file.seek(header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or not header.startswith(_ZIP):
        raise CorruptFile(f"no entry begins at byte {header_offset}, where its directory says one does")
    _, n_name, n_extra = _LOCAL_HEADER.unpack(header)
    return header_offset + len(header) + int(n_name) + int(n_extra)


def _read(file: BinaryIO, record: Record) -> bytes:
    file.seek(record.offset)
    return file.read(record.size)


def _stored(name: str, tensor: Tensor, records: Mapping[str, Record], path: Path) -> StoredTensor:
    """Return the place of a tensor. records: the bytes of each storage, by its key."""
    kind = NUMBER_TYPES.get(tensor.kind) or opaque(tensor.kind, 1, 1, "a type that tovec does not read")
    if tensor.why_not:
        return StoredTensor(name, kind, tensor.shape, path, 0, 0, tensor.why_not)
    if tensor.storage is None:
        data = tensor.data or b""
        return StoredTensor(name, kind, tensor.shape, path, 0, len(data), data=data)
    storage_kind = NUMBER_TYPES[tensor.storage.kind or "U8"]
    record = records.get(tensor.storage.key)
    if record is None:
        raise CorruptFile(f"tensor {name!r} is in an entry {tensor.storage.key!r} that does not exist")
    begin = tensor.storage.start * storage_kind.n_bytes
    n_bytes = tensor.storage.n_numbers * storage_kind.n_bytes
    if begin + n_bytes > record.size:
        raise CorruptFile(f"the entry of tensor {name!r} has {record.size} bytes, not {begin + n_bytes}")
    start, size = tensor.offset * kind.n_bytes, tensor.span * kind.n_bytes
    if start + size > n_bytes:
        raise CorruptFile(f"tensor {name!r} reaches past the {n_bytes} bytes of its entry")
    why_not = ""
    if not tensor.is_contiguous:
        strides = " x ".join(map(str, tensor.strides))
        why_not = f"is stored with strides of {strides}, not row by row; save it as tensor.contiguous()"
    return StoredTensor(name, kind, tensor.shape, path, record.offset + begin + start, size, why_not)

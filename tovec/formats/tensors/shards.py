"""Several files of tensors that are one model, by the index that says which tensor is in which file.

`model.safetensors.index.json` and `pytorch_model.bin.index.json`: a JSON object whose `weight_map` gives
the file of each tensor. Other files of the folder are ignored. Source: Hugging Face transformers,
`get_checkpoint_shard_files`.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from tovec.counted import counted
from tovec.formats.tensors.safetensors_file import ORIGIN, read_safetensors
from tovec.storage.file_bytes import BOM
from tovec.storage.file_errors import BadFile, CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.json_text import field, strict_json
from tovec.storage.limits import MAX_SHARDS, contents
from tovec.storage.paths import is_plain_name
from tovec.vectors.stored import StoredTensor
from tovec.vectors.tensor_store import LazyTensors, TensorStore

_SUFFIX = ".index.json"


def _read_torch(path: Path) -> TensorStore:
    from tovec.formats.tensors.torch_file import read_torch  # more code than most models need

    return read_torch(path)


# By the suffix of a file: the name of its format, the function that reads it.
_READERS: Mapping[str, tuple[str, Callable[[Path], TensorStore]]] = MappingProxyType(
    {".safetensors": (ORIGIN, read_safetensors), ".bin": ("PyTorch", _read_torch)}
)


def recognizes(path: Path, head: bytes) -> bool:
    """Whether `path` is the index of a model in several files."""
    return path.name.endswith(_SUFFIX) and head.removeprefix(BOM).lstrip().startswith(b"{")


def read_sharded(index_path: Path, open_file: Callable[[Path], TensorStore] | None = None) -> TensorStore:
    """Return the tensors that an index names; the header of a file is read when a tensor in it is asked for.

    open_file: opens a file that the index names, where that is not a file beside it.
    metadata: that of the index. files: the index, then the others in the order it names them.
    Raises BadSource for a damaged index, and asking for a tensor does when its file is missing, damaged or
    without that tensor.
    """
    with reporting_file(index_path):
        index = strict_json(contents(index_path).removeprefix(BOM), "its text")
        weight_map = field(index, "weight_map", dict)
        if not weight_map:
            raise CorruptFile("it has no 'weight_map' that says where each tensor is")
        for name, file in weight_map.items():
            _check_file(name, file)
        if (n_files := len(set(weight_map.values()))) > MAX_SHARDS:
            raise UnsupportedFile(
                f"it names {counted(n_files, 'file')}, and at most {MAX_SHARDS:,} are allowed"
            )
        metadata = field(index, "metadata", dict, {})
    files = {file: index_path.with_name(file) for file in weight_map.values()}
    shards: dict[str, TensorStore] = {}

    def find(name: str, file: str) -> StoredTensor:
        if file not in shards:
            why = f"{index_path.name} puts tensor {name!r} there"
            shards[file] = open_file(files[file]) if open_file else _read_shard(files[file], why)
        tensor = shards[file].tensors.get(name)
        if tensor is None:
            raise BadFile(f"{files[file]} holds no tensor {name!r}; {index_path.name} puts it there")
        return tensor

    origins = sorted({_READERS[path.suffix][0] for path in files.values()})
    origin = f"{' and '.join(origins)} in {counted(len(files), 'file')}"
    return TensorStore(LazyTensors(weight_map, find), origin, (index_path, *files.values()), metadata)


def join_shards(paths: Sequence[Path]) -> TensorStore:
    """Return the tensors of files that are one model whose index is missing; all headers are read.

    Raises BadSource, also where a tensor is in two of them.
    """
    tensors: dict[str, StoredTensor] = {}
    stores = [_READERS[path.suffix][1](path) for path in paths]
    for store in stores:
        twice = next((name for name in store.tensors if name in tensors), None)
        if twice is not None:
            raise BadFile(f"{store.files[0]} holds tensor {twice!r}, as does {tensors[twice].path.name}")
        tensors.update(store.tensors)
    origin = f"{stores[0].origin} in {counted(len(stores), 'file')} without an index"
    return TensorStore(tensors, origin, tuple(paths))


def _read_shard(path: Path, why: str) -> TensorStore:
    with reporting_file(path):
        is_there = path.exists()
    if not is_there:
        raise BadFile(f"{path} is missing; {why}")
    return _READERS[path.suffix][1](path)


def _check_file(name: str, file: object) -> None:
    """Raise CorruptFile for what is not a plain file name. A link of that name is the user's own."""
    if not isinstance(file, str):
        raise CorruptFile(f"the file of tensor {name!r} is {type(file).__name__}, not a name")
    if not is_plain_name(file) or Path(file).suffix not in _READERS:
        endings = " or ".join(_READERS)
        raise CorruptFile(f"the file of tensor {name!r} is {file!r}, not a plain name that ends in {endings}")

"""Files of tensors on the Hub to TensorStores: their headers are fetched now, a tensor when it is used."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

from tovec.errors import BadSource
from tovec.formats.damage import DamageError, field, json_object, reading
from tovec.formats.gguf_file import MAGIC, parse_gguf, read_gguf
from tovec.formats.safetensors_file import header_end, parse_safetensors_header, read_safetensors
from tovec.formats.stored import LazyTensors, StoredTensor, TensorStore
from tovec.hub.names import check_path
from tovec.hub.ranges import RemoteFile
from tovec.hub.repository import Repository

INDEX = ".safetensors.index.json"
FIRST_BYTES = 100_000  # 97 % of the safetensors headers on the Hub are shorter, says huggingface_hub
LONGEST_GGUF = 50_000_000  # a header of 262,144 tokens and their merges has a third of it
MOST_PARTS = 1000  # of a split file
_PART = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.gguf", re.DOTALL)


def open_tensors(repository: Repository, path: str) -> TensorStore:
    """Return the tensors of a file, or of those that an index names. Raises BadSource, CannotDownload.

    A file that lies whole in the user's cache is read there, as any other file.
    """
    if path.endswith(INDEX):
        return _sharded(repository, path)
    local, remote = _READERS[PurePosixPath(path).suffix]
    whole = repository.cached(path)
    return remote(repository, path) if whole is None else local(whole)


def _safetensors(repository: Repository, path: str) -> TensorStore:
    file, where = repository.remote(path), _shown(repository, path)
    head = file.read(0, min(FIRST_BYTES, file.size), f"header of {path}")
    with reading(where):
        end = header_end(head, file.size)
    if end > len(head):
        head += file.read(len(head), end, f"header of {path}")
    return _on_demand(parse_safetensors_header(head, where, file.size), file)


def _gguf(repository: Repository, path: str) -> TensorStore:
    """Return the tensors of a GGUF file, or of all parts of one that is split; the keys are the first's."""
    parts = gguf_parts(path)
    for part in parts:
        if part not in repository.sizes:
            raise BadSource(f"{repository} lacks {part}, a part of {path}")
    stores = [_gguf_part(repository, part) for part in parts]
    tensors = {name: tensor for store in stores for name, tensor in store.tensors.items()}
    shown = tuple(_shown(repository, part) for part in parts)
    return TensorStore(tensors, stores[0].origin, shown, stores[0].metadata)


def _gguf_part(repository: Repository, path: str) -> TensorStore:
    """Fetch twice as much of a header until it parses: it does not say how long it is."""
    file, where = repository.remote(path), _shown(repository, path)
    head = b""
    while True:
        end = min(max(2 * len(head), FIRST_BYTES), file.size)
        head += file.read(len(head), end, f"header of {path}")
        try:
            return _on_demand(parse_gguf(head, where, file.size), file)
        except BadSource:
            if len(head) == file.size or len(head) > LONGEST_GGUF or not head.startswith(MAGIC):
                raise


def gguf_parts(path: str) -> list[str]:
    """Return the files of the model that a GGUF file belongs to, in order: itself, but for a split one."""
    found = _PART.fullmatch(path)
    if found is None or not 1 <= int(found[2]) <= int(found[3]) <= MOST_PARTS:
        return [path]
    return [f"{found[1]}-{number + 1:05}-of-{found[3]}.gguf" for number in range(int(found[3]))]


# By the end of a file's name: how it is read on this machine, and how on the Hub.
_READERS: Mapping[str, tuple[Callable[[Path], TensorStore], Callable[[Repository, str], TensorStore]]] = {
    ".safetensors": (read_safetensors, _safetensors),
    ".gguf": (read_gguf, _gguf),
}
SUFFIXES = tuple(_READERS)


def _sharded(repository: Repository, index_path: str) -> TensorStore:
    """Return the tensors of all files that a `model.safetensors.index.json` names.

    A file's header is fetched when the first of its tensors is looked up, so a model of hundreds of files
    costs what is asked of it. Raises BadSource when the index is damaged or names what is not there.
    """
    where = _shown(repository, index_path)
    with reading(where):
        index = json_object(repository.fetch(index_path).read_bytes(), "its text")
        weight_map = field(index, "weight_map", dict, {})
        folder = index_path.rpartition("/")[0]
        files = {name: _shard(repository, folder, file) for name, file in weight_map.items()}
    stores: dict[str, TensorStore] = {}

    def find(name: str, file: str) -> StoredTensor:
        if file not in stores:
            stores[file] = open_tensors(repository, file)
        tensor = stores[file].tensors.get(name)
        if tensor is None:
            raise BadSource(f"{where} says that tensor {name!r} is in {file}, which does not hold it")
        return tensor

    shown = tuple(_shown(repository, file) for file in sorted(set(files.values())))
    return TensorStore(LazyTensors(files, find), "safetensors", (where, *shown))


def _shard(repository: Repository, folder: str, file: object) -> str:
    if not isinstance(file, str) or "/" in file:
        raise DamageError(f"its weight_map names the file {file!r}, which is none of this folder")
    path = f"{folder}/{file}" if folder else file
    check_path(path, "it")
    if path not in repository.sizes or not path.endswith(SUFFIXES):
        raise DamageError(f"its weight_map names the file {file!r}, which is not there or of no known format")
    return path


def _on_demand(store: TensorStore, file: RemoteFile) -> TensorStore:
    """Return `store`, whose tensors lie in `file`, with tensors that are fetched when they are used."""

    def find(name: str, file: RemoteFile) -> StoredTensor:
        return _fetched(store.tensors[name], file)

    return replace(store, tensors=LazyTensors(dict.fromkeys(store.tensors, file), find))


def _fetched(tensor: StoredTensor, file: RemoteFile) -> StoredTensor:
    begin, end = tensor.offset, tensor.offset + tensor.size
    fetch = partial(file.fetch, begin, end, tensor.name)
    return replace(tensor, path=file.range_path(begin, end), offset=0, fetch=fetch)


def _shown(repository: Repository, path: str) -> Path:
    """Return the name of a file on the Hub as messages say it."""
    return Path(f"{repository}/{path}")

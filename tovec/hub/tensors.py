"""Files of tensors on the Hub to TensorStores: headers are fetched now, a tensor when it is used."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

from tovec.errors import BadSource
from tovec.formats.tensors import model_parallel
from tovec.formats.tensors.file_names import split_name
from tovec.formats.tensors.gguf_file import MAGIC, parse_gguf, read_gguf
from tovec.formats.tensors.model_parallel import read_model_parallel
from tovec.formats.tensors.onnx_file import read_onnx
from tovec.formats.tensors.safetensors_file import header_end, parse_safetensors_header, read_safetensors
from tovec.formats.tensors.shards import read_sharded
from tovec.formats.tensors.torch_file import read_torch
from tovec.hub.events import human_size
from tovec.hub.ranges import RemoteFile
from tovec.hub.repository import Repository
from tovec.storage.file_errors import reporting_file
from tovec.vectors.stored import StoredTensor
from tovec.vectors.tensor_store import LazyTensors, TensorStore

INDEX = ".index.json"
FIRST_BYTES = 100_000  # 97 % of the safetensors headers on the Hub are shorter, says huggingface_hub
FIRST_GGUF = 1_000_000  # a header with tokens has some megabytes, and each request takes time
LONGEST_GGUF = 50_000_000  # a header of 262,144 tokens and their merges is a third of it
MAX_PARTS = 1000  # of a split file


def open_tensors(repository: Repository, path: str) -> TensorStore:
    """Return the tensors of a file, or of those that an index names. Raises BadSource, CannotDownload.

    A file that is complete in the user's cache is read there like any other.
    """
    folder = path.rpartition("/")[0]
    if path.endswith(INDEX):

        def beside(file: Path) -> TensorStore:
            return open_tensors(repository, f"{folder}/{file.name}" if folder else file.name)

        return read_sharded(repository.fetch(path), beside)
    local, remote = _READERS[PurePosixPath(path).suffix]
    whole = repository.cached(path)
    return remote(repository, path) if whole is None else local(whole)


def _safetensors(repository: Repository, path: str) -> TensorStore:
    file, where = repository.remote(path), _message_name(repository, path)
    head = file.read(0, min(FIRST_BYTES, file.size), f"header of {path}")
    with reporting_file(where):
        end = header_end(head, file.size)
    if end > len(head):
        head += file.read(len(head), end, f"header of {path}")
    return _on_demand(parse_safetensors_header(head, where, file.size), file)


def _gguf(repository: Repository, path: str) -> TensorStore:
    """Return the tensors of a GGUF file, or of all parts of a split one, with the keys of the first."""
    parts = gguf_parts(path)
    for part in parts:
        if part not in repository.sizes:
            raise BadSource(f"{repository} has no {part}, which is a part of {path}")
    stores = [_gguf_part(repository, part) for part in parts]
    tensors = {name: tensor for store in stores for name, tensor in store.tensors.items()}
    shown = tuple(_message_name(repository, part) for part in parts)
    return TensorStore(tensors, stores[0].origin, shown, stores[0].metadata, is_gguf=True)


def _gguf_part(repository: Repository, path: str) -> TensorStore:
    """Return the tensors of one file; its header, of unknown length, is fetched until it parses."""
    file, where = repository.remote(path), _message_name(repository, path)
    head = b""
    while True:
        end = min(max(2 * len(head), FIRST_GGUF), file.size)
        head += file.read(len(head), end, f"header of {path}")
        try:
            return _on_demand(parse_gguf(head, where, file.size), file)
        except BadSource:
            if len(head) == file.size or len(head) > LONGEST_GGUF or not head.startswith(MAGIC):
                raise


def gguf_parts(path: str) -> list[str]:
    """Return the files of the model that a GGUF file belongs to, in order; only itself if it is not split."""
    split = split_name(path)
    if split is None or not 1 <= split.number <= split.n_parts <= MAX_PARTS:
        return [path]
    return [split.part(number) for number in range(1, split.n_parts + 1)]


def _read_pth(path: Path) -> TensorStore:
    return read_model_parallel(path) if model_parallel.recognizes(path, b"") else read_torch(path)


def _refused(repository: Repository, path: str) -> TensorStore:
    raise BadSource(why_whole(repository, [path]))


def why_whole(repository: Repository, paths: Sequence[str]) -> str:
    """Return the message for files that cannot be fetched in parts: why, and how to download them."""
    size = human_size(sum(repository.sizes[path] for path in paths))
    return (
        f"{repository} has {paths[0]}, whose format cannot be fetched in parts; "
        f"`hf download {repository.name.repository} {' '.join(paths)}` fetches all of it ({size}), "
        "and then tovec opens it"
    )


# By suffix: how a file is read on this machine, and how on the Hub.
_READERS: Mapping[str, tuple[Callable[[Path], TensorStore], Callable[[Repository, str], TensorStore]]] = {
    ".safetensors": (read_safetensors, _safetensors),
    ".gguf": (read_gguf, _gguf),
    ".bin": (read_torch, _refused),
    ".pth": (_read_pth, _refused),
    ".pt": (read_torch, _refused),
    ".onnx": (read_onnx, _refused),
}
SUFFIXES = (*_READERS, INDEX)
WHOLE_ONLY = (".bin", ".pth", ".pt", ".onnx")


def _on_demand(store: TensorStore, file: RemoteFile) -> TensorStore:
    """Return `store`, a store of `file`, with tensors that are fetched when they are used."""

    def find(name: str, file: RemoteFile) -> StoredTensor:
        return _fetched(store.tensors[name], file)

    return replace(store, tensors=LazyTensors(dict.fromkeys(store.tensors, file), find))


def _fetched(tensor: StoredTensor, file: RemoteFile) -> StoredTensor:
    begin, end = tensor.offset, tensor.offset + tensor.size
    fetch = partial(file.fetch, begin, end, tensor.name)
    return replace(tensor, path=file.range_path(begin, end), offset=0, fetch=fetch)


def _message_name(repository: Repository, path: str) -> Path:
    """Return the name of a file on the Hub for messages."""
    return Path(f"{repository}/{path}")

"""A model's folder or file: its tensors, its configuration, its tokens; nothing is chosen here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tovec.errors import BadSource
from tovec.formats.tensors.file_names import same_model, tensor_files
from tovec.models.adapters import Adapter, holds_adapter, read_adapter
from tovec.models.configuration import CONFIG, read_config
from tovec.models.folders import model_folder
from tovec.models.token_list import TokenList
from tovec.models.tokenizer_files import read_tokenizer_folder
from tovec.storage.file_bytes import head_of
from tovec.storage.file_errors import reporting_file
from tovec.vectors.tensor_store import TensorStore

if TYPE_CHECKING:
    from tovec.hub import RemoteModel

# The module of each reader in formats/tensors/, and the end of the names of its two functions; in the order
# in which they are asked whether a file is theirs, and loaded when they are.
_READERS = (
    ("shards", "sharded"),
    ("safetensors_file", "safetensors"),
    ("gguf_file", "gguf"),
    ("model_parallel", "model_parallel"),
    ("onnx_file", "onnx"),
    ("torch_file", "torch"),
)


@dataclass(frozen=True)
class ModelFiles:
    """What lies there. config: {} without one; that of a GGUF file is made of its metadata.

    adapter: None for a whole model.
    """

    store: TensorStore
    config: Mapping[str, Any]
    tokens: TokenList | None
    adapter: Adapter | None = None


def is_model_file(path: Path, head: bytes) -> bool:
    """Whether `path`, which begins with `head`, is a file of tensors or the index of several."""
    return _reader_of(path, head) is not None


def _reader_of(path: Path, head: bytes) -> Callable[[Path], TensorStore] | None:
    for module, name in _READERS:
        reader = import_module(f"tovec.formats.tensors.{module}")
        if getattr(reader, f"recognizes_{name}")(path, head):
            return cast("Callable[[Path], TensorStore]", getattr(reader, f"read_{name}"))
    return None


def is_model_folder(path: Path) -> bool:
    """Whether `path` is a folder of a model, or one of the kinds of folder that hold one."""
    if not path.is_dir():
        return False
    inner = model_folder(path)
    return inner != path or bool(_tensor_files(path))


def read_model_folder(folder: Path) -> ModelFiles:
    """Return what a model's folder holds. Raises BadSource that names the file, or says which to name."""
    named, folder = folder, model_folder(folder)
    found = _tensor_files(folder)
    if not found:
        raise BadSource(f"{folder} holds no file of tensors, and {named} says that its vectors are there")
    if len(found) > 1 and not same_model([path.name for path in found]):
        names = ", ".join(path.name for path in found[:5])
        raise BadSource(f"{folder} holds {len(found)} files of tensors; name one of them: {names}")
    if len(found) > 1:
        from tovec.formats.tensors.shards import join_shards

        return _joined(join_shards(found), folder, folder)
    return _read(found[0], folder)


def read_model_file(path: Path) -> ModelFiles:
    """Return what a file of tensors holds, with the configuration and the tokenizer that lie beside it.

    Those of an ONNX model that lies in a folder `onnx` may be in the folder around it.
    """
    folder = path.parent
    if folder.name == "onnx" and not (folder / CONFIG).is_file():
        folder = folder.parent
    return _read(path, folder)


def read_remote(remote: "RemoteModel") -> ModelFiles:
    """Return what a model on the Hub holds: its small files are here, its tensors are fetched when used."""
    store = remote.tensors()
    return _joined(store, Path(remote.name), remote.folder)


def _read(path: Path, folder: Path) -> ModelFiles:
    return _joined(read_tensors(path), path, folder)


def _joined(store: TensorStore, path: Path, folder: Path | None) -> ModelFiles:
    if store.origin.startswith("GGUF"):
        from tovec.models.tokenizer_files.gguf_tokens import tokens_of_gguf

        with reporting_file(path):
            return ModelFiles(store, _gguf_config(store.metadata), tokens_of_gguf(store.metadata))
    if folder is None:
        return ModelFiles(store, {}, None)
    adapter = read_adapter(folder)
    if adapter is not None:
        adapter = adapter._replace(is_beside=not holds_adapter(store.files[0].name, store.tensors))
    return ModelFiles(store, read_config(folder), read_tokenizer_folder(folder), adapter)


def read_tensors(path: Path) -> TensorStore:
    """Return the tensors of a file, or of the files that an index names. Raises BadSource."""
    read = _reader_of(path, head_of(path))
    if read is not None:
        return read(path)
    from tovec.formats.tensors.gguf_file import read_gguf
    from tovec.formats.tensors.safetensors_file import read_safetensors
    from tovec.formats.tensors.torch_file import read_torch

    # The reader that its name asks for says what it is instead.
    return {".gguf": read_gguf, ".safetensors": read_safetensors}.get(path.suffix, read_torch)(path)


def _tensor_files(folder: Path) -> list[Path]:
    """Return the file of tensors to read; several when it is not clear which."""
    return [folder / name for name in tensor_files(path.name for path in folder.iterdir() if path.is_file())]


def _gguf_config(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of a GGUF file under the names of config.json."""
    kind = metadata.get("general.architecture")
    named = {
        "model_type": kind,
        "name": metadata.get("general.name"),
        "hidden_size": metadata.get(f"{kind}.embedding_length"),
        "vocab_size": metadata.get(f"{kind}.vocab_size"),
        "embedding_scale": metadata.get(f"{kind}.embedding_scale"),
    }
    return {name: value for name, value in named.items() if value is not None}

"""The files of a model, read: tensors, configuration, tokens, adapter; its tables are chosen later."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tovec.counted import counted
from tovec.errors import BadSource
from tovec.formats import TENSORS, format_of
from tovec.formats.tensors.file_names import same_model
from tovec.models.adapters import Adapter, holds_adapter, read_adapter
from tovec.models.configuration import CONFIG, read_config
from tovec.models.detect import Detected, ModelFolder
from tovec.models.tokenizer_files import read_tokenizer_folder
from tovec.models.tokenizer_files.token_list import TokenList
from tovec.storage.file_bytes import head_of
from tovec.storage.file_errors import reporting_file
from tovec.vectors.tensor_store import TensorStore

if TYPE_CHECKING:
    from tovec.hub import RemoteModel


@dataclass(frozen=True)
class ModelFiles:
    """What a model's files hold. config: {} without one; for GGUF made from its metadata.

    tokens: None without a tokenizer. adapter: None for a whole model.
    """

    store: TensorStore
    config: Mapping[str, Any]
    tokens: TokenList | None
    adapter: Adapter | None = None


def read_model(found: Detected, path: Path) -> ModelFiles:
    """Return what the model at `path` holds, which is of a format of tensors or a folder; nothing is chosen.

    Raises BadSource that names the file, or says which of several to name.
    """
    if isinstance(found, ModelFolder):
        return _read_folder(found, path)
    return _with_files_beside(found.read_tensors(path), path, _folder_around(path))


def _folder_around(path: Path) -> Path:
    """Return the folder of a file's configuration and tokenizer; for `onnx/` it may be the one above."""
    folder = path.parent
    return folder.parent if folder.name == "onnx" and not (folder / CONFIG).is_file() else folder


def _read_folder(found: ModelFolder, named: Path) -> ModelFiles:
    folder, files = found
    if not files:
        raise BadSource(f"{folder} holds no file of tensors, and {named} says that its vectors are there")
    if len(files) > 1:
        if not same_model([path.name for path in files]):
            names = ", ".join(path.name for path in files[:5])
            raise BadSource(
                f"{folder} holds {counted(len(files), 'file')} of tensors; name one of them: {names}"
            )
        from tovec.formats.tensors.shards import join_shards

        return _with_files_beside(join_shards(files), folder, folder)
    return _with_files_beside(_read_tensors(files[0]), files[0], folder)


def read_remote(remote: "RemoteModel") -> ModelFiles:
    """Return what a model on the Hub holds; its tensors are fetched when they are used."""
    store = remote.tensors()
    return _with_files_beside(store, Path(remote.name), remote.folder)


def _with_files_beside(store: TensorStore, path: Path, folder: Path | None) -> ModelFiles:
    """Return tensors with the configuration, tokens and adapter in `folder`; GGUF files hold their own."""
    if store.is_gguf:
        from tovec.models.tokenizer_files.gguf_tokens import tokens_of_gguf

        with reporting_file(path):
            return ModelFiles(store, _gguf_config(store.metadata), tokens_of_gguf(store.metadata))
    if folder is None:
        return ModelFiles(store, {}, None)
    adapter = read_adapter(folder)
    if adapter is not None:
        adapter = adapter._replace(is_beside=not holds_adapter(store.files[0].name, store.tensors))
    return ModelFiles(store, read_config(folder), read_tokenizer_folder(folder), adapter)


def _read_tensors(path: Path) -> TensorStore:
    """Return the tensors of a file that is named as one of tensors. Raises BadSource."""
    found = format_of(path, head_of(path))
    if found is not None and found.holds_tensors:
        return found.read_tensors(path)
    # The reader that the name of the file asks for says what it is instead.
    by_suffix = {".gguf": "GGUF", ".safetensors": "safetensors"}.get(path.suffix, "PyTorch")
    return next(form for form in TENSORS if form.name == by_suffix).read_tensors(path)


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

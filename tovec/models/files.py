"""A model's folder or file: its tensors, its configuration, its tokens; nothing is chosen here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tovec.errors import BadSource
from tovec.formats.damage import reading
from tovec.formats.file_bytes import head_of
from tovec.formats.json_text import json_object, json_value
from tovec.formats.plain_names import is_plain_name
from tovec.formats.tensors.file_names import tensor_files
from tovec.formats.tensors.stored import TensorStore
from tovec.models.token_list import TokenList
from tovec.models.tokenizer_files import read_tokenizer_folder

if TYPE_CHECKING:
    from tovec.hub import RemoteModel

CONFIG = "config.json"
# The module of each reader in formats/tensors/, and the end of the names of its two functions; in the order
# in which they are asked whether a file is theirs, and loaded when they are.
_READERS = (
    ("shards", "sharded"),
    ("safetensors_file", "safetensors"),
    ("gguf_file", "gguf"),
    ("onnx_file", "onnx"),
    ("torch_file", "torch"),
)


@dataclass(frozen=True)
class ModelFiles:
    """What lies there. config: {} without one; that of a GGUF file is made of its metadata."""

    store: TensorStore
    config: Mapping[str, Any]
    tokens: TokenList | None


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
    """Whether `path` is a folder with files of tensors in it, or with the folder of a static model."""
    return path.is_dir() and (_static_folder(path) is not None or bool(_tensor_files(path)))


def read_model_folder(folder: Path) -> ModelFiles:
    """Return what a model's folder holds. Raises BadSource that names the file, or says which to name."""
    folder = _static_folder(folder) or folder
    found = _tensor_files(folder)
    if not found:
        raise BadSource(
            f"{folder} holds no file of tensors, and modules.json names it for its static vectors"
        )
    if len(found) > 1:
        names = ", ".join(path.name for path in found[:5])
        raise BadSource(f"{folder} holds {len(found)} files of tensors; name one of them: {names}")
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

        with reading(path):
            return ModelFiles(store, _gguf_config(store.metadata), tokens_of_gguf(store.metadata))
    if folder is None:
        return ModelFiles(store, {}, None)
    return ModelFiles(store, read_config(folder), read_tokenizer_folder(folder))


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


def read_config(folder: Path) -> dict[str, Any]:
    """Return config.json of a folder, {} without one; the part about text comes to the top."""
    path = folder / CONFIG
    if not path.is_file():
        return {}
    with reading(path):
        config = json_object(path.read_bytes(), "its text")
    nested = config.get("text_config")
    # The value at the top rules, as in transformers; the rest is taken from the part about text.
    return {
        **(nested if isinstance(nested, dict) else {}),
        **{k: v for k, v in config.items() if v is not None},
    }


def _tensor_files(folder: Path) -> list[Path]:
    """Return the file of tensors to read; several when it is not clear which."""
    return [folder / name for name in tensor_files(path.name for path in folder.iterdir() if path.is_file())]


def _static_folder(folder: Path) -> Path | None:
    """Return the folder of the table in a sentence-transformers folder of static vectors."""
    path = folder / "modules.json"
    if not path.is_file():
        return None
    with reading(path):
        modules = json_value(path.read_bytes(), "its text")
    for module in modules if isinstance(modules, list) else []:
        if isinstance(module, dict) and str(module.get("type", "")).endswith("StaticEmbedding"):
            inner = str(module.get("path", ""))
            return folder / inner if is_plain_name(inner) and (folder / inner).is_dir() else None
    return None


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

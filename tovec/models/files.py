"""A model's folder or file: its tensors, its configuration, its tokens; nothing is chosen here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tovec.errors import BadSource
from tovec.formats import head_of
from tovec.formats.damage import DamageError, json_object, reading
from tovec.formats.tensors.gguf_file import MAGIC as GGUF_MAGIC
from tovec.formats.tensors.gguf_file import read_gguf
from tovec.formats.tensors.safetensors_file import read_safetensors, recognizes_safetensors
from tovec.formats.tensors.shards import read_sharded, recognizes_sharded
from tovec.formats.tensors.stored import TensorStore
from tovec.formats.tensors.torch_file import read_torch, recognizes_torch
from tovec.models.token_list import TokenList
from tovec.models.tokenizer_files import read_tokenizer_folder

if TYPE_CHECKING:
    from tovec.hub import RemoteModel

CONFIG = "config.json"
# In the order that transformers prefers; then what makers of models publish beside or instead.
_TENSOR_FILES = (
    "model.safetensors.index.json",
    "model.safetensors",
    "pytorch_model.bin.index.json",
    "pytorch_model.bin",
    "consolidated.safetensors",
    "consolidated.00.pth",
)
_TENSOR_SUFFIXES = (".safetensors", ".gguf", ".bin", ".pt", ".pth")


@dataclass(frozen=True)
class ModelFiles:
    """What lies there. config: {} without one; that of a GGUF file is made of its metadata."""

    store: TensorStore
    config: Mapping[str, Any]
    tokens: TokenList | None


def is_model_file(path: Path, head: bytes) -> bool:
    """Whether `path`, which begins with `head`, is a file of tensors or the index of several."""
    return (
        recognizes_sharded(path, head)
        or head.startswith(GGUF_MAGIC)
        or recognizes_safetensors(path, head)
        or recognizes_torch(path, head)
    )


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
    """Return what a file of tensors holds, with the configuration and the tokenizer that lie beside it."""
    return _read(path, path.parent)


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
    head = head_of(path)
    if recognizes_sharded(path, head):
        return read_sharded(path)
    if head.startswith(GGUF_MAGIC):
        return read_gguf(path)
    return read_torch(path) if recognizes_torch(path, head) else read_safetensors(path)


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
    for name in _TENSOR_FILES:
        if (folder / name).is_file():
            return [folder / name]
    files = sorted(path for path in folder.iterdir() if path.suffix in _TENSOR_SUFFIXES and path.is_file())
    for suffix in _TENSOR_SUFFIXES:
        found = [path for path in files if path.suffix == suffix]
        if found:
            return _first_of_split(found)
    return []


def _first_of_split(files: list[Path]) -> list[Path]:
    """Return the first file alone where all are parts of one GGUF, `x-00001-of-00003.gguf`."""
    firsts = [path for path in files if "-00001-of-" in path.name]
    if len(firsts) == 1 and all("-of-" in path.name for path in files):
        return firsts
    return files


def _static_folder(folder: Path) -> Path | None:
    """Return the folder of the table in a sentence-transformers folder of static vectors."""
    path = folder / "modules.json"
    if not path.is_file():
        return None
    import json

    with reading(path):
        try:
            modules = json.loads(path.read_bytes())
        except (ValueError, RecursionError) as error:
            raise DamageError(f"its text is not JSON ({error})") from error
    for module in modules if isinstance(modules, list) else []:
        if isinstance(module, dict) and str(module.get("type", "")).endswith("StaticEmbedding"):
            inner = str(module.get("path", ""))
            plain = inner not in ("", ".", "..") and not set(inner) & set("/\\\0")
            return folder / inner if plain and (folder / inner).is_dir() else None
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

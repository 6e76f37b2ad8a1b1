"""Folders with a model's folder inside: those of sentence-transformers and of the Hub's cache.

Sources: sentence_transformers, `modules.json`; huggingface_hub, docs/source/en/guides/manage-cache.md.
"""

from pathlib import Path

from tovec.errors import BadSource
from tovec.formats.tensors.file_names import tensor_files
from tovec.storage.file_errors import reporting_file
from tovec.storage.json_text import json_value
from tovec.storage.limits import contents
from tovec.storage.paths import is_plain_name

# The modules of sentence-transformers that turn tokens into vectors, by the end of the name of their class.
_FIRST_MODULES = ("StaticEmbedding", "Transformer", "WordEmbeddings", "CLIPModel", "T5")
_CACHED = "models--"
_SHOWN = 5


def model_folder(folder: Path) -> Path:
    """Return the folder of the model in `folder`: itself, or one inside.

    Raises BadSource for a cache of the Hub that holds several.
    """
    if folder.name.startswith(_CACHED) and (folder / "snapshots").is_dir():
        folder = _snapshot(folder)
    elif not (folder / "snapshots").is_dir():
        cached = sorted(folder.glob(f"{_CACHED}*/snapshots")) if folder.is_dir() else []
        if cached:
            names = ", ".join(str(path.parent) for path in cached[:_SHOWN])
            raise BadSource(f"{folder} is a cache of {len(cached)} models of the Hub; name one: {names}")
    return _first_module(folder) or folder


def _snapshot(cached: Path) -> Path:
    """Return the folder of a cached model's files: those of its main branch, or the only ones."""
    with reporting_file(cached):
        commits = sorted(path for path in (cached / "snapshots").iterdir() if path.is_dir())
        main = cached / "refs" / "main"
        name = main.read_text(encoding="utf-8").strip() if main.is_file() else ""
    if is_plain_name(name) and (cached / "snapshots" / name).is_dir():
        return cached / "snapshots" / name
    if len(commits) != 1:
        names = ", ".join(map(str, commits[:_SHOWN])) or "none"
        raise BadSource(f"{cached} holds {len(commits)} versions of a model; name one: {names}")
    return commits[0]


def _first_module(folder: Path) -> Path | None:
    """Return the folder of the first module of sentence-transformers, where it has one of its own."""
    path = folder / "modules.json"
    if not path.is_file() or tensor_files(entry.name for entry in folder.iterdir() if entry.is_file()):
        return None
    with reporting_file(path):
        modules = json_value(contents(path), "its text")
    for module in modules if isinstance(modules, list) else []:
        if isinstance(module, dict) and str(module.get("type", "")).endswith(_FIRST_MODULES):
            inner = str(module.get("path", ""))
            return folder / inner if is_plain_name(inner) and (folder / inner).is_dir() else None
    return None

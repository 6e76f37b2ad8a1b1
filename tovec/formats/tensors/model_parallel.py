"""Models as Meta publishes Llama: `consolidated.00.pth`, `.01.pth`, ... each with a part of every matrix.

There is a part for each GPU. A matrix whose rows have the model's width (`dim`) was split by rows, any other
by columns; the input table of Llama 1 and 2 is split by columns, since Llama 3 by rows. A vector is in every
file. `params.json` beside them is the configuration.
Source: llama/model.py of https://github.com/meta-llama/llama and /llama3 (`ParallelEmbedding`,
`VocabParallelEmbedding`, `ColumnParallelLinear`, `RowParallelLinear` of fairscale).
"""

import re
from pathlib import Path
from typing import Any

from tovec.counted import counted
from tovec.formats.tensors.torch_file import ORIGIN, read_torch
from tovec.storage.file_errors import BadFile, UnsupportedFile, reporting_file
from tovec.storage.json_text import json_object
from tovec.storage.limits import contents
from tovec.vectors.joined import Axis, joined
from tovec.vectors.stored import StoredTensor, shape_text
from tovec.vectors.tensor_store import LazyTensors, TensorStore

PARAMS = "params.json"
INPUT, OUTPUT = "tok_embeddings.weight", "output.weight"
_PART = re.compile(r"consolidated\.(\d\d)\.pth\Z")


def recognizes(path: Path, head: bytes) -> bool:
    """Whether `path` is named as one of the files of such a model."""
    return _PART.match(path.name) is not None


def read_model_parallel(path: Path) -> TensorStore:
    """Return the tensors of the model that `path` is a file of, the parts of each joined.

    A tensor is joined when it is asked for, and its numbers are read when its rows are.
    Raises BadSource for a missing or damaged file; asking for a tensor does for parts that do not fit
    together, as where a file is missing.
    """
    paths = _files(path)
    stores = [read_torch(part) for part in paths]
    names = stores[0].tensors
    dim, n_tokens = _width(paths[0], stores[0]), read_params(path.parent).get("vocab_size")
    if len(paths) == 1 and dim is None:  # not a Llama
        return stores[0]
    if dim is None:
        raise BadFile(
            f"{path} is a part of a model, and {PARAMS}, which says its width, is missing beside it"
        )

    def find(name: str, _: None) -> StoredTensor:
        for part, store in zip(paths, stores, strict=True):
            if name not in store.tensors:
                raise BadFile(f"{part} holds no tensor {name!r}, but {paths[0].name} does")
        with reporting_file(paths[0]):
            tensor = _joined(name, [store.tensors[name] for store in stores], dim)
            if name in (INPUT, OUTPUT):
                _check_rows(tensor, n_tokens, len(paths))
        return tensor

    origin = ORIGIN if len(paths) == 1 else f"{ORIGIN} in {counted(len(paths), 'file')}"
    return TensorStore(LazyTensors(dict.fromkeys(names), find), origin, tuple(paths))


def read_params(folder: Path) -> dict[str, Any]:
    """Return `params.json` of a folder under the names of a config.json, {} without one.

    Raises BadSource for a damaged one.
    """
    path = folder / PARAMS
    if not path.is_file():
        return {}
    with reporting_file(path):
        params = json_object(contents(path), "its text")
    tied = params.get("tied_embeddings", False)  # Mistral's say it; Llama's tables are never tied
    named = {"hidden_size": params.get("dim"), "vocab_size": params.get("vocab_size")}
    known = {name: n for name, n in named.items() if type(n) is int and n > 0}  # Llama 2 says -1
    return {**known, "tie_word_embeddings": tied} if known and isinstance(tied, bool) else known


def _files(path: Path) -> list[Path]:
    """Return the files of the model, in order. Raises BadSource where one is missing."""
    found = sorted(entry for entry in path.parent.iterdir() if _PART.match(entry.name))
    for number in range(len(found)):
        part = path.with_name(f"consolidated.{number:02}.pth")
        if part not in found:
            raise BadFile(f"{part} is missing; {found[-1].name} is a part of the same model")
    return found


def _width(path: Path, store: TensorStore) -> int | None:
    """Return the width of the model by `params.json` or a norm, None where neither says it.

    Raises BadSource where they disagree.
    """
    stated = read_params(path.parent).get("hidden_size")
    norm = store.tensors.get("norm.weight")
    found = norm.shape[0] if norm is not None and len(norm.shape) == 1 else None
    if stated is not None and found is not None and stated != found:
        raise BadFile(f"{path} has rows of {counted(found, 'number')}, and {PARAMS} beside it says {stated}")
    return found if stated is None else int(stated)


def _joined(name: str, parts: list[StoredTensor], dim: int) -> StoredTensor:
    first = parts[0]
    if len(first.shape) != 2 or (len(parts) == 1 and name not in (INPUT, OUTPUT)):
        return first  # a vector is in every file
    axis: Axis = 0 if first.shape[1] == dim else 1
    other = {part.shape[1 - axis] for part in parts}
    width = dim if axis == 0 else sum(part.shape[1] for part in parts)
    fits = width == dim or (axis == 1 and first.shape[0] == dim)
    if any(len(part.shape) != 2 or part.kind != first.kind for part in parts) or len(other) > 1 or not fits:
        shapes = ", ".join(shape_text(part.shape) for part in parts)
        raise UnsupportedFile(
            f"the parts of tensor {name!r} in {counted(len(parts), 'file')}, of {shapes}, "
            "do not make one whose rows "
            f"have {counted(dim, 'number')}; are all files of the model here?"
        )
    return first if len(parts) == 1 else joined(name, parts, axis)


def _check_rows(tensor: StoredTensor, n_tokens: int | None, n_files: int) -> None:
    if n_tokens is not None and tensor.shape[0] != n_tokens:
        raise UnsupportedFile(
            f"tensor {tensor.name!r} in {counted(n_files, 'file')} has "
            f"{counted(tensor.shape[0], 'row')}, and {PARAMS} says "
            f"{n_tokens}; are all files of the model here?"
        )

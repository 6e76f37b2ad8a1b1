"""A source becomes a `LanguageModel`: its configuration and its tensors are found, no number is read yet."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tovec.embedding import Embedding
from tovec.errors import BadSource
from tovec.formats import Format
from tovec.language_model.model import LanguageModel
from tovec.language_model.network.shape import KIND, LlamaShape
from tovec.models.configuration import read_config
from tovec.models.detect import Detected, detect, find_model_folder
from tovec.models.load import ModelFiles, read_model
from tovec.models.quantization.config import method_of, quantization_of
from tovec.sources import open as open_embedding
from tovec.sources.address import Address, read_address
from tovec.storage.file_errors import UnsupportedFile, reporting_file
from tovec.storage.json_text import json_object
from tovec.storage.limits import contents
from tovec.vectors.embedding_parts import has_layers
from tovec.vectors.llama_tensors import INPUT, OUTPUT
from tovec.vectors.stored import StoredTensor
from tovec.vectors.table import Rows, Vectors

# Where transformers looks first for the tokens that end a text.
GENERATION_CONFIG = "generation_config.json"
_WAY_OUT = "`tovec train TEXT --objective language-model --out DIR` makes one"
_PLAIN = ("F32", "F16", "BF16", "F64")


def open_language_model(source: str | Path | Embedding) -> LanguageModel:
    """Return the language model that `source` is: a folder with Llama's config.json, ours or anybody's.

    Or an embedding that `tovec.train(objective="language-model")` has returned. Its tensors are read, and
    torch is imported, at the first question.
    Raises BadSource for what is no language model, and for one with options that are not computed here.

    >>> tovec.open_language_model("novels-model").generate("It is", 5, seed=1)  # doctest: +SKIP
    ' a truth universally'
    """
    if isinstance(source, Embedding):
        found = language_model_of(source)
        if found is None:
            raise BadSource(f"this embedding is a table without a network, not a language model; {_WAY_OUT}")
        return found
    address = read_address(source)
    _check_place(address)
    return _opened(Path(address.source), open_embedding(source))


def language_model_of(embedding: Embedding) -> LanguageModel | None:
    """Return the language model whose input table an embedding is, None where it does not hold the network.

    Raises BadSource for options that are not computed here.
    """
    config = embedding.provenance.get("model")
    if not isinstance(config, Mapping) or not has_layers(embedding.state):
        return None
    tables = {INPUT: embedding.vectors, OUTPUT: embedding.outputs, **embedding.state}
    tensors = {name: partial(_rows, table) for name, table in tables.items() if table is not None}
    return _language_model(embedding, config, tensors, config)


def language_model_in(source: str | Path, embedding: Embedding) -> LanguageModel | None:
    """Return the language model in the folder or file `source`, None where there is none.

    embedding: its table, as it was opened. Raises BadSource for a Llama that is not computed here.
    """
    address = read_address(source)
    if address.hub_name is not None:
        return None
    path = Path(address.source)
    folder = find_model_folder(path)
    config = read_config(path.parent if folder is None else folder.path)
    if config.get("model_type") != KIND or (folder is None and _is_of_vectors(detect(path))):
        return None
    return _opened(path, embedding)


def _rows(table: Vectors) -> Rows:
    rows: Rows = np.asarray(table[:])
    return rows


def _check_place(address: Address) -> None:
    if address.hub_name is not None:
        raise BadSource(
            f"{address.source} is on the Hub, and all of a model is needed to predict: download it "
            f"(hf download {address.hub_name} --local-dir DIR) and name its folder"
        )
    if address.part is not None:
        raise BadSource(
            f"{address.source}#{address.part} is one table of a model; "
            f"to predict, open the whole model: {address.source}"
        )


def _opened(path: Path, embedding: Embedding) -> LanguageModel:
    files, form = _files_of(path), detect(path)
    if files is None or (_is_of_vectors(form) and files.config.get("model_type") != KIND):
        kind = form.name if isinstance(form, Format) and form.is_ours else embedding.provenance["format"]
        raise BadSource(f"{path} is {kind}, not a language model; {_WAY_OUT}")
    if files.store.is_gguf:
        raise BadSource(f"{path} is a GGUF file; to predict, open the folder that it was made from")
    config = files.config
    try:
        _check_not_quantized(config)
        tensors = {name: partial(_read, tensor) for name, tensor in files.store.tensors.items()}
        generation = {**config, **_generation_config(path)}
        return _language_model(embedding, config, tensors, generation, str(path))
    except BadSource as error:
        way_out = "" if config.get("model_type") == KIND else f"; {_WAY_OUT}"
        raise BadSource(f"{path} cannot predict: {error}{way_out}") from error


def _files_of(path: Path) -> ModelFiles | None:
    """Return what the model at `path` holds, None where it is a file of vectors or nothing."""
    folder = find_model_folder(path)
    if folder is not None:
        return read_model(folder, path)
    found = detect(path)
    return None if found is None or _is_of_vectors(found) else read_model(found, path)


def _is_of_vectors(found: Detected | None) -> bool:
    return isinstance(found, Format) and not found.holds_tensors


def _language_model(
    embedding: Embedding,
    config: Mapping[str, Any],
    tensors: Mapping[str, Callable[[], Rows]],
    generation: Mapping[str, Any],
    name: str = "this embedding",
) -> LanguageModel:
    """Return the model. generation: has the tokens that end a text. name: of it in errors."""
    shape = LlamaShape.of_config(config)
    if shape.tied and OUTPUT in tensors:  # the tensors decide, as in models/tying.py
        shape = replace(shape, tied=False)
    return LanguageModel(embedding, shape, tensors, _ends(generation), name)


def _check_not_quantized(config: Mapping[str, Any]) -> None:
    """Raise BadSource where the numbers of the tensors are codes of a quantization."""
    if quantization_of(config) or isinstance(config.get("quantization"), Mapping):
        method = method_of(config) or "MLX"
        raise BadSource(f"it is quantized ({method}); open the model that it was made from")


def _read(tensor: StoredTensor) -> Rows:
    with reporting_file(tensor.path):
        if tensor.kind.name not in _PLAIN:
            raise UnsupportedFile(
                f"tensor {tensor.name!r} is of {tensor.kind.name}; to predict takes {', '.join(_PLAIN)}"
            )
        return tensor.values()


def _generation_config(path: Path) -> dict[str, Any]:
    """Return what it says, without what is null; {} where there is none."""
    file = (path if path.is_dir() else path.parent) / GENERATION_CONFIG
    if not file.is_file():
        return {}
    with reporting_file(file):
        fields = json_object(contents(file), "its text")
    return {name: value for name, value in fields.items() if value is not None}


def _ends(config: Mapping[str, Any]) -> frozenset[int]:
    """Return the ids of the tokens that end a text: one, several in a list, or none."""
    given = config.get("eos_token_id")
    ids = given if isinstance(given, list) else [given]
    return frozenset(id for id in ids if type(id) is int)

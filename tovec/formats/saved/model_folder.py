"""The layout of a language model: what Llama's files are called, which transformers opens.

config.json and model.safetensors are the model, with every tensor under Llama's name; tokenizer.json says how
text becomes ids and puts END_OF_TEXT before it, as the model was trained; tovec.json has what these cannot
hold. The input table is the embedding, the head its output vectors, and all other tensors its state.

Names of tensors: transformers, models/llama/modeling_llama.py.
"""

import json
import re
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.errors import CannotSave
from tovec.formats.saved.layout import Contents
from tovec.formats.saved.model_card import language_model_card
from tovec.formats.saved.tensors import Tensor, read_header, table_of, write_tensors
from tovec.formats.saved.tovec_json import (
    MODEL,
    NAME,
    SavedFields,
    TokenizerJson,
    read_tokenizer,
    tokenizer_json,
    tovec_json,
)
from tovec.formats.writing.dtypes import BF16, F16, F32, Dtype, encoded
from tovec.formats.writing.names import row_name
from tovec.storage.file_bytes import head_of
from tovec.storage.file_errors import CorruptFile, reporting_file
from tovec.storage.json_text import json_object
from tovec.storage.limits import contents
from tovec.text.tokenizers import END_OF_TEXT, ending_texts
from tovec.vectors.embedding_parts import EmbeddingParts, has_layers
from tovec.vectors.llama_tensors import INPUT, LAST_NORM, OUTPUT
from tovec.vectors.stored import StoredTensor
from tovec.vectors.tensor_store import TensorStore

OF_CONFIG = "model"  # in the provenance: what config.json says
TABLES = "model.safetensors"
OWN_NAMES = frozenset(
    {
        *("README.md", "config.json", "generation_config.json", TABLES),
        *("tokenizer.json", "tokenizer_config.json", NAME),
    }
)
_LAYOUT = re.compile(rb'"layout"\s*:\s*"model"')
_DTYPES: Mapping[str, str] = MappingProxyType({"F32": "float32", "F16": "float16", "BF16": "bfloat16"})


def holds_model(embedding: EmbeddingParts) -> bool:
    """Whether an embedding is that of a whole language model."""
    return has_layers(embedding.state) and isinstance(embedding.provenance.get(OF_CONFIG), Mapping)


def is_one(folder: Path) -> bool:
    """Whether tovec saved a language model as `folder`; only the beginning of its tovec.json is read."""
    path = folder / NAME
    return path.is_file() and _LAYOUT.search(head_of(path)) is not None


def contents_of(embedding: EmbeddingParts, dtype: Dtype) -> Contents:
    """Return what the folder of a model holds. dtype: F32, F16 or BF16, of all tensors.

    Raises CannotSave for another dtype.
    """
    if dtype not in (F32, F16, BF16):
        raise CannotSave(f"the folder of a language model cannot hold {dtype.name}, only f32, f16")
    tokenizer = _ending_texts(tokenizer_json(embedding), embedding)
    provenance = dict(embedding.provenance)
    config = {**provenance.pop(OF_CONFIG), "dtype": _DTYPES[dtype.safetensors]}
    texts = {
        "config.json": _indented(config),
        "generation_config.json": _indented(_generation_config(config)),
        "tokenizer.json": tokenizer.text,
        "tokenizer_config.json": _indented(_tokenizer_config(embedding, config)),
        NAME: tovec_json(embedding, 3, tokenizer, provenance, layout=MODEL),
        "README.md": language_model_card(embedding),
    }
    shapes = _shapes(embedding)

    def write_tables(folder: Path) -> None:
        tensors = {
            name: Tensor(shape, _rows(embedding, name, dtype), dtype.safetensors)
            for name, shape in shapes.items()
        }
        with (folder / TABLES).open("wb") as file:
            write_tensors(file, tensors, {"format": "pt"})  # which transformers asks for

    return Contents(texts, sum(map(prod, shapes.values())) * dtype.numpy.itemsize, write_tables)


def _ending_texts(tokenizer: TokenizerJson, embedding: EmbeddingParts) -> TokenizerJson:
    """Return the tokenizer.json with END_OF_TEXT before each text, where that is one of the tokens."""
    is_there = END_OF_TEXT in embedding.vocabulary.tokens
    return tokenizer._replace(text=ending_texts(tokenizer.text)) if is_there else tokenizer


def _generation_config(config: Mapping[str, Any]) -> dict[str, Any]:
    ends = {name: config[name] for name in ("bos_token_id", "eos_token_id") if name in config}
    return {"_from_model_config": True, **ends}


def _tokenizer_config(embedding: EmbeddingParts, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what transformers reads beside tokenizer.json."""
    end = END_OF_TEXT if END_OF_TEXT in embedding.vocabulary.tokens else None
    ends = {} if end is None else {"bos_token": end, "eos_token": end}
    unknown = embedding.vocabulary.unknown
    longest = config.get("max_position_embeddings")
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "clean_up_tokenization_spaces": False,
        **({} if longest is None else {"model_max_length": longest}),
        **ends,
        **({} if unknown is None else {"unk_token": unknown}),
    }


def _indented(fields: Mapping[str, Any]) -> str:
    try:
        return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"
    except (TypeError, ValueError) as error:
        raise CannotSave(f"the configuration of a language model must be JSON values: {error}") from error


def _shapes(embedding: EmbeddingParts) -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor, in the order in which they are written."""
    table = (embedding.n_tokens, embedding.dim)
    tables = {INPUT: table} if embedding.outputs is None else {OUTPUT: table, INPUT: table}
    return {**tables, **{name: embedding.state[name].shape for name in sorted(embedding.state)}}


def _rows(embedding: EmbeddingParts, name: str, dtype: Dtype) -> Iterator[NDArray[Any]]:
    if name in (INPUT, OUTPUT):
        table = embedding.vectors if name == INPUT else embedding.outputs
        assert table is not None
        return encoded(table, dtype, 1.0, row_name(embedding.vocabulary.tokens))
    numbers = np.asarray(embedding.state[name], dtype=np.float32)
    return encoded(numbers.reshape(-1, numbers.shape[-1]), dtype, 1.0, lambda row: f"row {row} of {name}")


def load(folder: Path, saved: SavedFields) -> EmbeddingParts:
    """Return the embedding of a model whose tovec.json has been read; all tensors are read when asked for.

    Raises BadSource that names the file that is missing or damaged, and what is wrong with it.
    """
    tokenizer, _ = read_tokenizer(folder, saved)
    with reporting_file(folder / "config.json"):
        config = json_object(contents(folder / "config.json"), "its text")
    with reporting_file(folder / TABLES):
        store = read_header(folder / TABLES)
        vectors = table_of(store, INPUT)
        shape = (len(saved.vocabulary), vectors.shape[1])
        if vectors.shape != shape:
            raise CorruptFile(
                f"{INPUT} has {counted(vectors.shape[0], 'row')} for {counted(shape[0], 'token')} of {NAME}"
            )
        outputs = table_of(store, OUTPUT) if OUTPUT in store.tensors else None
        if outputs is not None and outputs.shape != shape:
            raise CorruptFile(f"{OUTPUT} is a table of {outputs.shape} beside {INPUT} of {shape}")
        _check_has(store, LAST_NORM)
    provenance = {**saved.provenance, OF_CONFIG: config}
    state = StoredState({name: store.tensors[name] for name in store.tensors if name not in (INPUT, OUTPUT)})
    return EmbeddingParts(saved.vocabulary, vectors, tokenizer, provenance, outputs=outputs, state=state)


def _check_has(store: TensorStore, name: str) -> None:
    if name not in store.tensors:
        raise CorruptFile(f"it holds no tensor {name!r}, so it is no whole model")


class StoredState(Mapping[str, NDArray[Any]]):
    """Tensors by name, each read from its file when it is asked for, as float32."""

    def __init__(self, tensors: Mapping[str, StoredTensor]) -> None:
        self._tensors = tensors

    def __getitem__(self, name: str) -> NDArray[Any]:
        tensor = self._tensors[name]
        with reporting_file(tensor.path):
            return tensor.values()

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    def __reduce__(self) -> tuple[type[dict[str, NDArray[Any]]], tuple[dict[str, NDArray[Any]]]]:
        """Let a pickle and a copy hold the numbers, as of the tables: the file may be gone by then."""
        return dict, (dict(self),)

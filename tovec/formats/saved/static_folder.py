"""The layout of a folder of vectors, which model2vec and sentence-transformers read.

model.safetensors holds the vectors, tokenizer.json says how text becomes ids, tovec.json has what these
cannot hold, and ngrams.safetensors the vectors of n-grams where there are any.

A tokenizer.json for words needs an entry for unknown ones, or model2vec fails on them. It is the last
row, all zeros, in the file only: what `load` returns has exactly the tokens that were saved.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.formats.saved.fields import scaled
from tovec.formats.saved.layout import Contents
from tovec.formats.saved.model_card import model_card
from tovec.formats.saved.ngrams_file import NAME as NGRAMS
from tovec.formats.saved.ngrams_file import described, load_ngrams, read_description, save_ngrams
from tovec.formats.saved.outputs_file import NAME as OUTPUTS
from tovec.formats.saved.outputs_file import load_outputs, save_outputs
from tovec.formats.saved.tensors import Tensor, open_table, write_tensors
from tovec.formats.saved.tovec_json import (
    NAME,
    SavedFields,
    json_lines,
    read_tokenizer,
    tokenizer_json,
    tovec_json,
)
from tovec.formats.writing.dtypes import F16, F32, Dtype, encoded, scale_for
from tovec.formats.writing.names import row_name
from tovec.storage.file_errors import CorruptFile, reporting_file
from tovec.vectors.embedding_parts import EmbeddingParts, has_layers

TENSOR = "embeddings"
OWN_NAMES = frozenset(
    {
        *("README.md", "config.json", "model.safetensors", "modules.json", "tokenizer.json"),
        *(OUTPUTS, NGRAMS, NAME),
    }
)
_MODULES = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}]


def contents_of(embedding: EmbeddingParts, dtype: Dtype) -> Contents:
    """Return what a folder of these vectors holds. dtype: of the vectors, as `folder.save` says."""
    scale, beside = scale_for(embedding.vectors, dtype), dtype if dtype is F16 else F32
    tokenizer, ngrams = tokenizer_json(embedding), embedding.ngrams
    of_ngrams = None if ngrams is None else described(ngrams)
    version = 1 if ngrams is None else 2
    texts = {
        "tokenizer.json": tokenizer.text,
        NAME: tovec_json(embedding, version, tokenizer, embedding.provenance, scale, ngrams=of_ngrams),
        "config.json": json_lines(_config(embedding)),
        "modules.json": json.dumps(_MODULES, indent=2) + "\n",
        "README.md": model_card(embedding, tokenizer.exact),
    }

    def write_tables(folder: Path) -> None:
        with (folder / "model.safetensors").open("wb") as file:
            rows = _rows(embedding, tokenizer.hidden, dtype, scale)
            shape = embedding.n_tokens + tokenizer.hidden, embedding.dim
            write_tensors(file, {TENSOR: Tensor(shape, rows, dtype.safetensors)})
        if embedding.outputs is not None:
            name = row_name(embedding.vocabulary.tokens)
            state = {} if has_layers(embedding.state) else embedding.state
            save_outputs(embedding.outputs, state, folder, beside, name)
        if ngrams is not None:
            save_ngrams(ngrams, folder, beside)

    return Contents(texts, _n_bytes(embedding, tokenizer.hidden, dtype, beside), write_tables)


def _n_bytes(embedding: EmbeddingParts, hidden: int, dtype: Dtype, beside: Dtype) -> int:
    """Return how many bytes the tables take."""
    n_rows, outputs, ngrams = embedding.n_tokens, embedding.outputs, embedding.ngrams
    n_beside = (0 if outputs is None else n_rows) + (0 if ngrams is None else ngrams.vectors.shape[0])
    return embedding.dim * ((n_rows + hidden) * dtype.numpy.itemsize + n_beside * beside.numpy.itemsize)


def _config(embedding: EmbeddingParts) -> dict[str, Any]:
    """Return what model2vec reads; without a `max_length` of null it would cut text at 512 tokens."""
    return {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "hidden_dim": embedding.dim,
        "normalize": False,
        "max_length": None,
    }


def _rows(embedding: EmbeddingParts, hidden: int, dtype: Dtype, scale: float) -> Iterator[NDArray[Any]]:
    yield from encoded(embedding.vectors, dtype, scale, row_name(embedding.vocabulary.tokens))
    yield np.zeros((hidden, embedding.dim), dtype=dtype.numpy)


def load(folder: Path, saved: SavedFields) -> EmbeddingParts:
    """Return the embedding of a folder whose tovec.json has been read. Raises BadSource."""
    vocabulary = saved.vocabulary
    tokenizer, hidden = read_tokenizer(folder, saved)
    ngrams = None
    if saved.ngrams is not None:
        with reporting_file(folder / NAME):
            of_ngrams = read_description(saved.ngrams)
        ngrams = load_ngrams(folder, *of_ngrams)
    with reporting_file(folder / "model.safetensors"):
        vectors = open_table(folder / "model.safetensors", TENSOR)
        if vectors.shape[0] != len(vocabulary) + hidden:
            raise CorruptFile(
                f"it has {counted(vectors.shape[0], 'row')} for "
                f"{counted(len(vocabulary) + hidden, 'entry', 'entries')} of tokenizer.json"
            )
        rows = scaled(vectors, len(vocabulary), saved.scale)
        parts = EmbeddingParts(vocabulary, rows, tokenizer, saved.provenance, ngrams)
    outputs, state = load_outputs(folder, rows.shape)
    return replace(parts, outputs=outputs, state=state)

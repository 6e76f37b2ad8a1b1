"""One safetensors file: tensor `embeddings`, and the tokens in the header.

Every reader of safetensors gets the tensor; a model2vec folder has it under the same name. The format has no
place for tokens, so they are in `__metadata__`, which maps strings to strings, each the JSON of a value:
`tokens`, and where they differ from the default `counts`, `unknown`, `special`,
`spelling` and `scale`, as in the tovec.json of a folder. The safetensors library gives them as
`json.loads(safe_open(path, "np").metadata()["tokens"])`.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.formats.saved.fields import optional_fields, read_scale, read_vocabulary, scaled
from tovec.formats.saved.static_folder import TENSOR
from tovec.formats.saved.tensors import Tensor, json_of, read_header, table_of, write_tensors
from tovec.formats.writing.dtypes import F16, encoded, scale_for
from tovec.formats.writing.names import NameRule, row_name, spelled
from tovec.formats.writing.options import Options
from tovec.storage import replace_file
from tovec.storage.file_errors import CorruptFile, reporting_file
from tovec.storage.json_text import json_value
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.embedding_parts import EmbeddingParts

_TOKENS = NameRule(holds_bytes=True)  # JSON spells them as Python does
Vocabularies = dict[tuple[str | None, ...], Vocabulary]  # by the strings of a header that describe them

_OF_VOCABULARY = ("tokens", "counts", "unknown", "spelling", "special")
_MARK = b'"__metadata__":{"tokens":"'  # how a header of ours begins, after the length and a brace


def save(embedding: EmbeddingParts, path: Path, options: Options) -> None:
    """Write `path`. Raises CannotSave for a number that the dtype cannot hold and for too many tokens."""
    vocabulary, dtype = embedding.vocabulary, options.dtype
    scale = scale_for(embedding.vectors, dtype)
    rows = encoded(embedding.vectors, dtype, scale, row_name(vocabulary.tokens))
    tensor = Tensor((embedding.n_tokens, embedding.dim), rows, dtype.safetensors)
    with replace_file(path) as file:
        write_tensors(file, {TENSOR: tensor}, _metadata(vocabulary, scale, options.escape))


_SMALLER = "a table divided by a number has the same directions, and fits"


class SameTokens:
    """Writes files of one vocabulary, in float16, whose tokens become JSON once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._metadata = json_of(_metadata(vocabulary, 1.0, escape=False))
        self._name = row_name(vocabulary.tokens)

    def n_bytes(self, n_tokens: int, dim: int) -> int:
        """Return how many bytes a file takes, about."""
        return n_tokens * dim * F16.numpy.itemsize + len(self._metadata.encode())

    def save(self, vectors: NDArray[Any], path: Path, more: Mapping[str, str]) -> None:
        """Write `path`, as `save`. vectors: float16 as they are. more: further strings of the header."""
        metadata = f"{self._metadata[:-1]},{json_of(more)[1:]}"
        is_half = vectors.dtype == np.float16
        tensor = Tensor(
            vectors.shape,
            [vectors] if is_half else encoded(vectors, F16, 1.0, self._name, _SMALLER),
            F16.safetensors,
        )
        with replace_file(path) as file:
            write_tensors(file, {TENSOR: tensor}, metadata)


def _metadata(vocabulary: Vocabulary, scale: float, escape: bool) -> dict[str, str]:
    names = spelled(vocabulary.tokens, _TOKENS, "a safetensors file", escape)
    fields: dict[str, Any] = {
        "tokens": list(names),
        "counts": None if vocabulary.counts is None else vocabulary.counts.tolist(),
        "unknown": None if vocabulary.unknown is None else names[vocabulary.id(vocabulary.unknown)],
        **optional_fields(vocabulary, scale),
    }
    return {name: json.dumps(value) for name, value in fields.items() if value is not None}


def recognizes(path: Path, head: bytes) -> bool:
    """Whether `path` is a safetensors file with tokens in its header, as `save` writes it."""
    return head[9:].startswith(_MARK)


def load(path: Path) -> EmbeddingParts:
    """Return the embedding, whose rows are read when asked for. Raises BadSource for a damaged file."""
    return load_with_metadata(path, {})[0]


def load_with_metadata(path: Path, vocabularies: Vocabularies) -> tuple[EmbeddingParts, Mapping[str, str]]:
    """Return the embedding, as `load`, and the strings of the header.

    vocabularies: those of files that were read before, which one with the same tokens shares.
    """
    with reporting_file(path):
        header = read_header(path)
        strings: Mapping[str, str] = header.metadata
        key = tuple(map(strings.get, _OF_VOCABULARY))
        if key not in vocabularies:
            vocabularies[key] = read_vocabulary(_fields(strings, _OF_VOCABULARY))
        vocabulary = vocabularies[key]
        vectors = table_of(header, TENSOR)
        if vectors.shape[0] != len(vocabulary):
            raise CorruptFile(
                f"it has {counted(vectors.shape[0], 'row')} for {counted(len(vocabulary), 'token')}"
            )
        scale = read_scale(_fields(strings, ("scale",)))
        return EmbeddingParts(vocabulary, scaled(vectors, len(vocabulary), scale)), strings


def _fields(strings: Mapping[str, str], names: Iterable[str]) -> dict[str, Any]:
    return {
        name: json_value(strings[name], f"the field {name!r} of its metadata")
        for name in names
        if name in strings
    }

"""One safetensors file: tensor `embeddings`, and the tokens in the header.

Every reader of safetensors gets the tensor; a model2vec folder has it under the same name. The format has no
place for tokens, so they are in `__metadata__`, which maps strings to strings, each the JSON of a value:
`tokens`, and where they differ from the default `counts`, `unknown`, `special`,
`spelling` and `scale`, as in the tovec.json of a folder. The safetensors library gives them as
`json.loads(safe_open(path, "np").metadata()["tokens"])`.
"""

import json
from pathlib import Path
from typing import Any

from tovec.formats.saved.fields import optional_fields, read_scale, read_vocabulary, scaled
from tovec.formats.saved.folder import TENSOR
from tovec.formats.saved.tensors import Tensor, open_table, read_metadata, write_tensors
from tovec.formats.writing.dtypes import encoded, scale_for
from tovec.formats.writing.names import NameRule, row_name, spelled
from tovec.formats.writing.options import Options
from tovec.storage import replace_file
from tovec.storage.file_errors import CorruptFile, reporting_file
from tovec.storage.json_text import json_value
from tovec.vectors.embedding_parts import EmbeddingParts

_TOKENS = NameRule(holds_bytes=True)  # JSON spells them as Python does
_MARK = b'"__metadata__":{"tokens":"'  # how a header of ours begins, after the length and a brace


def save(embedding: EmbeddingParts, path: Path, options: Options) -> None:
    """Write `path`. Raises CannotSave for a number that the dtype cannot hold and for too many tokens."""
    vocabulary, dtype = embedding.vocabulary, options.dtype
    names = spelled(vocabulary.tokens, _TOKENS, "a safetensors file", options.escape)
    scale = scale_for(embedding.vectors, dtype)
    fields: dict[str, Any] = {
        "tokens": list(names),
        "counts": None if vocabulary.counts is None else vocabulary.counts.tolist(),
        "unknown": None if vocabulary.unknown is None else names[vocabulary.id(vocabulary.unknown)],
        **optional_fields(vocabulary, scale),
    }
    metadata = {name: json.dumps(value) for name, value in fields.items() if value is not None}
    rows = encoded(embedding.vectors, dtype, scale, row_name(vocabulary.tokens))
    tensor = Tensor((embedding.n_tokens, embedding.dim), rows, dtype.safetensors)
    with replace_file(path) as file:
        write_tensors(file, {TENSOR: tensor}, metadata)


def recognizes(path: Path, head: bytes) -> bool:
    """Whether `path` is a safetensors file with tokens in its header, as `save` writes it."""
    return head[9:].startswith(_MARK)


def load(path: Path) -> EmbeddingParts:
    """Return the embedding, whose rows are read when asked for. Raises BadSource for a damaged file."""
    with reporting_file(path):
        fields = {
            name: json_value(text, f"the field {name!r} of its metadata")
            for name, text in read_metadata(path).items()
        }
        vocabulary = read_vocabulary(fields)
        vectors = open_table(path, TENSOR)
        if vectors.shape[0] != len(vocabulary):
            raise CorruptFile(f"it has {vectors.shape[0]} rows for {len(vocabulary)} tokens")
        return EmbeddingParts(vocabulary, scaled(vectors, len(vocabulary), read_scale(fields)))

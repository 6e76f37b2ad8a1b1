"""The two tables of TensorFlow's Embedding Projector (https://projector.tensorflow.org), tab-separated.

One has the numbers of a row on a line, the other its token, and its count where known. The projector expects
no header in a metadata file of one column, and one in a file of several. In a folder they are vectors.tsv,
metadata.tsv and projector_config.json, which a projector that one runs oneself reads by `?config=`. A file
X.tsv has X_metadata.tsv beside it, and so has X_tensor.tsv, as gensim names it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from tovec.errors import CannotSave
from tovec.formats.writing.names import NameRule, spelled
from tovec.formats.writing.options import Options
from tovec.formats.writing.word2vec import text_lines
from tovec.storage import replace_folder, replace_pair
from tovec.vectors.embedding_parts import EmbeddingParts

_CELLS = NameRule("\t\n\r\ufeff", holds_empty=False)
VECTORS, METADATA, CONFIG = "vectors.tsv", "metadata.tsv", "projector_config.json"


def save(embedding: EmbeddingParts, path: Path, options: Options) -> None:
    """Write the two files: `path` and the one beside it, or a folder where `path` does not end in .tsv.

    Raises CannotSave for a token that holds a tab or a line end or is empty, and where other files would be
    overwritten.
    """
    names = spelled(embedding.vocabulary.tokens, _CELLS, "a table for the projector", options.escape)
    if path.suffix.lower() == ".tsv" and not path.is_dir():
        second = path.with_name(_metadata_name(path.stem))
        with replace_pair(path, second, "the tokens") as (vectors, metadata):
            _write(embedding, names, vectors, metadata)
        return
    _check_folder(path)
    with replace_folder(path, {VECTORS, METADATA, CONFIG}) as building:
        with (building / VECTORS).open("wb") as vectors, (building / METADATA).open("wb") as metadata:
            _write(embedding, names, vectors, metadata)
        (building / CONFIG).write_text(_config(embedding, path.resolve().name))


def _metadata_name(stem: str) -> str:
    prefix = re.sub(r"(vectors|vecs|tensors?)\Z", "", stem, flags=re.IGNORECASE)
    return f"{prefix}{METADATA}" if prefix != stem else f"{stem}_{METADATA}"


def _check_folder(path: Path) -> None:
    if path.is_dir() and any(path.iterdir()) and not (path / VECTORS).is_file():
        raise CannotSave(
            f"cannot save to {path}: it holds other files and no {VECTORS}; name a new or an empty folder"
        )


def _write(embedding: EmbeddingParts, names: Sequence[str], vectors: BinaryIO, metadata: BinaryIO) -> None:
    for lines in text_lines(embedding.vectors):
        # Text rows have a space before each number; here a tab is between numbers.
        vectors.writelines(line[1:].replace(b" ", b"\t") for line in lines)
    metadata.writelines(f"{line}\n".encode() for line in _metadata(embedding, names))


def _metadata(embedding: EmbeddingParts, names: Sequence[str]) -> Iterator[str]:
    counts = embedding.vocabulary.counts
    if counts is None:
        yield from names
        return
    yield "token\tcount"
    yield from (f"{name}\t{count}" for name, count in zip(names, counts.tolist(), strict=True))


def _config(embedding: EmbeddingParts, name: str) -> str:
    tensor = {
        "tensorName": name,
        "tensorShape": [embedding.n_tokens, embedding.dim],
        "tensorPath": VECTORS,
        "metadataPath": METADATA,
    }
    return json.dumps({"embeddings": [tensor]}, indent=2) + "\n"

"""Checkpoints: all that a run needs to go on after it was ended, in one file that is whole or not there.

Draws need no state: each step has a generator of its own, seeded by its number. The text is read
again and has to be the same, which a digest of its ids tells.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.errors import BadCheckpoint
from tovec.nearest import blocks
from tovec.text.corpus import Corpus
from tovec.training.schedule import Position

NAME = "checkpoint.safetensors"
VERSION = 1
CONTINUED = "continued_from"  # a digest of the embedding, among the settings


def write_checkpoint(
    folder: Path,
    arrays: Mapping[str, NDArray[Any]],
    position: Position,
    settings: Mapping[str, Any],
    digest: str,
) -> None:
    """Write the checkpoint of a run into its work folder, in the place of the one before."""
    from safetensors.numpy import save_file

    facts = {"version": VERSION, "position": asdict(position), "settings": settings, "digest": digest}
    building = folder / f".{NAME}"
    save_file(
        {name: np.ascontiguousarray(array) for name, array in arrays.items()},
        building,
        {"run": json.dumps(facts)},
    )
    with building.open("rb+") as file:
        os.fsync(file.fileno())
    building.replace(folder / NAME)


def read_checkpoint(
    folder: Path, arrays: Mapping[str, NDArray[Any]], settings: Mapping[str, Any], digest: str
) -> Position | None:
    """Fill `arrays` from the checkpoint in `folder` and return its position; None when there is none.

    Raises BadCheckpoint when it is damaged, or of other settings or another text than these.
    """
    from safetensors import SafetensorError, safe_open

    path = folder / NAME
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            facts = json.loads((file.metadata() or {})["run"])
            position = Position(**facts["position"])
            _check_same(path, facts, settings, digest)
            for name, array in arrays.items():
                array[...] = file.get_tensor(name)
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise BadCheckpoint(f"{path} is damaged ({error}); train without `resume` to start again") from error
    return position


def _check_same(path: Path, facts: Mapping[str, Any], settings: Mapping[str, Any], digest: str) -> None:
    if facts["version"] != VERSION:
        raise BadCheckpoint(f"{path} is of another version of tovec; train without `resume` to start again")
    check_same(str(path), facts["settings"], settings)
    if facts["digest"] != digest:
        raise BadCheckpoint(
            f"{path} was made from other text: an input has changed since; "
            "give the same text, or train without `resume` to start again"
        )


def check_same(what: str, was: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Raise BadCheckpoint unless `what` was made with these settings; both are JSON values."""
    if settings.get(CONTINUED) != was.get(CONTINUED):
        raise BadCheckpoint(
            f"{what} was continued from another embedding; give the same, or train without `resume` to start "
            "again"
        )
    for name in [*settings, *was]:
        if json.loads(json.dumps(settings.get(name))) != was.get(name):
            raise BadCheckpoint(
                f"{what} was made with {name} {was.get(name)!r}, not {settings.get(name)!r}; "
                "give the same, or train without `resume` to start again"
            )


def digest_of_embedding(embedding: Embedding) -> str:
    """Return a digest of the numbers of an embedding, all that a run goes on from but n-grams."""
    digest = hashlib.blake2b(digest_size=16)
    tables = [embedding.vectors, *([] if embedding.outputs is None else [embedding.outputs])]
    for table in tables:
        for _, rows in blocks(table):
            digest.update(np.ascontiguousarray(rows).data)
    for name, array in sorted(embedding.state.items()):
        digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def digest_of(corpus: Corpus) -> str:
    """Return a digest of the ids, the documents and the vocabulary of a corpus."""
    digest = hashlib.sha256()
    for array in (corpus.ids, corpus.offsets):
        for start in range(0, len(array), 1 << 20):
            digest.update(np.ascontiguousarray(array[start : start + (1 << 20)]).data)
    digest.update(json.dumps(corpus.vocabulary.tokens).encode())
    return digest.hexdigest()

"""SentencePiece's .model: a protobuf message with the pieces and the settings of training and normalization.

Source: sentencepiece_model.proto; the numbers below are its field numbers.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tovec.formats.protobuf import fields
from tovec.models.tokenizer_files.moved_ids import moved
from tovec.models.tokenizer_files.pieces_tokenizer import token_list
from tovec.models.tokenizer_files.sentencepiece_model import (
    Kind,
    Pieces,
    checked_kinds,
    checked_scores,
)
from tovec.models.tokenizer_files.token_list import TokenList
from tovec.models.tokenizer_files.validate_ids import check_different
from tovec.storage.file_errors import CorruptFile, UnsupportedFile
from tovec.storage.limits import contents

_PIECES, _TRAINER, _NORMALIZER = 1, 2, 3
_PIECE = {1: ("piece", bytes), 2: ("score", float), 3: ("type", int)}
_TRAINER_FIELDS = {3: ("model_type", int), 24: ("whitespace_as_suffix", int), 35: ("byte_fallback", int)}
_NORMALIZER_FIELDS = {
    2: ("charsmap", bytes),
    3: ("add_dummy_prefix", int),
    4: ("remove_extra_whitespaces", int),
    5: ("escape_whitespaces", int),
}
_MODELS = {1: "unigram", 2: "bpe", 3: "word", 4: "char"}


def read(path: Path, config: dict[str, Any], tokenizer_config: dict[str, Any]) -> TokenList | None:
    """Return the tokens of a .model file under the ids of the model that it belongs to.

    config, tokenizer_config: of the model's folder, {} without one. None for a kind of model whose ids
    are not known here.
    Raises CorruptFile.
    """
    pieces, why = moved(read_pieces(contents(path)), config, tokenizer_config)
    if pieces is None:
        return None
    tokens = token_list(pieces, path.name, str(path))
    return dataclasses.replace(tokens, tokenizer=None, why_none=why) if why else tokens


def read_pieces(message: bytes) -> Pieces:
    """Return the pieces of a model, by id. Raises CorruptFile, and UnsupportedFile for another protobuf."""
    names: list[str | None] = []
    scores: list[float] = []
    kinds: list[int] = []
    trainer: dict[str, Any] = {}
    normalizer: dict[str, Any] = {}
    for number, value in fields(message):
        if number not in (_PIECES, _TRAINER, _NORMALIZER):
            continue
        if not isinstance(value, bytes):
            raise CorruptFile(f"its field {number} is {value}, not a message")
        if number == _PIECES:
            piece = _message(value, _PIECE)
            name = piece.get("piece", b"").decode("utf-8", "surrogateescape")
            if not name:
                raise CorruptFile(f"piece {len(names)} is empty")
            names.append(name)
            scores.append(piece.get("score", 0.0))
            kinds.append(piece.get("type", Kind.NORMAL))
        elif number == _TRAINER:
            trainer.update(_message(value, _TRAINER_FIELDS))
        else:
            normalizer.update(_message(value, _NORMALIZER_FIELDS))
    if not names:
        raise UnsupportedFile(
            "it holds no pieces, so it is not a SentencePiece model; name the tokenizer's file"
        )
    check_different(names)
    return Pieces(
        names=names,
        scores=checked_scores(scores),
        kinds=checked_kinds(kinds),
        model=_MODELS.get(trainer.get("model_type", 1), "another"),
        unknown=kinds.index(Kind.UNKNOWN) if Kind.UNKNOWN in kinds else None,
        byte_fallback=bool(trainer.get("byte_fallback", False)),
        add_dummy_prefix=bool(normalizer.get("add_dummy_prefix", True)),
        remove_extra_whitespaces=bool(normalizer.get("remove_extra_whitespaces", True)),
        escape_whitespaces=bool(normalizer.get("escape_whitespaces", True)),
        whitespace_as_suffix=bool(trainer.get("whitespace_as_suffix", False)),
        charsmap=normalizer.get("charsmap", b""),
    )


def _message(message: bytes, known: Mapping[int, tuple[str, type]]) -> dict[str, Any]:
    """Return the known fields of a message by name; of a repeated one the last counts."""
    found = {}
    for number, value in fields(message):
        if number in known:
            name, kind = known[number]
            if not isinstance(value, kind):
                raise CorruptFile(f"its field {name!r} is {value!r}, which is of the wrong type")
            found[name] = value
    return found

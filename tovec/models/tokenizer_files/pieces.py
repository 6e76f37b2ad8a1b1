"""SentencePiece's pieces, from its own .model or from a GGUF, and the tokenizer.json that cuts like them.

Source: SentencePiece's sentencepiece_model.proto, normalizer.cc, bpe_model.cc and unigram_model.cc;
transformers' `build_tokenizer_from_spm_proto`, which builds the same of `tokenizers`.

The names of control and byte pieces are ordinary text to SentencePiece. So they are here, with two
exceptions that `tokenizers` cannot avoid: a unigram model, and a text that is nothing but such a name in a
model with user-defined pieces, give the piece itself.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.formats.damage import DamageError
from tovec.models.token_list import TokenList
from tovec.models.tokenizer_files.merges import merges_of
from tovec.text.spelling import Spelling, is_text
from tovec.text.tokenizers.base import tokenizer_json
from tovec.text.tokenizers.lazy import LazyTokenizer


class Kind(IntEnum):
    """What a piece is there for."""

    NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)


BYTES = frozenset(f"<0x{byte:02X}>" for byte in range(256))


@dataclass(frozen=True)
class Pieces:
    """Pieces by id and what is done to a text before it is cut into them.

    names: None for an id without a piece. scores, kinds (numbers of Kind): (n_pieces,). maps_characters:
    text goes through a compiled table of what is replaced by what, NFKC as a rule.
    """

    names: list[str | None]
    scores: NDArray[np.float64]
    kinds: NDArray[np.int64]
    model: str  # "bpe", "unigram", "word" or "char"
    unknown: int | None
    byte_fallback: bool = False
    add_dummy_prefix: bool = True
    remove_extra_whitespaces: bool = True
    escape_whitespaces: bool = True
    whitespace_as_suffix: bool = False
    maps_characters: bool = False

    def of_kind(self, kind: Kind) -> tuple[list[str], NDArray[np.float64]]:
        """Return the names of the pieces of one kind, in the order of their ids, and their scores."""
        wanted = self.kinds == kind
        if None in self.names:
            wanted &= [name is not None for name in self.names]
        names: Any = compress(self.names, wanted.tolist())
        return list(names), self.scores[wanted]


def token_list(pieces: Pieces, origin: str, name: str) -> TokenList:
    """Return the tokens; their tokenizer is None where `tokenizers` would cut text differently."""
    special = set(np.flatnonzero(np.isin(pieces.kinds, (Kind.UNKNOWN, Kind.CONTROL))).tolist())
    if pieces.unknown is not None:
        special.add(pieces.unknown)
    return TokenList(
        names=pieces.names,
        spelling=Spelling.PIECES,
        origin=origin,
        special=frozenset(special),
        unknown=pieces.unknown,
        tokenizer=LazyTokenizer(name, pieces.names, lambda: definition(pieces)) if is_exact(pieces) else None,
    )


def is_exact(pieces: Pieces) -> bool:
    """Whether the tokenizer.json of these pieces cuts text as SentencePiece does.

    It does not for models of words or characters; for those that map characters, because the library's
    Precompiled loses the mark of `²` with a mark and leaves decomposed Hangul as it is; with unused pieces,
    which SentencePiece makes and cuts again; with equal scores, which it takes from left to right; with
    user-defined pieces in a unigram model; and where a piece can only grow from what is no piece.
    """
    names = [name for name in pieces.names if name is not None]
    if pieces.maps_characters or not pieces.escape_whitespaces or pieces.whitespace_as_suffix:
        return False
    if pieces.of_kind(Kind.UNUSED)[0]:
        return False
    if pieces.byte_fallback and not set(pieces.of_kind(Kind.BYTE)[0]) >= BYTES:
        return False
    if not is_text(names):
        return False
    own = pieces.of_kind(Kind.USER_DEFINED)[0]
    if pieces.model == "unigram":
        return pieces.unknown is not None and not own and len(names) == len(pieces.names)
    return pieces.model == "bpe" and _merges_are_clear(pieces)


def _merges_are_clear(pieces: Pieces) -> bool:
    names, scores = pieces.of_kind(Kind.NORMAL)
    lengths = np.fromiter(map(len, names), np.int64, len(names))
    merged = scores[lengths > 1]
    singles = {names[n] for n in np.flatnonzero(lengths == 1).tolist()}
    letters = set("".join(names)).difference(pieces.of_kind(Kind.USER_DEFINED)[0])
    return len(np.unique(merged)) == len(merged) and letters <= singles


def definition(pieces: Pieces) -> str:
    """Return the text of the tokenizer.json."""
    own = pieces.of_kind(Kind.USER_DEFINED)[0]
    return tokenizer_json(
        _unigram(pieces) if pieces.model == "unigram" else _bpe(pieces, bool(own)),
        normalizer={"type": "Sequence", "normalizers": _normalizers(pieces)},
        pre_tokenizer=_isolated(own) if own else None,
        decoder={"type": "Sequence", "decoders": _decoders(pieces)},
        indent=None,
    )


def _normalizers(pieces: Pieces) -> list[dict[str, Any]]:
    """Return what is done to a text, in SentencePiece's order; only spaces count as white space."""
    prefix = [{"type": "Prepend", "prepend": "▁"}] if pieces.add_dummy_prefix else []
    escaped = _replace({"String": " "}, "▁")
    if not pieces.remove_extra_whitespaces:
        return [*prefix, escaped]
    first, between = _replace({"Regex": r"\A +"}, ""), _replace({"Regex": " {2,}"}, " ")
    return [first, between, *prefix, escaped, _replace({"Regex": r"▁+\z"}, "")]


def _replace(pattern: dict[str, str], content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": pattern, "content": content}


def _isolated(names: list[str]) -> dict[str, Any]:
    """Return the step that sets user-defined pieces apart, the longest that fits first."""
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def _decoders(pieces: Pieces) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = [_replace({"String": "▁"}, " "), {"type": "ByteFallback"}, {"type": "Fuse"}]
    if pieces.add_dummy_prefix:
        steps.append({"type": "Strip", "content": " ", "start": 1, "stop": 0})
    return steps


def _bpe(pieces: Pieces, own: bool) -> dict[str, Any]:
    unknown = None if pieces.unknown is None else pieces.names[pieces.unknown]
    normal, scores = pieces.of_kind(Kind.NORMAL)
    return {
        "type": "BPE",
        "dropout": None,
        "unk_token": unknown,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": True,
        "byte_fallback": pieces.byte_fallback,
        "ignore_merges": own,  # a user-defined piece, set apart, is one token without any merge
        "vocab": {name: row for row, name in enumerate(pieces.names) if name is not None},
        "merges": merges_of(dict(zip(normal, (-scores).tolist(), strict=True))),
    }


def _unigram(pieces: Pieces) -> dict[str, Any]:
    # What stands for no text gets the lowest score: its name is found in a text only where it must be.
    worst = min(pieces.of_kind(Kind.NORMAL)[1].tolist(), default=0.0)
    scores = np.where(pieces.kinds == Kind.NORMAL, pieces.scores, worst).tolist()
    return {
        "type": "Unigram",
        "unk_id": pieces.unknown,
        "vocab": list(zip(pieces.names, scores, strict=True)),
        "byte_fallback": pieces.byte_fallback,
    }


def checked_scores(scores: Any) -> NDArray[np.float64]:
    """Return the scores as an array. Raises DamageError for one that is not finite."""
    array = np.asarray(scores, dtype=np.float64)
    strange = np.flatnonzero(~np.isfinite(array))
    if strange.size:
        raise DamageError(f"the score of token {strange[0]} is {array[strange[0]]}")
    return array


def checked_kinds(kinds: Any) -> NDArray[np.int64]:
    """Return the kinds as an array. Raises DamageError for one there is not."""
    try:
        array = np.asarray(kinds, dtype=np.int64)
    except OverflowError as error:
        raise DamageError(f"a token is of kind {max(kinds)}, which there is not") from error
    strange = np.flatnonzero((array < min(Kind)) | (array > max(Kind)))
    if strange.size:
        raise DamageError(f"token {strange[0]} is of kind {array[strange[0]]}, which there is not")
    return array

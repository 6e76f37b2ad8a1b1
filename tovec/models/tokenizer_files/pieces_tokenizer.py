"""The tokenizer of SentencePiece's pieces: a tokenizer.json that cuts text the same way, where one can.

Source: SentencePiece's normalizer.cc, bpe_model.cc and unigram_model.cc. The tokenizer.json is much like the
one of transformers' `build_tokenizer_from_spm_proto`. `tokenizers` adds scores in float64, SentencePiece in
float32, so of two cuts whose sums differ by a last bit a unigram model may take the other.

The names of control and byte pieces are ordinary text to SentencePiece, and so they are here, with two
exceptions that `tokenizers` cannot avoid: a unigram model in which a character of such a name is not a piece,
and a text that is exactly such a name where user-defined pieces are set apart, give the piece itself.
"""

import functools
import re
from pathlib import Path
from typing import Any

import numpy as np

from tovec.models.tokenizer_files.charsmap import Charsmap, normalizer
from tovec.models.tokenizer_files.merge_order import NoOrder, Pair, final_pair, order_of_ties
from tovec.models.tokenizer_files.merges import merges_of
from tovec.models.tokenizer_files.sentencepiece_model import BYTES, Kind, Pieces
from tovec.models.tokenizer_files.token_list import TokenList
from tovec.storage.file_errors import reporting_file
from tovec.text.token_bytes import Spelling, is_text
from tovec.text.tokenizers.base import added_token, tokenizer_json
from tovec.text.tokenizers.lazy import LazyTokenizer, Normalize

_NEVER = -1e6  # a score so low that the piece is used only where nothing else fits
_UNIGRAM, _BPE, _CHAR = "unigram", "bpe", "char"


def token_list(pieces: Pieces, origin: str, name: str) -> TokenList:
    """Return the tokens; without a tokenizer, but with the reason, where text would be cut differently.

    name: the file, for messages.
    """
    tokenizer, why_none = tokenizer_of(pieces, name)
    special = set(np.flatnonzero(np.isin(pieces.kinds, (Kind.UNKNOWN, Kind.CONTROL))).tolist())
    if pieces.unknown is not None:
        special.add(pieces.unknown)
    return TokenList(
        names=pieces.names,
        spelling=Spelling.PIECES,
        origin=origin,
        special=frozenset(special),
        unknown=pieces.unknown,
        tokenizer=tokenizer,
        why_none=why_none,
    )


def tokenizer_of(pieces: Pieces, name: str) -> tuple[LazyTokenizer | None, str]:
    """Return the tokenizer of the file `name`; None and the reason where it would cut text differently."""
    try:
        tied = _ties(pieces)
    except NoOrder as why:
        return None, str(why)

    def whole() -> str:
        return definition(pieces, tied, normalizes=_has_plain_spaces(pieces))

    return LazyTokenizer(name, pieces.names, whole, functools.partial(_normalizer, pieces, name)), ""


def _ties(pieces: Pieces) -> dict[float, list[Pair]]:
    """Return the order of merges of equal score. Raises NoOrder where no tokenizer.json cuts text so."""
    names = [name for name in pieces.names if name is not None]
    own = pieces.of_kind(Kind.USER_DEFINED)[0]
    if pieces.model not in (_UNIGRAM, _BPE, _CHAR):
        raise NoOrder(f"it is a {pieces.model} model, not BPE, unigram or characters")
    if pieces.byte_fallback and not set(pieces.of_kind(Kind.BYTE)[0]) >= BYTES:
        raise NoOrder("it falls back to bytes, and not all 256 are pieces")
    if not is_text(names):
        raise NoOrder("one of its pieces is not UTF-8")
    if pieces.escape_whitespaces and any(" " in name for name in own):
        raise NoOrder("one of its user-defined pieces holds a space")
    if pieces.model == _UNIGRAM:
        _check_unigram(pieces, len(names))
        return {}
    if pieces.of_kind(Kind.UNUSED)[0]:
        raise NoOrder("it has unused pieces, which are merged and split again")
    return _ties_of_merges(pieces) if pieces.model == _BPE else {}


def _check_unigram(pieces: Pieces, n_names: int) -> None:
    if pieces.unknown is None:
        raise NoOrder("it has no piece for unknown text")
    if n_names < len(pieces.names):
        raise NoOrder("some of its ids have no piece")
    if any(len(name) == 1 for name in pieces.of_kind(Kind.UNUSED)[0]):
        raise NoOrder("one of its characters is an unused piece")
    if _has_all_characters(pieces):
        return
    own, scores = pieces.of_kind(Kind.USER_DEFINED)[0], pieces.of_kind(Kind.NORMAL)[1]
    if pieces.of_kind(Kind.UNUSED)[0] or min(_own_scores(own, scores), default=0.0) < scores.min(initial=0.0):
        raise NoOrder("one of its pieces has a character that is not a piece")


def _ties_of_merges(pieces: Pieces) -> dict[float, list[Pair]]:
    names, scores = pieces.of_kind(Kind.NORMAL)
    lengths = np.fromiter(map(len, names), np.int64, len(names))
    merged = scores[lengths > 1]
    singles = {names[n] for n in np.flatnonzero(lengths == 1).tolist()}
    strange = set("".join(names)).difference(pieces.of_kind(Kind.USER_DEFINED)[0], singles)
    if not strange and len(np.unique(merged)) == len(merged):
        return {}
    score_of = dict(zip(names, (-scores).tolist(), strict=True))
    by_score = {name: -rank for name, rank in score_of.items()}
    for name in names:
        if not strange.isdisjoint(name) and final_pair(name, by_score) is not None:
            raise NoOrder(f"piece {name!r} is made of a character that is not a piece")
    return {-score: pairs for score, pairs in order_of_ties(by_score).items()}


def _has_all_characters(pieces: Pieces) -> bool:
    """Whether each character of a piece is itself a piece, so that no piece competes with unknown text."""
    names = pieces.of_kind(Kind.NORMAL)[0]
    return set("".join(name for name in pieces.names if name)) <= {name for name in names if len(name) == 1}


def _has_plain_spaces(pieces: Pieces) -> bool:
    """Whether a tokenizer.json can hold the normalization of a text."""
    if pieces.charsmap or not pieces.escape_whitespaces:
        return False
    if pieces.whitespace_as_suffix and pieces.add_dummy_prefix:
        return False
    return (
        not pieces.of_kind(Kind.USER_DEFINED)[0]
        or pieces.model != _BPE
        or not _changes_spaces(pieces)
        or (not _unmade(pieces))
    )


def _changes_spaces(pieces: Pieces) -> bool:
    return pieces.add_dummy_prefix or pieces.remove_extra_whitespaces


def _unmade(pieces: Pieces) -> bool:
    """Whether there is a piece that no merges make, but that a text of exactly its name would give."""
    names, scores = pieces.of_kind(Kind.NORMAL)
    by_score = dict(zip(names, scores.tolist(), strict=True))
    return any(len(name) > 1 and final_pair(name, by_score) is None for name in names)


def _normalizer(pieces: Pieces, name: str) -> Normalize | None:
    """Return the normalization of a text before it is cut, None where the tokenizer.json holds it."""
    if _has_plain_spaces(pieces):
        return None
    with reporting_file(Path(name)):
        rules = Charsmap(pieces.charsmap)
    return normalizer(
        rules,
        pieces.of_kind(Kind.USER_DEFINED)[0],
        add_dummy_prefix=pieces.add_dummy_prefix,
        remove_extra_whitespaces=pieces.remove_extra_whitespaces,
        escape_whitespaces=pieces.escape_whitespaces,
        whitespace_as_suffix=pieces.whitespace_as_suffix,
    )


def definition(pieces: Pieces, tied: dict[float, list[Pair]], *, normalizes: bool = True) -> str:
    """Return the text of the tokenizer.json.

    tied: the order of merges of equal rank. normalizes: whether it includes the normalization.
    """
    own = pieces.of_kind(Kind.USER_DEFINED)[0] if pieces.model != _UNIGRAM else []
    # Added tokens are found by their normalized names, which must equal their names.
    added = own if not normalizes or not _changes_spaces(pieces) else []
    apart = own if not added else []
    return tokenizer_json(
        _unigram(pieces) if pieces.model == _UNIGRAM else _bpe(pieces, tied, bool(apart)),
        normalizer={"type": "Sequence", "normalizers": _normalizers(pieces)} if normalizes else None,
        pre_tokenizer=_isolated(apart) if apart else None,
        decoder={"type": "Sequence", "decoders": _decoders(pieces)},
        added_tokens=_added(pieces, set(added)),
        indent=None,
    )


def _added(pieces: Pieces, own: set[str]) -> list[dict[str, Any]]:
    """Return the entries of user-defined pieces, which are set apart from the text around them."""
    return [
        added_token(row, name, False) | {"normalized": True}
        for row, name in enumerate(pieces.names)
        if name is not None and name in own
    ]


def _normalizers(pieces: Pieces) -> list[dict[str, Any]]:
    """Return the normalization steps in SentencePiece's order; only spaces count as white space."""
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
        side = {"start": 0, "stop": 1} if pieces.whitespace_as_suffix else {"start": 1, "stop": 0}
        steps.append({"type": "Strip", "content": " ", **side})
    return steps


def _bpe(pieces: Pieces, tied: dict[float, list[Pair]], sets_apart: bool) -> dict[str, Any]:
    unknown = None if pieces.unknown is None else pieces.names[pieces.unknown]
    normal, scores = pieces.of_kind(Kind.NORMAL)
    ranks = dict(zip(normal, (-scores).tolist(), strict=True))
    return {
        "type": "BPE",
        "dropout": None,
        "unk_token": unknown,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": True,
        "byte_fallback": pieces.byte_fallback,
        "ignore_merges": sets_apart,  # a user-defined piece that is set apart is one token without merges
        "vocab": {name: row for row, name in enumerate(pieces.names) if name is not None},
        "merges": merges_of(ranks, tied) if pieces.model == _BPE else [],
    }


def _unigram(pieces: Pieces) -> dict[str, Any]:
    normal = pieces.of_kind(Kind.NORMAL)[1]
    worst = normal.min(initial=0.0)
    # Pieces that stand for no text get the lowest score: their names are found only where nothing else fits.
    never = _NEVER if _has_all_characters(pieces) else worst
    scores = np.where(pieces.kinds == Kind.NORMAL, pieces.scores, never)
    is_own = pieces.kinds == Kind.USER_DEFINED
    scores[is_own] = _own_scores(pieces.of_kind(Kind.USER_DEFINED)[0], normal)
    return {
        "type": "Unigram",
        "unk_id": pieces.unknown,
        "vocab": list(zip(pieces.names, scores.tolist(), strict=True)),
        "byte_fallback": pieces.byte_fallback,
    }


def _own_scores(own: list[str], normal: Any) -> list[float]:
    """Return scores of user-defined pieces that make them better than any other cut."""
    best = float(normal.max(initial=0.0))
    return [len(name.encode()) * best - 0.1 for name in own]

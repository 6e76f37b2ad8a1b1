"""The tokens in the metadata of a GGUF file.

Source: llama.cpp's convert_hf_to_gguf.py, which writes them, and llama-vocab.cpp, which reads them. The
former changes some names; here they get the names of the model's own files back:

- WordPiece (`bert`): `▁word` and `ing` are `word` and `##ing`; control tokens and `[...]` are unchanged.
- User-defined pieces hold spaces where SentencePiece has `▁`.
- Ids without a token are unused tokens named `[PAD17]`.
- RWKV names are Python's notation for bytes.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.models.tokenizer_files import byte_level
from tovec.models.tokenizer_files.pieces_tokenizer import token_list
from tovec.models.tokenizer_files.pretokenizers import OF_GGUF
from tovec.models.tokenizer_files.sentencepiece_model import (
    BYTES,
    Kind,
    Pieces,
    checked_kinds,
    checked_scores,
)
from tovec.models.tokenizer_files.token_list import TokenList
from tovec.models.tokenizer_files.validate_ids import are_different, strings
from tovec.storage.file_errors import CorruptFile
from tovec.storage.limits import check_names
from tovec.text.token_bytes import Spelling
from tovec.text.tokenizers.lazy import LazyTokenizer

Kinds = NDArray[np.int64]
ORIGIN = "GGUF metadata"
_SPELLINGS = {
    "llama": Spelling.PIECES,
    "t5": Spelling.PIECES,
    "gemma4": Spelling.PIECES,
    "gpt2": Spelling.BYTE_LEVEL,
    "bert": Spelling.WORDPIECE,
}
_INCOMPLETE = "not all bytes are tokens, or the merges are missing"
_WITHOUT = ("none", "no_vocab")
_PIECES_OF_GPT2 = ("gemma4", "sarvam-moe")  # named gpt2, but their BPE is over characters, with ▁


def tokens_of_gguf(metadata: Mapping[str, Any]) -> TokenList | None:
    """Return the tokens of the `tokenizer.ggml.*` keys, None without these.

    The tokenizer is None for WordPiece, whose lower-casing is not in the file, for RWKV, for an unknown
    `tokenizer.ggml.pre`, and where text would be cut differently. Control tokens are found
    in a text by their names in byte-level vocabularies (as by the tokenizer.json they were made from), not
    in SentencePiece's.
    Raises CorruptFile for keys that contradict each other.
    """
    keys = {
        key.removeprefix("tokenizer.ggml."): value
        for key, value in metadata.items()
        if key.startswith("tokenizer.ggml.")
    }
    model, pre = keys.get("model"), keys.get("pre")
    if not isinstance(model, str) or model in _WITHOUT or keys.get("tokens") is None:
        return None
    tokens = strings(keys["tokens"], "its tokens")
    check_names(tokens, lambda row: f"of id {row}")
    kinds = _kinds(keys, len(tokens))
    spelling = _SPELLINGS.get(model, Spelling.PLAIN)
    if model == "gpt2" and pre in _PIECES_OF_GPT2:
        spelling = Spelling.PIECES
    names = _names(tokens, kinds, spelling, model)
    unknown = _unknown(keys, kinds)
    if model in ("llama", "t5") and keys.get("scores") is not None:
        return _cutting(token_list(_pieces(keys, names, kinds, unknown), ORIGIN, ORIGIN))
    special = _rows(kinds, Kind.CONTROL, Kind.UNKNOWN)
    found = TokenList(
        names=names,
        spelling=spelling,
        origin=ORIGIN,
        special=frozenset(special if unknown is None else {*special, unknown}),
        unknown=unknown,
        why_none=""
        if spelling is Spelling.BYTE_LEVEL
        else f"a GGUF file does not fully say how {model} cuts text",
    )
    return _cutting(_with_merges(keys, found, kinds) if spelling is Spelling.BYTE_LEVEL else found)


def _cutting(tokens: TokenList) -> TokenList:
    """Return the tokens, without the tokenizer where a token has two ids, as in some files of Gemma 4."""
    return tokens if are_different(tokens.names) else dataclasses.replace(tokens, tokenizer=None)


def _rows(kinds: Kinds, *wanted: Kind) -> list[int]:
    """Return the ids of the tokens of the kinds `wanted`."""
    rows: list[int] = np.flatnonzero(np.isin(kinds, wanted)).tolist()
    return rows


def _names(tokens: Sequence[str], kinds: Kinds, spelling: Spelling, model: str) -> list[str | None]:
    names: list[str | None] = list(tokens)
    if spelling is Spelling.WORDPIECE:
        names = [_wordpiece(token, kind) for token, kind in zip(tokens, kinds.tolist(), strict=True)]
    elif model == "rwkv":
        names = [_rwkv(token) for token in tokens]
    elif spelling is Spelling.PIECES:
        for row in _rows(kinds, Kind.USER_DEFINED):
            names[row] = tokens[row].replace(" ", "▁")
    for row in _rows(kinds, Kind.UNUSED):
        if tokens[row].removeprefix("▁") == f"[PAD{row}]":
            names[row] = None
    return [name or None for name in names] if "" in tokens else names


def _wordpiece(token: str, kind: int) -> str:
    if (
        not token
        or kind == Kind.CONTROL
        or (token.startswith("[") and token.endswith("]") and len(token) > 2)
    ):
        return token
    return token[1:] if token.startswith("▁") and len(token) > 1 else f"##{token}"


def _rwkv(token: str) -> str:
    try:
        text = token.encode("ascii").decode("unicode_escape").encode("latin-1")
    except ValueError:
        return token
    return text.decode("utf-8", "surrogateescape")


def _kinds(keys: Mapping[str, Any], n: int) -> Kinds:
    if keys.get("token_type") is None:
        return np.full(n, Kind.NORMAL, dtype=np.int64)
    return checked_kinds(_numbers(keys, "token_type", n, "iu"))


def _numbers(keys: Mapping[str, Any], key: str, n: int, kinds: str) -> NDArray[Any]:
    """Return an array of the metadata, one number a token."""
    try:
        numbers = np.asarray(keys[key])
    except ValueError as error:  # rows of different lengths
        raise CorruptFile(f"tokenizer.ggml.{key} is not a list of numbers") from error
    if numbers.dtype.kind not in kinds and numbers.size:
        raise CorruptFile(f"tokenizer.ggml.{key} is not a list of numbers")
    if numbers.shape != (n,):
        raise CorruptFile(f"tokenizer.ggml.{key} is of shape {numbers.shape} for {n} tokens")
    return numbers


def _unknown(keys: Mapping[str, Any], kinds: Kinds) -> int | None:
    row = keys.get("unknown_token_id")
    if row is None:
        return next(iter(_rows(kinds, Kind.UNKNOWN)), None)
    if isinstance(row, bool) or not isinstance(row, (int, np.integer)):
        raise CorruptFile(f"tokenizer.ggml.unknown_token_id is {row!r}, not an id")
    return int(row) if 0 <= row < len(kinds) else None  # llama.cpp ignores an id that does not exist


def _pieces(keys: Mapping[str, Any], names: list[str | None], kinds: Kinds, unknown: int | None) -> Pieces:
    return Pieces(
        names=names,
        scores=checked_scores(_numbers(keys, "scores", len(names), "iuf")),
        kinds=kinds,
        model="bpe" if keys["model"] == "llama" else "unigram",
        unknown=unknown,
        byte_fallback={names[row] for row in _rows(kinds, Kind.BYTE)} >= BYTES,
        add_dummy_prefix=_flag(keys, "add_space_prefix", True),
        remove_extra_whitespaces=_flag(keys, "remove_extra_whitespaces", False),
        charsmap=_charsmap(keys),
    )


def _flag(keys: Mapping[str, Any], key: str, default: bool) -> bool:
    value = keys.get(key, default)
    if not isinstance(value, (bool, np.bool_)):
        raise CorruptFile(f"tokenizer.ggml.{key} is {value!r}, neither true nor false")
    return bool(value)


def _charsmap(keys: Mapping[str, Any]) -> bytes:
    values = keys.get("precompiled_charsmap")
    if values is None or (isinstance(values, (list, np.ndarray)) and not len(values)):
        return b""
    try:
        numbers = np.asarray(values)
        is_bytes = numbers.ndim == 1 and numbers.dtype.kind in "iu"
        is_bytes = is_bytes and numbers.min() >= -128 and numbers.max() <= 255  # signed in some files
    except ValueError:  # lists of different lengths
        is_bytes = False
    if not is_bytes:
        raise CorruptFile("tokenizer.ggml.precompiled_charsmap is not a list of bytes")
    return numbers.astype(np.uint8).tobytes()


def _with_merges(keys: Mapping[str, Any], found: TokenList, kinds: Kinds) -> TokenList:
    """Return the tokens with their tokenizer, where the pretokenizer is known."""
    pre, merges = str(keys.get("pre")), keys.get("merges")
    pretokenizer = OF_GGUF.get(pre)
    if pretokenizer is None or merges is None or not byte_level.holds_all_bytes(found.names):
        why = f"tokenizer.ggml.pre {pre!r} is not known to tovec" if pretokenizer is None else _INCOMPLETE
        return dataclasses.replace(found, why_none=why)
    pairs = [merge.split(" ") for merge in strings(merges, "its merges")]
    if not all(len(pair) == 2 for pair in pairs):
        raise CorruptFile("one of its merges is not two tokens with a space between them")
    added = {
        row: bool(kinds[row] == Kind.CONTROL)
        for row in _rows(kinds, Kind.CONTROL, Kind.USER_DEFINED)
        if found.names[row] is not None
    }
    tokenizer = LazyTokenizer(
        ORIGIN, found.names, lambda: byte_level.definition(found.names, pairs, pretokenizer, added=added)
    )
    return dataclasses.replace(found, tokenizer=tokenizer)

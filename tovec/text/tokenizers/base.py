"""What every tokenizer can be asked, and the tokenizer.json of a counted vocabulary."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from tovec.errors import BadText


@runtime_checkable
class Tokenizer(Protocol):
    """Text to tokens. Any object with these members can be given where a tokenizer is taken."""

    @property
    def name(self) -> str:
        """How `--tokenizer` names it."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What `tokenizer_from_settings` needs to make it again; JSON values."""

    @property
    def vocabulary(self) -> tuple[str, ...] | None:
        """The tokens by id of a closed tokenizer; None for an open one."""

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of `text`, in order."""

    def to_json(self, tokens: Sequence[str], unknown: str | None = None) -> str | None:
        """Return the text of a Hugging Face tokenizer.json that gives these `tokens` their ids.

        unknown: the one of `tokens` that stands for all others; None adds an entry after the last.
        None when that format cannot hold this tokenizer.
        """


def tokens_of_each(tokenizer: Tokenizer, texts: Iterable[str]) -> Iterable[Sequence[str]]:
    """Return the tokens of each text, cut together where the tokenizer can."""
    of_each: Callable[[Iterable[str]], Iterable[Sequence[str]]] | None
    of_each = getattr(tokenizer, "tokens_of_each", None)
    return map(tokenizer.tokens, texts) if of_each is None else of_each(texts)


def require_text(text: str) -> str:
    """Return `text`. Raises BadText as `utf8_of`."""
    utf8_of(text)
    return text


def utf8_of(text: str) -> bytes:
    """Return `text` as UTF-8. Raises BadText for a lone surrogate, as bytes that are not UTF-8 become."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        bad = f"U+{ord(text[error.start]):04X}"
        raise BadText(
            f"the text holds {bad} at character {error.start}, which is not a character (a byte that is "
            "not UTF-8 arrives so); give it in UTF-8"
        ) from error


def unknown_token(tokens: Sequence[str]) -> str:
    """Return a name for unknown text that is none of `tokens`: `[UNK]`, else `[UNK1]`, `[UNK2]`, …"""
    taken = set(tokens)
    name, number = "[UNK]", 0
    while name in taken:
        number += 1
        name = f"[UNK{number}]"
    return name


def word_level(tokens: Sequence[str], unknown: str | None) -> dict[str, Any]:
    """Return the `model` of a tokenizer.json that holds `tokens` under their ids."""
    vocab = {token: row for row, token in enumerate(tokens)}
    if unknown is None:
        unknown = unknown_token(tokens)
        vocab[unknown] = len(tokens)
    return {"type": "WordLevel", "vocab": vocab, "unk_token": unknown}


def tokenizer_json(
    model: Mapping[str, Any],
    normalizer: Mapping[str, Any] | None = None,
    pre_tokenizer: Mapping[str, Any] | None = None,
    decoder: Mapping[str, Any] | None = None,
    added_tokens: Sequence[Mapping[str, Any]] = (),
    *,
    indent: int | None = 1,
) -> str:
    """Return the text of a tokenizer.json made of these parts, without truncation, padding or extras.

    indent: None where nobody will look at it, which is several times as fast.
    """
    return json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": added_tokens,
            "normalizer": normalizer,
            "pre_tokenizer": pre_tokenizer,
            "post_processor": None,
            "decoder": decoder,
            "model": model,
        },
        ensure_ascii=False,
        indent=indent,
    )


def added_token(row: int, name: str, special: bool) -> dict[str, Any]:
    """Return an entry of `added_tokens`, which is found in a text by its name, wherever it stands."""
    plain = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": row, "content": name, **plain, "special": special}


def whole_text_json(tokens: Sequence[str], unknown: str | None = None) -> str:
    """Return a tokenizer.json for tokens of unknown origin: a text is one token, whatever it holds."""
    return tokenizer_json(word_level(tokens, unknown))

"""Ids back to text: what a language model writes.

A closed tokenizer spells white space and punctuation in its tokens, so its text comes back as it was but for
what its normalizer changed (NFC). Tokens of `words` have lost both, and get a blank where words have one.
"""

import functools
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.dependencies import needs
from tovec.errors import TovecError
from tovec.text.tokenizers import Tokenizer
from tovec.text.tokenizers.bytes import ByteTokenizer
from tovec.text.tokenizers.phrases import PhraseTokenizer, token_of
from tovec.text.tokenizers.subwords import SubwordRecipe
from tovec.text.vocabulary import Vocabulary

_CLOSING = frozenset(".,;:!?%\u2026\u3001\u3002\uff0c\uff01\uff1f")  # stand behind a word without a blank
_OPENING = frozenset("\u00bf\u00a1")
_UNSPACED = ("CJK UNIFIED", "CJK COMPATIBILITY IDEOGRAPH", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC")


def check_gives_text(tokenizer: Tokenizer | SubwordRecipe | None) -> None:
    """Raise TovecError for a tokenizer whose tokens cannot be put together to text again.

    Those are the ones that no tokenizer.json can hold: kiwi, whose morphemes are contracted, and functions.
    """
    if isinstance(tokenizer, Tokenizer) and tokenizer.to_json(tokenizer.vocabulary or ()) is None:
        raise TovecError(
            f"the tokens of tokenizer {tokenizer.name!r} cannot be put together to text again, which a "
            "language model has to do; use bpe:4000, unigram:4000, words, whitespace, characters, bytes or a "
            "tokenizer.json"
        )


class Detokenizer:
    """Puts tokens together to text, as `tokenizer` has cut them; None for tokens that were given in lists.

    The first text takes longer: the tokenizer.json is made and read then.
    """

    def __init__(self, tokenizer: Tokenizer | None, vocabulary: Vocabulary) -> None:
        check_gives_text(tokenizer)
        self._tokenizer = tokenizer
        self._vocabulary = vocabulary

    def text(self, ids: Sequence[int] | NDArray[np.integer]) -> str:
        """Return the text of these ids; special tokens give none, bytes that are not UTF-8 give U+FFFD."""
        rows = [int(row) for row in ids if int(row) not in self._vocabulary.special]
        if self._library is not None:
            return str(self._library.decode(rows, skip_special_tokens=True))
        if self._tokenizer is not None and self._tokenizer.vocabulary is not None:
            text = b"".join(self._vocabulary.text(row) or b"" for row in rows)
            return text.decode("utf-8", "replace")
        tokens = [self._vocabulary.tokens[row] for row in rows]
        if isinstance(self._tokenizer, PhraseTokenizer):
            tokens = [self._phrases.get(token, token) for token in tokens]
        return _joined(tokens, "" if self._tokenizer is None else self._tokenizer.name)

    @functools.cached_property
    def _library(self) -> Any:
        """The closed tokenizer as Hugging Face's library has it; None where it does not say how to decode.

        Nor of bytes: one that is not UTF-8 would make the library give up all of them.
        """
        needs("tokenizers", "this tokenizer")
        from tokenizers import Tokenizer as LibraryTokenizer

        if self._tokenizer is None or self._tokenizer.vocabulary is None:
            return None
        if isinstance(self._tokenizer, ByteTokenizer):
            return None
        definition = self._tokenizer.to_json(self._vocabulary.tokens, self._vocabulary.unknown)
        assert definition is not None  # as has been checked
        library = LibraryTokenizer.from_str(definition)
        return None if library.decoder is None else library

    @functools.cached_property
    def _phrases(self) -> dict[str, str]:
        assert isinstance(self._tokenizer, PhraseTokenizer)
        return {token_of(phrase): phrase for phrase in self._tokenizer.phrases}


def _joined(tokens: Sequence[str], kind: str) -> str:
    if kind in ("characters", "whitespace"):
        return ("" if kind == "characters" else " ").join(tokens)
    blanks = [" " if _are_apart(before, after) else "" for before, after in pairwise(tokens)]
    return "".join(part for pair in zip(tokens, [*blanks, ""], strict=True) for part in pair)


def _are_apart(before: str, after: str) -> bool:
    """Whether a text has a blank between two tokens: not at punctuation, nor where a script has none."""
    if not before or not after:
        return bool(before)
    if after in _CLOSING or unicodedata.category(after[0]) in ("Pe", "Pf"):
        return False
    if before in _OPENING or unicodedata.category(before[-1]) in ("Ps", "Pi"):
        return False
    return not (_is_unspaced(before[-1]) and _is_unspaced(after[0]))


def _is_unspaced(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_UNSPACED)

"""Where each token lies in a text: what the tokenizers leave out, asked of Hugging Face's offsets.

Tokens and ids are those of the tokenizer and the vocabulary; only the places come from here.
"""

import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.dependencies import needs
from tovec.text.token_bytes import Spelling
from tovec.text.tokenizers import Tokenizer, tokenizer_from_name
from tovec.text.tokenizers.morphemes import KiwiTokenizer
from tovec.text.vocabulary import Vocabulary

Place = tuple[int, int]  # start and end, as in text[start:end]

# The vowels and finals of Hangul jamo, which are letters, join with what stands before them as marks do.
_JOINING = range(0x1161, 0x1176), range(0x11A8, 0x11C3)


@dataclass(frozen=True)
class Span:
    """A token and what it covers of its text: `text[start:end]`.

    id: its row, that of the unknown token where there is one, None where there is none. known: whether
    the token itself is in the vocabulary; the unknown token counts as unknown.
    """

    start: int
    end: int
    token: str
    id: int | None
    known: bool


class SpanFinder:
    """Cuts texts as `tokenizer` does and says where each token lies.

    The first text takes longer: the tokenizer.json is made and read then.
    """

    def __init__(self, tokenizer: Tokenizer, vocabulary: Vocabulary) -> None:
        self._tokenizer = tokenizer
        self._vocabulary = vocabulary

    def spans(self, text: str) -> list[Span]:
        """Return the tokens of `text` in order, each with its place.

        What composition joins belongs to the token: decomposed 영화 is one span of five code points.
        Tokens made from one character (bytes, contracted morphemes) share its span; one that is not in
        the text at all has an empty span. Raises BadText where `text` holds a lone surrogate.
        """
        tokens = self._tokenizer.tokens(text)
        if isinstance(self._tokenizer, KiwiTokenizer):
            places = _of_morphemes(self._tokenizer, text)
        else:
            places = _joined(self._offsets(text), text)
        if len(places) != len(tokens):
            places = _searched([self._text_of(token) for token in tokens], text)
        return [self._span(token, *place) for token, place in zip(tokens, places, strict=True)]

    def _text_of(self, token: str) -> str:
        """Return what to look for in a text; a piece without its blanks, which the text may have more of."""
        return token.replace("▁", " ").strip(" ") if self._vocabulary.spelling is Spelling.PIECES else token

    def _span(self, token: str, start: int, end: int) -> Span:
        row = self._vocabulary.get(token)
        known = row is not None and token != self.unknown
        if row is None and self._vocabulary.unknown is not None:
            row = self._vocabulary.id(self._vocabulary.unknown)
        return Span(start, end, token, row, known)

    @functools.cached_property
    def unknown(self) -> str | None:
        """The token that stands for unknown text: the vocabulary's, else the tokenizer's; None without."""
        if self._vocabulary.unknown is not None:
            return self._vocabulary.unknown
        # An open tokenizer's file has an entry for unknown text that the vocabulary lacks.
        token = getattr(getattr(self._library, "model", None), "unk_token", None)
        return token if token in self._vocabulary else None

    @functools.cached_property
    def _library(self) -> Any:
        """The tokenizer as Hugging Face's library has it, None where it cannot.

        Where an open tokenizer cuts does not depend on what is in the vocabulary.
        """
        needs("tokenizers", "this tokenizer")
        from tokenizers import Tokenizer as LibraryTokenizer

        closed = self._tokenizer.vocabulary is not None
        tokens, unknown = (self._vocabulary.tokens, self._vocabulary.unknown) if closed else ((), None)
        definition = self._tokenizer.to_json(tokens, unknown)
        return None if definition is None else LibraryTokenizer.from_str(definition)

    def _offsets(self, text: str) -> list[Place]:
        if self._library is None:
            return []
        return list(self._library.encode(text, add_special_tokens=False).offsets)


def utf16_places(text: str) -> NDArray[np.int64]:
    """Return where each character of `text` starts in UTF-16 units, and the end, (len(text) + 1,)."""
    points = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
    places = np.zeros(len(points) + 1, dtype=np.int64)
    np.cumsum(1 + (points > 0xFFFF), out=places[1:])
    return places


def _joined(offsets: Sequence[Place], text: str) -> list[Place]:
    """Let each place take in the marks after it: the library gives a composed letter its first part alone."""
    ends: dict[Place, int] = {}  # of tokens made from one character: one end for all
    limit = len(text)
    for start, end in reversed(offsets):
        if (start, end) not in ends:
            joined = end
            while joined < limit and _joins(text[joined]):
                joined += 1
            ends[start, end] = joined
        limit = start
    return [(start, ends[start, end]) for start, end in offsets]


def _joins(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" or any(ord(character) in block for block in _JOINING)


def _of_morphemes(tokenizer: KiwiTokenizer, text: str) -> list[Place]:
    """Return the places of morphemes; kiwi reads the text in NFC."""
    characters = SpanFinder(_characters(), Vocabulary(()))
    composed = [(span.start, span.end) for span in characters.spans(text)]
    last = len(composed) - 1  # the library may compose a rare mark that this Python does not know
    return [
        (composed[min(start, last)][0], composed[min(max(end - 1, start), last)][1])
        for start, end in tokenizer.places(text)
    ]


@functools.cache
def _characters() -> Tokenizer:
    made = tokenizer_from_name("characters")
    assert isinstance(made, Tokenizer)
    return made


def _searched(tokens: Sequence[str], text: str) -> list[Place]:
    """Return where the tokens are found one after another; an empty place for those that are not."""
    places, at = [], 0
    for token in tokens:
        start = text.find(token, at)
        places.append((at, at) if start < 0 else (start, start + len(token)))
        at = places[-1][1]
    return places

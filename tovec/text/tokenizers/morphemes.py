"""Korean morphemes, by kiwipiepy (extra `ko`).

Particles glued to nouns (영화를, 영화가, 영화는) make white-space words of Korean many rare forms of
one word; morphemes give it back: 영화 + 를.
"""

import functools
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tovec.errors import MissingExtra
from tovec.text.tokenizers.base import require_text


class KiwiTokenizer:
    """Morphemes as kiwi finds them, in their surface form; the text goes through NFC first."""

    name = "kiwi"
    cuts_words = True  # so that a word with its particles is several tokens
    vocabulary: tuple[str, ...] | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """The name is all."""
        return {"name": self.name}

    @functools.cached_property
    def _kiwi(self) -> Any:
        try:
            from kiwipiepy import Kiwi
        except ImportError as error:
            raise MissingExtra("tokenizer 'kiwi'", "ko") from error
        return Kiwi()

    def tokens(self, text: str) -> list[str]:
        """Return the morphemes of `text`. Raises MissingExtra without kiwipiepy."""
        return next(self.tokens_of_each([require_text(text)]))

    def tokens_of_each(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Yield the morphemes of each text, on all cores."""
        for morphemes in self._kiwi.tokenize(map(_composed, texts)):
            yield [morpheme.form for morpheme in morphemes]

    def places(self, text: str) -> list[tuple[int, int]]:
        """Return start and end of each morpheme in `text` in NFC; parts of one syllable share them."""
        morphemes = self._kiwi.tokenize(_composed(require_text(text)))
        return [(morpheme.start, morpheme.start + morpheme.len) for morpheme in morphemes]

    def to_json(self, tokens: Sequence[str], unknown: str | None = None) -> str | None:
        """Return None: a tokenizer.json cannot hold a morphological analysis."""
        return None


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)

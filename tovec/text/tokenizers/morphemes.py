"""Korean morphemes, by kiwipiepy (extra `ko`).

Particles glued to nouns (영화를, 영화가, 영화는) make white-space words of Korean many rare forms of
one word; morphemes give it back: 영화 + 를.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tovec.errors import MissingExtra
from tovec.text.tokenizers.base import proper


class KiwiTokenizer:
    """Morphemes as kiwi finds them, in their surface form; the text goes through NFC first."""

    name = "kiwi"
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
        return next(self.tokens_of_each([proper(text)]))

    def tokens_of_each(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Yield the morphemes of each text, on all cores."""
        import unicodedata

        composed = (unicodedata.normalize("NFC", text) for text in texts)
        for morphemes in self._kiwi.tokenize(composed):
            yield [morpheme.form for morpheme in morphemes]

    def to_json(self, tokens: Sequence[str], unknown: str | None = None) -> str | None:
        """Return None: a tokenizer.json cannot hold a morphological analysis."""
        return None

"""The words of a text and how often it has each, by the tokenizer that says what a word is.

A text of any size is counted: when too many different ones are held, the rare ones are handed on, and are
counted anew where they come back.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSetting
from tovec.text.tokenizers.morphemes import KiwiTokenizer
from tovec.text.tokenizers.splitting import SplitTokenizer

Counts = NDArray[np.int64]
HandOn = Callable[[Sequence[str], Counts], None]

WORDS: Mapping[str, str] = {
    "whitespace": "what stands between white space",
    "words": "runs of letters and digits, without signs (tokenizer words, in its case)",
    "kiwi": "Korean morphemes, as kiwi finds them",
}
MAX_HELD = 1 << 21  # different texts; some 150 bytes each
_AT_ONCE = 1 << 16  # texts that are handed on at a time


class TextCounts:
    """Counts texts, of which `most` different ones are held; gives them to `hand_on` with their counts."""

    def __init__(self, hand_on: HandOn, most: int = MAX_HELD) -> None:
        self._hand_on = hand_on
        self._most = most
        self._counts: Counter[str] = Counter()
        self.is_whole = True  # whether each text has been handed on once

    def add(self, texts: Iterable[str]) -> None:
        """Count each of `texts` once."""
        self._counts.update(texts)
        self._make_room()

    def add_counted(self, texts: Iterable[tuple[str, int]]) -> None:
        """Count texts as often as is said."""
        counts = self._counts
        for text, count in texts:
            counts[text] += count
        self._make_room()

    def end(self) -> None:
        """Hand on what is held."""
        self._give(list(self._counts))

    def _make_room(self) -> None:
        if len(self._counts) <= self._most:
            return
        self.is_whole = False
        rare = 1
        while len(self._counts) > self._most // 2:  # all are looked at, so this must not happen often
            self._give([text for text, count in self._counts.items() if count <= rare])
            rare *= 2

    def _give(self, texts: list[str]) -> None:
        for start in range(0, len(texts), _AT_ONCE):
            some = texts[start : start + _AT_ONCE]
            self._hand_on(some, np.array([self._counts.pop(text) for text in some], dtype=np.int64))


class WordFinder:
    """Finds the words of texts. name: one of WORDS. Raises BadSetting for any other."""

    def __init__(self, name: str) -> None:
        if name not in WORDS:
            raise BadSetting("words", name, f"one of {', '.join(WORDS)}")
        self.name = name
        self._kiwi = KiwiTokenizer() if name == "kiwi" else None
        self._split = str.split if name == "whitespace" else SplitTokenizer("words", lowercase=False).tokens

    @property
    def needs_whole_texts(self) -> bool:
        """Whether words depend on those around them; otherwise the parts of a text have the same words."""
        return self._kiwi is not None

    def words_of_each(self, texts: Sequence[str]) -> Iterator[list[str]]:
        """Yield the words of each text. Raises MissingExtra without kiwipiepy."""
        return map(self._split, texts) if self._kiwi is None else self._kiwi.tokens_of_each(texts)

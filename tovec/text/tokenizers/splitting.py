"""Words, white-space tokens and characters: tokenizers that cut text by the kind of its characters.

Each is defined by what goes into its tokenizer.json, a normalizer and a pre-tokenizer of Hugging
Face `tokenizers`, and `SplitTokenizer.tokens` asks that library. Training reads text by a compiled
scanner instead (tovec/text/scanning.py) that knows the definition as tables of characters
(characters.py), *asked of* the same library, so that the two cannot differ by a Unicode version.

Words follow the word boundaries of Unicode (UAX #29) with three differences that embeddings want:
Han, Hiragana and Katakana are one token a character, a full stop or colon between letters ends the
word, and only what holds a letter or a digit is a word. An apostrophe between letters stays
(`don't`, `l'homme`; the typographic ’ is read as '), a full stop or comma between digits too (3.14).
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tovec.dependencies import needs
from tovec.text.tokenizers.base import require_text, tokenizer_json, word_level
from tovec.text.tokenizers.blanks import parts_at_blanks
from tovec.text.tokenizers.characters import (
    APOSTROPHE,
    DIGIT,
    EXTEND,
    LETTER,
    OTHER,
    POINT,
    SINGLE,
    SPACE,
    CharacterClasses,
    character_classes,
    compose,
)

_SINGLE = r"\p{Han}\p{Hiragana}\p{Katakana}ーｰ〆"
_LETTER = rf"[\p{{L}}\p{{N}}_&&[^{_SINGLE}]&&[^\p{{Nd}}ﾞﾟ]]"
_DIGIT = r"\p{Nd}"
_EXTEND = r"[\p{M}\u200C\u200Dﾞﾟ]"
_WORD = (
    rf"[{_SINGLE}]{_EXTEND}*"
    rf"|(?:{_LETTER}|{_DIGIT})"
    rf"(?:{_LETTER}|{_DIGIT}|{_EXTEND}"
    rf"|(?<={_LETTER}|{_EXTEND})'(?={_LETTER})"
    rf"|(?<={_DIGIT})[.,](?={_DIGIT}))*"
)
# Behind the last character of a word: nothing follows that _WORD would have taken in.
_WORD_END = (
    rf"(?!{_EXTEND})(?:(?<=[{_SINGLE}]{_EXTEND}*)"
    rf"|(?!{_LETTER}|{_DIGIT}|(?<={_LETTER}|{_EXTEND})'(?={_LETTER})|(?<={_DIGIT})[.,](?={_DIGIT})))"
)


@dataclass(frozen=True)
class Kind:
    """How one kind of token is written in a tokenizer.json, and by which classes it is scanned."""

    pre_tokenizer: Mapping[str, Any]
    classes: Mapping[int, str]  # class: pattern of its characters, asked in this order, later ones win
    rest: int  # the class of all other characters
    lowercase: bool = False
    plain_apostrophe: bool = False
    decoder: Mapping[str, Any] | None = None  # without one tokens are joined by blanks
    word: str = ""  # the patterns of a token and of the place where it ends; kinds without have no phrases
    word_end: str = ""


def _split(pattern: str, behavior: str, invert: bool) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert}


KINDS: Mapping[str, Kind] = {
    "words": Kind(
        _split(_WORD, "Removed", True),
        {
            LETTER: _LETTER,
            DIGIT: _DIGIT,
            EXTEND: _EXTEND,
            SINGLE: f"[{_SINGLE}]",
            APOSTROPHE: "'",
            POINT: "[.,]",
            SPACE: r"\s",
        },
        rest=OTHER,
        lowercase=True,
        plain_apostrophe=True,
        word=_WORD,
        word_end=_WORD_END,
    ),
    "whitespace": Kind(
        {"type": "WhitespaceSplit"}, {SPACE: r"\s"}, rest=LETTER, word=r"\S+", word_end=r"(?!\S)"
    ),
    "characters": Kind(_split(r"[\s\S]", "Isolated", False), {}, rest=SINGLE, decoder={"type": "Fuse"}),
}


class SplitTokenizer:
    """Tokens cut by character classes, after NFC and, where wanted, lower case.

    kind: `words`, `whitespace` (what lies between white space) or `characters` (code points, white
    space too). lowercase: None for the kind's habit: words yes, the others no.
    """

    cuts_at_blanks = True  # the tokens of a text are those of its parts; see `blanks.parts_at_blanks`
    word_splitter = staticmethod(parts_at_blanks)
    vocabulary: tuple[str, ...] | None = None

    def __init__(self, kind: str = "words", *, lowercase: bool | None = None) -> None:
        self.name = kind
        self.kind = KINDS[kind]
        self.lowercase = self.kind.lowercase if lowercase is None else lowercase

    def __repr__(self) -> str:
        return f"SplitTokenizer({self.name!r}, lowercase={self.lowercase})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SplitTokenizer) and self.settings == other.settings

    def __hash__(self) -> int:
        return hash((self.name, self.lowercase))

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(
            SplitTokenizer, self.name, lowercase=self.lowercase
        ), ()  # without its tables

    @property
    def settings(self) -> dict[str, Any]:
        """Name and lower case."""
        return {"name": self.name, "lowercase": self.lowercase}

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of `text`, in order, as Hugging Face `tokenizers` cuts them."""
        pieces = self._pipeline.pre_tokenizer.pre_tokenize_str(
            self._pipeline.normalizer.normalize_str(require_text(text))
        )
        return [piece for piece, _ in pieces]

    def to_json(self, tokens: Sequence[str], unknown: str | None = None, *, indent: int | None = 1) -> str:
        """Return the text of a tokenizer.json that gives these tokens these ids; see `tokenizer_json`."""
        return tokenizer_json(
            *(word_level(tokens, unknown), self.normalizer(), self.kind.pre_tokenizer, self.kind.decoder),
            indent=indent,
        )

    def normalizer(self, nfc: bool = True) -> dict[str, Any]:
        """Return what a tokenizer.json does to a text before it is cut, composition left out at will."""
        steps: list[dict[str, Any]] = [{"type": "NFC"}] if nfc else []
        if self.kind.plain_apostrophe:
            steps.append({"type": "Replace", "pattern": {"String": "’"}, "content": "'"})
        if self.lowercase:
            steps.append({"type": "Lowercase"})
        return {"type": "Sequence", "normalizers": steps}

    @functools.cached_property
    def _pipeline(self) -> Any:
        needs("tokenizers", "this tokenizer")
        from tokenizers import Tokenizer

        return Tokenizer.from_str(self.to_json([]))

    @functools.cached_property
    def classes(self) -> CharacterClasses:
        """The definition as tables for the scanner; made once, in about half a second."""
        return _classes(self.name, self.lowercase)

    def normalize(self, text: str) -> str:
        """Return `text` in NFC with characters that fold into several folded, the scanner's slow path."""
        text = compose(text)
        for character, folded in self.classes.expansions.items():
            text = text.replace(character, folded)
        return text


@functools.cache
def _classes(name: str, lowercase: bool) -> CharacterClasses:
    tokenizer = SplitTokenizer(name, lowercase=lowercase)
    return character_classes(tokenizer.kind.classes, tokenizer.kind.rest, tokenizer.normalizer(nfc=False))

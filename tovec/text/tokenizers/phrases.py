"""Words, and phrases of them that are one token: `new_york` for "New York".

Defined, as the words are, by a tokenizer.json: its Split regex knows the phrases and tries them, the
longest first, before a single word. So a phrase is found from left to right, where its words stand
side by side with only white space between them; punctuation, or any other word, keeps them apart.
Words of one character (Han, kana) are written without white space, and so are their phrases: 東京.
"""

import functools
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from typing import Any

from tovec.counted import counted
from tovec.dependencies import needs
from tovec.errors import TovecError
from tovec.text.tokenizers.base import require_text, tokenizer_json, word_level
from tovec.text.tokenizers.characters import SINGLE
from tovec.text.tokenizers.splitting import KINDS, SplitTokenizer

JOINT = "_"  # in a token, for the white space of the phrase

_DEEPEST = 50  # levels of groups in the regex, which its compiler limits


class PhraseTokenizer:
    """Tokens of `words`, phrases joined.

    phrases: as a text in lower case (where words are) and NFC spells them, `new york`, with one blank
    for the white space. Raises TovecError for words of a kind that has no phrases.
    """

    vocabulary: tuple[str, ...] | None = None

    def __init__(self, words: SplitTokenizer, phrases: Iterable[str]) -> None:
        check_has_phrases(words)
        self.words = words
        self.name = words.name
        self.phrases = tuple(sorted(set(phrases)))

    def __repr__(self) -> str:
        return f"PhraseTokenizer({self.words!r}, {counted(len(self.phrases), 'phrase')})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PhraseTokenizer) and self.settings == other.settings

    def __hash__(self) -> int:
        return hash((self.words, self.phrases))

    @property
    def settings(self) -> dict[str, Any]:
        """Those of the words, and the phrases."""
        return {**self.words.settings, "phrases": list(self.phrases)}

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of `text`, in order, as Hugging Face `tokenizers` cuts them."""
        pieces = self._pipeline.pre_tokenizer.pre_tokenize_str(
            self._pipeline.normalizer.normalize_str(require_text(text))
        )
        return [piece for piece, _ in pieces]

    def to_json(self, tokens: Sequence[str], unknown: str | None = None) -> str:
        """Return the text of a tokenizer.json that gives these tokens these ids."""
        pattern = self.words.kind.word
        if self.phrases:
            pattern = f"{_any_of(self.phrases)}{self.words.kind.word_end}|{pattern}"
        one_blank = {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}
        steps = [
            {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Removed", "invert": True},
            # Only phrases hold blanks: this makes each a JOINT, and does nothing else.
            {"type": "Metaspace", "replacement": JOINT, "prepend_scheme": "never", "split": False},
        ]
        return tokenizer_json(
            word_level(tokens, unknown),
            {"type": "Sequence", "normalizers": [self.words.normalizer(), one_blank]},
            {"type": "Sequence", "pretokenizers": steps},
        )

    @functools.cached_property
    def _pipeline(self) -> Any:
        needs("tokenizers", "this tokenizer")
        from tokenizers import Tokenizer

        return Tokenizer.from_str(self.to_json([]))


def check_has_phrases(tokenizer: object) -> None:
    """Raise TovecError unless `tokenizer` is one of words that can be joined to phrases."""
    if isinstance(tokenizer, PhraseTokenizer):
        raise TovecError(f"tokenizer {tokenizer.name!r} has its phrases already; give its words alone")
    if not (isinstance(tokenizer, SplitTokenizer) and tokenizer.kind.word):
        name = getattr(tokenizer, "name", type(tokenizer).__name__)
        able = " and ".join(name for name, kind in KINDS.items() if kind.word)
        raise TovecError(f"tokenizer {name!r} has no phrases; phrases go with {able}")


def phrase_of(words: Sequence[str], tokenizer: SplitTokenizer) -> str:
    """Return the phrase of these words as a text spells it, which `token_of` makes a token."""
    classes = tokenizer.classes.classes
    single = [classes[ord(word[0])] == SINGLE for word in words]
    blanks = ["" if before or after else " " for before, after in pairwise(single)]
    return "".join(part for pair in zip(words, [*blanks, ""], strict=True) for part in pair)


def token_of(phrase: str) -> str:
    """Return the token of a phrase: `new_york` of `new york`."""
    return phrase.replace(" ", JOINT)


_SYNTAX = frozenset(r"\.[]{}()*+?^$|")


def _any_of(texts: Sequence[str], at: int = 0, depth: int = 0) -> str:
    """Return a regex for what one of the sorted `texts` holds from `at` on, the longest that fits.

    What they begin with in common is written once, so that few alternatives are tried at each place.
    """
    if depth == _DEEPEST:  # a text stands behind those that go on where it ends
        return f"(?:{'|'.join(_escaped(text[at:]) for text in reversed(texts))})"
    ends_here = len(texts[0]) == at
    alternatives = []
    for _, group in groupby(texts[ends_here:], key=lambda text: text[at]):
        same = list(group)
        # Of sorted texts, what the first and the last have in common they all have.
        first, last = same[0], same[-1]
        end = at + 1
        while end < len(first) and first[end] == last[end]:
            end += 1
        rest = _any_of(same, end, depth + 1) if len(first) < len(last) or len(same) > 1 else ""
        alternatives.append(_escaped(first[at:end]) + rest)
    return f"(?:{'|'.join(alternatives)}){'?' if ends_here else ''}"


def _escaped(text: str) -> str:
    return "".join(f"\\{character}" if character in _SYNTAX else character for character in text)

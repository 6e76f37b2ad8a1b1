"""The order in which tokens are of use to a reader: who gets a label, stands in an example, names a cluster.

Counted tokens are in the order of their counts. Where nothing is counted, the order of ids says the most:
files of vectors and vocabularies of tokenizers put the frequent ones first, since the merges of BPE, the
scores of unigram pieces and the pieces of WordPiece are found from the frequent to the rare. But such a
vocabulary begins with reserved names, bytes and letters, and half of it are parts of words. So tokens are
first sorted by what they are, words before all others, and of these the ones that every reader knows.
"""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import IntEnum
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.text.familiar_words import FAMILIAR_WORDS
from tovec.text.numbered import NumberedNames
from tovec.text.token_bytes import Spelling, byte_level_name
from tovec.text.vocabulary import Vocabulary

# Scripts by the first word of their letters' Unicode names.
SCRIPTS_OF = MappingProxyType({"en": "LATIN", "ko": "HANGUL"})
_COMMON = frozenset({
    "LATIN", "HANGUL", "CJK", "HIRAGANA", "KATAKANA", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "DEVANAGARI",
    "THAI",
})  # fmt: skip
_UNSPACED = frozenset(("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"))
# Letters that a whole word has at least; 3 in other scripts. One of two Latin letters is mostly a part.
_WORD_LENGTH = MappingProxyType({"CJK": 1, "HANGUL": 2, "HIRAGANA": 2, "KATAKANA": 2})

_MARKS = ("▁", "Ġ")  # of the space before a word
_MARKED = 0.1  # the share of tokens with such a mark, from which those without continue a word
_CONTINUED = "##"
_WORD = re.compile(r"[^\W\d_]+(?:['’\-_. ][^\W\d_]+)*\.?\Z")
_RESERVED = re.compile(r"\[[^\[\]\s]+\]\Z|<[^<>\s]+>\Z")  # [unused7], [multimodal], <0x0A>, </s>, <|im_end|>


class Use(IntEnum):
    """What a token is to a reader, the most useful first."""

    WORD = 0
    SHORT_WORD = 1
    PART = 2  # of a word
    MIXED = 3  # letters with digits or signs
    NUMBER = 4
    LETTER = 5
    SIGN = 6
    NO_TEXT = 7  # spaces, line ends, bytes, control characters, reserved names


class Kind(NamedTuple):
    """Tokens that are of equal use. script: of the first letter; "" for no letters."""

    use: Use
    script: str = ""
    is_familiar: bool = False


_NO_TEXT = Kind(Use.NO_TEXT)
_LAST = 1 << 10  # a place after those of all kinds
_SORTED_PER_TOKEN = 5  # tokens of a large vocabulary that are sorted for each of the first that are wanted


def by_importance(vocabulary: Vocabulary, language: str | None = None) -> NDArray[np.int64]:
    """Return all ids, (n_tokens,), those of most use to a reader first; ties are in the order of ids.

    With counts, the highest first, in a vocabulary of pieces of words whole words before all others; tokens
    that stand for no text come last. Without counts, whole words first: those in the script of `language`,
    "en" or "ko" (None: the script of most words), then in other common scripts, in each the familiar ones
    before the others; then parts of words, numbers, letters, signs; bytes, white space and reserved names
    last.

    >>> vocabulary = Vocabulary(["[unused0]", "!", "s", "##ing", "the", "house", "영화"])
    >>> [vocabulary.tokens[row] for row in by_importance(vocabulary)]
    ['house', 'the', '영화', '##ing', 's', '!', '[unused0]']
    """
    n_given, n_rows = len(_given(vocabulary)), len(vocabulary)
    is_special = np.ones(n_rows, dtype=np.bool_)
    is_special[:n_given] = [row in vocabulary.special for row in range(n_given)]
    if vocabulary.counts is not None:
        return np.lexsort((-vocabulary.counts, _is_piece(vocabulary), is_special))
    place = np.full(n_rows, _LAST)
    place[:n_given] = _places(vocabulary, language)
    place[is_special] = _LAST
    return np.argsort(place, kind="stable")


def first_by_importance(vocabulary: Vocabulary, n: int) -> list[int]:
    """Return `n` ids about as `by_importance` begins, fewer of a smaller vocabulary, in little time.

    Of a large vocabulary only the tokens of highest count are looked at; without counts its first ids, and
    the words that every reader knows.

    >>> first_by_importance(Vocabulary(["!", "s", "the", "house", "영화"]), 2)
    [2, 3]
    """
    counts, n_sorted = vocabulary.counts, _SORTED_PER_TOKEN * n
    if len(vocabulary) <= n_sorted:
        candidates = np.arange(len(vocabulary))
    elif counts is not None:
        candidates = np.sort(np.argpartition(-counts, n_sorted)[:n_sorted])
    else:
        candidates = np.union1d(np.arange(n_sorted), np.array(familiar_ids(vocabulary), dtype=np.int64))
    order = by_importance(vocabulary.select(candidates))[:n]
    ids: list[int] = candidates[order].tolist()
    return ids


def example(vocabulary: Vocabulary) -> int:
    """Return the id of the token to show as an example: the first by importance that is a word.

    Where none is, of the kind that comes nearest: bytes, blanks and signs are often the most frequent.

    >>> vocabulary = Vocabulary(["<0x84>", ",", "the", "house"], np.array([9, 8, 7, 1]))
    >>> vocabulary.tokens[example(vocabulary)]
    'the'
    """
    kinds = kinds_of(vocabulary)
    order: list[int] = by_importance(vocabulary).tolist()
    named = [row for row in order if row < len(kinds) and row not in vocabulary.special]
    return min(named, key=lambda row: max(kinds[row].use, Use.SHORT_WORD), default=order[0])


def familiar_ids(vocabulary: Vocabulary) -> list[int]:
    """Return the ids of the tokens that are words every reader knows, ascending; counts do not matter.

    >>> familiar_ids(Vocabulary(["the", "queen", "▁king", "영화"]))
    [1, 2, 3]
    """
    words = itertools.chain.from_iterable(FAMILIAR_WORDS.values())
    # By names alone: to find a text, `find` reads the names of all tokens, which takes most of a second.
    ids = vocabulary.find_exactly([name for word in words for name in _names_of(word, vocabulary.spelling)])
    found: list[int] = np.unique(ids[ids >= 0]).tolist()
    return found


def _names_of(word: str, spelling: Spelling) -> Iterator[str]:
    """Yield the names that a word may have, with and without a space before it, also decomposed."""
    forms = [word] if word.isascii() else [word, unicodedata.normalize("NFD", word)]
    for form in forms:
        for mark in ("", *_MARKS):
            yield mark + form
        if spelling is Spelling.BYTE_LEVEL:
            yield byte_level_name(form.encode())
            yield byte_level_name(f" {form}".encode())


def likely_counts(vocabulary: Vocabulary) -> NDArray[np.float64]:
    """Return the counts of all tokens, (n_tokens,); without them those of Zipf's law, by importance.

    The token of rank r then has n_tokens / r, so that the last has 1 (Zipf 1949).
    """
    if vocabulary.counts is not None:
        return vocabulary.counts.astype(np.float64)
    n = len(vocabulary)
    counts = np.empty(n)
    counts[by_importance(vocabulary)] = n / np.arange(1, n + 1)
    return counts


def _given(vocabulary: Vocabulary) -> Sequence[str]:
    """Return the names of tokens, without those of rows that have none."""
    tokens = vocabulary.tokens
    return tokens.given if isinstance(tokens, NumberedNames) else tokens


def kinds_of(vocabulary: Vocabulary) -> list[Kind]:
    """Return what kind each token is, by id, (n_given,): without the rows after them that have no name."""
    names = vocabulary.readable_tokens[: len(_given(vocabulary))]
    is_marked = _marks_words(names)
    return [_kind(name, is_marked) for name in names]


def _is_piece(vocabulary: Vocabulary) -> NDArray[np.bool_]:
    """Return which tokens are less than a word, (n_tokens,), in a vocabulary that marks where words begin."""
    names = vocabulary.readable_tokens[: len(_given(vocabulary))]
    found = np.zeros(len(vocabulary), dtype=np.bool_)
    if _marks_words(names):
        found[: len(names)] = [_kind(name, True).use > Use.SHORT_WORD for name in names]
    return found


def _marks_words(names: Sequence[str]) -> bool:
    n_marked = sum(name.startswith(_MARKS) for name in names)
    return n_marked >= _MARKED * len(names) > 0


def _places(vocabulary: Vocabulary, language: str | None) -> NDArray[np.int64]:
    """Return the place of each token's kind among all kinds, (n_given,)."""
    kinds = kinds_of(vocabulary)
    first = _script_of_most(kinds) if language is None else SCRIPTS_OF[language]
    place_of = {kind: _place(kind, first) for kind in set(kinds)}
    return np.fromiter(map(place_of.__getitem__, kinds), np.int64, len(kinds))


def _place(kind: Kind, first: str) -> int:
    """Return the place of a kind among all kinds, for readers of the script `first`."""
    script = kind.script
    distance = 0 if script == first else 1 if script == "LATIN" else 2 if script in _COMMON else 3
    return 2 * (4 * kind.use + distance) + (not kind.is_familiar)


def _script_of_most(kinds: Sequence[Kind]) -> str:
    words = Counter(kind.script for kind in kinds if kind.use is Use.WORD)
    return max(words, key=words.__getitem__, default="LATIN")


def _kind(name: str, is_marked: bool) -> Kind:
    """Return what kind of token a name is. is_marked: whether words begin with a mark."""
    text = name.lstrip("▁Ġ") if name.startswith(_MARKS) else name
    begins = not is_marked or text is not name
    if text.startswith(_CONTINUED) and len(text) > len(_CONTINUED):
        text, begins = text[len(_CONTINUED) :], False
    if not text or text.isspace() or _RESERVED.match(text) or not text[0].isprintable():
        return _NO_TEXT
    if text.isalpha() or _WORD.match(text) or _is_marked_letters(text):
        return _kind_of_letters(text, begins)
    if text.isnumeric():
        return Kind(Use.NUMBER)
    letter = next(filter(str.isalpha, text), None)
    return Kind(Use.SIGN) if letter is None else Kind(Use.MIXED, _script(letter))


def _is_marked_letters(text: str) -> bool:
    """Whether `text` is letters with combining marks, as in Devanagari."""
    return text[0].isalpha() and all(unicodedata.category(character)[0] in "LM" for character in text)


def _kind_of_letters(text: str, begins: bool) -> Kind:
    script = _script(text[0])
    is_whole = begins or script in _UNSPACED
    if len(text) >= _WORD_LENGTH.get(script, 3):
        is_familiar = is_whole and text in FAMILIAR_WORDS.get(script, ())
        return Kind(Use.WORD if is_whole else Use.PART, script, is_familiar)
    if len(text) == 1 and script != "HANGUL":
        return Kind(Use.LETTER, script)
    return Kind(Use.SHORT_WORD if is_whole else Use.PART, script)


@lru_cache(maxsize=1 << 16)
def _script(letter: str) -> str:
    """Return the script of a letter, by the first word of its Unicode name."""
    return unicodedata.name(letter, "").partition(" ")[0]

"""Characters as tables: their class, their lower case, what NFC does to them.

The tables are asked of Hugging Face `tokenizers`, character by character, because that is what a
saved tokenizer.json is read by, and its Unicode is not this Python's: of some hundred rare marks
the two disagree.
"""

import functools
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tovec.dependencies import needs
from tovec.text.tokenizers.base import tokenizer_json, word_level

# Classes of characters, as the scanner knows them.
OTHER, LETTER, DIGIT, EXTEND, SINGLE, APOSTROPHE, POINT, SPACE = range(8)

N_POINTS = 0x110000

# Blocks whose characters are all alike; asking for the first of each saves half the time.
_ALIKE = (
    range(0x3400, 0x4DC0),  # Han
    range(0x4E00, 0x9FFD),
    range(0xAC00, 0xD7A4),  # Hangul syllables
    range(0xE000, 0xF900),  # private use
    range(0x17000, 0x187F8),  # Tangut
    range(0x20000, 0x2A6DE),  # Han, extensions B to H
    range(0x2A700, 0x2B739),
    range(0x2B740, 0x2B81E),
    range(0x2B820, 0x2CEA2),
    range(0x2CEB0, 0x2EBE1),
    range(0x30000, 0x3134B),
    range(0x31350, 0x323B0),
)

# What can join with, or trade places with, what stands before it: marks, the vowels and finals of
# Hangul jamo, and the letters of Kirat Rai that compose (Unicode 16).
_MAY_COMPOSE = r"[\p{M}\u1161-\u1175\u11A8-\u11C2\x{16D63}-\x{16D6A}]"

_MARK = "\U0010ffff"  # in the place of what a pattern matches; not a character, and not asked for
_LAST_MARK = "\u0345"  # of the highest combining class there is, 240


@dataclass(frozen=True)
class CharacterClasses:
    """What the scanner asks of a character, by code point.

    classes: (N_POINTS,) uint8, the class of what the character folds to. fold: (N_POINTS,) int32,
    the character it becomes (lower case). irregular: (N_POINTS,) bool, whether a text that holds
    it has to be normalized before it is scanned. expansions: characters that fold into several.
    """

    classes: NDArray[np.uint8]
    fold: NDArray[np.int32]
    irregular: NDArray[np.bool_]
    expansions: Mapping[str, str]


def character_classes(
    patterns: Mapping[int, str], rest: int, normalizer: Mapping[str, Any]
) -> CharacterClasses:
    """Return the tables for text that goes through NFC and then `normalizer`.

    patterns: the regular expression of each class, later ones win; rest: the class of all others.
    """
    points, lines = _probed()
    folded, composed = _in_library(normalizer)(lines), _in_library({"type": "NFC"})(lines)

    own = np.full(N_POINTS, rest, dtype=np.uint8)
    for value, pattern in patterns.items():
        own[_members(pattern)] = value
    for block in _ALIKE:
        own[block.start : block.stop] = own[block.start]

    fold = np.arange(N_POINTS, dtype=np.int32)
    irregular = _members(_MAY_COMPOSE)
    expansions = {}
    fold[points], lengths = _first_of_each(folded)
    nfc, nfc_lengths = _first_of_each(composed)
    irregular[points] |= (nfc != points) | (nfc_lengths != 1) | (lengths != 1)
    becomes = folded.split("\n")
    for place in np.flatnonzero(lengths != 1):
        expansions[chr(points[place])] = becomes[place]
    return CharacterClasses(own[fold], fold, irregular, expansions)


def compose(text: str) -> str:
    """Return `text` in NFC (UAX #15) as the library has it, ten times as fast for all but rare text."""
    if disputed().isdisjoint(text):
        return unicodedata.normalize("NFC", text)
    return _in_library({"type": "NFC"})(text)


@functools.cache
def disputed() -> frozenset[str]:
    """Return the characters that the library and this Python compose, or put in order, differently."""
    points, _ = _probed()
    characters = list(map(chr, points))
    # A mark moves before one of a higher class: this shows which classes the library knows.
    marked = [_LAST_MARK + character for character in characters]
    apart = {unicodedata.normalize("NFD", character) for character in characters} - set(characters)
    cases = sorted({*characters, *marked, *apart})
    answers = _in_library({"type": "NFC"})("\n".join(cases)).split("\n")
    return frozenset(
        case[-1]
        for case, answer in zip(cases, answers, strict=True)
        if unicodedata.normalize("NFC", case) != answer
    )


@functools.cache
def _probed() -> tuple[list[int], str]:
    """Return the code points to ask for, and the characters, one a line.

    Planes 0 to 3 and the tags and selectors of plane 14 hold all that has letters, marks or case;
    the rest is private or unassigned. Line feed is left out, since it separates the answers.
    """
    wanted = np.zeros(N_POINTS, dtype=np.bool_)
    wanted[:0x33480] = wanted[0xE0000:0xE01F0] = True
    wanted[0xD800:0xE000] = wanted[ord("\n")] = False  # surrogates are not characters
    for block in _ALIKE:
        wanted[block.start + 1 : block.stop] = False
    points = [int(point) for point in np.flatnonzero(wanted)]
    return points, "\n".join(map(chr, points))


def _members(pattern: str) -> NDArray[np.bool_]:
    """Return which code points `pattern` matches, as the regular expressions of the library see it."""
    needs("tokenizers", "this tokenizer")
    from tokenizers import Regex, normalizers

    points, lines = _probed()
    marked = normalizers.Replace(Regex(pattern), _MARK).normalize_str(f"{lines}\n\n")
    members = np.zeros(N_POINTS, dtype=np.bool_)
    members[[*points, ord("\n")]] = _code_points(marked)[::2] == ord(_MARK)
    return members


def _first_of_each(lines: str) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the first code point of each line, and how many code points each has."""
    text = _code_points(f"{lines}\n")
    ends = np.flatnonzero(text == ord("\n"))
    starts = np.concatenate([[0], ends[:-1] + 1])
    return text[starts], ends - starts


def _code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), dtype="<u4")


@functools.cache
def _library_pipeline(normalizer: str) -> Any:
    needs("tokenizers", "this tokenizer")
    from tokenizers import Tokenizer

    return Tokenizer.from_str(normalizer).normalizer


def _in_library(normalizer: Mapping[str, Any]) -> Callable[[str], str]:
    made = _library_pipeline(tokenizer_json(word_level([], None), normalizer))
    return cast(Callable[[str], str], made.normalize_str)

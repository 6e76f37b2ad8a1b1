"""The script that a text or a token is written in."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING

from tovec.text.jamo import FIRST_SYLLABLE, N_SYLLABLES

if TYPE_CHECKING:
    from tovec.text.vocabulary import Vocabulary

_MOST_TOKENS = 10_000  # the most frequent, which speak for all
# Scripts by the words that begin the names of their letters in Unicode.
_SCRIPT_OF_NAME: Mapping[str, str] = MappingProxyType(
    {
        "LATIN": "latin",
        "HANGUL": "hangul",
        "CJK": "han",
        "IDEOGRAPHIC": "han",  # 々
        "HIRAGANA": "kana",
        "KATAKANA": "kana",
        "KATAKANA-HIRAGANA": "kana",
        **{
            name.upper(): name
            for name in (
                *("arabic", "armenian", "bengali", "cyrillic", "devanagari", "ethiopic", "georgian", "greek"),
                *("gujarati", "gurmukhi", "hebrew", "kannada", "khmer", "lao", "malayalam", "mongolian"),
                *("myanmar", "oriya", "sinhala", "syriac", "tamil", "telugu", "thai", "thaana", "tibetan"),
            )
        },
    }
)
_WIDTHS = ("FULLWIDTH", "HALFWIDTH")  # which stand before the script in a name
SCRIPTS = tuple(sorted(set(_SCRIPT_OF_NAME.values())))
_FIRST_LETTER, _LAST_LETTER = "ㄱ", "ㆎ"  # Hangul letters that stand alone: ㅋㅋ, ㅠㅠ


def hangul_share(vocabulary: "Vocabulary") -> float:
    """Return the share of Hangul among the letters of the text that was counted, in [0, 1].

    A letter counts as often as its token; of many tokens the most frequent are asked. 0 without counts, and
    where there are no letters.
    """
    if vocabulary.counts is None:
        return 0.0
    n_letters = n_hangul = 0
    counted = zip(vocabulary.readable_tokens, vocabulary.counts.tolist(), strict=True)
    for token, count in islice(counted, _MOST_TOKENS):
        letters = [character for character in token if character.isalpha()]
        n_letters += count * len(letters)
        n_hangul += count * sum(map(_is_hangul, letters))
    return n_hangul / max(1, n_letters)


def script_of(text: str) -> str | None:
    """Return the one of SCRIPTS that all letters of a text are of; None without letters, or with others."""
    found = {_script_of_letter(character) for character in text if character.isalpha()}
    return found.pop() if len(found) == 1 else None


@lru_cache(1 << 16)
def _script_of_letter(letter: str) -> str | None:
    words = [word for word in unicodedata.name(letter, "").split() if word not in _WIDTHS]
    return _SCRIPT_OF_NAME.get(words[0]) if words else None


def _is_hangul(character: str) -> bool:
    is_syllable = 0 <= ord(character) - FIRST_SYLLABLE < N_SYLLABLES
    return is_syllable or _FIRST_LETTER <= character <= _LAST_LETTER


def tokenizer_advice(vocabulary: "Vocabulary") -> str | None:
    """Return a line on the tokenizer that suits a text better than words, None where words do.

    In Korean a word carries its particles and endings, so most words are rare. Settings stand in backquotes;
    see progress.Note.
    """
    if hangul_share(vocabulary) <= 0.5:
        return None
    missing = "" if find_spec("kiwipiepy") is not None else " (pip install 'tovec[ko]')"
    return f"the text is mostly Korean: `tokenizer` kiwi gives better vectors than words{missing}"

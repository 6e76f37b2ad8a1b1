"""The script that a text is written in, as far as it decides which tokens suit the text."""

from importlib.util import find_spec
from itertools import islice

from tovec.text.jamo import FIRST_SYLLABLE, N_SYLLABLES
from tovec.text.vocabulary import Vocabulary

_MOST_TOKENS = 10_000  # the most frequent, which speak for all
_FIRST_LETTER, _LAST_LETTER = "ㄱ", "ㆎ"  # Hangul letters that stand alone: ㅋㅋ, ㅠㅠ


def hangul_share(vocabulary: Vocabulary) -> float:
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


def _is_hangul(character: str) -> bool:
    is_syllable = 0 <= ord(character) - FIRST_SYLLABLE < N_SYLLABLES
    return is_syllable or _FIRST_LETTER <= character <= _LAST_LETTER


def tokenizer_advice(vocabulary: Vocabulary) -> str | None:
    """Return a line on the tokenizer that suits a text better than words, None where words do.

    In Korean a word carries its particles and endings, so most words are rare. Settings stand in backquotes;
    see progress.Note.
    """
    if hangul_share(vocabulary) <= 0.5:
        return None
    missing = "" if find_spec("kiwipiepy") is not None else " (pip install 'tovec[ko]')"
    return f"the text is mostly Korean: `tokenizer` kiwi gives better vectors than words{missing}"

"""How a tokenizer has cut a text, in numbers: each figure is a function whose docstring says how to read it.

No figure says that a tokenizer makes a better model: of the measures compared in 2026 only the share of words
kept whole goes along with multilingual scores, and none with English ones.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tovec.measures.explained import explanation

MOST_UNKNOWN = 0.1  # of the characters; where more are unknown, few tokens are no merit


@dataclass(frozen=True)
class Cut:
    """What became of a text, or of its words of one script. All are numbers of them.

    words: occurrences; distinct: different words. characters: code points; of a text with all between its
    words, of a script those of its words. tokens, byte_pieces, unknown: of the text as a whole; of a script
    those of its words, each behind a blank. whole: words that are one token, and a known one, behind a blank;
    whole_alone: without the blank; distinct_whole, distinct_alone: of the different words. word_characters,
    unknown_characters: of the words, and of these what no known token stands for.
    """

    name: str
    words: int = 0
    distinct: int = 0
    characters: int = 0
    bytes: int = 0
    tokens: int = 0
    byte_pieces: int = 0
    unknown: int = 0
    whole: int = 0
    whole_alone: int = 0
    distinct_whole: int = 0
    distinct_alone: int = 0
    word_characters: int = 0
    unknown_characters: int = 0

    @property
    def is_left_out(self) -> bool:
        """Whether so much is unknown that the text cannot be compared."""
        return unknown_characters(self) > MOST_UNKNOWN

    @property
    def figures(self) -> dict[str, float]:
        """All figures by name; NaN for those that compare lengths where too much is unknown."""
        left_out = self.is_left_out
        return {
            name: math.nan if left_out and name in LENGTHS else figure(self)
            for name, figure in FIGURES.items()
        }


def tokens_per_word(cut: Cut) -> float:
    """Tokens for each word: the fertility of Rust et al. 2021 (arXiv:2012.15613).

    n tokens of the text / n words of the text. 1 is a word a token. It depends on what a word is, which is
    printed with it, and on the language: compare tokenizers on one text, not languages with each other.
    Signs between white space belong to the words there, and count as tokens.
    """
    return _share(cut.tokens, cut.words)


def tokens_per_character(cut: Cut) -> float:
    """Tokens for each character (code point) of the text: n tokens / n characters, white space too.

    Ends of lines do not count. It needs no words, so it also fits languages that write none apart.
    """
    return _share(cut.tokens, cut.characters)


def bytes_per_token(cut: Cut) -> float:
    """Bytes of text in UTF-8 for each token: n bytes / n tokens, the compression.

    More is shorter. Characters have 1 byte in English, 3 in Korean, Japanese or Hindi, so languages cannot be
    compared by it.
    """
    return _share(cut.bytes, cut.tokens)


def whole(cut: Cut) -> float:
    """Share of the words of the text that are one known token, each behind a blank, as often as they occur.

    What is left are the continued words of Rust et al. 2021 (arXiv:2012.15613).
    """
    return _share(cut.whole, cut.words)


def strr(cut: Cut) -> float:
    """Share of the different words that are one known token behind a blank (single token retention rate).

    STRR = (1/n) Σ [|T(w)| = 1] over n words, Nayeem et al. 2025 (arXiv:2510.09947), here in [0, 1], over all
    different words of the text, so it falls with the length of the text: compare on one text. Of the measures
    of tokenizers compared in 2026 it alone goes along with multilingual scores; that is no proof for a model.
    """
    return _share(cut.distinct_whole, cut.distinct)


def strr_alone(cut: Cut) -> float:
    """The same of words without a blank before them, as at the beginning of a text or behind a quote.

    Far below the other where names of tokens hold the blank, as in GPT-2; the same in WordPiece.
    """
    return _share(cut.distinct_alone, cut.distinct)


def byte_pieces(cut: Cut) -> float:
    """Share of the tokens that stand for bytes and not for whole characters: `<0xEB>`, or parts of UTF-8.

    What a vocabulary lacks is spelled so: it is known, but long, and no such token means anything by itself.
    """
    return _share(cut.byte_pieces, cut.tokens)


def unknown(cut: Cut) -> float:
    """Share of the tokens that are the unknown token, or have no row in the table.

    Among vectors of words these are the words without a vector.
    """
    return _share(cut.unknown, cut.tokens)


def unknown_characters(cut: Cut) -> float:
    """Share of the characters of words that no known token stands for.

    An unknown token may stand for a long word, which makes a tokenizer look short. Above 10 % a text, or a
    script, is left out of what compares lengths.
    """
    return _share(cut.unknown_characters, cut.word_characters)


def premium(cut: Cut, parallel: Cut) -> float:
    """Tokens of the text / tokens of its translation, by the same tokenizer, over lines that both have.

    The premium of Petrov et al. 2023 (arXiv:2305.15425); with prices by the token it is what a language costs
    more (Ahia et al. 2023, arXiv:2305.13707). 1 is parity. NaN where too much of either is unknown.
    """
    if cut.is_left_out or parallel.is_left_out:
        return math.nan
    return _share(cut.tokens, parallel.tokens)


def unused_rows() -> None:
    """Rows of the table that no token of the text has, and the megabytes that they take as they are stored.

    Of the input table, and of an output that is a table of its own. A longer text uses more; rows that a
    large text of your kind never uses are what `tovec convert --top` or trimming can save.
    """


FIGURES: Mapping[str, Callable[[Cut], float]] = MappingProxyType(
    {
        "tokens_per_word": tokens_per_word,
        "tokens_per_character": tokens_per_character,
        "bytes_per_token": bytes_per_token,
        "whole": whole,
        "strr": strr,
        "strr_alone": strr_alone,
        "byte_pieces": byte_pieces,
        "unknown": unknown,
        "unknown_characters": unknown_characters,
    }
)
LENGTHS = frozenset(("tokens_per_word", "tokens_per_character", "bytes_per_token"))
EXPLAINED: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {**FIGURES, "unused_rows": unused_rows, "premium": premium}
)


def explain(name: str) -> str:
    """Return what a figure is: its formula, its source and how to read it. name: a key of EXPLAINED."""
    return explanation(EXPLAINED, name)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan

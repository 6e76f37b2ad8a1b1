"""Whether a text can give each token: its text is made from the token and cut again.

The categories are those of magikarp (Land and Bartolo 2024, arXiv:2405.05417).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from tovec.text.numbered import NumberedNames
from tovec.text.token_bytes import Spelling
from tovec.text.tokenizers import Tokenizer
from tovec.text.vocabulary import Vocabulary

GUARD = "«"  # before a text, where a tokenizer puts a space before its first word
AT_ONCE = 1 << 14  # tokens
_LOOKS_SPECIAL = re.compile(r"[<\[].*[^\W\d_].*[>\]]\Z", re.DOTALL)


class Category(StrEnum):
    """What becomes of a token when its text is cut; only the first two can be in a text."""

    OK = "ok"
    SPECIAL = "special"
    UNREACHABLE_SPECIAL = "unreachable special"
    PARTIAL = "partial UTF-8"
    OTHER_TOKEN = "unreachable, another token"
    OTHER_TOKENS = "unreachable, several tokens"


MEANING: Mapping[Category, str] = MappingProxyType(
    {
        Category.OK: "its text gives the token",
        Category.SPECIAL: "its name gives the token",
        Category.UNREACHABLE_SPECIAL: "a name in brackets that no text gives",
        Category.PARTIAL: "its bytes are part of a character",
        Category.OTHER_TOKEN: "its text gives another token",
        Category.OTHER_TOKENS: "its text gives several tokens",
    }
)


def categories(vocabulary: Vocabulary, tokenizer: Tokenizer | None) -> list[Category] | None:
    """Return the category of every token that has a name, by id; None where texts cannot be cut into ids.

    That is so without a tokenizer, and with one that finds tokens that nobody listed. Pieces that continue a
    word in WordPiece are taken as reachable.
    """
    cut = getattr(tokenizer, "ids_of_each", None)
    if tokenizer is None or cut is None or tokenizer.vocabulary is None:
        return None
    given = vocabulary.tokens.given if isinstance(vocabulary.tokens, NumberedNames) else vocabulary.tokens
    id_of = {name: row for row, name in enumerate(tokenizer.vocabulary)}
    (guard,) = cut([GUARD])
    found: list[Category] = []
    for start in range(0, len(given), AT_ONCE):
        rows = range(start, min(start + AT_ONCE, len(given)))
        texts = [_text(vocabulary, row) for row in rows]
        known = [text for text in texts if text is not None]
        alone = iter(list(cut(known)) if known else [])
        guarded = iter(list(cut([GUARD + text for text in known])) if known else [])
        for row, text in zip(rows, texts, strict=True):
            name = given[row]
            if text is None:
                found.append(Category.PARTIAL)
                continue
            ways = [next(alone), *_without_guard(next(guarded), guard)]
            found.append(_category(vocabulary, row, name, id_of.get(name, row), ways))
    return found


def _category(
    vocabulary: Vocabulary, row: int, name: str, token_id: int, ways: Sequence[Sequence[int]]
) -> Category:
    if any(list(way) == [token_id] for way in ways):
        return Category.SPECIAL if row in vocabulary.special else Category.OK
    if row in vocabulary.special or (len(name) >= 3 and _LOOKS_SPECIAL.match(name)):
        return Category.UNREACHABLE_SPECIAL
    if vocabulary.spelling is Spelling.WORDPIECE and name.startswith("##"):
        return Category.OK
    return Category.OTHER_TOKEN if min(map(len, ways)) <= 1 else Category.OTHER_TOKENS


def _without_guard(ids: Sequence[int], guard: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield the ids that follow those of the guard, where these stayed tokens of their own."""
    if list(ids[: len(guard)]) == list(guard):
        yield ids[len(guard) :]


def _text(vocabulary: Vocabulary, row: int) -> str | None:
    """Return the text of a token, of a special one its name; None where its bytes are no whole characters."""
    raw = vocabulary.text(row)
    if raw is None:
        return vocabulary.tokens[row]
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None

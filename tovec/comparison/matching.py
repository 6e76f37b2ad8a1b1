"""Which tokens of two tables are the same: by name, else by the bytes of text that they stand for.

Tokenizers write one piece of text in different ways, and one name may be different text: `é` is a letter
where `▁` marks a blank, and a byte in GPT-2's spelling. So names are compared where both tables spell alike,
and bytes where they do not; tokens that stand for no text have nothing but their names.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from tovec.embedding import Embedding
from tovec.text.numbered import NumberedNames
from tovec.text.token_bytes import Spelling, bytes_of_name, is_byte_piece
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.table import Ids

MARKED_SHARE = 0.05  # of the names of a table, from which on a mark at their beginning is its spelling
_MARKS = MappingProxyType({"▁": Spelling.PIECES, "Ġ": Spelling.BYTE_LEVEL, "##": Spelling.WORDPIECE})
_SPELLED: Mapping[Spelling, str] = MappingProxyType(
    {
        Spelling.PLAIN: "words without a mark",
        Spelling.BYTE_LEVEL: "Ġ for a blank",
        Spelling.PIECES: "▁ for a blank",
        Spelling.WORDPIECE: "## inside of a word",
    }
)

# A token without a mark may still begin a word in the earlier of these, so that it looks for its partner.
_ASKS_FIRST = (Spelling.PLAIN, Spelling.WORDPIECE, Spelling.PIECES, Spelling.BYTE_LEVEL)


@dataclass(frozen=True)
class Matching:
    """The tokens that two tables, a and b, both have, and those that one alone has.

    ids_a, ids_b: (n_common,) int64, the row of each common token in a and in b, in the order of b's rows.
    removed: ids of a that b has no token for. added: ids of b that a has none for. how: for people.

    >>> match(tovec.Embedding(["cat", "dog"], [[1], [2]]), tovec.Embedding(["dog", "cow"], [[1], [2]])).ids_a
    array([1])
    """

    ids_a: Ids
    ids_b: Ids
    removed: Ids
    added: Ids
    how: str

    def __len__(self) -> int:
        return len(self.ids_b)

    @property
    def is_in_place(self) -> bool:
        """Whether both tables have the same tokens in the same rows."""
        return not len(self.removed) and not len(self.added) and np.array_equal(self.ids_a, self.ids_b)


def named_alike(a: Embedding, b: Embedding) -> tuple[Embedding, Embedding]:
    """Return both tables; one whose rows have no names, as of a bare file of tensors, gets the other's."""
    has_a, has_b = (bool(_given_names(table.vocabulary)) for table in (a, b))
    if has_a == has_b:
        return a, b
    return (a, _named_by(b, a.vocabulary)) if has_a else (_named_by(a, b.vocabulary), b)


def _named_by(table: Embedding, vocabulary: Vocabulary) -> Embedding:
    names = vocabulary.first(len(table))
    special = [row for row in range(len(names)) if row in names.special]
    named = Vocabulary(
        names.tokens, unknown=names.unknown, spelling=names.spelling, special=special, n_rows=len(table)
    )
    return Embedding(named, table.vectors, table.tokenizer, provenance=table.provenance)


def match(a: Embedding, b: Embedding) -> Matching:
    """Return which rows of `a` and `b` are of the same token; each row is matched once at most.

    Where both spell alike, the same name is the same token, and where they do not, that holds for special
    tokens alone. The others are the same where they stand for the same bytes; of several such tokens of one
    table the first comes first, and pieces of single bytes, `<0x41>`, come last. A word of a table without
    marks, or of BERT's, is met by the piece that begins a word, `▁king`, and where there is none by the piece
    without a mark. Rows without a token are matched by their number.
    """
    one, other = _Side(a.vocabulary), _Side(b.vocabulary)
    partner = np.full(len(other.vocabulary), -1, dtype=np.int64)  # row of a, for each row of b
    if one.is_like(other):
        rows, nothing = np.arange(len(partner), dtype=np.int64), np.empty(0, dtype=np.int64)
        return Matching(rows, rows, nothing, nothing, "by name; both have the same tokens in the same order")
    how = ["by name" if one.spelling is other.spelling else "special tokens by name"]
    _match_names(one, other, partner)
    if _match_bytes(one, other, partner):
        spellings = " and ".join(dict.fromkeys(_SPELLED[side.spelling] for side in (one, other)))
        how = [f"by the bytes that they stand for ({spellings})", *how]
    ids_b = np.flatnonzero(partner >= 0)
    is_alone = np.ones(len(one.vocabulary), dtype=bool)
    is_alone[partner[ids_b]] = False
    return Matching(
        ids_a=partner[ids_b],
        ids_b=ids_b,
        removed=np.flatnonzero(is_alone),
        added=np.flatnonzero(partner < 0),
        how=", ".join(how),
    )


class _Side:
    """The vocabulary of one table as matching needs it: the names that it was given, and their spelling."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.names = _given_names(vocabulary)
        self.spelling = _spelling(vocabulary, self.names)

    def is_like(self, other: "_Side") -> bool:
        """Whether both have the same tokens in the same order."""
        one, two = self.vocabulary, other.vocabulary
        return (len(one), self.spelling, self.names) == (len(two), other.spelling, other.names)


def _given_names(vocabulary: Vocabulary) -> Sequence[str]:
    """Return the names of the rows that have a token."""
    tokens = vocabulary.tokens
    return tokens.given if isinstance(tokens, NumberedNames) else tokens


def _spelling(vocabulary: Vocabulary, names: Sequence[str]) -> Spelling:
    """Return how names spell text; files of vectors keep the marks of a tokenizer and do not say so."""
    if vocabulary.spelling is not Spelling.PLAIN:
        return vocabulary.spelling
    n_marked = {mark: sum(name.startswith(mark) for name in names) for mark in _MARKS}
    mark = max(n_marked, key=n_marked.__getitem__)
    return _MARKS[mark] if n_marked[mark] > MARKED_SHARE * len(names) else Spelling.PLAIN


def _match_names(one: _Side, other: _Side, partner: Ids) -> None:
    rows = dict(zip(one.names, range(len(one.names)), strict=True))
    found = [rows.get(name, -1) for name in other.names]
    if one.spelling is not other.spelling:
        special_a, special_b = one.vocabulary.special, other.vocabulary.special
        found = [
            row_a if row_a in special_a or row_b in special_b else -1 for row_b, row_a in enumerate(found)
        ]
    partner[: len(found)] = found
    _match_numbers(one, other, partner)


def _match_numbers(one: _Side, other: _Side, partner: Ids) -> None:
    """Match rows without a token by their number, nearly all of them without making their names."""
    n_a, n_b = len(one.vocabulary), len(other.vocabulary)
    first = max(len(one.names), len(other.names))
    for row in range(len(one.names), min(first, n_a)):  # which the other table may have given a name
        named = other.vocabulary.get(one.vocabulary.tokens[row])
        if named is not None and partner[named] < 0:
            partner[named] = row
    for row in range(len(other.names), min(first, n_b)):
        named = one.vocabulary.get(other.vocabulary.tokens[row])
        if named is not None:
            partner[row] = named
    last = min(n_a, n_b)
    if last > first:
        partner[first:last] = np.arange(first, last)


def _match_bytes(one: _Side, other: _Side, partner: Ids) -> bool:
    """Match what is left by bytes; return whether anything was."""
    taken = np.zeros(len(one.names), dtype=bool)
    rows_a = partner[partner >= 0]
    taken[rows_a[rows_a < len(taken)]] = True
    left_a, left_b = np.flatnonzero(~taken), np.flatnonzero(partner[: len(other.names)] < 0)
    if not len(left_a) or not len(left_b):
        return False
    if _ASKS_FIRST.index(one.spelling) <= _ASKS_FIRST.index(other.spelling):
        pairs = _pairs(one, left_a, other, left_b)
    else:
        pairs = [(row_a, row_b) for row_b, row_a in _pairs(other, left_b, one, left_a)]
    for row_a, row_b in pairs:
        partner[row_b] = row_a
    return bool(pairs)


def _pairs(asking: _Side, rows: Ids, answering: _Side, among: Ids) -> list[tuple[int, int]]:
    """Return rows of `asking` with the rows of `answering` that stand for the same bytes."""
    waiting: dict[bytes, deque[int]] = {}
    for row, text in _texts(answering, among):
        waiting.setdefault(text, deque()).append(row)
    asked = _texts(asking, rows)
    pairs: list[tuple[int, int]] = []
    for to_key in _keys(asking.spelling, answering.spelling):
        unmet = []
        for row, text in asked:
            partners = waiting.get(to_key(text))
            if partners:
                pairs.append((row, partners.popleft()))
            else:
                unmet.append((row, text))
        asked = unmet
    return pairs


def _keys(spelling: Spelling, against: Spelling) -> Sequence[Callable[[bytes], bytes]]:
    """Return the texts by which a token of one spelling is met in another, the best first.

    BERT cuts Chinese characters apart, so each begins a word, and other tokenizers have them without a blank.
    """
    if spelling is Spelling.PLAIN and against is not Spelling.PLAIN:
        return (lambda text: b" " + text, bytes)
    if spelling is Spelling.WORDPIECE and against is not Spelling.WORDPIECE:
        return (bytes, lambda text: text.removeprefix(b" "))
    return (bytes,)


def _texts(side: _Side, rows: Ids) -> list[tuple[int, bytes]]:
    """Return rows and the bytes that their tokens stand for; pieces of single bytes come last."""
    special, names, spelling = side.vocabulary.special, side.names, side.spelling
    found = [(row, bytes_of_name(names[row], spelling)) for row in rows.tolist() if row not in special]
    if spelling is Spelling.PIECES:
        found.sort(key=lambda each: is_byte_piece(names[each[0]]))
    return found

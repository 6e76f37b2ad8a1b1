"""Anchors: rows of two tables that mean the same, by which one is brought into the space of the other.

Some of them are held out, as whole words: a map is fitted on the others and asked about these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tovec.comparison.dictionary import Dictionary
from tovec.comparison.matching import match
from tovec.counted import counted
from tovec.embedding import Embedding
from tovec.errors import TovecError
from tovec.measures.words import WordRows
from tovec.text.vocabulary import Vocabulary, most_frequent
from tovec.vectors.cosine import row_norms
from tovec.vectors.derived import DerivedTable
from tovec.vectors.table import Ids

MOST_HELD_OUT = 1500  # words, as in MUSE's test dictionaries


@dataclass(frozen=True)
class Anchors:
    """Pairs of rows of two tables, a and b.

    ids_a, ids_b: (n,) int64; a row may be in several pairs. n_given: how many pairs were given, of which some
    have no rows. n_without_direction: how many were left out, for a row of zeros, NaN or infinity. how: for
    people. kinds_b: (n_tokens of b,) equal for rows that are the same word; None where no two are.
    """

    ids_a: Ids
    ids_b: Ids
    n_given: int
    n_without_direction: int
    how: str
    kinds_b: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.ids_a)

    def only(self, wanted: NDArray[np.bool_]) -> "Anchors":
        """Return those pairs that are wanted, (n,)."""
        return replace(self, ids_a=self.ids_a[wanted], ids_b=self.ids_b[wanted])

    def answers(self) -> Mapping[int, Sequence[int]]:
        """Return the rows of b that each row of a is paired with."""
        found: dict[int, list[int]] = {}
        for row_a, row_b in zip(self.ids_a.tolist(), self.ids_b.tolist(), strict=True):
            found.setdefault(row_a, []).append(row_b)
        return found


def frequent_rows(vocabulary: Vocabulary, n: int) -> Ids:
    """Return the ids of the `n` most frequent tokens, ascending, without those that stand for no text."""
    ids = most_frequent(vocabulary.counts, min(n, len(vocabulary)))
    special = vocabulary.special
    return np.array([row for row in ids.tolist() if row not in special], dtype=np.int64)


def shared_anchors(a: Embedding, b: Embedding, rows_a: Ids, rows_b: Ids) -> Anchors:
    """Return the tokens that both tables have, as far as they are among these rows.

    Raises TovecError where there are none.
    """
    found = match(a, b)
    if not len(found):
        raise TovecError(
            "no token is in both tables; `dictionary` FILE pairs words of the first with words of the second"
        )
    is_there = np.isin(found.ids_a, rows_a) & np.isin(found.ids_b, rows_b)
    if not is_there.any():
        way = "raise `most_frequent`"
        if not len(rows_a) or not len(rows_b):
            way = "those of one stand for no text; if rows lack their names, give a `tokenizer`"
        raise TovecError(
            f"the tables share {counted(len(found), 'token')}, none of which is among the "
            f"most frequent of both; {way}"
        )
    return _with_direction(a, b, found.ids_a[is_there], found.ids_b[is_there], int(is_there.sum()), found.how)


def dictionary_anchors(a: Embedding, b: Embedding, dictionary: Dictionary) -> Anchors:
    """Return the rows of the pairs of a dictionary. Raises TovecError where no pair is in the tables.

    Words are found as those of test sets are: upper and lower case are one word, and in the table of a model
    a word is the token that begins it.
    """
    words_a, words_b = WordRows(a.vocabulary), WordRows(b.vocabulary)
    left, right = zip(*dictionary.pairs, strict=True)
    ids_a, ids_b = words_a.find(left), words_b.find(right)
    is_there = (ids_a >= 0) & (ids_b >= 0)
    if not is_there.any():
        n_a, n_b = int((ids_a >= 0).sum()), int((ids_b >= 0).sum())
        reverse = int(((words_a.find(right) >= 0) & (words_b.find(left) >= 0)).sum())
        hint = (
            f"; its columns are the other way round: {counted(reverse, 'pair is', 'pairs are')} there so"
            if reverse
            else ""
        )
        raise TovecError(
            f"none of the {counted(len(dictionary.pairs), 'pair')} of {dictionary.name} "
            f"is in the tables: {n_a:,} of "
            f"its words are in the first, {n_b:,} of its translations in the second{hint}"
        )
    rows = np.unique(np.stack([ids_a[is_there], ids_b[is_there]], axis=1), axis=0)  # Cat and cat are one
    found = _with_direction(a, b, rows[:, 0], rows[:, 1], len(dictionary.pairs), f"by {dictionary.name}")
    return replace(found, kinds_b=words_b.kinds)


def _with_direction(a: Embedding, b: Embedding, ids_a: Ids, ids_b: Ids, n_given: int, how: str) -> Anchors:
    norms = [row_norms(DerivedTable(t.vectors, len(ids), ids)) for t, ids in ((a, ids_a), (b, ids_b))]
    has = (norms[0] > 0) & (norms[1] > 0)
    if not has.any():
        raise TovecError(
            f"each of the {counted(len(ids_a), 'pair')} has a row of zeros, NaN or "
            "infinity, which has no direction"
        )
    return Anchors(ids_a[has], ids_b[has], n_given, int((~has).sum()), how)


def split(anchors: Anchors, rows_a: Ids, rows_b: Ids, share: float, seed: int) -> tuple[Anchors, Anchors]:
    """Return the pairs to fit a map on, and those that are held out, all pairs of some words of a.

    share: of the words whose pairs lie among the rows that can be found, at least one and at most
    MOST_HELD_OUT. Raises TovecError where none can be held out or none is left.
    """
    can_be_asked = np.isin(anchors.ids_a, rows_a) & np.isin(anchors.ids_b, rows_b)
    words = np.unique(anchors.ids_a[can_be_asked])
    n_words, n_asked = len(np.unique(anchors.ids_a)), len(words)
    if n_words < 2 or not n_asked:
        raise TovecError(
            f"a map needs a word to fit it on and another to test it; of the first table {n_words:,} "
            f"{'word is' if n_words == 1 else 'words are'} paired, {n_asked:,} among the most frequent ones"
        )
    n = min(MOST_HELD_OUT, max(1, round(share * len(words))))
    chosen = np.random.default_rng(seed).choice(words, min(n, n_words - 1), replace=False)
    is_out = np.isin(anchors.ids_a, chosen)
    return anchors.only(~is_out), anchors.only(is_out & can_be_asked)

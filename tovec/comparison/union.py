"""Two tables as one: all tokens of both, and both tables over them in one space, for a map of both."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tovec.comparison.matching import Matching
from tovec.text.token_bytes import bytes_of_name, name_of_bytes
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.file_rows import row_numbers
from tovec.vectors.lazy import LazyTable
from tovec.vectors.table import Ids, Rows, Vectors


@dataclass(frozen=True)
class Union:
    """All tokens of two tables, b's first in their order, then those of a alone.

    ids_a, ids_b: (n_union,) the row of each token, -1 where a table lacks it. tables: of a and of b, lazy,
    (n_union, dim), in b's space; rows of NaN where a table lacks the token.
    """

    vocabulary: Vocabulary
    ids_a: Ids
    ids_b: Ids
    tables: tuple[Vectors, Vectors]


def union_of(
    vocabulary_a: Vocabulary, vocabulary_b: Vocabulary, a: Vectors, b: Vectors, matching: Matching
) -> Union:
    """Return the union; a: its rows are in b's space already."""
    n_b = len(vocabulary_b)
    ids_a = np.full(n_b + len(matching.removed), -1, dtype=np.int64)
    ids_b = np.full(len(ids_a), -1, dtype=np.int64)
    ids_a[matching.ids_b] = matching.ids_a
    ids_a[n_b:] = matching.removed
    ids_b[:n_b] = np.arange(n_b)
    vocabulary = _joined(vocabulary_a, vocabulary_b, matching.removed)
    return Union(vocabulary, ids_a, ids_b, (PartialTable(a, ids_a), PartialTable(b, ids_b)))


class PartialTable(LazyTable):
    """Rows of another table, and rows of NaN where it has none. ids: (n_rows,) which row each is, or -1."""

    dtype = np.dtype(np.float32)

    def __init__(self, table: Vectors, ids: Ids) -> None:
        self.shape = (len(ids), table.shape[1])
        self._table, self._ids = table, ids

    def _take(self, rows: Any, /) -> Rows:
        wanted = row_numbers(rows, self.shape[0])
        ids = self._ids[wanted.ravel()]
        found = np.full((len(ids), self.shape[1]), np.nan, dtype=np.float32)
        is_there = ids >= 0
        if is_there.any():
            found[is_there] = self._table[ids[is_there]]
        return found.reshape(*wanted.shape, self.shape[1])


def _joined(a: Vocabulary, b: Vocabulary, only_a: Ids) -> Vocabulary:
    """Return b's tokens, then those of a's rows `only_a`, spelled as b spells; a name is given once."""
    if not len(only_a):
        return b
    names, taken = list(b.tokens), set(b.tokens)
    special = [*(row for row in range(len(names)) if row in b.special)]
    for row in only_a.tolist():
        is_special = row in a.special
        name = a.tokens[row]
        if not is_special and a.spelling is not b.spelling:
            name = name_of_bytes(bytes_of_name(name, a.spelling), b.spelling)
        while name in taken:  # the same characters, but for other text or for none
            name = f"{name} (A)"
        if is_special:
            special.append(len(names))
        taken.add(name)
        names.append(name)
    counts = None
    if a.counts is not None and b.counts is not None:
        counts = np.concatenate([b.counts, a.counts[only_a]])
    return Vocabulary(names, counts, unknown=b.unknown, spelling=b.spelling, special=special)

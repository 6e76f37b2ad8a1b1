"""The pairs of a set of analogies as rows of a table, and the rows that may answer."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.measures.analogy_files import Analogies, Pair
from tovec.measures.words import WordRows
from tovec.vectors.cosine import unit_rows_float32
from tovec.vectors.derived import DerivedTable
from tovec.vectors.table import Rows, Vectors

_SCORES_AT_ONCE = 1 << 20  # 4 MB, which the cores keep near them

Answers = NDArray[np.int32]  # (n, most): kinds of the right answers, -1 behind the last


class KnownPairs(NamedTuple):
    """The pairs of a set that are covered: their words as rows.

    section: (n,), which one a pair belongs to. left, right: (n,) int64, the rows of its word and of the first
    answer that is in the vocabulary. answers: the kinds of all its answers.
    """

    section: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    answers: Answers


def unit_blocks(
    vectors: Vectors, words: WordRows, n_scores: int
) -> Iterator[tuple[int, Rows, NDArray[np.int32]]]:
    """Yield the rows that take part as (first, rows at length 1, kinds), some at a time.

    n_scores: how many numbers the caller makes of each row. The kind of a row without direction is -1.
    """
    is_whole = len(words.ids) == 0 or words.ids[-1] == len(words.ids) - 1
    table = vectors if is_whole else DerivedTable(vectors, len(words.ids), words.ids)
    step = max(256, _SCORES_AT_ONCE // max(1, n_scores))
    for start in range(0, len(words.ids), step):
        stop = min(start + step, len(words.ids))
        units = unit_rows_float32(np.asarray(table[start:stop], dtype=np.float32))
        kinds = np.where(units.any(axis=1), words.kinds[start:stop], np.int32(-1))
        yield start, units, kinds


def known_pairs(words: WordRows, asked: Analogies) -> tuple[KnownPairs, dict[tuple[int, Pair], int]]:
    """Return the pairs that are covered, and the number of each by its section and words."""
    place: dict[tuple[int, Pair], int] = {}
    left, right, kinds = [], [], []
    for number, section in enumerate(asked.sections):
        firsts = words.find([word for word, _ in section.pairs])
        for pair, row in zip(section.pairs, firsts.tolist(), strict=True):
            answers = words.find(pair[1])
            if row < 0 or (answers < 0).all():
                continue
            place[number, pair] = len(place)
            left.append(row)
            right.append(answers[answers >= 0][0])
            kinds.append(words.find_kinds(pair[1]))
    most = max(map(len, kinds), default=1)
    padded = np.array(
        [np.pad(each, (0, most - len(each)), constant_values=-1) for each in kinds], dtype=np.int32
    )
    section_of = np.array([number for number, _ in place], dtype=np.int64)
    known = KnownPairs(
        section_of, np.array(left, np.int64), np.array(right, np.int64), padded.reshape(-1, most)
    )
    return known, place

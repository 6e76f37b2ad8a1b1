"""Sets of word pairs that people have rated by similarity: WordSim-353, SimLex-999 and their like."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.errors import BadTestSet
from tovec.measures.columns import Columns, as_number, has_heading, is_number, read_columns

_FEW_LABELS, _MANY_LINES = 8, 20  # a column of so few values in so many lines is a part of speech, no words


@dataclass(frozen=True)
class WordPairs:
    """Pairs of words and how similar people find them.

    name: of the set, for people. ratings: (n_pairs,) float64, on any scale, more is more similar.
    notes: what a reader of the scores should know of the file, a line each.
    """

    name: str
    pairs: tuple[tuple[str, str], ...]
    ratings: NDArray[np.float64]
    notes: tuple[str, ...] = ()


def read_word_pairs(path: str | Path) -> WordPairs:
    """Return the pairs of a file: two words and a score in columns, which are found by what they hold.

    The words are in the first two columns that are not numbers, but for a column of few values, such as parts
    of speech; the score is the first column of numbers behind them, or the last one before that does not
    number the rows. A pair that is there twice counts twice, as in gensim; a note says so.
    Raises BadTestSet for a file without such columns, and at the first line that has no score.
    """
    columns = read_columns(path, 3)
    numbers = [index for index in range(columns.width) if _is_mostly_numbers(columns.column(index))]
    first, second = _word_columns(columns, numbers)
    numbers = [index for index in numbers if index > second or not _are_row_numbers(columns.column(index))]
    if not numbers:
        raise BadTestSet(
            f"{path}: none of its {counted(columns.width, 'column')} holds scores; a line "
            "is two words and a number"
        )
    score = min((index for index in numbers if index > second), default=numbers[-1])
    notes: list[str] = []
    if columns.width > 3:
        names = columns.lines[0].fields
        notes.append(
            f"{Path(path).name} has {counted(columns.width, 'column')}; words are in "
            f"{first + 1} and {second + 1}, "
            f"scores in {score + 1}{f', {names[score]}' if has_heading(columns, [score]) else ''}"
        )
    if has_heading(columns, [score]):
        columns = columns.without_heading()
    pairs, ratings = [], []
    for line in columns.lines:
        place = f"{path}, line {line.number}"
        if len(line.fields) <= max(first, second, score):
            raise BadTestSet(f"{place} has {counted(len(line.fields), 'column')}, the others {columns.width}")
        rating = as_number(line.fields[score])
        if rating is None or not is_number(line.fields[score]):
            raise BadTestSet(f"{place}: the score {line.fields[score]!r} is not a number")
        pairs.append((line.fields[first], line.fields[second]))
        ratings.append(rating)
    if not pairs:
        raise BadTestSet(f"{path} has a heading and no pairs")
    n_repeated = len(pairs) - len({frozenset(word.casefold() for word in pair) for pair in pairs})
    if n_repeated:
        lines = "line repeats" if n_repeated == 1 else "lines repeat"
        notes.append(f"{Path(path).name}: {n_repeated} {lines} an earlier pair, and each counts")
    return WordPairs(Path(path).stem, tuple(pairs), np.array(ratings), tuple(notes))


def _word_columns(columns: Columns, numbers: Sequence[int]) -> tuple[int, int]:
    """Return the columns of the two words."""
    texts = [index for index in range(columns.width) if index not in numbers]
    words = [index for index in texts if not _are_labels(columns.column(index))]
    found = words if len(words) > 1 else texts
    if len(found) < 2:
        raise BadTestSet(
            f"{columns.path}: {len(found)} of its {counted(columns.width, 'column')} holds words, between "
            f"{columns.separator}; a line is two words and a number"
        )
    return found[0], found[1]


def _is_mostly_numbers(fields: Sequence[str]) -> bool:
    with_and_without_heading = (fields, fields[1:] or fields)
    return any(2 * sum(map(is_number, each)) >= len(each) for each in with_and_without_heading)


def _are_row_numbers(fields: Sequence[str]) -> bool:
    values = fields if fields[0].isdigit() else fields[1:]
    if len(values) < 2 or not all(value.isdigit() for value in values):
        return False
    return all(int(value) < int(after) for value, after in pairwise(values))


def _are_labels(fields: Sequence[str]) -> bool:
    return len(fields) >= _MANY_LINES and len(set(fields)) <= _FEW_LABELS

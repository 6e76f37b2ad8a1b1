"""Held-out words: what is found for them in another table, by CSLS and by cosine, how often it is right."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.comparison.anchors import Anchors
from tovec.comparison.space_map import SpaceMap
from tovec.embedding import Embedding
from tovec.progress import StageReporter
from tovec.search.across import csls_penalties, nearest_across
from tovec.search.exact_graph import START
from tovec.vectors.derived import DerivedTable
from tovec.vectors.orthogonal import partner_cosines
from tovec.vectors.table import Ids, Rows

N_FOUND = 5  # rows that are found for each word
Z = 1.959964  # of a 95 % interval

Hits = NDArray[np.bool_]


class Precision(NamedTuple):
    """The share of held-out words with a right answer in the first place, and among the first five.

    interval: of `at_1`, 95 %, over the words (Wilson 1927, doi:10.1080/01621459.1927.10502953).
    """

    at_1: float
    at_5: float
    interval: tuple[float, float]


class Translation(NamedTuple):
    """A held-out token of the first table, its right answers, and what CSLS finds in the second."""

    token: str
    answers: tuple[str, ...]
    found: tuple[str, ...]


class HeldOut:
    """What is found for the held-out words, by CSLS, by cosine, and by cosine without a map."""

    def __init__(
        self,
        a: Embedding,
        b: Embedding,
        space: SpaceMap,
        words: Ids,
        rows_a: Ids,
        rows_b: Ids,
        tested: Anchors,
        progress: StageReporter,
    ) -> None:
        self._a, self._b, self._words, self._rows_b = a, b, words, rows_b
        self._answers, self._kinds = tested.answers(), tested.kinds_b
        table = DerivedTable(b.vectors, len(rows_b), rows_b)
        asked = DerivedTable(a.vectors, len(words), words)
        k = min(N_FOUND, len(rows_b))
        penalties = csls_penalties(
            space.of_tokens(DerivedTable(a.vectors, len(rows_a), rows_a)), table, progress
        )
        there = space.of_tokens(asked)
        self._found = self._rows_of(nearest_across(there, table, k, progress, penalties))
        self.csls = self._precision(self._found)
        self.cosine = self._precision(self._rows_of(nearest_across(there, table, k, progress)))
        self.before: Precision | None = None
        if a.dim == b.dim:
            self.before = self._precision(self._rows_of(nearest_across(asked, table, k, progress)))
        cosines = partner_cosines(space.of_tokens(a.vectors), b.vectors, tested.ids_a, tested.ids_b)
        self.mean_cosine = float(cosines.mean())

    def _rows_of(self, found: tuple[NDArray[np.int32], Rows]) -> Ids:
        """Return the rows of b that were found for each word, (n_words, k); -1 past the last."""
        places, scores = found
        return np.where(scores > START, self._rows_b[places], -1)

    def _precision(self, found: Ids) -> Precision:
        is_right: Hits = np.array(
            [
                np.isin(self._kinds_of(rows), self._kinds_of(np.array(self._answers[word])))
                for word, rows in zip(self._words.tolist(), found, strict=True)
            ]
        )
        at_1 = float(is_right[:, 0].mean())
        return Precision(at_1, float(is_right.any(axis=1).mean()), _wilson(at_1, len(is_right)))

    def _kinds_of(self, rows: Ids) -> Ids:
        return rows if self._kinds is None else np.where(rows < 0, -1, self._kinds[rows])

    def translations(self) -> tuple[Translation, ...]:
        """Return each word with its answers and with what CSLS finds."""
        of_a, of_b = self._a.vocabulary, self._b.vocabulary
        return tuple(
            Translation(
                of_a.readable(word),
                tuple(map(of_b.readable, self._answers[word])),
                tuple(of_b.readable(row) for row in rows if row >= 0),
            )
            for word, rows in zip(self._words.tolist(), self._found.tolist(), strict=True)
        )

    def notes(self) -> tuple[str, ...]:
        """Return a line where the tables need no map."""
        if (
            self.before is None
            or self.before.at_1 < max(self.cosine.at_1, self.csls.at_1)
            or not self.before.at_1
        ):
            return ()
        return (
            f"the tables share a space already: without a map, {self.before.at_1:.3f} of the words are found",
        )


def _wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of n."""
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return max(0.0, middle - half), min(1.0, middle + half)

"""Whether two tables share their coordinates, or how one has to be rotated to lie on the other.

A base model and what was fine-tuned from it share them: a rotation would take away what was learned. Two
trainings do not: each is free to turn its space, so an orthogonal map has to be undone (orthogonal
Procrustes, Schönemann 1966). It is fitted to rows at length 1 after their mean was subtracted, on frequent
tokens whose rows fit (Artetxe, Labaka and Agirre 2016, doi:10.18653/v1/D16-1250), and judged by tokens that
it was not fitted on. Tables whose rows no rotation brings together have nothing in common that a distance
could measure.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.comparison.matching import Matching
from tovec.counted import counted
from tovec.embedding import Embedding
from tovec.errors import TovecError
from tovec.progress import StageReporter
from tovec.text.vocabulary import most_frequent
from tovec.vectors.cosine import row_norms
from tovec.vectors.derived import DerivedTable
from tovec.vectors.orthogonal import ROWS_FOR_EACH_NUMBER, map_onto, partner_cosines, rotation_helps
from tovec.vectors.table import Ids, Vectors, blocks

SAME_COSINE = 0.8  # mean cosine of tokens with themselves from which no rotation is tried
LEAST_COSINE = 0.1  # below it, and without a rotation that helps, tables have nothing in common
MAX_ANCHORS = 20_000
HELD_OUT = 5  # every fifth anchor is not fitted on
FEW_ROWS = 10  # a mean of fewer is no center
STABLE_ROWS = 2  # for each number of a vector: fewer are not fitted on alone

Matrix = NDArray[np.float64]


class Kind(StrEnum):
    """What the coordinates of two tables are to each other."""

    SHARED = "shared"
    ROTATED = "rotated"
    UNRELATED = "unrelated"


class RigidMap(NamedTuple):
    """A map of a's rows into b's space: (row - center_a) @ rotation + center_b, before any scale."""

    center_a: Matrix
    rotation: Matrix
    center_b: Matrix


@dataclass(frozen=True)
class Coordinates:
    """What the coordinates of two tables are to each other, and the figures that decided it.

    cosine: of tokens with themselves as they are, the mean over anchors that no map was fitted on, after the
    mean row of each table was subtracted. rotated: the same after the rotation; NaN where none was fitted.
    n_fitted, n_held_out: anchors. map: None unless rotated. is_given: whether the caller said so.
    """

    kind: Kind
    cosine: float
    rotated: float
    n_fitted: int
    n_held_out: int
    map: RigidMap | None
    is_given: bool

    @property
    def line(self) -> str:
        """What was decided and why, for people."""
        said = ", as you say" if self.is_given else ""
        as_is = f"tokens have a cosine of {self.cosine:.2f} with themselves as they are"
        turned = "" if np.isnan(self.rotated) else f", of {self.rotated:.2f} after a rotation"
        if self.kind is Kind.SHARED:
            return f"coordinates: shared{said}; {as_is}{turned}"
        tested = (
            f" (held-out; fitted on {counted(self.n_fitted, 'token')}, shown for {self.n_held_out:,} others)"
        )
        if self.kind is Kind.ROTATED:
            return f"coordinates: rotated{said}; {as_is}{turned}{tested}"
        too_few = "; too few tokens to fit a rotation" if np.isnan(self.rotated) else tested
        return (
            f"coordinates: unrelated; {as_is}{turned}{too_few}. Movement means nothing here; neighbors are "
            "still comparable"
        )


def coordinates_of(
    a: Embedding, b: Embedding, matching: Matching, given: Kind | None, progress: StageReporter
) -> Coordinates:
    """Return what the coordinates of the common tokens of `a` and `b` are to each other.

    given: SHARED or ROTATED where the caller knows; then the figures only inform.
    """
    anchors = _anchors(a, b, matching)
    is_held_out = np.arange(len(anchors)) % HELD_OUT == 0
    held_out, fitted = anchors[is_held_out], anchors[~is_held_out]
    has_few = len(fitted) < ROWS_FOR_EACH_NUMBER * a.dim
    rows = _CommonRows(a, b, matching, anchors)
    cosine = float(np.mean(rows.cosines(anchors if has_few else held_out)))
    if given is Kind.ROTATED and has_few:
        least = ROWS_FOR_EACH_NUMBER * a.dim
        raise TovecError(
            f"a rotation of {counted(a.dim, 'dimension')} needs {least:,} common tokens to fit; "
            f"there are {len(fitted):,}"
        )
    is_settled = given is Kind.SHARED or (given is None and (cosine >= SAME_COSINE or has_few))
    rotation, rotated = None, float("nan")
    if not is_settled:
        progress.now("rotating", 0.0)
        rotation = rows.rotation(fitted, progress)
        fits = rows.cosines(fitted, rotation)
        stable = fitted[fits >= np.median(fits)]
        if len(stable) >= STABLE_ROWS * a.dim:
            rows = _CommonRows(a, b, matching, stable)  # rows that moved would shift the centers
            rotation = rows.rotation(stable, progress)
            fitted = stable
        rotated = float(np.mean(rows.cosines(held_out, rotation)))
    kind = given or _decide(cosine, rotated)
    n_fitted = 0 if rotation is None else len(fitted)
    n_shown = len(anchors) if has_few else len(held_out)
    mapping = None
    if kind is Kind.ROTATED and rotation is not None:
        mapping = RigidMap(rows.centers[0], rotation, rows.centers[1])
    return Coordinates(kind, cosine, rotated, n_fitted, n_shown, mapping, given is not None)


def _decide(cosine: float, rotated: float) -> Kind:
    if rotation_helps(cosine, rotated):
        return Kind.ROTATED
    return Kind.SHARED if cosine >= LEAST_COSINE else Kind.UNRELATED


def _anchors(a: Embedding, b: Embedding, matching: Matching) -> Ids:
    """Return places in the matching of frequent tokens that have a direction in both tables.

    Frequent by b's counts, else a's, else by id; special tokens are none.
    """
    places = np.arange(len(matching))
    special_a, special_b = a.vocabulary.special, b.vocabulary.special
    if special_a or special_b:
        both = zip(matching.ids_a.tolist(), matching.ids_b.tolist(), strict=True)
        is_text = np.fromiter(
            (row_a not in special_a and row_b not in special_b for row_a, row_b in both), bool, len(places)
        )
        places = places[is_text] if is_text.any() else places
    counts = b.vocabulary.counts
    by_count = None if counts is None else counts[matching.ids_b[places]]
    if by_count is None and a.vocabulary.counts is not None:
        by_count = a.vocabulary.counts[matching.ids_a[places]]
    n_most = min(len(places), max(MAX_ANCHORS, 2 * ROWS_FOR_EACH_NUMBER * a.dim))
    places = places[most_frequent(by_count, n_most)]
    has_direction = np.ones(len(places), dtype=bool)
    for table, ids in ((a, matching.ids_a), (b, matching.ids_b)):
        has_direction &= row_norms(DerivedTable(table.vectors, len(places), ids[places])) > 0
    return places[has_direction] if has_direction.any() else places


class _CommonRows:
    """The rows of common tokens in both tables, as they are seen from the mean of those at some places.

    centers: these means; the origins where they would be of too few.
    """

    def __init__(self, a: Embedding, b: Embedding, matching: Matching, around: Ids) -> None:
        self._a, self._b, self._matching = a.vectors, b.vectors, matching
        self.centers = (
            _center(a.vectors, matching.ids_a[around]),
            _center(b.vectors, matching.ids_b[around]),
        )

    def rotation(self, places: Ids, progress: StageReporter) -> Matrix:
        """Return the rotation of a onto b, (dim, dim), that is fitted on these tokens."""
        ids_a, ids_b = self._matching.ids_a[places], self._matching.ids_b[places]
        return map_onto(self._a, self._b, ids_a, ids_b, progress, self.centers)

    def cosines(self, places: Ids, rotation: Matrix | None = None) -> Matrix:
        """Return the cosine of these tokens with themselves, (n,), after the rotation."""
        ids_a, ids_b = self._matching.ids_a[places], self._matching.ids_b[places]
        return partner_cosines(self._a, self._b, ids_a, ids_b, rotation, self.centers)


def _center(table: Vectors, ids: Ids) -> Matrix:
    """Return the mean of these rows, (dim,); rows that are not finite do not count."""
    total, n = np.zeros(table.shape[1]), 0
    if len(ids) >= FEW_ROWS:
        for _, rows in blocks(DerivedTable(table, len(ids), ids)):
            finite = rows[np.isfinite(rows).all(axis=1)]
            total, n = total + finite.sum(axis=0, dtype=np.float64), n + len(finite)
    return total / max(n, 1)

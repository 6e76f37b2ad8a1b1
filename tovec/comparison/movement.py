"""How far each common token moved between two tables, and what rounding alone could have done.

Two passes over both tables, a few megabytes at a time: the first finds what each row was multiplied by and
how precisely it is stored, the second how far it lies from where the common scale would have put it. The
distance itself is summed, in float64: lengths and products would lose a row that moved by its last digit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.comparison.coordinates import Coordinates
from tovec.comparison.matching import Matching
from tovec.comparison.scale import common_scale, densest
from tovec.progress import StageReporter
from tovec.vectors.derived import stored_type
from tovec.vectors.rounding import rounding
from tovec.vectors.table import Rows, Vectors, row_slices
from tovec.vectors.written_digits import written_digits

STAGE = "comparing"
ROUNDING_SLACK = 1.0 + 1e-6  # sums of squares are rounded too
DECAY_DEVIATIONS = 6.0  # of rows that were only scaled, beyond which a row has moved
MOST_DECAY_NOISE = 0.5  # of what the common scale itself moved

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Movement:
    """What became of each common token, (n_common,) each; in parts of the mean length of b's rows.

    scale: what a's rows were multiplied by, in common. movement: how far a row lies from where that put it;
    NaN where a row of one table is not finite. cosine: of the row with itself, 0 where one has no direction.
    noise: how far rounding alone could have moved it. has_direction: in both tables. n_together: rows that
    agree on the scale. noise_from: what the noise is made of, for people.
    """

    scale: float
    movement: Rows
    cosine: Rows
    noise: Rows
    has_direction: NDArray[np.bool_]
    n_together: int
    noise_from: str


class _Sums(NamedTuple):
    """What the first pass finds of each common token: products of its rows, and half steps of rounding."""

    squares_a: Numbers
    squares_b: Numbers
    products: Numbers
    rounding_a: Numbers
    rounding_b: Numbers


def movement_of(
    a: Vectors, b: Vectors, matching: Matching, coordinates: Coordinates, progress: StageReporter
) -> Movement:
    """Return how far the common tokens moved from `a` to `b`."""
    pairs = _Pairs(a, b, matching, coordinates)
    sums = _sums(pairs, progress)
    is_known = np.isfinite(sums.products)
    lengths_a, lengths_b = np.sqrt(sums.squares_a), np.sqrt(sums.squares_b)
    has_direction = is_known & (lengths_a > 0) & (lengths_b > 0)
    scales = np.divide(sums.products, sums.squares_a, out=np.full(len(is_known), np.nan), where=has_direction)
    off = np.divide(
        sums.rounding_a + sums.rounding_b, lengths_a, out=np.full(len(is_known), np.nan), where=has_direction
    )
    ratios = np.divide(lengths_b, lengths_a, out=np.full(len(is_known), np.nan), where=has_direction)
    common = common_scale(scales, ratios, off, a.shape[1])
    mean_length = float(lengths_b[has_direction].mean()) if has_direction.any() else 1.0
    distances = _distances(pairs, common.scale, progress)
    noise = ROUNDING_SLACK * (abs(common.scale) * sums.rounding_a + sums.rounding_b)
    types = dict.fromkeys((stored_type(a), stored_type(b)))
    written = dict.fromkeys(digits.name for digits in pairs.digits if digits is not None)
    noise_from = f"half a step of {' and '.join([*types, *written])}"
    decay = 0.0
    if common.scale != 1.0 and "float32" in types:
        decay = _decay_noise(distances[common.together], lengths_a[common.together], common.scale)
    if decay:
        noise = np.maximum(noise, decay * lengths_a)
        noise_from += ", and what rounding at each step of weight decay has done"
    lengths = lengths_a * lengths_b
    cosine = np.divide(sums.products, lengths, out=np.zeros(len(lengths)), where=has_direction)
    return Movement(
        scale=common.scale,
        movement=(distances / mean_length).astype(np.float32),
        cosine=np.where(is_known, cosine.clip(-1.0, 1.0), np.nan).astype(np.float32),
        noise=(noise / mean_length).astype(np.float32),
        has_direction=has_direction,
        n_together=int(common.together.sum()),
        noise_from=noise_from,
    )


def _decay_noise(distances: Numbers, lengths: Numbers, scale: float) -> float:
    """Return how far rows that were only scaled lie from the scale, in parts of their length; 0 for no more
    than rounding once.

    Weight decay multiplies a table at each step by a number near to 1, and in float32 each number is rounded
    each time, most of them in one direction. Rows are of so many numbers that all that were only scaled are
    off by nearly the same.
    """
    off = np.log(distances[distances > 0] / lengths[distances > 0])
    if not len(off):
        return 0.0
    middle = densest(np.sort(off))
    spread = 1.4826 * float(np.median(np.abs(off[off <= middle] - middle)))
    reach = float(np.exp(middle + DECAY_DEVIATIONS * spread))
    return reach if reach <= MOST_DECAY_NOISE * abs(scale - 1.0) else 0.0


class _Pairs:
    """The rows of common tokens in both tables, block by block, brought into one space but for the scale."""

    def __init__(self, a: Vectors, b: Vectors, matching: Matching, coordinates: Coordinates) -> None:
        self.a, self.b, self.matching, self.map = a, b, matching, coordinates.map
        self.n_rows = len(matching)
        self.digits = (written_digits(a), written_digits(b))

    def blocks(self) -> Iterator[tuple[slice, Rows, Rows]]:
        """Yield the places of a block, and its rows of a and of b as they are stored, in float32."""
        for part in row_slices(self.n_rows, self.a.shape[1]):
            yield (
                part,
                np.asarray(self.a[self.matching.ids_a[part]], dtype=np.float32),
                np.asarray(self.b[self.matching.ids_b[part]], dtype=np.float32),
            )

    def roundings(self, part: slice, rows_a: Rows, rows_b: Rows) -> tuple[Numbers, Numbers]:
        """Return how far rows of a block may be from what they were rounded from, in a and in b."""
        of_a = rounding(self.a, self.matching.ids_a[part], rows_a)
        of_b = rounding(self.b, self.matching.ids_b[part], rows_b)
        in_a, in_b = self.digits
        return (
            of_a if in_a is None else of_a + in_a.rounding(rows_a),
            of_b if in_b is None else of_b + in_b.rounding(rows_b),
        )

    def in_one_space(self, rows_a: Rows, rows_b: Rows) -> tuple[Numbers, Numbers]:
        """Return rows in float64, where the tables are rotated less their mean, and those of a rotated."""
        wide_a, wide_b = rows_a.astype(np.float64), rows_b.astype(np.float64)
        if self.map is None:
            return wide_a, wide_b
        return (wide_a - self.map.center_a) @ self.map.rotation, wide_b - self.map.center_b


def _sums(pairs: _Pairs, progress: StageReporter) -> _Sums:
    sums = _Sums(*(np.empty(pairs.n_rows) for _ in _Sums._fields))
    progress.now(STAGE, 0.0)
    for part, rows_a, rows_b in pairs.blocks():
        sums.rounding_a[part], sums.rounding_b[part] = pairs.roundings(part, rows_a, rows_b)
        with np.errstate(over="ignore", invalid="ignore"):  # rows that are not finite become NaN
            one, other = pairs.in_one_space(rows_a, rows_b)
            sums.squares_a[part] = np.einsum("ij,ij->i", one, one)
            sums.squares_b[part] = np.einsum("ij,ij->i", other, other)
            sums.products[part] = np.einsum("ij,ij->i", one, other)
        progress.sometimes(STAGE, 0.5 * part.stop / pairs.n_rows)
    return sums


def _distances(pairs: _Pairs, scale: float, progress: StageReporter) -> Numbers:
    """Return how far each row of b lies from that of a times `scale`, NaN where one is not finite."""
    distances = np.empty(pairs.n_rows)
    for part, rows_a, rows_b in pairs.blocks():
        with np.errstate(over="ignore", invalid="ignore"):
            one, other = pairs.in_one_space(rows_a, rows_b)
            one *= scale
            one -= other
            squares = np.einsum("ij,ij->i", one, one)
        squares[~np.isfinite(squares)] = np.nan
        distances[part] = np.sqrt(squares)
        progress.sometimes(STAGE, 0.5 + 0.5 * part.stop / pairs.n_rows)
    return distances

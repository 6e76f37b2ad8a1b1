"""The one number by which rows that nothing else has moved were multiplied, such as by weight decay.

Each row has a scale of its own that brings it nearest to where it went. Rows that were only scaled share it
to many digits, however many others moved; so the common scale is where these numbers lie densest, not their
mean. Where none lie together, all rows moved, and it is what the table as a whole grew by.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

DENSER = 3.0  # than around it: how much denser scales lie where rows were only scaled
LEAST_TOGETHER = 0.05  # share of rows
WIDEST = 0.01  # around the common scale, in which rows may lie together
WINDOW_GROWTH = 10.0
REFINED = 3  # times
REACH = 3.0  # of what makes a window dense, so that hardly a row is outside


class CommonScale(NamedTuple):
    """What rows were multiplied by. together: (n,) which rows agree on it; none where all moved."""

    scale: float
    together: NDArray[np.bool_]


def common_scale(scales: Numbers, ratios: Numbers, noise: Numbers, dim: int) -> CommonScale:
    """Return the scale that the rows agree on; the median of `ratios` where they agree on none.

    scales: (n,) the best scale of each row, NaN where a row has none. ratios: (n,) of the lengths of both of
    its rows: where all rows moved, what moved shortens the best scales, as if the table had shrunk. noise:
    (n,) the length of the rounding of each row of `dim` numbers, in parts of its own length. A scale that
    differs from 1 by less than rounding could do counts as 1.
    """
    known = np.isfinite(scales) & np.isfinite(noise)
    nobody = np.zeros(len(scales), dtype=bool)
    if not known.any():
        return CommonScale(1.0, nobody)
    given = np.sort(scales[known])
    rounded = float(np.median(noise[known]))
    width = max(rounded / np.sqrt(dim), 1e-12)  # roundings of one row point anywhere, and along it by that
    middle = max(densest(given), 1.0, key=lambda place: _n_within(given, place, width))
    window = _window_of_agreement(given, middle, width)
    together, values = known, scales
    if window is None:
        middle, values = float(np.median(ratios[known])), ratios
    else:
        for _ in range(REFINED):
            together = known & (np.abs(scales - middle) <= REACH * window)
            middle = float(np.median(scales[together]))
    # Rounding makes a's rows longer, and so their scales smaller, by the square of what it adds.
    deviation = 1.4826 * float(np.median(np.abs(values[together] - middle)))
    error = rounded**2 + 4 * deviation / np.sqrt(together.sum())
    return CommonScale(
        1.0 if abs(middle - 1.0) <= error else middle, together if window is not None else nobody
    )


def densest(ordered: Numbers) -> float:
    """Return where ascending numbers lie densest, be it LEAST_TOGETHER of them.

    The narrowest window that holds so many, then the narrower half of it, and so on (the half-sample mode,
    Robertson and Cryer 1974, which begins with half of all numbers).
    """
    n_inside = max(2, int(np.ceil(LEAST_TOGETHER * len(ordered))))
    while len(ordered) > 2:
        widths = ordered[n_inside - 1 :] - ordered[: len(ordered) - n_inside + 1]
        narrowest = np.flatnonzero(widths == widths.min())
        start = int(narrowest[len(narrowest) // 2])
        ordered = ordered[start : start + n_inside]
        n_inside = (n_inside + 1) // 2
    return float(ordered.mean())


def _window_of_agreement(ordered: Numbers, middle: float, width: float) -> float | None:
    """Return how far around `middle` rows lie together; None where it is no denser there than around."""
    least = max(1.0, LEAST_TOGETHER * len(ordered))
    while width <= WIDEST:
        inside, around = (_n_within(ordered, middle, reach) for reach in (width, WINDOW_GROWTH * width))
        if inside >= least and inside * WINDOW_GROWTH >= DENSER * around:
            return width
        width *= WINDOW_GROWTH
    return None


def _n_within(ordered: Numbers, middle: float, reach: float) -> int:
    first = np.searchsorted(ordered, middle - reach, side="left")
    return int(np.searchsorted(ordered, middle + reach, side="right") - first)

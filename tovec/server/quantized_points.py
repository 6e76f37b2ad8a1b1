"""Points of many moments in two bytes a coordinate: on a screen nobody can tell them from the points."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 32767
NO_PLACE = -32768


def quantized(points: NDArray[np.float32]) -> tuple[NDArray[np.int16], dict[str, Any]]:
    """Return points, (…, dims), as int16, and what they have to be read with, `quantized` of page_data.py.

    Off by half a step at most: a step is 1/65,534 of the range of the axis. A row with NaN becomes NO_PLACE.
    """
    has_place = np.isfinite(points).all(axis=-1)
    placed = points[has_place].astype(np.float64)
    lowest, highest = (
        (placed.min(axis=0), placed.max(axis=0)) if len(placed) else np.zeros((2, points.shape[-1]))
    )
    middle, step = (lowest + highest) / 2, (highest - lowest) / (2 * LARGEST)
    step[step == 0] = 1.0
    numbers = np.full(points.shape, NO_PLACE, dtype=np.int16)
    numbers[has_place] = np.rint((placed - middle) / step)
    return numbers, {"middle": middle.tolist(), "step": step.tolist()}

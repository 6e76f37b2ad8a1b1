"""Points of many moments in two bytes a coordinate: on a screen nobody can tell them from the points."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 32767
NO_PLACE = -32768


def quantized(points: NDArray[np.float32]) -> tuple[NDArray[np.int16], dict[str, Any]]:
    """Return points, (…, dims), as int16, and what they have to be read with, `quantized` of page_data.py.

    Off by half a step at most: a step is 1/65,534 of the range of the axis. NaN becomes NO_PLACE.
    """
    placed = points[np.isfinite(points).all(axis=-1)].astype(np.float64)
    if not len(placed):
        placed = np.zeros((1, points.shape[-1]))
    lowest, highest = placed.min(axis=0), placed.max(axis=0)
    middle, step = (lowest + highest) / 2, (highest - lowest) / (2 * LARGEST)
    step[step == 0] = 1.0
    numbers = np.nan_to_num(np.rint((points - middle) / step), nan=NO_PLACE)
    return numbers.astype(np.int16), {"middle": middle.tolist(), "step": step.tolist()}

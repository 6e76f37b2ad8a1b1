"""What every projection returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]


@dataclass(frozen=True)
class Projection:
    """A picture of vectors: where each row of a table lies in `dims` dimensions.

    points: (n_rows, dims) float32, NaN for a row that holds NaN or infinity. method: how they were made.
    axis_names: one for each axis, as a person reads it. explained_variance_ratio: (dims,) float64, the
    share of the vectors' variance along each axis, in [0, 1]; all 0 where the vectors do not vary, None
    where the method has none.
    """

    points: Points
    method: str
    axis_names: tuple[str, ...]
    explained_variance_ratio: NDArray[np.float64] | None = None

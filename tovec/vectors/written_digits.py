"""In how few decimal digits the numbers of a table were written, as those of a file of text are.

Nothing in a file says so, and rows that were read from it may lie in an array or another file by now; but
each number is then the float32 nearest to a short decimal, which of other numbers hardly one is.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.vectors.table import Rows, Vectors

FEWEST, MOST = 3, 7  # digits: with fewer numbers are counts or a grid, with more a float32 is coarser
SAMPLED_ROWS = 64
LEAST_NUMBERS = 200  # of the sample that are not 0: fewer may be short decimals by chance

Numbers = NDArray[np.float64]


class WrittenDigits(NamedTuple):
    """The fewest digits after the point, and the fewest significant ones, that hold all numbers.

    What `%.6f` wrote may look like `%.5g` where all numbers are small, and the other way round; the coarser
    of both steps is the right one of either. None: more than MOST. name: how a program writes them, `%.6f`.
    """

    name: str
    decimals: int | None
    significant: int | None

    def rounding(self, rows: Rows) -> Numbers:
        """Return how far each of `rows` may be from what was written, (n,), measured as in rounding.py."""
        halves = np.zeros(rows.shape)
        if self.decimals is not None:
            halves += 0.5 * 10.0**-self.decimals
        if self.significant is not None:
            is_number = np.isfinite(rows) & (rows != 0)
            n_decimals = self.significant - 1 - _decades(np.where(is_number, rows, 1.0))
            halves = np.maximum(halves, np.where(is_number, 0.5 * 10.0**-n_decimals, 0.0))
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", halves, halves)), dtype=np.float64)


def written_digits(vectors: Vectors) -> WrittenDigits | None:
    """Return in how many digits the numbers of a table were written; None where they were not, or are few.

    Only float32 is looked at, which is what texts are read into, and only some rows of it.
    """
    if vectors.dtype != np.float32:
        return None
    ids = np.unique(np.linspace(0, vectors.shape[0] - 1, SAMPLED_ROWS, dtype=np.int64))
    sample = np.asarray(vectors[ids], dtype=np.float32)
    numbers = sample[np.isfinite(sample) & (sample != 0)]
    if len(numbers) < LEAST_NUMBERS:
        return None
    decades = _decades(numbers)
    counts = range(FEWEST, MOST + 1)
    decimals = next((n for n in counts if _are_short(numbers, np.full(len(numbers), n))), None)
    significant = next((n for n in counts if _are_short(numbers, n - 1 - decades)), None)
    if decimals is None and significant is None:
        return None
    of_most = MOST if significant is None else significant - 1 - int(np.median(decades))
    is_fixed = significant is None or (decimals is not None and decimals <= of_most)
    return WrittenDigits(f"%.{decimals}f" if is_fixed else f"%.{significant}g", decimals, significant)


def _decades(numbers: Rows) -> NDArray[np.int64]:
    """Return the exponent of each number in decimal notation."""
    return np.floor(np.log10(np.abs(numbers.astype(np.float64)))).astype(np.int64)


def _are_short(numbers: Rows, n_decimals: NDArray[np.int64]) -> bool:
    """Return whether each number is the float32 nearest to a decimal with so many digits after the point."""
    up = 10.0 ** np.maximum(n_decimals, 0)
    down = 10.0 ** np.maximum(-n_decimals, 0)  # a power below 1 would not be exact
    short = np.rint(numbers.astype(np.float64) * up / down) * down / up
    with np.errstate(over="ignore"):  # the largest of all may be rounded past them
        return bool((short.astype(np.float32) == numbers).all())

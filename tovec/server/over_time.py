"""What becomes of one token, or of two, from moment to moment. Only their rows are read."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.vectors.cosine import row_lengths, unit_rows
from tovec.vectors.table import Rows


def lengths_over_time(moments: Sequence[Embedding], id: int) -> NDArray[np.float32]:
    """Return the length of a token's vector at each moment, NaN where it holds NaN or infinity."""
    rows = _rows(moments, id)
    lengths = np.where(np.isfinite(rows).all(axis=1), row_lengths(rows), np.nan)
    return np.minimum(lengths, np.finfo(np.float32).max).astype(np.float32)


def similarity_over_time(moments: Sequence[Embedding], a: int, b: int) -> NDArray[np.float32]:
    """Return the cosine of two tokens at each moment, NaN where either has no direction."""
    first, second = (unit_rows(_rows(moments, id)) for id in (a, b))
    cosines = np.einsum("md,md->m", first, second).clip(-1.0, 1.0)
    return np.where(first.any(axis=1) & second.any(axis=1), cosines, np.nan).astype(np.float32)


def _rows(moments: Sequence[Embedding], id: int) -> Rows:
    return np.stack([moment[id] for moment in moments])

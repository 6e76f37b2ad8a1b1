"""Tokens without a place in a picture: those whose vectors hold NaN or infinity."""

from collections.abc import Sequence

import numpy as np

from tovec.projection import Points

NAMED = 3  # tokens


def left_out(points: Points, names: Sequence[str]) -> str | None:
    """Return in one line which tokens have no place in a picture, None where all have one."""
    ids = np.flatnonzero(np.isnan(points).any(axis=1))
    if not len(ids):
        return None
    first = ", ".join([*(repr(names[row]) for row in ids[:NAMED]), *(["…"] if len(ids) > NAMED else [])])
    tokens, are = ("token", "is") if len(ids) == 1 else ("tokens", "are")
    return f"{len(ids):,} {tokens} whose vectors hold NaN or infinity {are} left out of the picture: {first}"

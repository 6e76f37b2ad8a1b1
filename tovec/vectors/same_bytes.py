"""Whether two tables hold the same numbers in the same bytes, found without comparing their vectors."""

import numpy as np
from numpy.typing import NDArray

from tovec.vectors.derived import stored_type
from tovec.vectors.stored import StoredTable
from tovec.vectors.table import Vectors, row_slices


def have_same_bytes(one: Vectors, other: Vectors) -> bool:
    """Return whether all rows of both are equal byte for byte; the first block that differs ends it."""
    if one is other:
        return True
    if one.shape != other.shape or stored_type(one) != stored_type(other):
        return False
    parts = row_slices(*one.shape)
    return all(np.array_equal(_bytes(one, part), _bytes(other, part)) for part in parts)


def _bytes(table: Vectors, rows: slice) -> NDArray[np.uint8]:
    if isinstance(table, StoredTable):
        return table.stored_bytes(rows)
    return np.ascontiguousarray(table[rows]).view(np.uint8)

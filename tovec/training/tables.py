"""Tables as the kernels take them: flat, aligned, their columns in groups that lie apart.

Group by group, because threads that go in step own groups: what is adjacent in memory travels between
cores together.
"""

import itertools

import numpy as np
from numpy.typing import NDArray

from tovec.text.vocabulary import Ids
from tovec.training.objective import Table

CACHE_LINE = 16  # float32; rows are padded to whole ones
_BLOCK = 1 << 14  # rows at a time, where a table is filled or read

Columns = NDArray[np.int32]


def column_groups(dim: int, *, grouped: bool) -> Columns:
    """Return where the groups of columns begin and end, the last number the padded width of a row.

    A group has at least three cache lines of a row, or the sums across registers would cost more than
    the products; there are at most 8, and one where they need not lie apart.
    """
    lines = -(-dim // CACHE_LINE)
    n_groups = max(1, min(8, lines // 3)) if grouped else 1
    return np.array([-(-lines * g // n_groups) * CACHE_LINE for g in range(n_groups + 1)], dtype=np.int32)


def aligned_zeros(size: int) -> Table:
    """Return (size,) float32 zeros that begin at a cache line."""
    room = np.zeros(size + CACHE_LINE, dtype=np.float32)
    start = -(room.ctypes.data // 4) % CACHE_LINE
    return room[start : start + size]


def zeros(n_rows: int, columns: Columns) -> Table:
    """Return a flat table of zeros, (n_rows * width,) float32, that begins at a cache line."""
    return aligned_zeros(n_rows * int(columns[-1]))


def part(table: Table, columns: Columns, group: int) -> Table:
    """Return the columns of one group, (n_rows, its width), a view."""
    n_rows = len(table) // int(columns[-1])
    left, right = int(columns[group]), int(columns[group + 1])
    return table[n_rows * left : n_rows * right].reshape(n_rows, right - left)


def put(table: Table, columns: Columns, first: int, rows: Table) -> None:
    """Write `rows`, (n, up to width), as rows first, first + 1, … of a flat table."""
    for group, (left, right) in enumerate(itertools.pairwise(columns.tolist())):
        columns_here = rows[:, left:right]
        part(table, columns, group)[first : first + len(rows), : columns_here.shape[1]] = columns_here


def take(table: Table, columns: Columns, stop: int, dim: int, start: int = 0) -> Table:
    """Return rows start to stop of a flat table, (stop - start, dim), a copy."""
    rows = np.empty((stop - start, dim), dtype=np.float32)
    for group, (left, right) in enumerate(itertools.pairwise(columns.tolist())):
        rows[:, left:right] = part(table, columns, group)[start:stop, : max(0, dim - left)]
    return rows


def take_rows(table: Table, columns: Columns, ids: Ids, dim: int) -> Table:
    """Return these rows of a flat table, (n_ids, dim), a copy."""
    rows = np.empty((len(ids), dim), dtype=np.float32)
    for group, (left, right) in enumerate(itertools.pairwise(columns.tolist())):
        width = min(right, dim) - left
        if width > 0:
            rows[:, left : left + width] = part(table, columns, group)[ids, :width]
    return rows


def randomize(
    table: Table, columns: Columns, stop: int, dim: int, seed: int | tuple[int, ...], start: int = 0
) -> None:
    """Fill rows start to stop evenly from (-0.5, 0.5) / dim, as in word2vec.c.

    What lies past dim is zero and stays so.
    """
    generator = np.random.default_rng(seed)
    for first in range(start, stop, _BLOCK):
        n = min(_BLOCK, stop - first)
        rows = (generator.random((n, dim), dtype=np.float32) - np.float32(0.5)) / np.float32(dim)
        put(table, columns, first, rows)

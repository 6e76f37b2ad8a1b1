"""A symmetric matrix of counts on disk, in blocks.

The matrix is cut into grid x grid blocks, block (p, q) holding the rows with id % grid == p and the
columns with id % grid == q; ids go by frequency, which makes the blocks about equal. Blocks below
the diagonal are those above it, transposed, and are not stored.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Entries = NDArray[np.void]

ENTRY = np.dtype([("row", "<u2"), ("column", "<u2"), ("count", "<f4")])  # row and column: id // grid
MOST_BLOCKS = 32  # along each side: more threads than that cannot share a stratum
_LEAST_ROWS = 64  # in a block: fewer make more work of the blocks than of their entries
_ROWS_OF_UINT16 = 1 << 16


@dataclass(frozen=True)
class Cooccurrences:
    """The co-occurrence counts of a corpus, memory-mapped.

    grid: blocks along each side. entries: of all blocks with p <= q, see ENTRY, each block
    shuffled. bounds: (grid * grid + 1,) int64; block (p, q) is entries[bounds[p * grid + q] :
    bounds[p * grid + q + 1]]. partners: (n_tokens,) int64, how many tokens each occurs beside.
    """

    grid: int
    entries: Entries
    bounds: NDArray[np.int64]
    partners: NDArray[np.int64]

    @property
    def n_tokens(self) -> int:
        """How many rows the matrix has."""
        return len(self.partners)

    @property
    def n_entries(self) -> int:
        """How many counts of the whole matrix, both halves, are not zero."""
        return int(self.partners.sum())

    def block(self, p: int, q: int) -> Entries:
        """Return the entries of block (p, q) with p <= q."""
        assert p <= q
        number = p * self.grid + q
        return self.entries[self.bounds[number] : self.bounds[number + 1]]


def grid_of(n_tokens: int) -> int:
    """Return how many blocks there are along each side, at least 1; threads do not matter."""
    enough = -(-n_tokens // _ROWS_OF_UINT16)
    return max(1, min(MOST_BLOCKS, n_tokens // _LEAST_ROWS), enough)


def mapped(path: Path) -> Entries:
    """Return a file of entries, mapped; an empty array for an empty file, which cannot be."""
    if path.stat().st_size == 0:
        return np.empty(0, dtype=ENTRY)
    return np.memmap(path, dtype=ENTRY, mode="r")

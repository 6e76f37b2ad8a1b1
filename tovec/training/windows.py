"""The id stream in blocks, and the windows of a block: what a step of negative sampling trains on.

The stream is cut into blocks of some thousand ids; each has its own generator, seeded by run, epoch and
block, so what a block draws depends on neither threads nor what went before.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.text.corpus import Corpus
from tovec.training.kernels.arguments import Draws, Kept, MinibatchArrays, WindowArrays

BLOCK = 20_000  # ids at most; a longer document is cut here, and no window reaches over the cut
SMALLEST_BLOCK, MANY_BLOCKS = 1_000, 64


class Block(ABC):
    """Room for the windows of any block, which `cut` fills. n: how many pieces it can be trained on in."""

    arrays: Any

    def __init__(self, window: int) -> None:
        self.n, self._window = 0, window
        self._kept = Kept(np.empty(BLOCK, dtype=np.int32), np.empty((BLOCK, 2), dtype=np.int32))

    @property
    @abstractmethod
    def n_pairs(self) -> int:
        """How many contexts there are, over all windows."""

    def spans(self, n: int) -> list[tuple[int, int]]:
        """Return `n` equal parts, as first and last number."""
        return [(self.n * part // n, self.n * (part + 1) // n) for part in range(n)]

    def cut(self, corpus: Corpus, block: int, negative: int, draws: Draws) -> None:
        """Become the windows of a block, tokens given as rows, with `negative` noise tokens a piece."""
        size = block_size(corpus)
        start, stop = block * size, min((block + 1) * size, len(corpus.ids))
        document = int(np.searchsorted(corpus.offsets, start, side="right")) - 1
        self._cut(
            corpus.ids, corpus.offsets, document, start, stop, self._window, negative, draws, self._kept
        )

    @abstractmethod
    def _cut(self, *arguments: Any) -> None:
        """Call the kernel with these arguments and the arrays to write."""


class Windows(Block):
    """The windows of one block, each a piece of its own. arrays: see WindowArrays.

    min_reach: the smallest reach of a center, which draws it from there up to `window`.
    """

    def __init__(self, window: int, n_targets: int, min_reach: int = 1) -> None:
        super().__init__(window)
        self._min_reach = min_reach
        self.arrays = WindowArrays(
            contexts=np.empty(BLOCK * 2 * window, dtype=np.int32),
            ends=np.empty(BLOCK + 1, dtype=np.int32),
            sizes=np.empty(BLOCK, dtype=np.int32),
            left=np.empty(BLOCK, dtype=np.int32),
            targets=np.empty((BLOCK, n_targets), dtype=np.int32),
        )

    @staticmethod
    def n_bytes(window: int, n_targets: int) -> int:
        """Return how much memory they take, without taking it."""
        return 4 * BLOCK * (2 * window + n_targets + 6) + 4

    @property
    def n_pairs(self) -> int:
        """How many contexts there are, over all windows."""
        return int(self.arrays.sizes[: self.n].sum())

    def _cut(self, *arguments: Any) -> None:
        from tovec.training.kernels.windows import cut

        self.n = cut(*arguments, self.arrays, self._min_reach)


class Minibatches(Block):
    """The windows of one block, those of `n_centers` neighbors as one piece. arrays: see MinibatchArrays."""

    def __init__(self, window: int, n_centers: int, n_targets: int) -> None:
        super().__init__(window)
        n = -(-BLOCK // n_centers)
        self.arrays = MinibatchArrays(
            contexts=np.empty(n * (n_centers + 2 * window + 1), dtype=np.int32),
            ends=np.empty(n + 1, dtype=np.int32),
            spans=np.empty((n, n_centers, 3), dtype=np.int32),
            targets=np.empty((n, n_targets), dtype=np.int32),
        )

    @property
    def n_pairs(self) -> int:
        """How many contexts there are, over all windows."""
        spans = self.arrays.spans[: self.n]
        return int(np.maximum(spans[:, :, 1] - spans[:, :, 0] - 1, 0).sum())

    def _cut(self, *arguments: Any) -> None:
        from tovec.training.kernels.windows import cut_minibatches

        self.n = cut_minibatches(*arguments, self.arrays)


def n_blocks(corpus: Corpus) -> int:
    """Return into how many blocks a corpus is cut."""
    return -(-len(corpus.ids) // block_size(corpus))


def block_size(corpus: Corpus) -> int:
    """Return how many ids a block has: less in a small corpus, for a learning rate that falls evenly."""
    return min(BLOCK, max(SMALLEST_BLOCK, -(-len(corpus.ids) // MANY_BLOCKS)))


def generator_state(seed: int, epoch: int, block: int) -> NDArray[np.uint64]:
    """Return the state of a block's generator, (1,) uint64, never zero."""
    state = np.random.SeedSequence(seed, spawn_key=(epoch, block)).generate_state(1, np.uint64)
    return np.maximum(state, 1)

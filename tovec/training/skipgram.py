"""Skip-gram with negative sampling: each context is to tell its center from noise.

The loops are in kernels/skipgram.py, who trains on what in negative_sampling.py.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.text.corpus import Corpus
from tovec.training.config import TrainConfig
from tovec.training.copies import N_HOT, STRIPES, Copies, hot_tokens
from tovec.training.negative_sampling import NegativeSampling, Shared, Windows
from tovec.training.objective import Table
from tovec.training.tables import column_groups, part, put, randomize, take, zeros


class SkipGram(NegativeSampling):
    """Skip-gram; see NegativeSampling. arrays: `inputs` and `outputs`, flat, group by group of columns.

    Inputs start even in (-0.5, 0.5) / dim and outputs at zero, as in word2vec.c.
    """

    def __init__(
        self,
        corpus: Corpus,
        config: TrainConfig,
        held_out: Corpus | None = None,
        start: tuple[Table, Table] | None = None,
    ) -> None:
        super().__init__(corpus, config, held_out)
        assert corpus.vocabulary.counts is not None
        self._n_tokens, width = len(corpus.vocabulary), int(self.columns[-1])
        self._hot = hot_tokens(corpus.vocabulary.counts, 1 if config.deterministic else self.n_threads)
        n_rows = self._n_tokens + self.n_threads * len(self._hot)
        self._inputs, self._outputs = zeros(n_rows, self.columns), zeros(n_rows, self.columns)
        randomize(self._inputs, self.columns, self._n_tokens, config.dim, config.seed)
        self._n_known = 0 if start is None else len(start[0])
        if start is not None:
            for table, rows in zip((self._inputs, self._outputs), start, strict=True):
                put(table, self.columns, 0, rows)
        # Copies of rows lie behind the rows themselves, in tables of one group, and are of no lasting use.
        own = slice(0, self._n_tokens * width)
        self.arrays: dict[str, NDArray[Any]] = {"inputs": self._inputs[own], "outputs": self._outputs[own]}
        self._locks = np.zeros((2, STRIPES), dtype=np.int64)
        self._label, self._ones = slots(config.window, config.negative, self.n_targets)

    @property
    def n_targets(self) -> int:
        """Room for the center and its noise, in whole tiles."""
        from tovec.training.kernels.simd import TARGETS

        return -(-(1 + self.config.negative) // TARGETS) * TARGETS

    @property
    def room(self) -> int:
        """Room for the scores of a window, in float32."""
        from tovec.training.kernels.simd import INPUTS, SLOTS, TARGETS

        return 2 * self.config.window // INPUTS * (self.n_targets // TARGETS) * SLOTS

    def copies(self, thread: int) -> Copies | None:
        """Return a thread's copies of the most frequent rows, None for a thread alone."""
        if len(self._hot) == 0:
            return None
        tables = [part(table, self.columns, 0) for table in (self._inputs, self._outputs)]
        return Copies(tables, self._n_tokens, self._hot, thread, self._locks)

    def train_windows(
        self,
        windows: Windows,
        span: tuple[int, int],
        rate: float,
        groups: tuple[int, int],
        n_threads: int,
        shared: Shared,
    ) -> None:
        """Train on windows of a block; see NegativeSampling."""
        from tovec.training.kernels.skipgram import train

        train(
            windows.contexts, windows.ends, windows.sizes, windows.targets, windows.whole, *span,
            self.config.negative, self._inputs, self._outputs, np.float32(rate),
            self.columns, *groups, shared.batch, n_threads, shared.owners, shared.arrived, shared.tiles,
            self._label, self._ones, np.empty(self.room, dtype=np.float32), shared.loss,
        )  # fmt: skip

    def vectors(self) -> Table:
        """Return the input vectors, (n_tokens, dim); zeros for tokens that never occur."""
        return self._rows_of(self._inputs)

    def ngram_table(self) -> None:
        """Return None: tokens have no rows but their own."""

    def outputs(self) -> Table:
        """Return the output vectors, which training goes on from; zeros for tokens that never occur."""
        return self._rows_of(self._outputs)

    def _rows_of(self, table: Table) -> Table:
        assert self.corpus.vocabulary.counts is not None
        rows = take(table, self.columns, self._n_tokens, self.config.dim)
        rows[self._n_known :][self.corpus.vocabulary.counts[self._n_known :] == 0] = 0.0
        return rows

    @classmethod
    def table_bytes(cls, config: TrainConfig, n_tokens: int, n_threads: int) -> int:
        """Return what the tables of a run take, and the vectors that it gives."""
        width = int(column_groups(config.dim, grouped=config.deterministic)[-1])
        n_hot = 0 if config.deterministic or n_threads == 1 else 2 * N_HOT
        return 8 * (n_tokens + n_hot) * width + 8 * n_tokens * config.dim


def slots(window: int, negative: int, n_targets: int) -> tuple[Table, Table]:
    """Return, for each slot of the tiles of the widest window, its label and whether it counts.

    label: 1 for a center, -1 for noise and for what does not count. Slots: see kernels/simd.py.
    """
    from tovec.training.kernels.simd import INPUTS, SLOTS, TARGETS

    n_across = n_targets // TARGETS
    label = np.full((2 * window // INPUTS, n_across, SLOTS), -1.0, dtype=np.float32)
    counts = np.zeros_like(label)
    label[:, 0, 0 : INPUTS * TARGETS : TARGETS] = 1.0
    for target in range(1 + negative):
        counts[:, target // TARGETS, target % TARGETS : INPUTS * TARGETS : TARGETS] = 1.0
    return label.ravel(), counts.ravel()

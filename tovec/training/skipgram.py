"""Skip-gram with negative sampling: each context is trained to distinguish its center from noise.

The loops are in kernels/skipgram.py; negative_sampling.py says which thread trains on what.
"""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.text.corpus import Corpus
from tovec.training.config import RunConfig
from tovec.training.kernels.arguments import Slots
from tovec.training.negative_sampling import NegativeSampling, NegativeSamplingFactory, outputs_of
from tovec.training.objective import Table
from tovec.training.tables import randomize, zeros
from tovec.training.thread_work import Work


class SkipGram(NegativeSampling):
    """Skip-gram; see NegativeSampling. arrays: `inputs` and `outputs`, flat, group by group of columns.

    Inputs start even in (-0.5, 0.5) / dim and outputs at zero, as in word2vec.c.
    """

    def __init__(
        self,
        corpus: Corpus,
        config: RunConfig,
        validation: Corpus | None = None,
        old: Embedding | None = None,
    ) -> None:
        super().__init__(corpus, config, validation)
        self._inputs, self._outputs = zeros(self.n_rows, self.columns), zeros(self.n_rows, self.columns)
        self._positions = zeros(0, self.columns)
        randomize(self._inputs, self.columns, len(self.rows), config.dim, config.seed)
        if old is not None:
            self.begin_with(old[:], outputs_of(old))
        own = slice(0, len(self.rows) * int(self.columns[-1]))
        self.arrays: dict[str, NDArray[Any]] = {"inputs": self._inputs[own], "outputs": self._outputs[own]}
        self._label, self._counts = slots(config.window, config.negative, self.n_targets)

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

    def train_windows(self, work: Work) -> None:
        """Train on some windows of a block."""
        from tovec.training.kernels.skipgram import train

        weight = np.empty(self.room, dtype=np.float32)
        slots = Slots(self._label, self._counts, weight)
        train(
            *(work.windows.arrays, self.config.negative, self.tables()),
            *(work.share, work.shared.arrays, slots),
        )

    def vectors(self) -> Table:
        """Return the input vectors, (n_tokens, dim); zeros for tokens that never occur."""
        return self._rows_of(self._inputs)

    def ngram_table(self) -> None:
        """Return None: tokens have no rows but their own."""


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


class SkipGramFactory(NegativeSamplingFactory):
    """Makes skip-gram without n-grams; see ObjectiveFactory."""

    kernels: ClassVar[str] = "tovec.training.kernels.skipgram"

    def create(self, folder: Path, validation: Corpus | None) -> SkipGram:
        """Return the objective."""
        return SkipGram(self._corpus, self._config, validation, self._old)

"""Skip-gram with negative sampling: each context is trained to distinguish its center from noise.

The loops are in kernels/skipgram.py; negative_sampling.py says which thread trains on what.
"""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.text.corpus import Corpus
from tovec.text.vocabulary import Ids
from tovec.training.config import RunConfig
from tovec.training.kernels.arguments import Slots
from tovec.training.negative_sampling import BATCH, NegativeSampling, NegativeSamplingFactory, outputs_of
from tovec.training.objective import Table
from tovec.training.tables import randomize, take_rows, zeros
from tovec.training.thread_work import Work
from tovec.training.windows import Minibatches

CENTERS = 2  # windows that share noise; with 7 the score of similar words is .01 to .02 lower after 3 epochs


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
            inputs = old[:]
            self.begin_with(inputs, outputs_of(old), is_learned=np.any(inputs, axis=1))
        own = slice(0, len(self.rows) * int(self.columns[-1]))
        self.arrays: dict[str, NDArray[Any]] = {"inputs": self._inputs[own], "outputs": self._outputs[own]}
        noise_weight = config.negative / self.n_noise
        self._slots = slots_of(CENTERS, self.n_noise, self.n_targets, self._most_contexts, noise_weight)

    @property
    def n_targets(self) -> int:
        """The targets of a minibatch, which fill whole tiles: the centers and the noise that they share."""
        from tovec.training.kernels.simd import TARGETS

        return -(-(1 + self.config.negative) // TARGETS) * TARGETS

    @property
    def n_noise(self) -> int:
        """How many noise tokens are drawn for a minibatch, `negative` or more, or one less.

        Together they count as `negative` do.
        """
        return self.n_targets - CENTERS

    @property
    def most_at_once(self) -> int:
        """How many minibatches are scored before any is learned from, at most, in step."""
        return BATCH // CENTERS

    @property
    def _most_contexts(self) -> int:
        from tovec.training.kernels.simd import INPUTS

        return -(-(CENTERS + 2 * self.config.window) // INPUTS) * INPUTS

    @property
    def room(self) -> int:
        """Room for the scores of a minibatch, in float32."""
        from tovec.training.kernels.simd import INPUTS, SLOTS, TARGETS

        return self._most_contexts // INPUTS * (self.n_targets // TARGETS) * SLOTS

    def block(self) -> Minibatches:
        """Return room for the windows of a block."""
        return Minibatches(self.config.window, CENTERS, self.n_targets)

    def train_windows(self, work: Work) -> None:
        """Train on some windows of a block."""
        from tovec.training.kernels.skipgram import train

        own = {name: getattr(self._slots, name).copy() for name in ("weight", "shares")}  # of this call
        train(
            *(work.windows.arrays, self.n_noise, self.tables()),
            *(work.share, work.shared.arrays, self._slots._replace(**own)),
        )

    def vectors(self) -> Table:
        """Return the input vectors, (n_tokens, dim); zeros for tokens that never occur."""
        return self._rows_of(self._inputs, self._is_known)

    def rows_of(self, ids: Ids) -> Table:
        """Return the vectors of some tokens; see Objective."""
        return self._zero_where_unseen(take_rows(self._inputs, self.columns, ids, self.config.dim), ids)

    def ngram_table(self) -> None:
        """Return None: tokens have no rows but their own."""


def slots_of(n_centers: int, n_noise: int, n_targets: int, n_contexts: int, noise_weight: float) -> Slots:
    """Return what the tiles of minibatches need; slots: see kernels/simd.py."""
    from tovec.training.kernels.simd import INPUTS, SLOTS, TARGETS

    label = np.full((n_contexts // INPUTS, n_targets // TARGETS, SLOTS), -1.0, dtype=np.float32)
    shares = np.zeros((n_centers, n_targets // TARGETS, SLOTS), dtype=np.float32)
    for target in range(n_centers + n_noise):
        tile, column = divmod(target, TARGETS)
        here = tile, slice(column, INPUTS * TARGETS, TARGETS)
        if target < n_centers:
            label[:, *here] = shares[target, *here] = 1.0
        else:
            shares[:, *here] = noise_weight
    weight = np.zeros(label.size, dtype=np.float32)
    return Slots(label.ravel(), weight, shares.ravel(), np.float32(noise_weight))


class SkipGramFactory(NegativeSamplingFactory):
    """Makes skip-gram without n-grams; see ObjectiveFactory."""

    kernels: ClassVar[str] = "tovec.training.kernels.skipgram"

    def create(self, folder: Path, validation: Corpus | None) -> SkipGram:
        """Return the objective."""
        return SkipGram(self._corpus, self._config, validation, self._old)

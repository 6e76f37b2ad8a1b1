"""GloVe: co-occurrence counts to vectors (Pennington et al. 2014). The loop is in kernels/glove.py.

Training goes by strata (Gemulla et al. 2011, "Large-scale matrix factorization with distributed
stochastic gradient descent", KDD): blocks of the matrix that share no row and no column. Threads
that train the blocks of a stratum never touch the same vector, so there is nothing to lock or to
race for, and the result is the same bytes on any number of threads.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.errors import TovecError
from tovec.text.corpus import Corpus
from tovec.text.vocabulary import Ids
from tovec.threads import thread_pool
from tovec.training.config import RunConfig
from tovec.training.cooccurrence import count_cooccurrences
from tovec.training.cooccurrence_matrix import Cooccurrences, Entries
from tovec.training.kernels.arguments import GloveRules, GloveSide
from tovec.training.objective import OnStep, ShouldStop, Table
from tovec.vectors.embedding_parts import BIASES

Arrays = dict[str, Table]

POWER = 0.75  # of count / x_max in an entry's weight (eq. 9)
COUNTING_BYTES = 1 << 27  # for counting co-occurrences; more is not faster
ENTRIES_OF_STEP = 1 << 21  # about: a step is short, and its blocks are worth a thread each
_LANES = 16  # float32 in the widest vector register; rows are padded to whole registers
_TOKENS = "vectors", "biases", "vector_sums", "bias_sums"
_CONTEXTS = tuple(f"context_{name}" for name in _TOKENS)


class Glove:
    """A GloVe model while it is trained.

    arrays: all that training changes, float32: `vectors` and `context_vectors`, (grid, n_rows, width);
    `biases` and `context_biases`, (grid, n_rows); of each the sums of squared steps that AdaGrad
    divides by. A run goes on from a copy of them exactly as it would have. Token `id` is at
    [id % grid, id // grid], so that the rows of a block lie side by side and fill the cache evenly.
    n_steps: in an epoch; together they train each entry once.
    """

    def __init__(
        self,
        cooccurrences: Cooccurrences,
        dim: int,
        *,
        x_max: float = 100.0,
        learning_rate: float = 0.05,
        seed: int = 0,
        threads: int | None = None,
    ) -> None:
        self.cooccurrences, self.dim, self.seed = cooccurrences, dim, seed
        # Tokens that have vectors from elsewhere.
        self._is_known = np.zeros(cooccurrences.n_tokens, dtype=bool)
        self.threads = threads or os.cpu_count() or 1
        self.arrays = initial_arrays(cooccurrences.grid, cooccurrences.n_tokens, dim, seed)
        # Large blocks are trained in pieces, the strata once for each.
        self._n_pieces = -(-cooccurrences.n_entries // (cooccurrences.grid * ENTRIES_OF_STEP)) or 1
        self.n_steps = cooccurrences.grid * self._n_pieces
        self._rules = GloveRules(np.float32(x_max), np.float32(POWER), np.float32(learning_rate))

    def step(self, epoch: int, number: int) -> tuple[float, int]:
        """Train step `number` of an epoch; return the sum of its losses, and of how many entries.

        What it does depends on the arrays, the seed, epoch and number alone. A sum that is not
        finite says that the vectors are not either. After an exception, Ctrl-C too, the arrays are
        between two steps: good vectors, but no place to go on from exactly.
        """
        blocks = self._blocks(epoch, number)
        # The largest first, so that no thread begins one when the others end.
        order = sorted(range(len(blocks)), key=lambda i: -len(blocks[i][0]))
        with thread_pool(min(self.threads, len(blocks))) as pool:
            futures = {i: pool.submit(self._train, *blocks[i]) for i in order}
            loss = sum(futures[i].result() for i in range(len(blocks)))  # in one order, so to the last bit
        return loss, sum(len(entries) for entries, _, _ in blocks)

    def _blocks(self, epoch: int, number: int) -> list[tuple[Entries, int, int]]:
        """Return what a step trains: entries and p, q of blocks that share no row and no column."""
        grid = self.cooccurrences.grid
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(epoch,)))
        piece, shift = divmod(int(rng.permutation(self.n_steps)[number]), grid)
        blocks = []
        for p in range(grid):
            q = (p + shift) % grid
            entries = self.cooccurrences.block(min(p, q), max(p, q))
            start, stop = (len(entries) * at // self._n_pieces for at in (piece, piece + 1))
            blocks.append((entries[start:stop], p, q))
        return blocks

    def _train(self, entries: Entries, p: int, q: int) -> float:
        from tovec.training.kernels import glove

        if p <= q:
            rows, columns = self._part(_TOKENS, p), self._part(_CONTEXTS, q)
        else:  # these are entries of (q, p): what is a row there is a context here
            rows, columns = self._part(_CONTEXTS, q), self._part(_TOKENS, p)
        return float(glove.train_block(entries, self._rules, rows, columns))

    def _part(self, names: tuple[str, ...], number: int) -> GloveSide:
        return GloveSide(*(self.arrays[name][number] for name in names))

    def begin_with(
        self, ids: NDArray[np.int64], vectors: Table, context_vectors: Table, biases: Table
    ) -> None:
        """Begin with these of some tokens, (n, dim), (n, dim) and (n, 2); the others stay random."""
        self._is_known[ids] = True
        place = ids % self.cooccurrences.grid, ids // self.cooccurrences.grid
        self.arrays["vectors"][(*place, slice(self.dim))] = vectors
        self.arrays["context_vectors"][(*place, slice(self.dim))] = context_vectors
        self.arrays["biases"][place], self.arrays["context_biases"][place] = biases.T

    def vectors(self) -> Table:
        """Return vectors + context vectors, (n_tokens, dim); zero for tokens that occur beside none."""
        arrays = self.arrays
        return self._by_id(arrays["vectors"][..., : self.dim] + arrays["context_vectors"][..., : self.dim])

    def rows_of(self, ids: Ids) -> Table:
        """Return `vectors` of some tokens, (n_ids, dim)."""
        grid = self.cooccurrences.grid
        place = ids % grid, ids // grid
        rows = self.arrays["vectors"][place] + self.arrays["context_vectors"][place]
        rows[~self._is_known[ids] & (self.cooccurrences.partners[ids] == 0)] = 0.0
        return rows[:, : self.dim]

    def context_vectors(self) -> Table:
        """Return the context vectors, (n_tokens, dim); zero for tokens that occur beside none."""
        return self._by_id(self.arrays["context_vectors"][..., : self.dim])

    def biases(self) -> Table:
        """Return the biases of each token as a row and as a context, (n_tokens, 2)."""
        return self._by_id(np.stack([self.arrays["biases"], self.arrays["context_biases"]], axis=-1))

    def _by_id(self, array: Table) -> Table:
        """Return the rows of (grid, n_rows, width) by id, zero for new tokens that occur beside none."""
        by_id = array.swapaxes(0, 1).reshape(-1, array.shape[2])[: self.cooccurrences.n_tokens]
        by_id[~self._is_known & (self.cooccurrences.partners == 0)] = 0.0
        return by_id


def model_bytes(n_tokens: int, dim: int) -> int:
    """Return how much memory a model takes, with the vectors that it gives and a copy while they are made."""
    width = -(-dim // _LANES) * _LANES
    return 4 * n_tokens * (4 * (width + 1) + 2 * dim)


def initial_arrays(grid: int, n_tokens: int, dim: int, seed: int) -> Arrays:
    """Return the arrays of Glove before training.

    Vectors and biases are even in (-0.5, 0.5) / (dim + 1), and sums are 1, as in glove.c. Rows are
    padded to whole vector registers; padding past dim is zero and stays so.
    """
    shape, width = (grid, -(-n_tokens // grid)), -(-dim // _LANES) * _LANES
    rng = np.random.default_rng(seed)
    arrays: Arrays = {}
    for vectors, biases, vector_sums, bias_sums in (_TOKENS, _CONTEXTS):
        arrays[vectors] = np.zeros((*shape, width), dtype=np.float32)
        arrays[vectors][..., :dim] = (rng.random((*shape, dim), dtype=np.float32) - 0.5) / (dim + 1)
        arrays[biases] = (rng.random(shape, dtype=np.float32) - np.float32(0.5)) / np.float32(dim + 1)
        arrays[vector_sums] = np.ones_like(arrays[vectors])
        arrays[bias_sums] = np.ones_like(arrays[biases])
    return arrays


class GloveSteps:
    """GloVe as an Objective: a step is a stratum of the co-occurrences."""

    def __init__(self, corpus: Corpus, config: RunConfig, folder: Path, old: Embedding | None = None) -> None:
        counts = count_cooccurrences(
            *(corpus, config.window, folder),
            seed=config.seed,
            memory=COUNTING_BYTES,
            threads=config.threads,
        )
        self._glove = Glove(
            counts,
            config.dim,
            x_max=config.x_max,
            learning_rate=config.learning_rate,
            seed=config.seed,
            threads=config.threads,
        )
        if old is not None:
            assert old.outputs is not None
            sums, contexts = old[:], np.asarray(old.outputs[:], dtype=np.float32)
            ids = np.flatnonzero(sums.any(axis=1))  # two rows of zeros would never move
            rows = sums[ids] - contexts[ids], contexts[ids], np.asarray(old.state[BIASES])[ids]
            self._glove.begin_with(ids, *rows)
        self.arrays: Mapping[str, NDArray[Any]] = self._glove.arrays
        self.n_steps = self._glove.n_steps

    def run(self, first: int, stop: int, on_step: OnStep, should_stop: ShouldStop) -> None:
        """Take steps first to stop; see Objective."""
        for step in range(first, stop):
            if should_stop():
                return
            epoch, number = divmod(step, self.n_steps)
            on_step(epoch, *self._glove.step(epoch, number))

    def vectors(self) -> Table:
        """Return the sums of the two vectors of each token, (n_tokens, dim)."""
        return np.asarray(self._glove.vectors())

    def rows_of(self, ids: Ids) -> Table:
        """Return the sums of some tokens; see Objective."""
        return np.asarray(self._glove.rows_of(ids))

    def outputs(self) -> Table:
        """Return the context vectors, (n_tokens, dim), which are in the sums too."""
        return np.asarray(self._glove.context_vectors())

    def state(self) -> Mapping[str, NDArray[Any]]:
        """Return the biases, (n_tokens, 2)."""
        return {BIASES: self._glove.biases()}

    def ngram_table(self) -> None:
        """Return None: GloVe knows no n-grams."""

    def facts(self, validation_loss: float | None) -> dict[str, Any]:
        """Return nothing more."""
        return {}

    def validation_loss(self) -> None:
        """Return None: the loss is one of counts, not of documents."""


class GloveFactory:
    """Makes GloVe; see ObjectiveFactory."""

    kernels: ClassVar[str] = "tovec.training.kernels.glove"
    n_ngrams = n_more_numbers = 0

    def __init__(self, corpus: Corpus, config: RunConfig, old: Embedding | None) -> None:
        self._corpus, self._config, self._old = corpus, config, old

    @staticmethod
    def settings_of(old: Embedding) -> Mapping[str, Any]:
        """Return the settings that have to be those of `old`: none."""
        return {}

    @staticmethod
    def check_can_continue(old: Embedding) -> None:
        """Raise TovecError without the two tables that its vectors are the sums of, or without biases."""
        if old.outputs is None or BIASES not in old.state:
            raise TovecError(
                "glove goes on from context vectors and biases, which this embedding does not keep; train it "
                "again, or go on from its vectors with objective skip-gram"
            )

    @staticmethod
    def not_kept(old: Embedding) -> list[str]:
        """Return nothing: what it continues from, it continues from completely."""
        return []

    def n_bytes(self) -> int:
        """Return how much memory the run and its result take, mapped files left out."""
        return max(COUNTING_BYTES, model_bytes(len(self._corpus.vocabulary), self._config.dim))

    def create(self, folder: Path, validation: Corpus | None) -> GloveSteps:
        """Return the objective, its co-occurrences counted into `folder`."""
        return GloveSteps(self._corpus, self._config, folder, self._old)

"""Skip-gram with negative sampling: a corpus to vectors. The loops are in kernels/skipgram.py.

The corpus is cut into blocks of some thousand ids, which threads take in turn; each block has its
own generator, seeded by run, epoch and block, so what a block draws does not depend on the thread
it fell to. Threads write to the same tables without locks (Niu et al. 2011, arXiv:1106.5730).
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.text.corpus import Corpus
from tovec.training.config import TrainConfig
from tovec.training.sampling import alias_table, keep_thresholds, noise_probabilities

Table = NDArray[np.float32]

BLOCK = 10_000  # ids; a longer document is cut here, and no window reaches over the cut
LEAST_RATE = 1e-4  # of the first learning rate, as in word2vec.c
_LANES = 16  # float32 in the widest vector register; rows are padded to whole registers


@dataclass(frozen=True)
class Progress:
    """How far training has come. loss: mean over the pairs since the last report."""

    done: int
    total: int
    epoch: float
    loss: float


@dataclass(frozen=True)
class Trained:
    """What a run gives: vectors (n_tokens, dim) float32, the mean loss of a pair by epoch, passes made."""

    vectors: Table
    losses: list[float]
    epochs: float
    interrupted: bool


OnProgress = Callable[[Progress], None]


def train_skipgram(corpus: Corpus, config: TrainConfig, on_progress: OnProgress | None = None) -> Trained:
    """Return the vectors of the corpus's tokens.

    Ctrl-C ends the run early with what has been learned so far (`interrupted`), if anything has.
    Tokens that never occur get a zero vector. on_progress is called a few times a second, from the
    calling thread.
    """
    assert corpus.vocabulary.counts is not None
    run = _Run(corpus, config)
    n_threads = config.threads or os.cpu_count() or 1
    threads = [
        threading.Thread(target=run.work, name=f"tovec-train-{i}", daemon=True) for i in range(n_threads)
    ]
    interrupted = False
    for thread in threads:
        thread.start()
    try:
        while alive := [thread for thread in threads if thread.is_alive()]:
            alive[0].join(0.2)
            if on_progress is not None:
                on_progress(run.progress())
    except KeyboardInterrupt:
        interrupted = True
        run.stop = True
    while any(thread.is_alive() for thread in threads):
        with suppress(KeyboardInterrupt):  # blocks end in a moment; a second one loses nothing
            for thread in threads:
                thread.join()
    if run.failure is not None:
        raise run.failure
    if on_progress is not None and not interrupted:
        on_progress(run.progress())  # the last blocks too
    if interrupted and run.n_done == 0:
        raise KeyboardInterrupt  # nothing has been learned that could be kept
    vectors = run.w_in[:, : config.dim].copy()
    vectors[corpus.vocabulary.counts == 0] = 0.0
    return Trained(vectors, run.mean_losses(), run.n_done / len(corpus.ids), interrupted)


class _Run:
    """The tables, the tickets for blocks and the sums that the threads of one run share."""

    def __init__(self, corpus: Corpus, config: TrainConfig) -> None:
        counts = corpus.vocabulary.counts
        assert counts is not None
        self.corpus, self.config = corpus, config
        self.keep = keep_thresholds(counts, config.sample)
        self.noise = alias_table(noise_probabilities(counts))
        self.w_in, self.w_out = initial_tables(len(counts), config.dim, config.seed)
        self.n_blocks = -(-len(corpus.ids) // BLOCK)
        self.loss = np.zeros((config.epochs, 2))  # sum and number of pairs, by epoch
        self.n_done = 0
        self.stop = False
        self.failure: BaseException | None = None
        self._tickets = self._each_block()
        self._lock = threading.Lock()
        self._reported = np.zeros(2)

    def _each_block(self) -> Iterator[tuple[int, int]]:
        for epoch in range(self.config.epochs):
            for block in range(self.n_blocks):
                yield epoch, block

    def work(self) -> None:
        """Train on blocks until none is left or the run is stopped."""
        try:
            scratch = self._scratch()
            while not self.stop:
                with self._lock:
                    ticket = next(self._tickets, None)
                    rate = self._learning_rate()
                if ticket is None:
                    return
                self._train(*ticket, rate, scratch)
        except BaseException as error:  # handed to the thread that waits
            self.failure, self.stop = error, True

    def _learning_rate(self) -> np.float32:
        left = 1.0 - self.n_done / (self.config.epochs * len(self.corpus.ids))
        return np.float32(self.config.learning_rate * max(LEAST_RATE, left))

    def _train(
        self, epoch: int, block: int, rate: np.float32, scratch: tuple[NDArray[np.generic], ...]
    ) -> None:
        from tovec.training.kernels import skipgram

        corpus, config = self.corpus, self.config
        start, stop = block * BLOCK, min((block + 1) * BLOCK, len(corpus.ids))
        document = int(np.searchsorted(corpus.offsets, start, side="right")) - 1
        loss, n_pairs = skipgram.train_block(
            corpus.ids, corpus.offsets, document, start, stop,
            self.keep, self.noise, config.window, self.w_in, self.w_out,
            rate, generator_state(config.seed, epoch, block), *scratch,
        )  # fmt: skip
        with self._lock:
            self.loss[epoch] += loss, n_pairs
            self.n_done += stop - start

    def _scratch(self) -> tuple[NDArray[np.generic], ...]:
        """Return what the kernel works in, in the order in which it takes it."""
        from tovec.training.kernels.skipgram import CONTEXTS, TARGETS

        reach, n_targets = 2 * self.config.window, 1 + self.config.negative
        rows, columns = _round_up(n_targets, TARGETS), _round_up(reach, CONTEXTS)
        width = self.w_in.shape[1]
        return (
            np.empty(BLOCK, dtype=np.int32),
            np.empty(reach, dtype=np.int32),
            np.empty(n_targets, dtype=np.int32),
            np.zeros((rows, columns), dtype=np.float32),
            np.zeros((columns, width), dtype=np.float32),
            np.zeros((rows, width), dtype=np.float32),
        )

    def progress(self) -> Progress:
        """Return how far the run is, with the mean loss since the last call."""
        with self._lock:
            total, done = self.loss.sum(axis=0), self.n_done
        loss, n_pairs = total - self._reported
        self._reported = total
        n_ids = len(self.corpus.ids)
        return Progress(done, n_ids * self.config.epochs, done / n_ids, loss / n_pairs if n_pairs else np.nan)

    def mean_losses(self) -> list[float]:
        """Return the mean loss of each epoch that has begun."""
        return [float(loss / n_pairs) for loss, n_pairs in self.loss if n_pairs]


def initial_tables(n_tokens: int, dim: int, seed: int) -> tuple[Table, Table]:
    """Return the input and output tables before training, (n_tokens, width) float32.

    width is dim rounded up to whole vector registers; what lies past dim is zero and stays so.
    Inputs are even in (-0.5, 0.5) / dim and outputs zero, as in word2vec.c.
    """
    width = _round_up(dim, _LANES)
    w_in = np.zeros((n_tokens, width), dtype=np.float32)
    w_in[:, :dim] = (np.random.default_rng(seed).random((n_tokens, dim), dtype=np.float32) - 0.5) / dim
    return w_in, np.zeros((n_tokens, width), dtype=np.float32)


def _round_up(n: int, step: int) -> int:
    return -(-n // step) * step


def generator_state(seed: int, epoch: int, block: int) -> NDArray[np.uint64]:
    """Return the state of a block's generator, (1,) uint64, never zero."""
    state = np.random.SeedSequence(seed, spawn_key=(epoch, block)).generate_state(1, np.uint64)
    return np.maximum(state, 1)

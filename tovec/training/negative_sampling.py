"""Training by negative sampling: threads train on the windows of blocks of the id stream.

What a step of an objective computes is its own (skipgram.py, mean_input.py); windows.py cuts the blocks.
Here is which thread works on what, and when.

*Free-running*: threads take blocks in turn and change the same tables without locks (Niu et al.
2011, arXiv:1106.5730), but for the most frequent rows, of which each thread has a replica that it
exchanges with the others now and then: rows that all cores write to would travel between them all
the time. With one thread the order is fixed and equal seeds give equal bytes.

*Deterministic*: threads share out the columns of the tables, not the text. All go through the same
windows, a few at once, each computes its columns' part of the scores, and parts are added in one
order; so equal seeds give equal bytes on any number of threads. Where the same few tokens are in
all of these windows, there is one at a time.
"""

import math
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.text.corpus import Corpus
from tovec.text.ngrams import NgramRows
from tovec.text.vocabulary import Ids
from tovec.threads import thread_pool
from tovec.training.config import RunConfig
from tovec.training.kernels.arguments import Draws, Tables
from tovec.training.objective import OnStep, ShouldStop, Table
from tovec.training.replicas import N_FREQUENT, STRIPES, RowReplicas, frequent_tokens
from tovec.training.sampling import (
    ALWAYS,
    alias_table,
    crowding,
    keep_probabilities,
    keep_thresholds,
    noise_probabilities,
)
from tovec.training.tables import column_groups, part, put, take
from tovec.training.thread_work import Shared, ThreadTuner, Work
from tovec.training.windows import BLOCK, Block, Windows, block_size, generator_state, n_blocks
from tovec.vectors.embedding_parts import BIASES

MIN_RATE = 1e-4  # of the first learning rate, as in word2vec.c
BATCH = 32  # windows whose scores are taken before any of them is learned from, when threads go in step
CROWDED = (
    4.0  # times that one token is in so many, on average; with more it goes too far at once, and diverges
)
SUPERBLOCK = 8  # blocks that are cut before they are trained on, when threads go in step
EXCHANGE = 5_000  # ids of a thread between two exchanges of its replicas, at most
MAX_APART = 100  # times that the most frequent token may occur, over all threads, in that time
MIN_BLOCKS = 4  # a thread
VALIDATION_EPOCH = 1 << 32  # the "epoch" of draws for held-out text: the same each time it is measured


class NegativeSampling(ABC):
    """An objective (see objective.py) whose steps are blocks of windows.

    Subclasses make the tables, with columns group by group (tables.py): in both the rows of the tokens,
    then room for the replicas of the frequent ones, which are of no lasting use. Of these, `arrays` has what
    a checkpoint must hold.
    """

    arrays: dict[str, NDArray[Any]]
    _inputs: Table
    _outputs: Table
    _positions: Table  # the vectors of positions; empty where there are none

    def __init__(self, corpus: Corpus, config: RunConfig, validation: Corpus | None = None) -> None:
        counts = corpus.vocabulary.counts
        assert counts is not None
        self.corpus, self.config, self.validation = corpus, config, validation
        self.n_steps = n_blocks(corpus)
        self.columns = column_groups(config.dim, grouped=config.deterministic)
        self.n_threads = n_threads_for(config, self.n_steps)
        self.keep = keep_thresholds(counts, config.sample)
        self.noise = alias_table(noise_probabilities(counts))
        self.rows = np.arange(len(counts), dtype=np.int32)
        # Tokens that have vectors from elsewhere, and those whose output vectors are.
        self._is_known, self._has_outputs = np.zeros((2, len(counts)), dtype=bool)
        self.frequent = frequent_tokens(counts, 1 if config.deterministic else self.n_threads)
        self.n_rows = len(counts) + self.n_threads * len(self.frequent)
        keep = keep_probabilities(counts, config.sample)
        is_crowded = config.deterministic and crowding(corpus.ids, keep, BATCH) > CROWDED
        self.batch = 1 if is_crowded else self.most_at_once
        self._tuner = ThreadTuner(min(self.n_threads, self.n_groups))
        self._lock = threading.Lock()
        self._locks = np.zeros((2, STRIPES), dtype=np.int64)

    @property
    def n_groups(self) -> int:
        """Into how many groups the columns are cut."""
        return len(self.columns) - 1

    @property
    @abstractmethod
    def n_targets(self) -> int:
        """Room for the targets of a window."""

    @property
    def n_noise(self) -> int:
        """How many noise tokens are drawn for a window."""
        return self.config.negative

    @property
    def most_at_once(self) -> int:
        """How many pieces of a block are scored before any is learned from, at most, in step."""
        return BATCH

    @property
    @abstractmethod
    def room(self) -> int:
        """Room for the scores of a window, in float32."""

    def block(self) -> Block:
        """Return room for the windows of a block."""
        return Windows(self.config.window, self.n_targets)

    @abstractmethod
    def train_windows(self, work: Work) -> None:
        """Train on some windows of a block."""

    @abstractmethod
    def vectors(self) -> Table:
        """Return the vectors so far."""

    @abstractmethod
    def rows_of(self, ids: Ids) -> Table:
        """Return the vectors of some tokens so far; see Objective."""

    def n_examples(self, windows: Block) -> int:
        """Return how many examples the loss of a block is the sum of."""
        return windows.n_pairs

    def outputs(self) -> Table:
        """Return the output vectors, which training goes on from; zeros for tokens that never occur."""
        return self._rows_of(self._outputs, self._has_outputs)

    def begin_with(self, inputs: Table, outputs: Table | None, is_learned: NDArray[np.bool_]) -> None:
        """Begin with these rows of the first tokens, (n, dim), in both tables; without outputs these stay.

        is_learned: (n,). Inputs of the others stay random: where both rows are zero, neither ever moves.
        """
        self._is_known[: len(is_learned)] = is_learned
        if not is_learned.all():
            start = take(self._inputs, self.columns, len(inputs), self.config.dim)
            inputs = np.where(is_learned[:, np.newaxis], inputs, start)
        put(self._inputs, self.columns, 0, inputs)
        if outputs is not None:
            put(self._outputs, self.columns, 0, outputs)
            self._has_outputs[: len(outputs)] = np.any(outputs, axis=1)

    def state(self) -> Mapping[str, NDArray[Any]]:
        """Return nothing: there is nothing else to continue from."""
        return {}

    def replicas(self, thread: int) -> RowReplicas | None:
        """Return a thread's replicas of the most frequent rows, None where it works on the tables alone."""
        if len(self.frequent) == 0:
            return None
        tables = [part(table, self.columns, 0)[: self.n_rows] for table in (self._inputs, self._outputs)]
        return RowReplicas(tables, len(self.rows), self.frequent, thread, self._locks)

    def tables(self, positions: Table | None = None) -> Tables:
        """Return what kernels train. positions: those to train in the place of the shared ones."""
        positions = self._positions if positions is None else positions
        return Tables(self._inputs, self._outputs, positions, self.columns)

    def _rows_of(self, table: Table, is_known: NDArray[np.bool_]) -> Table:
        """Return the rows of the tokens, (n_tokens, dim), zeros for those that never occur."""
        rows = take(table, self.columns, len(self.rows), self.config.dim)
        return self._zero_where_unseen(rows, self.rows, is_known)

    def _zero_where_unseen(self, rows: Table, ids: Ids, is_known: NDArray[np.bool_] | None = None) -> Table:
        """Zero the rows of tokens that never occur, here or elsewhere; ids: the token of each row.

        is_known: of all tokens, whether they have rows from elsewhere; None for those of inputs.
        """
        counts, is_known = self.corpus.vocabulary.counts, self._is_known if is_known is None else is_known
        assert counts is not None
        rows[~is_known[ids] & (counts[ids] == 0)] = 0.0
        return rows

    def run(self, first: int, stop: int, on_step: OnStep, should_stop: ShouldStop) -> None:
        """Take steps first to stop; see Objective."""
        if self.config.deterministic:
            self._run_in_step(first, stop, on_step, should_stop)
        else:
            self._run_freely(first, stop, on_step, should_stop)

    def rate(self, step: int) -> float:
        """Return the learning rate of a step: it falls linearly over the run."""
        left = 1.0 - step / (self.config.epochs * self.n_steps)
        return self.config.learning_rate * max(MIN_RATE, left)

    def facts(self, validation_loss: float | None) -> dict[str, Any]:
        """Return nothing more."""
        return {}

    def validation_loss(self) -> float | None:
        """Return the mean loss on the held-out documents, without learning from them; None without any."""
        if self.validation is None:
            return None
        windows, loss, n_examples = self.block(), 0.0, 0
        for block in range(n_blocks(self.validation)):
            self.cut(windows, self.validation, VALIDATION_EPOCH, block, self.rows, self.rows)
            shared = Shared(self.columns, 1, self.room)
            at_rest = Work(windows, (0, windows.n), 0.0, shared, (0, self.n_groups))  # rate 0: nothing moves
            self.train_windows(at_rest)
            loss, n_examples = loss + shared.total_loss, n_examples + self.n_examples(windows)
        return loss / n_examples if n_examples else None

    def cut(
        self,
        windows: Block,
        corpus: Corpus,
        epoch: int,
        block: int,
        row_in: NDArray[np.int32],
        row_out: NDArray[np.int32],
    ) -> None:
        """Fill `windows` with those of a block, tokens given as rows."""
        state = generator_state(self.config.seed, epoch, block)
        windows.cut(corpus, block, self.n_noise, Draws(self.keep, self.noise, row_in, row_out, state))

    def _run_freely(self, first: int, stop: int, on_step: OnStep, should_stop: ShouldStop) -> None:
        tickets, n_exchanges = iter(range(first, stop)), self._n_exchanges()

        def work(thread: int) -> None:
            windows, replicas = self.block(), self.replicas(thread)
            shared = Shared(self.columns, 1, self.room)
            rows = (self.rows, self.rows) if replicas is None else (replicas.rows, replicas.rows)
            while not should_stop():
                with self._lock:
                    step = next(tickets, None)
                if step is None:
                    break
                self.cut(windows, self.corpus, *divmod(step, self.n_steps), *rows)
                shared.clear_loss()
                for span in windows.spans(1 if replicas is None else n_exchanges):
                    self.train_windows(Work(windows, span, self.rate(step), shared, (0, self.n_groups)))
                    if replicas is not None:
                        replicas.exchange()
                with self._lock:
                    on_step(step // self.n_steps, shared.total_loss, self.n_examples(windows))
            if replicas is not None:
                replicas.exchange(wait=True)

        with thread_pool(self.n_threads) as pool:
            for done in [pool.submit(work, thread) for thread in range(self.n_threads)]:
                done.result()

    def _n_exchanges(self) -> int:
        """Return how often a thread exchanges its replicas in a block.

        What threads learn apart is added up. Would each of several go all of the way that the most
        frequent token has to go, they would end beyond it together, and farther beyond the next time.
        """
        counts = self.corpus.vocabulary.counts
        assert counts is not None
        share = float((counts * (self.keep / ALWAYS)).max() / counts.sum())
        size = block_size(self.corpus)
        return max(1, size // EXCHANGE, math.ceil(size * share * self.n_threads / MAX_APART))

    def _run_in_step(self, first: int, stop: int, on_step: OnStep, should_stop: ShouldStop) -> None:
        many = [self.block() for _ in range(min(SUPERBLOCK, stop - first))]
        with thread_pool(self.n_threads) as pool:
            for start in range(first, stop, SUPERBLOCK):
                if should_stop():
                    return
                steps = range(start, min(start + SUPERBLOCK, stop))
                self._train_in_step(pool, steps, many, on_step)

    def _train_in_step(
        self, pool: ThreadPoolExecutor, steps: range, many: list[Block], on_step: OnStep
    ) -> None:
        shared = [Shared(self.columns, self.batch, self.room) for _ in steps]

        def cut(step: int, windows: Block) -> None:
            self.cut(windows, self.corpus, *divmod(step, self.n_steps), self.rows, self.rows)

        def work(thread: int, n_threads: int, blocks: slice) -> None:
            groups = self.n_groups * thread // n_threads, self.n_groups * (thread + 1) // n_threads
            for step, windows, between in zip(steps[blocks], many[blocks], shared[blocks], strict=False):
                all_windows = 0, windows.n
                self.train_windows(Work(windows, all_windows, self.rate(step), between, groups, n_threads))

        for _ in pool.map(cut, steps, many):
            pass
        at_once = max(1, BLOCK // block_size(self.corpus))
        for start in range(0, len(steps), at_once):
            blocks = slice(start, min(start + at_once, len(steps)))
            with self._tuner.timed(blocks.stop - blocks.start) as n_threads:
                for _ in pool.map(work, range(n_threads), [n_threads] * n_threads, [blocks] * n_threads):
                    pass
        for step, windows, between in zip(steps, many, shared, strict=False):
            on_step(step // self.n_steps, between.total_loss, self.n_examples(windows))


def n_threads_for(config: RunConfig, n_steps: int) -> int:
    """Return how many threads to train with: one where blocks are too few to share out."""
    wanted = config.threads or os.cpu_count() or 1
    return wanted if config.deterministic else max(1, min(wanted, n_steps // MIN_BLOCKS))


class NegativeSamplingFactory:
    """What the factories of these objectives share; see ObjectiveFactory."""

    def __init__(self, corpus: Corpus, config: RunConfig, old: Embedding | None) -> None:
        self._corpus, self._config, self._old = corpus, config, old
        self._ngrams: NgramRows | None = None

    @staticmethod
    def settings_of(old: Embedding) -> Mapping[str, Any]:
        """Return the settings that have to be those of `old`: none."""
        return {}

    @staticmethod
    def check_can_continue(old: Embedding) -> None:
        """Accept any embedding."""

    @staticmethod
    def not_kept(old: Embedding) -> list[str]:
        """Return what `old` does not hold, so that it starts as in a new run."""
        return ["output vectors, which start at zero"] if outputs_of(old) is None else []

    @property
    def n_more_numbers(self) -> int:
        """There are none."""
        return 0

    @property
    def n_ngrams(self) -> int:
        """How many vectors of n-grams the result has."""
        return 0 if self._ngrams is None else len(self._ngrams.buckets)

    def n_bytes(self) -> int:
        """Return how much memory the run and its result take, mapped files left out."""
        config, n_tokens = self._config, len(self._corpus.vocabulary)
        n_threads = n_threads_for(config, n_blocks(self._corpus))
        scratch = _scratch_bytes(config, n_tokens, n_threads)
        return scratch + _table_bytes(config, n_tokens, n_threads, self._ngrams)


def outputs_of(old: Embedding) -> Table | None:
    """Return the output vectors that negative sampling goes on from; GloVe's second table is none."""
    if old.outputs is None or BIASES in old.state:
        return None
    return np.asarray(old.outputs[:], dtype=np.float32)


def _scratch_bytes(config: RunConfig, n_tokens: int, n_threads: int) -> int:
    """Return what threads, draws and their tables take beside the tables of vectors."""
    n_windows = max(n_threads, SUPERBLOCK if config.deterministic else 0)
    of_tokens = 4 + 8 + 4 * (1 + n_threads)  # chances to stay, noise, rows of each thread
    return n_windows * Windows.n_bytes(config.window, config.negative + 6) + n_tokens * of_tokens


def _table_bytes(config: RunConfig, n_tokens: int, n_threads: int, ngrams: NgramRows | None) -> int:
    """Return what the tables of a run take, and the vectors that it gives."""
    width = int(column_groups(config.dim, grouped=config.deterministic)[-1])
    n_replicas = 0 if config.deterministic or n_threads == 1 else 2 * N_FREQUENT
    rows, given = 2 * (n_tokens + n_replicas), 2 * n_tokens
    if ngrams is None:
        return 4 * (rows * width + given * config.dim)
    rows, given = rows + len(ngrams.buckets), given + n_tokens + len(ngrams.buckets)
    members = 16 * (len(ngrams.rows) + n_tokens)
    return 4 * (rows * width + given * config.dim) + members

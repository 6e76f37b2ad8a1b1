"""Training by negative sampling: the id stream in blocks, cut into windows and trained on by threads.

What a step of an objective computes is its own (skipgram.py, bags.py); here is who works on what
when. The stream is cut into blocks of some thousand ids; each has its own generator, seeded by run,
epoch and block, so what a block draws depends on neither threads nor what went before.

*Free-running*: threads take blocks in turn and change the same tables without locks (Niu et al.
2011, arXiv:1106.5730), but for the most frequent rows, of which each thread has a copy that it
exchanges with the others now and then: rows that all cores write to would travel between them all
the time. With one thread the order is fixed and equal seeds give equal bytes.

*Deterministic*: threads share out the columns of the tables, not the text. All go through the same
windows, a few at once, each computes its columns' part of the scores, and parts are added in one
order; so equal seeds give equal bytes on any number of threads.
"""

import functools
import math
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.text.corpus import Corpus
from tovec.text.ngrams import NgramRows
from tovec.training.config import TrainConfig
from tovec.training.objective import Halted, OnStep, Table
from tovec.training.pace import Pace
from tovec.training.replicas import N_HOT, STRIPES, Copies, hot_tokens
from tovec.training.sampling import ALWAYS, alias_table, keep_thresholds, noise_probabilities
from tovec.training.tables import Columns, aligned_zeros, column_groups, part, put, take
from tovec.training.threads import thread_pool

BLOCK = 20_000  # ids at most; a longer document is cut here, and no window reaches over the cut
LEAST_BLOCK, MANY_BLOCKS = 1_000, 64
LEAST_RATE = 1e-4  # of the first learning rate, as in word2vec.c
BATCH = 32  # windows whose scores are taken before any of them is learned from, when threads go in step
SUPERBLOCK = 8  # blocks that are cut before they are trained on, when threads go in step
EXCHANGE = 5_000  # ids of a thread between two exchanges of its copies, at most
MOST_APART = 100  # times that the most frequent token may occur, over all threads, in that time
LEAST_BLOCKS = 4  # a thread
APART = 16  # numbers of 8 bytes, two cache lines: processors fetch them in pairs
PULLS_AS_COLUMNS = 28  # so many columns of a window take as long as its sigmoids
HELD_OUT = 1 << 32  # the "epoch" of draws for held-out text: the same for every look at it


class Windows:
    """The windows of one block, as kernels/windows.py cuts them; room for any block."""

    def __init__(self, window: int, n_targets: int) -> None:
        self.n = 0
        self.kept = np.empty(BLOCK, dtype=np.int32)
        self.bounds = np.empty((BLOCK, 2), dtype=np.int32)
        self.contexts = np.empty(BLOCK * 2 * window, dtype=np.int32)
        self.ends = np.empty(BLOCK + 1, dtype=np.int32)
        self.sizes = np.empty(BLOCK, dtype=np.int32)
        self.targets = np.empty((BLOCK, n_targets), dtype=np.int32)
        self.whole = np.empty(BLOCK, dtype=np.bool_)
        self.left = np.empty(BLOCK, dtype=np.int32)

    @staticmethod
    def n_bytes(window: int, n_targets: int) -> int:
        """Return how much memory they take, without taking it."""
        return BLOCK * (4 * (2 * window + n_targets + 6) + 1) + 4

    @property
    def n_pairs(self) -> int:
        """How many contexts there are, over all windows."""
        return int(self.sizes[: self.n].sum())

    def spans(self, n: int) -> list[tuple[int, int]]:
        """Return `n` equal parts of the windows, as first and last number."""
        return [(self.n * part // n, self.n * (part + 1) // n) for part in range(n)]


class NegativeSampling(ABC):
    """An objective (see objective.py) whose steps are blocks of windows.

    Subclasses make the tables, with columns group by group (tables.py): in both the rows of the tokens,
    then room for the copies of the hot ones, which are of no lasting use. Of these, `arrays` has what
    a checkpoint must hold.
    """

    arrays: dict[str, NDArray[Any]]
    _inputs: Table
    _outputs: Table
    _n_known = 0  # tokens that have vectors from elsewhere, whether they occur or not

    def __init__(self, corpus: Corpus, config: TrainConfig, held_out: Corpus | None = None) -> None:
        counts = corpus.vocabulary.counts
        assert counts is not None
        self.corpus, self.config, self.held_out = corpus, config, held_out
        self.n_steps = n_blocks(corpus)
        self.columns = column_groups(config.dim, grouped=config.deterministic)
        self.n_threads = threads_for(config, self.n_steps)
        self.keep = keep_thresholds(counts, config.sample)
        self.noise = alias_table(noise_probabilities(counts))
        self.rows = np.arange(len(counts), dtype=np.int32)
        self.hot = hot_tokens(counts, 1 if config.deterministic else self.n_threads)
        self.n_rows = len(counts) + self.n_threads * len(self.hot)
        self._lock = threading.Lock()
        self._locks = np.zeros((2, STRIPES), dtype=np.int64)

    @property
    def n_groups(self) -> int:
        """Into how many groups the columns are cut."""
        return len(self.columns) - 1

    @staticmethod
    def scratch_bytes(config: TrainConfig, n_tokens: int, n_threads: int) -> int:
        """Return what threads, draws and their tables take beside the tables of vectors."""
        n_windows = max(n_threads, SUPERBLOCK if config.deterministic else 0)
        of_tokens = 4 + 8 + 4 * (1 + n_threads)  # chances to stay, noise, rows of each thread
        return n_windows * Windows.n_bytes(config.window, config.negative + 6) + n_tokens * of_tokens

    @staticmethod
    def table_bytes(
        config: TrainConfig, n_tokens: int, n_threads: int, ngrams: NgramRows | None = None
    ) -> int:
        """Return what the tables of a run take, and the vectors that it gives."""
        width = int(column_groups(config.dim, grouped=config.deterministic)[-1])
        n_copies = 0 if config.deterministic or n_threads == 1 else 2 * N_HOT
        rows, given = 2 * (n_tokens + n_copies), 2 * n_tokens
        if ngrams is None:
            return 4 * (rows * width + given * config.dim)
        rows, given = rows + len(ngrams.buckets), given + n_tokens + len(ngrams.buckets)
        members = 16 * (len(ngrams.rows) + n_tokens)
        return 4 * (rows * width + given * config.dim) + members

    @property
    @abstractmethod
    def n_targets(self) -> int:
        """Room for the targets of a window."""

    @property
    def n_noise(self) -> int:
        """How many noise tokens are drawn for a window."""
        return self.config.negative

    @property
    @abstractmethod
    def room(self) -> int:
        """Room for the scores of a window, in float32."""

    @abstractmethod
    def train_windows(self, work: "Work") -> None:
        """Train on some windows of a block."""

    @abstractmethod
    def vectors(self) -> Table:
        """Return the vectors so far."""

    def n_examples(self, windows: Windows) -> int:
        """Return how many examples the loss of a block is the sum of."""
        return windows.n_pairs

    def outputs(self) -> Table:
        """Return the output vectors, which training goes on from; zeros for tokens that never occur."""
        return self._rows_of(self._outputs)

    def begin_with(self, inputs: Table, outputs: Table | None) -> None:
        """Begin with these rows of the first tokens, (n, dim), in both tables; without outputs these stay."""
        self._n_known = len(inputs)
        put(self._inputs, self.columns, 0, inputs)
        if outputs is not None:
            put(self._outputs, self.columns, 0, outputs)

    def state(self) -> Mapping[str, NDArray[Any]]:
        """Return nothing: there is no more to go on from."""
        return {}

    def copies(self, thread: int) -> Copies | None:
        """Return a thread's copies of the most frequent rows, None where it works on the tables alone."""
        if len(self.hot) == 0:
            return None
        tables = [part(table, self.columns, 0)[: self.n_rows] for table in (self._inputs, self._outputs)]
        return Copies(tables, len(self.rows), self.hot, thread, self._locks)

    def _rows_of(self, table: Table) -> Table:
        """Return the rows of the tokens, (n_tokens, dim), zeros for those that never occur."""
        counts = self.corpus.vocabulary.counts
        assert counts is not None
        rows = take(table, self.columns, len(counts), self.config.dim)
        return self._zero_where_unseen(rows)

    def _zero_where_unseen(self, rows: Table) -> Table:
        counts = self.corpus.vocabulary.counts
        assert counts is not None
        rows[self._n_known :][counts[self._n_known :] == 0] = 0.0
        return rows

    def run(self, first: int, stop: int, on_step: OnStep, halted: Halted) -> None:
        """Take steps first to stop; see Objective."""
        if self.config.deterministic:
            self._run_in_step(first, stop, on_step, halted)
        else:
            self._run_freely(first, stop, on_step, halted)

    def rate(self, step: int) -> float:
        """Return the learning rate of a step: it falls linearly over the run."""
        left = 1.0 - step / (self.config.epochs * self.n_steps)
        return self.config.rate * max(LEAST_RATE, left)

    def validation_loss(self) -> float | None:
        """Return the mean loss on the held-out documents, without learning from them; None without any."""
        if self.held_out is None:
            return None
        windows, loss, n_examples = Windows(self.config.window, self.n_targets), 0.0, 0
        for block in range(n_blocks(self.held_out)):
            self.cut(windows, self.held_out, HELD_OUT, block, self.rows, self.rows)
            shared = Shared(self.columns, 1, self.room)
            at_rest = Work(windows, (0, windows.n), 0.0, shared, (0, self.n_groups))  # rate 0: nothing moves
            self.train_windows(at_rest)
            loss, n_examples = loss + shared.total_loss, n_examples + self.n_examples(windows)
        return loss / n_examples if n_examples else None

    def cut(
        self,
        windows: Windows,
        corpus: Corpus,
        epoch: int,
        block: int,
        row_in: NDArray[np.int32],
        row_out: NDArray[np.int32],
    ) -> None:
        """Fill `windows` with those of a block, tokens given as rows."""
        from tovec.training.kernels.windows import cut

        size = block_size(corpus)
        start, stop = block * size, min((block + 1) * size, len(corpus.ids))
        document = int(np.searchsorted(corpus.offsets, start, side="right")) - 1
        windows.n = cut(
            corpus.ids, corpus.offsets, document, start, stop,
            self.keep, self.noise, self.config.window, self.n_noise, row_in, row_out,
            generator_state(self.config.seed, epoch, block), windows.kept, windows.bounds,
            windows.contexts, windows.ends, windows.sizes, windows.targets, windows.whole, windows.left,
        )  # fmt: skip

    def _run_freely(self, first: int, stop: int, on_step: OnStep, halted: Halted) -> None:
        tickets = iter(range(first, stop))

        def work(thread: int) -> None:
            windows, copies = Windows(self.config.window, self.n_targets), self.copies(thread)
            rows = (self.rows, self.rows) if copies is None else (copies.rows, copies.rows)
            while not halted():
                with self._lock:
                    step = next(tickets, None)
                if step is None:
                    break
                self.cut(windows, self.corpus, *divmod(step, self.n_steps), *rows)
                shared = Shared(self.columns, 1, self.room)
                for span in windows.spans(1 if copies is None else self._n_exchanges):
                    self.train_windows(Work(windows, span, self.rate(step), shared, (0, self.n_groups)))
                    if copies is not None:
                        copies.exchange()
                with self._lock:
                    on_step(step // self.n_steps, shared.total_loss, self.n_examples(windows))
            if copies is not None:
                copies.exchange(all_of_it=True)

        with thread_pool(self.n_threads) as pool:
            for done in [pool.submit(work, thread) for thread in range(self.n_threads)]:
                done.result()

    @property
    def _n_exchanges(self) -> int:
        """Return how often a thread exchanges its copies in a block.

        What threads learn apart is added up. Would each of several go all of the way that the most
        frequent token has to go, they would end beyond it together, and farther beyond the next time.
        """
        counts = self.corpus.vocabulary.counts
        assert counts is not None
        share = float((counts * (self.keep / ALWAYS)).max() / counts.sum())
        size = block_size(self.corpus)
        return max(1, size // EXCHANGE, math.ceil(size * share * self.n_threads / MOST_APART))

    def _run_in_step(self, first: int, stop: int, on_step: OnStep, halted: Halted) -> None:
        many = [Windows(self.config.window, self.n_targets) for _ in range(min(SUPERBLOCK, stop - first))]
        pace = Pace(min(self.n_threads, self.n_groups))
        with thread_pool(self.n_threads) as pool:
            for start in range(first, stop, SUPERBLOCK):
                if halted():
                    return
                steps = range(start, min(start + SUPERBLOCK, stop))
                self._train_in_step(pool, steps, many, pace, on_step)

    def _train_in_step(
        self, pool: ThreadPoolExecutor, steps: range, many: list[Windows], pace: "Pace", on_step: OnStep
    ) -> None:
        shared = [Shared(self.columns, BATCH, self.room) for _ in steps]

        def cut(step: int, windows: Windows) -> None:
            self.cut(windows, self.corpus, *divmod(step, self.n_steps), self.rows, self.rows)

        def work(thread: int, n_threads: int) -> None:
            groups = self.n_groups * thread // n_threads, self.n_groups * (thread + 1) // n_threads
            for step, windows, between in zip(steps, many, shared, strict=False):
                all_of_it = 0, windows.n
                self.train_windows(Work(windows, all_of_it, self.rate(step), between, groups, n_threads))

        for _ in pool.map(cut, steps, many):
            pass
        with pace.timed(len(steps)) as n_threads:
            for _ in pool.map(work, range(n_threads), [n_threads] * n_threads):
                pass
        for step, windows, between in zip(steps, many, shared, strict=False):
            on_step(step // self.n_steps, between.total_loss, self.n_examples(windows))


class Shared:
    """What the threads that train on one block share besides tables and windows.

    tiles: (n_groups + 1, batch, room) float32, the scores of a batch of windows by group and summed.
    arrived and loss keep apart what different threads write: numbers that lie side by side in memory
    would travel between their cores.
    """

    def __init__(self, columns: Columns, batch: int, room: int) -> None:
        n_groups = len(columns) - 1
        self.batch = batch
        self.owners = pull_owners(columns, batch)
        self.arrived = np.zeros(2 * APART, dtype=np.int64)
        self.tiles = aligned_zeros((n_groups + 1) * batch * room).reshape(n_groups + 1, batch, room)
        self.loss = np.zeros((n_groups + 1, APART))

    @property
    def total_loss(self) -> float:
        """The loss of all groups, added in their order."""
        return sum(self.loss.ravel().tolist())


@dataclass(frozen=True)
class Work:
    """What one thread trains on at once: windows span[0] to span[1], columns of groups[0] to groups[1].

    n_threads of them that have the same `shared` own the groups between them and go in step.
    """

    windows: Windows
    span: tuple[int, int]
    rate: float
    shared: Shared
    groups: tuple[int, int]
    n_threads: int = 1


@functools.cache
def _shares(widths: tuple[int, ...], batch: int) -> tuple[int, ...]:
    level = (sum(widths) + PULLS_AS_COLUMNS) / len(widths)
    wanted = np.maximum([level - width for width in widths], 0.0)
    ends = np.round(np.cumsum(wanted) / wanted.sum() * batch).astype(int)
    return tuple(np.searchsorted(ends, np.arange(batch), side="right").tolist())


def pull_owners(columns: Columns, batch: int) -> NDArray[np.int32]:
    """Return the group that turns the scores of each window of a batch into pulls, (batch,) int32.

    Narrow groups get more of that work, since it is as long as that of some columns.
    """
    return np.array(_shares(tuple(np.diff(columns).tolist()), batch), dtype=np.int32)


def n_blocks(corpus: Corpus) -> int:
    """Return into how many blocks a corpus is cut."""
    return -(-len(corpus.ids) // block_size(corpus))


def block_size(corpus: Corpus) -> int:
    """Return how many ids a block has: less in a small corpus, for a learning rate that falls evenly."""
    return min(BLOCK, max(LEAST_BLOCK, -(-len(corpus.ids) // MANY_BLOCKS)))


def threads_for(config: TrainConfig, n_steps: int) -> int:
    """Return how many threads to train with: one where blocks are too few to share out."""
    wanted = config.threads or os.cpu_count() or 1
    return wanted if config.deterministic else max(1, min(wanted, n_steps // LEAST_BLOCKS))


def generator_state(seed: int, epoch: int, block: int) -> NDArray[np.uint64]:
    """Return the state of a block's generator, (1,) uint64, never zero."""
    state = np.random.SeedSequence(seed, spawn_key=(epoch, block)).generate_state(1, np.uint64)
    return np.maximum(state, 1)

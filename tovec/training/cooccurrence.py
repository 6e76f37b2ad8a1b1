"""A corpus to co-occurrence counts on disk, as GloVe takes them (Pennington et al. 2014, section 4.2).

Each pair of tokens of a document at a distance d within the window adds 1 / d to the count of the
one beside the other, and of the other beside the one: the matrix is symmetric. cooccurrence_counting.py
counts its rows, cooccurrence_matrix.py says how it lies on disk; here each block is shuffled, as training
wants it.
"""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tovec.storage.disk import WorkFile, remove, reporting_write
from tovec.text.corpus import Corpus
from tovec.threads import thread_pool
from tovec.training.cooccurrence_counting import Counting, OnCounted, Spill
from tovec.training.cooccurrence_matrix import ENTRY, Cooccurrences, Entries, grid_of, mapped

SPILL, COUNTS = "cooccurrences.spill", "cooccurrences.bin"
MEMORY = 1 << 30
_BYTES_OF_SHUFFLING = 6 * 8  # an entry as read, as chosen and in order; its key, twice; its place


def count_cooccurrences(
    corpus: Corpus,
    window: int,
    directory: Path,
    *,
    seed: int = 0,
    memory: int = MEMORY,
    threads: int | None = None,
    on_counted: OnCounted | None = None,
) -> Cooccurrences:
    """Count what occurs within `window` of what into `cooccurrences.bin` in `directory`; return it mapped.

    No window reaches over the end of a document. seed: of the order within a block. memory: bytes to
    work in, but at least what one row takes for each thread (40 bytes a token); the rest is on disk,
    which for a while holds the counts twice. threads: None for all cores. Equal corpora, windows and
    seeds give equal bytes, whatever memory and threads are. on_counted is called from the calling
    thread with numbers that add up to len(corpus.ids).
    """
    n_threads = threads or os.cpu_count() or 1
    with reporting_write(directory):
        directory.mkdir(parents=True, exist_ok=True)
    spill_path, path = directory / SPILL, directory / COUNTS
    n_tokens = len(corpus.vocabulary)
    grid = grid_of(n_tokens)
    try:
        with WorkFile(spill_path) as file:
            spill = Spill(file, grid)
            partners = Counting(corpus, window, spill, memory, n_threads).run(on_counted)
        sizes = spill.sizes()
        with WorkFile(path) as out:
            out.reserve(int(sizes.sum()) * ENTRY.itemsize)
            for entries in _shuffled(spill, sizes, mapped(spill_path), seed, memory, n_threads):
                out.write(entries)
    except BaseException:
        remove(path)
        raise
    finally:
        remove(spill_path)
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    return Cooccurrences(grid, mapped(path), bounds, partners)


def _shuffled(
    spill: Spill, sizes: NDArray[np.int64], entries: Entries, seed: int, memory: int, n_threads: int
) -> Iterator[Entries]:
    """Yield the entries of each block in turn, shuffled, in pieces that fit in the memory.

    The order is that of kernels.shuffling_keys, so it is the same whatever the runs were.
    """
    most = max(1, memory // (n_threads + 2) // _BYTES_OF_SHUFFLING)
    waiting: deque[Future[Entries]] = deque()
    with thread_pool(n_threads) as pool:
        for number in np.flatnonzero(sizes).tolist():
            runs = [entries[run[number] : run[number + 1]] for run in spill.runs]
            salt = np.random.SeedSequence(seed, spawn_key=(number,)).generate_state(1, np.uint64)[0]
            n_pieces = -(-int(sizes[number]) // most)
            for piece in range(n_pieces):
                least, end = (piece << 64) // n_pieces, ((piece + 1) << 64) // n_pieces
                waiting.append(pool.submit(_in_order, runs, salt, np.uint64(least), np.uint64(end - 1)))
                if len(waiting) > n_threads + 1:
                    yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _in_order(runs: list[Entries], salt: np.uint64, least: np.uint64, most: np.uint64) -> Entries:
    """Return the entries of the runs whose key is from least to most, in the order of their keys."""
    from tovec.training.kernels import cooccurrence as kernels

    chosen, chosen_keys = [], []
    for run in runs:
        keys = np.empty(len(run), dtype=np.uint64)
        kernels.shuffling_keys(run, salt, keys)
        inside = (keys >= least) & (keys <= most)
        chosen.append(run[inside])
        chosen_keys.append(keys[inside])
    return np.concatenate(chosen)[np.argsort(np.concatenate(chosen_keys))]

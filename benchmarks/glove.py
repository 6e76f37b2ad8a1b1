"""GloVe: counting co-occurrences and training on them, by window, memory and threads.

Usage: python benchmarks/glove.py [--dim D] [--windows 5,10] [--quick] [CORPUS]
Peak memory is what Python and numpy allocate (tracemalloc), without memory-mapped files. Both wall-clock
and processor seconds (of all threads together) are printed: on a busy machine compare the latter.
--quick: one window, and counting with one size of memory.
"""

import argparse
import os
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import corpus as corpus_path
from common import report, timed

from tovec.text.corpus import Corpus, VocabularyRules, build_corpus
from tovec.text.documents import Documents
from tovec.text.tokenizers import tokenizer_from_name
from tovec.training.cooccurrence import count_cooccurrences
from tovec.training.cooccurrence_matrix import Cooccurrences
from tovec.training.glove import Glove


def with_peak(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return the peak of what a call allocates, in MB, and its result."""
    tracemalloc.start()
    try:
        result = run()
        return tracemalloc.get_traced_memory()[1] / 2**20, result
    finally:
        tracemalloc.stop()


def count(corpus: Corpus, window: int, folder: Path, megabytes: int, threads: int) -> dict[str, Any]:
    """Count the co-occurrences once; return a row of the table."""

    def run() -> Cooccurrences:
        return count_cooccurrences(corpus, window, folder, memory=megabytes << 20, threads=threads)

    cpu_s = time.process_time()
    seconds, (peak, counted) = timed(with_peak, run)
    return {
        "window": window,
        "memory, MB": megabytes,
        "threads": threads,
        "s": seconds,
        "CPU s": time.process_time() - cpu_s,
        "peak, MB": peak,
        "entries, million": counted.n_entries / 1e6,
        "on disk, MB": counted.entries.nbytes / 1e6,
    }


def train(counted: Cooccurrences, window: int, dim: int, threads: int) -> dict[str, Any]:
    """Train one epoch; return a row of the table."""
    glove = Glove(counted, dim, threads=threads)

    def epoch(number: int) -> int:
        return sum(glove.step(number, step)[1] for step in range(glove.n_steps))

    cpu_s = time.process_time()
    seconds, n_entries = timed(epoch, 0)
    cpu_s = time.process_time() - cpu_s
    return {
        "window": window,
        "dim": dim,
        "threads": threads,
        "s per epoch": seconds,
        "CPU s": cpu_s,
        "million entries/s": n_entries / seconds / 1e6,
        "million entries/CPU s": n_entries / cpu_s / 1e6,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("corpus", nargs="?", default="english-novels.txt")
    arguments.add_argument("--dim", type=int, default=100)
    arguments.add_argument("--windows", default="5,10")
    arguments.add_argument("--quick", action="store_true")
    options = arguments.parse_args()
    windows = [5] if options.quick else list(map(int, options.windows.split(",")))
    memory_sizes = (64,) if options.quick else (16, 64, 1024)  # MB
    documents = Documents((corpus_path(options.corpus),))
    threads = sorted({1, os.cpu_count() or 1})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = build_corpus(documents, tokenizer_from_name("words"), folder, VocabularyRules(5))
        count_cooccurrences(corpus, 1, folder)  # compiles the loops
        counting, training = [], []
        for window in windows:
            for n_threads in threads:
                for megabytes in memory_sizes:
                    counting.append(count(corpus, window, folder, megabytes, n_threads))
            counted = count_cooccurrences(corpus, window, folder)
            Glove(counted, options.dim).step(0, 0)
            training += [train(counted, window, options.dim, n_threads) for n_threads in threads]
    report("glove_counting", counting)
    report("glove_training", training)


if __name__ == "__main__":
    main()

"""GloVe: co-occurrences counted and trained, by window, memory and threads.

Usage: python benchmarks/glove.py [--dim D] [--windows 5,10] [CORPUS]
Peak memory is what Python and numpy allocate (tracemalloc); mapped files do not count. Seconds are
of the wall and of all processors together: on a busy machine the second is the one to compare.
"""

import argparse
import os
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peers import corpus as corpus_path
from peers import report, timed

from tovec.text.corpus import Corpus, VocabularyRules, build_corpus
from tovec.text.documents import Documents
from tovec.text.tokenizers import tokenizer_from_name
from tovec.training.cooccurrence import count_cooccurrences
from tovec.training.cooccurrence_matrix import Cooccurrences
from tovec.training.glove import Glove


def with_peak(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return how many MB a call has allocated at most at a time, and what it gives."""
    tracemalloc.start()
    try:
        result = run()
        return tracemalloc.get_traced_memory()[1] / 2**20, result
    finally:
        tracemalloc.stop()


def count(corpus: Corpus, window: int, folder: Path, megabytes: int, threads: int) -> dict[str, Any]:
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
        "s an epoch": seconds,
        "CPU s": cpu_s,
        "million entries/s": n_entries / seconds / 1e6,
        "million entries/CPU s": n_entries / cpu_s / 1e6,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("corpus", nargs="?", default="english-novels.txt")
    arguments.add_argument("--dim", type=int, default=100)
    arguments.add_argument("--windows", default="5,10")
    options = arguments.parse_args()
    documents = Documents((corpus_path(options.corpus),))
    threads = sorted({1, os.cpu_count() or 1})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = build_corpus(documents, tokenizer_from_name("words"), folder, VocabularyRules(5))
        count_cooccurrences(corpus, 1, folder)  # compiles, once for each installation
        counting, training = [], []
        for window in map(int, options.windows.split(",")):
            for n_threads in threads:
                for megabytes in (16, 64, 1024):
                    counting.append(count(corpus, window, folder, megabytes, n_threads))
            counted = count_cooccurrences(corpus, window, folder)
            Glove(counted, options.dim).step(0, 0)
            training += [train(counted, window, options.dim, n_threads) for n_threads in threads]
    report("glove_counting", counting)
    report("glove_training", training)


if __name__ == "__main__":
    main()

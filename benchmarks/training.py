"""Training skip-gram: compared with gensim and fastText, by kind of source, its inner loops alone, by phase.

Usage: python benchmarks/training.py [--repeat N] [--dim D] [--epochs N] [--threads N] [--only TABLE] [CORPUS]
       python benchmarks/training.py --profile | --load [...]: one table, as --only does
In each table the programs run in turn, and the best run of each is compared.

peers: the same settings for all, those of word2vec (gensim with `corpus_file`, its fastest input), each in a
process of its own, from the text file to saved vectors, so that start-up, reading and saving count. Words per
second are those of tovec's vocabulary, for all of them; tovec splits Unicode words, the others split at white
space, so each one's own number of words is printed too. All save input and output vectors.
sources: `tovec.train` alone, given a path, an iterator over strings in memory, or an open file.
loops: without reading and saving. A pair of a context token and a target (the center or a noise token)
takes three passes over `dim` numbers of one multiplication and one addition each: 6 * dim operations.
Padding of tiles does not count, and pairs that two windows share, which tovec computes once, count for each.
For comparison, what numpy's float32 product of two 2048 x 2048 matrices
reaches on the same number of threads. A kept word is one that subsampling keeps and that has a window.
profile: where the time of a whole run with tovec's own defaults goes, on one and on all threads; --dim and
--epochs do not count. Clocks are put around functions from outside. Seconds are those of the wall clock, and
while several threads train, their mean; CPU seconds are of all threads together. On a busy machine only the
latter mean anything. `missing` is what the phases leave of the time that is measured outside of the process.
load: the programs of `peers` beside none, one and two busy processes of one thread each. The fair share is
that of equal threads: of 2 cores, 2 threads get 4/3 beside one busy process and 1 beside two, so a run may
take 1.5 and 2 times as long as alone. "in proportion": it does not take longer by more than 10 %.
"""

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import corpus as corpus_path
from common import is_installed, report, run_program, timed
from competing_load import busy_processes, fair_slowdown
from programs import FASTTEXT, GENSIM, TOVEC, compile_loops, train_and_save
from training_profile import profile_rows

from tovec.text.corpus import Corpus, VocabularyRules, build_corpus
from tovec.text.documents import Documents
from tovec.text.tokenizers import tokenizer_from_name
from tovec.training.config import RunConfig
from tovec.training.skipgram import SkipGram
from tovec.training.windows import Windows

Shape = tuple[int, int, int]  # dim, epochs and threads

# Arguments: a text file, the kind of source, dim, epochs and threads. Prints the seconds of `tovec.train`.
SOURCE = """
import sys, time
import tovec
from pathlib import Path
path, kind, dim, epochs, threads = Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])
if kind == "path":
    source = path
elif kind == "iterator":
    source = iter(path.read_bytes().decode().split("\\n"))
else:
    source = path.open(encoding="utf-8", newline="\\n")
train = tovec.train  # imports what it needs
start = time.perf_counter()
train(source, dim=dim, epochs=epochs, threads=threads, seed=1)
print(time.perf_counter() - start)
"""

# Prints the GFLOP/s of the best of eight matrix products.
PRODUCT = """
import time
import numpy as np
n, best = 2048, float("inf")
a = np.random.default_rng(0).random((n, n), dtype=np.float32)
for _ in range(8):
    start = time.perf_counter()
    a @ a
    best = min(best, time.perf_counter() - start)
print(2 * n**3 / best / 1e9)
"""


TOLERANCE = 1.1  # how much longer than its fair share lets it a run may take beside others
BUSY = (0, 1, 2)


def programs_of_peers(shape: Shape) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the program of each, and its settings, which are the same for all."""
    dim, epochs, threads = shape
    gensim: dict[str, Any] = {"vector_size": dim, "epochs": epochs, "workers": threads, "seed": 1}
    gensim |= {"window": 5, "negative": 5, "sample": 1e-3, "alpha": 0.025, "min_count": 5}
    fasttext: dict[str, Any] = {"dim": dim, "epoch": epochs, "thread": threads}
    fasttext |= {"ws": 5, "neg": 5, "t": 1e-3, "lr": 0.025, "minCount": 5}
    tovec = {"preset": "word2vec", "dim": dim, "epochs": epochs, "threads": threads, "seed": 1}
    programs: dict[str, tuple[str, dict[str, Any]]] = {
        "gensim": (GENSIM, gensim),
        "fastText": (FASTTEXT, fasttext),
        "tovec": (TOVEC, tovec),
        "tovec deterministic": (TOVEC, {**tovec, "deterministic": True}),
    }
    for name in ("gensim", "fastText"):
        if not is_installed(name.lower(), f"the row of {name}"):
            del programs[name]
    return programs


def peers(path: Path, shape: Shape, repeat: int) -> None:
    """Compare with gensim and fastText."""
    programs = programs_of_peers(shape)
    seconds = dict.fromkeys(programs, float("inf"))
    words = dict.fromkeys(programs, 0)
    for _ in range(repeat):
        for name, (program, settings) in programs.items():
            taken, words[name] = timed(train_and_save, program, path, settings)
            seconds[name] = min(seconds[name], taken)
    nan = float("nan")
    rows = [
        {
            "run": name,
            "corpus": path.name,
            "dim": shape[0],
            "epochs": shape[1],
            "threads": shape[2],
            "seconds": taken,
            "million words/s": words["tovec"] * shape[1] / taken / 1e6,
            "x gensim": seconds.get("gensim", nan) / taken,
            "x fastText": seconds.get("fastText", nan) / taken,
            "own words, million": words[name] / 1e6,
        }
        for name, taken in seconds.items()
    ]
    report("training", rows)


def sources(path: Path, shape: Shape, repeat: int) -> None:
    """Compare a path, an iterator and an open file."""
    seconds = dict.fromkeys(("path", "iterator", "open file"), float("inf"))
    for _ in range(repeat):
        for kind, best in seconds.items():
            seconds[kind] = min(best, run_program(SOURCE, path, kind, *shape))
    rows = [
        {"train(...) of": kind, "seconds": taken, "x seconds of path": taken / seconds["path"]}
        for kind, taken in seconds.items()
    ]
    report("training_sources", rows)


def loops(path: Path, shape: Shape, repeat: int) -> None:
    """Measure the inner loops on one and on all threads."""
    dim, _, max_threads = shape
    with tempfile.TemporaryDirectory() as folder:
        words, rules = tokenizer_from_name("words"), VocabularyRules(5)
        corpus = build_corpus(Documents((path,)), words, Path(folder), rules)
        n_kept, n_pairs = count_windows(SkipGram(corpus, _config(dim=dim, threads=1)))
        runs = [(n, deterministic) for deterministic in (False, True) for n in sorted({1, max_threads})]
        best = dict.fromkeys(runs, float("inf"))
        product = dict.fromkeys(sorted({1, max_threads}), 0.0)
        for _ in range(repeat):
            for n_threads in product:
                product[n_threads] = max(product[n_threads], dense_product(n_threads))
            for n_threads, deterministic in runs:
                config = _config(dim=dim, epochs=1, threads=n_threads, deterministic=deterministic)
                key = n_threads, deterministic
                best[key] = min(best[key], seconds_of_epoch(corpus, config))
    operations = n_pairs * (1 + config.negative) * dim * 6
    rows = [
        {
            "run": "tovec deterministic" if deterministic else "tovec",
            "dim": dim,
            "threads": n_threads,
            "million words/s": len(corpus.ids) / taken / 1e6,
            "million kept words/s": n_kept / taken / 1e6,
            "GFLOP/s": operations / taken / 1e9,
            "dense product, GFLOP/s": product[n_threads],
            "share of the product": operations / taken / 1e9 / product[n_threads],
            "x 1 thread": best[1, deterministic] / taken,
        }
        for (n_threads, deterministic), taken in best.items()
    ]
    report("training_loops", rows)


def _config(**settings: Any) -> RunConfig:
    """Return word2vec's settings, but for those given."""
    return RunConfig(**{"preset": "word2vec", **settings})


def count_windows(objective: SkipGram) -> tuple[int, int]:
    """Return how many windows the first epoch has, and how many context tokens there are in all of them.

    Both depend only on the seed, not on the number of threads.
    """
    windows, n_kept, n_pairs = Windows(objective.config.window, objective.n_targets), 0, 0
    for block in range(objective.n_steps):
        objective.cut(windows, objective.corpus, 0, block, objective.rows, objective.rows)
        n_kept, n_pairs = n_kept + windows.n, n_pairs + windows.n_pairs
    return n_kept, n_pairs


def seconds_of_epoch(corpus: Corpus, config: RunConfig) -> float:
    """Return the seconds of one epoch, without those of making the tables."""
    objective = SkipGram(corpus, config)
    seconds, _ = timed(objective.run, 0, objective.n_steps, lambda *_: None, lambda: False)
    return seconds


def dense_product(n_threads: int) -> float:
    """Return the GFLOP/s of numpy's matrix product, with the kernels that its library chooses."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    }
    for library in ("OPENBLAS", "OMP", "MKL"):
        environment[f"{library}_NUM_THREADS"] = str(n_threads)
    return float(run_program(PRODUCT, environment=environment))


def profile(path: Path, shape: Shape, repeat: int) -> None:
    """Say where the time of a whole run goes, on one and on all threads."""
    *_, max_threads = shape
    rows = [row for n in sorted({1, max_threads}) for row in profile_rows(path, n, repeat)]
    report("training_profile", rows)


def load(path: Path, shape: Shape, repeat: int) -> None:
    """Measure how much longer runs take beside busy processes, of their fair share and of gensim's loss."""
    programs, n_cores = programs_of_peers(shape), os.cpu_count() or 1
    programs.pop("fastText", None)
    best = {(name, n_busy): float("inf") for n_busy in BUSY for name in programs}
    for _ in range(repeat):
        for name, n_busy in best:
            with busy_processes(n_busy):
                taken, _ = timed(train_and_save, programs[name][0], path, programs[name][1])
            best[name, n_busy] = min(best[name, n_busy], taken)
    rows = []
    for (name, n_busy), seconds in best.items():
        slowdown, fair = seconds / best[name, 0], fair_slowdown(shape[2], n_busy, n_cores)
        rows.append(
            {
                "run": name,
                "busy processes": n_busy,
                "threads": shape[2],
                "seconds": seconds,
                "x alone": slowdown,
                "x alone, fair share": fair,
                "x gensim": best.get(("gensim", n_busy), float("nan")) / seconds,
                "verdict": "in proportion" if slowdown <= fair * TOLERANCE else "WORSE",
            }
        )
    report("training_load", rows)


TABLES: dict[str, Callable[[Path, Shape, int], None]] = {
    "peers": peers,
    "sources": sources,
    "loops": loops,
    "profile": profile,
    "load": load,
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("corpus", nargs="?", default="english-novels.txt")
    arguments.add_argument("--repeat", type=int, default=2)
    arguments.add_argument("--dim", type=int, default=100)
    arguments.add_argument("--epochs", type=int, default=3)
    arguments.add_argument("--threads", type=int, default=2)
    which = arguments.add_mutually_exclusive_group()
    which.add_argument("--only", choices=TABLES)
    which.add_argument("--profile", dest="only", action="store_const", const="profile")
    which.add_argument("--load", dest="only", action="store_const", const="load")
    options = arguments.parse_args()
    path = corpus_path(options.corpus)
    shape = options.dim, options.epochs, options.threads
    compile_loops(path, options.dim)
    for name, table in TABLES.items():
        if options.only in (None, name):
            print(f"\n{name}")
            table(path, shape, options.repeat)


if __name__ == "__main__":
    main()

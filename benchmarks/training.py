"""Training skip-gram: compared with gensim and fastText, by kind of source, and its inner loops alone.

Usage: python benchmarks/training.py [--repeat N] [--dim D] [--epochs N] [--threads N] [--only TABLE] [CORPUS]
In each table the programs run in turn, and the best run of each is compared.

peers: the same settings for all (gensim with `corpus_file`, its fastest input), each in a process of its
own, from the text file to saved vectors, so that start-up, reading and saving count. Words per second are
those of tovec's vocabulary, for all of them; tovec splits Unicode words, the others split at white space,
so each one's own number of words is printed too. All save input and output vectors.
sources: `tovec.train` alone, given a path, an iterator over strings in memory, or an open file.
loops: without reading and saving. A pair of a context token and a target (the center or a noise token)
takes three passes over `dim` numbers of one multiplication and one addition each: 6 * dim operations.
Padding of tiles does not count. For comparison, what numpy's float32 product of two 2048 x 2048 matrices
reaches on the same number of threads. A kept word is one that subsampling keeps and that has a window.
"""

import argparse
import itertools
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import corpus as corpus_path
from common import is_installed, report, run_program, timed

from tovec.text.corpus import Corpus, VocabularyRules, build_corpus
from tovec.text.documents import Documents
from tovec.text.tokenizers import tokenizer_from_name
from tovec.training.config import RunConfig
from tovec.training.skipgram import SkipGram
from tovec.training.windows import Windows

# Arguments: a text file, where to save, dim, epochs and threads. Each prints how many words it trained on.
GENSIM = """
import sys
from gensim.models import Word2Vec
path, out, dim, epochs, threads = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
model = Word2Vec(corpus_file=path, sg=1, vector_size=dim, window=5, negative=5, sample=1e-3, alpha=0.025,
                 min_count=5, epochs=epochs, workers=threads, seed=1)
model.save(out)
print(model.wv.expandos["count"].sum())
"""

FASTTEXT = """
import sys
import fasttext
path, out, dim, epochs, threads = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
model = fasttext.train_unsupervised(path, model="skipgram", minn=0, maxn=0, dim=dim, ws=5, neg=5, t=1e-3,
                                    lr=0.025, minCount=5, epoch=epochs, thread=threads, verbose=0)
model.save_model(out)
counts = dict(zip(*model.get_words(include_freq=True)))
counts.pop("</s>", None)  # the ends of lines
print(sum(map(int, counts.values())))
"""

TOVEC = """
import sys
import tovec
from pathlib import Path
path, out, dim, epochs, threads = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
deterministic = sys.argv[6:] == ["deterministic"]
embedding = tovec.train(Path(path), dim=dim, epochs=epochs, threads=threads, seed=1,
                        deterministic=deterministic, preset="word2vec")
embedding.save(out)
print(embedding.provenance["tokens_in_vocabulary"])
"""

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
train(source, dim=dim, epochs=epochs, threads=threads, seed=1, preset="word2vec")
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


def train_and_save(program: str, path: Path, *settings: object) -> Any:
    """Run one of the programs above, which saves into a folder that is then removed."""
    with tempfile.TemporaryDirectory() as folder:
        return run_program(program, path, Path(folder) / "out", *settings)


def peers(path: Path, shape: tuple[int, int, int], repeat: int) -> None:
    """Compare with gensim and fastText. shape: dim, epochs and threads."""
    programs: dict[str, tuple[str, tuple[object, ...]]] = {
        "gensim": (GENSIM, shape),
        "fastText": (FASTTEXT, shape),
        "tovec": (TOVEC, shape),
        "tovec deterministic": (TOVEC, (*shape, "deterministic")),
    }
    for name in ("gensim", "fastText"):
        if not is_installed(name.lower(), f"the row of {name}"):
            del programs[name]
    seconds = dict.fromkeys(programs, float("inf"))
    words = dict.fromkeys(programs, 0)
    for _ in range(repeat):
        for name, (program, settings) in programs.items():
            taken, words[name] = timed(train_and_save, program, path, *settings)
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


def sources(path: Path, shape: tuple[int, int, int], repeat: int) -> None:
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


def loops(path: Path, shape: tuple[int, int, int], repeat: int) -> None:
    """Measure the inner loops on one and on all threads."""
    dim, _, max_threads = shape
    with tempfile.TemporaryDirectory() as folder:
        words, rules = tokenizer_from_name("words"), VocabularyRules(5)
        corpus = build_corpus(Documents((path,)), words, Path(folder), rules)
        n_kept, n_pairs = count_windows(SkipGram(corpus, RunConfig(dim=dim, threads=1, preset="word2vec")))
        runs = [(n, deterministic) for deterministic in (False, True) for n in sorted({1, max_threads})]
        best = dict.fromkeys(runs, float("inf"))
        product = dict.fromkeys(sorted({1, max_threads}), 0.0)
        for _ in range(repeat):
            for n_threads in product:
                product[n_threads] = max(product[n_threads], dense_product(n_threads))
            for n_threads, deterministic in runs:
                config = RunConfig(
                    dim=dim, epochs=1, threads=n_threads, deterministic=deterministic, preset="word2vec"
                )
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


TABLES: dict[str, Callable[[Path, tuple[int, int, int], int], None]] = {
    "peers": peers,
    "sources": sources,
    "loops": loops,
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("corpus", nargs="?", default="english-novels.txt")
    arguments.add_argument("--repeat", type=int, default=2)
    arguments.add_argument("--dim", type=int, default=100)
    arguments.add_argument("--epochs", type=int, default=3)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--only", choices=TABLES)
    options = arguments.parse_args()
    path = corpus_path(options.corpus)
    shape = options.dim, options.epochs, options.threads
    with tempfile.TemporaryDirectory() as folder:  # compiles the loops
        small = Path(folder) / "small.txt"
        with path.open("rb") as lines:
            small.write_bytes(b"".join(itertools.islice(lines, 2000)))
        train_and_save(TOVEC, small, options.dim, 1, options.threads)
    for name, table in TABLES.items():
        if options.only in (None, name):
            print(f"\n{name}")
            table(path, shape, options.repeat)


if __name__ == "__main__":
    main()

"""Training skip-gram: text file to saved vectors, beside gensim with `corpus_file`.

Usage: python benchmarks/training.py [--repeat N] [--dim D] [--epochs N] [--threads N] [CORPUS]
The same settings for both, in processes of their own, so that start-up, reading and saving count.
Ours splits Unicode words, gensim at white space. Rounds alternate; the best of each is compared.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from peers import corpus, report, timed

GENSIM = """
import sys, logging
from gensim.models import Word2Vec
path, out, dim, epochs, threads = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
model = Word2Vec(corpus_file=path, sg=1, vector_size=dim, window=5, negative=5, sample=1e-3, alpha=0.025,
                 min_count=5, epochs=epochs, workers=threads, seed=1)
model.wv.save_word2vec_format(out, binary=True)
print(model.corpus_total_words)
"""

TOVEC = """
import sys
import tovec
from pathlib import Path
path, out, dim, epochs, threads = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
embedding = tovec.train(Path(path), dim=dim, epochs=epochs, threads=threads, seed=1)
embedding.save(out)
print(embedding.provenance["tokens_read"])
"""


def run(program: str, path: Path, dim: int, epochs: int, threads: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        arguments = [str(path), str(Path(folder) / "out"), str(dim), str(epochs), str(threads)]
        done = subprocess.run([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, check=True)
        return int(done.stdout)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("corpus", nargs="?", default="english-novels.txt")
    arguments.add_argument("--repeat", type=int, default=2)
    arguments.add_argument("--dim", type=int, default=100)
    arguments.add_argument("--epochs", type=int, default=1)
    arguments.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = arguments.parse_args()
    path = corpus(options.corpus)
    shape = options.dim, options.epochs, options.threads
    run(TOVEC, path, options.dim, 1, options.threads)  # compiles, once for each installation
    best: dict[str, tuple[float, float]] = {}
    for _ in range(options.repeat):
        for name, program in (("gensim", GENSIM), ("tovec", TOVEC)):
            seconds, n_words = timed(run, program, path, *shape)
            speed = n_words * options.epochs / seconds / 1e6
            best[name] = max(best.get(name, (0.0, 0.0)), (speed, seconds))
    rows = [
        {
            "run": name,
            "corpus": path.name,
            "dim": options.dim,
            "epochs": options.epochs,
            "threads": options.threads,
            "seconds": seconds,
            "million words/s": speed,
            "x gensim": speed / best["gensim"][0],
        }
        for name, (speed, seconds) in best.items()
    ]
    report("training", rows)


if __name__ == "__main__":
    main()

"""Reading text: files to ids, compared with gensim's `build_vocab(corpus_file=...)`, which only counts.

Usage: python benchmarks/reading.py [--repeat N] [CORPUS ...]
tovec reads, splits, counts, sorts the vocabulary, encodes and writes the ids; gensim splits at white
space and counts. The programs run in turn, and the best run of each is compared.
"""

import argparse
import logging
import tempfile
from pathlib import Path
from typing import Any

from common import corpora, is_installed, report, timed

from tovec.text.corpus import VocabularyRules, build_corpus
from tovec.text.documents import Documents
from tovec.text.tokenizers import tokenizer_from_name

GENSIM = "gensim build_vocab(corpus_file)"


def tovec_words(path: Path, tokenizer: str, threads: int | None) -> int:
    """Return how many tokens tovec reads from a text file."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = build_corpus(
            Documents((path,)),
            tokenizer_from_name(tokenizer),
            Path(folder),
            VocabularyRules(5),
            threads=threads,
        )
        return corpus.n_read


def gensim_words(path: Path) -> int:
    """Return how many words gensim counts in a text file."""
    from gensim.models import Word2Vec

    model = Word2Vec(min_count=5)
    model.build_vocab(corpus_file=str(path))
    return int(model.corpus_total_words)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("corpora", nargs="*", default=["english-novels.txt", "korean-reviews.txt"])
    arguments.add_argument("--repeat", type=int, default=3)
    options = arguments.parse_args()
    logging.disable()
    runs: dict[str, Any] = {
        GENSIM: gensim_words,
        "tovec words, 1 thread": lambda path: tovec_words(path, "words", 1),
        "tovec words, all cores": lambda path: tovec_words(path, "words", None),
        "tovec whitespace, 1 thread": lambda path: tovec_words(path, "whitespace", 1),
        "tovec whitespace, all cores": lambda path: tovec_words(path, "whitespace", None),
    }
    if not is_installed("gensim", GENSIM):
        del runs[GENSIM]
    rows = []
    for path in corpora(options.corpora):
        speeds: dict[str, float] = {}
        for _ in range(options.repeat):
            for run, call in runs.items():
                seconds, n_words = timed(call, path)
                speeds[run] = max(speeds.get(run, 0.0), n_words / seconds / 1e6)
        peer = speeds.get(GENSIM, float("nan"))
        rows += [
            {"corpus": path.name, "run": run, "million words/s": speed, "x gensim": speed / peer}
            for run, speed in speeds.items()
        ]
    report("reading", rows)


if __name__ == "__main__":
    main()

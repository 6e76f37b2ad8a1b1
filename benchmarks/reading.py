"""Reading text: files to ids, beside gensim's `build_vocab(corpus_file=...)`, which only counts.

Usage: python benchmarks/reading.py [--repeat N] [CORPUS ...]
Ours reads, splits, counts, orders the vocabulary, encodes and writes the ids; gensim splits at
white space and counts. Rounds alternate; the best of each is compared.
"""

import argparse
import logging
import tempfile
from pathlib import Path
from typing import Any

from peers import corpus, report, timed

from tovec.text.corpus import VocabularyRules, build_corpus
from tovec.text.documents import Documents
from tovec.text.tokenizers import tokenizer_from_name


def ours(path: Path, tokenizer: str, threads: int | None) -> int:
    with tempfile.TemporaryDirectory() as folder:
        made = build_corpus(
            Documents((path,)),
            tokenizer_from_name(tokenizer),
            Path(folder),
            VocabularyRules(5),
            threads=threads,
        )
        return made.n_read


def gensims(path: Path) -> int:
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
        "gensim build_vocab(corpus_file)": gensims,
        "tovec words, 1 thread": lambda path: ours(path, "words", 1),
        "tovec words, all cores": lambda path: ours(path, "words", None),
        "tovec whitespace, 1 thread": lambda path: ours(path, "whitespace", 1),
        "tovec whitespace, all cores": lambda path: ours(path, "whitespace", None),
    }
    rows = []
    for name in options.corpora:
        path = corpus(name)
        speeds: dict[str, float] = {}
        for _ in range(options.repeat):
            for run, call in runs.items():
                seconds, n_words = timed(call, path)
                speeds[run] = max(speeds.get(run, 0.0), n_words / seconds / 1e6)
        peer = speeds["gensim build_vocab(corpus_file)"]
        rows += [
            {"corpus": path.name, "run": run, "million words/s": speed, "x gensim": speed / peer}
            for run, speed in speeds.items()
        ]
    report("reading", rows)


if __name__ == "__main__":
    main()

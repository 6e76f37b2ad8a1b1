"""Quality of trained vectors: published tests, means and standard errors over seeds.

Usage: python benchmarks/quality.py [--seeds N] [--epochs N] [--dim D] [--threads N] [CORPUS ...]
       python benchmarks/quality.py --objectives [CORPUS]
       python benchmarks/quality.py --units [CORPUS]
A corpus with `korean` in its name gets the Korean sets, any other the English ones.

Beside gensim: skip-gram, gensim fed the very tokens of tovec, so that only training differs. gensim
reads them from an iterable: with `corpus_file` and several workers each worker takes its learning
rate from its own words against those of all (get_next_alpha in word2vec_corpusfile.pyx), so that the
rate falls only in part, and what comes out is not what the settings say.
Objectives: those of tovec side by side. Units: what a token of Korean is, side by side; a word of
several units is the mean of their vectors.
"""

import argparse
import importlib.util
import itertools
import logging
import math
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from evaluation import SIMILARITY, Score, evaluate, mean_of_units, pairs, similarity_score
from peers import corpus, report, timed

import tovec
from tovec.embedding import Embedding
from tovec.text.corpus import VocabularyRules, build_corpus
from tovec.text.documents import Documents
from tovec.text.tokenizers import tokenizer_from_name

MIN_COUNT = 5
LEAST_ALLOWED = 0.01  # how far below gensim's mean is no matter, whatever the seeds say
GLOVE_PASSES = 3  # times --epochs: a pass over counts teaches less than one over text (its demo takes 15)
UNITS: Mapping[str, dict[str, Any]] = {
    "whitespace words": {"tokenizer": "whitespace"},
    "words without punctuation": {"tokenizer": "words"},
    "kiwi morphemes": {"tokenizer": "kiwi"},
    "BPE 8000": {"tokenizer": "bpe:8000"},
    "whitespace words, character n-grams": {"tokenizer": "whitespace", "ngrams": "characters"},
    "whitespace words, jamo n-grams": {"tokenizer": "whitespace", "ngrams": "jamo"},
}

Trainer = Callable[[int], Embedding]  # given a seed
Scores = dict[str, list[Score]]  # of each set, by seed


class Trained:
    """What the runs of one trainer have come to."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.scores: Scores = {}

    def add(self, seconds: float, scores: Mapping[str, Score]) -> None:
        self.seconds.append(seconds)
        for name, score in scores.items():
            self.scores.setdefault(name, []).append(score)

    def mean(self, name: str) -> float:
        return float(np.mean([score.value for score in self.scores[name]]))

    def error(self, name: str) -> float:
        """The standard error of the mean; NaN for one seed, which tells nothing of it."""
        values = [score.value for score in self.scores[name]]
        return float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan


def language_of(path: Path) -> str:
    return "korean" if "korean" in path.name else "english"


def tovec_trainer(path: Path, options: argparse.Namespace, **settings: Any) -> Trainer:
    common = {"dim": options.dim, "threads": options.threads, "min_count": MIN_COUNT}

    def train(seed: int) -> Embedding:
        return tovec.train(path, **{"epochs": options.epochs, **common, **settings}, seed=seed)

    return train


def gensim_trainer(tokens_path: Path, vocabulary: list[str], options: argparse.Namespace) -> Trainer:
    from gensim.models.word2vec import LineSentence, Word2Vec

    def train(seed: int) -> Embedding:
        model = Word2Vec(
            LineSentence(str(tokens_path)),
            sg=1,
            vector_size=options.dim,
            window=5,
            negative=5,
            sample=1e-3,
            alpha=0.025,
            min_count=1,  # rare words are gone already
            epochs=options.epochs,
            workers=options.threads,
            seed=seed,
        )
        return Embedding(vocabulary, model.wv[vocabulary])  # in tovec's order, so that limits cut alike

    return train


def write_tokens(path: Path, tokens_path: Path) -> list[str]:
    """Write the tokens of a corpus that are in the vocabulary, a document a line; return the vocabulary."""
    words, rules = tokenizer_from_name("words"), VocabularyRules(MIN_COUNT)
    with tempfile.TemporaryDirectory() as folder, tokens_path.open("w", encoding="utf-8") as lines:
        made = build_corpus(Documents((path,)), words, Path(folder), rules)
        tokens = np.array(made.vocabulary.tokens, dtype=object)
        for start, stop in itertools.pairwise(made.offsets.tolist()):
            lines.write(" ".join(tokens[made.ids[start:stop]]) + "\n")
    return list(made.vocabulary.tokens)


def run_all(
    trainers: Mapping[str, Trainer], score: Callable[[Embedding], Mapping[str, Score]], seeds: int
) -> dict[str, Trained]:
    """Train with each seed in turn, the trainers beside each other."""
    results = {name: Trained() for name in trainers}
    for seed in range(1, seeds + 1):
        for name, train in trainers.items():
            seconds, embedding = timed(train, seed)
            scores = score(embedding)
            results[name].add(seconds, scores)
            told = ", ".join(f"{which} {each.value:.3f}" for which, each in scores.items())
            print(f"{name}, seed {seed}: {seconds:.0f} s, {told}", file=sys.stderr, flush=True)
    return results


def score_rows(path: Path, results: Mapping[str, Trained]) -> list[dict[str, Any]]:
    return [
        {
            "corpus": path.name,
            "set": name,
            "run": run,
            "mean": trained.mean(name),
            "standard error": trained.error(name),
            "seeds": len(scores),
            "found": scores[0].n_found,
            "of": scores[0].n_all,
            "s a run": float(np.mean(trained.seconds)),
        }
        for name in next(iter(results.values())).scores
        for run, trained in results.items()
        for scores in [trained.scores[name]]
    ]


def verdicts(path: Path, results: Mapping[str, Trained]) -> list[dict[str, Any]]:
    """Return, for each set, whether a run is below gensim's mean by more than chance allows."""
    gensim, rows = results["gensim"], []
    for name in gensim.scores:
        for run, trained in results.items():
            if trained is gensim:
                continue
            difference = trained.mean(name) - gensim.mean(name)
            noise = 2 * math.hypot(trained.error(name), gensim.error(name))
            allowed = LEAST_ALLOWED if math.isnan(noise) else max(LEAST_ALLOWED, noise)
            rows.append(
                {
                    "corpus": path.name,
                    "set": name,
                    "run": run,
                    "minus gensim": difference,
                    "allowed below": allowed,
                    "verdict": "holds" if difference >= -allowed else "FAILS",
                }
            )
    return rows


def beside_gensim(options: argparse.Namespace) -> None:
    if importlib.util.find_spec("gensim") is None:
        sys.exit("gensim is not installed; it is what this compares with")
    rows, judged = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.corpora or ["english-novels.txt", "korean-reviews.txt"]:
            path, tokens_path = corpus(name), Path(folder) / "tokens.txt"
            vocabulary = write_tokens(path, tokens_path)
            trainers = {
                "gensim": gensim_trainer(tokens_path, vocabulary, options),
                "tovec": tovec_trainer(path, options),
                "tovec deterministic": tovec_trainer(path, options, deterministic=True),
            }
            results = run_all(trainers, partial(evaluate, language=language_of(path)), options.seeds)
            rows += score_rows(path, results)
            judged += verdicts(path, results)
    report("quality", rows)
    print()
    report("quality_verdicts", judged)


def objectives(options: argparse.Namespace) -> None:
    rows = []
    for name in options.corpora or ["english-novels.txt"]:
        path = corpus(name)
        trainers = {
            "skip-gram": tovec_trainer(path, options),
            "cbow": tovec_trainer(path, options, objective="cbow"),
            "position-weighted-cbow": tovec_trainer(path, options, objective="position-weighted-cbow"),
            f"glove, {GLOVE_PASSES} x epochs": tovec_trainer(
                path, options, objective="glove", x_max=10.0, epochs=GLOVE_PASSES * options.epochs
            ),
        }
        results = run_all(trainers, partial(evaluate, language=language_of(path)), options.seeds)
        rows += score_rows(path, results)
    report("quality_objectives", rows)


def units(options: argparse.Namespace) -> None:
    chosen = dict(UNITS)
    if importlib.util.find_spec("kiwipiepy") is None:
        print("kiwipiepy is not installed: no row for its morphemes")
        del chosen["kiwi morphemes"]
    print("A word of several units is the mean of their vectors; a unit without a vector is left out.")
    scored_pairs = pairs(SIMILARITY["korean"]["Korean WS-353"])

    def score(embedding: Embedding) -> dict[str, Score]:
        vector_of = mean_of_units(embedding)
        return {
            "pairs found": similarity_score(vector_of, scored_pairs),
            "all pairs": similarity_score(vector_of, scored_pairs, missing=0.0),
        }

    rows, lacking = [], []
    for name in options.corpora or ["korean-reviews.txt"]:
        path = corpus(name)
        trainers = {unit: tovec_trainer(path, options, **settings) for unit, settings in chosen.items()}
        for unit, trained in run_all(trainers, score, options.seeds).items():
            found = trained.scores["pairs found"][0]
            if "ngrams" in chosen[unit] and found.n_found < found.n_all:
                lacking.append(f"{unit} in {path.name}")
            rows.append(
                {
                    "corpus": path.name,
                    "unit": unit,
                    "pairs found": found.n_found,
                    "of": found.n_all,
                    "Spearman of those": trained.mean("pairs found"),
                    "standard error": trained.error("pairs found"),
                    "of all, missing as 0": trained.mean("all pairs"),
                    "s a run": float(np.mean(trained.seconds)),
                }
            )
    report("quality_units", rows)
    print(f"every pair has a value with n-grams: {'FAILS, ' + '; '.join(lacking) if lacking else 'holds'}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("corpora", nargs="*")
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--epochs", type=int, default=5)
    arguments.add_argument("--dim", type=int, default=100)
    arguments.add_argument("--threads", type=int, default=2)
    which = arguments.add_mutually_exclusive_group()
    which.add_argument("--units", dest="run", action="store_const", const=units)
    which.add_argument("--objectives", dest="run", action="store_const", const=objectives)
    options = arguments.parse_args()
    logging.disable()  # gensim's
    (options.run or beside_gensim)(options)


if __name__ == "__main__":
    main()

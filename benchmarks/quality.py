"""Quality of trained vectors: published tests, means and standard errors over seeds.

Usage: python benchmarks/quality.py [--seeds N] [--epochs N] [--dim D] [--threads N] [CORPUS ...]
       python benchmarks/quality.py --objectives [CORPUS]
       python benchmarks/quality.py --korean-tokens [CORPUS]
       python benchmarks/quality.py --time-to-quality [--seeds N] [--gensim-results DIR] [--sets DIR] [CORPUS]
       python benchmarks/quality.py [CORPUS] --within 60 300 [--seeds N] [--sets DIR]
A corpus with `korean` in its name is tested on the Korean sets, any other on the English ones.

By default skip-gram is compared with gensim's, which is given exactly the tokens of tovec, so that only
training differs. gensim reads them from an iterable: with `corpus_file` and several workers, each worker
computes its learning rate from its own words as a share of all words (get_next_alpha in
word2vec_corpusfile.pyx), so that the rate falls less than the settings say. Beside it stand tovec's own
defaults, which choose their settings and have to do no worse than gensim with its own: on the mean of the
sets of similarity, and in the pairs that have vectors.
--time-to-quality: whole processes, from the start of Python to saved vectors; gensim's skip-gram with its
own defaults (but for the threads, and --epochs) against tovec's defaults and its preset word2vec. Also the
paired bootstrap of the differences (see paired_bootstrap.py). --gensim-results: where gensim's runs are
kept, and taken from by the next call. --within: as many epochs as fit into so many seconds, one and five
minutes say. --sets: the sets of similarity, instead of the published ones: all files of a folder that hold
lines of two words and a score.
--objectives: the objectives of tovec. --korean-tokens: kinds of tokens for Korean (words, morphemes,
subwords, n-grams); a word of several tokens is the mean of their vectors.
"""

import argparse
import logging
import math
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from common import corpora, is_installed, report, timed
from evaluation import (
    LEAST_COVERED,
    SIMILARITY,
    Score,
    evaluate,
    language_of,
    mean_of_tokens,
    pairs,
    set_path,
    sets_for,
    similarity_score,
)
from programs import write_tokens
from time_to_quality import time_to_quality
from within_time import within

import tovec
from tovec.embedding import Embedding

DEFAULTS = "tovec's defaults"
MIN_COUNT = 5
TOLERANCE = 0.01  # how far below gensim's mean is acceptable, whatever the standard errors
GLOVE_EPOCHS = 3  # times --epochs: a pass over counts teaches less than one over text (GloVe's demo makes 15)
MORPHEMES = "kiwi morphemes"
KOREAN_TOKENS: Mapping[str, dict[str, Any]] = {
    "whitespace words": {"tokenizer": "whitespace"},
    "words without punctuation": {"tokenizer": "words"},
    MORPHEMES: {"tokenizer": "kiwi"},
    "BPE 8000": {"tokenizer": "bpe:8000"},
    "whitespace words, character n-grams": {"tokenizer": "whitespace", "ngrams": "characters"},
    "whitespace words, jamo n-grams": {"tokenizer": "whitespace", "ngrams": "jamo"},
    f"{MORPHEMES}, jamo n-grams": {"tokenizer": "kiwi", "ngrams": "jamo"},
}

Trainer = Callable[[int], Embedding]  # from a seed
Scores = dict[str, list[Score]]  # by set, one for each seed


class Runs:
    """Seconds and scores of the runs of one trainer."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.scores: Scores = {}

    def add(self, seconds: float, scores: Mapping[str, Score]) -> None:
        self.seconds.append(seconds)
        for name, score in scores.items():
            self.scores.setdefault(name, []).append(score)

    def mean(self, name: str) -> float:
        return float(np.mean([score.value for score in self.scores[name]]))

    def n_found(self, name: str) -> int:
        """How many pairs or questions have a value, in the run that has the fewest."""
        return min(score.n_found for score in self.scores[name])

    def error(self, name: str) -> float:
        """The standard error of the mean; NaN for one seed."""
        values = [score.value for score in self.scores[name]]
        return float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan


def tovec_trainer(path: Path, options: argparse.Namespace, **settings: Any) -> Trainer:
    """Return what trains with word2vec's settings, but for those given."""
    common = {"dim": options.dim, "threads": options.threads, "min_count": MIN_COUNT}
    all_settings = {"preset": "word2vec", "epochs": options.epochs} | common | settings

    def train(seed: int) -> Embedding:
        return tovec.train(path, **all_settings, seed=seed)

    return train


def default_trainer(path: Path, options: argparse.Namespace) -> Trainer:
    """Return what trains with tovec's own defaults."""

    def train(seed: int) -> Embedding:
        return tovec.train(path, threads=options.threads, seed=seed)

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
            min_count=1,  # rare words have been removed
            epochs=options.epochs,
            workers=options.threads,
            seed=seed,
        )
        return Embedding(
            vocabulary, model.wv[vocabulary]
        )  # in tovec's order, so that limits keep the same words

    return train


def run_all(
    trainers: Mapping[str, Trainer], score: Callable[[Embedding], Mapping[str, Score]], seeds: int
) -> dict[str, Runs]:
    """Train and score with each seed, all trainers in turn."""
    results = {name: Runs() for name in trainers}
    for seed in range(1, seeds + 1):
        for name, train in trainers.items():
            seconds, embedding = timed(train, seed)
            scores = score(embedding)
            results[name].add(seconds, scores)
            values = ", ".join(f"{which} {one.value:.3f}" for which, one in scores.items())
            print(f"{name}, seed {seed}: {seconds:.0f} s, {values}", file=sys.stderr, flush=True)
    return results


def score_rows(path: Path, results: Mapping[str, Runs]) -> list[dict[str, Any]]:
    return [
        {
            "corpus": path.name,
            "set": name,
            "run": trainer,
            "mean": runs.mean(name),
            "standard error": runs.error(name),
            "seeds": len(scores),
            "found": scores[0].n_found,
            "of": scores[0].n_all,
            "s per run": float(np.mean(runs.seconds)),
        }
        for name in next(iter(results.values())).scores
        for trainer, runs in results.items()
        for scores in [runs.scores[name]]
    ]


def verdicts(path: Path, results: Mapping[str, Runs]) -> list[dict[str, Any]]:
    """Return, for each set, whether a mean is below gensim's by more than twice the standard error."""
    gensim, rows = results["gensim"], []
    for name in gensim.scores:
        for trainer, runs in results.items():
            if trainer in ("gensim", DEFAULTS):
                continue
            difference = runs.mean(name) - gensim.mean(name)
            noise = 2 * math.hypot(runs.error(name), gensim.error(name))
            allowed = max(TOLERANCE, noise)
            rows.append(
                {
                    "corpus": path.name,
                    "set": name,
                    "run": trainer,
                    "difference from gensim": difference,
                    "allowed difference": allowed,
                    "verdict": "as good" if difference >= -allowed else "WORSE",
                }
            )
    return rows


def verdict_on_defaults(
    path: Path, results: Mapping[str, Runs], sets: Collection[str]
) -> list[dict[str, Any]]:
    """Return whether tovec's defaults are no worse than gensim: mean of the sets, and pairs covered.

    Sets of which one of them covers fewer than LEAST_COVERED pairs count for the latter only.
    """
    gensim, defaults = results["gensim"], results[DEFAULTS]
    n_more = sum(defaults.n_found(name) - gensim.n_found(name) for name in sets)
    covered = [name for name in sets if min(gensim.n_found(name), defaults.n_found(name)) >= LEAST_COVERED]
    differences = [defaults.mean(name) - gensim.mean(name) for name in covered]
    difference = float(np.mean(differences)) if covered else math.nan
    is_worse = difference < -1e-9 or n_more < 0
    return [
        {
            "corpus": path.name,
            "run": DEFAULTS,
            "mean of the sets, difference from gensim": difference,
            "pairs covered, difference": n_more,
            "verdict": "WORSE" if is_worse else "as good" if covered else "no pairs to judge by",
        }
    ]


def compare_with_gensim(options: argparse.Namespace) -> None:
    """Print the scores of tovec and gensim, and whether tovec's are as good."""
    rows, judged, judged_defaults = [], [], []
    with_gensim = is_installed("gensim", "the comparison with it")
    with tempfile.TemporaryDirectory() as folder:
        for path in corpora(options.corpora or ["english-novels.txt", "korean-reviews.txt"]):
            trainers = {
                "tovec": tovec_trainer(path, options),
                "tovec deterministic": tovec_trainer(path, options, deterministic=True),
                DEFAULTS: default_trainer(path, options),
            }
            if with_gensim:
                tokens_path = Path(folder) / "tokens.txt"
                vocabulary = write_tokens(path, tokens_path, MIN_COUNT)
                trainers = {"gensim": gensim_trainer(tokens_path, vocabulary, options), **trainers}
            sets = sets_for(path, options.sets)
            score = partial(evaluate, language=language_of(path), sets=sets)
            results = run_all(trainers, score, options.seeds)
            rows += score_rows(path, results)
            if with_gensim and options.seeds > 1:  # one seed says nothing about chance
                judged += verdicts(path, results)
                judged_defaults += verdict_on_defaults(path, results, sets)
    if rows:
        report("quality", rows)
    if judged:
        print()
        report("quality_verdicts", judged)
        print()
        report("quality_verdict_on_defaults", judged_defaults)


def objectives(options: argparse.Namespace) -> None:
    """Print the scores of each objective."""
    rows = []
    for path in corpora(options.corpora or ["english-novels.txt"]):
        trainers = {
            "skip-gram": tovec_trainer(path, options),
            "cbow": tovec_trainer(path, options, objective="cbow"),
            "position-weighted-cbow": tovec_trainer(path, options, objective="position-weighted-cbow"),
            f"glove, {GLOVE_EPOCHS} x epochs": tovec_trainer(
                path, options, objective="glove", x_max=10.0, epochs=GLOVE_EPOCHS * options.epochs
            ),
        }
        results = run_all(trainers, partial(evaluate, language=language_of(path)), options.seeds)
        rows += score_rows(path, results)
    if rows:
        report("quality_objectives", rows)


def korean_tokens(options: argparse.Namespace) -> None:
    """Print the scores of each kind of Korean tokens."""
    kinds = dict(KOREAN_TOKENS)
    if not is_installed("kiwipiepy", f"the rows of {MORPHEMES}"):
        kinds = {kind: settings for kind, settings in kinds.items() if settings["tokenizer"] != "kiwi"}
    file = SIMILARITY["korean"]["Korean WS-353"]
    if set_path(file) is None:
        return
    print("A word of several tokens is the mean of their vectors; tokens without a vector are left out.")
    scored_pairs = pairs(file)

    def score(embedding: Embedding) -> dict[str, Score]:
        vector_of = mean_of_tokens(embedding)
        return {
            "pairs found": similarity_score(vector_of, scored_pairs),
            "all pairs": similarity_score(vector_of, scored_pairs, missing=0.0),
        }

    rows, incomplete = [], []
    for path in corpora(options.corpora or ["korean-reviews.txt"]):
        trainers = {kind: tovec_trainer(path, options, **settings) for kind, settings in kinds.items()}
        for kind, runs in run_all(trainers, score, options.seeds).items():
            found = runs.scores["pairs found"][0]
            if "ngrams" in kinds[kind] and found.n_found < found.n_all:
                incomplete.append(f"{kind} in {path.name}")
            rows.append(
                {
                    "corpus": path.name,
                    "tokens": kind,
                    "pairs found": found.n_found,
                    "of": found.n_all,
                    "Spearman of those": runs.mean("pairs found"),
                    "standard error": runs.error("pairs found"),
                    "of all, missing as 0": runs.mean("all pairs"),
                    "s per run": float(np.mean(runs.seconds)),
                }
            )
    report("quality_korean_tokens", rows)
    print(f"with n-grams, every pair has a value: {'NO: ' + '; '.join(incomplete) if incomplete else 'yes'}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("corpora", nargs="*")
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--epochs", type=int, default=5)
    arguments.add_argument("--dim", type=int, default=100)
    arguments.add_argument("--threads", type=int, default=2)
    which = arguments.add_mutually_exclusive_group()
    which.add_argument("--korean-tokens", dest="run", action="store_const", const=korean_tokens)
    which.add_argument("--objectives", dest="run", action="store_const", const=objectives)
    which.add_argument("--time-to-quality", dest="run", action="store_const", const=time_to_quality)
    which.add_argument("--within", type=float, nargs="+", metavar="SECONDS")
    arguments.add_argument("--gensim-results", type=Path, metavar="DIR")
    arguments.add_argument("--sets", type=Path, metavar="DIR")
    options = arguments.parse_args()
    logging.disable()  # that of gensim
    if options.within:
        options.run = within
    (options.run or compare_with_gensim)(options)


if __name__ == "__main__":
    main()

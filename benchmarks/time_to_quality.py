"""Time to quality: gensim and tovec as whole processes, from the start of Python to saved vectors.

Called by quality.py. gensim reads the tokens of tovec, one document a line, so it need not cut words, and its
vectors are of the same words; `corpus_file` is its fastest input. Nothing of that is counted as its time.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from common import corpora, is_installed, report, timed
from evaluation import (
    LEAST_COVERED,
    Score,
    Sets,
    analogy_scores,
    cosines_of,
    language_of,
    ratings_of,
    sets_for,
    vectors_of_tokens,
)
from paired_bootstrap import ScoredPairs, mean_over_sets, paired_difference
from programs import GENSIM, TOVEC, compile_loops, train_and_save, write_tokens

import tovec

PRESET_EPOCHS = 3
SHORT_EPOCHS = (1, 2)  # further runs of tovec, which may reach gensim's mean sooner
TIME_SHARE = 20  # gensim's mean is to be reached in this part of its time
GAIN = 0.035  # by which the default is to be above the preset
GENSIM_RUN, DEFAULT, PRESET = "gensim", "tovec", f"tovec, preset word2vec, {PRESET_EPOCHS} epochs"


@dataclass(frozen=True)
class Program:
    """What trains: a program of programs.py, its settings but for the seed, and the text that it reads."""

    source: str
    settings: Mapping[str, Any]
    text: Path

    def train(self, out: Path, seed: int) -> float:
        """Train and save as `out`; return the seconds of the whole process."""
        seconds, _ = timed(train_and_save, self.source, self.text, {**self.settings, "seed": seed}, out)
        return seconds


@dataclass
class Runs:
    """The runs of one program, a seed each: seconds, the cosines of all pairs by set, scores of analogies."""

    seconds: list[float] = field(default_factory=list)
    cosines: list[ScoredPairs] = field(default_factory=list)
    analogies: list[dict[str, Score]] = field(default_factory=list)

    @property
    def mean_s(self) -> float:
        return float(np.mean(self.seconds))

    def add(self, seconds: float, out: Path, sets: Sets, language: str) -> None:
        """Add a run whose vectors are saved as `out`."""
        embedding = tovec.open(out)
        vector_of = vectors_of_tokens(embedding)
        self.seconds.append(seconds)
        self.cosines.append({name: cosines_of(vector_of, pairs) for name, pairs in sets.items()})
        self.analogies.append(analogy_scores(embedding, language))

    @property
    def n_covered(self) -> int:
        """How many pairs have a value, over all sets; with several seeds, in the run that has the fewest."""
        return min(sum(int((~np.isnan(each)).sum()) for each in run.values()) for run in self.cosines)

    def row(self, ratings: ScoredPairs) -> dict[str, Any]:
        """Return the scores, each the mean over seeds."""
        scores = {
            name: mean_over_sets([{name: run[name]} for run in self.cosines], {name: ratings[name]})
            for name in ratings
        }
        analogies = {name: np.mean([run[name].value for run in self.analogies]) for name in self.analogies[0]}
        return {
            **scores,
            "mean of sets": mean_over_sets(self.cosines, ratings),
            "pairs covered": self.n_covered,
            "of": sum(map(len, ratings.values())),
            **{f"({name})": float(value) for name, value in analogies.items()},
        }


def time_to_quality(options: argparse.Namespace) -> None:
    """Print seconds and scores of each program, their differences, and whether the bars are met."""
    if not is_installed("gensim", "the time to its quality"):
        return
    for path in corpora(options.corpora or ["english-novels.txt"]):
        sets = sets_for(path, options.sets)
        runs = run_all(path, sets, options)
        ratings = covered_ratings(sets, runs)
        if not ratings:
            print(f"{path.name}: no set is left")
            continue
        rows = [
            {"corpus": path.name, "run": name, "seeds": options.seeds, "s": each.mean_s}
            | {"x gensim": runs[GENSIM_RUN].mean_s / each.mean_s}
            | each.row(ratings)
            for name, each in runs.items()
        ]
        report(f"time_to_quality_{path.stem}", rows)
        print("\ndifferences of means over the sets, paired bootstrap over pairs, 95 %")
        report(f"time_to_quality_differences_{path.stem}", differences(runs, ratings))
        print("", *verdicts(runs, ratings), sep="\n")


def run_all(path: Path, sets: Sets, options: argparse.Namespace) -> dict[str, Runs]:
    """Train and score with each seed, all programs in turn; gensim's runs may lie in a folder already."""
    if options.gensim_results is not None:
        print(f"gensim's runs that lie in {options.gensim_results} are not repeated", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        tokens = Path(folder) / "tokens.txt"
        write_tokens(path, tokens)
        compile_loops(path)
        programs = programs_for(path, tokens, options.threads, options.epochs)
        runs = {name: Runs() for name in programs}
        for seed in range(1, options.seeds + 1):
            for name, program in programs.items():
                kept = options.gensim_results if name == GENSIM_RUN else None
                with tempfile.TemporaryDirectory() as own:
                    seconds, out = train_once(program, seed, kept or Path(own), path.name)
                    runs[name].add(seconds, out, sets, language_of(path))
                print(f"{name}, seed {seed}: {seconds:.1f} s", file=sys.stderr, flush=True)
    return runs


def programs_for(path: Path, tokens: Path, threads: int, gensim_epochs: int) -> dict[str, Program]:
    """Return what is compared. tokens: those of `path`, one document a line."""
    gensim = {"workers": threads, "epochs": gensim_epochs}  # its default length of a vector is 100 too
    short = {
        f"{DEFAULT}, {epochs} epoch{'s' * (epochs > 1)}": Program(
            TOVEC, {"threads": threads, "epochs": epochs}, path
        )
        for epochs in SHORT_EPOCHS
    }
    preset = {"preset": "word2vec", "threads": threads, "epochs": PRESET_EPOCHS}
    return {
        GENSIM_RUN: Program(GENSIM, gensim, tokens),
        DEFAULT: Program(TOVEC, {"threads": threads}, path),
        **short,
        PRESET: Program(TOVEC, preset, path),
    }


def train_once(program: Program, seed: int, folder: Path, name: str) -> tuple[float, Path]:
    """Return the seconds of a run, and where in `folder` its vectors lie; what lies there is not repeated.

    name: of the text. A run counts as the same where the settings and the size of the text are the same.
    """
    about = {"settings": dict(program.settings), "bytes": program.text.stat().st_size}
    own = folder / f"{name}-seed-{seed}"
    note, out = own / "run.json", own / "vectors"
    if note.exists():
        kept = json.loads(note.read_text())
        if kept["about"] == about:
            return float(kept["seconds"]), out
    own.mkdir(parents=True, exist_ok=True)
    seconds = program.train(out, seed)
    note.write_text(json.dumps({"about": about, "seconds": seconds}))
    return seconds, out


def covered_ratings(sets: Sets, runs: Mapping[str, Runs]) -> dict[str, Any]:
    """Return the ratings of the sets of which every run covers LEAST_COVERED pairs; name the others."""
    ratings = {}
    for name, pairs in sets.items():
        fewest = min(int((~np.isnan(run[name])).sum()) for each in runs.values() for run in each.cosines)
        if fewest >= LEAST_COVERED:
            ratings[name] = ratings_of(pairs)
        else:
            print(f"{name}: a run covers {fewest} of its pairs: it is left out")
    return ratings


def differences(runs: Mapping[str, Runs], ratings: ScoredPairs) -> list[dict[str, Any]]:
    """Return how far the runs of tovec are from gensim's, and its defaults from its preset."""
    pairs = [(name, GENSIM_RUN) for name in runs if name != GENSIM_RUN] + [(DEFAULT, PRESET)]
    rows = []
    for name, other in pairs:
        found = paired_difference(runs[name].cosines, runs[other].cosines, ratings)
        rows.append(
            {"run": name, "less": other, "difference": found.value, "from": found.low, "to": found.high}
            | {"pairs covered": runs[name].n_covered - runs[other].n_covered}
        )
    return rows


def verdicts(runs: Mapping[str, Runs], ratings: ScoredPairs) -> list[str]:
    """Return a line for each bar: whether it is met, and by how much."""
    gensim, default, preset = runs[GENSIM_RUN], runs[DEFAULT], runs[PRESET]
    bar = mean_over_sets(gensim.cosines, ratings)
    reach = [
        (each.mean_s, name)
        for name, each in runs.items()
        if name not in (GENSIM_RUN, PRESET) and mean_over_sets(each.cosines, ratings) >= bar
    ]
    line = f"gensim's mean, {bar:.3f}, in at most 1/{TIME_SHARE} of its time: "
    if reach:
        seconds, name = min(reach)
        is_soon = seconds <= gensim.mean_s / TIME_SHARE
        line += f"{_answer(is_soon)} (1/{gensim.mean_s / seconds:.1f}, {name}, {seconds:.1f} s)"
    else:
        line += "no (no run reaches it)"
    ratio = default.mean_s / preset.mean_s
    gain = mean_over_sets(default.cosines, ratings) - mean_over_sets(preset.cosines, ratings)
    n_fewer = preset.n_covered - default.n_covered
    return [
        line,
        f"the defaults in no more time than {PRESET}: {_answer(ratio <= 1)} ({ratio:.2f} of it)",
        f"the defaults at least {GAIN} above it: {_answer(gain >= GAIN)} ({gain:+.3f})",
        f"the defaults cover no fewer pairs than it: {_answer(n_fewer <= 0)} ({-n_fewer:+d})",
    ]


def _answer(is_so: bool) -> str:
    return "yes" if is_so else "NO"

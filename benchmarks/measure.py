"""Analogies: tovec.measure against gensim's evaluate_word_analogies, on Google's questions.

Usage: python benchmarks/measure.py [--sizes N ...] [--dim D] [--questions Q]
Both answer by 3CosAdd, on the same random table of the words of the questions and others up to N tokens, and
their answers are compared section by section. gensim takes as long for each question, and reads the whole
table for it: it is given Q of the questions, evenly chosen, and its time for all of them is estimated from
those; tovec answers all. tovec's other methods are timed beside it, which gensim's evaluator lacks.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from common import is_installed, report, timed
from evaluation import set_path

import tovec
from tovec.measures.analogies import METHODS, analogies
from tovec.measures.analogy_files import Analogies, read_analogies

SIZES = (30_000, 300_000)
NOISE = 1.0  # of answers, so that some are wrong


def table(asked: Analogies, n: int, dim: int) -> tovec.Embedding:
    """Return a table in which each section has an offset from its words to its answers, and some noise."""
    rng = np.random.default_rng(0)
    rows: dict[str, np.ndarray[Any, Any]] = {}
    for section in asked.sections:
        offset = rng.standard_normal(dim)
        for word, (answer,) in section.pairs:
            start = rows.setdefault(word.lower(), rng.standard_normal(dim))
            rows.setdefault(answer.lower(), start + offset + NOISE * rng.standard_normal(dim))
    others = rng.standard_normal((n - len(rows), dim), dtype=np.float32)
    names = [*rows, *(f"other{row}" for row in range(len(others)))]
    vectors = np.concatenate([np.array([*rows.values()], np.float32), others])
    order = rng.permutation(n)
    return tovec.Embedding([names[row] for row in order], vectors[order])


def some_of(path: Path, n: int, folder: Path) -> Path:
    """Return a file with `n` of the questions, evenly chosen, and all headings."""
    lines = path.read_text(encoding="utf-8").splitlines()
    questions = [number for number, line in enumerate(lines) if not line.startswith(":")]
    chosen = {questions[index] for index in np.linspace(0, len(questions) - 1, n, dtype=int)}
    kept = [line for number, line in enumerate(lines) if line.startswith(":") or number in chosen]
    (folder / path.name).write_text("\n".join(kept) + "\n", encoding="utf-8")
    return folder / path.name


def gensims(embedding: tovec.Embedding, path: Path) -> tuple[float, list[int]]:
    """Return gensim's seconds for a question, and how many it answers correctly, by section."""
    from gensim.models import KeyedVectors

    model = KeyedVectors(embedding.dim)
    model.add_vectors(list(embedding), embedding[:])
    seconds, (_, sections) = timed(model.evaluate_word_analogies, str(path))
    n = sum(len(section["correct"]) + len(section["incorrect"]) for section in sections[:-1])
    return seconds / n, [len(section["correct"]) for section in sections[:-1]]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N")
    arguments.add_argument("--dim", type=int, default=300)
    arguments.add_argument("--questions", type=int, default=1000, metavar="Q")
    options = arguments.parse_args()
    path = set_path("questions-words.txt")
    if path is None:
        return
    asked, rows = read_analogies(path), []
    analogies(table(asked, 2000, options.dim), asked)  # compiles
    for n in options.sizes:
        embedding = table(asked, n, options.dim)
        times = {method: timed(analogies, embedding, asked, method) for method in METHODS}
        row: dict[str, Any] = {"tokens": n, "dim": options.dim}
        row |= {f"{method}, s": seconds for method, (seconds, _) in times.items()}
        if is_installed("gensim", "the comparison with it"):
            with tempfile.TemporaryDirectory() as folder:
                some = some_of(path, options.questions, Path(folder))
                per_question, correct = gensims(embedding, some)
                ours = [section.n_correct for section in analogies(embedding, read_analogies(some)).sections]
            n_questions = times[METHODS[0]][1].total.n_covered
            row["gensim 3CosAdd, s"] = per_question * n_questions
            row["x"] = per_question * n_questions / times[METHODS[0]][0]
            row["answers"] = "equal" if ours == correct else f"DIFFERENT: {sum(ours)} and {sum(correct)}"
        rows.append(row)
    report("measure", rows)


if __name__ == "__main__":
    main()

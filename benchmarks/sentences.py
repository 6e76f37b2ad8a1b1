"""Vectors of texts: how fast, and how good, beside model2vec on the same table and scikit-learn's TF-IDF.

Speed: `Embedding.embed` and model2vec's `encode` of the same saved folder, in turns; the ratio is the median
over the rounds. Both have embedded some other texts before, so what either makes once is made. first: the
folder is opened anew, so few words are known and the table is still to be read, which model2vec does as it
opens; again: the same texts once more.
Without SOURCE a table is trained, and words are then cut by the compiled loops that training has loaded.
Retrieval: of paragraphs of several sentences the first one is the question, and the others have to be found
among those of all paragraphs, or of so many, evenly spaced ones, where there are more. No person has judged
it; a table that is trained here has read them.
--sts: pairs of sentences that people have rated, two sentences and a score in columns of any order; the
figure is the rank correlation of cosine and rating.
"""

import argparse
import re
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from common import corpus, is_installed, report, timed
from numpy.typing import NDArray

import tovec
from tovec.measures.similarity import spearman
from tovec.measures.word_pairs import read_word_pairs
from tovec.vectors.cosine import unit_rows_float32

# Questions and texts to their similarities, (n_questions, n_texts).
Compare = Callable[[Sequence[str], Sequence[str]], NDArray[Any]]
N_OTHERS = 100  # texts that are embedded before any is timed
LEAST_SENTENCES = 2  # of a paragraph that has a question
SENTENCE_END = re.compile(r"(?<=[.!?]) (?=\w)")
WEIGHTINGS = (("mean", 0), ("sif", 0), ("sif", 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "sources", nargs="*", metavar="SOURCE", help="what tovec.open takes; else one is trained"
    )
    parser.add_argument("--text", default="factbook.txt", help="a paragraph a line")
    parser.add_argument("--sts", nargs="*", default=[], metavar="FILE", help="rated pairs of sentences")
    parser.add_argument("--texts", type=int, default=10_000, help="lines that are embedded for speed")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--paragraphs", type=int, default=5_000, help="at most, of the retrieval")
    parser.add_argument("--dim", type=int, default=100, help="of the table that is trained")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    path = corpus(options.text)
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    print(f"{path.name}, {len(lines):,} lines; settings: {vars(options)}")
    print(", ".join(f"{name} {version(name)}" for name in ("tovec", "numpy", "tokenizers")))
    with tempfile.TemporaryDirectory() as folder:
        saved = _saved(options, path, Path(folder))
        if is_installed("model2vec", "its speed"):
            report(
                "sentences-speed",
                [row for name in saved for row in _speeds(saved[name], name, lines, options)],
            )
        ways = {f"{name}{way}": compare for name in saved for way, compare in _ways(saved[name]).items()}
        if is_installed("sklearn", "TF-IDF"):
            ways["TF-IDF"] = _tfidf
        report("sentences-retrieval", _retrieval(ways, lines, options.paragraphs))
        for file in options.sts:
            report(f"sentences-{Path(file).stem}", _rated_pairs(ways, Path(file)))


def _saved(options: argparse.Namespace, path: Path, folder: Path) -> dict[str, Path]:
    """Return a folder that model2vec opens too for each source, by its name."""
    if not options.sources:
        trained = tovec.train(path, dim=options.dim, epochs=options.epochs, seed=options.seed)
        return {f"{path.stem}, trained": trained.save(folder / "trained")}
    return {
        source: tovec.open(source).save(folder / str(number)) for number, source in enumerate(options.sources)
    }


def _speeds(
    folder: Path, name: str, lines: Sequence[str], options: argparse.Namespace
) -> list[dict[str, object]]:
    from model2vec import StaticModel

    others, texts = lines[:N_OTHERS], lines[N_OTHERS : N_OTHERS + options.texts]
    print(f"{name}: both embed {len(others)} other texts before {len(texts):,} are timed")
    model = StaticModel.from_pretrained(str(folder))
    model.encode(others)
    seconds: dict[str, list[float]] = {"model2vec": [], "first": [], "again": []}
    for _ in range(options.rounds):
        embedding = tovec.open(folder)
        embedding.embed(others)
        for way, run in (("model2vec", model.encode), ("first", embedding.embed), ("again", embedding.embed)):
            seconds[way].append(timed(run, texts)[0])
    return [
        {
            "source": name,
            "way": way,
            "texts": len(texts),
            "seconds": median(seconds[way]),
            "texts a second": round(len(texts) / median(seconds[way])),
            "model2vec / this": median(
                one / other for one, other in zip(seconds["model2vec"], seconds[way], strict=True)
            ),
        }
        for way in seconds
    ]


def _ways(folder: Path) -> dict[str, Compare]:
    """Return ways to compare texts by the table in `folder`."""
    embedding = tovec.open(folder)

    def of_tovec(weighting: Any, n_removed: int) -> Compare:
        def compare(questions: Sequence[str], texts: Sequence[str]) -> NDArray[Any]:
            found = embedding.embed([*questions, *texts], weighting, remove_components=n_removed)
            units = unit_rows_float32(found)
            return units[: len(questions)] @ units[len(questions) :].T

        return compare

    ways = {
        f": {weighting}{f' - {n} component' if n else ''}": of_tovec(weighting, n)
        for weighting, n in WEIGHTINGS
    }
    if is_installed("model2vec", "model2vec"):
        from model2vec import StaticModel

        model = StaticModel.from_pretrained(str(folder))

        def of_model2vec(questions: Sequence[str], texts: Sequence[str]) -> NDArray[Any]:
            rows = (model.encode(list(part)).astype(np.float32) for part in (questions, texts))
            one, other = map(unit_rows_float32, rows)
            return one @ other.T

        ways[": model2vec"] = of_model2vec
    return ways


def _tfidf(questions: Sequence[str], texts: Sequence[str]) -> NDArray[Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(sublinear_tf=True).fit(texts)
    similarities: NDArray[Any] = (vectorizer.transform(questions) @ vectorizer.transform(texts).T).toarray()
    return similarities


def _retrieval(ways: dict[str, Compare], lines: Sequence[str], most: int) -> list[dict[str, object]]:
    sentences = [SENTENCE_END.split(line) for line in dict.fromkeys(lines)]
    sentences = [each for each in sentences if len(each) >= LEAST_SENTENCES]
    n = min(most, len(sentences))
    print(f"retrieval: {n:,} of {len(sentences):,} paragraphs of several sentences")
    sentences = [sentences[at * len(sentences) // n] for at in range(n)]
    questions, texts = [each[0] for each in sentences], [" ".join(each[1:]) for each in sentences]
    rows: list[dict[str, object]] = []
    for name, compare in ways.items():
        similarities = compare(questions, texts)
        right = similarities.diagonal()[:, None]
        ranks = 1 + (similarities > right).sum(axis=1) + ((similarities == right).sum(axis=1) - 1) / 2
        rows.append(
            {
                "vectors": name,
                "questions": len(questions),
                "reciprocal rank": float((1 / ranks).mean()),
                "first": float((ranks <= 1).mean()),
                "of first 10": float((ranks <= 10).mean()),
            }
        )
    return rows


def _rated_pairs(ways: dict[str, Compare], path: Path) -> list[dict[str, object]]:
    rated = read_word_pairs(path)
    for note in rated.notes:
        print(note)
    one, other = zip(*rated.pairs, strict=True)
    return [
        {
            "set": rated.name,
            "vectors": name,
            "pairs": len(rated.pairs),
            "Spearman": float(spearman(compare(one, other).diagonal().astype(np.float64), rated.ratings)),
        }
        for name, compare in ways.items()
    ]


if __name__ == "__main__":
    main()

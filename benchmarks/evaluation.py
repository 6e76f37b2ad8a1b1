"""Published tests of word vectors: pairs of words that people scored, and analogies.

Words are looked up in lower case, as English vocabularies here hold them; Korean has no case.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from peers import DATA

from tovec.embedding import Embedding
from tovec.errors import UnknownToken

SIMILARITY = {
    "english": {
        "WS-353": "EN-WS-353-ALL.txt",
        "SimLex-999": "EN-SIMLEX-999.txt",
        "RG-65": "EN-RG-65.txt",
    },
    "korean": {"Korean WS-353": "WS353_korean.csv"},
}
ANALOGIES = {
    "english": {"Google analogies": "questions-words.txt"},
    "korean": {"Korean analogies": "word_analogy_korean.txt"},
}
LIMIT = 30_000  # analogies are asked and answered among the most frequent tokens
_BLOCK = 500  # questions at a time

Pair = tuple[str, str, float]
Vector = NDArray[np.float32]
VectorOf = Callable[[str], Vector | None]


@dataclass(frozen=True)
class Score:
    """Spearman's correlation of pairs, or the share of analogies that are right.

    It is over the `n_found` of `n_all` pairs or questions whose words all have a vector.
    """

    value: float
    n_found: int
    n_all: int


def evaluate(embedding: Embedding, language: str) -> dict[str, Score]:
    """Return the score of each set of a language; a word is a token."""

    def vector_of(word: str) -> Vector | None:
        row = embedding.vocabulary.get(word)
        return None if row is None else embedding[row]

    scores = {name: similarity_score(vector_of, pairs(file)) for name, file in SIMILARITY[language].items()}
    for name, file in ANALOGIES[language].items():
        scores[name] = analogy_score(embedding, questions(file))
    return scores


def pairs(file: str) -> list[Pair]:
    """Return the pairs of a set, words and score between tabs or commas; a heading is left out."""
    found = []
    for line in (DATA / "eval" / file).read_text(encoding="utf-8-sig").lower().splitlines():
        first, second, score = line.replace(",", "\t").split("\t")
        with suppress(ValueError):
            found.append((first.strip(), second.strip(), float(score)))
    return found


def questions(file: str) -> list[list[str]]:
    """Return the questions of a set: a is to b as c is to d."""
    lines = (DATA / "eval" / file).read_text(encoding="utf-8-sig").lower().splitlines()
    return [line.split() for line in lines if line and not line.startswith(":")]


def mean_of_units(embedding: Embedding) -> VectorOf:
    """Return how a word gets a vector where it may be several units: the mean of their vectors.

    Units without a vector are left out; a word has none when no unit has one. N-grams give one to any.
    """

    def vector_of(word: str) -> Vector | None:
        rows = []
        for unit in embedding.tokenize(word):
            with suppress(UnknownToken):
                rows.append(embedding[unit])
        mean = np.sum(rows, axis=0) / max(1, len(rows))
        return np.asarray(mean, dtype=np.float32) if np.any(mean) else None

    return vector_of


def similarity_score(
    vector_of: VectorOf, scored_pairs: Sequence[Pair], missing: float | None = None
) -> Score:
    """Return Spearman's correlation of cosines with people's scores.

    missing: the cosine of a pair that lacks a vector; None leaves such pairs out.
    """
    cosines, scores, n_found = [], [], 0
    for first, second, score in scored_pairs:
        a, b = vector_of(first), vector_of(second)
        if a is not None and b is not None:
            cosine = float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
            n_found += 1
        elif missing is None:
            continue
        else:
            cosine = missing
        cosines.append(cosine)
        scores.append(score)
    return Score(spearman(cosines, scores), n_found, len(scored_pairs))


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Return the correlation of the ranks, equal values sharing their mean rank; NaN for fewer than two."""
    return float(np.corrcoef(_ranks(a), _ranks(b))[0, 1]) if len(a) > 1 else float("nan")


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places])


def analogy_score(embedding: Embedding, asked: Sequence[Sequence[str]]) -> Score:
    """Return the share of questions whose nearest word to b - a + c, of length 1 each, is d (3CosAdd).

    Only the first LIMIT tokens are asked for and can answer; the words of a question cannot.
    """
    rows = {token: row for row, token in enumerate(embedding.vocabulary.tokens[:LIMIT])}
    known = [[rows[word] for word in words] for words in asked if all(word in rows for word in words)]
    if not known:
        return Score(float("nan"), 0, len(asked))
    vectors = embedding[:LIMIT]
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    n_right = 0
    for start in range(0, len(known), _BLOCK):
        a, b, c, d = np.array(known[start : start + _BLOCK]).T
        cosines = (units[b] - units[a] + units[c]) @ units.T
        for word in (a, b, c):
            cosines[np.arange(len(word)), word] = -np.inf
        n_right += int((cosines.argmax(axis=1) == d).sum())
    return Score(n_right / len(known), len(known), len(asked))

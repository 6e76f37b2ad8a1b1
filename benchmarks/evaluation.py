"""Published tests of word vectors: similarity of word pairs as rated by people, and analogies.

Words are looked up in lower case, as the English vocabularies here hold them; Korean has no case. Sets that
the shared data lack are read from gensim's test data where gensim is installed; others are left out. Pairs
can also be those of the files of a folder, such as sets that no setting was chosen by.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from common import DATA
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.errors import BadTestSet, UnknownToken
from tovec.measures.analogies import analogies
from tovec.measures.analogy_files import read_analogies
from tovec.measures.similarity import spearman
from tovec.measures.word_pairs import read_word_pairs

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
IN_GENSIM = {
    "EN-WS-353-ALL.txt": "wordsim353.tsv",
    "EN-SIMLEX-999.txt": "simlex999.txt",
    "questions-words.txt": "questions-words.txt",
}
LIMIT = 30_000  # only this many of the most frequent tokens take part in analogies
LEAST_COVERED = 20  # pairs; a set of which a run covers fewer has no part in a mean over sets

Pair = tuple[str, str, float]
Sets = Mapping[str, Sequence[Pair]]
Vector = NDArray[np.float32]
VectorOf = Callable[[str], Vector | None]


@dataclass(frozen=True)
class Score:
    """Spearman's correlation over pairs, or the share of analogies answered correctly.

    Of the `n_all` pairs or questions, the `n_found` whose words all have a vector count.
    """

    value: float
    n_found: int
    n_all: int


def evaluate(embedding: Embedding, language: str, sets: Sets | None = None) -> dict[str, Score]:
    """Return the score on each set of similarity, and of analogies of a language; a word is a token.

    sets: None for those of the language that are there.
    """
    vector_of = vectors_of_tokens(embedding)
    chosen = similarity_sets(language) if sets is None else sets
    scores = {name: similarity_score(vector_of, scored_pairs) for name, scored_pairs in chosen.items()}
    return scores | analogy_scores(embedding, language)


def vectors_of_tokens(embedding: Embedding) -> VectorOf:
    """Return a function from a word to its vector; None for one that is not a token."""

    def vector_of(word: str) -> Vector | None:
        row = embedding.vocabulary.get(word)
        return None if row is None else embedding[row]

    return vector_of


def language_of(path: Path) -> str:
    """Return the language of a corpus: Korean where its name says so, else English."""
    return "korean" if "korean" in path.name else "english"


def sets_for(path: Path, folder: Path | None) -> dict[str, list[Pair]]:
    """Return the sets of similarity to score a corpus on: those in `folder`, or the published ones."""
    return similarity_sets(language_of(path)) if folder is None else sets_in(folder)


def similarity_sets(language: str) -> dict[str, list[Pair]]:
    """Return the pairs of each published set of a language that is there."""
    return {name: pairs(file) for name, file in SIMILARITY[language].items() if set_path(file) is not None}


def sets_in(folder: Path) -> dict[str, list[Pair]]:
    """Return the pairs of each file of a folder that holds any, by its name without suffix.

    Exits where there are none.
    """
    files = sorted(path for path in folder.glob("*") if path.is_file())
    sets = {}
    for path in files:
        with suppress(BadTestSet):
            sets[path.stem] = pairs_in(path)
    return sets or sys.exit(f"{folder} holds no file with lines of two words and a score")


def analogy_scores(embedding: Embedding, language: str) -> dict[str, Score]:
    """Return the score on each set of analogies of a language that is there."""
    return {
        name: analogy_score(embedding, file)
        for name, file in ANALOGIES[language].items()
        if set_path(file) is not None
    }


@cache
def set_path(file: str) -> Path | None:
    """Return where a set lies; None, and one line, where it is missing."""
    path = DATA / "eval" / file
    if path.exists():
        return path
    gensim = find_spec("gensim")
    if file in IN_GENSIM and gensim is not None and gensim.origin is not None:
        path = Path(gensim.origin).parent / "test" / "test_data" / IN_GENSIM[file]
        if path.exists():
            return path
    print(f"{file} is not in {DATA / 'eval'}: it is left out", flush=True)
    return None


def _found(file: str) -> Path:
    path = set_path(file)
    assert path is not None, file
    return path


def pairs(file: str) -> list[Pair]:
    """Return the pairs of a set that is there."""
    return pairs_in(_found(file))


def pairs_in(path: Path) -> list[Pair]:
    """Return the pairs of a file, in lower case. Raises BadTestSet where it holds none."""
    found = read_word_pairs(path)
    return [
        (first.lower(), second.lower(), float(rating))
        for (first, second), rating in zip(found.pairs, found.ratings, strict=True)
    ]


def mean_of_tokens(embedding: Embedding) -> VectorOf:
    """Return a function from a word to the mean of the vectors of its tokens.

    Tokens without a vector are left out; a word has no vector when none of its tokens has one. With n-grams
    every token has one.
    """

    def vector_of(word: str) -> Vector | None:
        rows = []
        for token in embedding.tokenize(word):
            with suppress(UnknownToken):
                rows.append(embedding[token])
        mean = np.sum(rows, axis=0) / max(1, len(rows))
        return np.asarray(mean, dtype=np.float32) if np.any(mean) else None

    return vector_of


def cosines_of(vector_of: VectorOf, scored_pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """Return the cosine of each pair, (n_pairs,); NaN where a word has no vector."""
    cosines = np.full(len(scored_pairs), np.nan)
    for number, (first, second, _) in enumerate(scored_pairs):
        a, b = vector_of(first), vector_of(second)
        if a is not None and b is not None:
            cosines[number] = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return cosines


def ratings_of(scored_pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """Return people's ratings, (n_pairs,)."""
    return np.array([rating for *_, rating in scored_pairs])


def similarity_score(
    vector_of: VectorOf, scored_pairs: Sequence[Pair], missing: float | None = None
) -> Score:
    """Return Spearman's correlation of cosines with people's ratings.

    missing: the cosine of pairs of which a word has no vector; None leaves such pairs out.
    """
    cosines, ratings = cosines_of(vector_of, scored_pairs), ratings_of(scored_pairs)
    covered = ~np.isnan(cosines)
    if missing is None:
        value = spearman(cosines[covered], ratings[covered])
    else:
        value = spearman(np.where(covered, cosines, missing), ratings)
    return Score(value, int(covered.sum()), len(scored_pairs))


def analogy_score(embedding: Embedding, file: str) -> Score:
    """Return the share of questions that 3CosAdd answers, with words among the first LIMIT tokens."""
    asked = read_analogies(_found(file))
    try:
        total = analogies(embedding, asked, limit=LIMIT).total
    except BadTestSet:  # none is covered
        return Score(float("nan"), 0, sum(len(section.questions) for section in asked.sections))
    return Score(total.accuracy, total.n_covered, total.n_questions)

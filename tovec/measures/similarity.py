"""Similarity of word pairs: cosines against what people say, by Spearman's rank correlation.

Two embeddings are compared on the pairs that both cover, by a paired bootstrap of the difference: with the
353 pairs of WordSim and a correlation near .4, the interval of one embedding is about ±.09 wide, and two
that differ by .006 are as good as each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.embedding import Embedding
from tovec.errors import BadTestSet
from tovec.measures.bootstrap import Interval, Numbers, draws, interval, spearman_of_draws
from tovec.measures.word_pairs import WordPairs
from tovec.measures.words import WordRows
from tovec.vectors.cosine import unit_rows

COSINE_DECIMALS = 12


@dataclass(frozen=True)
class SimilarityScore:
    """How an embedding orders the pairs of a set.

    spearman: the correlation over the covered pairs, both of whose words have a vector; NaN where it does not
    exist. interval: of the bootstrap over these pairs. missing_as_zero: the correlation over all pairs, with
    cosine 0 for those that are not covered. n_from_ngrams: covered pairs with a word outside the vocabulary,
    whose vector is made of n-grams.
    """

    name: str
    spearman: float
    interval: Interval
    n_covered: int
    n_pairs: int
    missing_as_zero: float
    n_from_ngrams: int
    cosines: Numbers = field(repr=False)


@dataclass(frozen=True)
class SimilarityDifference:
    """How two embeddings differ on the pairs of a set that both cover.

    first, second: their correlations over these pairs. difference: of the second less the first, with the
    interval of a paired bootstrap.
    """

    name: str
    first: float
    second: float
    interval: Interval
    n_pairs: int

    @property
    def difference(self) -> float:
        """By how much the correlation of the second is higher."""
        return self.second - self.first

    def sentence(self, first: str, second: str) -> str:
        """Return what follows, in a sentence that calls the embeddings by these names."""
        about = f"{self.name}, {counted(self.n_pairs, 'pair')} that both cover"
        if np.isnan(self.difference) or np.isnan(self.interval.low):
            return f"{about}: too few to compare {first} and {second}"
        span = f"{self.interval.low:+.3f} to {self.interval.high:+.3f}"
        if self.interval.low <= 0 <= self.interval.high:
            return (
                f"{about}: no difference can be told between {first} and {second} "
                f"({self.difference:+.3f}, 95 % interval {span})"
            )
        better, other = (second, first) if self.difference > 0 else (first, second)
        return f"{about}: {better} is better than {other} ({self.difference:+.3f}, 95 % interval {span})"


def spearman(a: Numbers, b: Numbers) -> float:
    """Return the correlation of the ranks, equal values sharing their mean rank; NaN where there is none."""
    if len(a) < 2:
        return float("nan")
    return float(spearman_of_draws(a, b, np.ones((1, len(a)), dtype=np.int64))[0])


def similarity(embedding: Embedding, pairs: WordPairs, *, seed: int = 0) -> SimilarityScore:
    """Return how an embedding orders the pairs of a set.

    A word is the first token that it is but for case, as in gensim; see `WordRows`. Where the embedding has
    n-grams, a word outside the vocabulary is covered by them. seed: of the bootstrap.
    Raises BadTestSet where no pair is covered.
    """
    words = list(dict.fromkeys(word for pair in pairs.pairs for word in pair))
    units, is_known = _unit_vectors(embedding, words)
    place = {word: index for index, word in enumerate(words)}
    first = np.array([place[a] for a, _ in pairs.pairs])
    second = np.array([place[b] for _, b in pairs.pairs])
    # NaN where a word has no vector; rounded, so that pairs of equal words share a rank
    cosines = np.round(np.einsum("ij,ij->i", units[first], units[second]), COSINE_DECIMALS)
    covered = ~np.isnan(cosines)
    if not covered.any():
        a, b = pairs.pairs[0]
        raise BadTestSet(
            f"{pairs.name}: no pair has both words in the vocabulary; the first is {a!r} and {b!r}"
        )
    counts = draws(int(covered.sum()), seed)
    ratings = np.asarray(pairs.ratings, dtype=np.float64)
    drawn = [spearman_of_draws(cosines[covered], ratings[covered], each) for each in counts]
    return SimilarityScore(
        name=pairs.name,
        spearman=spearman(cosines[covered], ratings[covered]),
        interval=interval(np.concatenate(drawn)),
        n_covered=int(covered.sum()),
        n_pairs=len(cosines),
        missing_as_zero=spearman(np.where(covered, cosines, 0.0), ratings),
        n_from_ngrams=int((covered & ~(is_known[first] & is_known[second])).sum()),
        cosines=cosines,
    )


def compare_similarity(
    pairs: WordPairs, first: SimilarityScore, second: SimilarityScore, *, seed: int = 0
) -> SimilarityDifference:
    """Return how two embeddings differ on the pairs of a set that both cover; see the class."""
    both = ~np.isnan(first.cosines) & ~np.isnan(second.cosines)
    a, b, ratings = first.cosines[both], second.cosines[both], np.asarray(pairs.ratings, np.float64)[both]
    drawn = [
        spearman_of_draws(b, ratings, counts) - spearman_of_draws(a, ratings, counts)
        for counts in (draws(len(a), seed) if len(a) else ())
    ]
    return SimilarityDifference(
        name=pairs.name,
        first=spearman(a, ratings),
        second=spearman(b, ratings),
        interval=interval(np.concatenate(drawn)) if drawn else Interval(np.nan, np.nan),
        n_pairs=len(a),
    )


def _unit_vectors(embedding: Embedding, words: Sequence[str]) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return the vectors of words at length 1, (n_words, dim), NaN where there is none, and which are tokens.

    A row without direction counts as none.
    """
    rows = WordRows(embedding.vocabulary).find(words)
    units = np.full((len(words), embedding.dim), np.nan)
    is_token = rows >= 0
    units[is_token] = unit_rows(embedding[rows[is_token]])
    if embedding.ngrams is not None:
        for index in np.flatnonzero(~is_token).tolist():
            vector = embedding.get(words[index])
            if vector is not None:
                units[index] = unit_rows(vector[None])[0]
    units[~units.any(axis=1)] = np.nan
    return units, is_token

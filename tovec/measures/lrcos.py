"""LRCos (Drozd, Gladkova and Matsuoka 2016, C16-1332): the row that is both of the right class and near.

For each pair of a relation, a logistic regression learns from the other pairs what an answer looks like; the
answer to the pair's word is the row of highest P(answer) · cos(row, word), the word itself left out. As in
the authors' program (vecto): the answers of the other pairs against their words, four times each, and as many
random words; classes are balanced, C is 1. Rows are taken at length 1.
"""

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.measures.known_pairs import KnownPairs, unit_blocks
from tovec.measures.logistic import Numbers, Reduced
from tovec.measures.words import WordRows
from tovec.threads import one_blas_thread
from tovec.vectors.cosine import unit_rows

_WORDS_REPEATED = 4


def lrcos(embedding: Embedding, words: WordRows, known: KnownPairs, seed: int) -> NDArray[np.int64]:
    """Return the answer to each pair, (n_pairs,), a place in `words.ids`; -1 where a section has one pair."""
    generator = np.random.default_rng(seed)
    left, right = unit_rows(embedding[known.left]), unit_rows(embedding[known.right])
    slopes = np.zeros((len(left), embedding.dim + 1))
    for section in np.unique(known.section):
        of_section = np.flatnonzero(known.section == section)
        noise = unit_rows(embedding[generator.choice(words.ids, len(of_section))])
        if len(of_section) > 1:
            slopes[of_section] = classifiers(right[of_section], left[of_section], noise)
    found = _best(embedding, words, known, left, slopes)
    found[~slopes.any(axis=1)] = -1
    return found


def classifiers(answers: Numbers, words: Numbers, noise: Numbers) -> Numbers:
    """Return, for each pair, w and b of the regression on the other pairs, (n_pairs, dim + 1).

    answers, words, noise: (n_pairs, dim). Each pair leaves out its own row of all three.
    """
    n = len(answers)
    labels = np.repeat([True, False, False], n)
    # Both classes weigh as much as half of all samples, as class_weight="balanced" does.
    n_negative = _WORDS_REPEATED + 1
    positive, negative = (1 + n_negative) / 2, (1 + n_negative) / 2 / n_negative
    weights = np.repeat([positive, _WORDS_REPEATED * negative, negative], n)
    kept = np.tile(1 - np.eye(n), 3)
    with one_blas_thread():  # many small products
        rows = Reduced(np.concatenate([answers, words, noise]))
        return rows.slopes(rows.fit_each(labels, weights, kept))


def _best(
    embedding: Embedding, words: WordRows, known: KnownPairs, left: Numbers, slopes: Numbers
) -> NDArray[np.int64]:
    """Return the place of the row of highest score for each pair, (n_pairs,)."""
    asked = words.kinds[words.places(known.left)]
    scores, found = np.full(len(left), -np.inf), np.full(len(left), -1, dtype=np.int64)
    near, slope = left.astype(np.float32), slopes[:, :-1].astype(np.float32)
    intercept = slopes[:, -1].astype(np.float32)
    for start, block, kinds in unit_blocks(embedding.vectors, words, len(left)):
        chance = np.float32(0.5) * (1 + np.tanh((slope @ block.T + intercept[:, None]) / 2))
        product = chance * (near @ block.T)
        product[(kinds[None] == asked[:, None]) | (kinds < 0)[None]] = -np.inf
        best = product.argmax(axis=1)
        value = product[np.arange(len(left)), best]
        is_better = value > scores
        scores[is_better], found[is_better] = value[is_better], start + best[is_better]
    return found

"""Vectors of n-grams, fitted to the vectors that tokens have already.

The mean of the n-grams of a token shall be its vector (Zhao, Mudgal and Liang 2018, "Generalizing Word
Embeddings using Bag of Subwords", EMNLP, D18-1059). Here it is a linear least-squares problem, weighted
and with a penalty on long vectors, and solved by conjugate gradients, each dimension for itself. So the
vectors of the tokens stay as they are; n-grams that are trained together with tokens change them too.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSetting, TovecError
from tovec.text.ngrams import RULES, NgramRows, NgramRule, Unit
from tovec.text.vocabulary import Counts, Ids
from tovec.vectors.embedding_parts import EmbeddingParts, has_layers
from tovec.vectors.ngram_table import NgramTable
from tovec.vectors.table import Rows, Vectors, in_float32

PENALTY = 1.0  # of a squared length, where a token that occurs once weighs 1
STEPS = 10  # of conjugate gradients; 30 give unknown words no better vectors
COLUMNS = 16  # solved together: what bounds the memory


class _Bags(NamedTuple):
    """The n-grams of each token, and the tokens of each n-gram: members and bounds of either.

    scales: (n_tokens, 1) float32, one divided by the number of n-grams. weights: (n_tokens, 1) float32.
    """

    of_tokens: tuple[Ids, NDArray[np.int64]]
    of_ngrams: tuple[Ids, NDArray[np.int64]]
    scales: Rows
    weights: Rows


def with_fitted_ngrams(embedding: EmbeddingParts, rule: NgramRule | Unit) -> EmbeddingParts:
    """Return the embedding with n-grams of a rule, or of one of RULES by its name, fitted to its vectors.

    Raises BadSetting for another rule, and as `fitted_ngrams`.
    """
    chosen = rule if isinstance(rule, NgramRule) else RULES.get(rule)
    if chosen is None:
        raise BadSetting("rule", rule, f"an NgramRule, {' or '.join(RULES)}")
    vocabulary = embedding.vocabulary
    table = fitted_ngrams(vocabulary.tokens, vocabulary.counts, embedding.vectors, chosen)
    state = {} if has_layers(embedding.state) else embedding.state  # the layers know of no n-grams
    return replace(embedding, ngrams=table, state=state)


def fitted_ngrams(
    tokens: Sequence[str], counts: Counts | None, vectors: Vectors, rule: NgramRule
) -> NgramTable:
    """Return vectors of n-grams whose mean over a token comes near to the vector of the token.

    vectors: (n_tokens, dim). counts: how often each token occurred; it weighs as much as the root of that,
    and all weigh the same where it is None. Rows of zeros, or with numbers that are not finite, do not count.
    Raises TovecError where nothing is left.
    """
    table = in_float32(vectors, slice(None))
    # A sum overflows or is NaN where a number is; of a row of zeros it is zero.
    usable = np.flatnonzero(np.isfinite(table).all(axis=1) & table.any(axis=1))
    ngrams = rule.rows([tokens[row] for row in usable.tolist()])
    if not len(ngrams.buckets):
        raise TovecError("n-grams are fitted to tokens that have a vector and n-grams; there is none")
    weights = np.ones(len(usable)) if counts is None else np.sqrt(np.maximum(counts[usable], 1))
    bags = _bags(ngrams, weights)
    fitted = np.empty((len(ngrams.buckets), table.shape[1]), dtype=np.float32)
    for start in range(0, table.shape[1], COLUMNS):
        columns = slice(start, start + COLUMNS)
        fitted[:, columns] = _solved(bags, np.ascontiguousarray(table[usable, columns]))
    return NgramTable(rule, fitted, ngrams.buckets)


def _bags(ngrams: NgramRows, weights: NDArray[np.float64]) -> _Bags:
    sizes = np.diff(ngrams.offsets)
    token_of = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    by_ngram = np.argsort(ngrams.rows, kind="stable")
    bounds = np.zeros(len(ngrams.buckets) + 1, dtype=np.int64)
    np.cumsum(np.bincount(ngrams.rows, minlength=len(ngrams.buckets)), out=bounds[1:])
    return _Bags(
        (ngrams.rows, ngrams.offsets),
        (token_of[by_ngram], bounds),
        (1 / np.maximum(sizes, 1)).astype(np.float32)[:, None],
        weights.astype(np.float32)[:, None],
    )


def _solved(bags: _Bags, aims: Rows) -> Rows:
    """Return the vectors of n-grams, (n_ngrams, n), whose weighted means come near to `aims`, (n_tokens, n).

    Conjugate gradients on the normal equations; Golub and Van Loan, Matrix Computations, alg. 11.3.3.
    """
    residual = _gathered(bags, aims)
    solution, direction = np.zeros_like(residual), residual.copy()
    size = _squares(residual)
    for _ in range(STEPS):
        image = _gathered(bags, _means(bags, direction)) + np.float32(PENALTY) * direction
        step = _ratios(size, np.einsum("ij,ij->j", direction, image, dtype=np.float64))
        solution += step * direction
        residual -= step * image
        before, size = size, _squares(residual)
        direction = residual + _ratios(size, before) * direction
    return solution


def _means(bags: _Bags, of_ngrams: Rows) -> Rows:
    """Return the mean of the n-grams of each token."""
    return bags.scales * _sums(of_ngrams, *bags.of_tokens)


def _gathered(bags: _Bags, of_tokens: Rows) -> Rows:
    """Return what reaches each n-gram of the weighted vectors of its tokens: the transpose of `_means`."""
    return _sums(bags.weights * bags.scales * of_tokens, *bags.of_ngrams)


def _sums(table: Rows, members: Ids, bounds: NDArray[np.int64]) -> Rows:
    from tovec.text import ngram_kernels

    sums = np.empty((len(bounds) - 1, table.shape[1]), dtype=np.float32)
    ngram_kernels.sum_members(table, members, bounds, sums)
    return sums


def _squares(columns: Rows) -> NDArray[np.float64]:
    squares: NDArray[np.float64] = np.einsum("ij,ij->j", columns, columns, dtype=np.float64)
    return squares


def _ratios(above: NDArray[np.float64], below: NDArray[np.float64]) -> Rows:
    """Return the ratios, zero where a column is solved and nothing is left to divide by."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0).astype(np.float32)

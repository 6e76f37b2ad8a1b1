"""Categorisation: whether clusters of the vectors of words are the categories that people gave them.

The vectors are clustered into as many clusters as there are categories by spherical k-means (Dhillon and
Modha 2001, Machine Learning 42: mean directions, highest cosine), the best of some starts by its objective.
Purity (Zhao and Karypis 2001, TR 01-40; as Baroni, Dinu and Kruszewski 2014, P14-1023, report it): the share
of words that are in the most frequent category of their cluster. It grows with the number of categories, so
compare on one set only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.embedding import Embedding
from tovec.errors import BadTestSet
from tovec.measures.columns import Columns, has_heading, is_number, read_columns
from tovec.measures.words import WordRows
from tovec.vectors.cosine import unit_rows

_WORD_HEADS = ("word", "words", "concept", "concepts", "token", "term", "noun")
_CATEGORY_HEADS = ("category", "categories", "cat", "class", "label", "type", "cluster")
N_STARTS, _MOST_ROUNDS = 10, 100

Numbers = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Categories:
    """Words and the category of each. name: of the set, for people."""

    name: str
    words: tuple[str, ...]
    categories: tuple[str, ...]


@dataclass(frozen=True)
class CategoryScore:
    """The purity of clusters of the words that are in the vocabulary, `n_covered` of `n_words`."""

    name: str
    purity: float
    n_categories: int
    n_covered: int
    n_words: int


def read_categories(path: str | Path) -> Categories:
    """Return the words of a file and their categories, two columns in any order.

    The heading says which is which (`word`, `category`), else the column of fewer values is the category. A
    column of numbers is left out where there are two others, and so is a line without a word.
    Raises BadTestSet for a file without two such columns or with fewer than two categories.
    """
    columns = read_columns(path, 2)
    texts = [index for index in range(columns.width) if not _are_numbers(columns.column(index))]
    if len(texts) == 1 and columns.width == 2:  # the categories are numbers
        texts = [0, 1]
    if len(texts) != 2:
        raise BadTestSet(
            f"{path} has {counted(len(texts), 'column')} of words; a set of categories has "
            "two: a word and its category"
        )
    heads = [field.casefold() for field in columns.lines[0].fields]
    numbers = [index for index in range(columns.width) if index not in texts]
    named = _named_columns(heads, texts)
    if named is not None or has_heading(columns, numbers):
        columns = columns.without_heading()
    word, category = named or _by_number_of_values(columns, texts)
    lines = [line.fields for line in columns.lines if len(line.fields) > max(word, category)]
    pairs = [(fields[word], fields[category]) for fields in lines if fields[word] and fields[category]]
    if len({category for _, category in pairs}) < 2:
        raise BadTestSet(f"{path} has fewer than two categories")
    return Categories(Path(path).stem, *map(tuple, zip(*pairs, strict=True)))


def categorization(embedding: Embedding, given: Categories, *, seed: int = 0) -> CategoryScore:
    """Return the purity of the clusters of an embedding; seed: of their starts.

    Raises BadTestSet where fewer than two categories have a word in the vocabulary.
    """
    rows = WordRows(embedding.vocabulary).find(given.words)
    known = np.flatnonzero(rows >= 0)
    units = unit_rows(embedding[rows[known]])
    known, units = known[units.any(axis=1)], units[units.any(axis=1)]
    _, truth = np.unique([given.categories[index] for index in known], return_inverse=True)
    n_categories = int(truth.max(initial=-1)) + 1
    if n_categories < 2:
        raise BadTestSet(
            f"{given.name}: {len(known)} of its words, of fewer than two categories, have vectors"
        )
    clusters = spherical_kmeans(units, n_categories, seed)
    return CategoryScore(given.name, purity(clusters, truth), n_categories, len(known), len(given.words))


def purity(clusters: Labels, truth: Labels) -> float:
    """Return the share of the items that are of the most frequent category of their cluster."""
    table = np.zeros((clusters.max() + 1, truth.max() + 1), dtype=np.int64)
    np.add.at(table, (clusters, truth), 1)
    return float(table.max(axis=1).sum() / len(truth))


def spherical_kmeans(units: Numbers, k: int, seed: int) -> Labels:
    """Return the cluster of each row, (n,); rows have length 1, and k is at most their number."""
    generator = np.random.default_rng(seed)
    runs = [_kmeans_from(units, _spread(units, k, generator)) for _ in range(N_STARTS)]
    return max(runs, key=lambda run: run[1])[0]


def _kmeans_from(units: Numbers, centers: Numbers) -> tuple[Labels, float]:
    """Return the clusters that these centers lead to, and the sum of cosines with their centers."""
    clusters = np.full(len(units), -1)
    for _ in range(_MOST_ROUNDS):
        cosines = units @ centers.T
        nearest = cosines.argmax(axis=1)
        if (nearest == clusters).all():
            break
        clusters = nearest
        sums = np.zeros_like(centers)
        np.add.at(sums, clusters, units)
        moved = unit_rows(sums)
        centers = np.where(moved.any(axis=1, keepdims=True), moved, centers)  # an empty one stays
    return clusters, float((units * centers[clusters]).sum())


def _spread(units: Numbers, k: int, generator: np.random.Generator) -> Numbers:
    """Return k of the rows, far from each other (k-means++, Arthur and Vassilvitskii 2007)."""
    chosen = [int(generator.integers(len(units)))]
    for _ in range(1, k):
        distances = np.clip(1 - (units @ units[chosen].T).max(axis=1), 0, None)
        total = distances.sum()
        weights = distances / total if total > 0 else np.full(len(units), 1 / len(units))
        chosen.append(int(generator.choice(len(units), p=weights)))
    return units[chosen]


def _are_numbers(fields: Sequence[str]) -> bool:
    return 2 * sum(map(is_number, fields)) > len(fields)


def _named_columns(heads: Sequence[str], texts: Sequence[int]) -> tuple[int, int] | None:
    """Return the columns of words and categories by their names; None where these do not say."""
    names = [heads[index] if index < len(heads) else "" for index in texts]
    words = [index for index, name in zip(texts, names, strict=True) if name in _WORD_HEADS]
    categories = [index for index, name in zip(texts, names, strict=True) if name in _CATEGORY_HEADS]
    return (words[0], categories[0]) if len(words) == len(categories) == 1 else None


def _by_number_of_values(columns: Columns, texts: Sequence[int]) -> tuple[int, int]:
    first, second = texts
    n_first, n_second = len(set(columns.column(first))), len(set(columns.column(second)))
    return (second, first) if n_first < n_second else (first, second)

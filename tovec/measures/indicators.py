"""Indicators of under-trained tokens: one number a row, computed from a table alone, lower = more suspect.

They are those of magikarp (Land and Bartolo 2024, arXiv:2405.05417), and the cosine in the input table, which
mergekit compares. What is compared with is the mean of reference rows; see reference_rows.py. An indicator
says nothing in some tables: then it is blind, with the reason, and not used. All of a table follow from four
inner products of each row, which are made in one pass.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.measures.similarity import spearman
from tovec.progress import StageReporter
from tovec.text.importance import Use, kinds_of
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.principal_axes import principal_axes
from tovec.vectors.table import Ids, Vectors, blocks

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
FIRST_AXIS_SEED = 0
SMALLEST = 1e-6  # the product of two lengths below which a cosine distance is 1, as in magikarp
LEAST_BIAS = 1e-3  # the length of all biases below which there is none, as in magikarp
LEVEL = 0.75  # of the way from an ordinary token to a reference row: from there on a row is a suspect
MOST_ORDINARY = 0.1  # of the ordinary tokens, of which an indicator that works finds fewer
SPREAD = 0.05  # of the median length, by which the shortest row must be shorter
FENCE = 5.0  # quartile ranges below the lower quartile; of normal lengths that many below is one in 10¹²
WORDS, FREQUENT, FEWEST = 2000, 200, 50  # words whose lengths are compared, the first of them, and at least
LOWEST, TOO_MANY = 0.02, 5.0  # the share of rows that are shortest; times as many of the frequent words
GROWS = 0.2  # the rank correlation of length with rarity, from which short means frequent


class Measured(NamedTuple):
    """An indicator of all rows, (n_rows,), NaN where there is none, and that of the reference rows.

    level: the median of the core of the reference rows, each without itself; NaN without reference rows.
    """

    values: Values
    level: float


class Products(NamedTuple):
    """Inner products of some vectors: each with itself, the center, the mean of all rows, the first axis.

    Each is (n,), or one number for one vector.
    """

    own: Values
    center: Values
    mean: Values
    first: Values


class RowProducts(NamedTuple):
    """What the indicators of a table are made of, in float64.

    rows: the products of all rows; infinite or NaN where a row is not finite. core: those of the reference
    rows, of which `center` is the mean; center, mean: the products of these two vectors.
    """

    rows: Products
    core: Products
    center: Products
    mean: Products


class Indicator(NamedTuple):
    """How an indicator is computed. table: `input` or `output`. needs, meaning: for people."""

    table: str
    needs: str
    needs_reference: bool
    meaning: str
    measure: Callable[[RowProducts], Measured]


@dataclass(frozen=True)
class Judged:
    """An indicator of one table, and what it finds.

    median: the value of an ordinary token. threshold: the value up to which rows are suspects; both NaN where
    it is blind. blind: why it is not used, "" where it is. how: how the threshold came about.
    """

    name: str
    values: Values
    threshold: float = float("nan")
    median: float = float("nan")
    blind: str = ""
    how: str = ""

    @property
    def suspicion(self) -> Values:
        """How far each row is on the way from an ordinary token, 0, to what is surely suspect, 1, (n_rows,).

        Suspects have LEVEL and more; NaN where there is no value, or it is blind.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            way = LEVEL * (self.median - self.values) / (self.median - self.threshold)
        return np.asarray(way.clip(0.0, 1.0))


def measure(names: Sequence[str], vectors: Vectors, core: Ids) -> dict[str, Measured]:
    """Return indicators of all rows of one table; NaN where they need reference rows and `core` has none."""
    nothing = Measured(np.full(vectors.shape[0], np.nan), float("nan"))
    products = row_products(vectors, core)
    return {
        name: nothing
        if INDICATORS[name].needs_reference and not len(core)
        else INDICATORS[name].measure(products)
        for name in names
    }


def row_products(vectors: Vectors, core: Ids) -> RowProducts:
    """Return the inner products of the rows with each other's mean, with that of `core`, with the first axis.

    The latter two are those of zeros where there are no reference rows: nothing is compared then.
    """
    reference = np.asarray(vectors[core], dtype=np.float64)
    center = reference.mean(axis=0) if len(core) else np.zeros(vectors.shape[1])
    mean, first = _mean_and_first_axis(vectors) if len(core) else (np.zeros_like(center),) * 2
    along = np.stack([center, mean, first], axis=1)
    products = np.empty((4, vectors.shape[0]))
    with np.errstate(all="ignore"):
        for start, rows in blocks(vectors):
            products[:, start : start + len(rows)] = _products(rows.astype(np.float64), along)
    of_core, of_others = (Products(*_products(rows, along)) for rows in (reference, along.T))
    of_center, of_mean = (Products(*(values[at] for values in of_others)) for at in (0, 1))
    return RowProducts(Products(*products), of_core, of_center, of_mean)


def _products(rows: Values, along: Values) -> Values:
    """Return the products of some rows, (4, n): with themselves, then with the columns of `along`."""
    return np.concatenate([np.einsum("ij,ij->i", rows, rows)[None], (rows @ along).T])


def measured_bias(bias: Values, core: Ids) -> Measured:
    """Return what the output adds to the score of each token, as an indicator."""
    return Measured(bias, float(np.median(bias[core])) if len(core) else float("nan"))


def judge(name: str, found: Measured, core: Ids, vocabulary: Vocabulary, ordinary: Mask) -> Judged:
    """Return an indicator with its threshold, or why it is blind.

    ordinary: (n_rows,) the rows of usual tokens, to which the others are compared.
    """
    is_length = not INDICATORS[name].needs_reference
    usual = found.values[ordinary & np.isfinite(found.values)]
    blind = ""
    if not is_length and not len(core):
        blind = "there are no reference rows"
    elif not len(usual):
        blind = "there are no ordinary tokens to compare with"
    elif is_length:
        blind = _why_lengths_say_nothing(found.values, vocabulary, ordinary)
    if blind:
        return Judged(name, found.values, blind=blind)
    median = float(np.median(usual))
    threshold = median - LEVEL * (median - found.level)
    n_found = float((usual <= threshold).mean())
    if found.level < median and n_found <= MOST_ORDINARY:
        way = f"from ordinary tokens ({median:.3g}) to reference rows ({found.level:.3g})"
        return Judged(name, found.values, threshold, median, how=f"{LEVEL:.0%} of the way {way}")
    if is_length:
        how = f"{FENCE:.0f} quartile ranges of the logarithm below all others"
        return Judged(name, found.values, _fence(usual), median, how=how)
    blind = f"{n_found:.0%} of the ordinary tokens are as near to the reference rows as these to each other"
    return Judged(name, found.values, blind=blind)


def _fence(lengths: Values) -> float:
    """Return the length below which a row is far shorter than the others."""
    logs = np.log(lengths[lengths > 0])
    if not len(logs):
        return 0.0
    low, median, high = np.quantile(logs, [0.25, 0.5, 0.75])
    return float(min(np.exp(low - FENCE * (high - low)), (1 - SPREAD) * np.exp(median)))


def _why_lengths_say_nothing(lengths: Values, vocabulary: Vocabulary, ordinary: Mask) -> str:
    """Return why short rows are no suspects in this table; "" where they may be."""
    directed = lengths[lengths > 0]
    if not len(directed):
        return "no row has a length"
    median = float(np.median(directed))
    if directed.min() > (1 - SPREAD) * median:
        return f"all lengths lie within {1 - directed.min() / median:.1%} below the median"
    frequent = _frequent(vocabulary)
    frequent = frequent[ordinary[frequent] & (lengths[frequent] > 0)]
    if len(frequent) < FEWEST:
        return ""
    shortest = np.quantile(lengths[ordinary & (lengths > 0)], LOWEST)
    share = float((lengths[frequent[:FREQUENT]] <= shortest).mean())
    grows = spearman(np.arange(len(frequent), dtype=np.float64), lengths[frequent])
    if share < TOO_MANY * LOWEST or grows < GROWS:
        return ""
    return (
        f"{share:.0%} of the {len(frequent[:FREQUENT])} most frequent words are among the {LOWEST:.0%} "
        "shortest rows: short means stop-word here"
    )


def _frequent(vocabulary: Vocabulary) -> Ids:
    """Return whole words, the most frequent first, by counts or by id, in the script of most words."""
    kinds = kinds_of(vocabulary)
    script = Counter(kind.script for kind in kinds if kind.use is Use.WORD).most_common(1)
    if not script:
        return np.empty(0, dtype=np.int64)
    words = np.array(
        [
            row
            for row, kind in enumerate(kinds)
            if kind.use in (Use.WORD, Use.SHORT_WORD) and kind.script == script[0][0]
        ]
    )
    counts = vocabulary.counts
    if counts is not None:
        words = words[np.argsort(-counts[words], kind="stable")]
    return words[:WORDS]


def _norm(given: RowProducts) -> Measured:
    """Return the lengths of the rows; NaN for one with NaN or infinity."""
    core = np.sqrt(given.core.own)
    return Measured(_finite(np.sqrt(given.rows.own)), float(np.median(core)) if len(core) else float("nan"))


# The inner product of x and y, changed in the same way, from that before.
Change = Callable[[Values, Products, Products, RowProducts], Values]


def _cosine_distance(given: RowProducts, change: Change) -> Measured:
    """Return 1 − cos of each row with the mean of the reference rows, both changed by `change`."""

    def distance(with_center: Values, rows: Products, center: Products) -> Values:
        squares = change(rows.own, rows, rows, given) * change(center.own, center, center, given)
        lengths = np.sqrt(squares.clip(0.0))
        return np.asarray(1.0 - change(with_center, rows, center, given) / np.maximum(lengths, SMALLEST))

    return _distances(given, distance)


def _l2_distance(given: RowProducts) -> Measured:
    def distance(with_center: Values, rows: Products, center: Products) -> Values:
        return np.asarray(np.sqrt((rows.own - 2 * with_center + center.own).clip(0.0)))

    return _distances(given, distance)


def _distances(given: RowProducts, distance: Callable[[Values, Products, Products], Values]) -> Measured:
    with np.errstate(all="ignore"):
        values = _finite(distance(given.rows.center, given.rows, given.center))
    core, center, n = given.core, given.center, len(given.core.own)
    if n == 1:
        return Measured(values, 0.0)
    # A row is no evidence for itself: (n · center − row) / (n − 1) is the mean of the others.
    others = Products(
        (n**2 * center.own - 2 * n * core.center + core.own) / (n - 1) ** 2,
        (n * center.center - core.center) / (n - 1),
        (n * center.mean - core.mean) / (n - 1),
        (n * center.first - core.first) / (n - 1),
    )
    with_others = (n * core.center - core.own) / (n - 1)
    return Measured(values, float(np.median(distance(with_others, core, others))))


def _finite(values: Values) -> Values:
    return np.where(np.isfinite(values), values, np.nan)


def _no_bias(given: RowProducts) -> Measured:
    raise AssertionError("a bias is no table; see measured_bias")


def _cosine(given: RowProducts) -> Measured:
    return _cosine_distance(given, lambda product, x, y, given: product)


def _cosine_without_mean(given: RowProducts) -> Measured:
    return _cosine_distance(given, lambda product, x, y, given: product - x.mean - y.mean + given.mean.own)


def _cosine_without_first(given: RowProducts) -> Measured:
    return _cosine_distance(given, lambda product, x, y, given: product - x.first * y.first)


def _mean_and_first_axis(vectors: Vectors) -> tuple[Values, Values]:
    """Return the mean of the finite rows and their first principal axis, (dim,); zeros for none."""
    from tovec.vectors.cosine import row_norms
    from tovec.vectors.derived import DerivedTable

    directed = np.flatnonzero(row_norms(vectors) > 0)
    rows = vectors if len(directed) == vectors.shape[0] else DerivedTable(vectors, len(directed), directed)
    axes = principal_axes(rows, 1, FIRST_AXIS_SEED, StageReporter(None))
    return axes.mean, axes.directions[0] if len(axes.directions) else np.zeros_like(axes.mean)


AN_INPUT, AN_OUTPUT = "an input table of its own", "an output table"
INDICATORS: Mapping[str, Indicator] = MappingProxyType(
    {
        "input_norm": Indicator("input", AN_INPUT, False, "length of the row", _norm),
        "input_cosine": Indicator(
            "input", AN_INPUT, True, "cosine distance of the input row to the mean reference row", _cosine
        ),
        "output_cosine": Indicator(
            "output", AN_OUTPUT, True, "cosine distance of the output row to the mean reference row", _cosine
        ),
        "output_cosine_without_mean": Indicator(
            "output", AN_OUTPUT, True, "the same, the mean of all rows subtracted", _cosine_without_mean
        ),
        "output_cosine_without_first": Indicator(
            "output", AN_OUTPUT, True, "the same, without the first principal axis", _cosine_without_first
        ),
        "output_bias": Indicator("output", "a bias of the output", True, "bias of the output", _no_bias),
        "output_distance": Indicator(
            "output", AN_OUTPUT, True, "distance of the output row to the mean reference row", _l2_distance
        ),
    }
)
# Which are tried to rank by, the first that is not blind: magikarp's default first.
ORDERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "untied": (
            *("input_norm", "output_cosine", "input_cosine", "output_cosine_without_first"),
            *("output_cosine_without_mean", "output_distance"),
        ),
        "tied": (
            *("output_cosine", "output_cosine_without_first", "output_cosine_without_mean"),
            *("output_distance", "input_norm"),
        ),
        "input": ("input_norm", "input_cosine"),
        "output": (
            *("output_cosine", "output_cosine_without_first", "output_cosine_without_mean"),
            *("output_distance", "input_norm"),
        ),
    }
)

"""Indicators of under-trained tokens: one number a row, computed from a table alone, lower = more suspect.

They are those of magikarp (Land and Bartolo 2024, arXiv:2405.05417), and the cosine in the input table, which
mergekit compares. What is compared with is the mean of reference rows; see reference_rows.py. An indicator
says nothing in some tables: then it is blind, with the reason, and not used.
"""

from collections import Counter
from collections.abc import Callable, Mapping
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


class Indicator(NamedTuple):
    """How an indicator is computed. table: `input` or `output`. needs, meaning: for people."""

    table: str
    needs: str
    needs_reference: bool
    meaning: str
    measure: Callable[[Vectors, Ids], Measured]


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


def measure(name: str, vectors: Vectors, core: Ids) -> Measured:
    """Return an indicator of all rows; NaN where it needs reference rows and `core` has none."""
    indicator = INDICATORS[name]
    if indicator.needs_reference and not len(core):
        return Measured(np.full(vectors.shape[0], np.nan), float("nan"))
    return indicator.measure(vectors, core)


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


def _norm(vectors: Vectors, core: Ids) -> Measured:
    """Return the lengths of the rows; NaN for one with NaN or infinity."""
    lengths = np.empty(vectors.shape[0])
    with np.errstate(all="ignore"):
        for start, rows in blocks(vectors):
            wide = rows.astype(np.float64)
            lengths[start : start + len(rows)] = np.sqrt(np.einsum("ij,ij->i", wide, wide))
    lengths[~np.isfinite(lengths)] = np.nan
    return Measured(lengths, float(np.median(lengths[core])) if len(core) else float("nan"))


Change = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _cosine_distance(vectors: Vectors, core: Ids, change: Change) -> Measured:
    """Return 1 − cos of each row with the mean of the reference rows, both changed by `change`."""

    def distance(rows: Values, center: Values) -> Values:
        lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(center, axis=-1)
        dots = rows @ center if center.ndim == 1 else np.einsum("ij,ij->i", rows, center)
        return np.asarray(1.0 - dots / np.maximum(lengths, SMALLEST))

    return _distances(vectors, core, change, distance)


def _l2_distance(vectors: Vectors, core: Ids) -> Measured:
    return _distances(vectors, core, _same, lambda rows, center: np.linalg.norm(rows - center, axis=1))


def _distances(
    vectors: Vectors, core: Ids, change: Change, distance: Callable[[Values, Values], Values]
) -> Measured:
    values = np.empty(vectors.shape[0])
    reference = change(np.asarray(vectors[core], dtype=np.float64))
    center = reference.mean(axis=0)
    with np.errstate(all="ignore"):
        for start, rows in blocks(vectors):
            changed = change(rows.astype(np.float64))
            values[start : start + len(rows)] = distance(changed, center)
    values[~np.isfinite(values)] = np.nan
    if len(core) == 1:
        return Measured(values, 0.0)
    others = (len(core) * center - reference) / (len(core) - 1)  # a row is no evidence for itself
    return Measured(values, float(np.median(distance(reference, others))))


def _no_bias(vectors: Vectors, core: Ids) -> Measured:
    raise AssertionError("a bias is no table; see measured_bias")


def _same(rows: Values) -> Values:
    return rows


def _cosine(vectors: Vectors, core: Ids) -> Measured:
    return _cosine_distance(vectors, core, _same)


def _cosine_without_mean(vectors: Vectors, core: Ids) -> Measured:
    mean = _axes(vectors)[0]
    return _cosine_distance(vectors, core, lambda rows: rows - mean)


def _cosine_without_first(vectors: Vectors, core: Ids) -> Measured:
    directions = _axes(vectors)[1]
    if not len(directions):
        return _cosine(vectors, core)
    first = directions[0]
    return _cosine_distance(vectors, core, lambda rows: rows - np.outer(rows @ first, first))


def _axes(vectors: Vectors) -> tuple[Values, Values]:
    """Return the mean of the finite rows and their first principal axis, (1, dim)."""
    from tovec.vectors.cosine import row_norms
    from tovec.vectors.derived import DerivedTable

    directed = np.flatnonzero(row_norms(vectors) > 0)
    rows = vectors if len(directed) == vectors.shape[0] else DerivedTable(vectors, len(directed), directed)
    axes = principal_axes(rows, 1, FIRST_AXIS_SEED, StageReporter(None))
    return axes.mean, axes.directions


AN_INPUT, AN_OUTPUT = "an input table of its own", "an output table"
INDICATORS: Mapping[str, Indicator] = MappingProxyType(
    {
        "input_norm": Indicator("input", AN_INPUT, False, "length of the input row", _norm),
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
            "output_distance",
        ),
    }
)

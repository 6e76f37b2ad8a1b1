"""The recipe: the settings of FITTED where they are not given, chosen to fit the text. All numbers are here.

A table of sizes is a curve: between two sizes of a text the value lies on the line through both, in their
logarithms; before the first and after the last it stays. So a text that is a little longer is not trained
very differently. A preset has values that no text changes, for comparisons.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tovec.text.vocabulary import Counts
from tovec.training.objectives import OBJECTIVES

Curve = Mapping[float, float]  # tokens of the text: a value

FITTED = ("window", "negative", "sample", "learning_rate", "epochs", "min_count")

MOST_MIN_COUNT = 5
MOST_RARE: Curve = {1e5: 0.05, 1e7: 0.2}  # the share of the text that may be left out as rare
WINDOW = 5
NEGATIVE = 5
SAMPLE: Curve = {1e5: 1e-2, 1e6: 1e-3, 1e7: 1e-4}
LEAST_SAMPLE = 1.0  # mean shares of a token of the vocabulary
EPOCHS: Mapping[str, Curve] = {
    "skip-gram": {3e3: 300, 1e6: 10, 1e7: 4, 1e8: 3},
    "cbow": {3e3: 300, 1e6: 10, 1e7: 4, 1e8: 3},
    "position-weighted-cbow": {3e3: 300, 1e6: 10, 1e7: 4, 1e8: 3},
    "glove": {3e3: 50, 1e6: 25, 1e8: 15},
}
LEARNING_RATE: Mapping[str, Curve] = {
    "skip-gram": {1e6: 0.05},
    "cbow": {1e6: 0.15},
    "position-weighted-cbow": {1e6: 0.075},
    "glove": {1e6: 0.05},
}

WORD2VEC: Mapping[str, Any] = {"window": 5, "negative": 5, "sample": 1e-3, "epochs": 5, "min_count": 5}


def preset_values(objective: str) -> dict[str, Any]:
    """Return what preset word2vec has for each of FITTED; the rates are those of the objectives' authors."""
    return {**WORD2VEC, "learning_rate": OBJECTIVES[objective].learning_rate}


@dataclass(frozen=True)
class Text:
    """What is known of a text when its tokens have ids.

    n_read: its tokens. n_ids: those of them that are in the vocabulary. n_tokens: of the vocabulary.
    most_frequent: the share of the most frequent token. has_ngrams: whether tokens have n-grams.
    """

    objective: str
    n_read: int
    n_ids: int
    n_tokens: int
    n_documents: int
    most_frequent: float
    has_ngrams: bool = False


@dataclass(frozen=True)
class Choice:
    """A value that was chosen for a setting, and the reason in a few words."""

    value: Any
    reason: str


def chosen_min_count(counts: Counts) -> int:
    """Return the highest `min_count`, up to MOST_MIN_COUNT, that leaves out no more than MOST_RARE.

    counts: (n,), of all different tokens of the text.

    >>> chosen_min_count(np.array([90, 5, 3, 1, 1]))
    4
    """
    n_read, chosen = int(counts.sum()), 1
    most_left_out = _on(MOST_RARE, n_read) * n_read
    while chosen < MOST_MIN_COUNT and counts[counts <= chosen].sum() <= most_left_out:
        chosen += 1
    return chosen


def choices(text: Text, min_count: int) -> dict[str, Choice]:
    """Return what fits a text, for each of FITTED.

    min_count: what `chosen_min_count` has given for the text.

    >>> text = Text("skip-gram", 10_100_000, 10_000_000, 50_000, n_documents=1, most_frequent=0.05)
    >>> choices(text, min_count=5)["sample"]
    Choice(value=0.0001, reason='10 million tokens')
    """
    return {
        "window": Choice(WINDOW, "any text"),
        "negative": Choice(NEGATIVE, "any text"),
        "sample": _sample(text),
        "learning_rate": Choice(_short(_on(LEARNING_RATE[text.objective], text.n_ids)), _size(text)),
        "epochs": Choice(max(1, round(_on(EPOCHS[text.objective], text.n_ids))), _size(text)),
        "min_count": Choice(min_count, _why_min_count(text, min_count)),
    }


def _sample(text: Text) -> Choice:
    """Return the choice for `sample`: in a small vocabulary every token is frequent, so more of them stay."""
    least = min(1.0, LEAST_SAMPLE / max(text.n_tokens, 1))
    of_size = _on(SAMPLE, text.n_ids)
    if of_size < least:
        return Choice(_short(least), f"a vocabulary of only {_in_words(text.n_tokens)}")
    return Choice(_short(of_size), _size(text))


def _why_min_count(text: Text, min_count: int) -> str:
    most = f"{_on(MOST_RARE, text.n_read):.0%}"
    if min_count == MOST_MIN_COUNT:
        return f"rarer tokens are at most {most} of the text"
    return f"a higher one leaves out more than {most} of the text"


def _on(curve: Curve, size: int) -> float:
    """Return the value of a curve at a size."""
    sizes, values = np.log(list(curve)), np.log(list(curve.values()))
    return math.exp(np.interp(math.log(max(size, 1)), sizes, values))


def _short(value: float) -> float:
    """Return a number to two digits, as people write settings."""
    return float(f"{value:.2g}")


def _size(text: Text) -> str:
    return f"{_in_words(text.n_ids)} tokens"


def _in_words(n: int) -> str:
    """Return a number as people say it: 830, 52,000, 11.5 million."""
    return f"{n / 1e6:.3g} million" if n >= 1_000_000 else f"{n if n < 10_000 else round(n, -3):,}"

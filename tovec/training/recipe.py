"""The recipe: the settings of FITTED where they are not given, chosen to fit the text. All numbers are here.

docs/en/background/recipe.md has the measurements that they come from. All but the whole numbers change
little where a text changes little. A preset has values that no text changes, for comparisons.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tovec.counted import counted
from tovec.text.vocabulary import Counts
from tovec.training.objectives import OBJECTIVES

FITTED = ("window", "negative", "sample", "learning_rate", "epochs", "min_count")

WINDOW = 5
NEGATIVE = 5
SAMPLE = 1e-4  # in a long text
SAMPLE_TIMES_TOKENS = 1_000.0  # in a shorter one, up to MOST_SAMPLE
MOST_SAMPLE = 1e-3
LEAST_SAMPLE = 3.0  # mean shares of a token of the vocabulary

TRAININGS = 600  # of a token, in all epochs together, on average, in a text of up to SHORT tokens
SHORT = 400_000
TRAININGS_OF_LONG_TEXTS = 1_300  # from three million tokens on
EPOCHS_OF_LONG_TEXTS = 4  # more of them are better still, and take longer
IDS_OF_LONG_TEXTS = 4e7  # tokens to train on, in all epochs together, beyond which there are no more epochs
GLOVE_TIMES = 4  # as many epochs: a pass over counts teaches less than one over text
GLOVE_NEEDS = 100_000_000  # tokens, for vectors that come near to those of the other objectives
LANGUAGE_MODEL_IDS = 2.2e6  # tokens that a language model is to read in all epochs: some three minutes
LANGUAGE_MODEL_EPOCHS = 4  # at most: with more of them it learns a text by heart and continues others worse
LANGUAGE_MODEL_LEAST_IDS = 20_000  # of a smaller text, which can only be learned by heart, in all epochs
LANGUAGE_MODEL_MOST_EPOCHS = 40  # of it

LEARNING_RATE: Mapping[str, float] = {
    "skip-gram": 0.05,
    "cbow": 0.15,
    "position-weighted-cbow": 0.15,
    "glove": 0.05,
    "language-model": 0.03,  # of the matrices; those of the tables follow it, see optimizer.py
}
FULL_RATE = 600  # trainings of a token at the rates above; with more of them the rate falls, down to half
CROWDED = 3.0  # times the share of the most frequent token; above 1, that is in almost every window twice

ENOUGH = 5  # times that a token must occur to be learned well; it is also the highest min-count
MOST_RARE = 0.5  # the share of the text that may be left out as rare

WORD2VEC: Mapping[str, Any] = {"window": 5, "negative": 5, "sample": 1e-3, "epochs": 5, "min_count": 5}


def preset_values(objective: str) -> dict[str, Any]:
    """Return what preset word2vec has for each of FITTED; the rates are those of objectives.py."""
    return {**WORD2VEC, "learning_rate": OBJECTIVES[objective].learning_rate}


@dataclass(frozen=True)
class Text:
    """What is known of a text when its tokens have ids.

    n_ids: tokens of the text that are in the vocabulary. n_tokens: of the vocabulary. n_frequent: those of
    them that occur ENOUGH times. most_frequent: the share of the most frequent token.
    """

    objective: str
    n_ids: int
    n_tokens: int
    n_frequent: int
    most_frequent: float

    @classmethod
    def of(cls, objective: str, counts: Counts) -> "Text":
        """Return what is known of a text with these counts, (n_tokens,), one above 0.

        Tokens that it does not hold, as of a tokenizer or of an embedding to continue from, do not count.
        """
        counts = counts[counts > 0]
        n_ids, n_frequent = int(counts.sum()), int((counts >= ENOUGH).sum())
        return cls(objective, n_ids, len(counts), n_frequent, float(counts.max() / n_ids))

    @property
    def occurrences(self) -> float:
        """How often a token occurs, on average: rare ones count little, and a few are always there."""
        return max(1.0, self.n_ids / (self.n_frequent + self.n_tokens / 20 + 20))


@dataclass(frozen=True)
class Choice:
    """A value that was chosen for a setting, and the reason in a few words."""

    value: Any
    reason: str


def chosen_min_count(counts: Counts) -> int:
    """Return the `min_count` for a text: from 1 below 5,700 tokens to ENOUGH from 640,000 on.

    It is lower where more than MOST_RARE of the text would be left out. counts: (n,), of all different tokens
    of the text.

    >>> chosen_min_count(np.array([9_000, 500, 3, 1, 1]))
    2
    """
    n_ids = int(counts.sum())
    chosen = _min_count_of_size(n_ids)
    while chosen > 1 and counts[counts < chosen].sum() > MOST_RARE * n_ids:
        chosen -= 1
    return chosen


def objective_advice(text: Text) -> str | None:
    """Return a line on the objective that suits a text better, None where none does; see progress.Note."""
    if text.objective != "glove" or text.n_ids >= GLOVE_NEEDS:
        return None
    return f"glove learns little from a text of {_size(text)}: `objective` skip-gram gives better vectors"


def choices(text: Text, min_count: int, epochs: int | None = None) -> dict[str, Choice]:
    """Return what fits a text, for each of FITTED.

    min_count: what `chosen_min_count` has given for the text. epochs: those of the run, where they are given.

    >>> text = Text("skip-gram", 10_000_000, 50_000, n_frequent=50_000, most_frequent=0.05)
    >>> choices(text, min_count=5)["sample"]
    Choice(value=0.0001, reason='10 million tokens')
    """
    chosen_epochs = _epochs(text)
    return {
        "window": Choice(WINDOW, "any text"),
        "negative": Choice(NEGATIVE, "any text"),
        "sample": _sample(text),
        "learning_rate": _learning_rate(text, epochs or chosen_epochs.value),
        "epochs": chosen_epochs,
        "min_count": Choice(min_count, _why_min_count(text, min_count)),
    }


def _sample(text: Text) -> Choice:
    """Return the choice for `sample`: in a small vocabulary every token is frequent, so more of them stay."""
    least = min(1.0, LEAST_SAMPLE / max(text.n_tokens, 1))
    of_size = max(SAMPLE, min(MOST_SAMPLE, SAMPLE_TIMES_TOKENS / max(text.n_ids, 1)))
    if of_size < least:
        return Choice(_short(least), f"a vocabulary of only {_in_words(text.n_tokens)}")
    return Choice(_short(of_size), _size(text))


def _epochs(text: Text) -> Choice:
    """Return the choice for `epochs`: with fewer vectors stay alike, with more they learn a text by heart."""
    if text.objective == "language-model":
        return Choice(_language_model_epochs(text.n_ids), _size(text))
    length = max(1.0, text.n_ids / SHORT)
    trainings = min(TRAININGS * math.pow(length, 0.4), TRAININGS_OF_LONG_TEXTS)
    most = max(EPOCHS_OF_LONG_TEXTS, round(IDS_OF_LONG_TEXTS / text.n_ids))
    times = GLOVE_TIMES if text.objective == "glove" else 1
    epochs = max(2, min(math.ceil(times * trainings / text.occurrences), times * most))
    return Choice(epochs, f"{_size(text)}, {_in_words(text.n_tokens)} different ones")


def _language_model_epochs(n_ids: int) -> int:
    of_size = min(LANGUAGE_MODEL_EPOCHS, max(1, round(LANGUAGE_MODEL_IDS / n_ids)))
    by_heart = min(LANGUAGE_MODEL_MOST_EPOCHS, math.ceil(LANGUAGE_MODEL_LEAST_IDS / n_ids))
    return max(of_size, by_heart)


def _learning_rate(text: Text, epochs: int) -> Choice:
    """Return the choice for `learning_rate`. GloVe's is the same for all: AdaGrad makes its steps smaller."""
    rate = LEARNING_RATE[text.objective]
    if text.objective in ("glove", "language-model"):
        return Choice(rate, "any text")
    crowded = CROWDED * text.most_frequent
    if crowded > 1:
        return Choice(_short(rate / crowded), f"one token is {text.most_frequent:.0%} of the text")
    trainings = epochs * text.occurrences
    lowered = min(1.0, max(0.5, (FULL_RATE / trainings) ** (1 / 3)))
    return Choice(_short(rate * lowered), f"{counted(epochs, 'epoch')} of {_size(text)}")


def _min_count_of_size(n_ids: int) -> int:
    return min(ENOUGH, max(1, round(math.pow(n_ids / 1_000, 0.233))))


def _why_min_count(text: Text, min_count: int) -> str:
    if min_count < _min_count_of_size(text.n_ids):
        return "a higher one leaves out half of the text"
    return _size(text)


def _short(value: float) -> float:
    """Return a number to two digits, as people write settings."""
    return float(f"{value:.2g}")


def _size(text: Text) -> str:
    return f"{_in_words(text.n_ids)} tokens"


def _in_words(n: int) -> str:
    """Return a number as people say it: 830, 52,000, 11.5 million."""
    return f"{n / 1e6:.3g} million" if n >= 1_000_000 else f"{n if n < 10_000 else round(n, -3):,}"

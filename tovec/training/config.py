"""The settings of a training run, and what they may be."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

from tovec.errors import BadSetting
from tovec.text.corpus import VocabularyRules
from tovec.text.tokenizers import Tokenizer

Objective = Literal["skip-gram", "cbow", "position-weighted-cbow", "glove"]
OBJECTIVES: tuple[Objective, ...] = ("skip-gram", "cbow", "position-weighted-cbow", "glove")
RATES: Mapping[Objective, float] = {  # at the start, where none is given
    "skip-gram": 0.025,  # word2vec.c
    "cbow": 0.15,  # measured; Irsoy et al. 2020, arXiv:2012.15332, take 0.075 for the corrected gradient
    "position-weighted-cbow": 0.075,
    "glove": 0.05,  # Pennington et al. 2014; constant, AdaGrad makes it fall
}


class Settings(TypedDict, total=False):
    """The fields of TrainConfig, as `train(**settings)` takes them."""

    objective: Objective
    dim: int
    window: int
    negative: int
    sample: float
    learning_rate: float | None
    epochs: int
    threads: int | None
    deterministic: bool
    seed: int
    tokenizer: str | Path | Tokenizer
    lowercase: bool | None
    min_count: int
    max_size: int | None
    special_tokens: tuple[str, ...]
    unknown: str | None
    ngrams: Literal["characters", "jamo"] | None
    ngram_least: int | None
    ngram_most: int | None
    ngram_buckets: int | None
    phrases: int
    phrase_threshold: float
    x_max: float
    document: Literal["line", "file"]
    encoding: str
    errors: Literal["strict", "replace"]


_CHOICES: Mapping[str, tuple[object, ...]] = {
    "objective": OBJECTIVES,
    "ngrams": (None, "characters", "jamo"),
    "document": ("line", "file"),
    "errors": ("strict", "replace"),
}


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How to train. Raises BadSetting for a value outside its range.

    objective: `skip-gram`, `cbow`, `position-weighted-cbow` or `glove`. dim: length of a vector.
    window: tokens on each side of the center, at most; each center draws its own (glove: all of it).
    negative: noise tokens for each pair. sample: frequent tokens are left out at random above this
    share of the text (0: never). Neither concerns glove. learning_rate: at the start, None for the
    objective's own (RATES); it falls linearly to 1e-4 of itself. epochs: passes over the corpus.
    x_max: of glove, the co-occurrence count from which all weigh the same.

    threads: None for all cores; one thread gives the same bytes for the same seed. deterministic: the
    same bytes on any number of threads, a little slower (glove always is). seed: of the first
    vectors and of every draw.

    tokenizer: a name (`words`, `whitespace`, `characters`, `bytes`, `kiwi`, `bpe:8000`,
    `unigram:8000`, the path of a tokenizer.json) or a Tokenizer. lowercase: None for the
    tokenizer's own habit. min_count, max_size, special_tokens, unknown: see VocabularyRules.
    ngrams: unknown words get vectors from their `characters` or, for Korean, `jamo`; ngram_least,
    ngram_most, ngram_buckets: see NgramRule, None for the unit's own. phrases: passes that join words
    which stand together more often than chance has it (1: pairs), scored above phrase_threshold.
    document: `line` or `file`. encoding, errors: of the files (`errors="replace"` takes U+FFFD
    for bytes that cannot be decoded).
    """

    objective: Objective = "skip-gram"
    dim: int = 100
    window: int = 5
    negative: int = 5
    sample: float = 1e-3
    learning_rate: float | None = None
    epochs: int = 5
    threads: int | None = None
    deterministic: bool = False
    seed: int = 0
    tokenizer: str | Path | Tokenizer = "words"
    lowercase: bool | None = None
    min_count: int = 5
    max_size: int | None = None
    special_tokens: tuple[str, ...] = ()
    unknown: str | None = None
    ngrams: Literal["characters", "jamo"] | None = None
    ngram_least: int | None = None
    ngram_most: int | None = None
    ngram_buckets: int | None = None
    phrases: int = 0
    phrase_threshold: float = 100.0
    x_max: float = 100.0
    document: Literal["line", "file"] = "line"
    encoding: str = "utf-8"
    errors: Literal["strict", "replace"] = "strict"

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise BadSetting(name, getattr(self, name), f"one of {', '.join(map(str, choices))}")
        for name in ("dim", "window", "negative", "epochs", "min_count"):
            _check_whole(name, getattr(self, name), 1)
        _check_whole("phrases", self.phrases, 0)
        for name in ("threads", "max_size", "ngram_least", "ngram_most", "ngram_buckets"):
            if getattr(self, name) is not None:
                _check_whole(name, getattr(self, name), 1)
        _check_whole("seed", self.seed, 0)
        _check_number("sample", self.sample, self.sample >= 0, "at least 0")
        _check_number("learning_rate", self.rate, self.rate > 0, "above 0")
        for name in ("phrase_threshold", "x_max"):
            _check_number(name, getattr(self, name), getattr(self, name) > 0, "above 0")
        for name in ("ngram_least", "ngram_most", "ngram_buckets"):
            if self.ngrams is None and getattr(self, name) is not None:
                raise BadSetting(name, getattr(self, name), "left out without ngrams")
        if self.ngrams is not None and self.objective == "glove":
            raise BadSetting("objective", self.objective, "skip-gram or a cbow with n-grams")

    @property
    def rate(self) -> float:
        """The learning rate at the start."""
        return RATES[self.objective] if self.learning_rate is None else self.learning_rate

    @property
    def rules(self) -> VocabularyRules:
        """Which tokens get an id."""
        return VocabularyRules(self.min_count, self.max_size, tuple(self.special_tokens), self.unknown)

    def as_json(self) -> dict[str, Any]:
        """Return what changes the result, as JSON values; threads are left out, since they do not."""
        settings = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        settings["learning_rate"] = self.rate
        del settings["threads"]
        settings["special_tokens"] = list(self.special_tokens)
        if not isinstance(self.tokenizer, str):
            settings["tokenizer"] = getattr(self.tokenizer, "name", None) or Path(str(self.tokenizer)).name
        return settings


def _check_whole(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise BadSetting(name, value, f"a whole number from {least} up")


def _check_number(name: str, value: float, in_range: bool, rule: str) -> None:
    if not (in_range and math.isfinite(value)):
        raise BadSetting(name, value, f"a number, {rule}")

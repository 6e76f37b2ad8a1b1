"""The settings of a training run, and what they may be."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

import numpy as np

from tovec.checks import whole_number
from tovec.errors import BadSetting
from tovec.foreign_names import init_explains_keywords
from tovec.text.corpus import VocabularyRules
from tovec.text.tokenizers import GivenTokenizer, Tokenizer
from tovec.text.vocabulary import check_tokens

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
    tokenizer: GivenTokenizer
    lowercase: bool | None
    min_count: int
    max_size: int | None
    special_tokens: Sequence[str]
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


_WHOLE: Mapping[str, int] = {  # the least that each may be
    **dict.fromkeys(("dim", "window", "negative", "epochs", "min_count"), 1),
    **dict.fromkeys(("threads", "max_size", "ngram_least", "ngram_most", "ngram_buckets"), 1),
    **dict.fromkeys(("phrases", "seed"), 0),
}
_NUMBERS: Mapping[str, str] = {
    "sample": "at least 0",
    **dict.fromkeys(("learning_rate", "phrase_threshold", "x_max"), "above 0"),
}
_FLAGS = ("deterministic", "lowercase")
_MAY_BE_NONE = (
    "threads",
    "max_size",
    "ngram_least",
    "ngram_most",
    "ngram_buckets",
    "learning_rate",
    "lowercase",
)


@init_explains_keywords
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
    `unigram:8000`, the path of a tokenizer.json), a Tokenizer, or a function from a text to its tokens, which
    no saved folder can hold; None where documents are lists of tokens. lowercase: None for the tokenizer's
    own habit. min_count, max_size, special_tokens, unknown: see VocabularyRules.
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
    tokenizer: GivenTokenizer = "words"
    lowercase: bool | None = None
    min_count: int = 5
    max_size: int | None = None
    special_tokens: Sequence[str] = ()
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
        for name, least in _WHOLE.items():
            if self._is_given(name):
                self._set(name, whole_number(name, getattr(self, name), least))
        for name, rule in _NUMBERS.items():
            if self._is_given(name):
                self._set(name, _number(name, getattr(self, name), rule))
        for name in _FLAGS:
            if self._is_given(name):
                self._set(name, _flag(name, getattr(self, name)))
        if isinstance(self.special_tokens, str):
            raise BadSetting("special_tokens", self.special_tokens, "a list of tokens")
        self._set("special_tokens", tuple(self.special_tokens))
        check_tokens(self.special_tokens, "special_tokens: ")
        for name in ("ngram_least", "ngram_most", "ngram_buckets"):
            if self.ngrams is None and getattr(self, name) is not None:
                raise BadSetting(name, getattr(self, name), "left out without ngrams")
        if self.ngrams is not None and self.objective == "glove":
            raise BadSetting("objective", self.objective, "skip-gram or a cbow with n-grams")

    def _is_given(self, name: str) -> bool:
        return getattr(self, name) is not None or name not in _MAY_BE_NONE

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)  # while it is made: a number of NumPy becomes one of Python

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
        if self.tokenizer is not None and not isinstance(self.tokenizer, str):
            settings["tokenizer"] = _name_of(self.tokenizer)
        return settings


def _name_of(tokenizer: Path | Tokenizer | Callable[[str], Iterable[str]]) -> str:
    if isinstance(tokenizer, Path):
        return tokenizer.name
    return tokenizer.name if isinstance(tokenizer, Tokenizer) else "function"


def _number(name: str, value: object, rule: str) -> float:
    """Return `value` as a float. Raises BadSetting for what is no finite number, or not as `rule` says."""
    if not isinstance(value, (int, float, np.integer, np.floating)) or isinstance(value, bool):
        raise BadSetting(name, value, f"a number, {rule}")
    number = float(value)
    in_range = number >= 0 if rule == "at least 0" else number > 0
    if not (in_range and math.isfinite(number)):
        raise BadSetting(name, value, f"a number, {rule}")
    return number


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise BadSetting(name, value, "True or False")
    return bool(value)

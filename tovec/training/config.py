"""The settings of a training run, and what they may be."""

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

from tovec.errors import BadSetting
from tovec.text.corpus import VocabularyRules
from tovec.text.tokenizers import Tokenizer


class Settings(TypedDict, total=False):
    """The fields of TrainConfig, as `train(**settings)` takes them."""

    dim: int
    window: int
    negative: int
    sample: float
    learning_rate: float
    epochs: int
    threads: int | None
    seed: int
    tokenizer: str | Path | Tokenizer
    lowercase: bool | None
    min_count: int
    max_size: int | None
    special_tokens: tuple[str, ...]
    unknown: str | None
    document: Literal["line", "file"]
    encoding: str
    errors: Literal["strict", "replace"]


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How to train. Raises BadSetting for a value outside its range.

    dim: length of a vector. window: tokens on each side of the center, at most; each center draws
    its own. negative: noise tokens for each pair. sample: frequent tokens are left out at random
    above this share of the text (0: never). learning_rate: at the start; it falls linearly to
    1e-4 of itself. epochs: passes over the corpus. threads: None for all cores; one thread gives
    the same bytes for the same seed. seed: of the first vectors and of every draw.

    tokenizer: a name (`words`, `whitespace`, `characters`, `bytes`, `kiwi`, `bpe:8000`,
    `unigram:8000`, the path of a tokenizer.json) or a Tokenizer. lowercase: None for the
    tokenizer's own habit. min_count, max_size, special_tokens, unknown: see VocabularyRules.
    document: `line` or `file`. encoding, errors: of the files (`errors="replace"` takes U+FFFD
    for bytes that cannot be decoded).
    """

    dim: int = 100
    window: int = 5
    negative: int = 5
    sample: float = 1e-3
    learning_rate: float = 0.025
    epochs: int = 5
    threads: int | None = None
    seed: int = 0
    tokenizer: str | Path | Tokenizer = "words"
    lowercase: bool | None = None
    min_count: int = 5
    max_size: int | None = None
    special_tokens: tuple[str, ...] = ()
    unknown: str | None = None
    document: Literal["line", "file"] = "line"
    encoding: str = "utf-8"
    errors: Literal["strict", "replace"] = "strict"

    def __post_init__(self) -> None:
        for name in ("dim", "window", "negative", "epochs", "min_count"):
            _check_whole(name, getattr(self, name), 1)
        for name in ("threads", "max_size"):
            if getattr(self, name) is not None:
                _check_whole(name, getattr(self, name), 1)
        _check_whole("seed", self.seed, 0)
        _check_number("sample", self.sample, self.sample >= 0, "at least 0")
        _check_number("learning_rate", self.learning_rate, self.learning_rate > 0, "above 0")
        for name, choices in (("document", ("line", "file")), ("errors", ("strict", "replace"))):
            if getattr(self, name) not in choices:
                raise BadSetting(name, getattr(self, name), f"one of {', '.join(choices)}")

    @property
    def rules(self) -> VocabularyRules:
        """Which tokens get an id."""
        return VocabularyRules(self.min_count, self.max_size, tuple(self.special_tokens), self.unknown)

    def as_json(self) -> dict[str, Any]:
        """Return what changes the result, as JSON values; threads are left out, since they do not."""
        settings = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
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

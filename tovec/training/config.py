"""TrainConfig: the settings of a run, checked; and how a function that takes them shows each of them.

In a TrainConfig a setting that the text chooses may be None. A RunConfig has a value for each: all that
trains takes one.
"""

import inspect
import math
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypedDict, TypeVar

import numpy as np

from tovec.checks import whole_number
from tovec.errors import BadSetting
from tovec.foreign_names import init_explains_keywords
from tovec.text.token_names import check_tokens
from tovec.text.tokenizers import GivenTokenizer, Tokenizer
from tovec.text.vocabulary_rules import VocabularyRules
from tovec.training.objectives import OBJECTIVES, ObjectiveEntry, ObjectiveName, objectives_taking
from tovec.training.recipe import FITTED, preset_values
from tovec.training.settings import OWN_OF_SOME, SETTINGS, Setting, SettingFields
from tovec.training.sizes import DEFAULT_SIZE, SIZES, Size

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Settings(TypedDict, total=False):
    """The names and types of the settings once more, for `train(**settings)`: types cannot be computed."""

    objective: ObjectiveName
    preset: Literal["word2vec"] | None
    dim: int | None
    window: int | None
    negative: int | None
    sample: float | None
    learning_rate: float | None
    epochs: int | None
    threads: int | None
    deterministic: bool
    seed: int
    tokenizer: GivenTokenizer
    lowercase: bool | None
    min_count: int | None
    max_size: int | None
    special_tokens: Sequence[str]
    unknown: str | None
    ngrams: Literal["characters", "jamo"] | None
    ngram_min: int | None
    ngram_max: int | None
    ngram_buckets: int | None
    phrases: int
    phrase_threshold: float
    x_max: float
    size: Literal["tiny", "small"] | None
    context: int | None
    tied: bool | None
    device: Literal["cpu", "cuda"] | None
    document: Literal["line", "file"]
    column: str | None
    encoding: str
    errors: Literal["strict", "replace"]


def _described(setting: Setting) -> str:
    in_range = f" ({setting.range})." if setting.range else "."
    help_line = re.sub(r"\.(?= |$)", in_range, setting.help, count=1)  # after its first sentence
    line = f"{setting.name}: {help_line}{setting.notes}"
    return textwrap.fill(line, 100, subsequent_indent="    ", break_on_hyphens=False)


LISTED_SETTINGS = "\n".join(map(_described, SETTINGS.values()))


@init_explains_keywords
@dataclass(frozen=True, kw_only=True)
class TrainConfig(SettingFields):
    """How to train. Raises BadSetting for a value outside its range.

    {settings}

    tokenizer: also a Tokenizer, or a function from a text to its tokens, which no saved folder can hold; None
    where documents are lists of tokens. min_count, max_size, special_tokens, unknown: see VocabularyRules.
    ngram_min, ngram_max, ngram_buckets: see NgramRule.

    A setting of recipe.FITTED that is None is chosen to fit the text, when that has been read. With a preset
    it has its value at once, and so has one that the objective does not take.

    >>> config = TrainConfig(objective="cbow", preset="word2vec", dim=50, epochs=3)
    >>> config.dim, config.epochs, config.window, config.learning_rate
    (50, 3, 5, 0.15)
    >>> TrainConfig(objective="cbow").window is None
    True
    >>> TrainConfig(dim=0)
    Traceback (most recent call last):
    tovec.errors.BadSetting: dim must be a whole number from 1 up, not 0
    """

    def __post_init__(self) -> None:
        for setting in SETTINGS.values():
            value = getattr(self, setting.name)
            if value is not None or not setting.may_be_none:
                self._set(setting.name, _checked(setting, value))
        for name, value in preset_values(self.objective).items():
            is_taken = self.objective in objectives_taking(name)
            if getattr(self, name) is None and (self.preset is not None or not is_taken):
                self._set(name, value)
        if self.dim is None:
            self._set("dim", self.entry.dim or self._size.dim)
        for name in self._ignored:
            takers = " or ".join(objectives_taking(name))
            raise BadSetting(name, getattr(self, name), f"left out without `objective` {takers}")
        if self.entry.predicts_text:
            self._check_network()
        for name in ("ngram_min", "ngram_max", "ngram_buckets"):
            if self.ngrams is None and getattr(self, name) is not None:
                raise BadSetting(name, getattr(self, name), "left out without ngrams")
        if self.ngrams is not None and self.entry.ngram_factory is None:
            others = ", ".join(entry.name for entry in OBJECTIVES.values() if entry.ngram_factory is not None)
            raise BadSetting("objective", self.objective, f"one that takes n-grams ({others})")

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)  # while it is made: a number of NumPy becomes one of Python

    def _check_network(self) -> None:
        """Fill in what the size of a network says. Raises BadSetting for what does not go with it."""
        size = self._size
        self._set("size", size.name)
        self._set("tied", bool(self.tied))
        if self.context is None:
            self._set("context", size.context)
        assert self.dim is not None
        if self.dim % 2:
            raise BadSetting("dim", self.dim, f"an even number with `objective` {self.objective}")
        for name in ("preset", "phrases"):
            if getattr(self, name):
                rule = f"left out with `objective` {self.objective}"
                raise BadSetting(name, getattr(self, name), rule)

    @property
    def _ignored(self) -> list[str]:
        """The settings given that the objective does not take; what saved runs have for none is none."""
        unset = {name: SETTINGS[name].default for name in OWN_OF_SOME} | preset_values(self.objective)
        return [
            name
            for name, value in unset.items()
            if self.objective not in objectives_taking(name) and getattr(self, name) not in (value, False)
        ]

    @property
    def _size(self) -> Size:
        return SIZES[self.size or DEFAULT_SIZE]

    @property
    def entry(self) -> ObjectiveEntry:
        """What is known of the objective."""
        return OBJECTIVES[self.objective]

    @property
    def left_to_text(self) -> tuple[str, ...]:
        """The settings that have no value yet."""
        return tuple(name for name in FITTED if getattr(self, name) is None)

    @property
    def rules(self) -> VocabularyRules:
        """Which tokens get an id; all that are frequent enough, where `min_count` is left to the text."""
        return VocabularyRules(self.min_count or 1, self.max_size, tuple(self.special_tokens), self.unknown)

    def with_values(self, values: Mapping[str, Any]) -> "RunConfig":
        """Return the settings of a run: these, and `values` for all that are left to the text."""
        settings = {name: getattr(self, name) for name in SETTINGS}
        return RunConfig(**settings | {name: values[name] for name in self.left_to_text})

    def as_json(self) -> dict[str, Any]:
        """Return what changes the result, as JSON values; threads and the device are left out."""
        settings = {name: getattr(self, name) for name in SETTINGS}
        del settings["threads"], settings["device"]
        settings["special_tokens"] = list(self.special_tokens)
        if self.tokenizer is not None and not isinstance(self.tokenizer, str):
            settings["tokenizer"] = _name_of(self.tokenizer)
        return settings


class RunConfig(TrainConfig):
    """Settings that all have a value; made by TrainConfig.with_values, or with a preset."""

    if TYPE_CHECKING:
        dim: int
        window: int
        negative: int
        sample: float
        learning_rate: float
        epochs: int
        min_count: int

    def __post_init__(self) -> None:
        super().__post_init__()
        assert not self.left_to_text, self.left_to_text


def _name_of(tokenizer: Path | Tokenizer | Callable[[str], Iterable[str]]) -> str:
    if isinstance(tokenizer, Path):
        return tokenizer.name
    return tokenizer.name if isinstance(tokenizer, Tokenizer) else "function"


def _checked(setting: Setting, value: Any) -> object:
    """Return `value` as the setting keeps it. Raises BadSetting for one outside its range."""
    name = setting.name
    if setting.kind == "choice" and value not in setting.choices:
        choices = ("None",) * setting.may_be_none + setting.choices
        # Older versions of gensim call the length of a vector size.
        hint = " (the length of a vector is dim)" if name == "size" and isinstance(value, int) else ""
        raise BadSetting(name, value, f"one of {', '.join(choices)}{hint}")
    if setting.kind == "whole":
        return whole_number(name, value, setting.least)
    if setting.kind == "number":
        return _number(name, value, setting.rule)
    if setting.kind == "flag":
        return _flag(name, value)
    return _tokens(name, value) if setting.kind == "tokens" else value


def _number(name: str, value: object, rule: str) -> float:
    """Return `value` as a float. Raises BadSetting for what is not a finite number, or not as `rule` says."""
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


def _tokens(name: str, value: Iterable[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        raise BadSetting(name, value, "a list of tokens")
    tokens = tuple(value)
    check_tokens(tokens, f"{name}: ")
    return tokens


def lists_settings(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Decorate a function of `**settings`: its signature and help show each setting with its default."""
    signature = inspect.signature(function)
    kept = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    shown = [
        inspect.Parameter(
            *(setting.name, inspect.Parameter.KEYWORD_ONLY),
            default=setting.default,
            annotation=Settings.__annotations__[setting.name],
        )
        for setting in SETTINGS.values()
    ]
    function.__signature__ = signature.replace(parameters=[*kept, *shown])  # type: ignore[attr-defined]
    function.__doc__ = with_settings_listed(function.__doc__)
    return function


def with_settings_listed(text: str | None) -> str | None:
    """Return a docstring with the settings listed where it says {settings}; None, as under -OO, stays."""
    return None if text is None else text.replace("{settings}", LISTED_SETTINGS.replace("\n", "\n    "))


TrainConfig.__doc__ = with_settings_listed(TrainConfig.__doc__)

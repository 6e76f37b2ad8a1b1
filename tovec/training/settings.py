"""The settings of a training run, each stated once: its default, what it may be, and a line of help.

TrainConfig checks them, the command line makes its options of them, and `help(tovec.train)` lists them.
Which objectives take a setting is in objectives.py, what fits a text in recipe.py. A help line names other
settings in backquotes.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tovec.errors import BadSetting
from tovec.training.objectives import OBJECTIVES, ObjectiveName, objectives_taking

if TYPE_CHECKING:
    from tovec.text.tokenizers import GivenTokenizer

WATCHED_SNAPSHOTS = 50  # of a run that is watched, where their number is not given
SNAPSHOT_TOKENS = 20_000  # that a snapshot has, where it is not given; not a setting: vectors do not change

Kind = Literal["whole", "number", "flag", "choice", "text", "tokens", "tokenizer"]


@dataclass(frozen=True, repr=False, eq=False)
class Setting:
    """What is known of a setting beside its type.

    least: of a whole number. rule: of another number, `at least 0` or `above 0`. choices: without None.
    default_text: what the default comes to, where it is None. continued: whether a run that continues from an
    embedding takes it over from there. metavar: how the command line calls its value.
    """

    kind: Kind
    help: str
    name: str = ""
    default: Any = None
    least: int = 0
    rule: str = ""
    choices: tuple[str, ...] = ()
    may_be_none: bool = False
    default_text: str | None = None
    continued: bool = False
    metavar: str | None = None

    @property
    def shown_default(self) -> str | None:
        """The default as people read it; None where there is nothing to say."""
        text = self.default_text
        if text is None and self.kind != "flag" and self.default not in (None, ()):
            text = str(self.default)
        return f"{text}, or that of `continue_from`" if text is not None and self.continued else text

    @property
    def range(self) -> str:
        """What it may be, as people read it; nothing where its help says so."""
        if self.kind == "whole":
            return f"a whole number from {self.least} up"
        if self.kind == "number":
            return f"a number {self.rule}"
        return f"one of {', '.join(self.choices)}" if self.choices else ""

    @property
    def notes(self) -> str:
        """Its default, and the objectives that take it where not all do, in brackets after its help."""
        notes = [f"default: {self.shown_default}"] if self.shown_default is not None else []
        takers = objectives_taking(self.name)
        if len(takers) == 1:
            notes.append(f"{takers[0]} only")
        elif len(takers) < len(OBJECTIVES):
            notes.append(f"not {', '.join(name for name in OBJECTIVES if name not in takers)}")
        return f"  [{'; '.join(notes)}]" if notes else ""


def _whole(help_line: str, least: int, **more: Any) -> dict[str, Setting]:
    return _kept(Setting("whole", help_line, least=least, **more))


def _number(help_line: str, rule: str, **more: Any) -> dict[str, Setting]:
    return _kept(Setting("number", help_line, rule=rule, **more))


def _choice(help_line: str, *choices: str, **more: Any) -> dict[str, Setting]:
    return _kept(Setting("choice", help_line, choices=choices, **more))


def _kept(setting: Setting) -> dict[str, Setting]:
    """Return the metadata of a field."""
    return {"setting": setting}


FITS = "fits the text"  # the default of a setting that recipe.py chooses


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)  # TrainConfig has these, when loaded
class SettingFields:
    """The settings as fields, in the order in which they are shown and saved."""

    objective: ObjectiveName = field(
        default="skip-gram",
        metadata=_choice(
            "What vectors are trained to predict. At equal time skip-gram and cbow give the better "
            "similarities; position-weighted-cbow takes twice as long and learns more of word order. "
            "language-model trains a small Llama, which also continues texts.",
            *OBJECTIVES,
            continued=True,
        ),
    )
    preset: Literal["word2vec"] | None = field(
        default=None,
        metadata=_choice(
            "Instead of values that fit the text take fixed ones; word2vec: those of 2013, for comparisons.",
            "word2vec",
        ),
    )
    dim: int | None = field(
        default=None,
        metadata=_whole(
            "Length of a vector.", least=1, default_text="100; language-model: as `size` says", continued=True
        ),
    )
    window: int | None = field(
        default=None,
        metadata=_whole(
            "Tokens on each side of the center, at most; glove takes all of them.",
            least=1,
            default_text=FITS,
        ),
    )
    negative: int | None = field(
        default=None, metadata=_whole("Noise tokens for each pair.", least=1, default_text=FITS)
    )
    sample: float | None = field(
        default=None,
        metadata=_number(
            "Leave out tokens above this share of the text at random; 0: never.",
            "at least 0",
            default_text=FITS,
        ),
    )
    learning_rate: float | None = field(
        default=None,
        metadata=_number(
            "The learning rate at the start; it falls linearly to almost 0, but for glove's.",
            "above 0",
            default_text=FITS,
        ),
    )
    epochs: int | None = field(
        default=None, metadata=_whole("Passes over the text.", least=1, default_text=FITS)
    )
    threads: int | None = field(
        default=None,
        metadata=_whole("Threads; one gives equal bytes for equal seeds.", 1, default_text="all cores"),
    )
    deterministic: bool = field(
        default=False,
        metadata=_kept(
            Setting(
                "flag",
                "Give the same bytes on any number of threads, a little slower; glove always does.",
            )
        ),
    )
    seed: int = field(default=0, metadata=_whole("Seed of the first vectors and of every draw.", least=0))
    tokenizer: "GivenTokenizer" = field(
        default=None,
        metadata=_kept(
            Setting(
                "tokenizer",
                "words, whitespace, characters, bytes, kiwi (Korean), bpe:8000, unigram:8000, or a "
                "tokenizer.json.",
                default_text="words; language-model: bpe:4000",
                continued=True,
                metavar="NAME",
            )
        ),
    )
    lowercase: bool | None = field(
        default=None,
        metadata=_kept(Setting("flag", "Fold case.", default_text="as the tokenizer does")),
    )
    min_count: int | None = field(
        default=None,
        metadata=_whole("Leave out tokens that occur less often.", least=1, default_text=FITS),
    )
    max_size: int | None = field(
        default=None, metadata=_whole("Keep only so many tokens, the most frequent.", least=1)
    )
    special_tokens: Sequence[str] = field(
        default=(), metadata=_kept(Setting("tokens", "Always in the vocabulary, first.", metavar="TOKEN"))
    )
    unknown: str | None = field(
        default=None,
        metadata=_kept(
            Setting(
                "text",
                "The token that stands for all that are left out.",
                metavar="TOKEN",
                default_text="they are skipped",
            )
        ),
    )
    ngrams: Literal["characters", "jamo"] | None = field(
        default=None,
        metadata=_choice(
            "Give unknown words vectors, from their character n-grams (jamo: for Korean).",
            *("characters", "jamo"),
        ),
    )
    ngram_min: int | None = field(
        default=None, metadata=_whole("Length of the shortest n-grams.", least=1, default_text="3")
    )
    ngram_max: int | None = field(
        default=None, metadata=_whole("Length of the longest n-grams.", least=1, default_text="6, jamo 5")
    )
    ngram_buckets: int | None = field(
        default=None, metadata=_whole("Rows that n-grams share.", least=1, default_text="2000000")
    )
    phrases: int = field(
        default=0,
        metadata=_whole(
            "Passes that join words such as new_york; 1: pairs, 2: up to four.", least=0, metavar="PASSES"
        ),
    )
    phrase_threshold: float = field(
        default=100.0, metadata=_number("Join only pairs that score above this.", "above 0")
    )
    x_max: float = field(
        default=100.0,
        metadata=_number("The co-occurrence count from which all weigh the same.", "above 0"),
    )
    size: Literal["tiny", "small"] | None = field(
        default=None,
        metadata=_choice(
            "How large the network is: tiny learns a text of some megabytes on two cores in minutes, small "
            "takes ten times as long.",
            *("tiny", "small"),
            default_text="tiny",
        ),
    )
    context: int | None = field(
        default=None,
        metadata=_whole("Tokens that the network reads at a time.", least=2, default_text="as `size` says"),
    )
    tied: bool | None = field(
        default=None,
        metadata=_kept(Setting("flag", "One table for input and output.", default_text="two tables")),
    )
    device: Literal["cpu", "cuda"] | None = field(
        default=None,
        metadata=_choice(
            "What computes: the processor or an NVIDIA GPU.",
            *("cpu", "cuda"),
            default_text="the GPU where there is one",
        ),
    )
    document: Literal["line", "file"] = field(
        default="line", metadata=_choice("What a document is.", "line", "file")
    )
    column: str | None = field(
        default=None,
        metadata=_kept(
            Setting(
                "text",
                "Read this column of .parquet, .csv, .tsv and .jsonl files; a document is a row.",
                metavar="NAME",
            )
        ),
    )
    encoding: str = field(
        default="utf-8", metadata=_kept(Setting("text", "Encoding of the files: cp949, utf-16, …"))
    )
    errors: Literal["strict", "replace"] = field(
        default="strict",
        metadata=_choice(
            "Bytes that cannot be decoded: stop, or take U+FFFD and count them.", "strict", "replace"
        ),
    )


def _setting_of(made: "dataclasses.Field[Any]") -> Setting:
    setting: Setting = made.metadata["setting"]
    return dataclasses.replace(
        setting, name=made.name, default=made.default, may_be_none=made.default is None
    )


SETTINGS: dict[str, Setting] = {made.name: _setting_of(made) for made in dataclasses.fields(SettingFields)}

OWN_OF_SOME = (
    "x_max",
    "size",
    "context",
    "tied",
    "device",
)  # that are refused with an objective that does not take them

FORMER_NAMES = {"ngram_least": "ngram_min", "ngram_most": "ngram_max"}  # of options, folders and checkpoints


def with_present_names(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings that any version named under the names that they have now.

    Raises BadSetting for one that is given under both names.
    """
    for former, present in FORMER_NAMES.items():
        if former in settings and present in settings:
            raise BadSetting(former, settings[former], f"left out beside `{present}`, its present name")
    return {FORMER_NAMES.get(name, name): value for name, value in settings.items()}

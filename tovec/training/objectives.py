"""The training objectives, an entry each. A new one is a module with an ObjectiveFactory, and an entry.

Modules are named and not imported: the command line reads this list when it starts.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tovec.errors import MissingExtra, TovecError

if TYPE_CHECKING:
    from tovec.training.objective import ObjectiveFactory

ObjectiveName = Literal["skip-gram", "cbow", "position-weighted-cbow", "glove", "language-model"]


@dataclass(frozen=True, repr=False, eq=False)
class ObjectiveEntry:
    """What is known of an objective before it is loaded.

    title: how an embedding says what it was trained by. learning_rate: at the start, with preset word2vec;
    recipe.py has those that fit a text. settings: those that it takes beside the ones that all take.
    factory, ngram_factory: module and class of its ObjectiveFactory without and with n-grams; None where it
    takes none. aliases: other names that the command line takes. no_validation: why its loss cannot be
    measured on held-out text; None where it can. tokenizer: where none is given. dim: the same; None where
    other settings say it. less_memory: what makes a run smaller. extra: what has to be installed for it.
    predicts_text: whether it learns to continue texts, so that all of a text counts, and where it ends.
    """

    name: ObjectiveName
    title: str
    learning_rate: float
    settings: frozenset[str]
    factory: str
    ngram_factory: str | None = None
    aliases: tuple[str, ...] = ()
    no_validation: str | None = None
    tokenizer: str = "words"
    dim: int | None = 100
    less_memory: str = "a smaller `dim` or `window`, a higher `min_count` or a `max_size`"
    extra: str | None = None
    predicts_text: bool = False

    def check_can_run(self, device: str | None) -> None:
        """Raise MissingExtra where what it needs is not installed, TovecError without the device."""
        import importlib.util

        if self.extra is not None and importlib.util.find_spec(self.extra) is None:
            raise MissingExtra(f"`objective` {self.name}", self.extra)
        if device == "cuda":
            import torch

            if not torch.cuda.is_available():
                raise TovecError("torch finds no NVIDIA GPU here; leave `device` out, or use cpu")

    def load(self, with_ngrams: bool = False) -> "type[ObjectiveFactory]":
        """Return the class that makes it."""
        import importlib

        place = self.ngram_factory if with_ngrams else self.factory
        assert place is not None
        module, _, name = place.partition(":")
        found: type[ObjectiveFactory] = getattr(importlib.import_module(module), name)
        return found


_WINDOW = frozenset(("window",))
_NEGATIVE_SAMPLING = frozenset(("negative", "sample")) | _WINDOW
_NGRAMS = frozenset(("ngrams", "ngram_min", "ngram_max", "ngram_buckets"))
_MEAN_INPUT = "tovec.training.mean_input:MeanInputFactory"
_WEIGHTED = "tovec.training.mean_input:PositionWeightedFactory"

OBJECTIVES: dict[str, ObjectiveEntry] = {
    entry.name: entry
    for entry in (
        ObjectiveEntry(
            "skip-gram",
            "skip-gram with negative sampling",
            learning_rate=0.025,  # word2vec.c
            settings=_NEGATIVE_SAMPLING | _NGRAMS,
            factory="tovec.training.skipgram:SkipGramFactory",
            ngram_factory=_MEAN_INPUT,
            aliases=("skipgram",),
        ),
        ObjectiveEntry(
            "cbow",
            "cbow with negative sampling",
            learning_rate=0.15,  # measured; Irsoy et al. 2020, arXiv:2012.15332, take half for this gradient
            settings=_NEGATIVE_SAMPLING | _NGRAMS,
            factory=_MEAN_INPUT,
            ngram_factory=_MEAN_INPUT,
        ),
        ObjectiveEntry(
            "position-weighted-cbow",
            "position-weighted-cbow with negative sampling",
            learning_rate=0.075,
            settings=_NEGATIVE_SAMPLING | _NGRAMS,
            factory=_WEIGHTED,
            ngram_factory=_WEIGHTED,
        ),
        ObjectiveEntry(
            "glove",
            "GloVe",
            learning_rate=0.05,  # Pennington et al. 2014; constant, AdaGrad makes steps smaller
            settings=frozenset(("x_max",)) | _WINDOW,
            factory="tovec.training.glove:GloveFactory",
            no_validation="the loss of glove is one of counts",
        ),
        ObjectiveEntry(
            "language-model",
            "next-token prediction",
            learning_rate=0.003,
            settings=frozenset(("size", "context", "tied", "device")),
            factory="tovec.training.language_model.factory:LanguageModelFactory",
            tokenizer="bpe:4000",
            dim=None,
            less_memory="a smaller `dim` or `context`, or a tokenizer with fewer tokens",
            extra="torch",
            predicts_text=True,
        ),
    )
}
ALIASES = {alias: entry.name for entry in OBJECTIVES.values() for alias in entry.aliases}


def objectives_taking(setting: str) -> tuple[str, ...]:
    """Return the names of the objectives that take a setting."""
    names = tuple(entry.name for entry in OBJECTIVES.values() if setting in entry.settings)
    return names or tuple(OBJECTIVES)

"""What an objective does: it takes steps, holds all that a checkpoint must hold, and gives vectors."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.text.corpus import Corpus
from tovec.text.vocabulary import Ids
from tovec.training.config import RunConfig
from tovec.vectors.ngram_table import NgramTable

Table = NDArray[np.float32]
OnStep = Callable[[int, float, float], None]  # the epoch of a step, the sum of its losses, their number
ShouldStop = Callable[[], bool]


class Objective(Protocol):
    """A run over a corpus, cut into steps that are numbered through all epochs.
    With its arrays and the number of the next step it can go on elsewhere.
    """

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """All that a checkpoint must hold, changed in place."""

    @property
    def n_steps(self) -> int:
        """The steps of one epoch."""

    def run(self, first: int, stop: int, on_step: OnStep, should_stop: ShouldStop) -> None:
        """Take steps `first` to `stop`; end early, between two steps, when `should_stop` says so.

        on_step is called after each, from any thread, one at a time.
        """

    def vectors(self) -> Table:
        """Return the vectors so far, (n_tokens, dim), a copy; zeros for tokens that never occur."""

    def rows_of(self, ids: Ids) -> Table:
        """Return what `vectors` has for these tokens, (n_ids, dim), without making the others.

        Also from another thread while steps are taken; a row may then be of two moments.
        """

    def outputs(self) -> Table | None:
        """Return the output vectors, (n_tokens, dim), from which training can go on; None without any."""

    def state(self) -> Mapping[str, NDArray[Any]]:
        """Return what else training can go on from, by name; see continuing.py."""

    def ngram_table(self) -> NgramTable | None:
        """Return what unknown tokens get their vectors from; None without n-grams."""

    def facts(self, validation_loss: float | None) -> Mapping[str, Any]:
        """Return what an embedding says of its making beside settings and losses, JSON values.

        validation_loss: the last one; None without any.
        """

    def validation_loss(self) -> float | None:
        """Return the mean loss on held-out documents as they are predicted now; None without any."""


class ObjectiveFactory(Protocol):
    """Makes an objective for a corpus, and says beforehand how large it will be.

    old: the embedding that training continues from, whose tokens come first; None to begin anew.
    """

    kernels: ClassVar[str | None]  # the module of its compiled loops; None without any

    def __init__(self, corpus: Corpus, config: RunConfig, old: Embedding | None) -> None: ...

    @staticmethod
    def settings_of(old: Embedding) -> Mapping[str, Any]:
        """Return the settings that have to be those of `old`, by name."""

    @staticmethod
    def check_can_continue(old: Embedding) -> None:
        """Raise TovecError where `old` lacks what cannot start anew."""

    @staticmethod
    def not_kept(old: Embedding) -> list[str]:
        """Return what `old` does not hold, so that it starts as in a new run."""

    @property
    def n_ngrams(self) -> int:
        """How many vectors of n-grams the result has."""

    @property
    def n_more_numbers(self) -> int:
        """How many numbers the result has beside its tables and the vectors of n-grams."""

    def n_bytes(self) -> int:
        """Return how much memory the run and its result take, mapped files left out."""

    def create(self, folder: Path, validation: Corpus | None) -> Objective:
        """Return the objective.

        folder: where it may keep files while it runs. validation: documents to measure the loss on.
        """

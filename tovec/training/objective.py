"""What a training objective can be asked: steps that go forward, and all that a checkpoint must hold."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tovec.vectors.ngram_table import NgramTable

Table = NDArray[np.float32]
OnStep = Callable[[int, float, float], None]  # told the epoch of a step, the sum of its losses, of how many
Halted = Callable[[], bool]


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

    def run(self, first: int, stop: int, on_step: OnStep, halted: Halted) -> None:
        """Take steps `first` to `stop`; leave off, between two steps, when `halted` says so.

        on_step is called after each, from any thread, one at a time.
        """

    def vectors(self) -> Table:
        """Return the vectors so far, (n_tokens, dim), a copy; zeros for tokens that never occur."""

    def outputs(self) -> Table | None:
        """Return the output vectors, (n_tokens, dim), from which training can go on; None without any."""

    def state(self) -> Mapping[str, NDArray[Any]]:
        """Return what else training can go on from, by name; see start.py."""

    def ngram_table(self) -> NgramTable | None:
        """Return what unknown tokens get their vectors from; None without n-grams."""

    def validation_loss(self) -> float | None:
        """Return the mean loss on held-out documents as they are predicted now; None without any."""

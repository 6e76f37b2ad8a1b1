"""One moment of a table: its name, and how far training had come."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Moment:
    """A moment, without its vectors.

    name: what it is called, different for each. progress: how far training had come, in the unit of the
    timeline, None where unknown. epoch: passes made over the text. loss: the mean of the training loss since
    the moment before. validation_loss: the last one measured on held-out text. None where unknown.
    """

    name: str
    progress: float | None = None
    epoch: float | None = None
    loss: float | None = None
    validation_loss: float | None = None

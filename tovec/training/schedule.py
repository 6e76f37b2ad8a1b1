"""A run from its first step to its last: epochs, snapshots and checkpoints at their time, losses, Ctrl+C.

Between two stops an objective runs by itself; at a stop its threads have ended, so that what is
measured, saved or handed out is of one moment. Only snapshots may be taken while the threads run.
"""

import math
import threading
from collections.abc import Iterator, Set
from dataclasses import dataclass, field

import numpy as np

from tovec.errors import Diverged
from tovec.interrupts import Deferral, deferred
from tovec.training.config import RunConfig
from tovec.training.objective import Objective

MAX_GROWTH = 4.0  # of the distance of snapshots near the start
MAX_LOSS = 1e4  # of a pair, on average over a step; a run begins at some units, and learns nothing up there


@dataclass(frozen=True)
class Progress:
    """How far a run has come. done, total: steps. epoch: passes made. loss: mean since the last report."""

    done: int
    total: int
    epoch: float
    loss: float


@dataclass
class Position:
    """Where a run stands: the next step, those of an epoch, the sum and number of losses of each epoch."""

    step: int
    n_steps: int
    losses: list[list[float]]
    validation_losses: list[float] = field(default_factory=list)
    interrupted: bool = False

    @classmethod
    def start(cls, epochs: int, n_steps: int) -> "Position":
        """Return the position before the first step."""
        return cls(0, n_steps, [[0.0, 0.0] for _ in range(epochs)])

    @property
    def epochs(self) -> float:
        """How many passes have been made."""
        return self.step / self.n_steps

    def mean_loss(self, epoch: int) -> float:
        """Return the mean loss of an epoch, counted from 0; NaN for one in which sampling left no pair."""
        loss, n = self.losses[epoch]
        return loss / n if n else math.nan

    def mean_losses(self) -> list[float]:
        """Return the mean loss of each epoch that has begun."""
        return [self.mean_loss(epoch) for epoch in range(math.ceil(self.epochs))]


@dataclass(frozen=True)
class Schedule:
    """When a run pauses, and for what. Steps are counted through all epochs."""

    n_steps: int
    epochs: int
    checkpoint_every: float | None = None  # epochs
    snapshots: int = 0
    stops_for_snapshots: bool = False

    @property
    def total(self) -> int:
        """All steps."""
        return self.n_steps * self.epochs

    def is_epoch_end(self, step: int) -> bool:
        """Whether an epoch ends before this step."""
        return step % self.n_steps == 0

    def checkpoints(self) -> set[int]:
        """Return the steps before which a checkpoint is written, the last at the end."""
        if self.checkpoint_every is None:
            return set()
        apart = max(1.0, self.checkpoint_every * self.n_steps)
        steps = (math.ceil(number * apart - 1e-9) for number in range(1, int(self.total / apart) + 1))
        return {self.total, *(step for step in steps if 0 < step < self.total)}

    def snapshot_steps(self) -> set[int]:
        """Return the steps before which a snapshot is taken: 0, some near the start, then evenly to the end.

        Each of those near the start comes after twice as many steps as the one before. There are as many as
        lead from the first step to even distances; of few snapshots half are near the start, each up to
        MAX_GROWTH times as far as the one before.
        """
        n, total = self.snapshots, self.total
        if n > total:
            return set(range(total + 1))
        if n < 2:
            return {total} if n else set()
        n_early = 0
        while n_early < (n - 1) // 2 and 2 ** (n_early + 1) <= total / (n - 2 - n_early):
            n_early += 1
        n_even = n - 1 - n_early
        growth = min(MAX_GROWTH, (total / n_even) ** (1 / max(1, n_early)))
        early = {round(total / n_even / growth**number) for number in range(1, n_early + 1)}
        return {0, *early, *(total * number // n_even for number in range(1, n_even + 1))}

    def stops(self) -> Iterator[int]:
        """Yield the ends of the segments that run without a pause."""
        epochs = {epoch * self.n_steps for epoch in range(1, self.epochs + 1)}
        snapshots = self.snapshot_steps() if self.stops_for_snapshots else set()
        yield from sorted((epochs | self.checkpoints() | snapshots) - {0})


class Events:
    """What is done at the stops of a run. These do nothing.

    Each is called from the calling thread, but `snapshot` where the schedule does not stop for it: then the
    thread that has taken the step calls it, while others take theirs.
    """

    def progress(self, progress: Progress) -> None:
        """Training has come so far; called a few times a second."""

    def epoch_ended(self, position: Position) -> None:
        """An epoch has ended."""

    def snapshot(self, position: Position) -> None:
        """A snapshot is due."""

    def checkpoint(self, position: Position) -> None:
        """A checkpoint is due."""


def run(
    objective: Objective, config: RunConfig, schedule: Schedule, position: Position, events: Events
) -> Position:
    """Take all steps from `position` on; return where the run ended, the same object moved on.

    Ctrl+C ends it early (`interrupted`), between two steps; before the first it raises what Ctrl+C raises,
    for nothing has been learned that could be kept. Raises Diverged when the loss becomes infinite.
    """
    checkpoints, snapshots, stops = schedule.checkpoints(), schedule.snapshot_steps(), list(schedule.stops())
    between_stops = snapshots.difference(stops)
    with deferred() as interrupt:
        if position.step == 0 and 0 in snapshots:
            events.snapshot(position)
        for stop in stops:
            if stop <= position.step:
                continue
            segment = _Segment(objective, schedule, position, events, interrupt, between_stops)
            segment.run(stop)
            if segment.diverged:
                raise Diverged(position.epochs, config.learning_rate)
            if position.step == stop:
                if schedule.is_epoch_end(stop):
                    held_out = objective.validation_loss()
                    if held_out is not None:
                        position.validation_losses.append(held_out)
                    events.epoch_ended(position)
                if stop in snapshots:
                    events.snapshot(position)
                if stop in checkpoints:
                    events.checkpoint(position)
            if interrupt.pressed and position.step < schedule.total:
                interrupt.end_early(position.step > 0)
                position.interrupted = True
                break
    return position


class _Segment:
    """The steps up to the next pause, on a thread of their own, so that Ctrl+C reaches us at once."""

    def __init__(
        self,
        objective: Objective,
        schedule: Schedule,
        position: Position,
        events: Events,
        interrupt: Deferral,
        snapshots: Set[int],
    ) -> None:
        self._objective, self._schedule, self._position, self._events = objective, schedule, position, events
        self._interrupt, self._snapshots = interrupt, snapshots
        self._since = np.zeros(2)
        self._stop = False
        self.diverged = False
        self._failure: BaseException | None = None

    def run(self, stop: int) -> None:
        thread = threading.Thread(target=self._work, args=(stop,), name="tovec-train", daemon=True)
        thread.start()
        try:
            while thread.is_alive() and not self._has_nothing_to_keep():
                thread.join(0.2)
                self._events.progress(self._progress())
        except KeyboardInterrupt:  # of a program with a handler of its own
            self._interrupt.pressed = True
        finally:
            self._stop = True
            if not self._has_nothing_to_keep():
                thread.join()  # steps end in a moment
        if self._failure is not None:
            raise self._failure

    def _has_nothing_to_keep(self) -> bool:
        """Whether Ctrl+C finds nothing to keep; then it does not wait for a compiler, which cannot stop."""
        return self._interrupt.pressed and self._position.step == 0

    def _work(self, stop: int) -> None:
        try:
            self._objective.run(self._position.step, stop, self._on_step, self._should_stop)
        except BaseException as error:  # handed to the thread that waits
            self._failure = error

    def _should_stop(self) -> bool:
        return self._stop or self._interrupt.pressed

    def _on_step(self, epoch: int, loss: float, n: float) -> None:
        self._position.losses[epoch][0] += loss
        self._position.losses[epoch][1] += n
        self._since += loss, n
        self._position.step += 1
        if not loss <= n * MAX_LOSS:  # NaN is not either
            self.diverged = self._stop = True
        if self._position.step in self._snapshots:
            self._events.snapshot(self._position)

    def _progress(self) -> Progress:
        (loss, n), self._since = self._since, np.zeros(2)
        position, schedule = self._position, self._schedule
        mean = loss / n if n else math.nan
        return Progress(position.step, schedule.total, position.step / schedule.n_steps, mean)

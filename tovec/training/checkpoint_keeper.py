"""Keeps what a run has learned on the disk, whatever fails meanwhile.

A checkpoint that cannot be written is a warning, and the run goes on; the one before stays. When the result
cannot be saved, a checkpoint of the end stays instead, in room that was reserved before the run began.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from tovec.errors import CannotSave, NoSpace, TovecWarning
from tovec.storage.disk import check_space, free_bytes, size_text
from tovec.training.checkpoint import Checkpoints
from tovec.training.resources import bytes_to_write
from tovec.training.schedule import Position, Schedule


class CheckpointKeeper:
    """Keeps what a run in `folder` learns. position: where it begins; resumed: from a checkpoint."""

    def __init__(
        self, checkpoints: Checkpoints, schedule: Schedule, position: Position, resumed: bool
    ) -> None:
        self._checkpoints, self._schedule, self._begin = checkpoints, schedule, position
        self._kept_epochs = position.epochs if resumed else None
        self._has_warned = False
        self._folder, self._result_bytes = Path(), 0

    def reserve_room(self, folder: Path, result_bytes: int | None, snapshot_bytes: int = 0) -> int:
        """Return how many bytes the run will write to `folder`, of which the next checkpoint's are taken.

        result_bytes: of the result, None where it is not saved. snapshot_bytes: of a snapshot.
        Raises NoSpace where there is no such room.
        """
        self._checkpoints.release_room()
        needed = bytes_to_write(
            self._schedule,
            self._begin.step,
            self._checkpoints.n_bytes(self._begin),
            int(self._checkpoints.path.exists()),
            result_bytes,
            snapshot_bytes,
        )
        check_space(folder, needed, "training")
        self._folder, self._result_bytes = folder, result_bytes or 0
        has_checkpoints = self._schedule.checkpoint_every is not None
        if self._begin.step < self._schedule.total and (has_checkpoints or result_bytes is not None):
            self._checkpoints.reserve_room(self._begin, spare=has_checkpoints and self._kept_epochs is None)
        return needed

    def checkpoint(self, position: Position) -> None:
        """Write a checkpoint; where that fails warn once, until one is written again."""
        try:
            self._write(position, last=position.step == self._schedule.total)
        except CannotSave as error:
            if not self._has_warned:
                warnings.warn(
                    TovecWarning(
                        f"the checkpoint at {position.epochs:.2f} epochs could not be written: {error}; "
                        f"training goes on{self._previous_checkpoint()}"
                    ),
                    stacklevel=2,
                )
            self._has_warned = True
            return
        self._has_warned = False

    @contextmanager
    def saving(self, position: Position) -> Iterator[None]:
        """While the block saves the result: when it fails, all that was learned stays in a checkpoint."""
        if self._kept_epochs == position.epochs:
            self._checkpoints.release_room()
        try:
            yield
        except BaseException as error:
            if self._kept_epochs != position.epochs:
                with suppress(CannotSave):
                    self._write(replace(position, interrupted=False), last=True)
            if isinstance(error, CannotSave):
                error.args = (f"{error}; {self._what_is_kept(position, error)}",)
            raise

    def _write(self, position: Position, last: bool) -> None:
        self._checkpoints.write(position, last=last)
        self._kept_epochs = position.epochs

    def _previous_checkpoint(self) -> str:
        if self._kept_epochs is None:
            return ""
        return f", and the one at {self._kept_epochs:.2f} epochs stays"

    def _what_is_kept(self, position: Position, error: CannotSave) -> str:
        if self._kept_epochs is None:
            return "what was learned is lost, since no checkpoint could be written either"
        until = "" if self._kept_epochs == position.epochs else f" in {self._kept_epochs:.2f} epochs"
        kept = f"what was learned{until} is kept in {self._checkpoints.path}"
        free = free_bytes(self._folder)
        is_reported = isinstance(error, NoSpace) and error.missing is not None
        if is_reported or free is None or free >= self._result_bytes:
            return f"{kept}, from where `resume` goes on"
        return f"{kept}; free {size_text(self._result_bytes - free)} and go on with `resume`"

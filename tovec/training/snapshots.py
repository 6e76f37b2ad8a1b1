"""Snapshots: the vectors of some tokens at several moments of a run, written while it goes on."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSource
from tovec.storage.disk import remove, reporting_write
from tovec.text.vocabulary import Ids, Vocabulary, most_frequent
from tovec.timeline.moment import Moment
from tovec.timeline.moment_file import losses_until, moment_files, progress_of
from tovec.timeline.moment_writer import MomentWriter
from tovec.training.objective import Objective, Table
from tovec.training.schedule import Position
from tovec.training.settings import SNAPSHOT_TOKENS

_AT_ONCE = 2_048  # rows


class _Losses(NamedTuple):
    """The sum and the number of all losses until a snapshot."""

    progress: int
    sum: float
    n: float


class SnapshotTaker:
    """Takes the snapshots of a run and has them written into `folder`, which is made when there is one.

    vocabulary: of the result. n_tokens: how many tokens are kept, the most frequent; 0 for all. more_tokens:
    kept in any case. n_ids: of an epoch; a snapshot is named by how many ids the run has seen, about.
    Raises UnknownToken for one of more_tokens that is not in the vocabulary.
    """

    def __init__(
        self,
        folder: Path,
        vocabulary: Vocabulary,
        dim: int,
        *,
        n_ids: int,
        epochs: int,
        n_tokens: int = SNAPSHOT_TOKENS,
        more_tokens: Sequence[str] = (),
    ) -> None:
        self._folder, self._dim, self._n_ids = folder, dim, n_ids
        self._ids = kept_ids(vocabulary, n_tokens, more_tokens)
        kept = vocabulary if len(self._ids) == len(vocabulary) else vocabulary.select(self._ids)
        self._writer = MomentWriter(folder, kept, dim, unit="ids", total=epochs * n_ids)
        self._losses: list[_Losses] = []
        self._last_step: int | None = None
        self.memory_bytes, self.n_bytes = self._writer.memory_bytes, self._writer.n_bytes
        self.warn, self.close, self.cancel = self._writer.warn, self._writer.close, self._writer.cancel
        self.wait = self._writer.wait

    def begin(self, position: Position) -> None:
        """Remove what a run that was killed, or an earlier one, has left of later moments than this one."""
        self._losses = [_Losses(-1, *_losses(position))]
        with reporting_write(self._folder):
            left = [] if self._folder.is_symlink() else moment_files(self._folder)
        for path in left:
            progress = progress_of(path)
            if position.step == 0 or (progress is not None and progress > self._progress(position)):
                remove(path)
            elif progress is not None:
                self._note_losses(progress, path)

    def _note_losses(self, progress: int, path: Path) -> None:
        with suppress(BadSource):  # a damaged moment: the next one has its losses too
            losses = losses_until(path)
            if losses is not None:
                self._losses.append(_Losses(progress, *losses))

    def take(self, objective: Objective, position: Position, *, is_last: bool = False) -> None:
        """Copy the vectors of now; they are written in the background. is_last: however slow the disk is."""
        if position.step == self._last_step:
            return
        self._last_step = position.step
        progress, held_out = self._progress(position), position.validation_losses
        losses = _Losses(progress, *_losses(position))
        before = next(each for each in reversed(self._losses) if each.progress < progress)
        loss, n = losses.sum - before.sum, losses.n - before.n
        self._losses.append(losses)
        moment = Moment(
            name=str(progress),
            progress=progress,
            epoch=position.epochs,
            loss=float(loss / n) if n else None,
            validation_loss=held_out[-1] if held_out else None,
        )
        self._writer.add(progress, self._rows(objective), moment, losses=losses[1:], wait=is_last)

    def _rows(self, objective: Objective) -> NDArray[np.float16]:
        """Return the rows of now, a few at a time, which stay in the cache until they are float16."""
        rows = np.empty((len(self._ids), self._dim), dtype=np.float16)
        for start in range(0, len(rows), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            to_float16(objective.rows_of(self._ids[part]), rows[part])
        return rows

    def _progress(self, position: Position) -> int:
        return round(position.epochs * self._n_ids)


def to_float16(rows: Table, halves: NDArray[np.float16]) -> None:
    """Write rows as float16, (n, dim), rounded to the nearest; numbers that are too large become infinite."""
    from tovec.training.kernels.halves import HAS_HALVES, to_halves

    if HAS_HALVES:
        to_halves(np.ascontiguousarray(rows), halves.view(np.uint16))
        return
    with np.errstate(over="ignore"):
        halves[:] = rows


def kept_ids(vocabulary: Vocabulary, n_tokens: int, more_tokens: Sequence[str] = ()) -> Ids:
    """Return the ids of the most frequent tokens and of these, ascending. n_tokens: 0 for all."""
    n = min(n_tokens, len(vocabulary)) if n_tokens else len(vocabulary)
    return np.union1d(most_frequent(vocabulary.counts, n), vocabulary.ids(more_tokens)).astype(np.int32)


def _losses(position: Position) -> tuple[float, float]:
    return sum(loss for loss, _ in position.losses), sum(n for _, n in position.losses)

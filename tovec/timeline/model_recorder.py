"""Records the token table of a model while a library trains it: what the callbacks have in common."""

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.checks import whole_number
from tovec.errors import TovecError, TovecWarning
from tovec.timeline.model_table import table_of
from tovec.timeline.recorder import MeanLoss, Recorder, next_step
from tovec.timeline.watched_rows import WatchedRows

FIRST_ROWS = 20_000  # of a larger table, unless `rows` says otherwise
_BYTES = 2  # of a number in the file of a moment


class ModelRecorder:
    """Takes moments of a model at steps of its optimizer; other losses than its own come afterwards.

    path, every, rows, tokens: as in Recorder and its `watch`; table: as in `table_of`. Rows are copied when a
    step has been taken, and written by `write_held`, when what is logged about the step is known.
    Raises CannotSave for a path that cannot be a folder of moments.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        every: int | None,
        tokens: Any,
        table: Any,
        rows: int | Iterable[str] | None,
    ) -> None:
        self._path = Recorder(path).path  # which is refused at once, and not when training begins
        self._every = None if every is None else whole_number("every", every, 1)
        self._tokens, self._table = tokens, table
        self._rows = rows
        self._recorder: Recorder | None = None
        self._watched: WatchedRows | None = None
        self._held: tuple[int, float | None, NDArray[np.float32]] | None = None
        self._last = -1  # step of the last moment
        self.losses = MeanLoss()
        self.validation_loss: float | None = None

    def begin(
        self, model: Any, step: int, epoch: float | None = None, *, tokenizer: Any = None, writes: bool = True
    ) -> None:
        """Record the model before it is trained, or where training goes on.

        tokenizer: where the user gave no `tokens`. writes: whether this process does, of several that train.
        Raises TovecError for a model without such a table, UnknownToken.
        """
        module = table_of(model, self._table)
        tokens = tokenizer if self._tokens is None else self._tokens
        watched = WatchedRows(module, tokens, FIRST_ROWS if self._rows is None else self._rows)
        if self._rows is None and watched.n_in_module > FIRST_ROWS and writes:
            _warn_of_size(*module.weight.shape)
        self._watched = watched
        self._recorder = Recorder(self._path, resume=step > 0) if writes else None
        self.losses, self.validation_loss = MeanLoss(), None
        self._hold(step, epoch)
        self._write()

    def step_taken(self, step: int, epoch: float | None = None, *, is_last: bool = False) -> None:
        """Copy the rows where a moment is due after this step; a step may be told several times."""
        if step > self._last and (is_last or step >= next_step(self._last, self._every)):
            self._hold(step, epoch)

    def write_held(self) -> None:
        """Write the moment whose rows were copied, with the losses since the one before."""
        try:
            self._write()
        except TovecError as error:  # no reason to end the training of a model
            warnings.warn(TovecWarning(f"{error}; training goes on without its moments"), stacklevel=2)
            self.end()

    def end(self, step: int | None = None, epoch: float | None = None) -> None:
        """Record this last step where it is none of the moments yet, and wait until all is written."""
        if step is not None:
            self.step_taken(step, epoch, is_last=True)
        self.write_held()
        recorder, self._recorder, self._watched = self._recorder, None, None
        if recorder is not None:
            recorder.close()

    def _hold(self, step: int, epoch: float | None) -> None:
        watched = self._watched
        if watched is None:
            return
        self._last = step
        if self._recorder is not None:
            self._held = (step, epoch, watched.copy())
        elif watched.is_sharded:  # the process that writes waits for the parts of all
            watched.copy()

    def _write(self) -> None:
        held, self._held = self._held, None
        if held is None or self._recorder is None or self._watched is None:
            return
        step, epoch, rows = held
        validation_loss, self.validation_loss = self.validation_loss, None
        self._recorder.add(
            step,
            rows,
            tokens=self._watched.vocabulary,
            loss=self.losses.take(),
            validation_loss=validation_loss,
            epoch=epoch,
        )


def _warn_of_size(n_rows: int, dim: int) -> None:
    megabytes = FIRST_ROWS * dim * _BYTES / 1e6
    warnings.warn(
        TovecWarning(
            f"the first {FIRST_ROWS:,} of {n_rows:,} rows are recorded, {megabytes:,.0f} MB a moment; `rows` "
            "takes another number, or a list of tokens"
        ),
        stacklevel=4,
    )

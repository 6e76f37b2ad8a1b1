"""Moments of any training loop, written as those of tovec are."""

import os
import sys
import weakref
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tovec.checks import in_one_line, path_to_save, whole_number
from tovec.counted import counted
from tovec.embedding import Embedding
from tovec.errors import BadSetting, CannotSave, TovecError
from tovec.storage import clear_leftovers_in, is_leftover
from tovec.storage.disk import remove, reporting_write
from tovec.storage.locks import Taken, held_by_one
from tovec.storage.paths import with_parents
from tovec.text.vocabulary import Vocabulary
from tovec.timeline.moment import Moment
from tovec.timeline.moment_file import LOCK, holds_moment, moment_files, progress_of
from tovec.timeline.moment_writer import MomentWriter
from tovec.timeline.watched_rows import WatchedRows
from tovec.vectors.table import as_table

_FARTHER = 1.1  # than the moment before, where it is not said how far apart they are


class Recorder:
    """Writes the moments of a table while any loop trains it; `tovec.open_timeline(path)` opens them.

    path: the folder of the moments, made with the first of them. One that a Recorder or a run has made is
    replaced then; one that holds anything else is refused. Rows are copied when they are given, and written
    in the background in float16; what the disk is too full or too slow for is left out with a TovecWarning.
    `close`, or the end of a `with` block, waits until all is written, and so does the end of Python.
    resume: keep the moments that an earlier recording has from before the first one that is added now, as
    where training goes on from a checkpoint. Of the processes of torch.distributed the first one writes, and
    the others write nothing, whatever their path.
    Raises CannotSave for a path that cannot be a folder of moments.

    >>> import tempfile, numpy as np, tovec
    >>> path = f"{tempfile.mkdtemp()}/moments"
    >>> with tovec.Recorder(path) as recorder:
    ...     for step in range(3):
    ...         recorder.add(step, np.eye(2) + step, tokens=["cat", "dog"], loss=1 / (1 + step))
    >>> tovec.open_timeline(path)
    Timeline(3 moments, '0' to '2': 2 tokens × 2 dimensions)
    """

    def __init__(self, path: str | Path, *, resume: bool = False) -> None:
        self.path = Path(path_to_save(path))
        self._keeps_earlier = resume
        _check_replaceable(self.path)
        self._vocabulary: Vocabulary | None = None
        self._shape: tuple[int, ...] = ()
        self._writer: MomentWriter | None = None
        self._end_writing: Callable[[], object] = lambda: None
        self._last = -1  # step of the last moment
        self._is_closed = False
        self._leaves_it_to_another = False  # of several processes that train
        self._watched: WatchedRows | None = None
        self._every: int | None = None
        self._n_steps = 0  # of the module
        self._losses, self._validation_loss = MeanLoss(), None  # since the last moment

    def add(
        self,
        step: int,
        table: Any,
        *,
        tokens: Vocabulary | Iterable[str] | None = None,
        loss: float | None = None,
        validation_loss: float | None = None,
        epoch: float | None = None,
    ) -> None:
        """Record the table as it is now.

        step: how far training has come, more than at the moment before. table: an array, a tensor of torch, a
        module with a `weight` such as torch.nn.Embedding, or an Embedding; copied. tokens: of its rows, given
        with the first table; an Embedding brings them. loss: the mean since the moment before. epoch:
        how often the text was gone through.
        Raises BadSetting for a step that is not later, TovecError without tokens and for other tokens or
        another shape than at first, and for a loss that is not a number; CannotSave for a folder that cannot
        be replaced, and where another Recorder writes into it.
        """
        if self._is_closed:
            raise TovecError(
                f"the recorder of {self.path} is closed; make another one with a path of its own"
            )
        step = whole_number("step", step, 0)
        if step <= self._last:
            raise BadSetting("step", step, f"above {self._last}, the step of the moment before")
        rows, tokens = _rows_of(table, tokens)
        self._check_same(rows, tokens)
        numbers = {"epoch": epoch, "loss": loss, "validation_loss": validation_loss}
        moment = Moment(str(step), step, **{name: _number(name, value) for name, value in numbers.items()})
        if self._writer is None and not self._leaves_it_to_another:
            if _is_first_process():
                self._begin(step)
            else:
                self._leaves_it_to_another = True
        self._last = step
        if self._writer is None:
            return
        self._writer.add(step, rows, moment)
        self._writer.warn()

    def watch(
        self,
        module: Any,
        tokens: Any = None,
        *,
        every: int | None = None,
        rows: int | Iterable[str] | None = None,
        step: int | None = None,
    ) -> None:
        """Record a module with a `weight`, such as torch.nn.Embedding, now and whenever `step` is due.

        tokens: of its rows: a list; their ids, as `get_vocab()` gives them; a tokenizer of `transformers` or
        `tokenizers`; None numbers the rows. every: steps between two moments; without it each comes a tenth
        later than the one before, so that the first steps are all there; the last one comes at `close`.
        rows: how many rows of a large table, the first ones, or the tokens of which; None for all. step: how
        many the optimizer has taken before, where training goes on from a checkpoint.
        Raises UnknownToken for one of `rows`, and as `add`.
        """
        self._every = None if every is None else whole_number("every", every, 1)
        self._n_steps = max(0, self._last + 1) if step is None else whole_number("step", step, 0)
        watched = WatchedRows(module, tokens, rows)
        self.add(self._n_steps, watched.copy(), tokens=watched.vocabulary)
        self._watched = watched

    def step(self, loss: Any = None, *, validation_loss: Any = None) -> None:
        """Count a step of the optimizer, and record the watched module where a moment is due.

        loss: of this step; a moment has the mean since the one before. One that is a tensor is read at a
        moment only, so a GPU is not waited for. validation_loss: a moment has the last one that was given
        since the one before. Raises TovecError before `watch`.
        """
        if self._watched is None:
            raise TovecError("there is nothing to record: call watch(module, tokens) before step()")
        self._n_steps += 1
        self._losses.add(loss)
        if validation_loss is not None:
            self._validation_loss = validation_loss
        if self._n_steps >= next_step(self._last, self._every):
            self._add_watched()

    def close(self) -> None:
        """Record the last step of a watched module, and wait until all is written."""
        if self._is_closed:
            return
        if self._watched is not None and self._n_steps > self._last:
            self._add_watched()
        self._is_closed = True
        self._end_writing()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()  # what was recorded stays, however the loop ended

    def _add_watched(self) -> None:
        assert self._watched is not None
        validation_loss, self._validation_loss = self._validation_loss, None
        rows = self._watched.copy()
        self.add(self._n_steps, rows, loss=self._losses.take(), validation_loss=validation_loss)

    def _check_same(self, rows: NDArray[Any], tokens: Vocabulary | Iterable[str] | None) -> None:
        vocabulary = self._vocabulary
        if tokens is not None:
            given = tokens if isinstance(tokens, Vocabulary) else Vocabulary(tokens)
            if vocabulary is not None and list(given.tokens) != list(vocabulary.tokens):
                raise TovecError("the tokens of a recording stay the same; others need another Recorder")
            vocabulary = vocabulary or given
        if vocabulary is None:
            raise TovecError("the rows need names: give `tokens`, in their order, with the first table")
        if len(vocabulary) != len(rows):
            raise TovecError(
                f"{counted(len(vocabulary), 'token needs', 'tokens need')} a table of as many "
                f"rows, not {len(rows)}"
            )
        if self._last >= 0 and rows.shape != self._shape:
            raise TovecError(f"a recording of {self._shape} numbers cannot go on with {rows.shape}")
        self._vocabulary, self._shape = vocabulary, rows.shape

    def _begin(self, step: int) -> None:
        """Remove what an earlier recording has left, where resumed only from this step on; begin to write."""
        _check_replaceable(self.path)
        with _lock_of(self.path) as lock:
            if self.path.is_dir():
                clear_leftovers_in(self.path)
            for path in moment_files(self.path):
                if self._keeps_earlier and (progress_of(path) or 0) < step:
                    continue
                with reporting_write(path):
                    path.unlink()
            assert self._vocabulary is not None
            self._writer = MomentWriter(self.path, self._vocabulary, self._shape[1], unit="steps")
            # Called once: by `close`, or where an error ends a program without it.
            until_end = lock.pop_all()
            self._end_writing = weakref.finalize(self, _close_in, os.getpid(), self._writer, until_end)


def _lock_of(folder: Path) -> ExitStack:
    """Hold the lock of a folder of moments, made where it is missing. Raises CannotSave where it is taken.

    Where a lock cannot be had, as on a full disk, there is none: the writer says what is wrong.
    """
    held = ExitStack()
    try:
        held.enter_context(with_parents(folder / LOCK))
        held.enter_context(held_by_one(folder / LOCK))
        held.callback(remove, folder / LOCK)
    except Taken as taken:
        held.close()
        raise CannotSave(
            f"cannot record into {folder}: {taken} is recording there; close that Recorder first, or name "
            "another folder; of processes that train together one records"
        ) from taken
    except OSError:
        pass
    return held


def _close_in(process: int, writer: MomentWriter, lock: ExitStack) -> None:
    """Write what waits, and let others record; a fork of the process that records does not."""
    if os.getpid() == process:
        with lock:
            writer.close()


def _is_first_process() -> bool:
    """Whether this is the first of the processes of torch.distributed, or the only process."""
    distributed = sys.modules.get("torch.distributed")
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        return True
    return bool(distributed.get_rank() == 0)


def next_step(last: int, every: int | None) -> int:
    """Return the step at which a moment is due after that at step `last`."""
    return last + every if every else max(last + 1, int(last * _FARTHER))


class MeanLoss:
    """The mean of losses, numbers or tensors of torch; these stay where they are until it is taken."""

    def __init__(self) -> None:
        self._sum: Any = 0.0
        self._n = 0

    def add(self, loss: Any) -> None:
        """Add a loss; None is none."""
        if loss is not None:
            if hasattr(loss, "detach") and _is_one_number(loss):
                self._sum = self._sum + loss.detach().float()
            else:
                self._sum = self._sum + _number("loss", loss)
            self._n += 1

    def take(self) -> float | None:
        """Return the mean since the last time, None where no loss was added."""
        total, n = self._sum, self._n
        self._sum, self._n = 0.0, 0
        return float(total) / n if n else None


def _check_replaceable(path: Path) -> None:
    """Raise CannotSave where a path is something else than a folder of moments."""
    with reporting_write(path):
        if not path.is_dir():
            if path.exists() or path.is_symlink():
                raise CannotSave(f"cannot record into {path}: it is not a folder; name a new one")
            return
        moments = moment_files(path)
        others = {each.name for each in path.iterdir() if not is_leftover(each.name)} - {LOCK}
        others -= {each.name for each in moments if holds_moment(each)}
    if others:
        raise CannotSave(
            f"cannot record into {path}: it holds {min(others)!r}, which is no moment of a recording; name a "
            "new or an empty folder"
        )


def _rows_of(
    table: Any, tokens: Vocabulary | Iterable[str] | None
) -> tuple[NDArray[Any], Vocabulary | Iterable[str] | None]:
    """Return a copy of the rows of a table, and their tokens where they are known."""
    if isinstance(table, Embedding):
        return np.array(table[:]), table.vocabulary if tokens is None else tokens
    weight = getattr(table, "weight", table)
    if isinstance(weight, (str, Path)):
        raise TovecError(f"a table is an array, a tensor, a module or an Embedding, not {in_one_line(table)}")
    vectors = as_table(weight)
    return np.array(vectors[:], dtype=np.float32), tokens


def _is_one_number(tensor: Any) -> bool:
    return getattr(tensor, "shape", ()) in ((), (1,))


def _number(name: str, value: Any) -> float | None:
    """Return what a loss is; a tensor of torch may be part of a graph. Raises TovecError for no number."""
    if value is None:
        return None
    if not isinstance(value, (str, bytes)):
        with suppress(TypeError, ValueError, RuntimeError):
            return float(value.detach() if hasattr(value, "detach") else value)
    raise TovecError(f"`{name}` must be a number, or a tensor of one, not {in_one_line(value)}")

"""Writes moments in the background, so that what makes them does not wait for the disk.

A moment that the disk is too full or too slow for is left out with a warning; those before and after it stay.
"""

import queue
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.errors import CannotSave, TovecWarning
from tovec.text.vocabulary import Vocabulary
from tovec.timeline.moment import Moment
from tovec.timeline.moment_file import MomentFiles

Rows = NDArray[np.float32] | NDArray[np.float16]
WAITING_BYTES = 1 << 28  # of rows that wait for the disk
MIN_WAITING = 2  # moments, also of large tables
TOO_SLOW = "the disk is slower than what makes them"


class _Waiting(NamedTuple):
    progress: int
    rows: Rows
    moment: Moment
    losses: Sequence[float]


class MomentWriter:
    """Writes the moments of one table into `folder`; see MomentFiles.

    All methods but `cancel` are for one thread at a time. `warn` and `close` warn of moments that were left
    out, so they belong to the thread that warnings are for.
    """

    def __init__(
        self, folder: Path, vocabulary: Vocabulary, dim: int, *, unit: str, total: int | None = None
    ) -> None:
        self._files = MomentFiles(folder, vocabulary, unit=unit, total=total)
        self._bytes_of_rows = 4 * len(vocabulary) * dim  # at most; less of float16
        self.n_bytes = self._files.n_bytes(dim)  # of a file, about
        self._most = max(MIN_WAITING, WAITING_BYTES // max(1, self._bytes_of_rows))
        self._waiting: queue.Queue[_Waiting | None] = queue.Queue(self._most)
        self._thread: threading.Thread | None = None
        self._is_cancelled = False
        self._failure: BaseException | None = None
        self._lock = threading.Lock()
        self._left_out: list[str] = []
        self._has_warned = False

    def memory_bytes(self, n_moments: int) -> int:
        """Return how much memory so many moments take while they wait, at most."""
        return self._bytes_of_rows * min(n_moments, self._most + MIN_WAITING)

    def add(
        self,
        progress: int,
        rows: Rows,
        moment: Moment,
        *,
        losses: Sequence[float] = (),
        wait: bool = False,
    ) -> None:
        """Have a moment written; `rows` belong to the writer from now on. wait: where the disk is slow.

        losses: as for MomentFiles.save.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_all, name="tovec-moments", daemon=True)
            self._thread.start()
        try:
            self._waiting.put(_Waiting(progress, rows, moment, losses), block=wait)
        except queue.Full:
            self._leave_out(progress, TOO_SLOW)

    def wait(self) -> None:
        """Wait until all that was added is written or left out."""
        if self._thread is not None:
            self._waiting.join()

    def warn(self) -> None:
        """Warn of the first moment that was left out, if there is one."""
        with self._lock:
            first = self._left_out[0] if self._left_out and not self._has_warned else None
            self._has_warned = self._has_warned or first is not None
        if first is not None:
            warnings.warn(TovecWarning(f"{first}; training goes on without it"), stacklevel=3)

    def close(self) -> None:
        """Wait until all is written; warn of what was left out."""
        self._end()
        if self._failure is not None:
            raise self._failure
        self.warn()
        n = len(self._left_out)
        if n > 1:
            folder = self._files.folder
            warnings.warn(TovecWarning(f"{n} snapshots were left out of {folder}"), stacklevel=3)

    def cancel(self) -> None:
        """Write no more than the moment that is being written; from any thread, also twice."""
        self._is_cancelled = True
        self._end()

    def _end(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join()

    def _write_all(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            if not self._is_cancelled and self._failure is None:
                self._write(waiting)
            self._waiting.task_done()
        self._waiting.task_done()

    def _write(self, waiting: _Waiting) -> None:
        try:
            self._files.save(waiting.progress, waiting.rows, waiting.moment, waiting.losses)
        except (CannotSave, MemoryError) as error:
            self._leave_out(waiting.progress, str(error) or "not enough memory")
        except BaseException as error:  # handed to the thread that waits
            self._failure = error

    def _leave_out(self, progress: int, why: str) -> None:
        at = f"{progress:,} {self._files.unit}".rstrip()
        with self._lock:
            self._left_out.append(f"the snapshot at {at} could not be written: {why}")

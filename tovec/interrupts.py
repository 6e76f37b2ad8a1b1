"""Ctrl+C, SIGTERM and SIGHUP: how they end a command, and how training defers them until it has saved.

A command ends by an exception, so that what it was building is removed; a step that no exception can leave (a
compiler, a large product) is ended after GRACE_S. A program that uses the library keeps its own handlers.
"""

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from types import FrameType
from typing import NoReturn

GRACE_S = 1.0  # for a command to clean up after itself
AGAIN_S = 2.0  # after which a second signal counts as another one: `timeout` sends each signal twice
ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupted(BaseException):
    """A signal ends this command. Not a KeyboardInterrupt, for which click prints its own message."""


_number = 0  # of the signal that ends this command
_is_raised = False
_outcome: Callable[[], str] = lambda: "nothing has been changed"  # noqa: E731
_undo: list[Callable[[], object]] = []
_ending = threading.Lock()


def end_on_signals() -> None:
    """From now on let signals end this process with one line and the exit status 128 + their number.

    Ignored signals stay ignored: a shell's background jobs and nohup rely on that.
    """
    for number in ENDING:
        if signal.getsignal(number) in (signal.default_int_handler, signal.SIG_DFL):
            signal.signal(number, _interrupt)
    sys.unraisablehook = _unraisable
    atexit.register(_ignore)
    if os.name != "nt":  # where set_wakeup_fd needs a socket
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        with suppress(RuntimeError):  # no more threads: then a step that no exception can leave is waited for
            threading.Thread(target=_end_in_time, args=(reading,), name="tovec-signals", daemon=True).start()


def received() -> bool:
    """Whether a signal is ending this command."""
    return _number != 0


def is_terminated() -> bool:
    """Whether a signal other than Ctrl+C is ending this command: nobody is there to press it again."""
    return _number not in (0, signal.SIGINT)


def outcome(message: Callable[[], str]) -> None:
    """Set the message for an interrupted command: what it has saved. Called when the command ends."""
    global _outcome
    _outcome = message


def is_written(path: str | os.PathLike[str]) -> Callable[[], bool]:
    """Return a function that returns whether a file, or the files of a folder, were replaced since now."""
    before = _identity(path)
    return lambda: _identity(path) != before


def outcome_is(path: str | os.PathLike[str]) -> None:
    """Let an interrupted command report whether it has written `path`."""
    written = is_written(path)
    outcome(lambda: f"{path} is complete" if written() else "nothing has been changed")


def _identity(path: str | os.PathLike[str]) -> object:
    """Return the identity of a file, or of the files of a folder; None where there is none."""
    with suppress(OSError, ValueError):
        if not os.path.isdir(path):  # noqa: PTH112, pathlib takes long to be imported, and Ctrl+C comes early
            status = os.stat(path)  # noqa: PTH116
            return status.st_dev, status.st_ino
        with os.scandir(path) as entries:
            return {(each.name, each.inode()) for each in entries if each.is_file()} or None
    return None


def finish() -> NoReturn:
    """Print that the command was interrupted and what is saved, and end the process, whatever else runs."""
    _ending.acquire()  # never released: a second caller waits for the end
    for undo in reversed(_undo):
        with suppress(Exception):
            undo()
    line = f"interrupted; {_outcome()}\n".encode(errors="backslashreplace")
    with suppress(OSError):
        os.write(2, (b"\n" if os.isatty(2) else b"") + line)
    os._exit(128 + (_number or signal.SIGINT))


@contextmanager
def undoing(undo: Callable[[], object]) -> Iterator[None]:
    """Call `undo` when the block fails, or when a signal ends the process in the middle of it.

    It may be called twice, and from another thread.
    """
    _undo.append(undo)
    try:
        yield
    except BaseException:
        undo()
        raise
    finally:
        _undo.remove(undo)


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _is_raised
    _note(number)
    if not _is_raised:  # the first one is on its way up
        _is_raised = True
        raise Interrupted


def _note(number: int) -> None:
    global _number
    _number = _number or number


def _unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """End the process where an exception cannot propagate, as in a callback of the garbage collector."""
    if isinstance(unraisable.exc_value, Interrupted):
        finish()
    sys.__unraisablehook__(unraisable)


def _ignore() -> None:
    """Ignore further signals: Python restores the system's handlers in the middle of its own exit."""
    for number in ENDING:
        if signal.getsignal(number) is _interrupt:
            signal.signal(number, signal.SIG_IGN)


def _end_in_time(reading: int) -> None:
    """Wait for signals; end the process if the main thread does not."""
    while True:
        number = os.read(reading, 1)[0]
        if signal.getsignal(number) is _interrupt:
            time.sleep(GRACE_S)
            if signal.getsignal(number) is _interrupt:
                _note(number)
                finish()


class Deferral:
    """Records signals instead of letting them end the program: `pressed` is whether one has come.

    Only between `start` and `end`, from the main thread, and for signals whose handler is Python's own or
    that of end_on_signals. A second signal, AGAIN_S after the first, acts as usual.
    """

    def __init__(self) -> None:
        self.pressed = _is_raised
        self.answered = False  # the work ended early because of it
        self._number, self._at = 0, 0.0
        self._before: dict[int, Callable[[int, FrameType | None], object]] = {}

    def start(self) -> None:
        """Record signals from now on."""
        if self._before or threading.current_thread() is not threading.main_thread():
            return
        for number in ENDING:
            handler = signal.getsignal(number)
            if handler is signal.default_int_handler or handler is _interrupt:
                self._before[number] = handler
                signal.signal(number, self._note)

    def end(self) -> None:
        """Let signals act as before."""
        before, self._before = self._before, {}
        for number, handler in before.items():
            signal.signal(number, handler)

    def end_early(self, is_worth_saving: bool) -> None:
        """Mark the signal as answered by ending early; with nothing to save, let it act as usual."""
        self.answered = is_worth_saving
        if not is_worth_saving:
            self.end()
            self.repeat()

    def repeat(self) -> None:
        """Act now as the signal would have."""
        if self._number:
            signal.raise_signal(self._number)
        raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        if not self.pressed:
            if self._before[number] is _interrupt:
                _note(number)
            self.pressed, self._number, self._at = True, number, time.monotonic()
        elif time.monotonic() - self._at >= AGAIN_S:
            self._before[number](number, frame)


_until_saved: ContextVar[Deferral | None] = ContextVar("_until_saved", default=None)


@contextmanager
def deferred() -> Iterator[Deferral]:
    """Record signals in this block, or to the end of a block of `until_saved` around it."""
    deferral = _until_saved.get() or Deferral()
    deferral.start()
    try:
        yield deferral
    finally:
        if deferral is not _until_saved.get():
            deferral.end()


@contextmanager
def until_saved() -> Iterator[None]:
    """Defer signals that come after a block of `deferred` in this one, while the result is being saved.

    A signal that did not end the work early acts at the end of the block.
    """
    deferral = Deferral()
    token = _until_saved.set(deferral)
    try:
        yield
    finally:
        _until_saved.reset(token)
        deferral.end()
    if deferral.pressed and not deferral.answered:
        deferral.repeat()

"""How `faults.py` injects faults: into forks of its own process, at a chosen system call.

A command runs in a fork of a process that has already imported all it needs, so that one run takes
milliseconds. The fork waits until strace is attached, which then kills it, or makes a call fail, at the
n-th call of a name.
Only calls that name something under the watched folder are points for faults: whatever else a process writes,
such as its output, is not a result. Linux only.
"""

import atexit
import os
import pickle
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

LIMIT_S = 60.0  # a run that takes longer counts as one that does not end
# All calls that change a file, a name or a folder; a question mark: where the architecture has the call.
CHANGING = (
    *("write", "pwrite64", "writev", "pwritev", "sendfile", "copy_file_range", "openat", "?open", "?creat"),
    *("?rename", "?renameat", "renameat2", "?link", "linkat", "?symlink", "symlinkat", "?unlink", "unlinkat"),
    *("?mkdir", "mkdirat", "?rmdir", "ftruncate", "truncate", "fallocate", "?chmod", "fchmod", "fchmodat"),
    *("fsync", "fdatasync", "sync_file_range", "msync", "utimensat"),
)
REMOVING = frozenset({"unlink", "unlinkat", "rmdir"})
_TRACED = re.compile(r"\s*\d+\s+(\w+)\((.*)")


Result = TypeVar("Result")


class Point(NamedTuple):
    """The n-th call of a name in a thread, counted from 1."""

    call: str
    n: int


class Ended(NamedTuple):
    """How a process ended. status: its exit status, -9 if signal 9 killed it, None if it did not end."""

    status: int | None
    output: str
    errors: str
    seconds: float


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a folder that is removed afterwards, only by this process and not by a fork that ends."""
    folder = Path(tempfile.mkdtemp(prefix="tovec-faults-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def strace_works() -> bool:
    """Whether strace is installed and may trace our processes."""
    try:
        points_of(lambda: None, Path("/"))
    except (OSError, RuntimeError):
        return False
    return True


def in_fork(run: Callable[[], object], injections: Sequence[str] | None = None) -> Ended:
    """Return how a fork that calls `run` ends.

    injections: arguments of strace's `-e inject=`; empty: it only traces; None: without strace.
    """
    with scratch() as folder:
        process = Fork(run, folder)
        if injections is not None:
            process.attach_strace(CHANGING, injections, folder / "calls")
        process.go()
        return process.ended(LIMIT_S)


def points_of(run: Callable[[], object], folder: Path, injections: Sequence[str] = ()) -> list[Point]:
    """Return each call of `run` that changes something under `folder`, in order.

    Raises RuntimeError when `run` fails.
    """
    with scratch() as own:
        process = Fork(run, own)
        process.attach_strace(CHANGING, injections, own / "calls")
        process.go()
        ended = process.ended(LIMIT_S)
        if ended.status != 0:
            raise RuntimeError(f"the run to count calls in ended with {ended.status}: {ended.errors}")
        return list(_points((own / "calls").read_text(errors="replace"), str(folder)))


def _points(log: str, folder: str) -> dict[Point, None]:
    """Return the calls in a log of strace that change something under `folder`; each once, in order."""
    counts: dict[tuple[str, str], int] = {}
    found: dict[Point, None] = {}
    for line in log.splitlines():
        call = _TRACED.match(line)
        if call is None:
            continue
        thread, (name, arguments) = line.split()[0], call.groups()
        counts[thread, name] = counts.get((thread, name), 0) + 1
        if folder in arguments and (name not in ("open", "openat") or "O_CREAT" in arguments):
            found[Point(name, counts[thread, name])] = None
    return found


class Fork:
    """A fork that calls a function after `go`, with its output in files of `folder`."""

    def __init__(self, run: Callable[[], object], folder: Path) -> None:
        self._folder = folder
        self._strace: subprocess.Popen[bytes] | None = None
        awaited, self._gate = os.pipe()
        is_ready, ready = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _run_and_leave(run, awaited, ready, folder)
        for end in (awaited, ready):
            os.close(end)
        os.read(is_ready, 1)  # from then on only the function makes calls
        os.close(is_ready)
        self._start = time.perf_counter()

    def attach_strace(self, calls: Sequence[str], injections: Sequence[str], log: Path) -> None:
        """Attach strace to the process. Raises RuntimeError where it cannot."""
        messages = log.with_name("strace")
        options = [f"--inject={injection}" for injection in injections]
        command = ["strace", "-f", "-y", "--quiet=exit", "-o", str(log), f"--trace={','.join(calls)}"]
        with messages.open("wb") as errors:
            self._strace = subprocess.Popen([*command, *options, "-p", str(self.pid)], stderr=errors)
        # The system shows the process as traced before strace is ready for its first call.
        while b"attached" not in messages.read_bytes():
            if self._strace.poll() is not None:
                self.kill()
                raise RuntimeError(messages.read_text().strip())
            time.sleep(0.0005)

    def go(self) -> None:
        """Let the function run."""
        os.write(self._gate, b"!")  # closing it is not enough: later forks have it open too
        os.close(self._gate)
        self._start = time.perf_counter()

    def kill(self) -> None:
        """Kill the process."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def ended(self, limit_s: float) -> Ended:
        """Wait until the process ends, at most `limit_s`, then kill it, and return how it ended."""
        handle = os.pidfd_open(self.pid)
        try:
            in_time = bool(select.select([handle], [], [], limit_s)[0])
        finally:
            os.close(handle)
        if not in_time:
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        seconds = time.perf_counter() - self._start
        if self._strace is not None:
            self._strace.wait()
        output, errors = (
            (self._folder / name).read_text(errors="backslashreplace") for name in ("stdout", "stderr")
        )
        return Ended(os.waitstatus_to_exitcode(status) if in_time else None, output, errors, seconds)


def _run_and_leave(run: Callable[[], object], awaited: int, ready: int, folder: Path) -> None:
    """In the fork: wait, run, and end the process as Python does at the end of a program."""
    status = 1
    try:
        for name, stream in (("stdout", 1), ("stderr", 2)):
            file = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, stream)
            os.close(file)
        sys.stdout, sys.stderr = (os.fdopen(stream, "w", closefd=False) for stream in (1, 2))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _prepare_for_strace()
        os.write(ready, b"!")
        os.read(awaited, 1)
        run()
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)


def _prepare_for_strace() -> None:
    """Allow strace to trace this process where only its parent may; end when the parent ends."""
    import ctypes

    set_parent_death_signal, set_ptracer = 1, 0x59616D61
    prctl, any_process = ctypes.CDLL(None).prctl, ctypes.c_ulong((1 << 64) - 1)
    prctl(set_ptracer, any_process, 0, 0, 0)
    prctl(set_parent_death_signal, signal.SIGKILL, 0, 0, 0)


def value_of(compute: Callable[[], Result]) -> Result:
    """Return what `compute` returns in a fork. Raises RuntimeError if it crashes, raises or does not end."""
    return values_of([compute], LIMIT_S)[0]


def values_of(computations: Sequence[Callable[[], Result]], limit_s: float) -> list[Result]:
    """Return the results of all, computed at once in forks. Raises RuntimeError as `value_of` does."""
    with scratch() as folder:
        forks = []
        for number, compute in enumerate(computations):
            own = folder / str(number)
            own.mkdir()
            forks.append(Fork(partial(_write_value, compute, own / "value"), own))
        for fork in forks:
            fork.go()
        ends = [fork.ended(limit_s) for fork in forks]
        for ended in ends:
            if ended.status != 0:
                last = ended.errors.strip().splitlines()[-1:]
                raise RuntimeError(f"a process ended with {ended.status}: {''.join(last)}")
        return [pickle.loads((folder / str(n) / "value").read_bytes()) for n in range(len(forks))]


def _write_value(compute: Callable[[], object], path: Path) -> None:
    path.write_bytes(pickle.dumps(compute()))

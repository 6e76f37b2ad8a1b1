"""Concurrent runs and Ctrl+C at any moment: writers, readers and trainings that get in each other's way.

Each kind gives a row of the table of `faults.py`; its points are the reads, or the runs.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from fault_commands import KEPT, NEW, OLD, Command, listing
from fault_injection import LIMIT_S, Ended, Fork, in_fork, scratch, value_of, values_of

CONCURRENT = ("two writers, two readers", "two trainings", "--resume of a live run", "Ctrl+C at random")
PROMPT_S = 2.0  # Ctrl+C must end a command within this time, or within that of an uninterrupted run if longer


class ConcurrentOutcome(NamedTuple):
    """The outcome of concurrent runs of one command. seen: counts of values; problems: counts of kinds."""

    command: str
    seen: Counter[str]
    problems: Counter[str]
    details: list[str]


def concurrent_runs(
    chosen: Sequence[Command], inputs: Path, seconds: float, runs: int, names: Sequence[str] | None
) -> Iterator[tuple[str, float, list[ConcurrentOutcome]]]:
    """Yield the name, the seconds and the outcomes of each kind of concurrent runs."""
    trainings = [one for one in chosen if one.is_run]
    others = [one for one in chosen if not one.is_run and one.same_bytes]
    kinds: tuple[tuple[Sequence[Command], Callable[[Command, Path, Path], ConcurrentOutcome]], ...] = (
        (others, partial(_writers_and_readers, seconds=seconds)),
        (trainings, partial(_two_trainings, runs=runs)),
        (trainings, partial(_resumed_while_live, runs=runs)),
        (chosen, partial(_interrupted, runs=runs)),
    )
    for name, (of_kind, try_command) in zip(CONCURRENT, kinds, strict=True):
        if names is not None and name not in names:
            continue
        start, found = time.perf_counter(), []
        for command in of_kind:
            with scratch() as folder:
                found.append(try_command(command, inputs, folder))
        if found:
            yield name, time.perf_counter() - start, found


class _Values:
    """The values that a command may give, and the names of its files."""

    def __init__(self, command: Command, inputs: Path, folder: Path) -> None:
        self.command, self.inputs = command, inputs
        self.values: dict[str | None, str] = {KEPT: "kept"}
        self.names: set[str] = set()
        for which in (OLD, NEW):
            place = folder / which
            place.mkdir()
            ended = in_fork(partial(command.run, which, inputs, place))
            if ended.status != 0:
                raise RuntimeError(f"{command.name} fails without a fault: {ended.errors}")
            self.values[value_of(partial(command.look, place / command.dest))] = which
            self.names |= listing(place, with_bytes=False).keys()

    def check_final(self, place: Path, outcome: ConcurrentOutcome) -> None:
        """Count the value that is there at the end, run the command once more and check its result."""
        self.look(place, outcome, nothing=OLD)  # the loss of all values is reported elsewhere
        ended = in_fork(partial(self.command.run, NEW, self.inputs, place))
        if ended.status != 0 or self._seen(place) != NEW:
            note(outcome, "next run fails", ended.errors.strip()[-300:])
        elif left := listing(place, with_bytes=False).keys() - self.names:
            note(outcome, "left behind", str(sorted(left)[:4]))

    def look(self, place: Path, outcome: ConcurrentOutcome, nothing: str = "mixture") -> None:
        """Count the value that is there. nothing: what counts where nothing opens."""
        outcome.seen[seen := self._seen(place, nothing)] += 1
        if seen == "mixture":
            note(outcome, "mixture", "the destination holds neither value")

    def _seen(self, place: Path, nothing: str = "mixture") -> str:
        found = value_of(partial(self.command.look, place / self.command.dest))
        return self.values.get(found, nothing if found is None else "mixture")


def note(outcome: ConcurrentOutcome, kind: str, detail: str) -> None:
    """Count a problem, and keep the first of its kind."""
    outcome.problems[kind] += 1
    if outcome.problems[kind] == 1:
        outcome.details.append(f"{kind}: {detail}")


def _empty(command: Command) -> ConcurrentOutcome:
    return ConcurrentOutcome(command.name, Counter(), Counter(), [])


def _writers_and_readers(command: Command, inputs: Path, folder: Path, seconds: float) -> ConcurrentOutcome:
    """Two processes write different values to one path, again and again, while two others read it."""
    values, outcome, place = _Values(command, inputs, folder), _empty(command), folder / "shared"
    shutil.copytree(folder / OLD, place)
    stop = time.monotonic() + seconds

    def write(which: str) -> Counter[Any]:
        ends: Counter[Any] = Counter()
        while time.monotonic() < stop:
            try:
                command.run(which, inputs, place)
            except SystemExit as error:
                ends["wrote" if not error.code else "refused"] += 1
        return ends

    def read(_: int) -> Counter[Any]:
        found: Counter[Any] = Counter()
        while time.monotonic() < stop:
            found[command.look(place / command.dest)] += 1
        return found

    work = [*(partial(write, which) for which in (OLD, NEW)), *(partial(read, n) for n in range(2))]
    try:
        *writers, first, second = values_of(work, seconds + LIMIT_S)
    except RuntimeError as error:
        note(outcome, "message", str(error))
        return outcome
    for value, count in (first + second).items():
        outcome.seen[values.values.get(value, "mixture")] += count
        if value not in values.values:
            outcome.problems["mixture"] += count
            outcome.details.append(
                f"mixture: {'nothing opens' if value is None else 'a third value'} for readers"
            )
    if not sum(ends["wrote"] for ends in writers):
        note(outcome, "message", "no writer succeeded")
    values.check_final(place, outcome)
    return outcome


def _two_trainings(command: Command, inputs: Path, folder: Path, runs: int) -> ConcurrentOutcome:
    """Two trainings into one folder."""

    def two(place: Path) -> list[Callable[[], None]]:
        return [partial(command.run, which, inputs, place) for which in (OLD, NEW)]

    return _run_in_pairs(command, inputs, folder, runs, two)


def _resumed_while_live(command: Command, inputs: Path, folder: Path, runs: int) -> ConcurrentOutcome:
    """A training, and `--resume` of it while it runs."""
    rng = random.Random(0)

    def two(place: Path) -> list[Callable[[], None]]:
        delay_s = rng.uniform(0, 0.1)

        def resume() -> None:
            time.sleep(delay_s)
            command.run(NEW, inputs, place, *command.goes_on)

        return [partial(command.run, NEW, inputs, place), resume]

    return _run_in_pairs(command, inputs, folder, runs, two)


def _run_in_pairs(
    command: Command,
    inputs: Path,
    folder: Path,
    runs: int,
    two: Callable[[Path], list[Callable[[], None]]],
) -> ConcurrentOutcome:
    """Run both of `two(place)` at once: at least one must succeed, the other too or end with one line."""
    values, outcome = _Values(command, inputs, folder), _empty(command)
    for number in range(runs):
        place = folder / f"run{number}"
        place.mkdir()
        ends = _at_once(two(place), folder)
        if not any(ended.status == 0 for ended in ends):
            note(outcome, "message", "both failed")
        _check_ends(ends, outcome)
        values.check_final(place, outcome)
        shutil.rmtree(place)
    return outcome


def _at_once(work: Sequence[Callable[[], None]], folder: Path) -> list[Ended]:
    forks = []
    for number, run in enumerate(work):
        own = folder / f"output{number}"
        own.mkdir(exist_ok=True)
        forks.append(Fork(run, own))
    for fork in forks:
        fork.go()
    return [fork.ended(LIMIT_S) for fork in forks]


def _check_ends(ends: Sequence[Ended], outcome: ConcurrentOutcome) -> None:
    for ended in ends:
        last = ended.errors.strip().splitlines()[-1:]
        refused = ended.status == 1 and last and last[0].startswith("Error: ")
        if ended.status != 0 and (not refused or "Traceback" in ended.errors):
            note(outcome, "message", f"{ended.status}, {''.join(last)[:300]}")


def _interrupted(command: Command, inputs: Path, folder: Path, runs: int) -> ConcurrentOutcome:
    """Press Ctrl+C at a random moment, from the first import on."""
    values, outcome, rng = _Values(command, inputs, folder), _empty(command), random.Random(0)
    line = [sys.executable, "-m", "tovec"]
    whole_s = 0.0
    for number in range(runs + 1):
        place = folder / f"run{number}"
        place.mkdir()
        arguments = command.arguments(NEW, inputs, place)
        start = time.perf_counter()
        process = subprocess.Popen(
            [*line, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),
        )
        if number == 0:  # measures a run without interruption
            process.communicate()
            whole_s = time.perf_counter() - start
            shutil.rmtree(place)
            continue
        # In its first moments Python itself handles the signal, before it runs a program.
        time.sleep(rng.uniform(0.05, whole_s))
        pressed = time.perf_counter()
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate()
        took = time.perf_counter() - pressed
        if process.returncode not in (0, 130) or "Traceback" in errors:
            note(outcome, "message", f"{process.returncode}, {errors.strip()[-300:]}")
        if took > max(PROMPT_S, whole_s):
            note(outcome, "message", f"it took {took:.1f} s to end")
        values.look(place, outcome, nothing=OLD)
        shutil.rmtree(place)
    return outcome

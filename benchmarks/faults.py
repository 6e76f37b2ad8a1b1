"""What remains of a result when the command that writes it is killed or interrupted, or a system call fails.

Usage: python benchmarks/faults.py [--quick] [--commands NAME...] [--faults NAME...] [--jobs N] [--json FILE]
Each command that writes runs once to count the system calls that change something under its destination,
then once more for each of these calls, from a prepared state: nothing there, an older result, or an older
result with a user's files. strace injects the fault at that call. Afterwards the destination must hold the
old value or the new one, of all tokens and vectors; anything else is a mixture. Then the same command runs
without a fault and must give the new value, exactly the files of a run without faults, and the user's
files.
--quick: a sample of the calls.

kill -9: at the call. kill -9, no exchange: the system has no renameat2, as on most systems. Ctrl+C: SIGINT
at the call; training may also save what it has learned. ENOSPC, EIO, EACCES: the call fails with that
error; the command must end with one true line, or do without the call. full disk: a disk of its own with a
given number of free bytes, where namespaces let a user mount one. strace exists only on Linux; without it,
only what follows runs.
Concurrent runs: two writers to one path and two readers; two trainings into one folder; --resume of a run
that is still going; Ctrl+C at random moments from the first import on, which must end a command within 2 s.
"""

import argparse
import contextlib
import io
import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from common import report
from fault_cases import FAULTS, Case, Fault, Outcome
from fault_commands import Command, commands, make_inputs
from fault_concurrent import CONCURRENT, ConcurrentOutcome, concurrent_runs
from fault_disk import small_disks_work
from fault_injection import scratch, strace_works, values_of

QUICK = {"points": 6, "seconds": 1.0, "runs": 5}
SEEN = ("old", "new", "kept")
PROBLEMS = ("mixture", "user's file lost", "left behind", "next run fails", "message")
LIMIT_S = 6 * 3600.0


def main() -> None:
    """Inject faults, print the results, and exit with status 1 where something was lost."""
    options = _options()
    os.environ["SOURCE_DATE_EPOCH"] = "0"  # a run records its date, and equal runs have to give equal files
    if not strace_works():
        print("strace is missing or may not trace a process: only concurrent runs are tried", flush=True)
        options.faults = [name for name in CONCURRENT if name in (options.faults or CONCURRENT)]
    with scratch() as folder:
        inputs = folder / "inputs"
        inputs.mkdir()
        make_inputs(inputs)
        chosen = [one for one in commands(inputs) if _is_chosen(one, options.commands)]
        for command in chosen:
            warm(command, inputs, folder)
        start = time.perf_counter()
        disks = small_disks_work(inputs)
        cases = [
            Case.of(command, state, inputs, folder)
            for command in chosen
            for state in Case.states(command)
            if options.faults is None or not set(options.faults) <= set(CONCURRENT)
        ]
        print(f"{len(cases)} cases, {time.perf_counter() - start:.0f} s to prepare", file=sys.stderr)
        rows: list[dict[str, Any]] = []
        outcomes: list[Outcome] = []
        complaints: list[str] = []
        for fault in FAULTS:
            if (options.faults is None or fault.name in options.faults) and (disks or not fault.is_disk):
                of_fault = _tried(fault, cases, options, folder)
                rows.append(_row(fault.name, of_fault))
                outcomes += of_fault
                complaints += _complaints(of_fault)
                _print_progress(rows[-1])
        for name, seconds, found in concurrent_runs(
            chosen, inputs, options.seconds, options.runs, options.faults
        ):
            rows.append(_concurrent_row(name, seconds, found))
            complaints += [f"{name}, {one.command}: {text}" for one in found for text in one.details]
            _print_progress(rows[-1])
    report("faults", rows, save=options.json is None)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if options.json is not None:
        each = [outcome._asdict() for outcome in outcomes]
        options.json.write_text(json.dumps({"rows": rows, "complaints": complaints, "each": each}, indent=1))
    sys.exit(1 if complaints else 0)


def warm(command: Command, inputs: Path, folder: Path) -> None:
    """Run a command in this process, so that its forks have all modules and compiled loops in memory."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no monitor thread: a fork would not have it
    place = folder / "warm"
    place.mkdir()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as errors:
        try:
            command.run("new", inputs, place)
        except SystemExit as error:
            if error.code:
                raise RuntimeError(f"{command.name} fails without a fault: {errors.getvalue()}") from error
    shutil.rmtree(place)


def sampled(points: Sequence[Any], count: int | None) -> Sequence[Any]:
    """Return `count` of the points, evenly spaced, with the first and the last; None: all."""
    if count is None or len(points) <= count:
        return points
    return [points[i * (len(points) - 1) // max(count - 1, 1)] for i in range(count)]


def _tried(fault: Fault, cases: Sequence[Case], options: argparse.Namespace, folder: Path) -> list[Outcome]:
    """Return the outcomes of a fault at its points in all cases, tried by several processes at once."""
    tasks = [(case, point) for case in cases for point in sampled(fault.points(case), options.points)]

    def try_share(number: int) -> list[Outcome]:
        place = folder / f"w{number}"
        return [case.tried(fault, point, place) for case, point in tasks[number :: options.jobs]]

    jobs = [partial(try_share, number) for number in range(options.jobs)]
    return [outcome for found in values_of(jobs, LIMIT_S) for outcome in found]


def _print_progress(row: dict[str, Any]) -> None:
    """Print the outcome of a fault as soon as it is known: all of them may take hours."""
    bad = {name: row[name] for name in PROBLEMS if row[name]}
    print(f"{row['fault']}: {row['points']:,} points, {bad or 'no problem'}", file=sys.stderr, flush=True)


def _row(name: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    problems = Counter(problem.partition(":")[0] for outcome in outcomes for problem in outcome.problems)
    return {
        "fault": name,
        "commands": len({outcome.command for outcome in outcomes}),
        "points": len(outcomes),
        **_counts(Counter(outcome.seen for outcome in outcomes), problems),
        "seconds": sum(outcome.seconds for outcome in outcomes),
    }


def _concurrent_row(name: str, seconds: float, found: Sequence[ConcurrentOutcome]) -> dict[str, Any]:
    seen = sum((one.seen for one in found), Counter[str]())
    problems = sum((one.problems for one in found), Counter[str]())
    counts = {"fault": name, "commands": len(found), "points": seen.total()}
    return {**counts, **_counts(seen, problems), "seconds": seconds}


def _counts(seen: Counter[str], problems: Counter[str]) -> dict[str, int]:
    return {**{name: seen[name] for name in SEEN}, **{kind: problems[kind] for kind in PROBLEMS}}


def _complaints(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield one line for each kind of problem that a fault causes in a command, with the first example."""
    examples: dict[tuple[str, str, str], list[str]] = {}
    for outcome in outcomes:
        for problem in outcome.problems:
            kind, _, detail = problem.partition(": ")
            example = f"{kind} at {outcome.point} from {outcome.state!r}: {detail}"
            examples.setdefault((outcome.fault, outcome.command, kind), []).append(example)
    for (fault, command, _), of_kind in examples.items():
        yield f"{fault}, {command}: {of_kind[0]} (and {len(of_kind) - 1} more)"


def _is_chosen(command: Command, names: Sequence[str] | None) -> bool:
    if command.module and find_spec(command.module) is None:
        print(f"{command.name}: left out, {command.module} is not installed", file=sys.stderr)
        return False
    return names is None or command.name in names


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the same as --points 6 --seconds 1 --runs 5")
    parser.add_argument("--points", type=int, help="calls for each fault, command and state; all by default")
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="for each command with two writers and two readers"
    )
    parser.add_argument("--runs", type=int, default=100, help="of concurrent trainings, and of Ctrl+C")
    parser.add_argument("--commands", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--faults", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcome of each point")
    options = parser.parse_args()
    if options.quick:
        vars(options).update(QUICK)
    return options


if __name__ == "__main__":
    main()

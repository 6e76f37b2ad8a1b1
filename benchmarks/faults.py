"""What is left of a result when the command that writes it is killed, refused or interrupted anywhere.

Usage: python benchmarks/faults.py [--quick] [--commands NAME...] [--faults NAME...] [--jobs N] [--json FILE]
Every command that writes runs once to count the system calls that change something under its destination,
then once more for each of them, from a state that was prepared: nothing there, an older result, an older
result and a user's files. strace breaks the run at that call. What is then to be seen is the old value or the
new one, of all tokens and vectors; a third is a mixture. The same command follows, undisturbed, and must give
the new value and just the files of a run that was never broken, and the user's. --quick: some points of each.

kill -9: at the call. kill -9, no exchange: the system has no renameat2, as most have not. Ctrl+C: SIGINT at
the call; training may also keep what it has learned. ENOSPC, EIO, EACCES: the call fails with that error,
which must end in one line that holds; a command may also do without the call. full disk: a disk of its own
with so many bytes to spare, where name spaces let a user mount one. Only Linux has strace.
Then crowds: two writers to one path and two readers; two trainings into one folder; --resume of a run that
lives; Ctrl+C at random moments from the first import on, which must end a command within 2 s.
"""

import argparse
import contextlib
import io
import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fault_cases import FAULTS, Case, Fault, Outcome
from fault_commands import Command, commands, make_inputs
from fault_crowds import CROWDS, Seen, crowds
from fault_disk import small_disks_work
from fault_injection import scratch, strace_works, values_of
from peers import report

QUICK = {"points": 6, "seconds": 1.0, "runs": 5}
SEEN = ("old", "new", "kept")
PROBLEMS = ("mixture", "user's file lost", "left behind", "next run fails", "message")
LIMIT_S = 6 * 3600.0


def main() -> None:
    """Break commands, print what came of it, and end with 1 where something was lost."""
    options = _options()
    if not strace_works() and not set(options.faults or ["kill -9"]) <= set(CROWDS):
        sys.exit("this needs Linux and strace, which must be allowed to hold a process")
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
            Case.of(command, state, inputs, folder) for command in chosen for state in Case.states(command)
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
                _tell(rows[-1])
        for name, seconds, found in crowds(chosen, inputs, options.seconds, options.runs, options.faults):
            rows.append(_crowd_row(name, seconds, found))
            complaints += [f"{name}, {made.command}: {text}" for made in found for text in made.details]
            _tell(rows[-1])
    report("faults", rows, keep=options.json is None)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if options.json is not None:
        each = [outcome._asdict() for outcome in outcomes]
        options.json.write_text(json.dumps({"rows": rows, "complaints": complaints, "each": each}, indent=1))
    sys.exit(1 if complaints else 0)


def warm(command: Command, inputs: Path, folder: Path) -> None:
    """Run a command in this process, so that its forks find all modules and compiled loops in memory."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no thread of it, which a fork would lose
    place = folder / "warm"
    place.mkdir()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as errors:
        try:
            command.run("new", inputs, place)
        except SystemExit as error:
            if error.code:
                raise RuntimeError(f"{command.name} fails undisturbed: {errors.getvalue()}") from error
    shutil.rmtree(place)


def sampled(points: Sequence[Any], count: int | None) -> Sequence[Any]:
    """Return `count` of the points, evenly chosen, with the first and the last; None: all."""
    if count is None or len(points) <= count:
        return points
    return [points[i * (len(points) - 1) // max(count - 1, 1)] for i in range(count)]


def _tried(fault: Fault, cases: Sequence[Case], options: argparse.Namespace, folder: Path) -> list[Outcome]:
    """Return what came of a fault at its points in all cases, by so many processes at once."""
    tasks = [(case, point) for case in cases for point in sampled(fault.points(case), options.points)]

    def try_share(number: int) -> list[Outcome]:
        place = folder / f"w{number}"
        return [case.tried(fault, point, place) for case, point in tasks[number :: options.jobs]]

    jobs = [partial(try_share, number) for number in range(options.jobs)]
    return [outcome for found in values_of(jobs, LIMIT_S) for outcome in found]


def _tell(row: dict[str, Any]) -> None:
    """Print what came of a fault as soon as it is known: all of them may take hours."""
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


def _crowd_row(name: str, seconds: float, found: Sequence[Seen]) -> dict[str, Any]:
    seen = sum((made.seen for made in found), Counter[str]())
    problems = sum((made.problems for made in found), Counter[str]())
    counts = {"fault": name, "commands": len(found), "points": seen.total()}
    return {**counts, **_counts(seen, problems), "seconds": seconds}


def _counts(seen: Counter[str], problems: Counter[str]) -> dict[str, int]:
    return {**{name: seen[name] for name in SEEN}, **{kind: problems[kind] for kind in PROBLEMS}}


def _complaints(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield one line for each kind of problem that a fault causes in a command, with its first example."""
    examples: dict[tuple[str, str, str], list[str]] = {}
    for outcome in outcomes:
        for problem in outcome.problems:
            kind, _, detail = problem.partition(": ")
            example = f"{kind} at {outcome.point} from {outcome.state!r}: {detail}"
            examples.setdefault((outcome.fault, outcome.command, kind), []).append(example)
    for (fault, command, _), all_of_kind in examples.items():
        yield f"{fault}, {command}: {all_of_kind[0]} (and {len(all_of_kind) - 1} more)"


def _is_chosen(command: Command, names: Sequence[str] | None) -> bool:
    if command.module and find_spec(command.module) is None:
        print(f"{command.name}: left out, {command.module} is not installed", file=sys.stderr)
        return False
    return names is None or command.name in names


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="as --points 6 --seconds 1 --runs 5")
    parser.add_argument("--points", type=int, help="so many of each fault, command and state; all by default")
    parser.add_argument("--seconds", type=float, default=20.0, help="for each command that a crowd writes by")
    parser.add_argument("--runs", type=int, default=100, help="of training at once, and of Ctrl+C")
    parser.add_argument("--commands", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--faults", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="what came of each point")
    options = parser.parse_args()
    if options.quick:
        vars(options).update(QUICK)
    return options


if __name__ == "__main__":
    main()

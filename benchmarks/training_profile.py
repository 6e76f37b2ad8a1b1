"""Where the time of a whole run with tovec's own defaults goes, from the start of Python to its end."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from common import HERE, run_program, timed
from profiled_run import EXIT, PHASES, PYTHON, Seconds
from programs import TOVEC, train_and_save

# Arguments: this folder, a text file, where to save, and threads. Prints the time and the CPU seconds when
# Python has started and when all is done, and the seconds of each phase.
PROFILED = """
import time
start = time.perf_counter(), time.process_time()
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from profiled_run import run
end, phases = run(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
import json
print(json.dumps([start, end, phases]))
"""


def profile_rows(path: Path, threads: int, repeat: int) -> list[dict[str, Any]]:
    """Return a row for each phase of the fastest of `repeat` runs with tovec's own defaults.

    The seconds of the phases are measured in the process, those of the whole run from outside; what the
    phases do not explain is the row `missing`. The last row is the same run without any clock.
    """
    settings, runs, plain = {"threads": threads, "seed": 1}, [], []
    for _ in range(repeat):
        runs.append(profiled(path, threads))
        plain.append(timed(train_and_save, TOVEC, path, settings)[0])
    run_s, cpu_s, phases = min(runs, key=lambda run: run[0])
    rows = {phase: phases.get(phase, (0.0, 0.0)) for phase in PHASES}
    known = sum(s for s, _ in rows.values()), sum(s for _, s in rows.values())
    rows["sum"] = known
    rows["missing"] = run_s - known[0], cpu_s - known[1]
    rows["whole run"] = run_s, cpu_s
    rows["whole run without the clocks"] = min(plain), float("nan")
    return [
        {
            "threads": threads,
            "phase": phase,
            "seconds": wall_s,
            "share": wall_s / run_s,
            "CPU seconds": phase_cpu_s,
            "share of CPU": phase_cpu_s / cpu_s,
        }
        for phase, (wall_s, phase_cpu_s) in rows.items()
    ]


def profiled(path: Path, threads: int) -> tuple[float, float, dict[str, Seconds]]:
    """Run once; return the wall-clock and CPU seconds of the whole run, and those of each phase.

    perf_counter is one clock for all processes.
    """
    with tempfile.TemporaryDirectory() as folder:
        called, called_cpu_s = time.perf_counter(), _children_cpu_s()
        start, end, phases = run_program(PROFILED, HERE, path, Path(folder) / "out", threads)
        run_s, cpu_s = time.perf_counter() - called, _children_cpu_s() - called_cpu_s
    phases[PYTHON] = start[0] - called, start[1]
    phases[EXIT] = called + run_s - end[0], cpu_s - end[1]
    return run_s, cpu_s, {phase: (float(wall_s), float(each)) for phase, (wall_s, each) in phases.items()}


def _children_cpu_s() -> float:
    """Return the CPU seconds of all child processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system

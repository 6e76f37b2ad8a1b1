"""Where the time of a whole run with tovec's own defaults goes, from the start of Python to its end."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from common import HERE, run_program, timed
from phase_clock import Place
from programs import TOVEC, train_and_save

PYTHON = "start of Python"
IMPORTS = "imports, loading compiled loops"
CHARACTERS = "table of characters"
READING = "reading and tokenizing"
ENCODING = "counting and encoding"
PREPARING = "digest of the text, tables"
CUTTING = "cutting windows and drawing"
LOOPS = "arithmetic of the loops"
EXCHANGES = "exchanges of replicas"
WAITING = "waiting and bookkeeping of threads"
SAVING = "result and saving"
EXIT = "end of Python"
PHASES = (
    *(PYTHON, IMPORTS, CHARACTERS, READING, ENCODING, PREPARING),
    *(CUTTING, LOOPS, EXCHANGES, WAITING, SAVING, EXIT),
)

PLACES = (
    Place("tovec.text.tokenizers.splitting", "_classes", CHARACTERS),
    Place("tovec.text.corpus", "_read", READING),
    Place("tovec.training.request", "build_corpus", ENCODING),
    Place("tovec.training.run", "digest_of", PREPARING),
    Place("tovec.training.skipgram", "SkipGramFactory.create", PREPARING),
    Place("tovec.training.run", "run", WAITING),
    Place("tovec.training.negative_sampling", "NegativeSampling.cut", CUTTING),
    Place("tovec.training.skipgram", "SkipGram.train_windows", LOOPS),
    Place("tovec.training.replicas", "RowReplicas.__init__", EXCHANGES),
    Place("tovec.training.replicas", "RowReplicas.exchange", EXCHANGES),
    Place("tovec.training.result", "ResultBuilder.embedding", SAVING),
    Place("tovec.embedding", "Embedding.save", SAVING),
)

# Arguments: this folder, a text file, where to save, and threads. Prints when Python had started and when all
# was done, the CPU seconds at both moments, and the wall-clock and CPU seconds of each phase.
PROFILED = f"""
import time
started, cpu_s = time.perf_counter(), time.process_time()
import sys
sys.path.insert(0, sys.argv[1])
from phase_clock import PhaseClock, Place
clock = PhaseClock(parallel={WAITING!r})
def load():
    import tovec
    clock.watch([Place(*place) for place in {[tuple(place) for place in PLACES]!r}])
    return tovec.train
train = clock.timed({IMPORTS!r}, load)()
clock.watch_imports({IMPORTS!r})
from tovec.training import negative_sampling
n_threads, n_threads_for = [], negative_sampling.n_threads_for
negative_sampling.n_threads_for = lambda *given: n_threads.append(n_threads_for(*given)) or n_threads[-1]
from pathlib import Path
train(Path(sys.argv[2]), threads=int(sys.argv[4]), seed=1).save(sys.argv[3])
phases = clock.totals(n_threads[0])
import json
print(json.dumps([[started, cpu_s], [time.perf_counter(), time.process_time()], phases]))
"""


def profile_rows(path: Path, threads: int, repeat: int) -> list[dict[str, Any]]:
    """Return a row for each phase of the fastest of `repeat` runs with tovec's own defaults.

    The seconds of the phases are measured in the process, those of the whole run from outside; what the
    phases do not explain is the row `missing`. The last row is the same run without any clock.
    """
    run_s, cpu_s, phases = min(_profiled(path, threads) for _ in range(repeat))
    settings = {"threads": threads, "seed": 1}
    plain_s = min(timed(train_and_save, TOVEC, path, settings)[0] for _ in range(repeat))
    rows = {phase: phases.get(phase, (0.0, 0.0)) for phase in PHASES}
    known = sum(s for s, _ in rows.values()), sum(s for _, s in rows.values())
    rows["sum"] = known
    rows["missing"] = run_s - known[0], cpu_s - known[1]
    rows["whole run"] = run_s, cpu_s
    rows["whole run without the clocks"] = plain_s, float("nan")
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


def _profiled(path: Path, threads: int) -> tuple[float, float, dict[str, tuple[float, float]]]:
    """Run once; return the wall-clock and CPU seconds of the whole run, and of each phase."""
    with tempfile.TemporaryDirectory() as folder:
        start_s, start_cpu_s = (
            time.perf_counter(),
            _children_cpu_s(),
        )  # the first is one clock for all processes
        begun, ended, phases = run_program(PROFILED, HERE, path, Path(folder) / "out", threads)
        run_s, cpu_s = time.perf_counter() - start_s, _children_cpu_s() - start_cpu_s
    phases[PYTHON] = begun[0] - start_s, begun[1]
    phases[EXIT] = start_s + run_s - ended[0], cpu_s - ended[1]
    return run_s, cpu_s, {phase: (float(wall_s), float(each)) for phase, (wall_s, each) in phases.items()}


def _children_cpu_s() -> float:
    """Return the CPU seconds of all child processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system

"""One run with tovec's own defaults, its time recorded by phase; training_profile.py starts it.

It loads nothing that the run does not need anyway, so that start-up is that of a plain run.
"""

import importlib
import time
from pathlib import Path
from typing import Any

from phase_clock import PhaseClock, Place

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

# Loaded on the main thread before anything is read. A plain run loads them where it first needs them, on
# threads that others wait for, where their time could not be told from that of the work.
COMPILED = (
    "tovec.text.kernels",
    "tovec.training.kernels.windows",
    "tovec.training.kernels.skipgram",
    "tovec.training.kernels.replicas",
)

Seconds = tuple[float, float]  # of the wall clock, and of all CPUs


def run(path: Path, out: Path, threads: int) -> tuple[Seconds, dict[str, Seconds]]:
    """Train and save; return the time and the CPU seconds at the end, and the seconds of each phase."""
    clock = PhaseClock(parallel=WAITING)
    clock.timed(IMPORTS, _load)(clock)
    clock.watch_imports(IMPORTS)
    import tovec
    from tovec.training import negative_sampling

    n_threads: list[int] = []
    n_threads_for = negative_sampling.n_threads_for

    def noted(*given: Any) -> int:
        n_threads.append(n_threads_for(*given))
        return n_threads[-1]

    setattr(negative_sampling, "n_threads_for", noted)  # noqa: B010
    tovec.train(path, threads=threads, seed=1).save(out)
    return (time.perf_counter(), time.process_time()), clock.totals(n_threads[0])


def _load(clock: PhaseClock) -> None:
    for module in ("tovec.training.run", *COMPILED):
        importlib.import_module(module)
    clock.watch(PLACES)

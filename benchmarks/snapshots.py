"""How much longer training takes with snapshots: runs without and with them in turn, in one process.

Usage: python benchmarks/snapshots.py [--snapshots N] [--tokens N] [--dim D] [--epochs N] [--pairs N]
       [--megabytes N] [--threads N] [--only OBJECTIVE] [CORPUS]
A run is that of `tovec train`: from the text file to the saved folder, so that taking the rows, writing them
and putting them into the result count. Each pair is one run without and one with snapshots, in an order that
changes each time, and the ratio is that of its two times; the median of all pairs is what counts, since the
load of a machine changes slowly. `CPU ratio`: of the CPU seconds of all threads, which other programs change
less, but waiting is not in it. `taken`: the files that the result has. `copying`: how long the threads that
take them are held up, all snapshots together; writing goes on beside training.
--megabytes: only so much of the text. --epochs 0: as many as tovec chooses.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from common import beginning_of, report, timed
from common import corpus as corpus_path

from tovec.storage.work_folder import SNAPSHOTS
from tovec.timeline.moment_file import moment_files
from tovec.training.run_folder import train_into
from tovec.training.snapshots import SnapshotTaker

OBJECTIVES: dict[str, dict[str, Any]] = {
    "skip-gram": {},
    "cbow": {"objective": "cbow"},
    "n-grams": {"ngrams": "characters"},
    "glove": {"objective": "glove"},
    "deterministic": {"deterministic": True},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("corpus", nargs="?", default="english-novels.txt")
    parser.add_argument("--snapshots", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=20_000)
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--megabytes", type=float, default=30)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--only", choices=OBJECTIVES, action="append")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = beginning_of(corpus_path(options.corpus), options.megabytes, Path(folder))
        rows = [_row(name, text, Path(folder), options) for name in options.only or ["skip-gram"]]
    report("snapshots", rows)


def _row(name: str, text: Path, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    settings = {"dim": options.dim, "threads": options.threads, "seed": 1, "min_count": 1, **OBJECTIVES[name]}
    if options.epochs:
        settings["epochs"] = options.epochs

    def run(snapshots: int) -> tuple[float, float]:
        kept = {"snapshots": snapshots, "snapshot_tokens": options.tokens}
        busy = time.process_time()
        seconds, _ = timed(lambda: train_into(folder / "out", [text], **kept, **settings))
        return seconds, time.process_time() - busy

    train_into(folder / "out", [text], **{**settings, "epochs": 1})  # compiles, and reads the text once
    pairs, copying, n_taken = [], [], 0
    for number in range(options.pairs):
        with _clocked() as clock:
            both = {n: run(n) for n in (0, options.snapshots)[:: 1 if number % 2 else -1]}
        n_taken = len(moment_files(folder / "out" / SNAPSHOTS)) or n_taken
        pairs.append((both[0], both[options.snapshots]))
        copying.append(clock[0])
    ratios = [after[0] / before[0] for before, after in pairs]
    return {
        "objective": name,
        "MB": text.stat().st_size / 1e6,
        "epochs": options.epochs or "chosen",
        "without, s": statistics.median(before for (before, _), _ in pairs),
        "with, s": statistics.median(after for _, (after, _) in pairs),
        "ratio": statistics.median(ratios),
        "from": min(ratios),
        "to": max(ratios),
        "CPU ratio": statistics.median(after[1] / before[1] for before, after in pairs),
        "taken": n_taken,
        "copying, s": statistics.median(copying),
    }


@contextmanager
def _clocked() -> Iterator[list[float]]:
    """Yield a list whose number grows by the seconds that taking snapshots holds a thread up."""
    seconds, take = [0.0], SnapshotTaker.take

    def clocked(*arguments: Any, **more: Any) -> None:
        start = time.perf_counter()
        take(*arguments, **more)
        seconds[0] += time.perf_counter() - start

    SnapshotTaker.take = clocked  # type: ignore[method-assign]
    try:
        yield seconds
    finally:
        SnapshotTaker.take = take  # type: ignore[method-assign]


if __name__ == "__main__":
    main()

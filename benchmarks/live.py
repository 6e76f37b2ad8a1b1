"""How much longer training takes while it is watched: runs without and with a page and its reader in turn.

Usage: python benchmarks/live.py [--tokens N] [--dim D] [--epochs N] [--pairs N] [--megabytes N] [--threads N]
       [--objective NAME] [CORPUS]
A run is that of `tovec train`, and its time that from the first step to the last. `snapshots`: with the 50
snapshots that a watched run keeps, and no page. `watched`: with them, and with a client that reads the stream
of pictures, in a process of its own as a browser is. Each group is one run of each kind, in an order that
changes, and a ratio is that of two times in a group; the median of all groups is what counts, since the load
of a machine changes slowly. `CPU ratio`: of the CPU seconds of all threads, which other programs change less,
but waiting is not in it; `of snapshots`: the same with snapshots alone.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import beginning_of, report
from common import corpus as corpus_path

from tovec.progress import Ended, Event, Stage
from tovec.training.run_folder import train_into
from tovec.training.running import Running
from tovec.training.settings import WATCHED_SNAPSHOTS
from tovec.watching import Watch

KINDS = ("alone", "snapshots", "watched")
READER_S = 30.0  # for the reader to begin
# Reads the stream to its end and prints how many frames there were, and of how many bytes.
READER = """
import http.client, sys, urllib.parse
address = urllib.parse.urlsplit(sys.argv[1])
connection = http.client.HTTPConnection(address.hostname, address.port)
connection.request("GET", "/?" + address.query)
answer = connection.getresponse()
answer.read()
connection.request("GET", "/api/live?dims=3", headers={"Cookie": answer.getheader("set-cookie")})
answer, n_frames, n_bytes = connection.getresponse(), 0, 0
while lengths := answer.read(8):
    n = sum(int.from_bytes(lengths[at : at + 4], "little") for at in (0, 4))
    n_frames, n_bytes = n_frames + 1, n_bytes + len(answer.read(n))
print(n_frames, n_bytes)
"""


class Clock:
    """A reporter that measures the stage of training, in seconds and in CPU seconds of this process."""

    def __init__(self) -> None:
        self._began: tuple[float, float] | None = None
        self.seconds, self.busy = 0.0, 0.0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Stage) and event.name == "training" and self._began is None:
            self._began = time.perf_counter(), time.process_time()
        if isinstance(event, Ended) and event.name == "training" and self._began is not None:
            self.seconds = time.perf_counter() - self._began[0]
            self.busy = time.process_time() - self._began[1]


class WatchedByProcess(Watch):
    """A watched run whose first step waits for a reader. frames: how many it got, and their bytes."""

    def __init__(self) -> None:
        super().__init__(port=0, open_browser=False)
        self._reader: subprocess.Popen[str] | None = None

    def begin(self, running: Running) -> None:
        super().begin(running)
        assert self.page is not None and self._stream is not None
        self._reader = subprocess.Popen(
            [sys.executable, "-c", READER, self.page.url], stdout=subprocess.PIPE, text=True
        )
        self._stream.wait_for_client(READER_S)

    @property
    def frames(self) -> tuple[int, int]:
        assert self._reader is not None
        printed, _ = self._reader.communicate(timeout=READER_S)
        n_frames, n_bytes = map(int, printed.split())
        return n_frames, n_bytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("corpus", nargs="?", default="english-novels.txt")
    parser.add_argument("--tokens", type=int, default=20_000)
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--megabytes", type=float, default=30)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--objective", default="skip-gram")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = beginning_of(corpus_path(options.corpus), options.megabytes, Path(folder))
        report("live", [_row(text, Path(folder), options)])


def _row(text: Path, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    settings: dict[str, Any] = {
        **{"dim": options.dim, "threads": options.threads, "seed": 1, "min_count": 1},
        **{"objective": options.objective, "epochs": options.epochs, "snapshot_tokens": options.tokens},
    }
    frames: list[tuple[int, int]] = []

    def run(kind: str) -> Clock:
        clock = Clock()
        if kind == "watched":
            with WatchedByProcess() as watch:
                watch.train_into(folder / "out", [text], reporter=clock, **settings)
                frames.append(watch.frames)
        else:
            snapshots = WATCHED_SNAPSHOTS if kind == "snapshots" else 0
            train_into(folder / "out", [text], reporter=clock, snapshots=snapshots, **settings)
        return clock

    train_into(folder / "out", [text], **{**settings, "epochs": 1})  # compiles
    groups = []
    for number in range(options.pairs):
        first = number % len(KINDS)
        groups.append({kind: run(kind) for kind in KINDS[first:] + KINDS[:first]})
        one = groups[-1]
        print({kind: round(one[kind].seconds, 2) for kind in KINDS}, frames[-1], flush=True)

    def ratios(kind: str, to: str = "alone", clock: str = "seconds") -> list[float]:
        return [getattr(group[kind], clock) / getattr(group[to], clock) for group in groups]

    return {
        "MB": text.stat().st_size / 1e6,
        "alone, s": statistics.median(group["alone"].seconds for group in groups),
        "snapshots": statistics.median(ratios("snapshots")),
        "watched": statistics.median(ratios("watched")),
        "from": min(ratios("watched")),
        "to": max(ratios("watched")),
        "by the stream": statistics.median(ratios("watched", "snapshots")),
        "CPU ratio": statistics.median(ratios("watched", clock="busy")),
        "of snapshots": statistics.median(ratios("snapshots", clock="busy")),
        "frames": statistics.median(n for n, _ in frames),
        "MB read": statistics.median(n for _, n in frames) / 1e6,
    }


if __name__ == "__main__":
    main()

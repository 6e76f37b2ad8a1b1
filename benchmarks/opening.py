"""Opening files of vectors, beside the libraries that people open them with: whole processes, with imports.

Usage: python benchmarks/opening.py [--repeat N] [CASE ...]
A case is a file made of seeded numbers, and two programs that open it and read its last vector. Rounds
alternate; the best of each is compared. The peak memory is that of the process, mapped pages of the file
included.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from peers import report, run_program, timed

TOVEC = "made = tovec.open(sys.argv[1]); found = len(made), made.dim, float(made[len(made) - 1][-1])"
GENSIM = """
made = KeyedVectors.load_word2vec_format(sys.argv[1]{options})
found = len(made), made.vector_size, float(made.vectors[-1, -1])
"""
REPORT = """
import json, resource
print(json.dumps({"found": found, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


@dataclass(frozen=True)
class Case:
    """A file to open: what it is called, who makes it at a path, and who else opens it.

    peer_program: opens `sys.argv[1]` and leaves in `found` what tovec's leaves there.
    """

    name: str
    make: Callable[[Path], None]
    suffix: str
    peer: str
    peer_program: str


def text(n_tokens: int, dim: int, header: bool) -> Callable[[Path], None]:
    """Return what writes vectors as text, with five digits, as GloVe and fastText are published."""

    def make(path: Path) -> None:
        generator = np.random.default_rng(0)
        with path.open("w") as file:
            if header:
                file.write(f"{n_tokens} {dim}\n")
            for start in range(0, n_tokens, 10_000):
                rows = generator.standard_normal((min(10_000, n_tokens - start), dim)) * 0.4
                for token, row in enumerate(rows.tolist(), start=start):
                    file.write(f"token{token} {' '.join(f'{number:.5g}' for number in row)}\n")

    return make


def gensim(options: str = "") -> str:
    return "from gensim.models import KeyedVectors" + GENSIM.format(options=options)


CASES = (
    Case(
        "GloVe text, 400,000 x 50",
        text(400_000, 50, header=False),
        ".txt",
        "gensim",
        gensim(", no_header=True"),
    ),
    Case("word2vec text, 100,000 x 300", text(100_000, 300, header=True), ".vec", "gensim", gensim()),
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("cases", nargs="*", help="words of the names of cases; all where there are none")
    arguments.add_argument("--repeat", type=int, default=3)
    options = arguments.parse_args()
    chosen = [case for case in CASES if all(word.lower() in case.name.lower() for word in options.cases)]
    if not chosen:
        sys.exit(f"no such case; there are {', '.join(case.name for case in CASES)}")
    rows = []
    for case in chosen:
        programs = {case.peer: case.peer_program, "tovec": f"import tovec\n{TOVEC}"}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"vectors{case.suffix}"
            case.make(path)
            seconds, peaks, found = dict.fromkeys(programs, float("inf")), {}, {}
            for _ in range(options.repeat):
                for run, program in programs.items():
                    took, told = timed(run_program, f"import sys\n{program}{REPORT}", path)
                    seconds[run], peaks[run] = min(seconds[run], took), told["peak"]
                    found[run] = told["found"]
            megabytes = path.stat().st_size / 1e6
        if found["tovec"] != found[case.peer]:
            sys.exit(f"{case.name}: tovec found {found['tovec']} and {case.peer} {found[case.peer]}")
        rows += [
            {
                "case": case.name,
                "MB": round(megabytes),
                "run": run,
                "seconds": seconds[run],
                "peak MB": round(peaks[run]),
                "x peer": seconds[case.peer] / seconds[run],
            }
            for run in programs
        ]
    report("opening", rows)


if __name__ == "__main__":
    main()

"""Opening tables of vectors, beside the libraries that people open them with: whole processes, with imports.

Usage: python benchmarks/opening.py [--only TABLE] [--repeat N] [WORD ...]
WORD: of the names of the files to open; all files where there are none. Rounds alternate and the best of
each is compared; the numbers found must agree. Peak memory is that of the process, mapped pages of files
included (VmHWM of Linux). A library that is not installed is left out, and so is a file that needs one.

peers: each file opened by tovec and by who else reads it, for ten vectors and for all, in float32.
again: ten vectors in a process that has opened the file before.
reads: rows of a large table read from its file, beside a map of it, which another program can pull away.
promises: commands on a language model's file, beside what was promised of them.
"""

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path
from typing import Any

import opened_files as files
from peers import report, run_program, timed

from tovec.formats.saved.tensors import Tensor, write_tensors

MEASURED = """
import json, sys, time
from pathlib import Path

def peak():
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in status if line.startswith("VmHWM"))
"""
# Runs a body that makes `rows`, of the file at `path`; tells them by a few numbers.
OPENS = f"""{MEASURED}
path, body, times = sys.argv[1], compile(sys.argv[2], "opening", "exec"), []

def spread(length):
    return [part * length // 10 for part in range(10)]

for _ in range(int(sys.argv[3])):
    names = {{"path": path, "spread": spread}}
    start = time.perf_counter()
    exec(body, names)
    times.append(time.perf_counter() - start)
rows = names["rows"]
found = [*rows.shape, *map(float, (rows[0][0], rows[len(rows) // 2][1], rows[-1][-1]))]
print(json.dumps({{"found": found, "peak": peak(), "seconds": min(times)}}))
"""
COMMAND = f"""{MEASURED}
sys.argv[0] = "tovec"
from tovec.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
print(json.dumps({{"peak": peak()}}))
"""
NUMPY = f"{MEASURED}\nimport numpy\nprint(json.dumps({{'peak': peak()}}))"
# The median of further questions in one process, each of another token; the first makes what they use.
FURTHER = f"""{MEASURED}
import statistics, time, tovec
made = tovec.open(sys.argv[1])
def ask(row):
    start = time.perf_counter()
    made.neighbors(row)
    return time.perf_counter() - start
ask(0)
rows = range(5000, len(made), len(made) // 100)
print(json.dumps({{"median": statistics.median(map(ask, rows)), "peak": peak()}}))
"""
# The same questions to a map of a file and to rows that are read from it, in turn; the best of each.
READS = """
import json, sys, time
from pathlib import Path
import numpy as np
from tovec.embedding import Embedding
from tovec.formats.saved.tensors import open_table
from tovec.search.exact import nearest
from tovec.vectors.table import blocks

path, n_rows, dim, repeat = Path(sys.argv[1]), *map(int, sys.argv[2:])
tokens = [str(row) for row in range(n_rows)]
ids = np.random.default_rng(0).permutation(n_rows)[:100_000]

def mapped():
    return np.memmap(path, np.float32, "r", path.stat().st_size - 4 * n_rows * dim, (n_rows, dim))

def read():
    return open_table(path, "embeddings")

def at_first(table, ask):
    return lambda: ask(Embedding(tokens, table()))

def all_rows(table):
    return lambda: sum(float(rows.sum()) for _, rows in blocks(table()))

made = {table: Embedding(tokens, table()) for table in (mapped, read)}
asked = {
    "opened, and 10 rows": lambda table: lambda: np.array(table()[ids[:10]]),
    "10 rows": lambda table: lambda: made[table][ids[:10]],
    "1,000 random rows": lambda table: lambda: made[table][ids[:1000]],
    "100,000 random rows": lambda table: lambda: made[table][ids],
    "all rows, by blocks": all_rows,
    "all rows, as one array": lambda table: lambda: made[table][:],
    "neighbors of 20": lambda table: lambda: nearest(table(), None, made[table][ids[:20]], 10, [[]] * 20),
    "neighbors, the first": lambda table: at_first(table, lambda made: made.neighbors(7)),
    "neighbors, again": lambda table: lambda: made[table].neighbors(int(ids[5])),
}
best = {}
for _ in range(repeat):
    for what, make in asked.items():
        for table in (mapped, read):
            ask = make(table)
            n = 100 if "10 rows" in what else 1
            start = time.perf_counter()
            for _ in range(n):
                ask()
            took = (time.perf_counter() - start) / n
            key = what, table.__name__
            best[key] = min(best.get(key, took), took)
print(json.dumps([[what, best[what, "mapped"], best[what, "read"]] for what in asked]))
"""
# Compiled modules are kept, as those of an installed package are.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Opener:
    """A library, and the Python that opens the file at `path`, then makes of `made` ten `rows`, or all.

    needs: the modules without which it is left out.
    """

    name: str
    opens: str
    ten: str
    all: str
    needs: tuple[str, ...] = ()


TOVEC = Opener(
    "tovec", "import tovec; made = tovec.open(path)", "rows = made[spread(len(made))]", "rows = made[:]"
)


def gensim(opens: str) -> Opener:
    ten = "rows = made.vectors[spread(len(made))]"
    return Opener("gensim", opens, ten, "rows = made.vectors", ("gensim",))


def gensim_word2vec(options: str) -> Opener:
    opens = f"from gensim.models import KeyedVectors as K; made = K.load_word2vec_format(path{options})"
    return gensim(opens)


GENSIM_FASTTEXT = gensim(
    "from gensim.models.fasttext import load_facebook_vectors; made = load_facebook_vectors(path)"
)
FASTTEXT = Opener(
    "fasttext",
    "import fasttext, numpy; made = fasttext.load_model(path); words = made.get_words()",
    "rows = numpy.stack([made.get_word_vector(words[row]) for row in spread(len(words))])",
    "rows = numpy.stack([made.get_word_vector(word) for word in words])",
    ("fasttext",),
)
SAFETENSORS = Opener(
    "safetensors",
    f"""
import ml_dtypes, numpy  # the first makes bfloat16 known to the second
from safetensors import safe_open
file = safe_open(path, "numpy")
made = file.get_slice({files.TABLE!r})
""",
    "rows = numpy.stack([made[row] for row in spread(made.get_shape()[0])]).astype(numpy.float32)",
    "rows = made[:].astype(numpy.float32)",
    ("safetensors", "ml_dtypes"),
)
TORCH = Opener(
    "torch",
    f"import torch; made = torch.load(path, mmap=True, weights_only=True)[{files.TABLE!r}]",
    "rows = made[spread(len(made))].float()",
    "rows = made.float()",
    ("torch",),
)
GGUF = Opener(
    "gguf",
    """
from gguf import GGUFReader
from gguf.quants import dequantize
made = next(tensor for tensor in GGUFReader(path).tensors if tensor.name == "token_embd.weight")
""",
    "rows = dequantize(made.data[spread(len(made.data))], made.tensor_type)",
    "rows = dequantize(made.data, made.tensor_type)",
    ("gguf",),
)


@dataclass(frozen=True)
class Case:
    """A file, the first line of its maker being its name, and who else opens it.

    again: how often it is opened in one process for the table of that name; 0 where that would take long.
    tasks: fields of Opener; of text, ten rows take as long as all.
    """

    make: Callable[[Path], None]
    suffix: str
    peers: tuple[Opener, ...]
    again: int = 0
    tasks: tuple[str, ...] = ("ten", "all")

    @property
    def name(self) -> str:
        return str(self.make.__doc__).split("\n")[0].rstrip(".")


CASES = (
    Case(files.glove_text, ".txt", (gensim_word2vec(", no_header=True"),), tasks=("ten",)),
    Case(files.word2vec_text, ".vec", (gensim_word2vec(""),), tasks=("ten",)),
    Case(files.word2vec_binary, ".bin", (gensim_word2vec(", binary=True"),)),
    Case(files.fasttext_binary, ".bin", (GENSIM_FASTTEXT, FASTTEXT)),
    Case(files.safetensors, ".safetensors", (SAFETENSORS,), again=200),
    Case(files.torch_file, ".bin", (TORCH,), again=50),
    Case(files.gemma, ".gguf", (GGUF,)),
)


@dataclass(frozen=True)
class Promise:
    """A command on the file of Gemma: in how many seconds, with a peak of how many MB, or how many more MB
    than numpy alone has."""

    command: tuple[str, ...]
    seconds: float
    peak: float | None = None
    beyond_numpy: float | None = None


PROMISES = (
    Promise(("inspect", "GEMMA"), 1.0, beyond_numpy=150.0),
    Promise(("neighbors", "GEMMA", "king"), 4.0, peak=1.2 * 262_144 * 640 * 4 / 1e6),
)


def peers(cases: Sequence[Case], folder: Path, repeat: int) -> list[dict[str, Any]]:
    rows = []
    for case, path in _made(cases, folder):
        file = {"file": case.name, "MB": round(path.stat().st_size / 1e6)}
        for task in case.tasks:
            best = _best(case, task, path, repeat)
            rows += [
                {
                    **(file | {"rows": task, "run": name}),
                    "seconds": told["whole"],
                    "peak MB": round(told["peak"]),
                    "in tovec's times": told["whole"] / best["tovec"]["whole"],
                }
                for name, told in best.items()
            ]
    return rows


def again(cases: Sequence[Case], folder: Path, repeat: int) -> list[dict[str, Any]]:
    rows = []
    for case, path in _made([case for case in cases if case.again], folder):
        best = _best(case, "ten", path, repeat, case.again)
        rows += [
            {
                **{"file": case.name, "run": name, "ms": 1000 * told["seconds"]},
                "in tovec's times": told["seconds"] / best["tovec"]["seconds"],
            }
            for name, told in best.items()
        ]
    return rows


def reads(cases: Sequence[Case], folder: Path, repeat: int) -> list[dict[str, Any]]:
    n_rows, dim, path = 262_144, 640, folder / "table.safetensors"
    table = Tensor((n_rows, dim), files.rows(n_rows, dim))
    with path.open("wb") as file:
        write_tensors(file, {"embeddings": table})
    return [
        {
            "float32 262,144 x 640": what,
            "mapped ms": 1000 * mapped,
            "read ms": 1000 * read,
            "ratio": read / mapped,
        }
        for what, mapped, read in _run(READS, path, n_rows, dim, repeat)
    ]


def promises(cases: Sequence[Case], folder: Path, repeat: int) -> list[dict[str, Any]]:
    rows = []
    for _, path in _made([case for case in cases if case.make is files.gemma], folder):
        numpy = _run(NUMPY)["peak"]
        for promise in PROMISES:
            words = [str(path) if word == "GEMMA" else word for word in promise.command]
            runs = [timed(_run, COMMAND, *words) for _ in range(repeat)]
            peak = max(told["peak"] for _, told in runs)
            measured = {
                "seconds": (promise.seconds, min(took for took, _ in runs)),
                "peak MB": (promise.peak, peak),
                "peak MB beyond numpy": (promise.beyond_numpy, peak - numpy),
            }
            rows += [
                {
                    "command": f"tovec {' '.join(promise.command)}",
                    **{"what": what, "promised": promised, "measured": value},
                    "kept": value <= promised,
                }
                for what, (promised, value) in measured.items()
                if promised is not None
            ]
        median = min(_run(FURTHER, str(path))["median"] for _ in range(repeat))
        told = {"command": "embedding.neighbors(token), again", "what": "median seconds"}
        rows.append({**told, "promised": 0.05, "measured": median, "kept": median <= 0.05})
    return rows


def _made(cases: Sequence[Case], folder: Path) -> Iterator[tuple[Case, Path]]:
    """Yield each case with its file, there until the next; without those that cannot be made."""
    for case in cases:
        path = folder / f"vectors{case.suffix}"
        try:
            case.make(path)
        except ModuleNotFoundError as error:
            print(f"{case.name}: {error.name} is not installed; left out")
        else:
            yield case, path
        path.unlink(missing_ok=True)


def _best(case: Case, task: str, path: Path, repeat: int, times: int = 1) -> dict[str, dict[str, Any]]:
    """Return what the best run of each who opens `path` tells; `whole` are the seconds of its process."""
    best: dict[str, dict[str, Any]] = {}
    for _ in range(repeat):
        for opener in (*case.peers, TOVEC):
            missing = [module for module in opener.needs if find_spec(module) is None]
            if missing:
                print(f"{case.name}: {missing[0]} is not installed; {opener.name} is left out")
                continue
            took, told = timed(_run, OPENS, path, f"{opener.opens}\n{getattr(opener, task)}", times)
            told["whole"] = took
            best[opener.name] = min(best.get(opener.name, told), told, key=itemgetter("seconds"))
    for name, told in best.items():
        pairs = zip(told["found"], best["tovec"]["found"], strict=True)
        if not all(math.isclose(*pair, rel_tol=1e-5) for pair in pairs):
            sys.exit(f"{case.name}: {name} found {told['found']} and tovec {best['tovec']['found']}")
    return best


def _run(program: str, *arguments: object) -> Any:
    return run_program(program, *arguments, environment=ENVIRONMENT)


TABLES = {"peers": peers, "again": again, "reads": reads, "promises": promises}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("words", nargs="*", metavar="WORD")
    arguments.add_argument("--only", choices=TABLES)
    arguments.add_argument("--repeat", type=int, default=3)
    options = arguments.parse_args()
    cases = [case for case in CASES if all(word.lower() in case.name.lower() for word in options.words)]
    if not cases:
        sys.exit(f"no such file; there are {'; '.join(case.name for case in CASES)}")
    for name, table in TABLES.items():
        if options.only in (None, name):
            print(f"\n{name}")
            with tempfile.TemporaryDirectory() as folder:
                rows = table(cases, Path(folder), options.repeat)
            if rows:
                report(f"opening_{name}", rows)


if __name__ == "__main__":
    main()

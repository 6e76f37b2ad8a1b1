"""Opening tables of vectors, compared with other libraries that read them: whole processes, with imports.

Usage: python benchmarks/opening.py [--only TABLE] [--repeat N] [WORD ...]
WORD: a word in the names of the files to open; without one, all files. The libraries run in turn, and the
best run of each is compared; the numbers that they read must agree. Peak memory is that of the process,
with mapped pages of files (VmHWM of Linux). Libraries that are not installed are left out, and so are files
that cannot be made without one.

peers: each file opened by tovec and by another library, for ten vectors and for all, in float32.
again: ten vectors in a process that has opened the file before.
reads: rows of a large table read from its file by tovec, compared with memory-mapping it (which fails
when another program truncates the file).
limits: commands on a language model's file, compared with the limits set for them.
"""

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import sample_files as files
from common import is_installed, report, run_program, timed

from tovec.formats.saved.tensors import Tensor, write_tensors

MEASURED = """
import json, sys, time
from pathlib import Path

def peak():
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in status if line.startswith("VmHWM"))
"""
# Runs Python source that reads `rows` from the file at `path`; prints their shape and a few of their numbers.
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
# The median time of neighbors of further tokens in one process; the first call makes what the others use.
FURTHER = f"""{MEASURED}
import statistics, time, tovec
embedding = tovec.open(sys.argv[1])
def seconds(row):
    start = time.perf_counter()
    embedding.neighbors(row)
    return time.perf_counter() - start
seconds(0)
rows = range(5000, len(embedding), len(embedding) // 100)
print(json.dumps({{"median": statistics.median(map(seconds, rows)), "peak": peak()}}))
"""
# The same operations on a memory map of a file and on rows that are read from it, in turn; the best of each.
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

def with_new_embedding(table, operation):
    return lambda: operation(Embedding(tokens, table()))

def all_rows(table):
    return lambda: sum(float(rows.sum()) for _, rows in blocks(table()))

embeddings = {table: Embedding(tokens, table()) for table in (mapped, read)}
operations = {
    "opened, and 10 rows": lambda table: lambda: np.array(table()[ids[:10]]),
    "10 rows": lambda table: lambda: embeddings[table][ids[:10]],
    "1,000 random rows": lambda table: lambda: embeddings[table][ids[:1000]],
    "100,000 random rows": lambda table: lambda: embeddings[table][ids],
    "all rows, by blocks": all_rows,
    "all rows, as one array": lambda table: lambda: embeddings[table][:],
    "neighbors of 20": lambda table: lambda: nearest(
        table(), None, embeddings[table][ids[:20]], 10, [[]] * 20
    ),
    "neighbors, the first": lambda table: with_new_embedding(table, lambda embedding: embedding.neighbors(7)),
    "neighbors, again": lambda table: lambda: embeddings[table].neighbors(int(ids[5])),
}
best = {}
for _ in range(repeat):
    for name, make in operations.items():
        for table in (mapped, read):
            operation = make(table)
            n = 100 if "10 rows" in name else 1
            start = time.perf_counter()
            for _ in range(n):
                operation()
            seconds = (time.perf_counter() - start) / n
            key = name, table.__name__
            best[key] = min(best.get(key, seconds), seconds)
print(json.dumps([[name, best[name, "mapped"], best[name, "read"]] for name in operations]))
"""
# Modules are compiled once, as those of an installed package are.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Opener:
    """A library, and Python source that opens `path` as `opened` and reads ten `rows` of it, or all.

    needs: modules without which it is left out.
    """

    name: str
    opens: str
    ten: str
    all: str
    needs: tuple[str, ...] = ()


TOVEC = Opener(
    "tovec",
    "import tovec; opened = tovec.open(path)",
    "rows = opened[spread(len(opened))]",
    "rows = opened[:]",
)


def gensim(opens: str) -> Opener:
    ten = "rows = opened.vectors[spread(len(opened))]"
    return Opener("gensim", opens, ten, "rows = opened.vectors", ("gensim",))


def gensim_word2vec(options: str) -> Opener:
    opens = f"from gensim.models import KeyedVectors as K; opened = K.load_word2vec_format(path{options})"
    return gensim(opens)


GENSIM_FASTTEXT = gensim(
    "from gensim.models.fasttext import load_facebook_vectors; opened = load_facebook_vectors(path)"
)
FASTTEXT = Opener(
    "fasttext",
    "import fasttext, numpy; opened = fasttext.load_model(path); words = opened.get_words()",
    "rows = numpy.stack([opened.get_word_vector(words[row]) for row in spread(len(words))])",
    "rows = numpy.stack([opened.get_word_vector(word) for word in words])",
    ("fasttext",),
)
SAFETENSORS = Opener(
    "safetensors",
    f"""
import ml_dtypes, numpy  # ml_dtypes registers bfloat16 with numpy
from safetensors import safe_open
file = safe_open(path, "numpy")
opened = file.get_slice({files.TABLE!r})
""",
    "rows = numpy.stack([opened[row] for row in spread(opened.get_shape()[0])]).astype(numpy.float32)",
    "rows = opened[:].astype(numpy.float32)",
    ("safetensors", "ml_dtypes"),
)
TORCH = Opener(
    "torch",
    f"import torch; opened = torch.load(path, mmap=True, weights_only=True)[{files.TABLE!r}]",
    "rows = opened[spread(len(opened))].float()",
    "rows = opened.float()",
    ("torch",),
)
GGUF = Opener(
    "gguf",
    """
from gguf import GGUFReader
from gguf.quants import dequantize
opened = next(tensor for tensor in GGUFReader(path).tensors if tensor.name == "token_embd.weight")
""",
    "rows = dequantize(opened.data[spread(len(opened.data))], opened.tensor_type)",
    "rows = dequantize(opened.data, opened.tensor_type)",
    ("gguf",),
)


@dataclass(frozen=True)
class Case:
    """A file and the libraries that open it. Its name is the first line of the docstring of `make`.

    again: how often it is opened in one process for the table `again`; 0 where that would take long.
    tasks: fields of Opener; of text files, ten rows take as long as all.
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
class Limit:
    """Limits of a command on the file of Gemma: seconds, peak MB, and peak MB more than numpy alone."""

    command: tuple[str, ...]
    seconds: float
    peak: float | None = None
    more_than_numpy: float | None = None


LIMITED = (
    Limit(("inspect", "GEMMA"), 1.0, more_than_numpy=150.0),
    Limit(("neighbors", "GEMMA", "king"), 4.0, peak=1.2 * 262_144 * 640 * 4 / 1e6),
)


def peers(cases: Sequence[Case], folder: Path, repeat: int) -> list[dict[str, Any]]:
    """Compare the libraries in new processes."""
    rows = []
    for case, path in _written(cases, folder):
        file = {"file": case.name, "MB": round(path.stat().st_size / 1e6)}
        for task in case.tasks:
            best = _best(case, task, path, repeat)
            rows += [
                {
                    **(file | {"rows": task, "run": name}),
                    "seconds": run["process"],
                    "peak MB": round(run["peak"]),
                    "x tovec's seconds": run["process"] / best["tovec"]["process"],
                }
                for name, run in best.items()
            ]
    return rows


def again(cases: Sequence[Case], folder: Path, repeat: int) -> list[dict[str, Any]]:
    """Compare the libraries in processes that have opened the file before."""
    rows = []
    for case, path in _written([case for case in cases if case.again], folder):
        best = _best(case, "ten", path, repeat, case.again)
        rows += [
            {
                **{"file": case.name, "run": name, "ms": 1000 * run["seconds"]},
                "x tovec's": run["seconds"] / best["tovec"]["seconds"],
            }
            for name, run in best.items()
        ]
    return rows


def reads(cases: Sequence[Case], folder: Path, repeat: int) -> list[dict[str, Any]]:
    """Compare reading rows with mapping the file."""
    n_rows, dim, path = 262_144, 640, folder / "table.safetensors"
    table = Tensor((n_rows, dim), files.rows(n_rows, dim))
    with path.open("wb") as file:
        write_tensors(file, {"embeddings": table})
    return [
        {
            "float32 262,144 x 640": name,
            "mapped ms": 1000 * mapped,
            "read ms": 1000 * read,
            "ratio": read / mapped,
        }
        for name, mapped, read in _run(READS, path, n_rows, dim, repeat)
    ]


def limits(cases: Sequence[Case], folder: Path, repeat: int) -> list[dict[str, Any]]:
    """Compare commands with their limits."""
    rows = []
    for _, path in _written([case for case in cases if case.make is files.gemma], folder):
        numpy = _run(NUMPY)["peak"]
        for limit in LIMITED:
            words = [str(path) if word == "GEMMA" else word for word in limit.command]
            runs = [timed(_run, COMMAND, *words) for _ in range(repeat)]
            peak = max(run["peak"] for _, run in runs)
            measured = {
                "seconds": (limit.seconds, min(seconds for seconds, _ in runs)),
                "peak MB": (limit.peak, peak),
                "peak MB more than numpy": (limit.more_than_numpy, peak - numpy),
            }
            rows += [
                _limit_row(f"tovec {' '.join(limit.command)}", quantity, at_most, value)
                for quantity, (at_most, value) in measured.items()
                if at_most is not None
            ]
        median = min(_run(FURTHER, str(path))["median"] for _ in range(repeat))
        rows.append(_limit_row("embedding.neighbors(token), again", "median seconds", 0.05, median))
    return rows


def _limit_row(command: str, quantity: str, limit: float, value: float) -> dict[str, Any]:
    row = {"command": command, "quantity": quantity, "limit": limit, "measured": value}
    return {**row, "within": value <= limit}


def _written(cases: Sequence[Case], folder: Path) -> Iterator[tuple[Case, Path]]:
    """Yield each case that can be written, with its file, which is removed before the next."""
    for case in cases:
        path = folder / f"vectors{case.suffix}"
        try:
            case.make(path)
        except ModuleNotFoundError as error:
            print(f"{error.name} is not installed: {case.name} is left out", flush=True)
        else:
            yield case, path
        path.unlink(missing_ok=True)


def _best(case: Case, task: str, path: Path, repeat: int, times: int = 1) -> dict[str, dict[str, Any]]:
    """Return the result of each library's best run; `process` are the seconds of its process."""
    openers = [
        opener
        for opener in (*case.peers, TOVEC)
        if all(is_installed(module, f"{opener.name} for {case.name}") for module in opener.needs)
    ]
    best: dict[str, dict[str, Any]] = {}
    for _ in range(repeat):
        for opener in openers:
            seconds, run = timed(_run, OPENS, path, f"{opener.opens}\n{getattr(opener, task)}", times)
            run["process"] = seconds
            best[opener.name] = min(best.get(opener.name, run), run, key=itemgetter("seconds"))
    for name, run in best.items():
        pairs = zip(run["found"], best["tovec"]["found"], strict=True)
        if not all(math.isclose(*pair, rel_tol=1e-5) for pair in pairs):
            sys.exit(f"{case.name}: {name} reads {run['found']} and tovec {best['tovec']['found']}")
    return best


def _run(program: str, *arguments: object) -> Any:
    return run_program(program, *arguments, environment=ENVIRONMENT)


TABLES = {"peers": peers, "again": again, "reads": reads, "limits": limits}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("words", nargs="*", metavar="WORD")
    arguments.add_argument("--only", choices=TABLES)
    arguments.add_argument("--repeat", type=int, default=3)
    options = arguments.parse_args()
    cases = [case for case in CASES if all(word.lower() in case.name.lower() for word in options.words)]
    if not cases:
        sys.exit(f"no file has these words in its name; the files: {'; '.join(case.name for case in CASES)}")
    for name, table in TABLES.items():
        if options.only in (None, name):
            print(f"\n{name}")
            with tempfile.TemporaryDirectory() as folder:
                rows = table(cases, Path(folder), options.repeat)
            if rows:
                report(f"opening_{name}", rows)


if __name__ == "__main__":
    main()

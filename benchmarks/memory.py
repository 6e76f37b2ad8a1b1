"""Memory: constant while reading, as estimated while training, and what comparing two tables takes.

Usage: python benchmarks/memory.py [--only reading|training|comparing] [--quick] [CORPUS]
Memory-mapped files do not count (RssAnon of Linux); each row is measured in a process of its own.
reading: from 10 MB to 1 GB of text. One corpus is read several times, so that the number of distinct
tokens, which do take memory, stays the same.
training: the estimate that `TrainingBegins` reports, and the peak from then on until the vectors are
there, by vocabulary (limited, complete, and a synthetic one) and dim.
comparing: `tovec.compare`, with and without the search of neighbors, and `tovec.align` of two tables in
bfloat16, a tenth of whose rows differ; the peak, and processor time, which is of all threads.
--quick: at most four times the corpus, one dim, and tables of 20,000 rows.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from common import corpus, report, run_program

READ = """
import json, sys
from pathlib import Path
from tovec.text.corpus import VocabularyRules, build_corpus
from tovec.text.documents import Documents
from tovec.text.tokenizers import tokenizer_from_name

def anonymous():
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("RssAnon"))

peak = start = anonymous()
def on_read(n_bytes):
    global peak
    peak = max(peak, anonymous())

inputs, folder = sys.argv[2:], Path(sys.argv[1])
words, rules = tokenizer_from_name("words"), VocabularyRules(5)
corpus = build_corpus(Documents(tuple(inputs)), words, folder, rules, on_read=on_read)
print(json.dumps([max(peak, anonymous()), len(corpus.ids), len(corpus.vocabulary)]))
"""


# A thread measures the process a hundred times a second; compiled loops do not hold the GIL.
TRAIN = """
import json, sys, threading
from pathlib import Path
import tovec
from tovec.memory import own_bytes
from tovec.training.events import CorpusRead, TrainingBegins

class MemoryMeter:
    estimate = n_tokens = peak = 0
    stop = threading.Event()
    def __call__(self, event):
        if isinstance(event, CorpusRead):
            self.n_tokens = len(event.corpus.vocabulary)
        if isinstance(event, TrainingBegins):
            self.estimate = event.n_bytes
            threading.Thread(target=self.measure).start()
    def measure(self):
        while not self.stop.wait(0.01):
            self.peak = max(self.peak, own_bytes())

meter = MemoryMeter()
try:
    settings = json.loads(sys.argv[2])
    embedding = tovec.train(Path(sys.argv[1]), epochs=1, preset="word2vec", reporter=meter, **settings)
finally:
    meter.stop.set()
print(json.dumps([meter.n_tokens, meter.estimate, max(meter.peak, own_bytes())]))
"""

COMPARE = """
import json, sys, threading, time
import tovec
from tovec.memory import own_bytes

peak, stop = 0, threading.Event()
def measure():
    global peak
    while not stop.wait(0.01):
        peak = max(peak, own_bytes())

threading.Thread(target=measure).start()
try:
    began = time.process_time()
    tables = [tovec.open(path).vectors for path in sys.argv[1:3]]
    named = [tovec.Embedding([f"w{row}" for row in range(len(table))], table) for table in tables]
    getattr(tovec, sys.argv[3])(*named, **json.loads(sys.argv[4]))
    took = time.process_time() - began
finally:
    stop.set()
print(json.dumps([peak, took]))
"""

N_COMPARED, COMPARED_DIM = 262_144, 640
N_SYNTHETIC = 500_000  # distinct words, each twice
GIGABYTE = 1_000_000_000


def reading(path: Path, quick: bool) -> None:
    """Print the peak by the size of the text."""
    times = [1, 2, 4] if quick else [1, 2, 4, -(-GIGABYTE // path.stat().st_size)]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.txt"
        with path.open("rb") as text:
            small.write_bytes(text.read(10_000_000).rsplit(b"\n", 1)[0])
        for inputs in ([small], *([path] * n for n in times)):
            peak, n_ids, n_tokens = run_program(READ, f"{folder}/work", *inputs)
            rows.append(
                {
                    "text, MB": round(sum(file.stat().st_size for file in inputs) / 1e6),
                    "ids, million": n_ids / 1e6,
                    "vocabulary": n_tokens,
                    "peak anonymous memory, MB": float(peak),
                }
            )
    report("memory", rows)


def training(path: Path, quick: bool) -> None:
    """Print the estimate and the peak, by vocabulary and dim."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        synthetic = Path(folder) / "synthetic.txt"
        words = [f"w{number}" for number in range(N_SYNTHETIC)] * 2
        lines = (words[start : start + 1000] for start in range(0, len(words), 1000))
        synthetic.write_text("".join(" ".join(line) + "\n" for line in lines))
        texts: list[tuple[Path, dict[str, Any]]] = [
            (path, {"max_size": 10_000}),
            (path, {"min_count": 1}),
            (synthetic, {"min_count": 1}),
        ]
        for text, settings in texts:
            for dim in (100,) if quick else (100, 300):
                for deterministic in (False, True):
                    settings |= {"dim": dim, "deterministic": deterministic, "threads": 2}
                    n_tokens, estimate, peak = run_program(TRAIN, text, json.dumps(settings))
                    rows.append(
                        {
                            "vocabulary": n_tokens,
                            "dim": dim,
                            "deterministic": deterministic,
                            "estimate, MB": estimate / 1e6,
                            "peak anonymous memory, MB": peak / 1e6,
                            "estimate / peak": estimate / peak,
                        }
                    )
    report("memory_training", rows)


def comparing(path: Path, quick: bool) -> None:
    """Print peak and processor time of what compares two tables; `path` is not read."""
    rows = []
    n_rows = 20_000 if quick else N_COMPARED
    with tempfile.TemporaryDirectory() as folder:
        tables = [Path(folder) / name for name in ("one.safetensors", "other.safetensors")]
        for number, table in enumerate(tables):
            write_bfloat16(table, n_rows, number)
        for name, settings in (("compare", {"sample": 1}), ("compare", {}), ("align", {})):
            peak, took = run_program(COMPARE, *tables, name, json.dumps(settings))
            rows.append(
                {
                    "what": " ".join([name, *(f"{key}={value}" for key, value in settings.items())]),
                    "rows": n_rows,
                    "dim": COMPARED_DIM,
                    "peak anonymous memory, MB": peak / 1e6,
                    "processor time, s": took,
                }
            )
    report("memory_comparing", rows)


def write_bfloat16(path: Path, n_rows: int, number: int) -> None:
    """Write a table of random rows in bfloat16; those of two numbers differ in a tenth of the rows."""
    shape, size = [n_rows, COMPARED_DIM], 2 * n_rows * COMPARED_DIM
    header = json.dumps({"embedding": {"dtype": "BF16", "shape": shape, "data_offsets": [0, size]}}).encode()
    same, other = np.random.default_rng(0), np.random.default_rng(1)
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for start in range(0, n_rows, 4096):
            table = same.standard_normal((min(4096, n_rows - start), COMPARED_DIM), dtype=np.float32)
            if number:
                table[::10] += other.standard_normal(table[::10].shape, dtype=np.float32)
            file.write((table.view(np.uint32) >> 16).astype("<u2").tobytes())


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("corpus", nargs="?", default="english-novels.txt")
    arguments.add_argument("--only", choices=("reading", "training", "comparing"))
    arguments.add_argument("--quick", action="store_true")
    options = arguments.parse_args()
    path = corpus(options.corpus)
    for table in (reading, training, comparing):
        if options.only in (None, table.__name__):
            print(f"\n{table.__name__}")
            table(path, options.quick)


if __name__ == "__main__":
    main()

"""Memory: constant while reading, and as estimated while training.

Usage: python benchmarks/memory.py [--only reading|training] [--quick] [CORPUS]
Memory-mapped files do not count (RssAnon of Linux); each row is measured in a process of its own.
reading: from 10 MB to 1 GB of text. One corpus is read several times, so that the number of distinct
tokens, which do take memory, stays the same.
training: the estimate that `TrainingBegins` reports, and the peak from then on until the vectors are
there, by vocabulary (limited, complete, and a synthetic one) and dim.
--quick: at most four times the corpus, and one dim.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

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


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("corpus", nargs="?", default="english-novels.txt")
    arguments.add_argument("--only", choices=("reading", "training"))
    arguments.add_argument("--quick", action="store_true")
    options = arguments.parse_args()
    path = corpus(options.corpus)
    for table in (reading, training):
        if options.only in (None, table.__name__):
            print(f"\n{table.__name__}")
            table(path, options.quick)


if __name__ == "__main__":
    main()

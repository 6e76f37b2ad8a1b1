"""Memory: flat while reading, and while training what is said before training begins.

Usage: python benchmarks/memory.py [--only reading|training] [CORPUS]
Mapped files do not count (RssAnon of Linux); every row is a process of its own.
reading: from 10 MB to 1 GB of text, one corpus named again and again, so that the distinct tokens,
which do take memory, are the same.
training: what `TrainingBegins` reports beside the peak from then on until the vectors are there, by
vocabulary (the corpus's, cut and whole, and a made-up one) and dim.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from peers import corpus, report, run_program

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
made = build_corpus(Documents(tuple(inputs)), words, folder, rules, on_read=on_read)
print(json.dumps([max(peak, anonymous()), len(made.ids), len(made.vocabulary)]))
"""


# Looks at itself a hundred times a second, from a thread: compiled loops let it.
TRAIN = """
import json, sys, threading
from pathlib import Path
import tovec
from tovec.memory import own_bytes
from tovec.training.events import CorpusRead, TrainingBegins

class Watch:
    stated = n_tokens = peak = 0
    over = threading.Event()
    def __call__(self, event):
        if isinstance(event, CorpusRead):
            self.n_tokens = len(event.corpus.vocabulary)
        if isinstance(event, TrainingBegins):
            self.stated = event.n_bytes
            threading.Thread(target=self.look).start()
    def look(self):
        while not self.over.wait(0.01):
            self.peak = max(self.peak, own_bytes())

watch = Watch()
try:
    embedding = tovec.train(Path(sys.argv[1]), epochs=1, reporter=watch, **json.loads(sys.argv[2]))
finally:
    watch.over.set()
print(json.dumps([watch.n_tokens, watch.stated, max(watch.peak, own_bytes())]))
"""

MADE_UP = 500_000  # different words, each twice


def reading(path: Path) -> None:
    size = path.stat().st_size
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.txt"
        with path.open("rb") as text:
            small.write_bytes(text.read(10_000_000).rsplit(b"\n", 1)[0])
        for inputs in ([small], [path], [path] * 2, [path] * 4, [path] * (3_000_000 // size + 1)):
            peak, n_ids, n_tokens = run_program(READ, f"{folder}/work", *inputs)
            rows.append(
                {
                    "text, MB": round(sum(each.stat().st_size for each in inputs) / 1e6),
                    "ids, million": n_ids / 1e6,
                    "vocabulary": n_tokens,
                    "peak anonymous memory, MB": float(peak),
                }
            )
    report("memory", rows)


def training(path: Path) -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        made_up = Path(folder) / "made-up.txt"
        words = [f"w{number}" for number in range(MADE_UP)] * 2
        lines = (words[start : start + 1000] for start in range(0, len(words), 1000))
        made_up.write_text("".join(" ".join(line) + "\n" for line in lines))
        texts: list[tuple[Path, dict[str, Any]]] = [
            (path, {"max_size": 10_000}),
            (path, {"min_count": 1}),
            (made_up, {"min_count": 1}),
        ]
        for text, settings in texts:
            for dim in (100, 300):
                for deterministic in (False, True):
                    chosen = {**settings, "dim": dim, "deterministic": deterministic, "threads": 2}
                    n_tokens, stated, peak = run_program(TRAIN, text, json.dumps(chosen))
                    rows.append(
                        {
                            "vocabulary": n_tokens,
                            "dim": dim,
                            "deterministic": deterministic,
                            "stated, MB": stated / 1e6,
                            "peak anonymous memory, MB": peak / 1e6,
                            "stated / peak": stated / peak,
                        }
                    )
    report("memory_training", rows)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("corpus", nargs="?", default="english-novels.txt")
    arguments.add_argument("--only", choices=("reading", "training"))
    options = arguments.parse_args()
    path = corpus(options.corpus)
    for table in (reading, training):
        if options.only in (None, table.__name__):
            print(f"\n{table.__name__}")
            table(path)


if __name__ == "__main__":
    main()

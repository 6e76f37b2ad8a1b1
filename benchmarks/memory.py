"""Memory while reading: anonymous memory must stay flat from 10 MB to 1 GB of text.

Usage: python benchmarks/memory.py [CORPUS]
Each size is read in a process of its own, from one corpus named again and again, so that the
distinct tokens, which do take memory, are the same. Mapped files do not count (RssAnon of Linux).
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from peers import corpus, report

READ = """
import sys
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
print(max(peak, anonymous()), len(made.ids), len(made.vocabulary))
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("corpus", nargs="?", default="english-novels.txt")
    path = corpus(arguments.parse_args().corpus)
    size = path.stat().st_size
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.txt"
        with path.open("rb") as text:
            small.write_bytes(text.read(10_000_000).rsplit(b"\n", 1)[0])
        for inputs in ([small], [path], [path] * 2, [path] * 4, [path] * (1_000_000_000 // size + 1)):
            command = [sys.executable, "-c", READ, f"{folder}/work", *map(str, inputs)]
            output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
            megabytes = sum(each.stat().st_size for each in inputs) / 1e6
            rows.append(
                {
                    "text, MB": round(megabytes),
                    "ids, million": int(output[1]) / 1e6,
                    "vocabulary": int(output[2]),
                    "peak anonymous memory, MB": float(output[0]),
                }
            )
    report("memory", rows)


if __name__ == "__main__":
    main()

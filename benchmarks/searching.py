"""Neighbors in a table of a language model's size, beside what people use; and from an index.

Usage: python benchmarks/searching.py [--rows N] [--dim N] [--table FILE.npy] [--repeat N] [--index]
Every row is a process of its own, so memory is that of one way alone: what is kept beyond the table,
which lies in a file, mapped. The table is random unless one is given; queries are rows of it, each another.
first: from a table that is only mapped to the first answer. next: the median of further ones.
numpy: a copy at length 1 in float32, its product with a row of it, argpartition.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from peers import report, run_program

WATCHED = """
import json, sys, time
import numpy as np
from tovec.memory import own_bytes

table, repeat = np.load(sys.argv[1], mmap_mode="r"), int(sys.argv[2])
rows = np.random.default_rng(0).choice(len(table), repeat + 1, replace=False).tolist()
names = list(map(str, range(len(table))))
before = own_bytes()

def prepare():
    PREPARE

def ask(row):
    ASK

def run():
    start = time.perf_counter()
    made = prepare()
    globals().update(made)
    found = [ask(rows[0])]
    first, times = time.perf_counter() - start, []
    for row in rows[1:]:
        start = time.perf_counter()
        found.append(ask(row))
        times.append(time.perf_counter() - start)
    kept = own_bytes() - before
    return [first, float(np.median(times)), kept, [list(map(int, ids)) for ids in found]]

print(json.dumps(run()))
"""

WAYS = {
    "numpy: normalised copy, argpartition": (
        """
    copy = np.array(table, np.float32)
    copy /= np.linalg.norm(copy, axis=1, keepdims=True)
    return {"copy": copy}""",
        """
    scores = copy @ copy[row]
    scores[row] = -2
    best = np.argpartition(-scores, 10)[:10]
    return best[np.argsort(-scores[best])]""",
    ),
    "gensim most_similar": (
        """
    from gensim.models import KeyedVectors
    vectors = KeyedVectors(table.shape[1], count=0)
    vectors.add_vectors(names, np.array(table, np.float32))
    return {"vectors": vectors}""",
        """
    return [name for name, _ in vectors.most_similar(names[row], topn=10)]""",
    ),
    "usearch exact search": (
        """
    from usearch.index import search
    return {"search": search, "copy": np.array(table, np.float32)}""",
        """
    keys = search(copy, copy[row], 11, "cos", exact=True).keys
    return keys[keys != row]""",
    ),
    "tovec neighbors": (
        """
    from tovec import Embedding
    return {"embedding": Embedding(names, table)}""",
        """
    return [hit.id for hit in embedding.neighbors(row)]""",
    ),
    "tovec neighbors_of_each, one": (
        """
    from tovec import Embedding
    return {"embedding": Embedding(names, table)}""",
        """
    return [hit.id for hit in embedding.neighbors_of_each([row])[0]]""",
    ),
}
INDEXED = {
    "tovec approximate": (
        """
    from tovec import ApproximateIndex, Embedding
    return {"index": ApproximateIndex.build(Embedding(names, table))}""",
        """
    return [hit.id for hit in index.search(row)]""",
    ),
}


def program(prepare: str, ask: str) -> str:
    return WATCHED.replace("    PREPARE", prepare).replace("    ASK", ask)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--rows", type=int, default=262_144)
    arguments.add_argument("--dim", type=int, default=640)
    arguments.add_argument("--table", type=Path)
    arguments.add_argument("--repeat", type=int, default=20)
    arguments.add_argument("--index", action="store_true", help="also an approximate index; takes minutes")
    options = arguments.parse_args()
    ways = WAYS | INDEXED if options.index else WAYS
    with tempfile.TemporaryDirectory() as folder:
        path = options.table or Path(folder) / "table.npy"
        if options.table is None:
            table = np.lib.format.open_memmap(path, "w+", np.float32, (options.rows, options.dim))
            rng = np.random.default_rng(1)
            for start in range(0, options.rows, 4096):
                part = table[start : start + 4096]
                part[:] = rng.standard_normal(part.shape, dtype=np.float32)
            table.flush()
        size = np.load(path, mmap_mode="r").size * 4 / 1e6
        results = {way: run_program(program(*parts), path, options.repeat) for way, parts in ways.items()}
    exact, peer = results["tovec neighbors"][3], results["numpy: normalised copy, argpartition"][1]
    rows: list[dict[str, Any]] = []
    for way, (first, following, kept, found) in results.items():
        right = [len(set(ids) & set(true)) / len(true) for ids, true in zip(found, exact, strict=True)]
        rows.append(
            {
                "way": way,
                "first, s": first,
                "next, ms": 1000 * following,
                "x numpy": peer / following,
                "memory kept, MB": kept / 1e6,
                "x table in float32": kept / 1e6 / size,
                "of the exact ten": float(np.mean(right)),
            }
        )
    report("searching", rows)


if __name__ == "__main__":
    main()

"""Neighbors in a table of a language model's size, compared with other libraries; also with an index.

Usage: python benchmarks/searching.py [--rows N] [--dim N] [--table FILE.npy] [--repeat N] [--index]
Each method runs in a process of its own, so its memory is measured alone: what it keeps in addition to the
table, which is a memory-mapped file. The table is random unless one is given; each query is another row of
it.
first: the seconds from the mapped table to the first answer. next: the median of further answers.
numpy: a normalized float32 copy, its product with the row, argpartition.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from common import is_installed, report, run_program

MEASURED = """
import json, sys, time
import numpy as np
from tovec.memory import own_bytes

table, repeat = np.load(sys.argv[1], mmap_mode="r"), int(sys.argv[2])
rows = np.random.default_rng(0).choice(len(table), repeat + 1, replace=False).tolist()
names = list(map(str, range(len(table))))
before = own_bytes()

def prepare():
    PREPARE

def search(row):
    SEARCH

def run():
    start = time.perf_counter()
    globals().update(prepare())
    found = [search(rows[0])]
    first, times = time.perf_counter() - start, []
    for row in rows[1:]:
        start = time.perf_counter()
        found.append(search(row))
        times.append(time.perf_counter() - start)
    kept = own_bytes() - before
    return [first, float(np.median(times)), kept, [list(map(int, ids)) for ids in found]]

print(json.dumps(run()))
"""

NUMPY = "numpy: normalized copy, argpartition"
METHODS = {
    NUMPY: (
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
    from usearch.index import search as usearch_search
    return {"usearch_search": usearch_search, "copy": np.array(table, np.float32)}""",
        """
    keys = usearch_search(copy, copy[row], 11, "cos", exact=True).keys
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


NEEDS = {
    "gensim most_similar": "gensim",
    "usearch exact search": "usearch",
    "tovec approximate": "usearch",
}


def program(prepare: str, search: str) -> str:
    """Return the program that measures a method."""
    return MEASURED.replace("    PREPARE", prepare).replace("    SEARCH", search)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--rows", type=int, default=262_144)
    arguments.add_argument("--dim", type=int, default=640)
    arguments.add_argument("--table", type=Path)
    arguments.add_argument("--repeat", type=int, default=20)
    arguments.add_argument(
        "--index", action="store_true", help="also an approximate index; this takes minutes"
    )
    options = arguments.parse_args()
    methods = METHODS | INDEXED if options.index else METHODS
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
        results = {
            method: run_program(program(*parts), path, options.repeat)
            for method, parts in methods.items()
            if method not in NEEDS or is_installed(NEEDS[method], method)
        }
    exact, peer = results["tovec neighbors"][3], results[NUMPY][1]
    rows: list[dict[str, Any]] = []
    for method, (first, following, kept, found) in results.items():
        shares = [len(set(ids) & set(true)) / len(true) for ids, true in zip(found, exact, strict=True)]
        rows.append(
            {
                "method": method,
                "first, s": first,
                "next, ms": 1000 * following,
                "x numpy": peer / following,
                "additional memory, MB": kept / 1e6,
                "x float32 table": kept / 1e6 / size,
                "share of the exact ten": float(np.mean(shares)),
            }
        )
    report("searching", rows)


if __name__ == "__main__":
    main()

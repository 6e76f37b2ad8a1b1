"""Vectors to maps: tovec's UMAP beside umap-learn, with principal components and t-SNE.

Usage: python benchmarks/projection.py [--n ROWS] [--dims D] [--columns C] [--repeat N] [--no-tsne]
The rows are vectors that tovec trains for one epoch on CORPUS, kept in results/. Both maps run from the
same vectors with the same n_neighbors and min_dist, umap-learn otherwise by its defaults, neighbors
included; rounds alternate and the best of each is compared. Processor seconds, of all threads, say the
same on a machine that has other work as on an idle one. The first call of each, on few rows, is
measured in a process of its own: umap-learn compiles at every start, tovec once for each installation.
kept (the share of the 15 nearest in the table that are among the 15 nearest in the picture) and
trustworthiness (k = 15) are those of `tovec.projection.trust`; on few rows they are first checked
against scikit-learn's.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from peers import HERE, corpus, report, timed

import tovec
from tovec.projection import neighbor_graph, project, trust

Rows = NDArray[np.float32]
Run = Callable[[Rows, int], Rows]

FEW = 4200  # rows: above 4096 umap-learn finds neighbors another way, which has to be compiled as well

COLD = """
import sys, time
import numpy as np
vectors = np.random.default_rng(0).standard_normal((int(sys.argv[2]), 32), dtype=np.float32)
start = time.perf_counter()
if sys.argv[1] == "umap-learn":
    import umap
    umap.UMAP(n_components=3, metric="cosine").fit_transform(vectors)
else:
    from tovec.projection import project
    project(vectors, 3, "umap")
print(time.perf_counter() - start)
"""


def table(path: Path, n_rows: int, n_columns: int) -> Rows:
    """Return the vectors of the most frequent tokens, (n_rows, n_columns)."""
    kept = HERE / "results" / f"{path.stem}-{n_columns}.npy"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        print(f"training on {path.name} ...", flush=True)
        embedding = tovec.train(path, dim=n_columns, min_count=2, epochs=1, seed=1)
        np.save(kept, embedding[:])
    vectors = np.load(kept)
    if len(vectors) < n_rows:
        sys.exit(f"{path.name} has {len(vectors)} tokens only; give a smaller --n")
    return np.ascontiguousarray(vectors[:n_rows])


def umap_learn(vectors: Rows, dims: int) -> Rows:
    import umap

    return np.asarray(umap.UMAP(n_components=dims, metric="cosine").fit_transform(vectors))


def by(method: str) -> Run:
    return lambda vectors, dims: project(vectors, dims, method).points


class Made(NamedTuple):
    """A map, and what it took: seconds on the wall, and of all threads together."""

    seconds: float
    processor_seconds: float
    points: Rows


def measured(run: Run, vectors: Rows, dims: int) -> Made:
    start = time.process_time()
    seconds, points = timed(run, vectors, dims)
    return Made(seconds, time.process_time() - start, points)


def cold(name: str) -> float:
    """Return the seconds of the first map of a fresh process, imports and compilation included."""
    command = [sys.executable, "-W", "ignore", "-c", COLD, name, str(FEW)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def check_trust(vectors: Rows) -> None:
    """Exit when our trustworthiness is not scikit-learn's."""
    from sklearn.manifold import trustworthiness

    points = project(vectors, 2, "pca").points
    ours = trust(points, neighbor_graph(vectors), vectors=vectors).trustworthiness
    theirs = trustworthiness(vectors, points, n_neighbors=15, metric="cosine")
    if abs(ours - theirs) > 1e-5:
        sys.exit(f"trustworthiness is {ours}, but scikit-learn says {theirs}")
    print(f"trustworthiness of {len(vectors)} rows: {ours:.6f}, scikit-learn: {theirs:.6f}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("corpus", nargs="?", default="english-novels.txt")
    arguments.add_argument("--n", type=int, default=50_000)
    arguments.add_argument("--dims", type=int, default=3)
    arguments.add_argument("--columns", type=int, default=100)
    arguments.add_argument("--repeat", type=int, default=2)
    arguments.add_argument("--no-tsne", action="store_true")
    options = arguments.parse_args()
    vectors = table(corpus(options.corpus), options.n, options.columns)
    check_trust(vectors[:1500])
    first = {name: cold(name) for name in ("umap-learn", "tovec umap")}
    runs: dict[str, Run] = {"umap-learn": umap_learn, "tovec umap": by("umap")}
    few = np.ascontiguousarray(vectors[:FEW])
    for run in runs.values():
        run(few, options.dims)  # compiles
    best: dict[str, Made] = {}
    for _ in range(options.repeat):
        for name, run in runs.items():
            made = measured(run, vectors, options.dims)
            if name not in best or made.seconds < best[name].seconds:
                best[name] = made
    graph_seconds, graph = timed(neighbor_graph, vectors)
    best["tovec pca"] = measured(by("pca"), vectors, options.dims)
    if not options.no_tsne:
        tsne_dims = options.dims if options.n <= 20_000 else 2  # in space it takes too long for more
        best["tovec tsne"] = measured(by("tsne"), vectors, tsne_dims)
    print(f"exact neighbors alone: {graph_seconds:.2f} s")
    print("first map of a process:", ", ".join(f"{name} {s:.1f} s" for name, s in first.items()))
    rows = []
    for name, made in best.items():
        quality = trust(made.points, graph, vectors=vectors, sample=5000)
        rows.append(
            {
                "run": name,
                "rows": len(vectors),
                "columns": vectors.shape[1],
                "dims": made.points.shape[1],
                "seconds": made.seconds,
                "x umap-learn": best["umap-learn"].seconds / made.seconds,
                "processor s": made.processor_seconds,
                "x umap-learn's": best["umap-learn"].processor_seconds / made.processor_seconds,
                "kept %": 100 * quality.kept,
                "trustworthiness %": 100 * quality.trustworthiness,
                f"first s, {FEW} rows": first.get(name),
            }
        )
    report(f"projection-{options.n}", rows)


if __name__ == "__main__":
    main()

"""Projection: tovec's UMAP compared with umap-learn's, and its PCA and t-SNE.

Usage: python benchmarks/projection.py [--n ROWS] [--dims D] [--columns C] [--repeat N] [--no-tsne] [CORPUS]
The rows are vectors that tovec trains for one epoch on CORPUS and keeps in results/. Both compute from the
same vectors with the same n_neighbors and min_dist, umap-learn otherwise with its defaults; finding
neighbors counts. They run in turn, and the best run of each is compared. On a busy machine compare
processor seconds (of all threads together). The first call of each, on few rows, is measured in a process
of its own: umap-learn compiles at each start, tovec once for each installation. kept (the share of the 15
nearest rows of the table that are also among the 15 nearest points) and trustworthiness (k = 15) are those
of `tovec.projection.trust`, which is first compared with scikit-learn's.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from common import RESULTS, corpus, is_installed, report, timed
from numpy.typing import NDArray

import tovec
from tovec.projection import project, trust
from tovec.search.neighbor_graph import neighbor_graph

Rows = NDArray[np.float32]
Run = Callable[[Rows, int], Rows]

PEER, UMAP = "umap-learn", "tovec umap"
FEW = 4200  # rows: above 4096 umap-learn finds neighbors in another way, which has to be compiled too

FIRST_CALL = """
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
    """Return the vectors of the most frequent tokens, (n_rows, n_columns); of all where there are fewer."""
    kept = RESULTS / f"{path.stem}-{n_columns}.npy"
    if not kept.exists():
        RESULTS.mkdir(exist_ok=True)
        print(f"training on {path.name} ...", flush=True)
        embedding = tovec.train(path, dim=n_columns, min_count=2, epochs=1, seed=1, preset="word2vec")
        np.save(kept, embedding[:])
    vectors = np.load(kept)
    if len(vectors) < n_rows:
        print(f"{path.name} has only {len(vectors):,} tokens: all of them are used", flush=True)
    return np.ascontiguousarray(vectors[:n_rows])


def umap_learn(vectors: Rows, dims: int) -> Rows:
    import umap

    return np.asarray(umap.UMAP(n_components=dims, metric="cosine").fit_transform(vectors))


def projection_by(method: str) -> Run:
    """Return a function that projects with tovec."""
    return lambda vectors, dims: project(vectors, dims, method).points


class Result(NamedTuple):
    """Projected points, and what they took: wall-clock seconds, and processor seconds of all threads."""

    seconds: float
    processor_seconds: float
    points: Rows


def measured(run: Run, vectors: Rows, dims: int) -> Result:
    start = time.process_time()
    seconds, points = timed(run, vectors, dims)
    return Result(seconds, time.process_time() - start, points)


def first_call(name: str) -> float:
    """Return the seconds of the first projection in a new process, with imports and compilation."""
    command = [sys.executable, "-W", "ignore", "-c", FIRST_CALL, name, str(FEW)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def check_trust(vectors: Rows) -> None:
    """Exit when tovec's trustworthiness differs from scikit-learn's."""
    from sklearn.manifold import trustworthiness

    points = project(vectors, 2, "pca").points
    ours = trust(points, vectors).trustworthiness
    theirs = trustworthiness(vectors, points, n_neighbors=15, metric="cosine")
    if abs(ours - theirs) > 1e-5:
        sys.exit(f"trustworthiness is {ours}, but scikit-learn's is {theirs}")
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
    runs: dict[str, Run] = {PEER: umap_learn, UMAP: projection_by("umap")}
    if not is_installed("umap", "the comparison with umap-learn"):
        del runs[PEER]
    if is_installed("sklearn", "the check of trustworthiness"):
        check_trust(vectors[:1500])
    first = {name: first_call(name) for name in runs}
    few = np.ascontiguousarray(vectors[:FEW])
    for run in runs.values():
        run(few, options.dims)  # compiles the loops
    best: dict[str, Result] = {}
    for _ in range(options.repeat):
        for name, run in runs.items():
            result = measured(run, vectors, options.dims)
            if name not in best or result.seconds < best[name].seconds:
                best[name] = result
    graph_seconds, _ = timed(lambda: neighbor_graph(vectors, exact=True))
    best["tovec pca"] = measured(projection_by("pca"), vectors, options.dims)
    if not options.no_tsne and is_installed("openTSNE", "t-SNE"):
        tsne_dims = options.dims if len(vectors) <= 5_000 else 2  # t-SNE of more rows in 3-D takes minutes
        best["tovec tsne"] = measured(projection_by("tsne"), vectors, tsne_dims)
    print(f"exact neighbors alone: {graph_seconds:.2f} s")
    print("first projection of a process:", ", ".join(f"{name} {s:.1f} s" for name, s in first.items()))
    rows = []
    nan = float("nan")
    peer = best.get(PEER, Result(nan, nan, vectors))
    for name, result in best.items():
        quality = trust(result.points, vectors, sample=5000)
        rows.append(
            {
                "run": name,
                "rows": len(vectors),
                "columns": vectors.shape[1],
                "dims": result.points.shape[1],
                "seconds": result.seconds,
                "x umap-learn": peer.seconds / result.seconds,
                "processor s": result.processor_seconds,
                "x umap-learn's": peer.processor_seconds / result.processor_seconds,
                "kept %": 100 * quality.kept,
                "trustworthiness %": 100 * quality.trustworthiness,
                f"first call, {FEW} rows, s": first.get(name),
            }
        )
    report(f"projection-{options.n}", rows)


if __name__ == "__main__":
    main()

"""Pictures of a timeline: how still they lie where nothing changed, how true they are, and what they take.

Usage: python benchmarks/timeline.py [--n TOKENS] [--moments M] [--dims D] [--columns C] [--peer] [SOURCE]
SOURCE is a text, of which one epoch is trained and kept in results/, or a folder that `tovec train
--snapshots` has made. Compared are, of the same tokens: a UMAP of each moment by itself, rotated and shifted
onto the one before (orthogonal Procrustes); UMAP of each moment initialized with the one before, the
baseline; UMAP of all moments together; and PCA on the axes of the last moment. jitter is that of
`tovec.projection.jitter`; kept and trustworthiness (k = 15) are measured at the first, the middle and the
last moment. seconds include finding neighbors. --peer adds the AlignedUMAP of umap-learn, which takes long.
Exits with status 1 where all moments together have as much jitter as the baseline, or keep less than 9 of 10
of the neighbors that it keeps, on average of the three moments.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, corpus, is_installed, report, timed
from numpy.typing import NDArray

import tovec
from tovec.projection import jitter, project, project_moments, trust
from tovec.search.neighbor_graph import neighbor_graph

Rows = NDArray[np.float32]
Run = Callable[[Sequence[Rows], int], Rows]

BASELINE, TOGETHER = "umap, from the one before", "umap, all together"
LEAST_KEPT = 0.9  # of what the baseline keeps
NEIGHBORS = 15


def moments_of(path: Path, n_moments: int, n_tokens: int, n_columns: int) -> list[Rows]:
    """Return the vectors of the most frequent tokens at each moment, (n_tokens, n_columns).

    path: a text, on which a run is made, or a folder with the moments of one.
    """
    if path.is_dir():
        timeline = tovec.open_timeline(path)
    else:
        kept = RESULTS / f"{path.stem}-{n_moments}-moments-{n_tokens}-{n_columns}"
        if not kept.exists():
            print(f"training on {path.name} ...", flush=True)
            work = kept.with_name(f"{kept.name}-unfinished")
            work.mkdir(parents=True, exist_ok=True)
            tovec.train(
                path,
                work=work,
                dim=n_columns,
                epochs=1,
                seed=1,
                snapshots=n_moments,
                snapshot_tokens=n_tokens,
            )
            work.rename(kept)
        timeline = tovec.open_timeline(kept / "snapshots")
    return [np.array(moment.vectors[:n_tokens], dtype=np.float32) for moment in timeline]


def each_by_itself(tables: Sequence[Rows], dims: int) -> Rows:
    made: list[Rows] = []
    for table in tables:
        points = project(table, dims, "umap").points
        made.append(rotated_onto(points, made[-1]) if made else points)
    return np.stack(made)


def rotated_onto(points: Rows, before: Rows) -> Rows:
    """Return `points` rotated, mirrored and shifted, not scaled, to where they are nearest to `before`."""
    centered, there = points - points.mean(axis=0), before.mean(axis=0)
    left, _, right = np.linalg.svd(centered.T @ (before - there))
    return np.asarray(centered @ (left @ right) + there, dtype=np.float32)


def from_the_one_before(tables: Sequence[Rows], dims: int) -> Rows:
    made: list[Rows] = []
    for table in tables:
        made.append(project(table, dims, "umap", components=made[-1] if made else None).points)
    return np.stack(made)


def together_by(method: str) -> Run:
    """Return a function that projects all moments together with tovec."""
    return lambda tables, dims: project_moments(tables, dims, method).points


def aligned_umap(tables: Sequence[Rows], dims: int) -> Rows:
    from umap import AlignedUMAP

    same = {row: row for row in range(len(tables[0]))}
    found = AlignedUMAP(n_components=dims, metric="cosine").fit(
        list(tables), relations=[same] * (len(tables) - 1)
    )
    return np.stack([np.asarray(each, dtype=np.float32) for each in found.embeddings_])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("source", nargs="?", default="english-novels.txt")
    arguments.add_argument("--n", type=int, default=20_000)
    arguments.add_argument("--moments", type=int, default=50)
    arguments.add_argument("--dims", type=int, default=2)
    arguments.add_argument("--columns", type=int, default=100)
    arguments.add_argument("--peer", action="store_true")
    options = arguments.parse_args()
    tables = moments_of(corpus(options.source), options.moments, options.n, options.columns)
    runs: dict[str, Run] = {
        "umap, each by itself": each_by_itself,
        BASELINE: from_the_one_before,
        TOGETHER: together_by("umap"),
        "pca": together_by("pca"),
    }
    if options.peer and is_installed("umap", "AlignedUMAP"):
        runs["umap-learn AlignedUMAP"] = aligned_umap
    project(tables[-1], options.dims, "umap")  # compiles the loops
    graphs = [neighbor_graph(table, NEIGHBORS) for table in tables]
    shown = {"first": 0, "middle": len(tables) // 2, "last": len(tables) - 1}
    rows: dict[str, dict[str, Any]] = {}
    for name, run in runs.items():
        seconds, points = timed(run, tables, options.dims)
        quality = {when: trust(points[at], tables[at]) for when, at in shown.items()}
        rows[name] = {
            "run": name,
            "moments": len(tables),
            "tokens": len(tables[0]),
            "dims": options.dims,
            "seconds": seconds,
            "jitter": jitter(points, graphs),
            **{f"kept {when} %": 100 * each.kept for when, each in quality.items()},
            **{f"trustworthiness {when} %": 100 * each.trustworthiness for when, each in quality.items()},
        }
    report(f"timeline-{len(tables)}-{len(tables[0])}", list(rows.values()))
    ours, baseline = rows[TOGETHER], rows[BASELINE]
    kept, kept_before = (sum(row[f"kept {when} %"] for when in shown) for row in (ours, baseline))
    if not ours["jitter"] < baseline["jitter"] or kept < LEAST_KEPT * kept_before:
        sys.exit("laid out together, the moments have more jitter than the baseline, or keep fewer neighbors")


if __name__ == "__main__":
    main()

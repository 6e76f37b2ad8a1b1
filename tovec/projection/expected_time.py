"""How long each stage of a projection takes, roughly: for a bar that moves evenly and a first estimate.

Measured on two cores; on others, or beside other work, all stages are about as much faster or slower.

How much longer the stages take with more neighbors was measured on 5,000 × 100, beside the defaults, 15
neighbors for UMAP and a perplexity of 30 (90 neighbors) for t-SNE, as processor time:

    neighbors                    15     50     90-100  200
    all pairs compared           1      2.2    4.4     10-13
    approximate                  1      1.7    2.7     6.9
    graph of UMAP                1      4      11      27
    layout of UMAP               1      1.7    2.0     3.0

    perplexity                   10     30     100
    affinities of t-SNE          0.7    1      2.2
    steps of t-SNE               1.0    1      1.08
"""

from tovec.projection.settings import DEFAULTS, Settings
from tovec.search.neighbor_graph import compares_all_pairs

FROM_NEIGHBORS = ("umap", "tsne")


def n_neighbors(method: str, settings: Settings) -> int:
    """Return how many neighbors of each token `method` is computed from; 0 for none."""
    return {"umap": settings.neighbors, "tsne": int(3 * settings.perplexity)}.get(method, 0)


def neighbor_seconds(n_rows: int, dim: int, k: int, exact: bool) -> dict[str, float]:
    """Return the expected seconds of the stages that find the `k` nearest of each row, `neighbor_graph`."""
    numbers = n_rows * dim
    if exact:
        return {"neighbors": 1e-11 * numbers * n_rows + 8e-7 * n_rows * k}
    found = (4e-5 + 5e-7 * dim) * n_rows * (0.6 + 0.4 * k / 15)
    return {"neighbors": found, "recall": 5e-8 * numbers}


def expected_seconds(
    method: str,
    n_rows: int,
    dim: int,
    n_measured: int,
    settings: Settings = DEFAULTS,
) -> dict[str, float]:
    """Return the expected seconds of the stages of `method`, in their order.

    n_measured: the rows that the measure of trust samples, 0 where nothing is measured.
    """
    numbers = n_rows * dim
    k = n_neighbors(method, settings)
    stages = {"start": 0.1 + 4e-8 * numbers + 1.5e-11 * numbers * min(dim, 1024)}
    if method in FROM_NEIGHBORS:
        stages |= neighbor_seconds(n_rows, dim, k, exact=compares_all_pairs(n_rows, dim))
    if method == "umap":
        stages["graph"] = 2e-6 * n_rows * (k / 15) ** 1.25
        stages["layout"] = 5e-5 * n_rows * (2.5 if n_rows <= 10_000 else 1.0) * (k / 15) ** 0.43
    if method == "tsne":
        stages["affinities"] = 2e-5 * n_rows * (0.55 + 0.45 * k / 90)
        stages["t-SNE"] = 2.0 + 1e-3 * n_rows * (0.96 + 0.04 * k / 90)
    if n_measured:
        stages["trust"] = 0.1 + (3e-8 + 2e-11 * n_measured) * numbers
    return stages

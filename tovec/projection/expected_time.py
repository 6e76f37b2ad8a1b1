"""How long each stage of a projection takes, roughly: for a bar that moves evenly and a first estimate.

Measured on two cores; on others, or beside other work, all stages are about as much faster or slower.
"""

from tovec.search.neighbor_graph import compares_all_pairs

FROM_NEIGHBORS = ("umap", "tsne")


def expected_seconds(method: str, n_rows: int, dim: int, n_measured: int) -> dict[str, float]:
    """Return the expected seconds of the stages of `method`, in their order.

    n_measured: the rows that the measure of trust samples, 0 where nothing is measured.
    """
    numbers = n_rows * dim
    stages = {"start": 0.1 + 4e-8 * numbers + 1.5e-11 * numbers * min(dim, 1024)}
    if method in FROM_NEIGHBORS:
        if compares_all_pairs(n_rows, dim):
            stages["neighbors"] = 1e-11 * numbers * n_rows
        else:
            stages["neighbors"] = (4e-5 + 5e-7 * dim) * n_rows * (1 if method == "umap" else 2)
            stages["recall"] = 5e-8 * numbers
    if method == "umap":
        stages["graph"] = 2e-6 * n_rows
        stages["layout"] = 5e-5 * n_rows * (2.5 if n_rows <= 10_000 else 1.0)
    if method == "tsne":
        stages["affinities"] = 2e-5 * n_rows
        stages["t-SNE"] = 2.0 + 1e-3 * n_rows
    if n_measured:
        stages["trust"] = 0.1 + (3e-8 + 2e-11 * n_measured) * numbers
    return stages

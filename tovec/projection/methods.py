"""The projection methods by name."""

import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tovec.errors import BadSetting, MissingExtra, TovecError
from tovec.progress import Event, Reporter, Stage
from tovec.projection.axes import Axis, custom_axes, first_axes
from tovec.projection.pca import pca
from tovec.projection.points import FiniteRows, Points, Projection
from tovec.projection.settings import DEFAULTS, Settings, check_settings
from tovec.search.neighbor_graph import NeighborGraph
from tovec.vectors.table import Vectors

METHODS = ("none", "pca", "umap", "tsne")
AXES = "axes"  # the method of custom axes


def default_method(dim: int, dims: int) -> str:
    """Return "none" if the dimensions can be drawn as they are, else "pca"."""
    return "none" if dim <= max(3, dims) else "pca"


def available(method: str) -> str | None:
    """Return one line that says why `method` is not available here, None if it is. Imports nothing."""
    if method == "tsne" and importlib.util.find_spec("openTSNE") is None:
        return str(MissingExtra("t-SNE", "projection"))
    return None


def project(
    vectors: Vectors,
    dims: int,
    method: str | None = None,
    *,
    seed: int = 0,
    graph: NeighborGraph | None = None,
    components: Points | None = None,
    report: Reporter | None = None,
    axes: Sequence[Axis] | None = None,
    settings: Settings = DEFAULTS,
    finite: FiniteRows | None = None,
) -> Projection:
    """Return the points of the rows of `vectors`, (n_rows, dim), in `dims` dimensions.

    method: one of METHODS, None for the default; "axes" goes with `axes`, one for each dimension. seed,
    graph, components: for umap and tsne: the neighbors of the finite rows among themselves, and the principal
    components, (n_rows, dims); where they are not given, or are of other rows or fewer neighbors than needed,
    they are computed. report: called from time to time with how far it is (progress.py); what it raises ends
    the work. settings: the numbers of the method. finite: which rows are finite, None to find out.
    `vectors` is read a few times. A row that holds NaN or infinity has no place, nor has one that is
    too large beside the others: its point is NaN, and the others' points are as they are without it.
    Raises TovecError for an unknown method, for `dims` below 1 or above dim, for a table without rows or
    without finite rows; MissingExtra for t-SNE without openTSNE.
    """
    dim = vectors.shape[1]
    method = default_method(dim, dims) if method is None else method
    if method not in (*METHODS, AXES):
        raise BadSetting("method", method, f"one of {', '.join(METHODS)}")
    if dims < 1:
        raise BadSetting("dims", dims, "at least 1")
    if dims > dim:
        raise BadSetting("dims", dims, f"at most {dim}, the length of the vectors")
    if (method == AXES) != (axes is not None) or (axes is not None and len(axes) != dims):
        raise BadSetting("axes", len(axes or ()), "one for each dimension, with the method axes and no other")
    check_settings(settings, method, dims, dim)
    if vectors.shape[0] == 0:
        raise TovecError("there are no tokens to draw")
    if finite is None:
        finite = FiniteRows.of(vectors)
    if not len(finite.ids):
        raise TovecError("every row holds NaN or infinity, so there is nothing to draw")

    def report_all(event: Event) -> None:
        assert report is not None
        if isinstance(event, Stage) and event.points is not None:
            event = replace(event, points=finite.spread(event.points))
        report(event)

    if graph is not None and len(graph.ids) != len(finite.ids):
        graph = None
    if components is not None and not finite.are_all:
        components = components[finite.ids]
    passed_on = None if report is None else report_all
    made = _project(finite.table(vectors), dims, method, seed, graph, components, passed_on, axes, settings)
    return replace(made, points=finite.spread(made.points))


def _project(
    vectors: Vectors,
    dims: int,
    method: str,
    seed: int,
    graph: NeighborGraph | None,
    components: Points | None,
    report: Reporter | None,
    axes: Sequence[Axis] | None,
    settings: Settings,
) -> Projection:
    """Return the projection of rows that are all finite."""
    if axes is not None:
        return custom_axes(vectors, axes, report=report)
    if method == "none":
        return first_axes(vectors, dims)
    if method == "pca":
        return pca(vectors, dims, seed=seed, report=report, components=settings.components)
    options: dict[str, Any] = {
        "graph": graph,
        "components": components,
        "seed": seed,
        "report": report,
    }
    if method == "umap":
        from tovec.projection.umap import umap

        return umap(vectors, dims, n_neighbors=settings.neighbors, min_dist=settings.min_dist, **options)
    from tovec.projection.tsne import tsne

    return tsne(vectors, dims, perplexity=settings.perplexity, **options)

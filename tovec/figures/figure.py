"""An embedding as a picture: a matplotlib figure, to look at, to save and to print.

Leaves pyplot alone and matplotlib's settings, so it works without a display, beside other figures and
in notebooks.
"""

import io
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from numpy.typing import NDArray

from tovec.embedding import Embedding, check_embedding
from tovec.errors import BadSetting, TovecError
from tovec.figures.axes import axes_2d, axes_3d
from tovec.figures.draw_points import FEW, draw_few, draw_many
from tovec.figures.style import DPI, GRID
from tovec.projection import Projection, project
from tovec.projection.left_out import left_out
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.table import Vectors

# Without an engine, matplotlib takes the one of the user's settings at the next savefig and moves the axes.
KEEP_LAYOUT = partial(PlaceHolderLayoutEngine, adjust_compatible=True, colorbar_gridspec=True)


class Picture(Figure):
    """A figure that notebooks show even where pyplot was never imported.

    n_drawn: how many tokens are in it. left_out: in one line which are not, None where all are.
    """

    n_drawn: int = 0
    left_out: str | None = None

    def _repr_png_(self) -> bytes:
        png = io.BytesIO()
        self.savefig(png, format="png")
        return png.getvalue()


def plot(
    embedding: Embedding,
    *,
    dims: int | None = None,
    tokens: Sequence[str] | None = None,
    method: str | None = None,
    title: str | None = None,
    size: tuple[float, float] = (8.0, 6.4),
    max_labels: int = 80,
) -> "Picture":
    """Return a figure of the tokens as points, in 2-D or 3-D; `figure.savefig(path)` writes it.

    dims: 2 or 3; by default 3 where the vectors have as many. method: "none" for the first dimensions
    as they are, "pca" for principal components; by default none up to three dimensions, pca above.
    tokens: draw these alone, and fit the projection to them alone. size: in inches. All tokens get
    labels when they are at most `max_labels` and 80; else at most `max_labels` that lie apart, the
    most frequent first (in the order of the vocabulary where it has no counts), tokens that stand for no
    text last. Units are equally long on all axes. Tokens whose vectors hold NaN or infinity are left out,
    which `figure.left_out` says.
    Raises UnknownToken, and TovecError for settings out of range or vectors that cannot be drawn.
    """
    check_embedding("embedding", embedding)
    dims = _checked_dims(embedding.dim, dims)
    _check_layout(size, max_labels)
    names, vectors, order = _chosen(embedding, tokens)
    projection = project(vectors, dims, method)
    without = left_out(projection.points, names)
    if without is not None:
        projection, names, order = _placed(projection, names, order)
    if title is None:
        title = f"{len(names):,} token{'s' * (len(names) != 1)} in {embedding.dim:,} dimensions"
    with matplotlib.style.context(["default", {"grid.color": GRID, "grid.linewidth": 0.6}]):
        figure = Picture(figsize=size, dpi=DPI, facecolor="white", layout=KEEP_LAYOUT())
        figure.n_drawn, figure.left_out = len(names), without
        FigureCanvasAgg(figure)
        axes = (axes_2d if dims == 2 else axes_3d)(figure, projection, title)
        if len(names) <= min(max_labels, FEW):
            draw_few(axes, projection.points, names)
        else:
            draw_many(axes, projection.points, names, order, max_labels)
    return figure


def _checked_dims(dim: int, dims: int | None) -> int:
    if dim < 2:
        raise TovecError(f"a picture needs vectors of 2 dimensions or more; these have {dim}")
    if dims is None:
        return min(dim, 3)
    if dims not in (2, 3):
        raise BadSetting("dims", dims, "2 or 3")
    return dims


def _check_layout(size: tuple[float, float], max_labels: int) -> None:
    if len(size) != 2 or not all(2 <= inches <= 100 for inches in size):
        raise BadSetting("size", size, "width and height in inches, from 2 to 100")
    if max_labels < 0:
        raise BadSetting("max_labels", max_labels, "at least 0")


def _chosen(
    embedding: Embedding, tokens: Sequence[str] | None
) -> tuple[Sequence[str], Vectors, NDArray[np.int64]]:
    """Return the tokens to draw, their vectors, and the order of their labels. Raises UnknownToken."""
    vocabulary = embedding.vocabulary
    if tokens is None:
        return vocabulary.readable_tokens, embedding.vectors, _order(vocabulary, np.arange(len(vocabulary)))
    if isinstance(tokens, str):
        raise BadSetting("tokens", tokens, "a list of tokens")
    names = list(dict.fromkeys(tokens))
    ids = embedding.ids(names)
    return names, np.asarray(embedding.vectors[ids], dtype=np.float32), _order(vocabulary, ids)


def _placed(
    projection: Projection, names: Sequence[str], order: NDArray[np.int64]
) -> tuple[Projection, Sequence[str], NDArray[np.int64]]:
    """Return the points that have a place, their names, and the order of their labels."""
    has_place = np.asarray(np.isfinite(projection.points).all(axis=1))
    place = np.cumsum(has_place) - 1
    kept = [names[row] for row in np.flatnonzero(has_place).tolist()]
    return replace(projection, points=projection.points[has_place]), kept, place[order[has_place[order]]]


def _order(vocabulary: Vocabulary, ids: NDArray[Any]) -> NDArray[np.int64]:
    """Return places in `ids`, the most frequent token first; those that stand for no text come last."""
    counts = np.zeros(len(ids)) if vocabulary.counts is None else vocabulary.counts[ids]
    return np.lexsort((-counts, np.array([row in vocabulary.special for row in ids.tolist()])))

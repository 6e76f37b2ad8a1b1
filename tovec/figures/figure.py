"""An embedding as a matplotlib figure, and figures as files.

pyplot is not used and matplotlib's settings do not change, so it works without a display, next to other
figures and in notebooks.
"""

import io
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import matplotlib
import matplotlib.style
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.embedding import Embedding, check_embedding
from tovec.errors import BadSetting, CannotSave
from tovec.figures.axes import axes_2d, axes_3d
from tovec.figures.draw_points import FEW, draw_few, draw_many
from tovec.figures.style import DPI, GRID
from tovec.projection import Projection, in_space, left_out, project
from tovec.storage import replace_file
from tovec.text.importance import by_importance
from tovec.vectors.derived import DerivedTable

# Without an engine, matplotlib uses the one of the user's settings at the next savefig and moves the axes.
KEEP_LAYOUT = partial(PlaceHolderLayoutEngine, adjust_compatible=True, colorbar_gridspec=True)


# Text as outlines in SVG and as a font program in PDF: neither needs fonts where the file is read.
SUFFIXES = (".png", ".svg", ".pdf")


class NotebookFigure(Figure):
    """A figure that notebooks show even where pyplot was never imported.

    n_drawn: how many tokens it shows. left_out: one line that names the tokens it leaves out, or None.
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
) -> NotebookFigure:
    """Return a figure of the tokens as points, in 2-D or 3-D; `figure.savefig(path)` writes it.

    dims: 2 or 3; by default 3, or 2 for vectors of fewer dimensions; those of one are a number line.
    method: "none" for the first dimensions as they are, "pca" for principal components, "umap" or "tsne"; by
    default none up to three dimensions, pca above. tokens: draw only these, and fit the projection to them
    only. size: in inches. All tokens get labels when there are at most `max_labels` and 80; otherwise at most
    `max_labels` labels that do not overlap, the most frequent tokens first (whole words where nothing is
    counted), tokens that stand for no text last. Units are equally long on all axes. Tokens whose vectors
    hold NaN or infinity are left out, and `figure.left_out` names them.
    Raises UnknownToken, and TovecError for settings out of range or vectors that cannot be drawn.

    >>> import tovec
    >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
    >>> figure = tovec.plot(embedding, title="four words")
    >>> figure.n_drawn, figure.axes[0].get_title()
    (4, 'four words')
    """
    check_embedding("embedding", embedding)
    dims = checked_dims(embedding.dim, dims)
    check_layout(size, max_labels)
    names, ids, order = chosen_tokens(embedding, tokens)
    vectors = DerivedTable(embedding.vectors, len(ids), ids) if tokens is not None else embedding.vectors
    if embedding.dim == 1 and method not in (None, "none"):
        raise BadSetting("method", method, "none for vectors of one dimension")
    projection = project(vectors, 1 if embedding.dim == 1 else dims, method)
    projection = replace(projection, points=in_space(projection.points, dims))
    left_out_line = left_out(projection.points, names)
    if left_out_line is not None:
        projection, names, order = _finite_points(projection, names, order)
    if title is None:
        title = f"{counted(len(names), 'token')} in {counted(embedding.dim, 'dimension')}"
    with matplotlib.style.context(["default", {"grid.color": GRID, "grid.linewidth": 0.6}]):
        figure = NotebookFigure(figsize=size, dpi=DPI, facecolor="white", layout=KEEP_LAYOUT())
        figure.n_drawn, figure.left_out = len(names), left_out_line
        FigureCanvasAgg(figure)
        axes = (axes_2d if dims == 2 else axes_3d)(figure, projection, title)
        if len(names) <= min(max_labels, FEW):
            draw_few(axes, projection.points, names)
        else:
            draw_many(axes, projection.points, names, order, max_labels)
    return figure


def checked_dims(dim: int, dims: int | None) -> int:
    """Return in how many dimensions vectors of `dim` are drawn. Raises BadSetting where they cannot be."""
    if dims is None:
        return min(max(dim, 2), 3)
    if dim == 1 and dims == 3:
        raise BadSetting("dims", dims, "2 for vectors of one dimension")
    if dims not in (2, 3):
        raise BadSetting("dims", dims, "2 or 3")
    return dims


def check_layout(size: tuple[float, float], max_labels: int) -> None:
    """Raise BadSetting for a size in inches or a number of labels out of range."""
    if len(size) != 2 or not all(2 <= inches <= 100 for inches in size):
        raise BadSetting("size", size, "width and height in inches, from 2 to 100")
    if max_labels < 0:
        raise BadSetting("max_labels", max_labels, "at least 0")


def chosen_tokens(
    embedding: Embedding, tokens: Sequence[str] | None
) -> tuple[Sequence[str], NDArray[np.int64], NDArray[np.int64]]:
    """Return the tokens to draw, None for all, with their ids, and who gets a label first.

    Raises UnknownToken.
    """
    vocabulary = embedding.vocabulary
    if tokens is None:
        return vocabulary.readable_tokens, np.arange(len(vocabulary)), by_importance(vocabulary)
    if isinstance(tokens, str):
        raise BadSetting("tokens", tokens, "a list of tokens")
    names = list(dict.fromkeys(tokens))
    ids = embedding.ids(names).astype(np.int64)
    rank = np.argsort(by_importance(vocabulary))
    return names, ids, np.argsort(rank[ids])


def _finite_points(
    projection: Projection, names: Sequence[str], order: NDArray[np.int64]
) -> tuple[Projection, Sequence[str], NDArray[np.int64]]:
    """Return the finite points, their names, and who gets a label first."""
    is_finite = np.asarray(np.isfinite(projection.points).all(axis=1))
    new_place = np.cumsum(is_finite) - 1
    kept = [names[row] for row in np.flatnonzero(is_finite).tolist()]
    return replace(projection, points=projection.points[is_finite]), kept, new_place[order[is_finite[order]]]


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write `figure` in the format that the suffix of `path` names, whole or not at all; return the path.

    Equal figures give equal bytes: no date is written. Raises CannotSave for another suffix and
    where the file cannot be written.
    """
    target = Path(path)
    check_suffix(target)
    suffix = target.suffix.lower()
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix, {})
    # Without a fixed salt the names inside an SVG differ each time.
    with replace_file(target) as file, matplotlib.rc_context({"svg.hashsalt": "tovec"}):
        figure.savefig(file, format=suffix[1:], metadata=metadata)
    return target


def check_suffix(path: Path) -> None:
    """Raise CannotSave where the suffix of `path` names no format of a figure."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        moves = "; moments of a table are drawn with --animate" if suffix in (".gif", ".mp4") else ""
        raise CannotSave(f"{path}: the suffix of a figure is {', '.join(SUFFIXES)}, not {suffix!r}{moves}")

"""Points and their labels: all labels for few points; for many, a cloud and the most useful labels."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from mpl_toolkits.mplot3d import Axes3D
from mpl_toolkits.mplot3d.art3d import Line3D, Path3DCollection
from numpy.typing import NDArray

from tovec.figures.axes import in_pixels
from tovec.figures.fonts import shown
from tovec.figures.label import Label, LeaderLine
from tovec.figures.placement import (
    ABOVE_FIRST,
    RIGHT_FIRST,
    Box,
    Floats,
    Place,
    place_all,
    place_apart,
)
from tovec.figures.style import ACCENT, AXIS, CLOUD, INK, font
from tovec.projection import Points

VERY_FEW, FEW = 12, 80  # points
RASTER_ABOVE = 5_000  # points: a vector file would grow by some 100 bytes for each
MAX_CANDIDATES = 1_500  # labels to try, since each must be measured
ON_TOP = 10  # zorder: above the axes, the cloud and the dots


class Drawn:
    """What has been drawn of points, and can move with them: dots, labels, lines down to the floor.

    Each comes with the rows of its points; a line and the dot at its foot keep their height there.
    """

    def __init__(self) -> None:
        self.dots: list[tuple[PathCollection, NDArray[np.int64]]] = []
        self.labels: list[tuple[Label, int]] = []
        self.drops: list[tuple[Line3D, int]] = []
        self.feet: PathCollection | None = None

    def move(self, points: Points) -> None:
        """Draw the points, (n, dims), elsewhere; those of NaN nowhere."""
        for dots, rows in self.dots:
            _move_dots(dots, points[rows])
        for label, row in self.labels:
            label.point = tuple(map(float, points[row]))
            label.xy = (label.point[0], label.point[1])
            label.set_visible(bool(np.isfinite(points[row]).all()))
        for line, row in self.drops:
            foot = np.array([*points[row, :2], line.get_data_3d()[2][0]])
            line.set_data_3d(*zip(foot, points[row], strict=True))
        if self.feet is not None:
            heights = np.full(len(points), self.drops[0][0].get_data_3d()[2][0])
            _move_dots(self.feet, np.column_stack([points[:, :2], heights]))


def _move_dots(dots: PathCollection, points: Points) -> None:
    if isinstance(dots, Path3DCollection):
        dots._offsets3d = tuple(points.T)  # matplotlib has no other way
    else:
        dots.set_offsets(points)


def draw_few(axes: Axes, points: Points, names: Sequence[str]) -> Drawn:
    """Draw every point with its label; in 3-D, very few points also get lines down to the floor."""
    very_few, drawn = len(points) <= VERY_FEW, Drawn()
    area, size = (90.0, 12.0) if very_few else (26.0, 8.5)
    if isinstance(axes, Axes3D) and very_few:
        _drop_lines(axes, points, drawn)
    drawn.dots.append((_dots(axes, points, area, fade=not very_few), np.arange(len(points))))
    texts = [shown(name) for name in names]
    anchors = in_pixels(axes, points)
    ranks = RIGHT_FIRST if axes.yaxis.get_visible() else ABOVE_FIRST
    places = place_all(anchors, _sizes(axes, texts, size), _bounds(axes), _gap(axes, area), ranks)
    labels = _write_labels(axes, points, texts, places, size)
    drawn.labels = [(label, place.label) for label, place in zip(labels, places, strict=True)]
    return drawn


def draw_many(
    axes: Axes, points: Points, names: Sequence[str], order: NDArray[np.int64], max_labels: int
) -> Drawn:
    """Draw a cloud, and on top of it dots and labels of the tokens that come first in `order`."""
    first = order[:MAX_CANDIDATES]
    area, size = 14.0, 8.5
    texts = [shown(names[row]) for row in first]
    anchors = in_pixels(axes, points[first])
    sizes, gap = _sizes(axes, texts, size), _gap(axes, area)
    places = place_apart(anchors, sizes, _bounds(axes), gap, max_labels)
    named = first[[place.label for place in places]]
    rest = np.setdiff1d(np.arange(len(points)), named)
    drawn = Drawn()
    drawn.dots = [
        (_cloud(axes, points[rest]), rest),
        (_dots(axes, points[named], area, fade=False), named),
    ]
    labels = _write_labels(axes, points[first], texts, places, size)
    drawn.labels = list(zip(labels, named.tolist(), strict=True))
    return drawn


def _cloud(axes: Axes, points: Points) -> PathCollection:
    """Draw many points: the more points, the smaller and more transparent, so that density shows."""
    n = max(1, len(points))
    area = float(np.clip(120 / n**0.4, 1.5, 40))
    alpha = float(np.clip(28 / np.sqrt(n), 0.15, 0.75)) * (1.3 if isinstance(axes, Axes3D) else 1.0)
    cloud = _scatter(axes, points, fade=True, s=area, color=CLOUD, alpha=alpha, linewidths=0, zorder=2)
    if n > RASTER_ABOVE:
        with warnings.catch_warnings():  # wrong for 3-D points: it says that they stay vectors
            warnings.simplefilter("ignore", UserWarning)
            cloud.set_rasterized(True)
    return cloud


def _dots(axes: Axes, points: Points, area: float, fade: bool) -> PathCollection:
    return _scatter(axes, points, fade, s=area, color=ACCENT, edgecolors="white", linewidths=0.7, zorder=3)


def _drop_lines(axes: Axes3D, points: Points, drawn: Drawn) -> None:
    """Draw for each point a thin line down to the floor and a small shadow there."""
    feet = points.copy()
    feet[:, 2] = axes.get_zlim()[0]
    for row, (top, foot) in enumerate(zip(points, feet, strict=True)):
        (line,) = axes.plot(*zip(foot, top, strict=True), color=ACCENT, linewidth=0.9, alpha=0.4, zorder=1.5)
        assert isinstance(line, Line3D)
        drawn.drops.append((line, row))
    drawn.feet = _scatter(axes, feet, fade=False, s=16, color=AXIS, linewidths=0)


def _scatter(axes: Axes, points: Points, fade: bool, **style: Any) -> PathCollection:
    """Draw dots; in 3-D, `fade` makes distant ones lighter."""
    if isinstance(axes, Axes3D):
        style["depthshade"] = fade
    return axes.scatter(*points.T, **style)


def _write_labels(
    axes: Axes, points: Points, texts: Sequence[str], places: Sequence[Place], size: float
) -> list[Label]:
    """Add labels on top of everything, and their leader lines below all labels."""
    to_points, labels = 72 / axes.figure.dpi, []
    for index, (dx, dy), far in places:
        offset = (dx * to_points, dy * to_points)
        style = {"fontproperties": font(size), "color": INK, "zorder": ON_TOP + 1}
        label = Label(texts[index], points[index], offset, **style)
        axes.add_artist(label)
        if isinstance(axes, Axes3D):  # a square, which leaves the sides of a wide page out
            label.set_clip_on(False)
        labels.append(label)
        if far:
            axes.add_artist(LeaderLine(label, color=CLOUD, linewidth=0.7, zorder=ON_TOP))
    return labels


def _sizes(axes: Axes, texts: Sequence[str], size: float) -> Floats:
    """Return the width and the height of labels, (n, 2), in pixels."""
    renderer = _canvas(axes).get_renderer()  # type: ignore[no-untyped-call]
    style = font(size)
    widths = [renderer.get_text_width_height_descent(text, style, ismath=False)[0] for text in texts]
    height = 1.25 * size * axes.figure.dpi / 72
    return np.column_stack([np.array(widths, dtype=float), np.full(len(texts), height)])


def _bounds(axes: Axes) -> Box:
    """Return where labels may be: the axes in 2-D; the page in 3-D, where the axes are larger than it."""
    width, height = _canvas(axes).get_width_height()
    if isinstance(axes, Axes3D):
        return 0.02 * width, 0.02 * height, 0.98 * width, 0.9 * height
    box = axes.bbox
    return box.x0, box.y0, box.x1, box.y1


def _gap(axes: Axes, area: float) -> float:
    """Return the distance of a label from the center of a dot of `area` square points, in pixels."""
    return float(np.sqrt(area) / 2 + 2.0) * axes.figure.dpi / 72


def _canvas(axes: Axes) -> FigureCanvasAgg:
    canvas = axes.figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    return canvas

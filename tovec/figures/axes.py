"""Empty axes for points in 2-D and 3-D: equal units on all axes, a light grid, axis names, a title."""

import itertools
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d import Axes3D, proj3d
from numpy.typing import NDArray

from tovec.figures.fonts import BOLD, drawable, families
from tovec.figures.style import AXIS, GRID, INK, MUTED, PANE, font
from tovec.projection import Points, Projection

Sides = NDArray[np.float64]

MARGIN = 0.08  # of the range of the points, on either side
MIN_SIDE = 0.6  # of the longest side of the 3-D box
CORNERS = np.array(list(itertools.product((0, 1), repeat=3)))


class Margins(NamedTuple):
    """Inches left free on each side of the points' axes, for tick labels, axis names and title."""

    left: float
    bottom: float
    right: float
    top: float


MARGINS_2D = Margins(0.76, 0.64, 0.28, 0.64)
MARGINS_3D = Margins(0.45, 0.75, 0.85, 0.75)
TITLE_PLACE = (0.4, 0.256)  # inches from the left and from the top
# In shares of the page, and larger than it: what is outside the axes would be cut off.
AXES_3D = (-0.1, -0.1, 1.2, 1.2)


def axes_2d(figure: Figure, projection: Projection, title: str) -> Axes:
    """Return axes with room for the points; with the name of one axis alone, a number line."""
    width, height = figure.get_size_inches()
    left, bottom, right, top = MARGINS_2D
    axes = figure.add_axes(
        (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    )
    axes.spines[:].set_visible(False)
    axes.grid(True)
    axes.set_axisbelow(True)
    axes.update_datalim(projection.points)
    if not projection.points.any():  # a unit to each side; of no length matplotlib makes one of 1e-18
        axes.update_datalim([(-1, -1), (1, 1)])
    axes.margins(MARGIN)
    axes.autoscale_view()
    axes.set_aspect("equal", adjustable="datalim")
    axes.apply_aspect()
    axes.axhline(0, color=AXIS, linewidth=0.8, zorder=0.6)
    axes.axvline(0, color=AXIS, linewidth=0.8, zorder=0.6)
    axes.yaxis.set_visible(len(projection.axis_names) > 1)
    _write_names(axes, figure, projection, title)
    return axes


def axes_3d(figure: Figure, projection: Projection, title: str) -> Axes3D:
    """Return axes with room for the points; the third axis points up."""
    axes = figure.add_axes(AXES_3D, projection="3d", computed_zorder=False)
    assert isinstance(axes, Axes3D)
    low, side = _box(projection.points)
    for letter, start, length in zip("xyz", low, side, strict=True):
        getattr(axes, f"set_{letter}lim")(start, start + length)
    axes.view_init(elev=20, azim=-58)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color(PANE)
        axis.pane.set_edgecolor(GRID)
        axis.line.set_color(AXIS)
    _write_names(axes, figure, projection, title)
    _fit(axes, low, side)
    return axes


def _fit(axes: Axes3D, low: Sides, side: Sides) -> None:
    """Make the box as large as the page allows, and center it within the margins."""
    page = axes.figure.get_size_inches()
    available = page - [MARGINS_3D.left + MARGINS_3D.right, MARGINS_3D.bottom + MARGINS_3D.top]
    zoom = 1.0
    for _ in range(3):  # in perspective, the size is not quite proportional to the zoom
        axes.set_box_aspect(side / side.max(), zoom=zoom)
        axes.apply_aspect()
        corners = in_pixels(axes, low + side * CORNERS) / axes.figure.dpi
        zoom *= (available / np.ptp(corners, axis=0)).min()
    middle = np.array([MARGINS_3D.left, MARGINS_3D.bottom]) + available / 2
    shift = (middle - (corners.min(axis=0) + corners.max(axis=0)) / 2) / page
    axes.set_position((AXES_3D[0] + shift[0], AXES_3D[1] + shift[1], *AXES_3D[2:]))
    axes.apply_aspect()


def in_pixels(axes: Axes, points: Any) -> Sides:
    """Return where points, (n, 2 or 3), appear on the figure, (n, 2)."""
    flat = np.asarray(points, dtype=float)
    if isinstance(axes, Axes3D):
        x, y, _ = proj3d.proj_transform(*flat.T, axes.get_proj())
        flat = np.column_stack([x, y])
    return np.asarray(axes.transData.transform(flat))


def _box(points: Points) -> tuple[Sides, Sides]:
    """Return the lowest corner of the box and the lengths of its sides."""
    low, high = points.min(axis=0).astype(float), points.max(axis=0).astype(float)
    longest = float((high - low).max()) or 1.0
    side = np.maximum(high - low, MIN_SIDE * longest) * (1 + 2 * MARGIN)
    return (low + high - side) / 2, side


def _write_names(axes: Axes, figure: Figure, projection: Projection, title: str) -> None:
    """Write the axis names, the tick labels and the title."""
    names = dict(zip(("x", "y", "z"), projection.axis_names, strict=False))
    n_ticks, pad, tick_pad = (5, 8, 1) if len(names) == 3 else (7, 7, 5)
    for letter, name in names.items():
        getattr(axes, f"set_{letter}label")(name, fontproperties=font(9.5), color=MUTED, labelpad=pad)
        axis = getattr(axes, f"{letter}axis")
        axis.set_major_locator(MaxNLocator(n_ticks, steps=[1, 2, 2.5, 5, 10]))
        axis.set_tick_params(length=0, pad=tick_pad, color=AXIS)
        axis.set_tick_params(labelcolor=MUTED, labelsize=8, labelfontfamily=families())
    heading = axes.set_title(drawable(title, BOLD), y=1.0, fontproperties=font(15, BOLD), parse_math=False)
    (width, height), (from_left, from_top) = figure.get_size_inches(), TITLE_PLACE
    heading.set(color=INK, x=from_left / width, y=1 - from_top / height, ha="left", va="top")
    heading.set_transform(figure.transFigure)

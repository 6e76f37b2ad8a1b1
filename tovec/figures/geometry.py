"""The geometry of a table as one figure: lengths, spectrum, and how often rows are found as neighbors."""

from collections.abc import Callable

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.ticker import MaxNLocator

from tovec.figures.figure import KEEP_LAYOUT, NotebookFigure
from tovec.figures.fonts import BOLD, families
from tovec.figures.style import ACCENT, CLOUD, DPI, GRID, INK, MUTED, font
from tovec.measures.geometry import Geometry

SIZE = (11.0, 6.6)  # inches
BINS = 60
MOST_GROUPS = 10  # of kinds or scripts, the largest
LEFT, WIDTH, GAP = 0.07, 0.255, 0.075
TOP, BOTTOM, HEIGHT = 0.575, 0.09, 0.29


def geometry_figure(geometry: Geometry) -> NotebookFigure:
    """Return a figure of what `tovec.geometry` found; `figure.savefig(path)` writes it."""
    with matplotlib.style.context(["default", {"grid.color": GRID, "grid.linewidth": 0.6}]):
        figure = NotebookFigure(figsize=SIZE, dpi=DPI, facecolor="white", layout=KEEP_LAYOUT())
        FigureCanvasAgg(figure)
        title = f"{geometry.n_rows:,} rows × {geometry.dim:,}"
        figure.text(0.03, 0.955, title, fontproperties=font(15, BOLD), color=INK, va="center")
        figure.text(0.03, 0.91, _summary(geometry), fontproperties=font(9.5), color=MUTED, va="center")
        panels: tuple[tuple[str, Callable[[Axes, Geometry], None]], ...] = (
            ("Length of the rows", _draw_lengths),
            ("Variance along the axes", _draw_spectrum),
            (f"Found among the {geometry.k} nearest", _draw_occurrences),
        )
        for place, (name, draw) in enumerate(panels):
            axes = figure.add_axes((LEFT + place * (WIDTH + GAP), TOP - 0.03, WIDTH, HEIGHT))
            _prepare(axes, name)
            draw(axes, geometry)
        for place, groups in enumerate(("kind", "script", "frequency")):
            axes = figure.add_axes((LEFT + 0.085 + place * (WIDTH + GAP), BOTTOM, WIDTH - 0.085, HEIGHT))
            _prepare(axes, f"Length by {groups}")
            _draw_groups(axes, geometry, groups)
    return figure


def _summary(geometry: Geometry) -> str:
    """Return the figures that one looks for first."""
    shown = (
        ("mean cosine", "mean_cosine"),
        ("IsoScore", "iso_score"),
        ("participation ratio", "participation_rank"),
        ("effective rank", "entropy_rank"),
        ("hubness", "hubness_skewness"),
    )
    values = ((label, geometry.figures[name]) for label, name in shown)
    return "   ·   ".join(
        f"{label} {'–' if value is None else format(value, '.3g')}" for label, value in values
    )


def _prepare(axes: Axes, name: str) -> None:
    axes.spines[:].set_visible(False)
    axes.grid(True)
    axes.set_axisbelow(True)
    axes.tick_params(which="both", length=0, labelcolor=MUTED, labelsize=7.5, labelfontfamily=families())
    axes.set_title(name, fontproperties=font(10.5, BOLD), color=INK, loc="left", pad=8)


def _name_axes(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x, fontproperties=font(8.5), color=MUTED, labelpad=4)
    axes.set_ylabel(y, fontproperties=font(8.5), color=MUTED, labelpad=4)


def _draw_lengths(axes: Axes, geometry: Geometry) -> None:
    norms = geometry.norms[geometry.norms > 0]
    low, high = (
        float(norms.min()),
        float(np.quantile(norms, 0.999)),
    )  # a few very long rows would hide the others
    start = low if low > 0.9 * high else 0.0
    axes.hist(norms, bins=BINS, range=(start, max(high + 0.02 * (high - start), low * 1.001)), color=ACCENT)
    axes.axvline(geometry.lengths.median, color=INK, linewidth=0.9)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    _name_axes(axes, "length; the line is the median", "rows")


def _draw_spectrum(axes: Axes, geometry: Geometry) -> None:
    places = np.arange(1, geometry.dim + 1)
    axes.plot(places, np.cumsum(geometry.spectrum), color=ACCENT, linewidth=1.8)
    axes.plot([0, geometry.dim], [0, 1], color=CLOUD, linewidth=1.0, linestyle="--")
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0, geometry.dim)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    _name_axes(axes, "axes, the strongest first; dashed: all alike", "share of the variance, summed")


def _draw_occurrences(axes: Axes, geometry: Geometry) -> None:
    counts, n_rows = np.unique(geometry.occurrences, return_counts=True)
    axes.scatter(counts + 1, n_rows, s=9, color=ACCENT, linewidth=0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    of = f"of {geometry.n_queries:,} rows asked" if geometry.is_sampled else "of all rows"
    _name_axes(axes, f"times found + 1, {of}", "rows found as often")


def _draw_groups(axes: Axes, geometry: Geometry, name: str) -> None:
    groups = [each for each in geometry.groups[name] if each.median == each.median]
    if name != "frequency":
        groups = sorted(groups, key=lambda each: -each.n_rows)[:MOST_GROUPS]
    for place, each in enumerate(groups):
        y = len(groups) - 1 - place
        axes.plot([each.low, each.high], [y, y], color=CLOUD, linewidth=3, solid_capstyle="round")
        axes.plot([each.median], [y], "o", color=ACCENT, markersize=4.5)
    axes.axvline(geometry.lengths.median, color=INK, linewidth=0.7)
    axes.set_yticks(range(len(groups)), [_short(each.name) for each in reversed(groups)])
    axes.set_ylim(-0.6, max(len(groups) - 0.4, 0.6))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    _name_axes(axes, "median, and 5 % to 95 %", "")


def _short(name: str) -> str:
    """Return the name of a group in the width of its margin."""
    for long, short in (
        ("letters with digits or signs", "mixed"),
        ("spaces, bytes, control characters", "spaces, bytes"),
        ("special tokens, rows without a token", "special, unnamed"),
        ("rows without a token", "unnamed rows"),
        ("tokens by id ", "id "),
        ("most frequent ", ""),
    ):
        name = name.replace(long, short)
    return name

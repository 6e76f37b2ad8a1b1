"""The geometry of a table as one figure: lengths, spectrum, and how often rows are found as neighbors."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from tovec.counted import counted
from tovec.figures.figure import NotebookFigure
from tovec.figures.panels import Panel, figure_of_panels, name_axes, short_name
from tovec.figures.style import ACCENT, CLOUD, INK
from tovec.measures.geometry import Geometry

BINS = 60
MOST_GROUPS = 10  # of kinds or scripts, the largest


def geometry_figure(geometry: Geometry) -> NotebookFigure:
    """Return a figure of what `tovec.geometry` found; `figure.savefig(path)` writes it."""
    panels = (
        Panel("Length of the rows", partial(_draw_lengths, geometry=geometry)),
        Panel("Variance along the axes", partial(_draw_spectrum, geometry=geometry)),
        Panel(f"Found among the {geometry.k} nearest", partial(_draw_occurrences, geometry=geometry)),
        *(
            Panel(f"Length by {name}", partial(_draw_groups, geometry=geometry, name=name), has_names=True)
            for name in ("kind", "script", "frequency")
        ),
    )
    return figure_of_panels(
        f"{counted(geometry.n_rows, 'row')} × {geometry.dim:,}", _summary(geometry), panels
    )


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
    name_axes(axes, "length; the line is the median", "rows")


def _draw_spectrum(axes: Axes, geometry: Geometry) -> None:
    places = np.arange(1, geometry.dim + 1)
    axes.plot(places, np.cumsum(geometry.spectrum), color=ACCENT, linewidth=1.8)
    axes.plot([0, geometry.dim], [0, 1], color=CLOUD, linewidth=1.0, linestyle="--")
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0, geometry.dim)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    name_axes(axes, "axes, the strongest first; dashed: all alike", "share of the variance, summed")


def _draw_occurrences(axes: Axes, geometry: Geometry) -> None:
    counts, n_rows = np.unique(geometry.occurrences, return_counts=True)
    axes.scatter(counts + 1, n_rows, s=9, color=ACCENT, linewidth=0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    of = f"of {counted(geometry.n_queries, 'row')} asked" if geometry.is_sampled else "of all rows"
    name_axes(axes, f"times found + 1, {of}", "rows found as often")


def _draw_groups(axes: Axes, geometry: Geometry, name: str) -> None:
    groups = [each for each in geometry.groups[name] if each.median == each.median]
    if name != "frequency":
        groups = sorted(groups, key=lambda each: -each.n_rows)[:MOST_GROUPS]
    for place, each in enumerate(groups):
        y = len(groups) - 1 - place
        axes.plot([each.low, each.high], [y, y], color=CLOUD, linewidth=3, solid_capstyle="round")
        axes.plot([each.median], [y], "o", color=ACCENT, markersize=4.5)
    axes.axvline(geometry.lengths.median, color=INK, linewidth=0.7)
    axes.set_yticks(range(len(groups)), [short_name(each.name) for each in reversed(groups)])
    axes.set_ylim(-0.6, max(len(groups) - 0.4, 0.6))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    name_axes(axes, "median, and 5 % to 95 %", "")

"""A comparison of two tables as one figure: how far tokens moved, which did, and which neighbors stayed."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from tovec.comparison.comparison import Comparison
from tovec.counted import counted
from tovec.figures.figure import NotebookFigure
from tovec.figures.fonts import drawable
from tovec.figures.fonts import shown as as_label
from tovec.figures.panels import Panel, figure_of_panels, name_axes, short_name
from tovec.figures.style import ACCENT, CLOUD, INK

BINS = 60
MOST_GROUPS, LEAST_GROUP = 10, 5  # scripts, and tokens of one
MOST_TOKENS = 14
FEW_BARS = 5  # of which none becomes wider
WIDE = 100.0  # times between the least and the most movement, from which its axis is logarithmic
FAR = 100.0  # times smaller than all movement: such noise is written, not drawn
LONGEST = 50  # characters of a source's name


def comparison_figure(found: Comparison, names: tuple[str, str]) -> NotebookFigure:
    """Return a figure of what `tovec.compare` found; `figure.savefig(path)` writes it. names: of tables."""
    title = " → ".join(name if len(name) <= LONGEST else f"…{name[-LONGEST:]}" for name in names)
    panels = (
        Panel("Movement", partial(_draw_movement, found=found)),
        Panel("Movement and cosine", partial(_draw_cosine, found=found)),
        Panel(f"Of the {found.k} nearest, kept", partial(_draw_kept, found=found)),
        Panel("By script", partial(_draw_groups, found=found, name="script"), has_names=True),
        Panel("By frequency", partial(_draw_groups, found=found, name="frequency"), has_names=True),
        Panel("Moved most", partial(_draw_most, found=found), has_names=True),
    )
    return figure_of_panels(drawable(title), _summary(found), panels)


def _summary(found: Comparison) -> str:
    known = int(np.isfinite(found.movement).sum())
    overlap = found.overlap
    return "   ·   ".join(
        (
            f"{len(found):,} of {known:,} moved beyond noise",
            f"coordinates {found.coordinates.kind.value}",
            f"scale {found.scale:.4g}",
            *(() if overlap is None else (f"neighbors kept {overlap.share:.1%}",)),
            f"{len(found.matching.removed):,} removed, {len(found.matching.added):,} added",
        )
    )


def _draw_movement(axes: Axes, found: Comparison) -> None:
    moved = found.movement[found.movement > 0]
    if len(moved):
        low, high = float(moved.min()) * 0.99, float(moved.max()) * 1.01
        is_wide = high > WIDE * low
        spaced = np.geomspace(low, high, BINS) if is_wide else np.linspace(0.0, high, BINS)
        axes.hist(moved, bins=spaced.tolist(), color=ACCENT)
        if is_wide:
            axes.set_xscale("log")
        else:
            axes.xaxis.set_major_locator(MaxNLocator(4))
    noise = float(np.median(found.noise))
    is_near = len(moved) > 0 and noise > float(moved.min()) / FAR
    if is_near:
        axes.axvline(noise, color=INK, linewidth=0.9, linestyle="--")
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    n_still = int((found.movement == 0).sum())
    still = f"; {n_still:,} at 0" if n_still else ""
    line = "dashed: noise, median" if is_near else f"noise: {noise:.1g}"
    name_axes(axes, f"in parts of the mean length{still}; {line}", "tokens")


def _draw_cosine(axes: Axes, found: Comparison) -> None:
    shown = np.flatnonzero(np.isfinite(found.movement))
    is_moved = np.isin(shown, found.moved)
    for chosen, color in ((shown[~is_moved], CLOUD), (shown[is_moved], ACCENT)):
        axes.scatter(
            found.movement[chosen], found.cosine[chosen], s=4, color=color, linewidth=0, rasterized=True
        )
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    name_axes(axes, "movement; dark: beyond noise", "cosine")


def _draw_kept(axes: Axes, found: Comparison) -> None:
    neighbors = found.neighbors
    if neighbors is None or not neighbors.is_sampled.any():
        return
    counts = np.bincount(neighbors.kept[neighbors.is_sampled], minlength=found.k + 1)
    axes.bar(np.arange(len(counts)), counts / counts.sum(), color=ACCENT, width=0.85)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    name_axes(axes, f"neighbors, of {counted(int(counts.sum()), 'token')} drawn", "share of tokens")


def _draw_groups(axes: Axes, found: Comparison, name: str) -> None:
    groups = [each for each in found.groups.get(name, ()) if each.n >= LEAST_GROUP][:MOST_GROUPS]
    places = np.arange(len(groups))[::-1]
    axes.barh(places, [each.movement for each in groups], color=ACCENT, height=0.6)
    axes.set_yticks(places, [short_name(each.name) for each in groups])
    axes.set_ylim(min(-0.6, len(groups) - FEW_BARS - 0.6), max(len(groups) - 0.4, 0.6))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    name_axes(axes, "movement, median", "")


def _draw_most(axes: Axes, found: Comparison) -> None:
    most = [found.result(place) for place in found.moved[:MOST_TOKENS].tolist()]
    places = np.arange(len(most))[::-1]
    axes.barh(places, [each.movement for each in most], color=ACCENT, height=0.6)
    names = [as_label(found.b.vocabulary.readable(each.id_b)) for each in most]
    labels = axes.set_yticks(places, names)
    for label in labels:
        label.label1.set_parse_math(False)
    axes.set_ylim(min(-0.6, len(most) - FEW_BARS - 0.6), max(len(most) - 0.4, 0.6))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    name_axes(axes, "movement" if most else "nothing moved beyond noise", "")

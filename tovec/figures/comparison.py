"""A comparison of two tables as one figure: how far tokens moved, which did, and which neighbors stayed."""

from collections.abc import Callable
from functools import partial

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.ticker import MaxNLocator

from tovec.comparison.comparison import Comparison
from tovec.figures.figure import KEEP_LAYOUT, NotebookFigure
from tovec.figures.fonts import BOLD, drawable, families
from tovec.figures.fonts import shown as as_label
from tovec.figures.style import ACCENT, CLOUD, DPI, GRID, INK, MUTED, font

SIZE = (11.0, 6.6)  # inches
BINS = 60
MOST_GROUPS, LEAST_GROUP = 10, 5  # scripts, and tokens of one
MOST_TOKENS = 14
FEW_BARS = 5  # of which none becomes wider
WIDE = 100.0  # times between the least and the most movement, from which its axis is logarithmic
FAR = 100.0  # times smaller than all movement: such noise is written, not drawn
LONGEST = 50  # characters of a source's name
LEFT, WIDTH, GAP = 0.07, 0.255, 0.075
TOP, BOTTOM, HEIGHT = 0.545, 0.09, 0.29


def comparison_figure(found: Comparison, names: tuple[str, str]) -> NotebookFigure:
    """Return a figure of what `tovec.compare` found; `figure.savefig(path)` writes it. names: of tables."""
    with matplotlib.style.context(["default", {"grid.color": GRID, "grid.linewidth": 0.6}]):
        figure = NotebookFigure(figsize=SIZE, dpi=DPI, facecolor="white", layout=KEEP_LAYOUT())
        FigureCanvasAgg(figure)
        title = drawable(
            " → ".join(name if len(name) <= LONGEST else f"…{name[-LONGEST:]}" for name in names)
        )
        figure.text(
            0.03, 0.955, title, fontproperties=font(13, BOLD), color=INK, va="center", parse_math=False
        )
        figure.text(0.03, 0.91, _summary(found), fontproperties=font(9.5), color=MUTED, va="center")
        panels: tuple[tuple[str, float, Callable[[Axes, Comparison], None]], ...] = (
            ("Movement", 0.0, _draw_movement),
            ("Movement and cosine", 0.0, _draw_cosine),
            (f"Of the {found.k} nearest, kept", 0.0, _draw_kept),
            ("By script", 0.085, partial(_draw_groups, name="script")),
            ("By frequency", 0.085, partial(_draw_groups, name="frequency")),
            ("Moved most", 0.085, _draw_most),
        )
        for place, (name, margin, draw) in enumerate(panels):
            row, column = divmod(place, 3)
            left = LEFT + column * (WIDTH + GAP) + margin
            axes = figure.add_axes((left, (TOP, BOTTOM)[row], WIDTH - margin, HEIGHT))
            _prepare(axes, name)
            draw(axes, found)
    return figure


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


def _prepare(axes: Axes, name: str) -> None:
    axes.spines[:].set_visible(False)
    axes.grid(True)
    axes.set_axisbelow(True)
    axes.tick_params(which="both", length=0, labelcolor=MUTED, labelsize=7.5, labelfontfamily=families())
    axes.set_title(name, fontproperties=font(10.5, BOLD), color=INK, loc="left", pad=8)


def _name_axes(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x, fontproperties=font(8.5), color=MUTED, labelpad=4)
    axes.set_ylabel(y, fontproperties=font(8.5), color=MUTED, labelpad=4)


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
    _name_axes(axes, f"in parts of the mean length{still}; {line}", "tokens")


def _draw_cosine(axes: Axes, found: Comparison) -> None:
    shown = np.flatnonzero(np.isfinite(found.movement))
    is_moved = np.isin(shown, found.moved)
    for chosen, color in ((shown[~is_moved], CLOUD), (shown[is_moved], ACCENT)):
        axes.scatter(
            found.movement[chosen], found.cosine[chosen], s=4, color=color, linewidth=0, rasterized=True
        )
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    _name_axes(axes, "movement; dark: beyond noise", "cosine")


def _draw_kept(axes: Axes, found: Comparison) -> None:
    neighbors = found.neighbors
    if neighbors is None or not neighbors.is_sampled.any():
        return
    counts = np.bincount(neighbors.kept[neighbors.is_sampled], minlength=found.k + 1)
    axes.bar(np.arange(len(counts)), counts / counts.sum(), color=ACCENT, width=0.85)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    _name_axes(axes, f"neighbors, of {int(counts.sum()):,} tokens drawn", "share of tokens")


def _draw_groups(axes: Axes, found: Comparison, name: str) -> None:
    groups = [each for each in found.groups.get(name, ()) if each.n >= LEAST_GROUP][:MOST_GROUPS]
    places = np.arange(len(groups))[::-1]
    axes.barh(places, [each.movement for each in groups], color=ACCENT, height=0.6)
    axes.set_yticks(places, [_short(each.name) for each in groups])
    axes.set_ylim(min(-0.6, len(groups) - FEW_BARS - 0.6), max(len(groups) - 0.4, 0.6))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    _name_axes(axes, "movement, median", "")


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
    _name_axes(axes, "movement" if most else "nothing moved beyond noise", "")


def _short(name: str) -> str:
    """Return the name of a group in the width of its margin."""
    for long, short in (
        ("special tokens, rows without a token", "special, unnamed"),
        ("other scripts, or several", "others"),
        ("tokens by id ", "id "),
        ("most frequent ", ""),
    ):
        name = name.replace(long, short)
    return name

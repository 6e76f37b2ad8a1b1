"""Figures of measures: a title, a line of figures, and six small panels below."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tovec.figures.figure import KEEP_LAYOUT, NotebookFigure
from tovec.figures.fonts import BOLD, families
from tovec.figures.style import DPI, GRID, INK, MUTED, font

SIZE = (11.0, 6.6)  # inches
COLUMNS = 3
LEFT, WIDTH, GAP = 0.07, 0.255, 0.075
BOTTOMS, HEIGHT = (0.545, 0.09), 0.29
NAMES_WIDTH = 0.085  # of names beside a panel
_SHORT_NAMES = (
    ("letters with digits or signs", "mixed"),
    ("spaces, bytes, control characters", "spaces, bytes"),
    ("special tokens, rows without a token", "special, unnamed"),
    ("rows without a token", "unnamed rows"),
    ("other scripts, or several", "others"),
    ("tokens by id ", "id "),
    ("most frequent ", ""),
)


class Panel(NamedTuple):
    """A panel: its title, what draws it, and whether names stand at its left."""

    name: str
    draw: Callable[[Axes], None]
    has_names: bool = False


def figure_of_panels(title: str, summary: str, panels: Sequence[Panel]) -> NotebookFigure:
    """Return a figure of up to six panels, row by row. title: with characters that the font can draw."""
    with matplotlib.style.context(["default", {"grid.color": GRID, "grid.linewidth": 0.6}]):
        figure = NotebookFigure(figsize=SIZE, dpi=DPI, facecolor="white", layout=KEEP_LAYOUT())
        FigureCanvasAgg(figure)
        figure.text(
            0.03, 0.955, title, fontproperties=font(13, BOLD), color=INK, va="center", parse_math=False
        )
        figure.text(0.03, 0.91, summary, fontproperties=font(9.5), color=MUTED, va="center")
        for place, panel in enumerate(panels):
            row, column = divmod(place, COLUMNS)
            margin = NAMES_WIDTH if panel.has_names else 0.0
            left = LEFT + column * (WIDTH + GAP) + margin
            axes = figure.add_axes((left, BOTTOMS[row], WIDTH - margin, HEIGHT))
            _prepare(axes, panel.name)
            panel.draw(axes)
    return figure


def _prepare(axes: Axes, name: str) -> None:
    axes.spines[:].set_visible(False)
    axes.grid(True)
    axes.set_axisbelow(True)
    axes.tick_params(which="both", length=0, labelcolor=MUTED, labelsize=7.5, labelfontfamily=families())
    axes.set_title(name, fontproperties=font(10.5, BOLD), color=INK, loc="left", pad=8)


def name_axes(axes: Axes, x: str, y: str) -> None:
    """Write what the axes of a panel are."""
    axes.set_xlabel(x, fontproperties=font(8.5), color=MUTED, labelpad=4)
    axes.set_ylabel(y, fontproperties=font(8.5), color=MUTED, labelpad=4)


def short_name(name: str) -> str:
    """Return the name of a group of tokens in NAMES_WIDTH."""
    for long, short in _SHORT_NAMES:
        name = name.replace(long, short)
    return name

"""The look of figures: colors that the color-blind can tell apart, also in gray, and sizes."""

from matplotlib.font_manager import FontProperties

from tovec.figures.fonts import REGULAR, families

INK, MUTED, GRID, AXIS = "#1b2733", "#6b7784", "#e3e7ec", "#c3cad2"
PANE = (0.975, 0.98, 0.985, 1.0)
ACCENT, CLOUD = "#0b63a5", "#7f9bb5"
DPI = 160  # pixels per inch


def font(size: float, weight: int = REGULAR) -> FontProperties:
    """Return the font of every text in a figure, `size` in points."""
    return FontProperties(family=list(families(weight)), size=size, weight=weight)

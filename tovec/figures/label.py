"""A token written next to its point, and a leader line where the label had to move away."""

from typing import Any

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.lines import Line2D
from matplotlib.patheffects import PathPatchEffect
from matplotlib.text import Annotation
from matplotlib.transforms import IdentityTransform
from mpl_toolkits.mplot3d import Axes3D, proj3d

HALO = PathPatchEffect(facecolor="white", edgecolor="white", linewidth=2.2, joinstyle="round", alpha=0.85)


class Label(Annotation):
    """Text centered at an offset, in typographic points, from a point in 2-D or 3-D, with a halo.

    In 3-D it follows its point when the axes rotate. The text itself is drawn as text, so that it can be
    searched and copied in a PDF; matplotlib draws text with a path effect as shapes.
    """

    def __init__(self, text: str, point: Any, offset: tuple[float, float], **style: Any) -> None:
        self.point = tuple(map(float, point))
        super().__init__(
            text,
            (self.point[0], self.point[1]),
            xytext=offset,
            textcoords="offset points",
            ha="center",
            va="center",
            annotation_clip=False,
            parse_math=False,
            **style,
        )

    def update_positions(self, renderer: RendererBase) -> None:
        """Update the place of the point; matplotlib calls this before it measures or draws."""
        if isinstance(self.axes, Axes3D):
            x, y, _ = proj3d.proj_transform(*self.point, self.axes.get_proj())
            self.xy = (x, y)
        super().update_positions(renderer)

    def draw(self, renderer: RendererBase) -> None:
        """Draw the halo, then the text on top."""
        self.set_path_effects([HALO])
        super().draw(renderer)
        self.set_path_effects([])
        super().draw(renderer)


class LeaderLine(Line2D):
    """A thin line from a label to its point, wherever both are."""

    def __init__(self, label: Label, **style: Any) -> None:
        super().__init__([], [], transform=IdentityTransform(), clip_on=False, **style)
        self.label = label

    def draw(self, renderer: RendererBase) -> None:
        """Draw from the point to the nearest point of the label's edge."""
        if not self.label.get_visible():
            return
        box = self.label.get_window_extent(renderer)
        assert self.axes is not None
        point = self.axes.transData.transform(self.label.xy)
        edge = np.clip(point, box.min, box.max)
        self.set_data([point[0], edge[0]], [point[1], edge[1]])
        super().draw(renderer)

"""The moments of a table as a moving figure: a GIF, or an MP4 where ffmpeg is installed.

Only the tokens move: axes, view and the places of labels beside their points are those of the last moment,
with room for the points of all.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import matplotlib.style
import numpy as np
from matplotlib.animation import FFMpegWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from PIL import Image

from tovec.counted import counted
from tovec.errors import BadSetting, CannotSave, TovecError
from tovec.figures.axes import TITLE_PLACE, axes_2d, axes_3d
from tovec.figures.draw_points import FEW, draw_few, draw_many
from tovec.figures.figure import KEEP_LAYOUT, check_layout, checked_dims, chosen_tokens
from tovec.figures.style import ACCENT, GRID, MUTED, font
from tovec.progress import Reporter, StageReporter
from tovec.projection import Projection, in_space
from tovec.projection.moments import MomentsProjection, project_moments
from tovec.storage import replace_file
from tovec.storage.disk import temporary_folder
from tovec.timeline import Moment, Timeline
from tovec.vectors.derived import DerivedTable

SUFFIXES = (".gif", ".mp4")
FRAMES_PER_SECOND = {".gif": 10, ".mp4": 25}  # a GIF counts in hundredths of a second
FIRST_STAYS_S, LAST_STAYS_S, MOST_S = 0.6, 2.0, 600.0
COLORS = 255  # of a GIF
SAMPLED = 6  # frames that its colors are chosen from
NEARLY_WHITE = 242
DPI = 100
LINE = (0.05, 0.95, 0.012)  # left, right and height of the line that shows how far it is, in the figure


def animate(
    timeline: Timeline,
    path: str | Path,
    *,
    dims: int | None = None,
    tokens: Sequence[str] | None = None,
    method: str | None = None,
    directions: bool | None = None,
    seconds: float = 8.0,
    title: str | None = None,
    size: tuple[float, float] = (7.2, 5.8),
    max_labels: int = 40,
    report: Reporter | None = None,
) -> Path:
    """Write the moments of `timeline` one after the other as a .gif or .mp4, and return the path.

    dims, tokens, method, title, size, max_labels: as for `tovec.plot`; the method is one of
    `project_moments`. directions: rows count at length 1, by default but for the method none; see there.
    seconds: how long the points move; before that the first moment stays for .6 s, and at the end the last
    for 2 s. Between two moments a point moves on a straight line. It is not drawn on its way to or from a
    moment at which its vector holds NaN or infinity; tokens that never have a place are left out.
    Raises UnknownToken, BadSetting for settings out of range, CannotSave for another suffix, for .mp4 without
    ffmpeg and where the file cannot be written; TovecError for vectors that cannot be drawn.

    >>> import tovec
    >>> years = [tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3, seed=seed) for seed in (0, 1)]
    >>> timeline = tovec.Timeline.from_embeddings(years, names=["2023", "2024"])
    >>> tovec.animate(timeline, "years.gif", seconds=0.2, title="four words").name
    'years.gif'
    """
    target = Path(path)
    check_suffix(target)
    dims = checked_dims(timeline.dim, dims)
    check_layout(size, max_labels)
    if not 0 < seconds <= MOST_S:
        raise BadSetting("seconds", seconds, f"above 0, and at most {MOST_S:g}")
    names, ids, order = chosen_tokens(timeline[-1], tokens)
    tables = [DerivedTable(each.vectors, len(ids), ids) for each in timeline]
    method = method or ("none" if timeline.dim <= 3 else "pca")
    drawn = 1 if timeline.dim == 1 else dims
    made = project_moments(tables, drawn, method, directions=directions, report=report)
    made = replace(made, points=in_space(made.points, dims))
    title = title or f"{counted(len(ids), 'token')} in {counted(timeline.dim, 'dimension')}"
    with matplotlib.style.context(["default", {"grid.color": GRID, "grid.linewidth": 0.6}]):
        scene = _Scene(made, names, order, title, size, max_labels)
        scene.captions = [_caption(moment, timeline.unit) for moment in timeline.moments]
        rate = FRAMES_PER_SECOND[target.suffix.lower()]
        times = _times(len(timeline), seconds, rate)
        write = _write_gif if target.suffix.lower() == ".gif" else _write_mp4
        with replace_file(target) as file:
            write(scene, times, rate, file, StageReporter(report))
    return target


def check_suffix(path: Path) -> None:
    """Raise CannotSave where an animation cannot be written to a file of this name."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise CannotSave(f"{path}: the suffix of an animation is {' or '.join(SUFFIXES)}, not {suffix!r}")
    if suffix == ".mp4" and not FFMpegWriter.isAvailable():
        raise CannotSave(
            f"{path}: an .mp4 is written by ffmpeg, which is not installed; a .gif needs nothing"
        )


class _Scene:
    """The figure, drawn at any time: 0 is the first moment, 1 the second, 1.5 between that and the third."""

    def __init__(
        self,
        made: MomentsProjection,
        names: Sequence[str],
        order: NDArray[np.int64],
        title: str,
        size: tuple[float, float],
        max_labels: int,
    ) -> None:
        has_place: NDArray[np.bool_] = np.asarray(
            np.isfinite(made.points).all(axis=2)
        )  # (n_moments, n_tokens)
        kept = np.flatnonzero(has_place.any(axis=0))
        if not len(kept):
            raise TovecError("no token has a place at any moment: all vectors are zeros, NaN or infinity")
        self.points, has_place = made.points[:, kept], has_place[:, kept]
        new_number = np.cumsum(np.isin(np.arange(len(names)), kept)) - 1
        order = new_number[order[np.isin(order, kept)]]
        names = [names[row] for row in kept.tolist()]
        last = (
            len(has_place) - 1 - has_place[::-1].argmax(axis=0)
        )  # the last moment at which each has a place
        places = self.points[last, np.arange(len(kept))]
        everywhere = Projection(self.points[has_place], made.method, made.axis_names)
        self.captions: list[str] = []
        self.figure = Figure(figsize=size, dpi=DPI, facecolor="white", layout=KEEP_LAYOUT())
        self._canvas = FigureCanvasAgg(self.figure)
        axes = (axes_2d if self.points.shape[2] == 2 else axes_3d)(self.figure, everywhere, title)
        if len(names) <= min(max_labels, FEW):
            self._drawn = draw_few(axes, places, names)
        else:
            self._drawn = draw_many(axes, places, names, order, max_labels)
        left, right, height = LINE
        whole, self._line = (
            Line2D([left, end], [height] * 2, color=color, linewidth=2.5, transform=self.figure.transFigure)
            for end, color in ((right, GRID), (left, ACCENT))
        )
        self.figure.add_artist(whole)
        self.figure.add_artist(self._line)
        level_with_title = 1 - TITLE_PLACE[1] / size[1]
        self._caption = self.figure.text(
            right, level_with_title, "", fontproperties=font(10), color=MUTED, ha="right", va="top"
        )
        self._caption.set_parse_math(False)

    def go_to(self, time: float) -> None:
        """Move everything to where it is at `time`."""
        start, n_moments = int(time), len(self.points)
        part = np.float32(time - start)
        now = self.points[start]
        if part:
            now = now + part * (self.points[start + 1] - now)
        self._drawn.move(now)
        self._caption.set_text(self.captions[round(time)])
        left, right, height = LINE
        share = time / (n_moments - 1) if n_moments > 1 else 1.0
        self._line.set_data([left, left + share * (right - left)], [height] * 2)

    def picture(self, time: float) -> Image.Image:
        """Return the figure at `time` as a picture."""
        self.go_to(time)
        self._canvas.draw()  # type: ignore[no-untyped-call]
        pixels = np.asarray(self._canvas.buffer_rgba())  # type: ignore[no-untyped-call]
        return Image.fromarray(pixels[..., :3].copy())


def _times(n_moments: int, seconds: float, rate: int) -> list[float]:
    """Return the time of each frame."""
    n_moving = max(2, round(seconds * rate)) if n_moments > 1 else 1
    moving = np.linspace(0, n_moments - 1, n_moving).tolist()
    return [*[moving[0]] * round(FIRST_STAYS_S * rate), *moving, *[moving[-1]] * round(LAST_STAYS_S * rate)]


def _caption(moment: Moment, unit: str) -> str:
    if moment.progress is None or not unit:
        return moment.name
    loss = "" if moment.loss is None else f" · loss {moment.loss:.2f}"
    return f"{moment.progress:,.0f} {unit}{loss}"


def _write_gif(
    scene: _Scene, times: Sequence[float], rate: int, file: BinaryIO, progress: StageReporter
) -> None:
    """Write the frames with one palette, so that what stands still does not flicker."""
    sampled = [scene.picture(time) for time in np.linspace(0, times[-1], SAMPLED)]
    sheet = Image.new("RGB", (sampled[0].width, sampled[0].height * len(sampled)))
    for number, picture in enumerate(sampled):
        sheet.paste(picture, (0, number * picture.height))
    palette = sheet.quantize(COLORS, dither=Image.Dither.NONE)
    colors = np.array(palette.getpalette()).reshape(-1, 3)
    colors[colors.min(axis=1) > NEARLY_WHITE] = 255  # Pillow may take any of these for white
    palette.putpalette(colors.ravel().tolist())
    runs = [
        (time, len(list(same))) for time, same in itertools.groupby(times)
    ]  # what stands still is one frame
    durations = [round(100 / rate * n) * 10 for _, n in runs]  # milliseconds

    def frames() -> Iterator[Image.Image]:
        for number, (time, _) in enumerate(runs):
            progress.sometimes("drawing", number / len(runs))
            yield scene.picture(time).quantize(palette=palette, dither=Image.Dither.NONE)

    first, *others = frames()
    first.save(file, "GIF", save_all=True, append_images=others, duration=durations, loop=0, optimize=False)
    progress.now("drawing", 1.0)


def _write_mp4(
    scene: _Scene, times: Sequence[float], rate: int, file: BinaryIO, progress: StageReporter
) -> None:
    with temporary_folder() as folder:
        path, writer = folder / "frames.mp4", FFMpegWriter(fps=rate)
        with writer.saving(scene.figure, str(path), DPI):
            for number, time in enumerate(times):
                progress.sometimes("drawing", number / len(times))
                scene.go_to(time)
                writer.grab_frame()
        file.write(path.read_bytes())
    progress.now("drawing", 1.0)

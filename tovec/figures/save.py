"""A figure to a file."""

from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from tovec.errors import CannotSave
from tovec.storage import replace_file

# Text as outlines in SVG and as a font program in PDF: neither depends on the reader's fonts.
SUFFIXES = (".png", ".svg", ".pdf")


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write `figure` in the format that the suffix of `path` names, whole or not at all; return the path.

    Equal figures give equal bytes: no date is written. Raises CannotSave for another suffix and
    where the file cannot be written.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        raise CannotSave(f"{target}: the suffix of a figure is {', '.join(SUFFIXES)}, not {suffix!r}")
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix, {})
    # Without a salt of ours the names inside an SVG are drawn anew each time.
    with replace_file(target) as file, matplotlib.rc_context({"svg.hashsalt": "tovec"}):
        figure.savefig(file, format=suffix[1:], metadata=metadata)
    return target

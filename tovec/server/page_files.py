"""The built page: a fixed table of files, read once."""

from collections.abc import Sequence
from pathlib import Path

from tovec.errors import TovecError

STATIC = Path(__file__).parent / "static" / "page"
FONT = "PretendardVariable.woff2"
WIDGET = STATIC.with_name("widget")
PAGE_NAMES, WIDGET_NAMES = ("index.html", "page.js", "page.css"), ("loader.js", "widget.js", "widget.css")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}


def page_files(static: Path = STATIC, names: Sequence[str] = PAGE_NAMES) -> dict[str, bytes]:
    """Return the files of the page by their path in `static`, with `/` between folders.

    names: those that must be there: of the page in a browser, or with WIDGET and WIDGET_NAMES of a notebook.
    Raises TovecError where the page has not been built.
    """
    files = {
        path.relative_to(static).as_posix(): path.read_bytes()
        for path in sorted(static.rglob("*"))
        if path.suffix in TYPES and path.is_file()
    }
    for name in names:
        if name not in files:
            raise TovecError(f"the page has not been built: {static / name} is missing; install tovec again")
    return files

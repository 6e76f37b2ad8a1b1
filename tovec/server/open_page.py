"""The page in the browser: a server in a thread, its address, and its end."""

import atexit
import errno
import os
import secrets
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from tovec.comparison.comparison import Comparison
from tovec.dependencies import needs
from tovec.embedding import Embedding
from tovec.errors import BadSetting, TovecError
from tovec.frames import ArrowStream
from tovec.reporting import is_in_notebook
from tovec.server.live import LiveStream
from tovec.server.page_data import NO_TABLES, PageData, page_data
from tovec.server.page_files import STATIC, page_files
from tovec.server.session import Session
from tovec.text.training_input import TextInput
from tovec.timeline import Timeline

if TYPE_CHECKING:
    from tovec.language_model.model import LanguageModel

HOST, PORT = "127.0.0.1", 8765
TRIES = 100  # ports, from the requested one
_END_IN_NOTEBOOK = "until the cell is interrupted; tovec.widget shows it in the cell"
_END_S = 1.0  # for the server and all its work together to end


class Page:
    """A page that is being served. Open `url` to see it; `close`, or the end of a `with` block, ends it.

    live: the stream of a table in training.
    """

    def __init__(
        self,
        data: PageData,
        *,
        host: str = HOST,
        port: int = PORT,
        static: Path = STATIC,
        live: LiveStream | None = None,
    ) -> None:
        for package in ("starlette", "uvicorn"):
            needs(package, "a page in the browser")
        from tovec.server.app import app
        from tovec.server.connections import Server
        from tovec.server.guard import ANY_ADDRESS

        files = page_files(static)
        listening = _listen(host, port)
        self.host, self.port = host, int(listening.getsockname()[1])
        secret = secrets.token_urlsafe()
        shown = HOST if host in ANY_ADDRESS else f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self.port}/?key={secret}"
        self._session = Session(data, live)
        self._deadline: float | None = None
        self._server = Server(app(self._session, files, secret, host, self.port))
        self._thread = threading.Thread(
            target=self._server.run, args=([listening],), name="tovec page", daemon=True
        )
        self._thread.start()
        atexit.register(self.close)
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.01)
        if not self._server.started:
            raise RuntimeError("the server of the page did not start")

    def __enter__(self) -> "Page":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Page({self.url})"

    def open_browser(self) -> bool:
        """Open the page in the browser, if there is one that does not run in the terminal."""
        desktop = os.name == "nt" or sys.platform == "darwin"
        if not desktop and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))):
            return False
        threading.Thread(target=_open, args=(self.url,), daemon=True).start()
        return True

    def show(self, data: PageData) -> None:
        """Show other data of the same tokens from now on."""
        self._session.show(data)

    def wait(self, stop: threading.Event) -> bool:
        """Wait until `stop` is set, close the page, and return what `close` returns."""
        while self._thread.is_alive() and not stop.wait(0.5):
            pass
        return self.close()

    def close(self) -> bool:
        """End the server and its work within two seconds and free the port; return whether all has ended."""
        atexit.unregister(self.close)
        self._server.should_exit = True
        if self._deadline is None:
            self._deadline = time.monotonic() + _END_S
        try:
            work_ended = self._session.close(self._left_s())
            self._thread.join(self._left_s())
        except KeyboardInterrupt:  # again: the next call does not wait any longer
            self._deadline = time.monotonic()
            raise
        return work_ended and not self._thread.is_alive()

    def _left_s(self) -> float:
        assert self._deadline is not None
        return max(0.0, self._deadline - time.monotonic())


def check_can_serve(port: int) -> None:
    """Raise TovecError where no page can be served from `port` on; for before the work that it shows."""
    page_files(STATIC)
    _listen(HOST, port).close()


@contextmanager
def until_stopped() -> Iterator[threading.Event]:
    """Yield an event that Ctrl+C and SIGTERM set instead of ending the process; a second one does end it.

    Outside the main thread, the only one that receives signals, nothing sets it.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def restore() -> None:
        for each, handler in before.items():
            signal.signal(each, handler)

    def end(*_: object) -> None:
        restore()
        stop.set()

    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    for each in before:
        signal.signal(each, end)
    try:
        yield stop
    finally:
        restore()


@overload
def view(
    embedding: Embedding | Timeline | Comparison | ArrowStream,
    *,
    metadata: Any = None,
    title: str | None = None,
    tables: Mapping[str, Embedding] = NO_TABLES,
    language_model: "LanguageModel | None" = None,
    text: TextInput | None = None,
    port: int = PORT,
    open_browser: bool = True,
    block: Literal[True] = True,
) -> None: ...


@overload
def view(
    embedding: Embedding | Timeline | Comparison | ArrowStream,
    *,
    metadata: Any = None,
    title: str | None = None,
    tables: Mapping[str, Embedding] = NO_TABLES,
    language_model: "LanguageModel | None" = None,
    text: TextInput | None = None,
    port: int = PORT,
    open_browser: bool = True,
    block: Literal[False],
) -> Page: ...


def view(
    embedding: Embedding | Timeline | Comparison | ArrowStream,
    *,
    metadata: Any = None,
    title: str | None = None,
    tables: Mapping[str, Embedding] = NO_TABLES,
    language_model: "LanguageModel | None" = None,
    text: TextInput | None = None,
    port: int = PORT,
    open_browser: bool = True,
    block: bool = True,
) -> Page | None:
    """Show an embedding, a timeline or a comparison in the browser until Ctrl+C, for this machine alone.

    In a notebook, where the kernel may be elsewhere and waits meanwhile, `tovec.widget` shows it in a cell.

    embedding: also a frame of pandas, polars, Arrow or another library with a row a token, as
    `Embedding.from_frame` reads it; its other columns are metadata, unless that is given.
    metadata: more about the tokens, to color and search them by: a .tsv, .csv or .parquet file, a frame or a
    dict of columns, joined on its column `token`. title: by default the size of the
    table. tables: those of a model by name, `embedding` among them, which the page switches between:
    `open_model(source).tables`. language_model: the one of this table, `open_language_model(source)`, with
    which the page predicts; one that was just trained is in its embedding. text: what was trained on, a path
    or texts, of which the page shows lines; a table that tovec has trained records its own. port: if it is
    taken, the next free one is used. block: False returns a page at once, with `url` and `close()`, usable in
    a `with` block; it is served until it is closed or Python ends.
    Raises TovecError for a table that cannot be drawn, metadata that does not fit, or no free port.

    >>> import tovec
    >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
    >>> with tovec.view(embedding, port=0, open_browser=False, block=False) as page:
    ...     page.url.startswith("http://127.0.0.1:")
    True
    """
    data = page_data(
        embedding,
        metadata=metadata,
        title=title,
        tables=tables,
        language_model=language_model,
        text=text,
    )
    if not block:
        page = Page(data, port=port)
        if open_browser:
            page.open_browser()
        return page
    with until_stopped() as stop, Page(data, port=port) as page:
        end = _END_IN_NOTEBOOK if is_in_notebook() else "until Ctrl+C"
        sys.stdout.write(f"the page is at {page.url} {end}\n")
        sys.stdout.flush()
        if open_browser:
            page.open_browser()
        page.wait(stop)
    return None


def _open(url: str) -> None:
    with suppress(webbrowser.Error, OSError):
        webbrowser.open(url)


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at `host`, on the first free port from `port` on, any for 0."""
    if not 0 <= port <= 65535:
        raise BadSetting("port", port, "from 0 to 65535")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or "0.0.0.0", port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        raise TovecError(f"there is no address {host!r} to serve at: {error}") from error
    for each in range(port, min(port + TRIES, 65536)):
        listening = socket.socket(family, kind, protocol)
        # Windows lets other processes take an address that is in use unless this is set.
        option = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        listening.setsockopt(socket.SOL_SOCKET, option, 1)
        try:
            listening.bind((address[0], each, *address[2:]))
            listening.listen(128)
            return listening
        except OSError as error:
            listening.close()
            if error.errno not in (errno.EADDRINUSE, getattr(errno, "WSAEACCES", errno.EADDRINUSE)):
                reason = error.strerror or str(error)
                raise TovecError(f"cannot serve at {host}, port {each}: {reason}") from error
    raise TovecError(f"no port from {port} to {each} is free at {host}; name another `port`")

"""The page as a widget of a notebook (anywidget): what Python reads and sets of it, and its messages."""

import functools
import secrets
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import anywidget
import traitlets

from tovec.checks import whole_number
from tovec.comparison.comparison import Comparison
from tovec.errors import BadSetting
from tovec.notebook import traits
from tovec.notebook.messages import Messages
from tovec.notebook.traits import HEIGHT
from tovec.progress import silent
from tovec.server.app import unguarded
from tovec.server.live import LiveStream
from tovec.server.page_data import PageData
from tovec.server.page_files import FONT, STATIC, WIDGET, WIDGET_NAMES, page_files
from tovec.server.session import Session

LEAST_HEIGHT, MOST_HEIGHT = 200, 10_000  # pixels


# A saved notebook keeps it. JupyterLab says "Error displaying widget" below where no kernel has the widget.
_STILL = """<div data-tovec-still="{name}">{picture}
<div style="opacity:.65;font:13px/1.5 system-ui,sans-serif">
A still picture: run this cell for the page itself. If it stays still, install anywidget where the notebook's
server runs, and reload.</div></div>
<style>.jp-OutputArea-child:has([data-tovec-still="{name}"]) + .jp-OutputArea-child:not(:has(.tovec-widget))
{{ display: none }}</style>"""


class _Checked(traitlets.Any):
    """A trait whose values are all checked, None too, which traitlets lets pass for others."""

    allow_none = False


class Widget(anywidget.AnyWidget):
    """The page in a cell. What is set here is seen there, and what is done there is read here.

    selection: the tokens that are selected; set it to tokens or ids. chosen: the token whose neighbors are
    shown, None for none; set it to a token or an id. hovered: the token under the pointer. picture: the
    projection, a dict with method, dims, seed, settings, components and axes; what is left out when it is set
    is as the page begins. camera: from where it is seen, a dict with target, distance, azimuth and elevation;
    None for where a picture opens. moment: which one of a timeline, counted from 0. height: in pixels.
    `observe` calls a function at each change, as of all widgets. Raises TovecError for a value that is none.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _still = traitlets.Unicode().tag(sync=True)  # by which the page finds the picture that it replaces
    height = _Checked().tag(sync=True)
    selection = _Checked().tag(
        sync=True,
        to_json=lambda tokens, widget: widget._embedding.ids(tokens).tolist(),
        from_json=lambda ids, _: ids,  # `_check_selection` makes tokens of them
    )
    chosen = traitlets.Any(None).tag(
        sync=True, to_json=lambda token, widget: widget._id(token), from_json=lambda id, _: id
    )
    hovered = traitlets.Any(None).tag(
        sync=True, to_json=lambda token, widget: widget._id(token), from_json=lambda id, _: id
    )
    picture = _Checked().tag(sync=True)
    camera = traitlets.Any(None).tag(sync=True)
    moment = _Checked().tag(sync=True)
    _is_displayed = False

    def __init__(
        self,
        data: PageData,
        *,
        height: int = HEIGHT,
        live: LiveStream | None = None,
        comparison: Comparison | None = None,
    ) -> None:
        """Show `data`. live: the stream of a table in training; `show` comes at its end.

        comparison: the one that `data` are of.
        """
        self._live, self._comparison = live, comparison
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._messages: Messages | None = None
        self._take(data)
        super().__init__(
            _esm=widget_files()["loader.js"].decode(),
            _still=secrets.token_hex(8),
            height=height,
            selection=[],
            picture={},
            moment=self._n_moments - 1,
        )
        self.on_msg(self._received)

    def __repr__(self) -> str:
        return f"Widget({self._data.title})"

    def show(self, data: PageData) -> None:
        """Show the timeline of a table that was in training: other data of the same tokens."""
        with self._lock:
            self._take(data)
            if self._session is not None:
                self._session.show(data)
        self.moment = self._n_moments - 1
        if self._is_displayed:
            self._display_still(update=True)

    def _take(self, data: PageData) -> None:
        data.report = silent  # what projections leave out, the page says
        self._data, self._embedding = data, data.embedding
        manifest = data.manifest
        self._methods: Sequence[Mapping[str, Any]] = manifest["methods"]
        self._start: Mapping[str, Any] = manifest["start"]
        self._n_moments = len(data.moments)

    def open(self) -> None:
        """Open the connection to the notebook, which answers while a cell runs.

        ipykernel from 7.4 on hands what comes to the thread that wrote last, also to that of a cell that
        runs, where it waits. Without that it comes to the thread for widgets that the notebook has chosen.
        """
        super().open()
        if self.comm is not None:
            self.comm._reply_subshell_for = None

    def close(self) -> None:
        """End its computations, and take it out of the notebook."""
        if self._messages is not None:
            self._messages.close()
        self._end_session()
        super().close()

    def _ipython_display_(self) -> None:
        """Show a still picture, which stays in the saved notebook, and the widget, which hides it."""
        from IPython.display import display

        self._display_still()
        data, metadata = self._repr_mimebundle_()
        display(data | {"text/plain": ""}, metadata=metadata, raw=True)
        self._is_displayed = True

    def _display_still(self, *, update: bool = False) -> None:
        from IPython.display import display

        several = self._comparison if self._comparison is not None else self._data.timeline
        shown = self._data.embedding if several is None else several
        still = _STILL.format(name=self._still, picture=shown._repr_html_())
        display(
            {"text/html": still, "text/plain": repr(self)}, raw=True, display_id=self._still, update=update
        )

    def _received(self, _: Any, message: Any, buffers: Sequence[Any]) -> None:
        if not isinstance(message, dict):
            return
        with self._lock:
            if self._session is None:
                self._session = Session(self._data, self._live)
                application = unguarded(self._session, widget_files())
                self._messages = Messages(application, self._send_part, self._deserted)
            assert self._messages is not None
            self._messages.receive(message, bytes(buffers[0]) if buffers else b"")

    def _deserted(self) -> None:
        if not self._data.is_live:  # the end of its session would be that of the stream
            self._end_session()

    def _end_session(self) -> None:
        """End threads and cached results, since notebooks never close widgets; the next page begins anew."""
        with self._lock:
            session, self._session = self._session, None
        if session is not None:
            threading.Thread(target=session.close, daemon=True).start()  # which waits for what it ends

    def _send_part(self, message: dict[str, Any], part: bytes) -> None:
        self.send(message, [part])

    def _id(self, token: str | None) -> int | None:
        return None if token is None else int(self._embedding.vocabulary.id(token))

    @traitlets.validate("selection")
    def _check_selection(self, proposal: Any) -> list[str]:
        given: Iterable[str | int] = proposal["value"]
        return traits.tokens(self._embedding, given)

    @traitlets.validate("chosen", "hovered")
    def _check_token(self, proposal: Any) -> str | None:
        given = proposal["value"]
        return None if given is None else traits.token(self._embedding, given)

    @traitlets.validate("picture")
    def _check_picture(self, proposal: Any) -> dict[str, Any]:
        return traits.picture(self._methods, self._start, self._embedding.dim, proposal["value"])

    @traitlets.validate("camera")
    def _check_camera(self, proposal: Any) -> dict[str, Any] | None:
        return traits.camera(proposal["value"])

    @traitlets.validate("moment")
    def _check_moment(self, proposal: Any) -> int:
        moment = whole_number("moment", proposal["value"], 0)
        if moment >= self._n_moments:
            rule = f"from 0 to {self._n_moments - 1}" if self._n_moments > 1 else "0 without a timeline"
            raise BadSetting("moment", moment, rule)
        return moment

    @traitlets.validate("height")
    def _check_height(self, proposal: Any) -> int:
        height = whole_number("height", proposal["value"], LEAST_HEIGHT)
        if height > MOST_HEIGHT:
            raise BadSetting("height", height, f"up to {MOST_HEIGHT:,} pixels")
        return height


@functools.cache
def widget_files() -> Mapping[str, bytes]:
    """Return what the page in a notebook asks for beside its data, the same for all widgets."""
    return page_files(WIDGET, WIDGET_NAMES) | {FONT: (STATIC / FONT).read_bytes()}

"""The page as a widget of a notebook (anywidget): what Python reads and sets of it, and its messages."""

import functools
import secrets
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import anywidget
import traitlets

from tovec.checks import whole_number
from tovec.errors import BadSetting
from tovec.notebook import traits
from tovec.notebook.messages import Messages
from tovec.server.app import unguarded
from tovec.server.page_data import PageData
from tovec.server.page_files import FONT, STATIC, WIDGET, WIDGET_NAMES, page_files
from tovec.server.session import Session

LEAST_HEIGHT = 200  # pixels


# A saved notebook keeps it. JupyterLab says "Error displaying widget" below where no kernel has the widget.
_STILL = """<div data-tovec-still="{name}">{picture}
<div style="opacity:.65;font:13px/1.5 system-ui,sans-serif">
A still picture: run this cell for the page itself. If it stays still, install anywidget where the notebook's
server runs, and reload.</div></div>
<style>.jp-OutputArea-child:has([data-tovec-still="{name}"]) + .jp-OutputArea-child:not(:has(.tovec-widget))
{{ display: none }}</style>"""


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
    height = traitlets.Any().tag(sync=True)
    selection = traitlets.Any().tag(
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
    picture = traitlets.Any().tag(sync=True)
    camera = traitlets.Any(None).tag(sync=True)
    moment = traitlets.Any().tag(sync=True)

    def __init__(self, data: PageData, still: str, *, height: int) -> None:
        self._data, self._embedding = data, data.embedding
        self._still_picture = still
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._messages: Messages | None = None
        manifest = data.manifest
        self._methods: Sequence[Mapping[str, Any]] = manifest["methods"]
        self._start: Mapping[str, Any] = manifest["start"]
        self._n_moments = len(data.moments)
        super().__init__(
            _esm=_files()["loader.js"].decode(),
            _still=secrets.token_hex(8),
            height=height,
            selection=[],
            picture={},
            moment=self._n_moments - 1,
        )
        self.on_msg(self._received)

    def __repr__(self) -> str:
        return f"Widget({self._data.title})"

    def close(self) -> None:
        """End its computations, and take it out of the notebook."""
        if self._messages is not None:
            self._messages.close()
        self._end_session()
        super().close()

    def _ipython_display_(self) -> None:
        """Show a still picture, which stays in the saved notebook, and the widget, which hides it."""
        from IPython.display import display

        still = _STILL.format(name=self._still, picture=self._still_picture)
        display({"text/html": still, "text/plain": repr(self)}, raw=True)
        data, metadata = self._repr_mimebundle_()
        display(data | {"text/plain": ""}, metadata=metadata, raw=True)

    def _received(self, _: Any, message: Any, buffers: Sequence[Any]) -> None:
        if not isinstance(message, dict):
            return
        with self._lock:
            if self._session is None:
                self._session = Session(self._data)
                application = unguarded(self._session, _files())
                self._messages = Messages(application, self._send_part, self._end_session)
            assert self._messages is not None
            self._messages.receive(message, bytes(buffers[0]) if buffers else b"")

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
        return traits.picture(self._methods, self._start, proposal["value"])

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
        return whole_number("height", proposal["value"], LEAST_HEIGHT)


@functools.cache
def _files() -> Mapping[str, bytes]:
    """Return what the page in a notebook asks for beside its data, the same for all widgets."""
    return page_files(WIDGET, WIDGET_NAMES) | {FONT: (STATIC / FONT).read_bytes()}

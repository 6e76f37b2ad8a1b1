"""The HTTP server with limits: slow connections are closed, and the number of connections is bounded.

uvicorn limits only the time between two requests: a request that never ends, or a response that is never
read, would hold its connection forever.
"""

import asyncio
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from tovec.server.failures import log_failure
from tovec.server.guard import one_line_answer

HEADERS_S = 10  # from the connection, or the last response, to the end of a request's headers
BODY_S = 30  # for the whole body of a request
READING_S = 30  # without the client reading anything of what is sent
CHECK_S = 1
MAX_CONNECTIONS = 1500
MAX_REFUSED = 32  # connections beyond these that get an answer; all others are closed at once
SPARE_FILES = 64  # that the process may open besides its connections


class BoundedConnection(H11Protocol):
    """A connection that is closed when its client does not send or read in time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start waiting for a request."""
        super().connection_made(transport)
        self._waiting_since = self._read_at = self.loop.time()
        self._unsent = 0
        self._timer = self.loop.call_later(CHECK_S, self._check)
        n_too_many = len(self.connections) - max_connections()
        if n_too_many > MAX_REFUSED:
            transport.abort()
        elif n_too_many > 0:
            self.app = _refuse

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read bytes of a request. One that is sent before the last one is answered closes the connection.

        Browsers never do that. While it waited, a disconnect would go unnoticed.
        """
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._waiting_since = self.loop.time()
        if self._is_answering and not self.cycle.more_body and self.conn.trailing_data[0].strip():
            self.transport.abort()

    def on_response_complete(self) -> None:
        """Start waiting for the next request."""
        self._waiting_since = self.loop.time()
        super().on_response_complete()

    def resume_writing(self) -> None:
        """Continue sending: the client has read most of what was sent."""
        self._read_at = self.loop.time()
        super().resume_writing()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _check(self) -> None:
        now, unsent = self.loop.time(), self.transport.get_write_buffer_size()
        if unsent == 0 or unsent != self._unsent:
            self._read_at, self._unsent = now, unsent
        if not self._is_answering:
            due = self._waiting_since + HEADERS_S
        elif self.cycle.more_body:
            due = self._waiting_since + BODY_S
        else:
            due = now
        if now > due or now > self._read_at + READING_S:
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(CHECK_S, self._check)


class Server(uvicorn.Server):
    """A server that prints nothing when clients disconnect."""

    def __init__(self, application: ASGIApp) -> None:
        config = uvicorn.Config(
            application,
            http=BoundedConnection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=0,  # Ctrl+C ends the server; it does not wait for responses
        )
        super().__init__(config)

    async def startup(self, sockets: Any = None) -> None:
        """Start listening."""
        asyncio.get_running_loop().set_exception_handler(_on_failure)
        await super().startup(sockets)


def max_connections() -> int:
    """Return how many connections are served at once: MAX_CONNECTIONS, or fewer if few files may be open."""
    with suppress(ImportError):  # Windows has no such limit
        import resource

        n_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if n_files != resource.RLIM_INFINITY:
            return max(1, min(MAX_CONNECTIONS, n_files - SPARE_FILES - MAX_REFUSED))
    return MAX_CONNECTIONS


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    answer = one_line_answer(
        "too many connections at once; try again in a moment",
        503,
        {"Connection": "close", "Retry-After": "5"},
    )
    await answer(scope, receive, send)


def _on_failure(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if error is not None and not isinstance(error, OSError):
        log_failure("the server of the page", error)

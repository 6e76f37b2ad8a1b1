"""The server under a crowd: connections that keep it waiting are closed, and there are only so many.

uvicorn bounds the time between two requests and nothing else: a request that never ends, or an answer that
is never read, would hold its connection for ever.
"""

import asyncio
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from tovec.server.failures import log_failure
from tovec.server.guard import one_line_answer

HEADERS_S = 10  # from a connection, or the last answer, to the end of the headers of a request
BODY_S = 30  # for the whole body of a request
READING_S = 30  # in which a reader takes nothing of what is sent
CHECK_S = 1
MOST_CONNECTIONS = 1500
MOST_REFUSED = 32  # connections that are told that there are too many; further ones are only closed
SPARE_FILES = 64  # that the process may open beside its connections


class BoundedConnection(H11Protocol):
    """A connection that is closed when its client does not send, or take, what is due."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._waiting_since = self._taken_at = self.loop.time()
        self._unsent = 0
        self._timer = self.loop.call_later(CHECK_S, self._check)
        n_too_many = len(self.connections) - most_connections()
        if n_too_many > MOST_REFUSED:
            transport.abort()
        elif n_too_many > 0:
            self.app = _refuse

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes of a request. One that is sent before the last one is answered closes the connection.

        No browser sends one. While it had to wait, nothing would tell that the client has left.
        """
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._waiting_since = self.loop.time()
        if self._is_answering and not self.cycle.more_body and self.conn.trailing_data[0].strip():
            self.transport.abort()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        self._waiting_since = self.loop.time()
        super().on_response_complete()

    def resume_writing(self) -> None:
        """Go on sending: the client has taken most of what it was sent."""
        self._taken_at = self.loop.time()
        super().resume_writing()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _check(self) -> None:
        now, unsent = self.loop.time(), self.transport.get_write_buffer_size()
        if unsent == 0 or unsent != self._unsent:
            self._taken_at, self._unsent = now, unsent
        if not self._is_answering:
            due = self._waiting_since + HEADERS_S
        elif self.cycle.more_body:
            due = self._waiting_since + BODY_S
        else:
            due = now
        if now > due or now > self._taken_at + READING_S:
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(CHECK_S, self._check)


class Server(uvicorn.Server):
    """A server that says nothing of clients that break off."""

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
            timeout_graceful_shutdown=0,  # Ctrl+C is an end, not a wish to wait for answers
        )
        super().__init__(config)

    async def startup(self, sockets: Any = None) -> None:
        """Begin to listen."""
        asyncio.get_running_loop().set_exception_handler(_on_failure)
        await super().startup(sockets)


def most_connections() -> int:
    """Return how many connections are served at once: MOST_CONNECTIONS, or as many as files may be open."""
    with suppress(ImportError):  # Windows has no such limit
        import resource

        n_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if n_files != resource.RLIM_INFINITY:
            return max(1, min(MOST_CONNECTIONS, n_files - SPARE_FILES - MOST_REFUSED))
    return MOST_CONNECTIONS


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

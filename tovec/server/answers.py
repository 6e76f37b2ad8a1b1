"""Responses sent in parts, as the client reads them: so a slow client takes little memory."""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from typing import Any, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tovec.server.failures import failure_line
from tovec.server.jobs import Payload, Step
from tovec.server.page_bytes import frame_parts

PART_BYTES = 1 << 18  # that wait for one client


class Parts(Response):
    """Bytes that several clients may share, sent in parts."""

    def __init__(self, content: bytes, media_type: str) -> None:
        super().__init__(media_type=media_type)
        self.headers["content-length"] = str(len(content))
        self._content = memoryview(content)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the bytes."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for part in _parts(self._content):
            await _send_body(send, part)
        await _send_body(send, b"", is_last=True)


class Follows(Protocol):
    """What follows a computation: a subscriber of a job, or of a run."""

    def next(self) -> Step | None:
        """Return the next step, None where there is none yet."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""

    def leave(self) -> None:
        """Follow no longer."""


class Frames(Response):
    """The steps of a computation as frames, each sent when the client is ready for it."""

    media_type = "application/octet-stream"

    def __init__(self, subscriber: Follows, changed: asyncio.Event) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._subscriber = subscriber
        self._changed = changed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send frames until the last; unsubscribe when the client disconnects."""
        disconnected = asyncio.ensure_future(wait_for_disconnect(receive))
        disconnected.add_done_callback(lambda _: self._changed.set())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while not disconnected.done():
                self._changed.clear()
                step = self._subscriber.next()
                if step is not None:
                    head, numbers = frame_parts(step.header, step.payload)
                    await _send_body(send, head)
                    for part in _parts(numbers):
                        await _send_body(send, part)
                elif self._subscriber.has_ended:
                    await _send_body(send, b"", is_last=True)
                    return
                else:
                    await self._changed.wait()
        finally:
            disconnected.cancel()
            self._subscriber.leave()


class Blocks(Response):
    """Arrays that are made one after another, each as a frame, and made when the client has taken the last.

    The stages are "block", and at the end "done", or "error" with the `error`.
    """

    media_type = "application/octet-stream"

    def __init__(self, blocks: Iterable[Future[Payload]]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._blocks = blocks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send frames until the last, or until the client disconnects."""
        gone = asyncio.ensure_future(wait_for_disconnect(receive))
        header: dict[str, Any] = {"stage": "done"}
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            for future in self._blocks:
                block = asyncio.wrap_future(future)
                await asyncio.wait((block, gone), return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    block.cancel()
                    return
                head, numbers = frame_parts({"stage": "block"}, block.result())
                await _send_body(send, head)
                for part in _parts(numbers):
                    await _send_body(send, part)
        except Exception as error:
            header = {"stage": "error", "error": failure_line(scope["path"], error)}
        finally:
            gone.cancel()
        head, _ = frame_parts(header)
        await _send_body(send, head)
        await _send_body(send, b"", is_last=True)


async def wait_for_disconnect(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _parts(content: memoryview) -> Iterator[bytes]:
    for start in range(0, len(content), PART_BYTES):
        yield bytes(content[start : start + PART_BYTES])


async def _send_body(send: Send, body: Any, is_last: bool = False) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": not is_last})
    await asyncio.sleep(0)  # send alone gives no turn to others, and does not notice a disconnect

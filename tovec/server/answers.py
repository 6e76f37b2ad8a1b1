"""Answers that are sent a part at a time, as the reader takes them: one that is slow costs no memory."""

import asyncio
from collections.abc import Iterator
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tovec.server.jobs import Watcher
from tovec.server.page_data import frame_parts

PART_BYTES = 1 << 18  # that wait for one reader


class Parts(Response):
    """Bytes that many readers share."""

    def __init__(self, content: bytes, media_type: str) -> None:
        super().__init__(media_type=media_type)
        self.headers["content-length"] = str(len(content))
        self._content = memoryview(content)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for part in _parts(self._content):
            await _send_body(send, part)
        await _send_body(send, b"", is_last=True)


class Frames(Response):
    """The steps of a computation as they come, each when the reader is ready for it."""

    media_type = "application/octet-stream"

    def __init__(self, watcher: Watcher, news: asyncio.Event) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._watcher = watcher
        self._news = news

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send frames until the last; when the reader goes away, leave the work."""
        reader = asyncio.ensure_future(has_gone(receive))
        reader.add_done_callback(lambda _: self._news.set())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while not reader.done():
                self._news.clear()
                step = self._watcher.next()
                if step is not None:
                    head, numbers = frame_parts(step.header, step.payload)
                    await _send_body(send, head)
                    for part in _parts(numbers):
                        await _send_body(send, part)
                elif self._watcher.has_ended:
                    await _send_body(send, b"", is_last=True)
                    return
                else:
                    await self._news.wait()
        finally:
            reader.cancel()
            self._watcher.leave()


async def has_gone(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _parts(content: memoryview) -> Iterator[bytes]:
    for start in range(0, len(content), PART_BYTES):
        yield bytes(content[start : start + PART_BYTES])


async def _send_body(send: Send, body: Any, is_last: bool = False) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": not is_last})
    await asyncio.sleep(0)  # sending alone lets nobody else have a turn, nor learns that the reader has gone

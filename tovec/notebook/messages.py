"""Questions of a page that come as messages, not over a network, and their answers, in parts.

A page in a notebook has no server that it could reach: its kernel may run on another machine. What it would
ask over HTTP it sends as messages, and the application that answers HTTP answers these too. So a question
is a path with parameters, as in server/app.py, and a body. page/src/notebook/messages.ts is the other end.

Messages of the page, `body` in binary:

    {"ask": id, "path": "/data/tokens.txt", "method": "GET"}    a question
    {"took": id}       a part of its answer has arrived
    {"stop": id}       the page does not need the answer anymore
    {"leave": page}    the same of all its questions, whose ids begin with `page`, up to a blank

Messages to the page, a part of the answer in binary:

    {"part": id, "status": 200, "isLast": false}

An answer waits while as many as WINDOW parts have not been taken, so a computation that is faster than the
page leaves out steps, and nothing piles up.
"""

import asyncio
import functools
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

WINDOW = 8  # parts on their way
TAKEN_S = 600.0  # a page that has taken nothing for so long is gone
DESERTED_S = 30.0  # without a page; one that is moved in the notebook leaves and comes back at once

Send = Callable[[dict[str, Any], bytes], object]
"""Sends a message with bytes to the pages; called in one thread that is not the caller's."""


class Messages:
    """Answers the questions of pages by an application for HTTP, in a thread of its own.

    on_deserted: called in that thread when all pages have left and none has come for DESERTED_S.
    """

    def __init__(self, application: ASGIApp, send: Send, on_deserted: Callable[[], object]) -> None:
        self._application, self._send, self._on_deserted = application, send, on_deserted
        self._pages: set[str] = set()
        self._loop = _loop()
        self._answers: dict[str, _Answer] = {}  # touched in the loop's thread alone

    def receive(self, message: Mapping[str, Any], body: bytes = b"") -> None:
        """Take a message of a page, from any thread; returns at once."""
        self._loop.call_soon_threadsafe(self._take, dict(message), body)

    def close(self) -> None:
        """Stop all answers."""
        self._loop.call_soon_threadsafe(self._stop_all, "")

    def _take(self, message: dict[str, Any], body: bytes) -> None:
        match message:
            case {"ask": str(id), "path": str(path), "method": "GET" | "POST" as method}:
                answer = self._answers[id] = _Answer(id, self._send)
                answer.task = self._loop.create_task(self._answer(answer, path, method, body))
                self._pages.add(_page_of(id))
            case {"took": str(id)} if id in self._answers:
                self._answers[id].room.release()
            case {"stop": str(id)} if id in self._answers:
                self._answers[id].task.cancel()
            case {"leave": str(page)} if page:
                self._stop_all(page)
                self._pages.discard(_page_of(page))
                self._loop.call_later(DESERTED_S, self._check_deserted)

    def _check_deserted(self) -> None:
        if not self._pages:
            self._on_deserted()

    def _stop_all(self, beginning: str) -> None:
        for id, answer in self._answers.items():
            if id.startswith(beginning):
                answer.task.cancel()

    async def _answer(self, answer: "_Answer", path: str, method: str, body: bytes) -> None:
        try:
            await self._application(_scope(path, method), _receiver(body), answer.send)
        except Exception:
            pass  # the application has logged it and answered so, or there is nobody to send to
        finally:
            self._answers.pop(answer.id, None)


class _Answer:
    """The answer to one question, sent as the page takes it. task: what answers; whoever makes it sets it."""

    task: asyncio.Task[None]

    def __init__(self, id: str, send: Send) -> None:
        self.id = id
        self.room = asyncio.Semaphore(WINDOW)
        self._send = send
        self._status = 0

    async def send(self, message: Message) -> None:
        """Send what the application says, as one for a network would."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            return
        part, is_last = message.get("body", b""), not message.get("more_body", False)
        if part or is_last:
            try:
                await asyncio.wait_for(self.room.acquire(), TAKEN_S)
            except TimeoutError:
                raise asyncio.CancelledError from None
            self._send({"part": self.id, "status": self._status, "isLast": is_last}, bytes(part))


def _page_of(id: str) -> str:
    return id.partition(" ")[0]


def _scope(path: str, method: str) -> dict[str, Any]:
    """Return what an application for HTTP is told of a question (ASGI 3)."""
    path, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [],
        "client": None,
        "server": None,
    }


def _receiver(body: bytes) -> Callable[[], Any]:
    """Return what gives the application the body, and then never anything: who leaves cancels the answer."""
    left = [body]

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": left.pop(), "more_body": False}

    return receive


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    """Return the loop in which all pages of this process are answered, in a thread of its own."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="tovec notebook", daemon=True).start()
    return loop

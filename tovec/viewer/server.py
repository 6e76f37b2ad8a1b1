"""A session over HTTP, for one person: read-only, from a fixed table of names, behind a secret.

The secret of the first address becomes a cookie. The Host header must name this server, or a page of
another name could be made to point here (DNS rebinding); nothing is loaded from anywhere else.
"""

import asyncio
import ipaddress
import json
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NoReturn

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tovec.errors import BadSetting, TovecError
from tovec.viewer import pictures
from tovec.viewer.jobs import Watcher
from tovec.viewer.page_data import frame_bytes, json_bytes
from tovec.viewer.page_files import TYPES
from tovec.viewer.session import Session

MAX_TEXT = 4 << 20  # bytes of a text to cut
METHODS = ("GET", "HEAD", "POST")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
ANY_ADDRESS = ("0.0.0.0", "::", "")  # hosts that stand for every address of the machine
REFUSED = "open the address that the terminal printed: it holds the key to this page"

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def app(session: Session, files: Mapping[str, bytes], secret: str, host: str, port: int) -> ASGIApp:
    """Return the application that serves `session` and the `files` of the page at `host`:`port`."""
    routes = [
        Route("/data/{name}", _part),
        Route("/api/vector", _vector),
        Route("/api/nearest", _nearest),
        Route("/api/tokens", _tokens, methods=["GET", "POST"]),
        Route("/api/clusters", _clusters),
        Route("/api/project", _project),
        Route("/{name:path}", _file),
    ]
    inner = Starlette(routes=routes, exception_handlers={TovecError: _mistake, Exception: _failure})
    inner.state.session = session
    inner.state.files = files
    return Guard(inner, secret, host, port)


class Guard:
    """Lets in who has the secret and asks at the right name to read; else one line says why not."""

    def __init__(self, inner: ASGIApp, secret: str, host: str, port: int) -> None:
        self._inner = inner
        self._secret = secret.encode()
        self._cookie = f"tovec-{port}"  # cookies know no ports
        self._hosts = _with_port((*LOOPBACK, host.lower(), f"[{host.lower()}]"), port)
        self._any_port = f":{port}" if host in ANY_ADDRESS else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", ()), *extra]
            await send(message)

        answer = self._refusal(scope) or self._entrance(scope) or self._stranger(scope) or self._inner
        await answer(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if not self._is_ours(host):
            return _line(f"this server is not called {host!r}", 400)
        foreign = headers.get("origin", f"http://{host}") != f"http://{host}"
        # A page of another server on this machine counts as "same-site" and would send the cookie along.
        beside = headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and scope["path"] != "/"
        if foreign or beside:
            return _line("another page asked for this; only this server's own page may", 403)
        if scope["method"] not in METHODS:
            return _line(f"{scope['method']} is not answered", 405, {"Allow": ", ".join(METHODS)})
        return None

    def _entrance(self, scope: Scope) -> Response | None:
        """Turn the secret in the address into a cookie."""
        key = QueryParams(scope["query_string"]).get("key")
        if scope["path"] != "/" or key is None or not self._is_secret(key):
            return None
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(self._cookie, self._secret.decode(), httponly=True, samesite="strict")
        return response

    def _stranger(self, scope: Scope) -> Response | None:
        cookie = Request(scope).cookies.get(self._cookie)
        return None if cookie is not None and self._is_secret(cookie) else _line(REFUSED, 403)

    def _is_secret(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(errors="replace"), self._secret)

    def _is_ours(self, host: str) -> bool:
        if host in self._hosts:
            return True
        if self._any_port is None or not host.endswith(self._any_port):
            return False
        # Whoever serves at every address is reached by numbers: those cannot be made to point elsewhere.
        with suppress(ValueError):
            ipaddress.ip_address(host.removesuffix(self._any_port).strip("[]"))
            return True
        return False


def _with_port(names: Iterable[str], port: int) -> frozenset[str]:
    with_port = {f"{name}:{port}" for name in names}
    return frozenset(with_port | set(names) if port == 80 else with_port)


def _line(text: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status, headers)


async def _mistake(request: Request, error: Exception) -> Response:
    return _line(str(error), 400)


async def _failure(request: Request, error: Exception) -> Response:
    logging.getLogger("tovec").error("%s failed", request.url.path, exc_info=error)
    return _line(f"{type(error).__name__} in the server; the terminal says more", 500)


def _session(request: Request) -> Session:
    session: Session = request.app.state.session
    return session


def _file(request: Request) -> Response:
    name = request.path_params["name"] or "index.html"
    files: Mapping[str, bytes] = request.app.state.files
    if name not in files:
        raise HTTPException(404, "there is nothing of that name\n")
    return Response(files[name], media_type=TYPES["." + name.rpartition(".")[2]])


def _part(request: Request) -> Response:
    data, name = _session(request).data, request.path_params["name"]
    if name not in data:
        raise HTTPException(404, "there is nothing of that name\n")
    kind = {"json": "application/json", "txt": "text/plain; charset=utf-8"}
    return Response(data[name], media_type=kind.get(name.rpartition(".")[2], "application/octet-stream"))


def _vector(request: Request) -> Response:
    query = Query(request.query_params, "id")
    vector = _session(request).vector(query.number("id"))
    return Response(vector.astype("<f4").tobytes(), media_type="application/octet-stream")


def _nearest(request: Request) -> Response:
    query = Query(request.query_params, "positive", "negative", "k", "metric")
    results = _session(request).nearest(
        query.numbers("positive"),
        query.numbers("negative"),
        query.number("k", 10),
        query.text("metric", "cosine"),
    )
    return _json({"results": results})


async def _tokens(request: Request) -> Response:
    if request.method == "POST":
        Query(request.query_params)
        text = await _body(request)
    else:
        text = Query(request.query_params, "text").text("text")
    return _json({"pieces": await run_in_threadpool(_session(request).tokens, text)})


async def _body(request: Request) -> str:
    """Return the text that was sent; one that is too long is read to its end and thrown away."""
    body, size = bytearray(), 0
    async for part in request.stream():
        size += len(part)
        body += part if size <= MAX_TEXT else b""
    if size > MAX_TEXT:
        raise HTTPException(413, f"a text of {size:,} bytes is too long; the page cuts up to {MAX_TEXT:,}\n")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise TovecError(f"the text is not UTF-8 ({error.reason} at byte {error.start})") from error


async def _clusters(request: Request) -> Response:
    Query(request.query_params)
    return _stream(request, _session(request).clusters)


async def _project(request: Request) -> Response:
    query = Query(request.query_params, "method", "dims", "seed", "axes")
    wanted = pictures.Request(
        query.text("method"), query.number("dims"), query.number("seed", 0), query.axes()
    )
    return _stream(request, lambda notify: _session(request).picture(wanted, notify))


def _stream(request: Request, watch: Callable[[Callable[[], None]], Watcher]) -> Response:
    if request.method == "HEAD":  # it would compute all for nothing
        return Response(media_type="application/octet-stream")
    loop, news = asyncio.get_running_loop(), asyncio.Event()

    def notify() -> None:
        with suppress(RuntimeError):  # the server has ended before the work
            loop.call_soon_threadsafe(news.set)

    return Frames(watch(notify), news)


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
        reader = asyncio.ensure_future(_gone(receive))
        reader.add_done_callback(lambda _: self._news.set())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while not reader.done():
                self._news.clear()
                step = self._watcher.next()
                if step is not None:
                    frame = frame_bytes(step.header, step.payload)
                    await send({"type": "http.response.body", "body": frame, "more_body": True})
                elif self._watcher.has_ended:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                    return
                else:
                    await self._news.wait()
        finally:
            reader.cancel()
            self._watcher.leave()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _json(value: Any) -> Response:
    return Response(json_bytes(value), media_type="application/json")


class Query:
    """The parameters of a request, each read as what it must be. Raises BadSetting for any other."""

    def __init__(self, parameters: QueryParams, *names: str) -> None:
        for name in parameters:
            if name not in names:
                raise BadSetting(
                    "a parameter", name, f"one of {', '.join(names)}" if names else "left out here"
                )
        self._parameters = parameters

    def text(self, name: str, default: str | None = None) -> str:
        """Return it as it is."""
        value = self._parameters.get(name, default)
        if value is None:
            raise BadSetting(name, value, "given")
        return value

    def number(self, name: str, default: int | None = None) -> int:
        """Return a whole number from 0 up."""
        text = self.text(name, None if default is None else str(default))
        return _whole(name, text)

    def numbers(self, name: str) -> list[int]:
        """Return whole numbers from 0 up with commas between; none where it is left out or empty."""
        text = self.text(name, "")
        return [_whole(name, each) for each in text.split(",")] if text else []

    def axes(self) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
        """Return the pairs of lists of ids in `axes`, JSON: [{"from": [1], "to": [2]}, …]."""
        try:
            axes = json.loads(self.text("axes", "[]"))
            return tuple((_ids(axis["from"]), _ids(axis["to"])) for axis in axes)
        except (KeyError, TypeError, ValueError, RecursionError):
            _refuse_axes(self.text("axes"))


def _refuse_axes(text: str) -> NoReturn:
    raise BadSetting(
        "axes", text[:80], 'JSON such as [{"from": [1], "to": [2]}], two or three of them'
    ) from None


def _ids(ids: object) -> tuple[int, ...]:
    if not isinstance(ids, list) or not ids or not all(type(id) is int for id in ids):
        raise ValueError
    return tuple(ids)


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise BadSetting(name, text[:20], "a whole number from 0 up")
    return int(text)

"""A session over HTTP for one person: read-only, with a fixed table of names, behind a secret.

Nothing here blocks the event loop: computations are awaited, and abandoned when the client disconnects.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import fields
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from tovec.errors import BadSetting, TovecError
from tovec.projection.settings import DEFAULTS, Settings
from tovec.server.answers import Blocks, Follows, Frames, Parts, wait_for_disconnect
from tovec.server.explaining import Question
from tovec.server.failures import log_failure
from tovec.server.guard import Guard, one_line_answer
from tovec.server.page_bytes import json_bytes, number_bytes
from tovec.server.page_files import TYPES
from tovec.server.projections import ProjectionRequest
from tovec.server.query import Query
from tovec.server.session import Session

MAX_TEXT = 4 << 20  # bytes of a text to cut into tokens
MAX_BODY = 16 * MAX_TEXT  # bytes that are read at most, so that a text that is too long gets an answer
BLOCK_NUMBERS = 1 << 18  # of vectors, in one frame
BYTES = "application/octet-stream"
SETTINGS = [setting.name for setting in fields(Settings)]

Answer = TypeVar("Answer")


def app(session: Session, files: Mapping[str, bytes], secret: str, host: str, port: int) -> ASGIApp:
    """Return the application that serves `session` and the `files` of the page at `host`:`port`.

    The other tables of a model are served alike, each below its name: /output/data/manifest.json.
    """
    return Guard(unguarded(session, files), secret, host, port)


def unguarded(session: Session, files: Mapping[str, bytes]) -> Starlette:
    """Return the same application for those who have been let in."""
    routes: list[BaseRoute] = [
        *(Mount(f"/{name}", unguarded(other, files)) for name, other in session.others.items()),
        Route("/data/{name}", _part),
        Route("/api/alive", _alive),
        Route("/api/vector", _vector),
        Route("/api/vectors", _vectors, methods=["POST"]),
        Route("/api/nearest", _nearest),
        Route("/api/similarities", _similarities),
        Route("/api/over-time", _over_time),
        Route("/api/tokens", _tokens, methods=["GET", "POST"]),
        Route("/api/predict", _predict, methods=["GET", "POST"]),
        Route("/api/lesson-step", _lesson_step, methods=["GET", "POST"]),
        Route("/api/context", _context),
        Route("/api/clusters", _clusters),
        Route("/api/project", _project, methods=["GET", "POST"]),
        Route("/api/axes", _axes),
        Route("/api/why", _why),
        Route("/api/evidence", _evidence),
        Route("/api/live", _live),
        Route("/{name:path}", _file),
    ]
    handlers = {TovecError: _user_error, ClientDisconnect: _disconnected, Exception: _internal_error}
    inner = Starlette(routes=routes, exception_handlers=handlers)
    inner.state.session = session
    inner.state.files = files
    return inner


async def _user_error(request: Request, error: Exception) -> Response:
    return one_line_answer(str(error), 400)


async def _disconnected(request: Request, error: Exception) -> Response:
    return Response()  # to nobody


async def _internal_error(request: Request, error: Exception) -> Response:
    log_failure(request.url.path, error)
    return one_line_answer(f"{type(error).__name__} in the server; see the terminal for more", 500)


def _session(request: Request) -> Session:
    session: Session = request.app.state.session
    return session


async def _unless_disconnected(request: Request, future: Future[Answer]) -> Answer:
    """Wait for `future`; if the client disconnects first, cancel it and raise ClientDisconnect."""
    answer = asyncio.wrap_future(future)
    gone = asyncio.ensure_future(wait_for_disconnect(request.receive))
    try:
        await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ClientDisconnect
        return answer.result()
    finally:
        answer.cancel()
        gone.cancel()


async def _file(request: Request) -> Response:
    name = request.path_params["name"] or "index.html"
    files: Mapping[str, bytes] = request.app.state.files
    if name not in files:
        raise HTTPException(404, "nothing has that name\n")
    return Parts(files[name], TYPES["." + name.rpartition(".")[2]])


async def _part(request: Request) -> Response:
    session, name = _session(request), request.path_params["name"]
    if name not in session.data:
        raise HTTPException(404, "nothing has that name\n")
    kind = {"json": "application/json", "txt": "text/plain; charset=utf-8"}
    part = await _unless_disconnected(request, session.part(name))
    return Parts(part, kind.get(name.rpartition(".")[2], BYTES))


def _alive(request: Request) -> Response:
    Query(request.query_params)
    return _json(json_bytes({"server": _session(request).name}))


def _vector(request: Request) -> Response:
    query = Query(request.query_params, "id", "moment")
    vector = _session(request).vector(query.number("id"), query.optional_number("moment"))
    return Response(number_bytes(vector, np.float32), media_type=BYTES)


async def _vectors(request: Request) -> Response:
    """Answer with the vectors of many tokens, whose ids are the body, uint32, in frames of some rows each."""
    moment = Query(request.query_params, "moment").optional_number("moment")
    session = _session(request)
    session.at(moment)  # raises for one that there is not
    ids = _ids(await _body(request), session)
    n_rows = max(1, BLOCK_NUMBERS // session.embedding.dim)
    blocks = (ids[start : start + n_rows] for start in range(0, len(ids), n_rows))
    return Blocks(session.vectors(block, moment) for block in blocks)


def _ids(body: bytes, session: Session) -> NDArray[np.uint32]:
    if len(body) % 4:
        raise BadSetting("the body", f"{len(body):,} bytes", "ids of 4 bytes each")
    ids = np.frombuffer(body, dtype="<u4")
    session.embedding.tokens([int(ids.max(initial=0))])  # raises for one outside the table
    return ids


async def _nearest(request: Request) -> Response:
    query = Query(request.query_params, "positive", "negative", "k", "metric", "moment", "script")
    future = _session(request).nearest(
        query.numbers("positive"),
        query.numbers("negative"),
        query.number("k", 10),
        query.text("metric", "cosine"),
        query.optional_number("moment"),
        query.optional_text("script"),
    )
    return _json(json_bytes({"results": await _unless_disconnected(request, future)}))


async def _similarities(request: Request) -> Response:
    query = Query(request.query_params, "id", "moment")
    future = _session(request).similarities(query.number("id"), query.optional_number("moment"))
    return Parts(number_bytes(await _unless_disconnected(request, future), np.float32), BYTES)


async def _over_time(request: Request) -> Response:
    """Answer with the cosine of `a` and `b` at each moment, float32; without `b`, the length of `a`."""
    query = Query(request.query_params, "a", "b")
    future = _session(request).over_time(query.number("a"), query.optional_number("b"))
    return Parts(number_bytes(await _unless_disconnected(request, future), np.float32), BYTES)


async def _tokens(request: Request) -> Response:
    text, _ = await _text(request)
    return _json(await _unless_disconnected(request, _session(request).tokens(text)))


async def _predict(request: Request) -> Response:
    text, query = await _text(request, "k")
    future = _session(request).predict(text, query.number("k", 10))
    return _json(await _unless_disconnected(request, future))


async def _lesson_step(request: Request) -> Response:
    text, query = await _text(request, "target")
    future = _session(request).lesson_step(text, query.optional_number("target"))
    return _json(await _unless_disconnected(request, future))


async def _context(request: Request) -> Response:
    query = Query(request.query_params, "a", "b", "token")
    token = query.text("token", "") or None
    future = _session(request).context(query.text("a"), query.text("b"), token)
    return _json(await _unless_disconnected(request, future))


async def _text(request: Request, *names: str) -> tuple[str, Query]:
    """Return the text that a request is about, its parameter `text` or all that is posted, and the others."""
    if request.method == "POST":
        query = Query(request.query_params, *names)
        return _decoded(await _body(request)), query
    query = Query(request.query_params, "text", *names)
    return query.text("text"), query


async def _body(request: Request) -> bytes:
    """Return what was sent; what is too long is read and thrown away, so that it is answered."""
    body, size = bytearray(), 0
    async for part in request.stream():
        size += len(part)
        body += part if size <= MAX_TEXT else b""
        if size > MAX_BODY:
            break
    if size > MAX_TEXT:
        given = f"{size:,}" if size <= MAX_BODY else f"more than {MAX_BODY:,}"
        raise HTTPException(413, f"a text of {given} bytes is too long; the page takes up to {MAX_TEXT:,}\n")
    return bytes(body)


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise TovecError(f"the text is not UTF-8 ({error.reason} at byte {error.start})") from error


async def _clusters(request: Request) -> Response:
    Query(request.query_params)
    return _stream(request, _session(request).clusters)


async def _axes(request: Request) -> Response:
    """Stream the independent axes of the table: how far they are, then the tokens that name each."""
    Query(request.query_params)
    return _stream(request, lambda notify: _session(request).explain(Question("axes"), notify))


async def _why(request: Request) -> Response:
    """Stream why the tokens `a` and `b` are near, as a sum over the independent axes."""
    return _about_two(request, "why")


async def _evidence(request: Request) -> Response:
    """Stream what the text that a table was trained on says of the tokens `a` and `b`."""
    return _about_two(request, "evidence")


def _about_two(request: Request, about: Literal["why", "evidence"]) -> Response:
    query = Query(request.query_params, "a", "b")
    question = Question(about, query.number("a"), query.number("b"))
    return _stream(request, lambda notify: _session(request).explain(question, notify))


async def _project(request: Request) -> Response:
    """Stream a projection of all tokens, or of those alone whose ids, uint32, are the body."""
    query = Query(request.query_params, "method", "dims", "seed", "axes", "directions", "axesOf", *SETTINGS)
    rows = _ids(await _body(request), _session(request)) if request.method == "POST" else None
    wanted = ProjectionRequest(
        query.text("method"),
        query.number("dims"),
        query.number("seed", 0),
        query.axes(),
        _settings(query),
        b"" if rows is None else rows.tobytes(),
        query.truth("directions"),
        query.text("axesOf", "last"),
    )
    return _stream(request, lambda notify: _session(request).project(wanted, notify))


async def _live(request: Request) -> Response:
    """Stream the pictures of a table in training, up to the one of its end."""
    dims = Query(request.query_params, "dims").number("dims", 2)
    live = _session(request).live
    if live is None:
        raise HTTPException(404, "nothing is trained here\n")
    return _stream(request, lambda notify: live.subscribe(dims, notify))


def _settings(query: Query) -> Settings:
    return Settings(
        neighbors=query.number("neighbors", DEFAULTS.neighbors),
        min_dist=query.decimal("min_dist", DEFAULTS.min_dist),
        perplexity=query.decimal("perplexity", DEFAULTS.perplexity),
        components=tuple(query.numbers("components")),
    )


def _stream(request: Request, subscribe: Callable[[Callable[[], None]], Follows]) -> Response:
    if request.method == "HEAD":  # the computation would be for nothing
        return Response(media_type=BYTES)
    loop, changed = asyncio.get_running_loop(), asyncio.Event()

    def notify() -> None:
        with suppress(RuntimeError):  # the server has ended before the job
            loop.call_soon_threadsafe(changed.set)

    return Frames(subscribe(notify), changed)


def _json(content: bytes) -> Response:
    return Parts(content, "application/json")

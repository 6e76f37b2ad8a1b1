"""Who may access the page, and the security headers of every response.

The secret in the first address becomes a cookie. The Host header must name this server, or another site could
make its name point here (DNS rebinding). The page may load nothing from anywhere else.
"""

import ipaddress
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tovec.escapes import one_line
from tovec.server.no_key import FONT, no_key_page, wants_page

METHODS = ("GET", "HEAD", "POST")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
ANY_ADDRESS = ("0.0.0.0", "::", "")  # hosts that stand for all addresses of the machine
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


class Guard:
    """Passes requests on that have the secret, the right host and a known method; others get one line."""

    def __init__(self, inner: ASGIApp, secret: str, host: str, port: int) -> None:
        self._inner = inner
        self._secret = secret.encode()
        self._cookie = f"tovec-{port}"  # cookies are not separated by port
        self._hosts = _with_port((*LOOPBACK, host.lower(), f"[{host.lower()}]"), port)
        self._any_port = f":{port}" if host in ANY_ADDRESS else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name for name, _ in given}
                extra = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*given, *(header for header in extra if header[0] not in names)]
            await send(message)

        answer = self._refusal(scope) or self._login(scope) or self._unauthenticated(scope) or self._inner
        await answer(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if not self._is_ours(host):
            return one_line_answer(f"this server is not called {host!r}", 400)
        other_origin = headers.get("origin", f"http://{host}") != f"http://{host}"
        # A page of another server on this machine counts as "same-site" and would send the cookie.
        other_site = (
            headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and scope["path"] != "/"
        )
        if other_origin or other_site:
            return one_line_answer("only this server's own page may request this, not another page", 403)
        if scope["method"] not in METHODS:
            return one_line_answer(f"{scope['method']} is not allowed", 405, {"Allow": ", ".join(METHODS)})
        return None

    def _login(self, scope: Scope) -> Response | None:
        """Turn the secret in the address into a cookie."""
        key = QueryParams(scope["query_string"]).get("key")
        if scope["path"] != "/" or key is None or not self._is_secret(key):
            return None
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(self._cookie, self._secret.decode(), httponly=True, samesite="strict")
        return response

    def _unauthenticated(self, scope: Scope) -> Response | None:
        cookie = Request(scope).cookies.get(self._cookie)
        if (cookie is not None and self._is_secret(cookie)) or scope["path"] == FONT:
            return None
        headers = Headers(scope=scope)
        is_page = scope["path"] == "/" and wants_page(headers)
        return no_key_page(headers) if is_page else one_line_answer(REFUSED, 403)

    def _is_secret(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(errors="replace"), self._secret)

    def _is_ours(self, host: str) -> bool:
        if host in self._hosts:
            return True
        if self._any_port is None or not host.endswith(self._any_port):
            return False
        # A server on all addresses is reached by IP address, which cannot be made to point elsewhere.
        with suppress(ValueError):
            ipaddress.ip_address(host.removesuffix(self._any_port).strip("[]"))
            return True
        return False


def _with_port(names: Iterable[str], port: int) -> frozenset[str]:
    with_port = {f"{name}:{port}" for name in names}
    return frozenset(with_port | set(names) if port == 80 else with_port)


def one_line_answer(text: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response of one line of plain text; line breaks and hidden characters are escaped."""
    return PlainTextResponse(f"{one_line(text)}\n", status, headers)

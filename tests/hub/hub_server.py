"""A Hugging Face Hub on this machine: a model's files under the real one's addresses, and ways to fail."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]


@dataclass
class FakeHub:
    """Files by name, and how the server answers for them.

    answers: what the next requests for contents get in place of an honest answer, each a function that is
    given the handler and does all of it; None is an honest answer. requests: all that were asked.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    answers: list[Any] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    commit: str = COMMIT
    listing: Any = None  # in place of the true one
    elsewhere: str | None = None  # a server that contents are redirected to
    ignores_ranges: bool = False
    status: int | None = None  # of every answer
    error_code: str = ""
    url: str = ""
    etag: str | None = None
    refused: tuple[str, int, str] | None = None  # a file, with which status and word

    def asked(self, method: str = "GET", part: str = "/resolve/") -> list[str]:
        """Return the ranges that were asked for."""
        return [
            request.headers.get("range", "")
            for request in self.requests
            if request.method == method and part in request.path
        ]

    def model_info(self) -> Any:
        if self.listing is not None:
            return self.listing
        return {
            "id": "org/name",
            "sha": self.commit,
            "siblings": [
                {"rfilename": name, "size": len(data), "blobId": etag_of(data)}
                for name, data in self.files.items()
            ],
        }


def etag_of(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub = self.hub
        headers = {name.lower(): text for name, text in self.headers.items()}
        hub.requests.append(Request(self.command, self.path, headers))
        if hub.status is not None:
            self.send(hub.status, b"", {"X-Error-Code": hub.error_code} if hub.error_code else {})
        elif "/tree/" in self.path:
            tree = [
                {"type": "file", "path": name, "size": len(data), "oid": etag_of(data)}
                for name, data in hub.files.items()
            ]
            self.send(200, json.dumps(tree).encode(), {"Content-Type": "application/json"})
        elif self.path.startswith("/api/models/"):
            self.send(200, json.dumps(hub.model_info()).encode(), {"Content-Type": "application/json"})
        else:
            self._contents()

    def _contents(self) -> None:
        hub = self.hub
        name = re.fullmatch(r"/org/name/resolve/[^/]+/(.+)", self.path)
        data = hub.files.get(name[1]) if name else None
        if data is None:
            self.send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": hub.commit})
            return
        if hub.refused is not None and name is not None and name[1] == hub.refused[0]:
            self.send(hub.refused[1], b"", {"X-Error-Code": hub.refused[2]})
            return
        answer = hub.answers.pop(0) if hub.answers and self.command == "GET" else None
        if answer is not None:
            answer(self, data)
        elif hub.elsewhere is not None:
            self.send(302, b"", {"Location": hub.elsewhere + self.path, "X-Repo-Commit": hub.commit})
        else:
            self.honest(data)

    def honest(self, data: bytes) -> None:
        """Answer as a good server does, the range that is asked for."""
        asked = None if self.hub.ignores_ranges else self.asked_range(len(data))
        if asked is None:
            self.send(200, data, self.usual(data))
            return
        begin, end = asked
        if begin >= len(data):
            self.send(416, b"", {"Content-Range": f"bytes */{len(data)}"})
            return
        told = {"Content-Range": f"bytes {begin}-{end - 1}/{len(data)}"}
        self.send(206, data[begin:end], self.usual(data) | told)

    def asked_range(self, size: int) -> tuple[int, int] | None:
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        return (int(found[1]), min(int(found[2]) + 1, size)) if found else None

    def usual(self, data: bytes) -> dict[str, str]:
        etag = self.hub.etag or f'"{etag_of(data)}"'
        return {"ETag": etag, "X-Repo-Commit": self.hub.commit}

    def send(self, status: int, body: bytes, headers: dict[str, str], *, length: int | None = None) -> None:
        """Send an answer; a `length` above the body's is a connection that is cut short."""
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            try:
                self.wfile.write(body)
            except ConnectionError:  # the client has what it wants
                self.close_connection = True
        if length is not None:
            self.close_connection = True


def breaks_off_after(n_bytes: int, etag: str | None = None) -> Any:
    """An answer that promises the range asked for and ends after so many bytes of it."""

    def answer(handler: Handler, data: bytes) -> None:
        begin, end = handler.asked_range(len(data)) or (0, len(data))
        headers = handler.usual(data) | {"Content-Range": f"bytes {begin}-{end - 1}/{len(data)}"}
        if etag is not None:
            headers["ETag"] = etag
        handler.send(206, data[begin : begin + n_bytes], headers, length=end - begin)

    return answer


def says(status: int, body: bytes = b"", **headers: str) -> Any:
    """An answer of one's own; `content_range` becomes the header Content-Range."""
    spelled = {name.replace("_", "-").title(): text for name, text in headers.items()}
    return lambda handler, data: handler.send(status, body, spelled)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of what is tested."""


@contextmanager
def serving(hub: FakeHub) -> Iterator[FakeHub]:
    """Serve `hub` at its `url` while the block lasts."""
    handler = type("Handler", (Handler,), {"hub": hub})
    server = Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

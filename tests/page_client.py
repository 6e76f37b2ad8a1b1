"""One who asks the server of the page, as a browser does, and the frames that come back."""

import contextlib
import http.client
import json
import struct
import urllib.parse

import numpy as np

TIMEOUT_S = 30


class Client:
    """One who has entered, unless told otherwise."""

    def __init__(self, page):
        self.page, self.port = page, page.port
        key = urllib.parse.urlsplit(page.url).query
        status, headers, _ = self.raw("GET", f"/?{key}")
        assert (status, headers["location"]) == (303, "/")
        self.set_cookie = headers["set-cookie"]
        self.cookie = self.set_cookie.split(";")[0]

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)

    def raw(self, method, target, headers=(), body=None):
        with contextlib.closing(self.connect()) as connection:
            connection.request(method, target, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def ask(self, target, method="GET", body=None, **headers):
        return self.raw(method, target, {"Cookie": self.cookie, **headers}, body)

    def get(self, target):
        status, _, body = self.ask(target)
        assert status == 200, body
        return body

    def json(self, target):
        return json.loads(self.get(target))

    def frames(self, target):
        return list(frames(self.get(target)))

    @contextlib.contextmanager
    def stream(self, target):
        with contextlib.closing(self.connect()) as connection:
            connection.request("GET", target, headers={"Cookie": self.cookie})
            yield connection.getresponse()

    def wrong(self, target, method="GET", body=None, **headers):
        """Return the status and the one line of a refusal."""
        status, headers, body = self.ask(target, method, body, **headers)
        assert headers["content-type"] == "text/plain; charset=utf-8"
        assert body.decode().count("\n") == 1
        return status, body.decode().rstrip("\n")


def frames(body):
    while body:
        n_header, n_payload = struct.unpack_from("<II", body)
        end = 8 + n_header + n_payload
        yield json.loads(body[8 : 8 + n_header]), np.frombuffer(body[8 + n_header : end], np.uint8)
        body = body[end:]


def one_frame(answer):
    n_header, n_payload = struct.unpack("<II", answer.read(8))
    return json.loads(answer.read(n_header)), answer.read(n_payload)

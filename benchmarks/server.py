"""The page's server under load, compared with a server that finds the same neighbors with numpy.

Usage: python benchmarks/server.py [--rows N] [--dim N] [--quick]
50 clients: each requests ten neighbors of a token, and the next ones as soon as it has the response; the
goal is a 99th percentile of at most 300 ms on two cores. numpy: the same framework and server (Starlette,
uvicorn) with a product with a normalized copy and argpartition, in their thread pool. constant: the same
with a response that never changes, which is the cost of the server itself. The table is random; each server
runs in a process of its own, the clients in this one.
"""

import argparse
import json
import os
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from common import report

TOVEC = """
import sys
import numpy as np
from tovec import Embedding
from tovec.cli.view import serve
from tovec.server.page_data import page_data

n, dim = map(int, sys.argv[1:])
vectors = np.random.default_rng(0).standard_normal((n, dim), dtype=np.float32)
embedding = Embedding([f"w{row}" for row in range(n)], vectors)
serve(page_data(embedding), host="127.0.0.1", port=0, open_browser=False, as_json=True)
"""

PEER = """
import json, socket, sys
import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

n, dim = map(int, sys.argv[1:])
PREPARE

def nearest(request):
    row = int(request.query_params["positive"])
    return JSONResponse({"results": answer(row)})

listening = socket.socket()
listening.bind(("127.0.0.1", 0))
listening.listen(2048)
print(json.dumps({"url": f"http://127.0.0.1:{listening.getsockname()[1]}/?"}), flush=True)
app = Starlette(routes=[Route("/api/nearest", nearest)])
config = uvicorn.Config(app, http="h11", ws="none", lifespan="off", log_level="critical", access_log=False)
uvicorn.Server(config).run([listening])
"""

NUMPY = """
import threading

units = np.random.default_rng(0).standard_normal((n, dim), dtype=np.float32)
units /= np.linalg.norm(units, axis=1, keepdims=True)
one_at_a_time = threading.Lock()  # forty at once, one for each thread of the pool, take several times as long

def answer(row):
    with one_at_a_time:
        scores = units @ units[row]
        scores[row] = -2
        best = np.argpartition(-scores, 10)[:10]
        best = best[np.argsort(-scores[best])]
    return [{"id": int(id), "score": float(scores[id])} for id in best]
"""

CONSTANT = """
def answer(row):
    return [{"id": id, "score": 0.5} for id in range(10)]
"""

SERVERS = {
    "tovec": TOVEC,
    "numpy behind Starlette": PEER.replace("PREPARE", NUMPY),
    "a constant behind Starlette": PEER.replace("PREPARE", CONSTANT),
}


class Served(NamedTuple):
    """A server in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    cookie: str

    def request(self, target: str) -> bytes:
        """Return the bytes of a request."""
        return (
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {self.cookie}\r\n\r\n".encode()
        )

    def opened(self, target: str | None = None) -> socket.socket:
        """Return a connection that has sent a request for `target`; without one, no request."""
        connection = socket.create_connection(("127.0.0.1", self.port))
        if target is not None:
            connection.sendall(self.request(target))
        return connection

    def state(self, name: str) -> int:
        """Return a number of the process's /proc status."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


@contextmanager
def served(program: str, n: int, dim: int) -> Iterator[Served]:
    """Start a server and log in to it."""
    process = subprocess.Popen([sys.executable, "-c", program, str(n), str(dim)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    address = urllib.parse.urlsplit(json.loads(process.stdout.readline())["url"])
    assert address.port is not None
    server = Served(process, address.port, "")
    try:
        with server.opened(f"/?{address.query}") as connection:
            head = read_response(connection).decode()
        cookies = [line.split(" ")[1] for line in head.splitlines() if line.lower().startswith("set-cookie")]
        yield server._replace(cookie="".join(cookies).rstrip(";"))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def read_response(connection: socket.socket) -> bytes:
    """Return one response that states its length."""
    data = b""
    while not is_complete(data):
        part = connection.recv(1 << 16)
        if not part:
            raise ConnectionError("the server closed the connection before it responded")
        data += part
    return data


def is_complete(data: bytes) -> bool:
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return False
    length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return len(body) >= int(length[0].split(b":")[1])


def load(server: Served, n_clients: int, n_requests: int, target: Callable[[int], str]) -> list[float]:
    """Return the seconds of each of `n_requests`; each client sends the next one when it has its response."""
    waiting = selectors.DefaultSelector()
    connections = [server.opened() for _ in range(n_clients)]
    started: dict[int, float] = {}
    received: dict[int, bytes] = {}
    seconds: list[float] = []
    n_sent = 0

    def send(connection: socket.socket) -> None:
        nonlocal n_sent
        number = connection.fileno()
        started[number], received[number] = time.perf_counter(), b""
        connection.sendall(server.request(target(n_sent)))
        n_sent += 1

    for connection in connections:
        waiting.register(connection, selectors.EVENT_READ)
        send(connection)
    while len(seconds) < n_requests:
        for key, _ in waiting.select():
            ready = key.fileobj
            assert isinstance(ready, socket.socket)
            part = ready.recv(1 << 16)
            if not part:
                raise ConnectionError("the server closed the connection before it responded")
            received[ready.fileno()] += part
            if is_complete(received[ready.fileno()]):
                if b" 200 OK" not in received[ready.fileno()][:20]:
                    raise ConnectionError(received[ready.fileno()].decode())
                seconds.append(time.perf_counter() - started[ready.fileno()])
                if n_sent < n_requests:
                    send(ready)
                else:
                    waiting.unregister(ready)
    for connection in connections:
        connection.close()
    return seconds


def abort_projections(server: Served, n: int) -> float:
    """Request `n` projections and disconnect from each at once; return the seconds until none is computed."""
    for seed in range(n):
        connection = server.opened(f"/api/project?method=umap&dims=2&seed={seed}")
        time.sleep(0.005)
        connection.close()
    start = time.perf_counter()
    while busy_share(server) > 0.2:
        if time.perf_counter() - start > 60:
            return float("nan")
    return time.perf_counter() - start


def busy_share(server: Served) -> float:
    """Return how many cores the process uses, measured over 0.2 s."""

    def used() -> float:
        fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = used()
    time.sleep(0.2)
    return (used() - before) / 0.2


def seconds_to_exit(server: Served) -> float:
    """Return the seconds that the server takes to end after SIGTERM while it computes projections."""
    held = [server.opened(f"/api/project?method=umap&dims=2&seed={1000 + seed}") for seed in range(8)]
    time.sleep(3)
    start = time.perf_counter()
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(60)
    seconds = time.perf_counter() - start
    for connection in held:
        connection.close()
    return seconds


def load_row(name: str, server: Served, n_rows: int, quick: bool) -> dict[str, object]:
    """Measure a server; return a row of the table."""
    rows = np.random.default_rng(1).integers(n_rows, size=1 << 16).tolist()

    def neighbors(number: int) -> str:
        return f"/api/nearest?positive={rows[number % len(rows)]}&k=10"

    n_requests, n_many = (500, 1000) if quick else (3000, 10_000)
    first = load(server, 1, 1, neighbors)[0]
    load(server, 50, 100, neighbors)
    seconds = load(server, 50, n_requests, neighbors)
    at_once = load(server, 1000, 1000, neighbors)
    before = server.state("RssAnon")
    start = time.perf_counter()
    load(server, 50, n_many, neighbors)
    return {
        "server": name,
        "first, ms": 1000 * first,
        "50 clients: median, ms": 1000 * statistics.median(seconds),
        "p99, ms": 1000 * float(np.quantile(seconds, 0.99)),
        "1,000 at once: last, ms": 1000 * max(at_once),
        "requests/s": n_many / (time.perf_counter() - start),
        "requests": n_many,
        "additional MB": (server.state("RssAnon") - before) / 1e3,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=262_144)
    arguments.add_argument("--dim", type=int, default=300)
    arguments.add_argument("--quick", action="store_true", help="fewer requests")
    options = arguments.parse_args()
    rows = []
    for name, program in SERVERS.items():
        with served(program, options.rows, options.dim) as server:
            # A tenth of the requests takes numpy as long as all of them take tovec.
            rows.append(load_row(name, server, options.rows, options.quick or name != "tovec"))
            if name == "tovec":
                n_aborted = 50 if options.quick else 200
                before, threads = server.state("RssAnon"), server.state("Threads")
                seconds = abort_projections(server, n_aborted)
                more = (server.state("RssAnon") - before) / 1e3
                print(
                    f"{n_aborted} aborted projections: the last ended after {seconds:.2f} s, {more:.0f} MB "
                    f"and {server.state('Threads') - threads} threads more than before"
                )
                print(f"SIGTERM during projections: the server ended after {seconds_to_exit(server):.2f} s")
    report("server", rows)
    of_numpy: Any = rows[1]["p99, ms"]
    print(f"p99 of 50 clients: numpy takes {of_numpy / rows[0]['p99, ms']:.1f} x as long")


if __name__ == "__main__":
    main()

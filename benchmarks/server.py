"""The server of the page under a crowd, beside one that answers the same with what people use.

Usage: python benchmarks/server.py [--rows N] [--dim N] [--quick]
readers: fifty that ask for ten neighbors of a token, each again as soon as it has its answer; asked for is a
99th percentile of at most 300 ms on two cores. numpy: the same application and server, Starlette and uvicorn,
around a product with a copy at length 1 and argpartition, in their pool of threads. constant: the same
around an answer that is always the same, which is what the server itself costs.
The table is random; each server is a process of its own, and this one asks.
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
from peers import report

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
one_at_a_time = threading.Lock()  # forty at once, as many as the pool has threads, take several times as long

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
        """Return a connection, which has asked for `target`."""
        connection = socket.create_connection(("127.0.0.1", self.port))
        if target is not None:
            connection.sendall(self.request(target))
        return connection

    def state(self, name: str) -> int:
        """Return a number that Linux tells of the process."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


@contextmanager
def served(program: str, n: int, dim: int) -> Iterator[Served]:
    """Start a server and enter it."""
    process = subprocess.Popen([sys.executable, "-c", program, str(n), str(dim)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    address = urllib.parse.urlsplit(json.loads(process.stdout.readline())["url"])
    assert address.port is not None
    server = Served(process, address.port, "")
    try:
        with server.opened(f"/?{address.query}") as connection:
            head = whole_answer(connection).decode()
        cookies = [line.split(" ")[1] for line in head.splitlines() if line.lower().startswith("set-cookie")]
        yield server._replace(cookie="".join(cookies).rstrip(";"))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def whole_answer(connection: socket.socket) -> bytes:
    """Return one answer that tells its length."""
    data = b""
    while not is_whole(data):
        part = connection.recv(1 << 16)
        if not part:
            raise ConnectionError("the server closed the connection before it had answered")
        data += part
    return data


def is_whole(data: bytes) -> bool:
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return False
    length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return len(body) >= int(length[0].split(b":")[1])


def ask_as_crowd(
    server: Served, n_readers: int, n_requests: int, target: Callable[[int], str]
) -> list[float]:
    """Return the seconds each of `n_requests` took, asked by so many that each ask again when answered."""
    waiting = selectors.DefaultSelector()
    connections = [server.opened() for _ in range(n_readers)]
    started: dict[int, float] = {}
    received: dict[int, bytes] = {}
    seconds: list[float] = []
    n_asked = 0

    def ask(connection: socket.socket) -> None:
        nonlocal n_asked
        number = connection.fileno()
        started[number], received[number] = time.perf_counter(), b""
        connection.sendall(server.request(target(n_asked)))
        n_asked += 1

    for connection in connections:
        waiting.register(connection, selectors.EVENT_READ)
        ask(connection)
    while len(seconds) < n_requests:
        for key, _ in waiting.select():
            ready = key.fileobj
            assert isinstance(ready, socket.socket)
            part = ready.recv(1 << 16)
            if not part:
                raise ConnectionError("the server closed the connection before it had answered")
            received[ready.fileno()] += part
            if is_whole(received[ready.fileno()]):
                if b" 200 OK" not in received[ready.fileno()][:20]:
                    raise ConnectionError(received[ready.fileno()].decode())
                seconds.append(time.perf_counter() - started[ready.fileno()])
                if n_asked < n_requests:
                    ask(ready)
                else:
                    waiting.unregister(ready)
    for connection in connections:
        connection.close()
    return seconds


def abort_projections(server: Served, n: int) -> float:
    """Ask for `n` maps and leave each at once; return the seconds until none is being computed any more."""
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
    """Return how many cores the process keeps busy, measured over 0.2 s."""

    def used() -> float:
        fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = used()
    time.sleep(0.2)
    return (used() - before) / 0.2


def seconds_to_exit(server: Served) -> float:
    """Return how long the server takes to end by SIGTERM while maps are computed."""
    held = [server.opened(f"/api/project?method=umap&dims=2&seed={1000 + seed}") for seed in range(8)]
    time.sleep(3)
    start = time.perf_counter()
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(60)
    seconds = time.perf_counter() - start
    for each in held:
        each.close()
    return seconds


def crowd_row(name: str, server: Served, n_rows: int, quick: bool) -> dict[str, object]:
    """Return what all servers are measured by."""
    rows = np.random.default_rng(1).integers(n_rows, size=1 << 16).tolist()

    def neighbors(number: int) -> str:
        return f"/api/nearest?positive={rows[number % len(rows)]}&k=10"

    n_readers, n_many = (500, 1000) if quick else (3000, 10_000)
    first = ask_as_crowd(server, 1, 1, neighbors)[0]
    ask_as_crowd(server, 50, 100, neighbors)
    readers = ask_as_crowd(server, 50, n_readers, neighbors)
    at_once = ask_as_crowd(server, 1000, 1000, neighbors)
    before = server.state("RssAnon")
    start = time.perf_counter()
    ask_as_crowd(server, 50, n_many, neighbors)
    return {
        "server": name,
        "first, ms": 1000 * first,
        "50 readers: median, ms": 1000 * statistics.median(readers),
        "p99, ms": 1000 * float(np.quantile(readers, 0.99)),
        "1,000 at once: last, ms": 1000 * max(at_once),
        "requests/s": n_many / (time.perf_counter() - start),
        "requests": n_many,
        "MB more": (server.state("RssAnon") - before) / 1e3,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=262_144)
    arguments.add_argument("--dim", type=int, default=300)
    arguments.add_argument("--quick", action="store_true", help="Fewer requests.")
    options = arguments.parse_args()
    rows = []
    for name, program in SERVERS.items():
        with served(program, options.rows, options.dim) as server:
            # Of numpy a tenth of the requests takes as long as all of ours.
            rows.append(crowd_row(name, server, options.rows, options.quick or name != "tovec"))
            if name == "tovec":
                n_aborted = 50 if options.quick else 200
                before, threads = server.state("RssAnon"), server.state("Threads")
                seconds = abort_projections(server, n_aborted)
                more = (server.state("RssAnon") - before) / 1e3
                print(
                    f"{n_aborted} aborted projections: the last ended after {seconds:.2f} s, {more:.0f} MB "
                    f"and {server.state('Threads') - threads} threads more"
                )
                print(f"SIGTERM while projections run: ended after {seconds_to_exit(server):.2f} s")
    report("server", rows)
    ratio: Any = rows[1]["p99, ms"]
    print(f"p99 of 50 readers: numpy takes {ratio / rows[0]['p99, ms']:.1f} x as long")


if __name__ == "__main__":
    main()

"""The server under load, and so connections.py: clients that disconnect, are slow or many; how it ends."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from needs import needs
from page_client import TIMEOUT_S, Client, one_frame
from waiting import until

from tovec.embedding import Embedding
from tovec.server import app as server
from tovec.server import connections, jobs
from tovec.server import session as sessions
from tovec.server.jobs import Job
from tovec.server.open_page import Page
from tovec.server.page_data import page_data
from tovec.server.projections import ProjectionRequest
from tovec.server.session import Session
from tovec.text.tokenizers import tokenizer_from_name
from tovec.text.vocabulary import Vocabulary


def table(n_rows, dim):
    vectors = np.random.default_rng(0).standard_normal((n_rows, dim)).astype(np.float32)
    return Embedding(Vocabulary([f"w{row}" for row in range(n_rows)]), vectors, tokenizer_from_name("words"))


@pytest.fixture(scope="module")
def small():
    return table(300, 6)


@pytest.fixture
def client(small, static):
    with Page(page_data(small), port=0, static=static) as page:
        yield Client(page)


@pytest.fixture
def opened():
    """Give what opens connections that have sent some bytes; they are closed at the end."""
    with contextlib.ExitStack() as connections:

        def open_one(client, data=b"", **options):
            connection = connections.enter_context(socket.socket())
            connection.settimeout(TIMEOUT_S)
            if options:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options["receives"])
            connection.connect(("127.0.0.1", client.port))
            connection.sendall(data)
            return connection

        yield open_one


def request(client, target, method="GET", more=""):
    return (
        f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n"
        f"Cookie: {client.cookie}\r\n{more}\r\n"
    ).encode()


def rest_of(connection):
    """Return what comes until the server closes the connection."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


# Computations that nobody waits for


class Slow:
    """A table that is slow to read, and counts how often it is read."""

    def __init__(self, vectors, pause_s):
        self.vectors, self.pause_s = vectors, pause_s
        self.shape, self.dtype = vectors.shape, vectors.dtype
        self.read = threading.Event()
        self.n_reads = 0

    def __getitem__(self, rows):
        self.n_reads += 1
        self.read.set()
        time.sleep(self.pause_s)
        return self.vectors[rows]


@pytest.mark.parametrize("method", ["none", "pca", "axes", "clusters", "umap"])
def test_reading_the_table_ends_when_the_client_leaves(method):
    """Of a table of forty blocks."""
    slow = Slow(np.random.default_rng(0).standard_normal((80, 1 << 20), dtype=np.float32), 0.1)
    session = Session(page_data(Embedding([f"w{row}" for row in range(80)], slow)))
    if method == "clusters":
        subscriber = session.clusters(lambda: None)
    else:
        axes = (((0,), (1,)), ((2,), (3,))) if method == "axes" else ()
        subscriber = session.project(ProjectionRequest(method, 2, 0, axes), lambda: None)
    slow.read.clear()
    assert slow.read.wait(TIMEOUT_S)
    n_before = slow.n_reads
    subscriber.leave()
    assert session._queue.join(TIMEOUT_S)
    assert slow.n_reads - n_before <= 4, "it went on reading"  # the four ends of custom axes are read at once
    assert session.close()


@pytest.mark.parametrize(
    ("method", "stage"),
    [
        ("umap", "neighbors"),
        ("umap", "layout"),
        ("pca", "trust"),
        ("clusters", "clusters: centers"),
        ("tsne", "affinities"),
        ("tsne", "t-SNE"),
    ],
)
def test_a_computation_ends_in_its_stage_when_its_client_leaves(method, stage, monkeypatch):
    if method == "tsne":
        needs("openTSNE")
    session = Session(page_data(table(8_000 if method == "tsne" else 30_000, 48)))
    changed = threading.Event()
    if method == "clusters":
        subscriber = session.clusters(changed.set)
    else:
        subscriber = session.project(ProjectionRequest(method, 2), changed.set)
    deadline = time.monotonic() + 120
    seen = ""
    while seen != stage and time.monotonic() < deadline:
        changed.wait(TIMEOUT_S)
        changed.clear()
        while (step := subscriber.next()) is not None:
            seen = stage if step.header["stage"] == stage else seen
        assert not subscriber.has_ended, f"it ended before its stage {stage!r} was seen"
    refused = []
    emit = Job._emit
    monkeypatch.setattr(Job, "_emit", lambda job, step, **how: refused.append(step) or emit(job, step, **how))
    subscriber.leave()
    assert session._queue.join(TIMEOUT_S)
    assert [step.header["stage"] for step in refused] in ([], [stage]), "it went on to another step"
    assert session.close()


def n_projections():
    return sum(thread.name == "tovec projection" for thread in threading.enumerate())


def n_running(page):
    """How many jobs compute; a thread lives a moment longer than its job."""
    return len(page._session._queue._running)


def test_forty_aborted_projections_never_exceed_the_limit_of_running_jobs(static, opened):
    with Page(page_data(table(4000, 32)), port=0, static=static) as page:
        client = Client(page)
        target = "/api/project?method=umap&dims=2&seed="
        streams = [opened(client, request(client, f"{target}{seed}")) for seed in range(40)]
        with client.stream(f"{target}999") as last:
            header, _ = one_frame(last)
            assert header["stage"] == "waiting"
            assert header["before"] >= 20, "earlier requests come first"
            assert n_running(page) <= jobs.MAX_RUNNING
            for stream in streams:
                stream.close()
            while header["stage"] == "waiting":
                header, _ = one_frame(last)
                assert n_running(page) <= jobs.MAX_RUNNING
        until(lambda: n_projections() == 0)


# Connections


def served(client):
    return client.page._server.server_state.connections


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(connections, "CHECK_S", 0.05)
    for name in ("HEADERS_S", "BODY_S", "READING_S"):
        monkeypatch.setattr(connections, name, 0.3)


def test_requests_that_never_end_close_their_connections(impatient, client, opened):
    post = request(client, "/api/tokens", "POST", "Content-Length: 1000\r\n")
    chunked = request(client, "/api/tokens", "POST", "Transfer-Encoding: chunked\r\n")
    halves = [
        b"",
        b"G",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-",
        b"GET / HTTP/1.1\r",
        post + b"a",
        chunked + b"5\r\nabc",
    ]
    waiting = [opened(client, half) for half in halves * 10]
    assert {rest_of(each) for each in waiting} == {b""}
    assert client.ask("/")[0] == 200


def test_a_request_that_trickles_in_is_closed(impatient, client, opened):
    for start, drop in [
        (b"GET / HTTP/1.1\r\n", b"X: y\r\n"),
        (request(client, "/api/tokens", "POST", "Transfer-Encoding: chunked\r\n"), b"1\r\na\r\n"),
    ]:
        connection = opened(client, start)
        began = time.monotonic()
        with pytest.raises(ConnectionError):
            while time.monotonic() < began + TIMEOUT_S:
                connection.sendall(drop)
                time.sleep(0.02)


def test_a_client_that_reads_nothing_is_closed(impatient, client, monkeypatch, opened):
    content = b"x" * (32 << 20)
    monkeypatch.setattr(Session, "part", lambda self, name: finished(content))
    connection = opened(client, request(client, "/data/tokens.txt"), receives=4096)
    assert connection.recv(1, socket.MSG_PEEK)
    until(lambda: not served(client))
    assert len(rest_of(connection)) < len(content)
    assert len(client.ask("/data/tokens.txt")[2]) == len(content), "one who reads gets all of it"


def finished(value):
    future = sessions.Future()
    future.set_result(value)
    return future


def test_a_slow_answer_keeps_its_connection(impatient, client, monkeypatch, opened):
    answer = sessions.Future()
    monkeypatch.setattr(Session, "part", lambda self, name: answer)
    connection = opened(client, request(client, "/data/tokens.txt", more="Connection: close\r\n"))
    time.sleep(1)
    answer.set_result(b"at last")
    assert rest_of(connection).endswith(b"\r\n\r\nat last")


def test_a_request_before_the_last_one_is_answered_closes_the_connection(client, opened):
    for second in (request(client, "/"), b"garbage"):
        assert b"200 OK" not in rest_of(opened(client, request(client, "/data/tokens.txt") + second))


def test_too_many_connections_get_one_line(client, monkeypatch, opened):
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 5)
    monkeypatch.setattr(connections, "MAX_REFUSED", 2)
    until(lambda: not served(client))  # what the client asked before has gone
    held = [opened(client) for _ in range(5)]
    until(lambda: len(served(client)) == 5)
    assert client.wrong("/") == (503, "too many connections at once; try again in a moment")
    until(lambda: len(served(client)) == 5)
    refused = [opened(client) for _ in range(2)]
    until(lambda: len(served(client)) == 7)
    assert rest_of(opened(client)) == b"", "beyond those that get an answer, they are closed"
    for each in (*held, *refused):
        each.close()
    until(lambda: client.ask("/")[0] == 200)


def test_a_thousand_clients_at_once_are_answered(client, opened):
    ready = [opened(client) for _ in range(1000)]
    for number, each in enumerate(ready):
        target = f"/api/nearest?positive={number % 300}&k=3" if number % 2 else "/data/tokens.txt"
        each.sendall(request(client, target, more="Connection: close\r\n"))
    assert all(b" 200 OK" in rest_of(each) for each in ready)


# Long texts


def test_only_the_beginning_of_a_long_text_is_cut_and_the_answer_says_how_far(client, monkeypatch):
    monkeypatch.setattr(sessions, "MAX_CUT", 100)
    monkeypatch.setattr(sessions, "WORD_END", 20)
    words = "😀 w1 w2 " * 1000
    answer = json.loads(client.ask("/api/tokens", "POST", words.encode())[2])
    covered = words[: len(words.encode("utf-16-le")[: 2 * answer["end"]].decode("utf-16-le"))]
    assert 80 <= len(covered) <= 100
    assert covered.endswith(("w1", "w2", "😀"))
    assert [piece["token"] for piece in answer["pieces"]] == [w for w in covered.split() if w != "😀"]
    unbroken = json.loads(client.ask("/api/tokens", "POST", b"x" * 5000)[2])
    assert (unbroken["end"], len(unbroken["pieces"])) == (100, 1)


def test_four_megabytes_of_text_do_not_block_others_and_give_a_small_answer(client):
    answered, done = [], threading.Event()

    def others():
        while not done.is_set():
            answered.append(client.get("/api/vector?id=1"))

    asking = threading.Thread(target=others)
    asking.start()
    try:
        status, _, body = client.ask("/api/tokens", "POST", b"w1 w2 unknown, " * 270_000)
    finally:
        done.set()
        asking.join()
    assert status == 200
    assert len(body) < 8 << 20
    assert len(answered) >= 3


def test_a_body_without_end_is_answered_before_it_ends(client, monkeypatch, opened):
    monkeypatch.setattr(server, "MAX_TEXT", 10)
    monkeypatch.setattr(server, "MAX_BODY", 1000)
    connection = opened(client, request(client, "/api/tokens", "POST", "Transfer-Encoding: chunked\r\n"))
    connection.sendall(b"400\r\n" + b"x" * 0x400 + b"\r\n")
    assert connection.recv(1 << 16).startswith(b"HTTP/1.1 413")


# A real process


PROGRAM = """
import json
import signal
import sys
import threading
import time
import numpy as np
from tovec import Embedding
from tovec.cli.view import serve
from tovec.server import page_files
from tovec.server.page_data import page_data
from tovec.server.projections import Projector

if sys.argv[3:]:
    Projector.project = lambda *_: time.sleep(60)  # as a compiler: it never checks whether it should end
if hasattr(signal, "SIGUSR1"):
    def print_threads(*_):
        print(json.dumps([thread.name for thread in threading.enumerate()]), flush=True)
    signal.signal(signal.SIGUSR1, print_threads)
page_files.page_files.__defaults__ = (__import__("pathlib").Path(sys.argv[1]), page_files.PAGE_NAMES)
n = int(sys.argv[2])
vectors = np.random.default_rng(0).standard_normal((n, 32)).astype(np.float32)
embedding = Embedding([f"w{row}" for row in range(n)], vectors).with_tokenizer("words")
serve(page_data(embedding), host="127.0.0.1", port=0, open_browser=False, as_json=True)
"""


class Process:
    """The server of `tovec view` in a process of its own."""

    def __init__(self, static, n_rows, *more):
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(static), str(n_rows), *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.url = json.loads(self.process.stdout.readline())["url"]
        self.port = urllib.parse.urlsplit(self.url).port
        self.client = Client(self)

    def n_files(self):
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def is_idle(self, n_files):
        """Whether it has no connection, beyond `n_files` open files, and computes nothing."""
        if self.n_files() > n_files:
            return False
        self.process.send_signal(signal.SIGUSR1)
        return "tovec projection" not in json.loads(self.process.stdout.readline())

    def end(self, *signals):
        """Send signals; return the exit status and what was printed."""
        for each in signals:
            self.process.send_signal(each)
            time.sleep(0.1)
        status = self.process.wait(TIMEOUT_S)
        return status, self.process.stdout.read() + self.process.stderr.read()


@pytest.fixture
def process(static):
    made = []

    def start(n_rows=20_000, *more):
        made.append(Process(static, n_rows, *more))
        return made[-1]

    yield start
    for each in made:
        each.process.kill()
        each.process.wait()
        each.process.stdout.close()
        each.process.stderr.close()


def projection_request(client, method, seed):
    return request(client, f"/api/project?method={method}&dims=2&seed={seed}")


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGINT]])
def test_a_signal_ends_the_server_whatever_runs(process, signals, opened):
    serving = process()
    client = serving.client
    held = [
        opened(client, projection_request(client, method, seed))
        for seed in range(5)
        for method in ("umap", "pca")
    ]
    held.append(opened(client, request(client, "/api/clusters")))
    held.append(opened(client, request(client, "/api/tokens", "POST", "Content-Length: 9999\r\n") + b"half"))
    held.append(opened(client, b"GET / HT"))
    assert held[0].recv(1000)
    assert serving.end(*signals) == (0, b"")
    for each in held:
        each.close()


def test_work_that_cannot_be_stopped_does_not_keep_the_server(process, opened):
    serving = process(300, "stuck")
    held = opened(serving.client, projection_request(serving.client, "pca", 1))
    assert b"200 OK" in held.recv(1000)
    assert serving.end(signal.SIGTERM) == (0, b"")  # within TIMEOUT_S, and the work takes twice that


def test_a_second_ctrl_c_ends_the_server_at_once(process, opened):
    serving = process(300, "stuck")
    held = opened(serving.client, projection_request(serving.client, "pca", 1))
    assert b"200 OK" in held.recv(1000)
    assert serving.end(signal.SIGINT, signal.SIGINT) == (130, b"")  # the first alone would end it with 0


def test_disconnecting_clients_print_nothing(process, opened):
    serving = process()
    client = serving.client
    reset = b"\x01\0\0\0\0\0\0\0"  # close by a reset
    for target in ("/", "/data/tokens.txt", "/data/norms.f32", "/api/clusters", "/api/nearest?positive=3",
                   "/api/project?method=pca&dims=2", "/api/project?method=umap&dims=2"):  # fmt: skip
        for pause_s in (0, 0.005, 0.05):
            connection = opened(client, request(client, target))
            time.sleep(pause_s)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            connection.close()
    for n_sent in (0, 10, 100_000):
        head = request(client, "/api/tokens", "POST", "Content-Length: 1000000\r\n")
        opened(client, head + b"x" * n_sent).close()
    for data in (b"", b"\0\xff", b"GET / HTTP/9\r\n\r\n", b"X: " + b"y" * 200_000, b"\r\n" * 5000,
                 request(client, "/", more="Upgrade: websocket\r\nConnection: upgrade\r\n"),
                 request(client, "/api/tokens", "POST", "Transfer-Encoding: chunked\r\n") + b"zz\r\n",
                 request(client, "/data/tokens.txt") * 9):  # fmt: skip
        opened(client, data).close()
    assert client.ask("/")[0] == 200
    assert serving.end(signal.SIGTERM) == (0, b"")


def test_memory_and_threads_do_not_grow_with_requests_and_aborts(process, opened):
    """Measured when the last aborted computation has ended, however long that takes.

    A leak adds to each round, so the least growth of three counts: memory that comes back late is no leak.
    """
    if not Path("/proc/self/status").exists():
        pytest.skip("only Linux shows the memory of another process")
    serving = process(3000)
    client = serving.client
    n_files = serving.n_files()

    def after_a_crowd():
        for number in range(50):
            client.get(f"/api/nearest?positive={number * 60}")
            client.ask("/data/tokens.txt", "HEAD")
            opened(client, projection_request(client, "pca", number)).close()
        client.get("/data/tokens.txt")  # connections are accepted in order
        until(lambda: serving.is_idle(n_files), 10 * TIMEOUT_S)
        return state_of(serving)

    states = [after_a_crowd() for _ in range(4)]
    growths = [{name: after[name] - before[name] for name in after} for before, after in pairwise(states)]
    assert min(growth["RssAnon"] for growth in growths) < 5_000  # kB
    assert min(growth["Threads"] for growth in growths) <= 0
    assert states[-1]["Threads"] <= states[0]["Threads"] + os.cpu_count() + 2  # pools that fill on demand


def state_of(serving):
    lines = Path(f"/proc/{serving.process.pid}/status").read_text().splitlines()
    return {name: int(lines_of.split()[0]) for name, _, lines_of in (line.partition(":\t") for line in lines)
            if name in ("RssAnon", "Threads")}  # fmt: skip

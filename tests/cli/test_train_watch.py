"""tovec train --watch as a process: what it prints, what Ctrl+C ends, and its page."""

import json
import signal
import socket
import subprocess
import sys
import urllib.parse
from types import SimpleNamespace

import pytest
from page_client import Client, one_frame

import tovec
from tovec.training.run_folder import train_into

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
TIMEOUT_S = 120
PROGRAM = """
from tovec.cli import main
from tovec.server import open_page
open_page.page_files = lambda folder: {"index.html": b"<p>page</p>"}
main()
"""
TEXT = "the cat sat on the mat and the dog ran over the hill\n" * 2000


@pytest.fixture
def watched(tmp_path):
    """A function that starts a watched run and returns the process and a client of its page."""
    processes = []
    (tmp_path / "text.txt").write_text(TEXT)

    def start(*options, has_ended=False):
        arguments = ["train", "text.txt", "--out", "film", "--watch", "--no-open", "--dim", "8", *options]
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            cwd=tmp_path,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        processes.append(process)
        said = []
        for line in process.stdout if has_ended else process.stderr:
            if line.startswith("the page is at " if has_ended else "watch it: "):
                url = next(word for word in line.split() if word.startswith("http"))
                assert not has_ended or said == ["the run in film is finished; nothing to do\n"]
                page = SimpleNamespace(url=url, port=urllib.parse.urlsplit(url).port)
                return process, Client(page)
            said.append(line)
        raise AssertionError("no page was opened")

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_ctrl_c_ends_training_and_another_one_the_page(watched, tmp_path):
    process, client = watched("--epochs", "100000", "--port", "0")
    name = client.json("/api/alive")
    assert client.json("/data/manifest.json")["title"] == "film"
    with client.stream("/api/live?dims=2") as answer:
        while one_frame(answer)[0]["progress"] == 0:
            pass
        process.send_signal(signal.SIGINT)
        while (header := one_frame(answer)[0])["state"] == "training":
            pass
        assert header["state"] == "interrupted" and answer.read() == b""
    lines = [process.stdout.readline() for _ in range(4)]
    assert "million words/s" in lines[0] and lines[1].startswith("saved 10 × 8 in film")
    assert "snapshots are in film/snapshots" in lines[2]
    assert lines[3] == f"the page is at {client.page.url} until Ctrl+C\n"
    timeline = client.json("/data/manifest.json")["timeline"]
    assert not timeline["live"] and len(timeline["moments"]) == len(tovec.open_timeline(tmp_path / "film"))
    assert client.json("/api/alive") == name
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, output) == (130, "")
    assert errors.splitlines()[-1].startswith("interrupted; what ")


def test_a_supervisor_ends_training_and_the_page_at_once(watched):
    process, client = watched("--epochs", "100000", "--port", "0")
    with client.stream("/api/live?dims=2") as answer:
        while one_frame(answer)[0]["progress"] == 0:
            pass
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 143 and "saved 10 × 8 in film" in output and "the page" not in output
    assert errors.splitlines()[-1].startswith("interrupted; what ")


def test_json_is_printed_once_training_has_ended_and_a_taken_port_is_passed_over(watched):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process, client = watched("--epochs", "2", "--json", "--port", str(port))
        facts = json.loads(process.stdout.readline())
    assert client.port != port and facts["url"] == client.page.url
    assert (facts["n_tokens"], facts["interrupted"]) == (10, False)
    assert not client.json("/data/manifest.json")["timeline"]["live"]
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, output) == (0, "")


def test_a_run_that_fails_ends_the_command_as_without_a_page(watched):
    process, _ = watched("--epochs", "50", "--learning-rate", "1e30")
    output, errors = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, output) == (1, "")
    assert errors.splitlines()[-1].startswith("Error: training diverged")
    assert "--learning-rate" in errors.splitlines()[-1]


def test_a_finished_run_that_is_resumed_is_shown_and_said_to_be_finished(watched, tmp_path):
    (tmp_path / "text.txt").write_text(TEXT)
    train_into(tmp_path / "film", [tmp_path / "text.txt"], snapshots=3, dim=8, epochs=2)
    process, client = watched("--epochs", "2", "--resume", "--port", "0", has_ended=True)
    manifest = client.json("/data/manifest.json")
    assert manifest["title"] == "film" and len(manifest["timeline"]["moments"]) == 3
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0

"""tovec view and tovec export as processes: what they print, and how they end."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import urllib.parse

import pytest
from click.testing import CliRunner

import tovec
from tovec.cli import cli
from tovec.server import export, open_page

TIMEOUT_S = 60
# The command line with a page of one line, and a projection that goes on until it is stopped.
PROGRAM = """
import time
import numpy as np
import tovec.projection
from tovec.cli import main
from tovec.progress import Stage
from tovec.server import open_page

def endless(vectors, dims, method, *, report=None, **options):
    while True:
        report(Stage("layout", 0.5, points=np.zeros((vectors.shape[0], dims), np.float32)))
        time.sleep(0.01)

open_page.page_files = lambda folder: {"index.html": b"<p>page</p>"}
tovec.projection.project = endless
main()
"""


@pytest.fixture
def four(tmp_path):
    tovec.Embedding.random(["cat", "dog", "mat", "sat"], 3).save(tmp_path / "four")
    return tmp_path / "four"


@contextlib.contextmanager
def serving(*arguments):
    """Run `tovec view`; give the process and the address it printed first."""
    command = [
        sys.executable,
        "-c",
        PROGRAM,
        "view",
        *map(str, arguments),
        "--port",
        "0",
        "--no-open",
        "--json",
    ]
    environment = {**os.environ, "PYTHONUNBUFFERED": ""}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        yield process, json.loads(process.stdout.readline())["url"]
    finally:
        process.kill()
        process.communicate()


def entered(url):
    """Return a connection and the header that lets it in."""
    place = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=TIMEOUT_S)
    connection.request("GET", f"/?{place.query}")
    answer = connection.getresponse()
    answer.read()
    return connection, {"Cookie": answer.getheader("set-cookie").split(";")[0]}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("is_streaming", [False, True])
def test_a_signal_ends_the_page_cleanly(four, number, is_streaming):
    with serving(four) as (process, url):
        connection, cookie = entered(url)
        with contextlib.closing(connection):
            connection.request("GET", "/data/manifest.json", headers=cookie)
            assert json.loads(connection.getresponse().read())["title"] == "four"
            if is_streaming:
                connection.request("GET", "/api/project?method=pca&dims=2", headers=cookie)
                connection.getresponse().read(8)
            process.send_signal(number)
            output, errors = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, output, errors) == (0, "", "")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_metadata_reaches_the_page_and_its_notes_the_terminal(four, tmp_path):
    (tmp_path / "kinds.tsv").write_text("word\tkind\ncat\tanimal\ncow\tanimal\n")
    with serving(four, "--metadata", tmp_path / "kinds.tsv") as (process, url):
        connection, cookie = entered(url)
        with contextlib.closing(connection):
            connection.request("GET", "/data/manifest.json", headers=cookie)
            columns = json.loads(connection.getresponse().read())["columns"]
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=TIMEOUT_S)
    assert columns == [{"name": "kind", "kind": "category", "labels": ["animal"]}]
    assert "its first, 'word', is used" in errors
    assert "1 of 2 rows" in errors


def run(*arguments, status=0):
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert result.exit_code == status, result.output
    return result


def test_view_prints_the_address_and_opens_it(four, monkeypatch, static_page):
    opened = []
    monkeypatch.setattr(open_page.Page, "open_browser", lambda page: opened.append(page.url))
    monkeypatch.setattr(open_page.Page, "wait", lambda page, stop: page.close())
    output = run("view", four, "--port", 0).stdout
    assert opened[0] in output
    assert output.startswith("the page is at http://127.0.0.1:")
    result = run("view", four, "--port", 0, "--no-open", "--host", "0.0.0.0")
    assert len(opened) == 1
    assert "anyone who can reach this machine" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_users_mistake_is_one_line(four, tmp_path, static_page):
    tovec.Embedding.random(["a"], 1).save(tmp_path / "line")
    cases = {
        "none for vectors of one dimension": (
            "export",
            tmp_path / "line",
            "-o",
            tmp_path / "x.html",
            "--method",
            "pca",
        ),
        "the suffix of metadata": ("view", four, "--metadata", tmp_path / "x.xls", "--no-open"),
        "there is no address": ("view", four, "--host", "nowhere.invalid", "--no-open"),
        "port must be": ("view", four, "--port", "99999", "--no-open"),
        "method must be": ("export", four, "-o", tmp_path / "x.html", "--method", "magic"),
    }
    for message, arguments in cases.items():
        result = run(*arguments, status=1)
        assert message in result.stderr.splitlines()[-1]
        assert result.stdout == ""


def test_export_writes_the_file_and_prints_its_size(four, tmp_path, static_page):
    out = tmp_path / "page.html"
    result = run("export", four, "-o", out, "--method", "none,pca")
    assert result.stdout == f"wrote {out}, 0.0 MB\n"
    assert "computing pca in 3 dimensions" in result.stderr
    assert 'data-name="vectors.f32"' in out.read_text()
    facts = json.loads(
        run("export", four, "-o", out, "--method", "pca", "--vectors", "none", "--json").stdout
    )
    assert facts == {"out": str(out), "bytes": out.stat().st_size}
    assert 'data-name="vectors' not in out.read_text()


@pytest.fixture
def static_page(monkeypatch):
    """A page in place of the built one."""
    files = {
        "index.html": b'<html><head><title>tovec</title><script src="./page.js"></script>'
        b'<link href="./page.css"></head><body></body></html>',
        "page.js": b"",
        "page.css": b"",
    }
    for module in (open_page, export):
        monkeypatch.setattr(module, "page_files", lambda folder: files)


def test_the_server_of_a_site_is_named_as_a_shell_takes_it(four, tmp_path, static_page):
    folder = tmp_path / "my words"
    result = run("export", four, "--site", folder, "--method", "none", "--quiet")
    assert f"python -m http.server -d '{folder}', at http" in result.stdout and not result.stderr


def test_a_column_that_the_text_does_not_have_is_told_before_the_page_is_served(tmp_path):
    folder = tovec.Embedding.random(["a", "b"], dim=2).save(tmp_path / "table")
    (tmp_path / "a.csv").write_text("text\na b\n", encoding="utf-8")
    asked = ["view", str(folder), "--no-open", "--text", str(tmp_path / "a.csv"), "--column", "other"]
    result = CliRunner().invoke(cli, asked)
    assert result.exit_code == 1
    assert "a.csv has no column 'other'; its columns are 'text'" in result.stderr

"""The command and, below it, demo/demo.py: what is made, printed and shown."""

import json
import sys

import pytest
from click.testing import CliRunner
from page_client import Client

import tovec
from tovec.cli import cli
from tovec.demo import python_docs
from tovec.server import open_page

DOCS = [
    "a list of files and a tuple of names is returned to the caller of the thread",
    "an error is raised when the file of the thread cannot be opened by the list",
]


@pytest.fixture
def small_docs(monkeypatch):
    """A small corpus; test_readme.py trains on the real documentation."""
    monkeypatch.setattr(python_docs, "python_docs", lambda: iter(DOCS * 50))


def test_demo_trains_draws_and_prints_where(small_docs, tmp_path):
    out = tmp_path / "demo"
    result = CliRunner().invoke(cli, ["demo", "--no-open", "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    for word in ("list", "file", "error", "thread"):
        assert f"{word}  is near  " in result.stdout
    assert str(out / "figure.png") in result.stdout
    assert (out / "figure.png").read_bytes().startswith(b"\x89PNG")
    assert "list" in tovec.open(out)
    again = CliRunner().invoke(
        cli, ["demo", "--no-open", "--out", str(out), "--json"], catch_exceptions=False
    )
    facts = json.loads(again.stdout)
    assert set(facts["neighbors"]) == {"list", "file", "error", "thread"}
    assert facts["n_tokens"] == len(tovec.open(out))


def test_demo_does_not_overwrite_a_file(small_docs, tmp_path):
    (tmp_path / "mine").write_text("a file")
    result = CliRunner().invoke(cli, ["demo", "--no-open", "--out", str(tmp_path / "mine")])
    assert result.exit_code == 1
    assert (tmp_path / "mine").read_text() == "a file"
    assert "reading" not in result.stderr


def manifest(page):
    return Client(page).json("/data/manifest.json")


def test_demo_opens_the_page_only_on_a_terminal(small_docs, tmp_path, monkeypatch):
    shown, opened = [], []
    module = sys.modules["tovec.cli.demo"]  # the name in the package is the command's
    monkeypatch.setattr(module, "serve_on", lambda page, tell: tell() or shown.append(manifest(page)))
    monkeypatch.setattr(open_page, "page_files", lambda folder: {"index.html": b"<title></title>"})
    monkeypatch.setattr(open_page.Page, "open_browser", lambda page: opened.append(manifest(page)))
    arguments = ["demo", "--out", str(tmp_path / "demo")]
    result = CliRunner().invoke(cli, [*arguments, "--no-open"], catch_exceptions=False)
    assert f"view {tmp_path / 'demo'}" in result.stdout
    result = CliRunner().invoke(cli, [*arguments, "--json"], catch_exceptions=False)
    CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert not shown and not opened, "nobody can press Ctrl+C in a pipe"
    monkeypatch.setattr(module, "_is_interactive", lambda: True)
    CliRunner().invoke(cli, arguments, catch_exceptions=False)
    ((before, after),) = zip(opened, shown, strict=True)
    assert before["timeline"]["live"] and not after["timeline"]["live"], "it opens before training"
    assert before["nTokens"] == after["nTokens"] == json.loads(result.stdout)["n_tokens"]
    assert before["title"] == after["title"] == "Words of Python's documentation"

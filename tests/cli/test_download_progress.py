import io

import pytest

from tovec.cli.download_progress import DownloadBar
from tovec.hub import Download

TABLE = Download(
    "model.embed_tokens.weight", "model-00001-of-00030.safetensors", 1_050_000_000, 0, 4_980_000_000
)


def test_a_large_download_is_said_before_it_begins(capsys):
    DownloadBar().downloading(TABLE)
    assert capsys.readouterr().err == (
        "downloading model.embed_tokens.weight: 1.05 GB of 4.98 GB in model-00001-of-00030.safetensors\n"
    )


def test_what_came_earlier_is_counted(capsys):
    DownloadBar().downloading(Download("a.gguf", "a.gguf", 20_000_000, 5_000_000, 20_000_000))
    assert capsys.readouterr().err == "downloading a.gguf: 20 MB, 25% of it came earlier\n"


def test_small_downloads_say_nothing_where_there_is_no_terminal(capsys):
    bar = DownloadBar()
    bar.downloading(Download("config.json", "config.json", 700, 0, 700))
    bar.downloaded(700)
    bar.finished()
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_bar_that_also_goes_back(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    bar = DownloadBar()
    bar.downloading(Download("table", "model.safetensors", 1000, 100, 2000))
    bar.downloaded(400)
    bar.downloaded(-500)
    assert bar._bar.n == 0
    bar.downloaded(1000)
    bar.finished()
    assert "table" in terminal.getvalue()


def test_a_hub_that_cannot_be_asked_is_said(capsys):
    DownloadBar().unreachable("hf:org/name", "0123456789abcdef")
    assert capsys.readouterr().err == "the Hub cannot be asked; hf:org/name is shown as of commit 0123456\n"


@pytest.mark.parametrize("n_bytes", [0, 1])
def test_empty_and_tiny_downloads_are_counted_like_others(n_bytes, capsys):
    bar = DownloadBar()
    bar.downloading(Download("a", "a", n_bytes, 0, n_bytes))
    bar.finished()
    assert capsys.readouterr().err == ""

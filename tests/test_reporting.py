"""Where a call from Python shows its progress: the logger of tovec, or the cell of a notebook."""

import logging
import sys
import types

import pytest

import tovec
from tovec.progress import Ended, Note, Stage, duration
from tovec.reporting import CellReporter, LoggingReporter, own_reporter

TEXT = ["the cat sat on the mat", "the dog sat on the mat"] * 50


def test_training_logs_its_notes(caplog):
    caplog.set_level(logging.INFO, logger="tovec")
    tovec.train(TEXT, epochs=1, min_count=1, dim=4)
    assert any(line.startswith("read 600 tokens in 100 documents") for line in caplog.messages)


def test_nothing_is_printed_where_nobody_asked_for_logs(capfd):
    tovec.train(TEXT, epochs=1, min_count=1, dim=4)
    assert capfd.readouterr() == ("", "")


def test_a_stage_is_logged_every_so_often(caplog, monkeypatch):
    now = iter([0.0, 50.0, 100.0])
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    caplog.set_level(logging.INFO, logger="tovec")
    report = LoggingReporter()
    report(Stage("neighbors", 0, 4))
    report(Stage("neighbors", 2, 4))
    report(Ended("neighbors"))
    assert caplog.messages == ["neighbors: 50%, 50 s left", "neighbors: ended after 1:40 min"]


class Handle:
    def __init__(self, shown):
        self.texts, self.pages = [repr(shown)], [shown._repr_html_()]

    def update(self, shown):
        self.texts.append(repr(shown))
        self.pages.append(shown._repr_html_())


def test_a_cell_shows_lines_and_a_bar_in_one_place(monkeypatch):
    handles = []

    def display(value, *, display_id):
        assert display_id
        handles.append(Handle(value))
        return handles[-1]

    kernel = types.SimpleNamespace(kernel=object())
    ipython = types.SimpleNamespace(
        get_ipython=lambda: kernel, display=types.SimpleNamespace(display=display)
    )
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    report = own_reporter()
    assert isinstance(report, CellReporter)
    assert handles == []
    report(Note("a <b> & c"))
    report(Stage("training", 5, 10, "words", detail="loss 2.500"))
    report(Ended("training"))
    (handle,) = handles
    assert handle.texts == [
        "a <b> & c",
        "a <b> & c\ntraining: 50% of 10 words, loss 2.500",
        "a <b> & c\ntraining: loss 2.500",
    ]
    assert handle.pages[1] == (
        "<div><div>a &lt;b&gt; &amp; c</div>"
        '<div><progress value="0.5000"></progress> training: 50% of 10 words, loss 2.500</div></div>'
    )
    assert "progress" not in handle.pages[2]


def test_ipython_on_a_terminal_is_no_notebook(monkeypatch):
    ipython = types.SimpleNamespace(get_ipython=lambda: object())
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert isinstance(own_reporter(), LoggingReporter)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1:00 min"), (3599, "59:59 min"), (7800, "2:10 h")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text

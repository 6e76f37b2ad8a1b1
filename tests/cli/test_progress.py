"""What the terminal shows of events: lines, bars, and how fast a stage was."""

import io
import logging
import time

import click
import pytest
from click.testing import CliRunner

from tovec.cli import cli
from tovec.cli.progress import TerminalReporter
from tovec.cli.verbosity import add_verbosity, is_quiet
from tovec.hub import Download, Unreachable
from tovec.progress import EVERY_S, Counter, Ended, Note, Stage
from tovec.training.events import SettingsChosen
from tovec.training.recipe import Choice

TABLE = Download(
    "model.embed_tokens.weight", "model-00001-of-00030.safetensors", 1_050_000_000, 0, 4_980_000_000
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def on_terminal(monkeypatch):
    """Make standard error a terminal; in the test itself, since pytest sets it again after fixtures."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    return TerminalReporter(), terminal


def test_the_size_of_a_large_download_is_printed_before_it_begins(capsys):
    TerminalReporter()(TABLE)
    assert capsys.readouterr().err == (
        "downloading model.embed_tokens.weight: 1.05 GB of 4.98 GB in model-00001-of-00030.safetensors\n"
    )


def test_what_came_earlier_is_counted(capsys):
    TerminalReporter()(Download("a.gguf", "a.gguf", 20_000_000, 5_000_000, 20_000_000))
    assert capsys.readouterr().err == "downloading a.gguf: 20 MB, 25% of it came earlier\n"


@pytest.mark.parametrize("n_bytes", [0, 1, 700])
def test_a_small_download_prints_nothing_where_there_is_no_terminal(n_bytes, capsys):
    report = TerminalReporter()
    report(Download("config.json", "config.json", n_bytes, 0, n_bytes))
    report(Stage("config.json", n_bytes, n_bytes, "B"))
    report(Ended("config.json"))
    assert capsys.readouterr() == ("", "")


def test_a_bar_follows_its_stage_also_back(monkeypatch):
    report, terminal = on_terminal(monkeypatch)
    for done in (100, 500, 0, 1000):
        report(Stage("table", done, 1000, "B"))
        assert report._bar.n == done
    report(Ended("table"))
    assert "table" in terminal.getvalue() and "1.00k" in terminal.getvalue()
    report(Ended("table"))  # again does nothing


def test_a_new_stage_ends_the_one_before_it(monkeypatch):
    report, terminal = on_terminal(monkeypatch)
    report(Stage("neighbors", 0.5))
    first = report._bar
    report(Stage("layout", 0.0, detail="loss 2.5"))
    assert list(first._instances) == [report._bar]
    report(Ended("layout"))
    assert "layout" in terminal.getvalue() and "neighbors" in terminal.getvalue()
    assert report._bar is None


def test_a_line_while_a_bar_moves_stands_on_a_line_of_its_own(monkeypatch):
    report, terminal = on_terminal(monkeypatch)
    report(Stage("training", 1, 10, "words"))
    report(Note("epoch 1"))
    assert "epoch 1\n" in terminal.getvalue()
    assert terminal.getvalue().rpartition("epoch 1\n")[0].endswith("\r"), "the bar was not cleared"


def test_a_stage_that_has_ended_has_a_rate(monkeypatch):
    clock = iter([10.0, 14.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    report = TerminalReporter()
    report(Stage("training", 100, 1000, "words"))
    report(Stage("training", 900, 1000, "words"))
    report(Ended("training"))
    assert report.done == {"training": 900 - 100}
    assert report.rates == {"training": (900 - 100) / (14 - 10)}


def test_settings_in_a_note_become_the_options_of_the_command(capsys):
    command = click.Command("train", params=[click.Option(["--continue-from"])])
    with click.Context(command):
        TerminalReporter()(Note("the source of `continue_from` has no n-grams"))
    assert capsys.readouterr().err == "the source of --continue-from has no n-grams\n"


def test_an_unreachable_hub_is_one_line(capsys):
    TerminalReporter()(Unreachable("hf:org/name", "0123456789abcdef"))
    assert capsys.readouterr().err == "the Hub cannot be asked; hf:org/name is shown as of commit 0123456\n"


def test_a_counter_reports_sums_from_its_first_part_to_its_end():
    events = []
    counter = Counter(events.append, "reading", 10, "B")
    counter.add(3)
    counter.add(4)
    counter.end()
    assert [event.done for event in events[:-1]] == [0, 3, 7]
    assert events[2] == Stage("reading", 7, 10, "B")
    assert events[-1] == Ended("reading")


def test_an_event_of_some_lines_is_printed_a_line_each(capsys):
    TerminalReporter()(
        SettingsChosen({"sample": Choice(0.01, "52,000 tokens"), "window": Choice(5, "any text")})
    )
    assert capsys.readouterr().err.splitlines() == [
        "chosen to fit the text (`preset` word2vec takes the values of 2013):",
        "  `sample` 0.01: 52,000 tokens",
        "  `window` 5: any text",
    ]


def test_without_a_terminal_a_long_stage_says_how_far_it_is(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    report = TerminalReporter()
    for seconds, done in ((0, 0), (EVERY_S - 1, 200), (EVERY_S, 250), (EVERY_S + 5, 300), (3 * EVERY_S, 750)):
        now[0] = seconds
        report(Stage("training", done, 1000, "words", detail="loss 2.5"))
    report(Ended("training"))
    assert capsys.readouterr().err.splitlines() == [
        "training: 25% of 1,000 words, loss 2.5, 1:00 min left",
        "training: 75% of 1,000 words, loss 2.5, 20 s left",
    ]


def test_quiet_says_nothing_and_verbose_how_long_stages_took(capsys):
    command = click.Command("train")
    add_verbosity(command)
    for options, expected in ((["--quiet"], []), (["--verbose"], ["epoch 1", "training took 0 s"])):
        with command.make_context("train", options):
            report = TerminalReporter()
            report(Note("epoch 1"))
            report(Stage("training", 1, 10, "words"))
            report(Ended("training"))
        assert capsys.readouterr().err.splitlines() == expected


def test_quiet_and_verbose_exclude_each_other():
    command = click.Command("train")
    add_verbosity(command)
    with pytest.raises(click.UsageError, match="exclude each other"):
        command.make_context("train", ["--quiet", "--verbose"])


def test_they_stand_before_the_command_too(tmp_path):
    result = CliRunner().invoke(cli, ["--verbose", "inspect", str(tmp_path / "nothing")])
    assert "Traceback" in result.stderr
    with cli.make_context("tovec", ["--quiet", "inspect", "nothing"]):
        assert is_quiet()


def test_verbose_shows_the_log_until_the_command_ends(capsys):
    command = click.Command("train")
    add_verbosity(command)
    with command.make_context("train", ["--verbose"]):
        logging.getLogger("tovec").debug("a detail")
    logging.getLogger("tovec").info("afterwards")
    assert capsys.readouterr().err == "tovec: a detail\n"

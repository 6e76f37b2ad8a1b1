"""`tovec train` without settings: what it prints of its choice, and what it saves."""

import json

import pytest
from click.testing import CliRunner

import tovec
from tovec.cli import cli
from tovec.training.recipe import FITTED

PETS = "the cat sat on the mat\nthe dog sat on the log\n" * 50


@pytest.fixture
def train(tmp_path):
    (tmp_path / "text.txt").write_text(PETS)

    def run(*options):
        arguments = ["train", str(tmp_path / "text.txt"), "--out", str(tmp_path / "out"), "--dim", "8"]
        result = CliRunner().invoke(cli, [*arguments, "--threads", "1", *options])
        assert result.exit_code == 0, result.output
        return result

    return run


def chosen_lines(result):
    lines = result.stderr.splitlines()
    start = [number for number, line in enumerate(lines) if line.startswith("chosen to fit the text")]
    return lines[start[0] : start[0] + 5] if start else []


def test_what_is_not_given_is_chosen_and_printed_with_options_and_reasons(train):
    first, *lines = chosen_lines(train("--epochs", "3"))
    assert first == "chosen to fit the text (--preset word2vec takes the values of 2013):"
    assert "  --window 5, --negative 5: any text" in lines
    assert any(line.endswith(": 600 tokens") and "--min-count" in line for line in lines)
    assert any(line.endswith(": 3 epochs of 600 tokens") and "--learning-rate" in line for line in lines)
    assert not any("--epochs" in line for line in lines)
    assert all(len(line) < 100 for line in lines)


def test_with_the_preset_nothing_is_chosen(train, tmp_path):
    result = train("--preset", "word2vec")
    assert chosen_lines(result) == []
    made = tovec.open(tmp_path / "out").provenance
    assert (made["settings"]["preset"], made["settings"]["learning_rate"], made["chosen"]) == (
        "word2vec", 0.025, {}
    )  # fmt: skip


def test_json_has_the_values_and_which_were_chosen(train):
    facts = json.loads(train("--json", "--window", "3").stdout)
    assert set(facts["chosen"]) == set(FITTED) - {"window"}
    assert all(facts["settings"][name] is not None for name in FITTED)


def test_a_finished_run_that_is_resumed_has_nothing_to_do(train):
    assert chosen_lines(train())
    assert "is finished; nothing to do" in train("--resume").stdout


def test_help_says_what_a_preset_is_and_that_the_rest_fits_the_text():
    text = " ".join(CliRunner().invoke(cli, ["train", "--help"]).stdout.split())
    assert "--preset [word2vec] Instead of values that fit the text take fixed ones" in text
    assert text.count("[default: fits the text") == len(FITTED)

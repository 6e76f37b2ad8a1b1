"""`tovec train` without settings: what it prints of its choice, and what it saves."""

import json

import pytest
from click.testing import CliRunner
from needs import needs

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


def test_a_column_of_a_table_gives_the_bytes_that_its_texts_give(tmp_path):
    polars = needs("polars")
    lines = PETS.splitlines()
    rows = polars.DataFrame({"n": range(len(lines) + 2), "text": [None, *lines, None]})
    rows[:50].write_parquet(tmp_path / "a.parquet")
    rows[50:].write_csv(tmp_path / "b.csv")
    rows.write_ndjson(tmp_path / "rows.jsonl")
    (tmp_path / "text.txt").write_text(PETS)

    def train(out, *inputs):
        arguments = [*inputs, "--out", str(tmp_path / out), "--dim", "8", "--threads", "1"]
        result = CliRunner().invoke(cli, ["train", *map(str, arguments)])
        return result, (tmp_path / out / "model.safetensors")

    expected = train("of-text", tmp_path / "text.txt")[1].read_bytes()
    tables = [tmp_path / "[ab].*", "--column", "text", "--checkpoint-every", "1"]
    result, made = train("of-tables", *tables)
    assert result.exit_code == 0, result.output
    assert "2 rows have no text (--column) and are left out" in result.stderr
    assert made.read_bytes() == expected
    provenance = tovec.open(made.parent).provenance
    assert provenance["rows_without_text"] == 2 and provenance["settings"]["column"] == "text"
    assert train("of-lines", tmp_path / "rows.jsonl", "--column", "text")[1].read_bytes() == expected

    assert "finished; nothing to do" in train("of-tables", *tables, "--resume")[0].stdout
    result, _ = train("of-tables", tmp_path / "[ab].*", "--resume")
    assert result.exit_code == 1 and "made with column 'text', which is not given now" in result.stderr
    (tmp_path / "b.csv").write_text("n,text\n1,another text that it had not\n")
    result, _ = train("of-tables", *tables, "--resume")
    assert result.exit_code == 1 and "an input has changed since" in result.stderr
    result, _ = train("other", tmp_path / "rows.jsonl", "--column", "txt")
    assert result.exit_code == 1 and "no column 'txt'; its columns are 'n', 'text'" in result.stderr


def test_a_table_that_is_read_as_plain_text_is_said_to_be(tmp_path):
    (tmp_path / "a.csv").write_text("n,text\n1,the cat sat on the mat\n" * 50)
    arguments = ["train", str(tmp_path / "a.csv"), "--out", str(tmp_path / "out"), "--dim", "8"]
    result = CliRunner().invoke(cli, arguments)
    assert "a.csv is read as plain text; --column reads the text in one of its columns" in result.stderr

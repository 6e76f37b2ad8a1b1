"""tovec inspect: what it says of the rows."""

import json
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from needs import needs

import tovec
from tovec.cli import cli


def run(*arguments):
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def odd(tmp_path):
    """A model's folder with rows that say nothing, and two that say the same."""
    rows = np.random.default_rng(0).standard_normal((9, 5)).astype(np.float32)
    rows[3], rows[4], rows[8], rows[6, 2] = 0, 0, rows[1], np.nan
    needs("safetensors.numpy").save_file({"model.embed_tokens.weight": rows}, tmp_path / "model.safetensors")
    (tmp_path / "vocab.txt").write_text("".join(f"{word}\n" for word in "abcdefghi"))
    return tmp_path


def notes(*arguments):
    lines = run("inspect", *arguments).stdout.splitlines()
    return [line.removeprefix("note").strip() for line in lines if line.startswith("note")]


def test_zero_and_duplicate_rows_are_notes(odd):
    expected = [
        "2 rows are all zeros: 'd', 'e'",
        "1 row holds NaN or infinity: 'g'",
        "2 rows are identical to another: 'b' = 'i'",
    ]
    assert notes(odd)[-3:] == expected
    facts = json.loads(run("inspect", odd, "--json").stdout)
    assert facts["report"]["findings"][-3:] == expected
    assert facts["row_check"] == {
        "zero": {"rows": 2, "first": ["d", "e"]},
        "not_finite": {"rows": 1, "first": ["g"]},
        "identical": {"rows": 2, "groups": 1, "first": [["b", "i"]]},
        "shared": {"tokens": 0, "rows": 0, "first": []},
    }


def test_a_table_without_odd_rows_has_no_notes_of_them(tmp_path):
    tovec.Embedding.random(["a", "b", "c"], 4).save(tmp_path / "three")
    assert notes(tmp_path / "three") == []


def test_tokens_that_share_a_row_are_counted(tmp_path):
    tensors = {
        "embeddings": np.eye(3, dtype=np.float32),
        "mapping": np.array([0, 1, 0, 2, 0]),
    }
    needs("safetensors.numpy").save_file(tensors, tmp_path / "model.safetensors")
    (tmp_path / "vocab.txt").write_text("v\nw\nx\ny\nz\n")
    assert notes(tmp_path)[-1] == "3 tokens share one row of the file: 'v' = 'x' = 'z'"


def test_large_table_is_checked_only_with_rows(odd, monkeypatch):
    monkeypatch.setattr(sys.modules["tovec.cli.inspect"], "CHECKED_BYTES", 100)  # the name is a command
    assert notes(odd)[-1].endswith("--rows reads them all")
    assert json.loads(run("inspect", odd, "--json").stdout)["row_check"] is None
    assert "2 rows are all zeros: 'd', 'e'" in notes(odd, "--rows")


def test_a_long_list_of_losses_is_shortened_for_people_only(tmp_path):
    losses = [9 - number / 100 for number in range(400)]
    made = tovec.Embedding(
        ["a", "b"], np.eye(2), provenance={"losses": losses, "validation_losses": losses[:10]}
    )
    made.save(tmp_path / "long")
    lines = dict(line.split(maxsplit=1) for line in run("inspect", tmp_path / "long").stdout.splitlines())
    assert lines["losses"] == (
        "9.0000 8.9900 8.9800 8.9700 8.9600 … 5.0500 5.0400 5.0300 5.0200 5.0100 (400 in all, with --json)"
    )
    assert len(lines["validation_losses"].split()) == 10
    assert json.loads(run("inspect", tmp_path / "long", "--json").stdout)["provenance"]["losses"] == losses

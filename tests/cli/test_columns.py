"""The option --column: what a command says of a column of a table is what it says of the same text."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from needs import needs

import tovec
from tovec.cli import cli

PETS = ["the cat sat on the mat", "the dog sat on the rug", "the cat and the dog ran"] * 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the same text in lines and in tables, and vectors that were trained on it."""
    folder = tmp_path_factory.mktemp("columns")
    (folder / "pets.txt").write_text("\n".join(PETS) + "\n")
    table = "".join(f'{n},"{text}"\n' for n, text in enumerate(PETS))
    (folder / "pets.csv").write_text(f"n,text\n{table}7,\n")
    rows = "".join(json.dumps({"n": 1, "text": text}) + "\n" for text in PETS)
    (folder / "pets.jsonl").write_text(rows)
    tovec.train(PETS, dim=8, min_count=1, epochs=1, threads=1).save(folder / "vectors")
    return folder


def run(*arguments, exit_code=0, **options):
    result = CliRunner().invoke(cli, list(map(str, arguments)), **options)
    assert result.exit_code == exit_code, result.output
    return result


@pytest.mark.parametrize(
    "command",
    [
        "fertility FILE SOURCE --json",
        "why SOURCE cat dog --text FILE --json",
        "suspects SOURCE --text FILE --json",
        "neighbors SOURCE cat --seeds 1 --text FILE --epochs 1 --json",
        "neighbors SOURCE cat --seeds 1 --text FILE --epochs 1 --json --bootstrap",
    ],
)
def test_a_column_is_the_text_that_it_holds(folder, command):
    def printed(file, *more):
        words = {"FILE": folder / file, "SOURCE": folder / "vectors"}
        return json.loads(run(*(words.get(word, word) for word in command.split()), *more).stdout)

    expected = printed("pets.txt")
    assert printed("pets.csv", "--column", "text") == expected
    assert printed("pets.jsonl", "--column", "text") == expected


def test_embed_has_a_vector_for_each_row(folder):
    for file, options in ((folder / "pets.csv", {}), ("-", {"input": (folder / "pets.csv").read_text()})):
        out = folder / "rows.npy"
        result = run("embed", folder / "vectors", file, "--column", "text", "-o", out, **options)
        expected = tovec.open(folder / "vectors").embed([*PETS, ""])
        np.testing.assert_array_equal(np.load(out), expected)
        assert "note: 1 row has no text (--column), which gives zeros" in result.stderr


def test_train_reads_a_column_of_standard_input(folder):
    options = ["--dim", "8", "--threads", "1", "--epochs", "1", "--out"]
    run("train", folder / "pets.csv", "--column", "text", *options, folder / "of-file")
    run("train", "-", "--column", "text", *options, folder / "piped", input=(folder / "pets.csv").read_text())
    made = [(folder / each / "model.safetensors").read_bytes() for each in ("of-file", "piped")]
    assert made[0] == made[1]


def test_parquet_of_standard_input_is_refused_in_a_line(folder):
    needs("polars").DataFrame({"text": PETS}).write_parquet(folder / "pets.parquet")
    given = (folder / "pets.parquet").read_bytes()
    result = run("train", "-", "--column", "text", "--out", folder / "none", input=given, exit_code=1)
    assert "standard input is a Parquet file, which is not read in order; save it as a file" in result.stderr
    assert not (folder / "none").exists()


@pytest.mark.parametrize(
    "command", ["why SOURCE cat dog", "suspects SOURCE", "neighbors SOURCE cat", "view SOURCE"]
)
def test_a_column_without_its_file_is_wrong_usage(folder, command):
    words = command.replace("SOURCE", str(folder / "vectors")).split()
    assert "--column NAME goes with --text FILE" in run(*words, "--column", "text", exit_code=2).stderr


def test_columns_of_frames_are_parallel_texts(folder):
    frame = needs("polars").DataFrame({"a": ["the cat sat", None, "x"], "b": ["the dog", "y", "z"]})
    embedding = tovec.open(folder / "vectors")
    found = tovec.fertility(frame["a"], embedding, parallel=frame["b"])
    assert found == tovec.fertility(["the cat sat", "", "x"], embedding, parallel=["the dog", "y", "z"])
    with pytest.raises(tovec.TovecError, match="column must be left out beside `parallel`"):
        tovec.fertility("a.csv", embedding, parallel="b.csv", column="text")

"""tovec convert: its formats, options, facts and refusals, as a user meets them."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from needs import needs

import tovec
from tovec.cli import cli
from tovec.formats.writers import WRITERS


def run(*arguments, status=0):
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert result.exit_code == status, result.output
    return result


@pytest.fixture
def source(tmp_path):
    made = tovec.Embedding.random(["cat", "dog", "mat", "New York"], 6, seed=3)
    return made.save(tmp_path / "source")


def test_help_names_every_format_and_suffix():
    text = run("convert", "--help").stdout
    for writer in WRITERS:
        assert writer.name in text
        assert all(suffix in text for suffix in writer.suffixes)
    options = ("--format", "--dtype", "--top", "--dim", "--remove-components", "--escape", "--json")
    assert all(option in text for option in options)


def test_json_reports_what_was_written_and_what_was_dropped(source, tmp_path):
    dest = tmp_path / "a.npy"
    result = run("convert", source, dest, "--dtype", "f16", "--top", 3, "--dim", 2, "--json")
    facts = json.loads(result.stdout)
    assert 0 < facts.pop("explained_variance") <= 1
    assert facts == {
        "dest": str(dest),
        "format": "npy",
        "n_tokens": 3,
        "dim": 2,
        "dtype": "f16",
        "left_behind": ["the tokenizer", "where the vectors come from"],
    }
    assert result.stderr.splitlines() == [
        f"{dest} cannot hold the tokenizer",
        f"{dest} cannot hold where the vectors come from",
        "f16 keeps the first 3 digits of each number",
    ]
    assert np.load(dest).shape == (3, 2)
    assert dest.with_suffix(".txt").read_text() == "cat\ndog\nmat\n"


def test_ngrams_are_fitted_so_that_the_written_folder_knows_words_that_the_source_does_not(source, tmp_path):
    run("convert", source, tmp_path / "fitted", "--ngrams", "characters")
    made, before = tovec.open(tmp_path / "fitted"), tovec.open(source)
    assert before.get("cats") is None
    assert made.neighbors("cats", k=1)[0].token == "cat"
    np.testing.assert_array_equal(made[:], before[:])


def test_components_are_removed_and_their_share_is_printed(source, tmp_path):
    result = run("convert", source, tmp_path / "left", "--remove-components", 1)
    made, before = tovec.open(tmp_path / "left"), tovec.open(source)
    np.testing.assert_allclose(made[:], before.without_components(1)[:], atol=1e-6)
    share = 1 - np.square(made[:]).sum() / np.square(before[:]).sum()
    assert result.stdout.splitlines()[1:] == [
        f"the components removed had {100 * share:.1f} % of the summed squared lengths"
    ]
    facts = run("convert", source, tmp_path / "again", "--remove-components", 1, "--json").stdout
    assert json.loads(facts)["removed_share"] == pytest.approx(share, abs=1e-6)
    assert "removed_components" in run("inspect", tmp_path / "left").stdout


def test_share_of_the_variance_is_printed(source, tmp_path):
    result = run("convert", source, tmp_path / "small", "--dim", 6)
    assert result.stdout == f"wrote 4 × 6 to {tmp_path}/small\n6 dimensions explain 100.0 % of the variance\n"
    assert result.stderr == ""
    assert "explain" not in run("convert", source, tmp_path / "all").stdout


def test_format_option_overrides_the_suffix(source, tmp_path):
    run("convert", source, tmp_path / "a.txt", "--format", "glove", "--escape")
    assert (tmp_path / "a.txt").read_text().splitlines()[3].startswith(r"New\u0020York ")


def test_a_projection_and_neighbors_are_columns_of_parquet(source, tmp_path):
    needs("pyarrow")
    from pyarrow import parquet

    run("convert", source, tmp_path / "a.parquet", "--projection", "pca", "--neighbors", 2)
    rows = parquet.read_table(tmp_path / "a.parquet").to_pylist()
    opened = tovec.open(source)
    for row in rows:
        nearest = opened.neighbors(row["token"], 2)
        assert row["neighbors"]["ids"] == [hit.id for hit in nearest]
        np.testing.assert_allclose(
            row["neighbors"]["distances"], [1 - hit.similarity for hit in nearest], atol=1e-6
        )
    points = np.array([[row["projection_x"], row["projection_y"]] for row in rows])
    centered = opened[:] - opened[:].mean(axis=0)
    _, _, axes = np.linalg.svd(centered)
    np.testing.assert_allclose(np.abs(points), np.abs(centered @ axes[:2].T), atol=1e-5)


@pytest.mark.parametrize(
    ("dest", "options", "message"),
    [
        (
            "a.vec",
            [],
            r"word2vec text cannot hold the token 'New York'; a folder can, and --escape writes it as",
        ),
        ("a.foo", [], "cannot tell the format of"),
        ("a", ["--dtype", "bf16"], "a folder cannot hold bf16, only f32, f16, int8; .safetensors can"),
        ("a", ["--dtype", "f8"], "the dtype must be one of f32, f16, bf16, int8, not 'f8'"),
        ("a", ["--format", "csv"], "the format must be one of folder, "),
        ("a", ["--dim", "7"], "--dim must be from 1 to 6, the length of the vectors, not 7"),
        ("a", ["--remove-components", "6"], "--remove-components must be below 6, the length of the vectors"),
        ("a", ["--remove-components", "3"], "--remove-components must be below 3, the number of directions"),
        ("a.npy", ["--projection", "pca"], "a NumPy array and its tokens cannot hold a projection"),
        ("a.parquet", ["--projection", "magic"], "method must be one of none, pca, umap, tsne"),
    ],
)
def test_mistake_is_one_line_and_exit_status_1(source, tmp_path, dest, options, message):
    needs("pyarrow")
    result = run("convert", source, tmp_path / dest, *options, status=1)
    assert result.stdout == ""
    assert result.stderr.startswith(f"Error: {message}") and result.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


@pytest.mark.parametrize(
    "options",
    [
        *(["--top", "0"], ["--dim", "-1"], ["--top", "many"], ["--neighbors", "0"]),
        *(["--remove-components", "-1"], ["--remove-components", "some"]),
    ],
)
def test_wrong_usage_is_exit_status_2(source, tmp_path, options):
    run("convert", source, tmp_path / "a", *options, status=2)


def test_a_source_can_be_its_own_destination(source):
    before = tovec.open(source)[:]
    run("convert", source, source, "--dtype", "int8")
    after = tovec.open(source)
    np.testing.assert_allclose(after[:], before, atol=np.abs(before).max() / 250)
    assert Path(source, "tovec.json").exists()

"""tovec measure --geometry: lines, JSON, Markdown, limits, the figure."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import tovec
from tovec.cli import cli


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    vectors = np.random.default_rng(0).standard_normal((80, 6)).astype(np.float32)
    vectors[7] = 0
    vectors[9] = vectors[8]
    names = [f"word{n}" for n in range(80)]
    return str(tovec.Embedding(names, vectors).save(tmp_path_factory.mktemp("measure") / "table"))


def run(*arguments, status=0):
    result = CliRunner().invoke(cli, ["measure", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


def test_json_has_the_figures_of_python(source):
    found = json.loads(run(source, "--geometry", "--json", "-k", 5).stdout)
    expected = tovec.geometry(tovec.open(source), k=5)
    assert found["figures"] == {name: [value] for name, value in expected.figures.items()}
    (table,) = found["geometry"]
    assert table["k"] == 5 and table["rows"]["zero"] == {"rows": 1, "first": ["word7"]}
    assert table["groups"]["kind"] == [each._asdict() for each in expected.groups["kind"]]


def test_lines_and_markdown_say_the_same(source):
    lines = run(source, "--geometry").stdout.splitlines()
    assert lines[0] == "80 rows × 6, 79 with a direction"
    assert any(line.split() == ["rows", "of", "zeros", "1"] for line in lines)
    assert "2 rows are identical to another: word8 = word9" in lines
    marked = run(source, "--geometry", "--markdown").stdout.splitlines()
    assert "| figure | value |" in marked and "| rows of zeros | 1 |" in marked
    assert "**length by kind**" in marked


@pytest.mark.parametrize(
    ("limits", "status", "said"),
    [
        (["--fail-under", "iso_score=0.1", "--fail-over", "zero_rows=1"], 0, ""),
        (["--fail-under", "iso_score=1.5"], 3, "under 1.5"),
        (["--fail-over", "zero_rows=0", "--fail-under", "iso_score=0"], 3, "zero_rows is 1, over 0\n"),
        (["--fail-over", "iso_scor=1"], 1, "no figure is named 'iso_scor'; there is iso_score"),
    ],
)
def test_limits_decide_the_exit_status(source, limits, status, said):
    assert said in run(source, "--geometry", *limits, status=status).stderr


def test_a_figure_that_does_not_exist_misses_its_limit(tmp_path):
    path = tovec.Embedding(["a", "b"], [[1.0], [2.0]]).save(tmp_path / "line")
    result = run(path, "--geometry", "--fail-under", "iso_score=0", status=3)
    assert result.stderr == "failed: iso_score is nan, under 0\n"


def test_explanations_need_no_source():
    lines = run("--explain").stdout.splitlines()
    assert "iso_score" in lines and any("arXiv:2108.07344" in line for line in lines)


def test_a_figure_is_written(source, tmp_path):
    path = tmp_path / "geometry.svg"
    run(source, "--geometry", "-o", path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<?xml") and len(text) > 10_000


def test_several_tables_are_measured_one_after_the_other(source, tmp_path):
    other = tovec.Embedding(["a", "b"], [[1.0, 2.0], [2.0, 1.0]]).save(tmp_path / "other")
    found = json.loads(run(source, other, "--geometry", "--json").stdout)
    assert [table["n_rows"] for table in found["geometry"]] == [80, 2]
    assert found["figures"]["zero_rows"] == [1, 0]
    lines = run(source, other, "--geometry").stdout.splitlines()
    assert lines[0] == source and str(other) in lines
    assert "-o FILE draws" in run(source, other, "--geometry", "-o", tmp_path / "x.png", status=2).stderr


def test_table_without_variance_says_so_and_has_no_negative_zero(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tovec.Embedding(["a", "b", "c"], [[1, 2], [1, 2], [1, 2]]).save("equal.vec")
    assert "spectrum: the rows have no variance" in run("equal.vec", "--geometry").output
    rows = np.outer(np.arange(1, 30), np.arange(1, 5))
    tovec.Embedding([f"w{n}" for n in range(29)], rows).save("line.vec")
    (line,) = (line for line in run("line.vec", "--geometry").output.splitlines() if "IsoScore" in line)
    assert line.split() == ["IsoScore", "0.000"]

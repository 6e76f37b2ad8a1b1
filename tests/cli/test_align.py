"""tovec align: the table, JSON, the folder, exit statuses; mistakes are one line and write nothing."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import tovec
from tovec.cli import cli

WORDS = [f"word{n}" for n in range(200)]


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    generator = np.random.default_rng(0)
    table = generator.standard_normal((200, 8)).astype(np.float32)
    turn = np.linalg.qr(generator.standard_normal((8, 8)))[0]
    folder = tmp_path_factory.mktemp("align")
    a = tovec.Embedding(WORDS, table).save(folder / "a")
    b = tovec.Embedding(WORDS, (table @ turn).astype(np.float32)).save(folder / "b")
    narrow = tovec.Embedding(WORDS, (table @ turn[:, :5]).astype(np.float32)).save(folder / "narrow")
    return {"a": str(a), "b": str(b), "narrow": str(narrow)}


def run(*arguments, status=0):
    result = CliRunner().invoke(cli, ["align", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


def test_json_has_the_figures_of_python_and_every_held_out_word(sources, tmp_path):
    out = tmp_path / "there"
    found = json.loads(run(sources["a"], sources["b"], "--out", out, "--json").stdout)
    expected = tovec.align(tovec.open(sources["a"]), tovec.open(sources["b"]))
    assert found["figures"] == expected.figures and found["figures"]["precision"] == 1.0
    assert [each["token"] for each in found["results"]] == [each.token for each in expected.results]
    assert found["pairs"]["words"] == len(found["results"]) == 40
    assert found["out"] == str(out) and found["left_behind"] == []
    np.testing.assert_allclose(tovec.open(out)[:], tovec.open(sources["b"])[:], atol=1e-5)
    (entry,) = tovec.open(out).provenance["aligned"]
    assert (entry["source"], entry["onto"]["source"]) == (sources["a"], sources["b"])


def test_lines_say_what_was_fitted_found_lost_and_written(sources, tmp_path):
    out = tmp_path / "there"
    lines = run(
        sources["a"], sources["narrow"], "-o", out, "-k", 2, "--most-frequent", 150
    ).stdout.splitlines()
    assert lines[0].startswith("150 of 150 pairs have rows in both tables (by name")
    assert lines[1] == "map of 8 to 5 dimensions, fitted on 120 of them"
    assert lines[2].startswith("it keeps ")
    assert lines[2].endswith("% of the squared lengths: 5 of 8 directions")
    assert lines[3] == "30 held-out words, among 150 tokens"
    assert lines[4].split() == ["precision@1", "from", "to", "precision@5"]
    assert [line.split()[0] for line in lines[5:7]] == ["CSLS", "nearest"]
    assert lines[8] == "some of them" and len(lines) == 14
    assert lines[-1] == f"wrote 200 × 5 to {out}, and map.safetensors in it"
    marked = run(sources["a"], sources["narrow"], "--markdown", "--refine", 1).stdout
    assert "|  | precision@1 |" in marked and "refined 1: on " in marked


def test_bounds_decide_the_exit_status(sources):
    run(sources["a"], sources["b"], "--fail-under", "precision=.3")
    failed = run(sources["a"], sources["b"], "--fail-over", "precision_before=-1", status=3)
    assert "failed: precision_before is" in failed.stderr
    assert "no figure is named 'precisio'" in run(
        *(sources["a"], sources["b"], "--fail-under", "precisio=1"), status=1
    ).stderr  # fmt: skip


def test_a_small_dictionary_warns_with_the_option(sources, tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text("".join(f"{word} {word}\n" for word in WORDS[:20]))
    said = run(sources["a"], sources["b"], "--dictionary", path).stderr
    assert said == (
        "warning: the map is fitted on 16 pairs, and 8 dimensions want 32: with fewer it fits what is chance "
        "in them; give more pairs, or --refine it\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{a}", "{a}"], "both tables are the same, to the byte; there is nothing to align"),
        (["{a}", "{b}", "--dictionary", "{one}"], "has 1 column and needs 2"),
        (["{a}", "{b}", "--dictionary", "{other}"], "none of the 1 pair of other.txt is in the tables"),
        (["{a}", "{b}", "--dictionary", "{rows}"], "rows.npy is a numpy array, not text\n"),
        (["{a}", "{b}", "--fail-under", "precisio=1"], "no figure is named 'precisio'"),
        (["{a}", "{b}", "--dictionary", "nowhere.txt"], "nowhere.txt is missing"),
        (["{a}", "{b}", "--out", "{mine}"], "tovec did not save it"),
        (["{a}", "{b}", "--out", "x.bin"], "would be word2vec binary"),
        (["{a}", "{b}", "--held-out", "1.5"], "--held-out must be a share between 0 and 1, not 1.5"),
        (["{a}", "{b}", "--out", "{new}", "--dtype", "bf16"], "a folder cannot hold bf16"),
    ],
)
def test_mistakes_are_one_line_and_write_nothing(sources, tmp_path, arguments, message):
    (tmp_path / "one.txt").write_text("word1\nword2\n")
    (tmp_path / "other.txt").write_text("house 집\n", encoding="utf-8")
    np.save(tmp_path / "rows.npy", np.ones((2, 3)))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    names = {name: str(tmp_path / name) for name in ("mine", "new")}
    names |= {name: str(tmp_path / f"{name}.txt") for name in ("one", "other")}
    names["rows"] = str(tmp_path / "rows.npy")
    before = sorted(map(str, tmp_path.rglob("*")))
    result = run(*(each.format(**sources, **names) for each in arguments), status=1)
    assert result.stderr.startswith("Error: ") and message in result.stderr
    assert result.stderr.count("\n") == 1 and not result.stdout
    assert sorted(map(str, tmp_path.rglob("*"))) == before


def test_quiet_leaves_notes_out(sources, tmp_path):
    table = tovec.open(sources["a"])[:]
    with_outputs = tovec.Embedding(WORDS, table, outputs=table).save(tmp_path / "with_outputs")
    arguments = (with_outputs, sources["b"], "-o", tmp_path / "mapped")
    assert "note: " in run(*arguments).stderr
    assert "note: " not in run(*arguments, "--quiet").stderr


def test_a_source_is_not_replaced(sources, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(sources["b"])
    for out in (sources["a"], f"{sources['a']}/../a", link):
        failed = run(sources["a"], sources["b"], "--out", out, status=1)
        assert f"{out} is one of the two sources, which would be replaced; name a new folder" in failed.stderr

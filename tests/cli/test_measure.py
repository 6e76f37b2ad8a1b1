"""tovec measure: tables, JSON, Markdown, bounds for CI, and mistakes."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import tovec
from tovec.cli import cli

PAIRS = "cat\tdog\t9\ncat\ttax\t1\ndog\ttax\t1.5\ncat\tcow\t5\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["cat", "dog", "tax", "man", "men", "boy", "boys"]
    rows = [[1, 0, 0.2], [0.9, 0.1, 0.2], [0, 1, 0.2], [1, 0, 1], [1, 0.9, 1], [-1, 0, 1], [-1, 0.8, 1]]
    tovec.Embedding(words, np.array(rows)).save("one.vec")
    tovec.Embedding(words, np.array(rows)[::-1].copy()).save("two.vec")
    (tmp_path / "pairs.tsv").write_text(PAIRS)
    (tmp_path / "asked.txt").write_text(
        ": gram1-plural\nman men boy boys\nboy boys man men\nman men cow cows\n"
    )
    (tmp_path / "kinds.csv").write_text("word,category\ncat,animal\ndog,animal\ntax,thing\n")
    return tmp_path


def run(line, status=0):
    result = CliRunner().invoke(cli, ["measure", *line.split()])
    assert result.exit_code == status, result.output
    return result


def test_tables_have_coverage_intervals_and_groups(here):
    lines = run(
        "one.vec --similarity pairs.tsv --analogies asked.txt --categories kinds.csv"
    ).stdout.splitlines()
    assert lines[0].split() == ["set", "Spearman", "from", "to", "pairs", "of", "missing", "as", "0"]
    assert lines[1].split()[:2] == ["pairs", "1.000"] and lines[1].split()[4:6] == ["3", "4"]
    assert lines[3] == "analogies"
    assert lines[5].split() == ["asked", "3CosAdd", "1.000", "2", "2", "3", "7"]
    assert lines[6].split()[0] == "syntactic" and len(lines) == 11
    assert lines[10].split() == ["kinds", "1.000", "2", "3", "3"]


def test_sections_and_methods_on_demand(here):
    out = run("one.vec --analogies asked.txt --method 3cosmul --method lrcos --sections").stdout
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [
        [name, method] for method in ("3CosMul", "LRCos") for name in ("asked", "syntactic", "gram1-plural")
    ]


def test_markdown_is_a_table(here):
    lines = run("one.vec --categories kinds.csv --markdown").stdout.splitlines()
    assert lines == [
        "| set | purity | categories | words | of |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| kinds | 1.000 | 2 | 3 | 3 |",
    ]


def test_json_has_every_figure_that_bounds_can_name(here):
    found = json.loads(
        run("one.vec --similarity pairs.tsv --analogies asked.txt --categories kinds.csv --json").stdout
    )
    assert found["similarity"][0]["covered"] == 3 and len(found["similarity"][0]["interval"]) == 2
    assert found["analogies"][0]["sections"][0]["questions"] == 3
    assert set(found["figures"]) == {
        *("pairs.spearman", "pairs.missing-as-0", "pairs.covered", "kinds.purity"),
        *("asked.3CosAdd", "asked.3CosAdd.covered", "asked.3CosAdd.syntactic"),
    }


def test_two_sources_are_compared_in_a_sentence(here):
    lines = run("one.vec two.vec --similarity pairs.tsv").stdout.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["source", "one.vec", "two.vec"]
    assert lines[3].startswith("pairs, 3 pairs that both cover: ")
    found = json.loads(run("one.vec two.vec --similarity pairs.tsv --json").stdout)
    assert found["differences"][0]["sentence"] == lines[3]
    assert len(found["figures"]["pairs.spearman"]) == 2 and len(found["figures"]["pairs.difference"]) == 1


def test_figure_beyond_a_bound_is_exit_status_3_after_everything_is_printed(here):
    kept = run("one.vec --similarity pairs.tsv --fail-under pairs.spearman=0.9 --fail-over pairs.covered=3")
    assert kept.stderr == "" and kept.stdout
    failed = run(
        "one.vec --similarity pairs.tsv --fail-under pairs.covered=4 --fail-over pairs.spearman=0.5", 3
    )
    assert failed.stdout == kept.stdout
    assert failed.stderr.splitlines() == [
        "failed: pairs.covered is 3, under 4",
        "failed: pairs.spearman is 1, over 0.5",
    ]


def test_bound_holds_for_every_source_and_fails_where_there_is_no_figure(here):
    run("two.vec one.vec --similarity pairs.tsv --fail-under pairs.spearman=0.9", 3)
    (here / "one.tsv").write_text("cat\tdog\t1\n")
    assert "is nan, under -1" in run("one.vec --similarity one.tsv --fail-under one.spearman=-1", 3).stderr


def test_several_sets_of_a_folder(here):
    (here / "sets").mkdir()
    for name in ("b.tsv", "a.csv", "README.md"):
        (here / "sets" / name).write_text(PAIRS)
    found = json.loads(run("one.vec --similarity sets --json").stdout)
    assert [score["set"] for score in found["similarity"]] == ["a", "b"]


def test_equal_seeds_give_equal_output(here):
    line = "one.vec --similarity pairs.tsv --analogies asked.txt --method LRCos --json --seed 7"
    assert run(line).stdout == run(line).stdout


def test_notes_go_to_standard_error_and_json(here):
    (here / "twice.csv").write_text("a,b,c,d\ncat,dog,9,1\ndog,cat,8,1\n")
    found = run("one.vec --similarity twice.csv --json")
    assert found.stderr.splitlines() == [f"note: {note}" for note in json.loads(found.stdout)["notes"]]
    assert "1 line repeats an earlier pair" in found.stderr


def test_sets_with_one_name_have_figures_of_their_own(here):
    (here / "more").mkdir()
    (here / "more" / "pairs.tsv").write_text(PAIRS.replace("9", "0"))
    line = "one.vec --similarity pairs.tsv --similarity more/pairs.tsv"
    found = run(f"{line} --fail-under pairs.spearman=0.9 --fail-over pairs-2.spearman=0")
    assert [each.split()[:2] for each in found.stdout.splitlines()[1:]] == [
        ["pairs", "1.000"],
        ["pairs-2", "-0.500"],
    ]
    assert found.stderr == "note: pairs-2 is another set with the name pairs, in the order given\n"


def test_files_of_a_folder_that_are_no_sets_are_named(here):
    found = run("one.vec --similarity .")
    assert found.stdout.splitlines()[1].split()[0] == "pairs"
    assert any(each.startswith("note: left out: asked.txt: none") for each in found.stderr.splitlines())


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("one.vec --similarity pairs.tsv --seed -1", 1, "--seed must be a whole number from 0 up, not -1"),
        ("one.vec --similarity=", 1, "'' is not the name of a file"),
        ("one.vec --geometry -k 100000", 1, "-k must be a whole number from 1 to 1,000"),
        ("one.vec --geometry -o x.bmp", 1, "x.bmp: the suffix of a figure is .png"),
        ("one.vec", 2, "name a test: --similarity FILE, --analogies FILE or --categories FILE"),
        ("one.vec --similarity missing.tsv", 1, "missing.tsv is missing"),
        ("one.vec --similarity one.vec", 1, "one.vec: 1 of its 4 columns holds words"),
        ("one.vec --analogies pairs.tsv", 1, "pairs.tsv holds no analogies"),
        ("one.vec --analogies asked.txt --most-frequent 2", 1, "asked: no question has all its words"),
        ("one.vec --similarity pairs.tsv --fail-under 3", 2, "'3' is not NAME=X"),
        ("one.vec --similarity pairs.tsv --fail-under a=b", 2, "'a=b' is not NAME=X"),
        (
            "one.vec --similarity pairs.tsv --fail-under pairs.sperman=1",
            1,
            "named 'pairs.sperman'; there is pairs.spearman",
        ),
        (
            "pairs.tsv --similarity pairs.tsv",
            1,
            "pairs.tsv cannot be read: none of its columns holds vectors",
        ),
    ],
)
def test_mistake_is_one_line(here, line, status, message):
    failed = run(line, status)
    assert message in failed.stderr
    assert failed.stderr.splitlines()[-1].startswith("Error: ") and len(failed.stderr.splitlines()) <= 4

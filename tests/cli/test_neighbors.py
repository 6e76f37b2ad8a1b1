"""tovec neighbors: one token, several, their bytes, from an index."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from needs import needs

import tovec
from tovec import sources
from tovec.cli import cli
from tovec.text.token_bytes import Spelling

NAMES = ["Ġking", "king", "íķľêµŃ", "ĠíķľêµŃ", "<end>", "ÿ"]


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A byte-level vocabulary, in place of one that a file is opened for."""
    vocabulary = tovec.Vocabulary(NAMES, spelling=Spelling.BYTE_LEVEL, special=[4])
    vectors = [[1, 0], [1, 0.1], [0, 1], [0.1, 1], [-1, -0.9], [-1, -1]]
    embedding = tovec.Embedding(vocabulary, np.array(vectors, np.float32))
    monkeypatch.setattr(sources, "open_with_report", lambda *args, **more: (None, embedding))
    return embedding


def run(*arguments, status=0):
    result = CliRunner().invoke(cli, ["neighbors", "source", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


def results(*arguments):
    return json.loads(run(*arguments, "--json").stdout)["results"]


def entries(query, hits):
    return [{"query": query, "token": hit.token, "id": hit.id, "similarity": hit.similarity} for hit in hits]


def test_json_of_one_token_is_a_flat_list_with_its_query(source):
    assert results("king", "-k", 3) == entries("king", source.neighbors("king", 3))


def test_json_of_several_tokens_is_one_flat_list_in_the_order_of_the_queries(source):
    king, korea = source.neighbors("king", 2), source.neighbors("한국", 2)
    assert results("king", "한국", "-k", 2) == [*entries("king", king), *entries("한국", korea)]


def test_printed_tokens_are_shown_as_people_read_them(source):
    assert run("king", "-k", 1).stdout == " 0.9950  ▁king\n"
    lines = run("한국", "king", "-k", 2).stdout.splitlines()
    assert [line.split()[-1] for line in lines] == ["한국", "▁한국", "king", "king", "▁king", "▁한국"]
    assert run("<end>", "-k", 1).stdout.split()[1] == "<0xFF>"


def test_bytes_are_those_of_the_token_and_missing_for_special_tokens(source):
    assert [entry["bytes"] for entry in results("king", "-k", 5, "--bytes")] == [
        *("206b696e67", " 한국".encode().hex(), "한국".encode().hex(), "ff", None)
    ]
    lines = run("king", "-k", 5, "--bytes").stdout.splitlines()
    assert [line.split()[-1] for line in lines] == ["206b696e67", "20ed959ceab5ad", "ed959ceab5ad", "ff", "-"]


@pytest.fixture
def mixed(monkeypatch):
    """Tokens of several scripts, whose first is near to all, the last most."""
    words = ["movie", "film", "영화", "영화2", "映画", "кино", "movie영화", "12", "감독"]
    vectors = np.array([[1, 0.1 * n] for n in range(len(words))][::-1], np.float32)
    embedding = tovec.Embedding(tovec.Vocabulary(words, [*range(9, 0, -1)]), vectors)
    monkeypatch.setattr(sources, "open_with_report", lambda *args, **more: (None, embedding))
    return embedding


def found(*arguments):
    return [entry["token"] for entry in results(*arguments)]


def test_only_tokens_of_a_script_are_found(mixed):
    assert found("movie", "--script", "hangul") == ["영화", "영화2", "감독"]
    assert found("movie", "--script", "latin") == ["film"]
    assert found("movie", "--script", "cyrillic", "--script", "han") == ["映画"]
    assert "--script" in run("movie", "--script", "klingon", status=2).stderr


def test_only_frequent_tokens_and_those_of_a_file_are_found(mixed, tmp_path):
    assert found("movie", "--most-frequent", 3) == ["film", "영화"]
    path = tmp_path / "words.txt"
    path.write_bytes("영화\r\n\r\nnovel\r\n감독\r\nmovie\r\n".encode("utf-8-sig"))
    limited = run("movie", "--among", path, "--json")
    assert [entry["token"] for entry in json.loads(limited.stdout)["results"]] == ["영화", "감독"]
    assert limited.stderr == f"1 of the 4 tokens in {path} is not in the vocabulary, such as 'novel'\n"
    assert found("movie", "--among", path, "--most-frequent", 5, "--script", "hangul") == ["영화"]


def test_script_in_capitals_and_markdown_and_bounds(mixed):
    lines = run("movie", "12", "--script", "Hangul", "-k", 1, "--markdown").stdout.splitlines()
    assert lines[1] == "**movie**" and lines[3:6] == ["| token | cosine |", "| --- | ---: |", lines[5]]
    assert lines[5].startswith("| 영화 | 0.9")
    assert "failed: similarity is" in run("movie", "--fail-under", "similarity=1", status=3).stderr


def test_token_without_another_is_said(mixed, tmp_path):
    (tmp_path / "words.txt").write_text("movie\n")
    alone = run("movie", "--among", tmp_path / "words.txt")
    assert (alone.stdout, alone.stderr) == ("", "movie has no neighbors: no other token may be found\n")


def test_limits_that_leave_nothing_or_do_not_fit_are_one_line(mixed, tmp_path):
    failed = run("movie", "--script", "thai", status=1)
    assert failed.stderr == (
        "Error: none of the tokens may be found; use other --script, --among or --most-frequent\n"
    )
    assert "missing.txt is missing" in run("movie", "--among", tmp_path / "missing.txt", status=1).stderr
    assert "leave --approximate out" in run("movie", "--script", "latin", "--approximate", status=2).stderr


def test_script_of_a_byte_level_token_is_that_of_its_text(source):
    assert {entry["token"] for entry in results("king", "--script", "hangul")} == {"íķľêµŃ", "ĠíķľêµŃ"}


def test_tokens_with_invalid_bytes_are_printed(monkeypatch):
    stray = b"\xff".decode("utf-8", "surrogateescape")
    embedding = tovec.Embedding([stray, "a"], np.ones((2, 2), np.float32))
    monkeypatch.setattr(sources, "open_with_report", lambda *args, **more: (None, embedding))
    assert results("a")[0]["token"] == stray
    assert run("a").stdout.split()[1] == "<0xFF>"
    assert run("a", stray).stdout.splitlines()[2] == "<0xFF>"


def test_unknown_token_is_an_error_of_one_line_and_nothing_else_is_printed(source):
    for options in ([], ["--approximate"]):
        needs("usearch")
        failed = run("cow", *options, status=1)
        assert failed.stdout == "" and failed.stderr.startswith("Error: token 'cow' is not in the vocabulary")


def test_index_is_saved_and_used_again_and_its_recall_is_printed(source, tmp_path):
    needs("usearch")
    path = tmp_path / "words.usearch"
    made = run("king", "-k", 2, "--approximate", "--index", path, "--json")
    assert made.stderr == "recall of the index: 1.000 of the 2 nearest\n"
    assert json.loads(made.stdout)["results"] == entries("king", source.neighbors("king", 2))
    before = path.stat().st_mtime_ns
    again = run("king", "-k", 2, "--approximate", "--index", path, "--json")
    assert (again.stdout, path.stat().st_mtime_ns) == (made.stdout, before)
    assert run("king", "-k", 2, "--approximate", "--json").stdout == made.stdout


def test_wrong_usage_exits_with_status_2(source, tmp_path):
    run(status=2)
    assert "--index goes with --approximate" in run("king", "--index", tmp_path / "x", status=2).stderr


def test_after_an_unknown_token_the_others_are_answered_and_the_status_is_1(source):
    found = run("king", "queen", "한국", "-k", 1, "--json", status=1)
    expected = [*entries("king", source.neighbors("king", 1)), *entries("한국", source.neighbors("한국", 1))]
    assert json.loads(found.stdout)["results"] == expected
    assert found.stderr == "Error: token 'queen' is not in the vocabulary\n"


@pytest.mark.parametrize("command", ["neighbors", "vectors"])
def test_tokens_come_from_standard_input_a_line_each(command, source):
    lines = "king\r\n\nqueen\n한국"
    found = CliRunner().invoke(cli, [command, "source", "-", "--json"], input=lines.encode())
    assert found.exit_code == 1
    given = CliRunner().invoke(cli, [command, "source", "king", "queen", "한국", "--json"])
    assert found.stdout == given.stdout and "한국" in found.stdout
    nothing = CliRunner().invoke(cli, [command, "source", "-"], input="\n")
    assert (nothing.exit_code, nothing.stderr) == (1, "Error: standard input holds no token\n")


def test_the_mark_that_powershell_writes_first_is_no_part_of_a_token(source):
    found = CliRunner().invoke(cli, ["neighbors", "source", "-"], input="\ufeffking\r\n".encode())
    assert (found.exit_code, found.stderr) == (0, "")

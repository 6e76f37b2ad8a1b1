"""tovec fertility: tables, JSON, bounds, and mistakes."""

import json

import pytest
from click.testing import CliRunner
from tokenizers import Tokenizer, models
from tokenizers import pre_tokenizers as pre

import tovec
from tovec.cli import cli


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, vocab in (
        ("ours", ["[UNK]", "cat", "##s", "영화", "##를"]),
        ("theirs", ["[UNK]", "cat", "cats"]),
    ):
        made = Tokenizer(models.WordPiece({token: row for row, token in enumerate(vocab)}, unk_token="[UNK]"))
        made.pre_tokenizer = pre.Whitespace()
        (tmp_path / name).mkdir()
        made.save(str(tmp_path / name / "tokenizer.json"))
    (tmp_path / "text.txt").write_text("cats cat\ncat 영화를\n")
    (tmp_path / "other.txt").write_text("cat cat\ncat cat\n")
    return tmp_path


def run(line, status=0):
    result = CliRunner().invoke(cli, ["fertility", *line.split()])
    assert result.exit_code == status, result.output
    return result


def test_tables_say_what_a_word_is_and_name_sources_apart(here):
    found = run("text.txt ours/tokenizer.json theirs/tokenizer.json")
    lines = found.stdout.splitlines()
    assert lines[0] == "a word is what stands between white space (--words whitespace)"
    assert lines[1] == "4 words, 3 different, 15 characters, 21 bytes"
    assert lines[3].split() == [
        *("ours/tokenizer.json", "1.500", "0.400", "3.500", "0.500", "0.333", "0.333", "0.000", "0.000"),
        *("5", "1", "-"),
    ]
    assert lines[4].split()[:5] == ["theirs/tokenizer.json", "-", "-", "-", "0.750"]
    assert [line.split()[0] for line in lines[8:12]] == ["latin", "latin", "hangul", "hangul"]
    assert "cats        1  cat · ##s" in found.stdout
    assert found.stderr.splitlines()[-1] == (
        "note: theirs/tokenizer.json: left out of the comparison, for it does not know 23% of the text, "
        "100% of hangul"
    )


def test_json_has_every_figure_that_bounds_can_name(here):
    found = json.loads(run("text.txt ours theirs --json -k 1").stdout)
    assert found["words"]["name"] == "whitespace" and found["n_words"] == 4
    assert found["figures"]["tokens_per_word"] == [1.5, None]
    assert found["figures"]["hangul.whole"] == [0.0, 0.0]
    first, second = found["sources"]
    assert first["split"] == [{"word": "cats", "count": 1, "pieces": ["cat", "##s"]}]
    assert first["n_split"] == 2 and first["text"]["tokens"] == 6
    assert second["text"]["is_left_out"] and second["unused_rows"] == 0


def test_markdown_is_tables(here):
    lines = run("text.txt ours --markdown --parallel other.txt").stdout.splitlines()
    rules = [line for line in lines if line.startswith("| ---")]
    assert len(rules) == 4 and all(line.startswith("|") == line.endswith("|") for line in lines)
    assert "| ours | 6 | 4 | 1.500 |" in lines


def test_figure_beyond_a_bound_is_exit_status_3(here):
    run("text.txt ours --fail-over tokens_per_word=1.5 --fail-under latin.strr=0.5")
    failed = run("text.txt ours --fail-over tokens_per_word=1.4", 3)
    assert failed.stderr.splitlines()[-1] == "failed: tokens_per_word is 1.5, over 1.4"
    # What is left out of the comparison keeps to no bound: few tokens for unknown text are no merit.
    assert "tokens_per_word is nan" in run("text.txt theirs --fail-over tokens_per_word=9", 3).stderr


def test_explain_needs_neither_file_nor_source():
    lines = run("--explain").stdout.splitlines()
    assert lines[0] == "tokens_per_word" and "Rust et al. 2021" in " ".join(lines)


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("text.txt", 2, "Missing argument 'SOURCE...'"),
        ("text.txt ours --words sentences", 2, "'sentences' is not one of"),
        ("missing.txt ours", 1, "missing.txt: no such file or folder"),
        ("text.txt missing", 1, "missing does not exist"),
        ("text.txt empty.txt", 1, "empty.txt"),
        ("empty.txt ours", 1, "the text has no words, so there is nothing to measure"),
        ("text.txt two.vec", 1, "two.vec has no tokenizer, so it does not say how it cuts text"),
        ("picture.png ours", 1, "picture.png is a picture, not text"),
        ("text.txt picture.png", 1, "picture.png"),
        ("text.txt ours --parallel empty.txt", 1, "text.txt has 2 lines and empty.txt 0"),
        (
            "ours text.txt",
            1,
            "not a text but has a tokenizer; FILE comes first: tovec fertility text.txt ours",
        ),
        ("ours/tokenizer.json theirs text.txt", 1, "tovec fertility text.txt ours/tokenizer.json theirs"),
        ("text.txt ours --fail-under strrr=1", 1, "no figure is named 'strrr'; there is strr"),
    ],
)
def test_mistake_is_one_line(here, line, status, message):
    (here / "empty.txt").touch()
    (here / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    tovec.Embedding(["cat", "dog"], [[1.0, 2], [3, 4]]).save("two.vec")
    failed = run(line, status)
    assert message in failed.stderr
    assert failed.stderr.splitlines()[-1].startswith("Error: ")

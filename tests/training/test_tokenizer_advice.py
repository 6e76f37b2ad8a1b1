"""What a run says of text that its default tokenizer does not suit."""

import pytest
from click.testing import CliRunner

import tovec
from tovec.cli.commands import cli
from tovec.progress import Note

KOREAN = ["영화가 정말 재미있다", "배우 연기가 좋았다 ㅋㅋ"] * 5


def notes_of(texts, **settings):
    notes = []
    given = {"dim": 2, "min_count": 1, "epochs": 1, "threads": 1, "sample": 0.0, **settings}
    tovec.train(texts, **given, reporter=notes.append)
    return [note.text for note in notes if isinstance(note, Note)]


def test_a_run_on_korean_with_nothing_chosen_advises_once():
    assert sum("mostly Korean" in note for note in notes_of(KOREAN)) == 1


@pytest.mark.parametrize(
    "chosen", [{"tokenizer": "words"}, {"ngrams": "jamo"}, {"phrases": 1}, {"lowercase": True}]
)
def test_who_has_chosen_how_words_are_cut_gets_no_advice(chosen):
    assert not any("mostly Korean" in note for note in notes_of(KOREAN, **chosen))


def test_other_texts_and_lists_of_tokens_get_no_advice():
    for texts in (["the cat sat", "the dog sat"] * 5, [text.split() for text in KOREAN]):
        assert not any("mostly Korean" in note for note in notes_of(texts))


def test_the_command_names_its_option(tmp_path):
    (tmp_path / "text.txt").write_text("\n".join(KOREAN), encoding="utf-8")
    given = [
        "train",
        str(tmp_path / "text.txt"),
        "--out",
        str(tmp_path / "out"),
        "--dim",
        "2",
        "--min-count",
        "1",
    ]
    ran = CliRunner().invoke(cli, [*given, "--threads", "1"])
    assert ran.exit_code == 0
    assert "the text is mostly Korean: --tokenizer kiwi gives better vectors" in ran.stderr

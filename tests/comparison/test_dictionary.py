"""Dictionaries of every common form give the same pairs; what is none of them is one line."""

import hashlib

import pytest

from tovec.comparison.dictionary import dictionary_from
from tovec.errors import BadTestSet

PAIRS = (("cat", "고양이"), ("dog", "개"), ("dog", "강아지"))


@pytest.mark.parametrize(
    "text",
    [
        "cat\t고양이\ndog\t개\ndog\t강아지\n",
        "cat 고양이\ndog 개\ndog 강아지\n",
        "cat,고양이\ndog,개\ndog,강아지\ndog,개\n",
        "cat;고양이\r\ndog;개\r\n\r\ndog;강아지\r\n",
        "\ufeffEnglish\tKorean\ncat\t고양이\ndog\t개\ndog\t강아지\n",
        "source,target\ncat,고양이\ndog,개\ndog,강아지\n",
        "# by hand\nen ko\ncat 고양이\ndog 개\ndog 강아지\n",
    ],
)
def test_files_of_all_forms(tmp_path, text):
    path = tmp_path / "en-ko.txt"
    path.write_bytes(text.encode())
    found = dictionary_from(path)
    assert (found.pairs, found.name, found.notes) == (PAIRS, "en-ko.txt", ())
    assert found.digest == hashlib.sha256(text.encode()).hexdigest()


def test_more_columns_are_left_out_with_a_note(tmp_path):
    (tmp_path / "three.csv").write_text("cat,고양이,noun\ndog,개,noun\ndog,강아지,noun\n", encoding="utf-8")
    found = dictionary_from(tmp_path / "three.csv")
    assert found.pairs == PAIRS
    assert found.notes == ("three.csv has 3 columns; words are in 1, translations in 2",)


def test_phrases_stay_whole_between_tabs(tmp_path):
    (tmp_path / "phrases.tsv").write_text("ice cream\t아이스 크림\nsea\t바다\n", encoding="utf-8")
    assert dictionary_from(tmp_path / "phrases.tsv").pairs == (("ice cream", "아이스 크림"), ("sea", "바다"))


def test_pairs_and_mappings_have_the_digest_of_their_file(tmp_path):
    path = tmp_path / "en-ko.tsv"
    path.write_bytes("".join(f"{word}\t{translation}\n" for word, translation in PAIRS).encode())
    assert dictionary_from(PAIRS).digest == dictionary_from(path).digest
    assert dictionary_from({"cat": "고양이"}).pairs == PAIRS[:1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"has no lines"),
        ("cat\ndog\n", r"has 1 column and needs 2"),
        ("source,target\n", r"has a heading and no pairs"),
        ("cat 고양이\nice cream 빙과\ndog 개\n", "line 2: a line is a word and its translation, with blanks"),
        ("cat\t고양이\ndog\t\n", "line 2: a line is a word and its translation, with tabs"),
    ],
)  # fmt: skip
def test_what_is_no_dictionary_is_one_line(tmp_path, text, message):
    (tmp_path / "x.txt").write_text(text, encoding="utf-8")
    with pytest.raises(BadTestSet, match=message) as error:
        dictionary_from(tmp_path / "x.txt")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("given", [[], [("cat",)], [("cat", 3)], ["at"], 5])
def test_pairs_that_are_none_are_one_line(given):
    with pytest.raises(BadTestSet, match="pairs"):
        dictionary_from(given)

"""Sets of word pairs as people publish them, and files that are none."""

import gzip

import numpy as np
import pytest
from needs import shared_data

from tovec.errors import BadTestSet
from tovec.measures.word_pairs import read_word_pairs

TIGER = (("tiger", "cat"), 7.35)


def first_of(pairs):
    return pairs.pairs[0], pairs.ratings[0]


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "line",
    [
        *("tiger\tcat\t7.35", "tiger,cat,7.35", "tiger cat 7.35", "tiger  cat   7.35", "tiger, cat, 7.35"),
        *(
            "tiger;cat;7,35",
            "tiger\tcat\t7,35",
            "tiger cat 7,35",
            '"tiger","cat","7.35"',
            '"tiger","cat","7,35"',
        ),
        *("7.35\ttiger\tcat", "0,tiger,cat,7.35", "0\t7.35\ttiger\tcat", "tiger 7.35 cat"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_columns_are_found_whatever_stands_between_them_and_in_any_order(line, end, tmp_path):
    lines = [
        line,
        line.replace("7", "1").replace("tiger", "dog"),
        line.replace("7", "2").replace("cat", "axe"),
    ]
    path = written(tmp_path / "set.txt", end.join(lines) + end, "utf-8-sig")
    pairs = read_word_pairs(path)
    assert first_of(pairs) == TIGER
    assert pairs.pairs[2] == ("tiger", "axe") and len(pairs.ratings) == 3
    assert pairs.name == "set"


# The first lines of published files, also as others changed them: MC-30 is that of vecto's word-benchmarks.
PUBLISHED = {
    "combined.csv": (
        "Word 1,Word 2,Human (mean)\ntiger,cat,7.35\ntiger,tiger,10.00\n",
        2,
        ("tiger", "cat"),
        7.35,
    ),
    "set1.csv": (
        "Word 1,Word 2,Human (mean),1,2,3\ntiger,cat,7.35,9,7,8\nbook,paper,7.46,8,8,7\n",
        *(2, ("tiger", "cat"), 7.35),
    ),
    "mc-30.csv": (
        ",word1,word2,similarity\n0,car,automobile,3.92\n1,gem,jewel,3.84\n",
        2,
        ("car", "automobile"),
        3.92,
    ),
    "SimLex-999.txt": (
        "word1\tword2\tPOS\tSimLex999\tconc(w1)\tconc(w2)\tconcQ\tAssoc(USF)\tSimAssoc333\tSD(SimLex)\n"
        + "".join(f"old{n}\tnew\tA\t1.58\t2.72\t2.81\t2\t7.25\t1\t0.41\n" for n in range(25)),
        *(25, ("old0", "new"), 1.58),
    ),
    "SimVerb-3500.txt": (
        "".join(f"take{n}\tremove{n}\tV\t6.81\tSYNONYMS\n" for n in range(25)),
        *(25, ("take0", "remove0"), 6.81),
    ),
    "rw.txt": (
        "squishing\tsquirt\t5.88\t7\t1\t10\nundated\tundatable\t5.83\t10\t9\t0\n",
        *(2, ("squishing", "squirt"), 5.88),
    ),
    "simlex999.txt": (
        "# The SimLex-999 Test data\n# Word 1\tWord 2\tHuman (mean)\nold\tnew\t1.58\n",
        1,
        ("old", "new"),
        1.58,
    ),
    "phrases.tsv": (
        "word1\tword2\tscore\nice cream\tfrozen dessert\t8.1\n",
        1,
        ("ice cream", "frozen dessert"),
        8.1,
    ),
    "korean.csv": ("word 1,word 2,kor_score\n사랑,섹스,6.42\n", 1, ("사랑", "섹스"), 6.42),
    "MEN": ("sun-n sunlight-n 50.000000\nautomobile-n car-n 50.000000\n", 2, ("sun-n", "sunlight-n"), 50),
    "numbers.txt": ("inf nan 1\ninf seven 2\n", 2, ("inf", "nan"), 1),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_files_are_read_as_they_are(name, tmp_path):
    text, n, pair, rating = PUBLISHED[name]
    pairs = read_word_pairs(written(tmp_path / name, text))
    assert (len(pairs.pairs), pairs.pairs[0], pairs.ratings[0]) == (n, pair, rating)


def test_columns_that_had_to_be_chosen_are_said(tmp_path):
    text = PUBLISHED["SimLex-999.txt"][0]
    (note,) = read_word_pairs(written(tmp_path / "SimLex-999.txt", text)).notes
    assert note == "SimLex-999.txt has 10 columns; words are in 1 and 2, scores in 4, SimLex999"
    assert read_word_pairs(written(tmp_path / "three.txt", "a b 1\nb c 2\n")).notes == ()


def test_pairs_that_are_there_twice_count_twice_and_are_said(tmp_path):
    """WordSim-353 has money and cash twice, with two scores; order and case make no other pair."""
    pairs = read_word_pairs(
        written(tmp_path / "ws.txt", "money cash 9.15\nCash money 9.08\nmoney bank 8.5\n")
    )
    assert len(pairs.pairs) == 3
    assert pairs.notes == ("ws.txt: 1 line repeats an earlier pair, and each counts",)


def test_real_sets_are_whole():
    for name, n in (("EN-WS-353-ALL.txt", 353), ("EN-SIMLEX-999.txt", 999), ("WS353_korean.csv", 353)):
        pairs = read_word_pairs(shared_data(f"eval/{name}"))
        assert len(pairs.pairs) == n and np.isfinite(pairs.ratings).all()
    assert pairs.pairs[0] == ("사랑", "섹스")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "set.txt has no lines"),
        ("\n# a comment\n\n", "set.txt has no lines"),
        ("tiger\ncat\n", "set.txt has 1 column and needs 3, with tabs, semicolons, commas or blanks"),
        ("tiger\tcat\nbook\tpaper\n", "set.txt has 2 columns and needs 3"),
        ("tiger\tcat\t7.35\nbook\tpaper\tmuch\n", r"set.txt, line 2: the score 'much' is not a number$"),
        (
            "# pairs\nw1\tw2\tx\ntiger\tcat\t7\nbook\tpaper\t-\n",
            r"set.txt, line 4: the score '-' is not a number",
        ),
        ("7.3x\tb\t7.3x\na\tb\t1\nc\td\t2\n", "line 1: the score '7.3x' is not a number"),
        ("a b nan\nc d 2\ne f 3\n", "line 1: the score 'nan' is not a number"),
        ("a b 1\nc d\ne f 3\n", "set.txt, line 2 has 2 columns, the others 3"),
        ("a\tb\tc\nd\te\tf\n", "none of its 3 columns holds scores; a line is two words and a number"),
        ("1\t2\tc\n3\t4\tf\n", "1 of its 3 columns holds words, between tabs"),
        (
            ",category,word\n0,fish,carp\n1,fish,cod\n2,fish,\n3,bird,crow\n",
            "none of its 3 columns holds scores",
        ),
        ("word1,word2,score\n", "none of its 3 columns holds scores"),
    ],
)
def test_what_is_no_set_is_one_line_with_file_and_line(text, message, tmp_path):
    with pytest.raises(BadTestSet, match=message) as caught:
        read_word_pairs(written(tmp_path / "set.txt", text))
    assert "\n" not in str(caught.value)


def test_text_in_another_encoding_is_one_line(tmp_path):
    with pytest.raises(BadTestSet, match=r"line 2: not UTF-8; convert it"):
        read_word_pairs(written(tmp_path / "set.txt", "a b 1\nété c 2\n", "latin-1"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_marked_and_packed_files_are_read(encoding, tmp_path):
    text = "tiger\tcat\t7.35\nété\tbook\t1\n"
    plain = written(tmp_path / "set.txt", text, encoding)
    packed = tmp_path / "packed.tsv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, packed):
        pairs = read_word_pairs(path)
        assert first_of(pairs) == TIGER and pairs.pairs[1] == ("été", "book")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            "a b 1\n".encode("utf-16-le"),
            "set.txt holds NUL, as UTF-16 without a mark does; convert it: iconv -f",
        ),
        (b"PK\x03\x04\xff\xff", "set.txt is a zip archive, not text; unpack it"),
        (gzip.compress(b"a b 1"), "set.txt is compressed by gzip; name it .gz, or unpack it"),
    ],
)
def test_what_is_no_text_is_one_line(raw, message, tmp_path):
    (tmp_path / "set.txt").write_bytes(raw)
    with pytest.raises(BadTestSet, match=message):
        read_word_pairs(tmp_path / "set.txt")


def test_archive_that_is_none_is_one_line_that_names_it_once(tmp_path):
    path = written(tmp_path / "set.tsv.gz", "tiger\tcat\t7.35\n")
    with pytest.raises(BadTestSet, match=r"set\.tsv\.gz: the archive is damaged, or is not one") as caught:
        read_word_pairs(path)
    assert str(caught.value).count("set.tsv.gz") == 1


def test_first_line_with_a_word_of_two_parts_is_no_heading(tmp_path):
    with pytest.raises(BadTestSet, match="line 1: the score 'london' is not a number"):
        read_word_pairs(written(tmp_path / "set.txt", "new york london 5\nking queen 9\nman boy 8\n"))


def test_signs_that_end_lines_for_python_alone_stay_in_their_words(tmp_path):
    pairs = read_word_pairs(written(tmp_path / "set.txt", "a\u2028b\tc\t1\nd\te\t2\n"))
    assert pairs.pairs == (("a\u2028b", "c"), ("d", "e"))


def test_word_longer_than_a_field_of_csv_is_read(tmp_path):
    long = "k" * 140_000
    assert read_word_pairs(written(tmp_path / "s.tsv", f"{long}\tb\t1\nc\td\t2\n")).pairs[0] == (long, "b")

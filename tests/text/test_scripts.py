"""The script of a text, and the advice that follows from it."""

import pytest
from needs import shared_data

from tovec.text import scripts
from tovec.text.corpus import build_corpus
from tovec.text.in_memory import Texts
from tovec.text.scripts import SCRIPTS, hangul_share, script_of, tokenizer_advice
from tovec.text.tokenizers import tokenizer_from_name
from tovec.text.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("tokens", "counts", "share"),
    [
        (["영화", "the"], [3, 2], 6 / 12),
        (["ㅋㅋ", "ok"], [1, 1], 0.5),
        (["영화3", "2026", "!?"], [1, 100, 100], 1.0),  # what is no letter does not count
        (["東京", "かな", "город"], [1, 1, 1], 0.0),
        (["!?"], [5], 0.0),
    ],
)
def test_the_share_of_hangul_is_that_of_the_letters_of_the_text(tokens, counts, share):
    assert hangul_share(Vocabulary(tokens, counts)) == pytest.approx(share)


@pytest.mark.parametrize(
    ("text", "script"),
    [
        # page/tests/data/scripts.test.ts has these too: an exported page says the same without Python.
        *(("don't 7", "latin"), ("コーヒー", "kana"), ("\u1112\u1161\u11ab", "hangul"), ("한dog", None)),
        *(("日本の", None), ("ª", None), ("ʰ", None), ("42", None), ("", None)),
        *(("king", "latin"), ("▁Köln2", "latin"), ("영화", "hangul"), ("ㅋㅋ!", "hangul"), ("東京", "han")),
        *(
            ("人々", "han"),
            ("かな", "kana"),
            ("カナ", "kana"),
            ("ｶﾅ", "kana"),
            ("ｋｉｎｇ", "latin"),
            ("город", "cyrillic"),
        ),
        *(
            ("ελ", "greek"),
            ("ملك", "arabic"),
            ("राजा", "devanagari"),
            ("กษัตริย์", "thai"),
            ("12", None),
            ("", None),
        ),
        *(("movie영화", None), ("漢字かな", None)),
    ],
)
def test_script_of_a_token_is_that_of_all_its_letters(text, script):
    assert script_of(text) == script and (script is None or script in SCRIPTS)


def test_without_counts_nothing_is_known_of_the_text():
    assert hangul_share(Vocabulary(["영화"])) == 0.0


def test_the_advice_is_one_line_that_says_what_to_install_only_where_it_is_missing(monkeypatch):
    korean = Vocabulary(["영화"], [1])
    for found, installs in ((None, True), (object(), False)):
        monkeypatch.setattr(scripts, "find_spec", lambda name, found=found: found)
        advice = tokenizer_advice(korean)
        assert "`tokenizer` kiwi" in advice and "\n" not in advice
        assert ("pip install 'tovec[ko]'" in advice) == installs


def test_korean_reviews_get_the_advice_and_english_novels_do_not(tmp_path):
    for name, advised in (("korean-reviews", True), ("english-novels", False)):
        with shared_data(f"corpora/{name}.txt").open(encoding="utf-8") as lines:
            texts = [next(lines) for _ in range(500)]
        corpus = build_corpus(Texts(texts), tokenizer_from_name("words"), tmp_path / name)
        assert (tokenizer_advice(corpus.vocabulary) is not None) == advised

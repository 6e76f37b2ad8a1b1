"""Character n-grams against fastText and gensim: ngrams.py, ngram_arrays.py, jamo.py."""

import json
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needs import needs

from tovec.errors import BadSetting
from tovec.text import ngrams
from tovec.text.jamo import spelled_out
from tovec.text.ngrams import RULES, NgramRule

TOKENS = [
    "a",
    "cat",
    "where",
    "héllo",
    "e\u0301",
    "먹었다",
    "영화",
    "ㅋㅋㅋ",
    "🤖👩‍👧",
    "don't",
    "<a>",
    "3.14",
    "가" * 40,
]
RULES_OF_ALL_KINDS = [
    NgramRule(),
    NgramRule(min_length=1, max_length=4, buckets=1000),
    RULES["jamo"],
    NgramRule(min_length=1, max_length=2, unit="jamo", syllables=1),
    NgramRule(min_length=1, max_length=2, unit="jamo", syllables=0),
    NgramRule(min_length=2, max_length=7, unit="jamo", syllables=3, buckets=2**31 - 1),
]  # fmt: skip


@pytest.fixture(scope="module")
def fasttext(tmp_path_factory):
    """Return a function: the buckets of a word in fastText, in its order."""
    library = needs("fasttext")
    corpus = tmp_path_factory.mktemp("fasttext") / "corpus.txt"
    corpus.write_text("known words\n" * 10, encoding="utf-8")

    def answers(word, **rule):
        model = library.train_unsupervised(
            str(corpus), minn=rule["least"], maxn=rule["most"], bucket=rule["buckets"],
            dim=1, minCount=1, epoch=1, thread=1, verbose=0,
        )  # fmt: skip
        assert word not in model.get_words()
        ids = model.f.getSubwords(word, "replace")[1]  # takes bytes, which `get_subwords` does not
        return (np.array(ids) - len(model.get_words())).tolist()

    return answers


def buckets(rule, token):
    ids, offsets = rule.ngram_ids([token])
    assert offsets.tolist() == [0, len(ids)]
    return ids.tolist()


# Characters: fastText


def test_the_worked_example_of_the_fasttext_paper():
    assert NgramRule(min_length=3, max_length=3).ngrams("where") == ["<wh", "whe", "her", "ere", "re>"]


@pytest.mark.parametrize(
    "rule", [{"least": 3, "most": 6, "buckets": 2000}, {"least": 1, "most": 3, "buckets": 7}]
)
def test_buckets_and_their_order_are_fasttexts(fasttext, rule):
    for token in TOKENS:
        assert buckets(NgramRule(**rule), token) == fasttext(token, **rule), token


@pytest.mark.parametrize(
    "word",
    [b"kter\xec", b"\x80a", b"\xe2\x82a", b"\xc3\xa9\x80\x80\xff", b"\xff\xfe", b"\xed\xa0\x80", b"a\xbf"],
)
def test_bytes_that_are_not_utf8_are_cut_and_hashed_as_in_fasttext(fasttext, word):
    rule = {"least": 1, "most": 4, "buckets": 1000}
    token = word.decode("utf-8", "surrogateescape")
    assert buckets(NgramRule(**rule), token) == fasttext(word, **rule)


def test_a_word_mark_alone_is_not_an_ngram():
    assert NgramRule(min_length=1, max_length=2).ngrams("a") == ["<a", "a", "a>"]
    assert NgramRule(min_length=1, max_length=2).ngrams("") == ["<>"]
    assert NgramRule(min_length=3, max_length=6).ngrams("") == []


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    st.integers(1, 5),
    st.integers(0, 4),
)
def test_buckets_are_gensims(token, least, more):
    hashes = needs("gensim.models.fasttext").ft_ngram_hashes
    rule = NgramRule(min_length=least, max_length=least + more, buckets=65_537)
    assert buckets(rule, token) == hashes(token, least, least + more, 65_537)


def test_the_hash_is_that_of_signed_bytes():
    # FNV-1a of 32 bits as http://www.isthe.com/chongo/tech/comp/fnv/ gives it for "foobar".
    assert NgramRule(buckets=2**31 - 1).bucket("foobar") == 0xBF9CF968 % (2**31 - 1)
    # Of a byte above 127 the upper bits are ones: (offset ^ 0xFFFFFFC3) * prime, then 0xFFFFFFA9.
    step = (2166136261 ^ 0xFFFFFFC3) * 16777619 % 2**32
    assert NgramRule(buckets=1000).bucket("é") == (step ^ 0xFFFFFFA9) * 16777619 % 2**32 % 1000


# Jamo: Park et al. 2018


def test_the_worked_example_of_park_et_al():
    found = RULES["jamo"].ngrams("먹었다")
    # Section 3.2 of the paper: characters one, two and three at a time, and jamo across characters.
    for ngram in ("ㅁㅓㄱ", "ㅇㅓㅆ", "ㄷㅏe", "ㅁㅓㄱㅇㅓㅆ", "ㅇㅓㅆㄷㅏe", "ㅁㅓㄱㅇㅓㅆㄷㅏe"):
        assert found.count(ngram) == 1
    for ngram in ("<ㅁㅓ", "ㅓㄱㅇ", "ㄱㅇㅓ", "ㅓㅆㄷ", "ㅆㄷㅏ", "ㅏe>"):
        assert found.count(ngram) == 1
    assert len(found) == 9 + 8 + 7 + 2 + 1  # 3, 4 and 5 of 11 symbols; two and three whole characters


def published(word, least, most, syllables):
    """The n-grams of computeSubwords in the published code, for a word of syllables alone, spelled out."""
    symbols = "<" + "".join(map(spelled_out, word)) + ">"
    found = []
    for i in range(len(symbols)):
        for n in range(least, most + 1):
            if i + n <= len(symbols) and not (n == 1 and (i == 0 or i + n == len(symbols))):
                found.append(symbols[i : i + n])
        if i % 3 == 1:  # a syllable begins
            for n in range(most + 1, 3 * syllables + 1):
                if n % 3 == 0 and i + n < len(symbols):
                    found.append(symbols[i : i + n])
    return found


@given(
    st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), max_size=9),
    st.integers(1, 6),
    st.integers(0, 4),
    st.integers(0, 6),
)
def test_words_of_syllables_have_the_ngrams_of_the_published_code(word, least, more, syllables):
    rule = NgramRule(least, least + more, unit="jamo", syllables=syllables)
    assert rule.ngrams(word) == published(word, least, least + more, syllables)


def test_buckets_of_jamo_are_those_of_fasttext_for_the_word_spelled_out(fasttext):
    rule = NgramRule(min_length=3, max_length=5, buckets=5000, unit="jamo", syllables=0)
    assert buckets(rule, "먹었다") == fasttext("ㅁㅓㄱㅇㅓㅆㄷㅏe", least=3, most=5, buckets=5000)


def test_a_syllable_is_spelled_out_in_letters_as_unicode_names_them():
    for point in range(0xAC00, 0xD7A4):
        parts = unicodedata.normalize("NFD", chr(point))
        names = [unicodedata.name(part).split()[-1] for part in parts]
        letters = "".join(unicodedata.lookup(f"HANGUL LETTER {name}") for name in names)
        assert spelled_out(chr(point)) == letters + "e" * (3 - len(parts))


def test_other_characters_stand_for_themselves():
    rule = RULES["jamo"]
    assert rule.ngrams("where") == NgramRule(min_length=3, max_length=5).ngrams("where")
    assert "ㅋㅋ>" in rule.ngrams("ㅋㅋ") and "ㅋㅋㅡ" in rule.ngrams("ㅋ크")
    assert rule.ngrams("3월")[:4] == ["<3ㅇ", "<3ㅇㅝ", "<3ㅇㅝㄹ", "3ㅇㅝ"]
    assert "18ㄴㅕㄴㄷㅗe" in rule.ngrams("2018년도")  # four whole characters


@pytest.mark.parametrize("word", ["영화", "먹었다", "값", "café"])
def test_decomposed_hangul_has_the_same_ngrams(word):
    composed, decomposed = (unicodedata.normalize(form, word) for form in ("NFC", "NFD"))
    assert composed != decomposed
    assert RULES["jamo"].ngrams(composed) == RULES["jamo"].ngrams(decomposed)
    assert NgramRule().ngrams(composed) != NgramRule().ngrams(decomposed)


def test_inflected_forms_share_jamo_that_they_do_not_share_as_characters():
    one, other = (set(RULES["jamo"].ngrams(word)) for word in ("가다", "갔다"))
    assert {"<ㄱㅏ", "ㄷㅏe", "ㅏe>"} <= one & other
    assert set(NgramRule().ngrams("가다")).isdisjoint(NgramRule().ngrams("갔다"))


# Many tokens


ANY_TOKEN = st.text(
    st.sampled_from("abe é<>ㅋ가먹었다각뷁\u1100\u1161\u0301🤖\ud800\0\udc80\udcbf\udcc0\udcff")
    | st.characters(),
    max_size=12,
)


@given(st.lists(ANY_TOKEN, min_size=1, max_size=20), st.sampled_from(RULES_OF_ALL_KINDS))
def test_ids_of_many_tokens_at_once_are_those_of_one_after_the_other(tokens, rule):
    slow = rule.ngram_ids(tokens)
    fast = rule._ids_at_once(tokens)
    for one, other in zip(slow, fast, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_many_tokens_are_taken_at_once_and_give_the_same(monkeypatch):
    tokens = [f"토큰{row}token" for row in range(ngrams.STEP + 3)]
    ids, offsets = RULES["jamo"].ngram_ids(tokens)
    assert (ids.dtype, offsets.dtype, len(offsets)) == (np.int32, np.int64, len(tokens) + 1)
    monkeypatch.setattr(ngrams, "FAST_FROM", len(tokens) + 1)
    for one, other in zip(RULES["jamo"].ngram_ids(tokens), (ids, offsets), strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_tokens_and_tokens_without_ngrams():
    for tokens, offsets in (([], [0]), (["", "ab", ""], [0, 0, 3, 3])):
        ids, found = NgramRule().ngram_ids(tokens)
        assert found.tolist() == offsets and len(ids) == offsets[-1]
        assert ids.dtype == np.int32


def test_a_long_token_has_as_many_ngrams_as_it_should():
    assert len(NgramRule().ngrams("a" * 10_000)) == sum(10_002 - n + 1 for n in (3, 4, 5, 6))


def test_rows_are_those_of_a_table_without_empty_buckets():
    rule = NgramRule(buckets=1000)
    ids, offsets = rule.ngram_ids(TOKENS)
    found = rule.rows(TOKENS)
    np.testing.assert_array_equal(found.buckets[found.rows], ids)
    np.testing.assert_array_equal(found.offsets, offsets)
    assert found.buckets.tolist() == sorted(set(ids.tolist()))
    assert {array.dtype for array in (found.rows, found.buckets)} == {np.dtype(np.int32)}
    empty = rule.rows([])
    assert len(empty.rows) == len(empty.buckets) == 0


# Settings


@pytest.mark.parametrize("rule", RULES_OF_ALL_KINDS)
def test_settings_come_back_from_json(rule):
    assert NgramRule.from_json(json.loads(json.dumps(rule.as_json()))) == rule


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_length": 0}, "min_length must be a whole number from 1 to 2"),
        ({"min_length": 4, "max_length": 3}, "max_length must be a whole number from 4 to 2"),
        ({"max_length": 4.0}, "max_length must be a whole number from 3"),
        ({"buckets": 0}, "buckets must be a whole number from 1"),
        ({"buckets": 2**31}, "buckets must be a whole number from 1"),
        ({"least": True}, "min_length must be a whole number"),
        ({"syllables": -1}, "syllables must be a whole number from 0"),
        ({"unit": "bytes"}, "unit must be characters or jamo, not 'bytes'"),
    ],
)
def test_settings_outside_their_range_are_refused(settings, message):
    with pytest.raises(BadSetting, match=message):
        NgramRule(**settings)


def test_json_that_lacks_a_setting_or_has_another_is_refused():
    whole = NgramRule().as_json()
    for wrong in ({}, {**whole, "hash": "murmur"}, {name: whole[name] for name in list(whole)[1:]}):
        with pytest.raises(BadSetting, match="settings of n-grams must be exactly buckets, least, most"):
            NgramRule.from_json(wrong)

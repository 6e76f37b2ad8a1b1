"""Ids to text: round trips of any Unicode, and how tokens without white space are joined."""

import functools
import json
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from needs import needs

from tovec.errors import TovecError
from tovec.text.corpus import VocabularyRules, build_corpus
from tovec.text.detokenize import Detokenizer
from tovec.text.documents import Documents
from tovec.text.in_memory import Texts, TokenLists
from tovec.text.token_bytes import Spelling
from tovec.text.tokenizers import END_OF_TEXT, UNKNOWN, given_tokenizer, tokenizer_from_name
from tovec.text.tokenizers.phrases import PhraseTokenizer
from tovec.text.tokenizers.splitting import SplitTokenizer
from tovec.text.tokenizers.subwords import SubwordTokenizer
from tovec.text.vocabulary import Vocabulary
from tovec.training.validation import validation_corpus

TEXTS = [
    "The cat sat on the mat, didn't it?",
    "영화가 재미있다. 영화를 봤다 😀",
    "東京タワーは高い",
    "a\x00b\t c",
] * 8


def corpus_of(name, texts=TEXTS, **settings):
    tokenizer = tokenizer_from_name(name) if isinstance(name, str) else name
    documents = TokenLists(texts) if isinstance(texts[0], list) else Texts(texts)
    folder = Path(tempfile.mkdtemp())
    return build_corpus(documents, tokenizer, folder, end_of_text=True, threads=1, **settings)


@functools.cache
def made(name):
    return corpus_of(name)


def back(corpus, text):
    """The text of the ids of a text."""
    ids = corpus.vocabulary.known_ids(corpus.tokenizer.tokens(text))
    return Detokenizer(corpus.tokenizer, corpus.vocabulary).text(ids)


@pytest.mark.parametrize("name", ["bpe:300", "bytes"])
@settings(max_examples=150, deadline=None)
@given(text=st.text(st.characters(codec="utf-8"), max_size=30))
@example(text="  두 칸  \u00a0\u3000 끝 ")
@example(text="👩‍👩‍👧‍👦👍🏽🇰🇷 \x00\x7f\x85\u2028\ufeff\ufffe\U0010ffff")
@example(text="q\u0303\u0323 각 ｶﾞ ß İ \r\n\r \n\t")
def test_text_comes_back_from_bytes_as_it_was(name, text):
    corpus = made(name)
    expected = unicodedata.normalize("NFC", text) if name != "bytes" else text
    found = back(corpus, text)
    # The library's tables of composition may be older or newer than Python's.
    assert found == expected or unicodedata.normalize("NFC", found) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("name", ["bpe:300", "unigram:80", "whitespace", "characters", "bytes"])
def test_the_text_that_was_trained_on_comes_back(name):
    for text in TEXTS[:4]:
        assert back(made(name), text) == (" ".join(text.split()) if name == "whitespace" else text)


def test_words_get_blanks_where_words_have_them():
    assert back(made("words"), TEXTS[0]) == "the cat sat on the mat didn't it"
    assert back(made("words"), TEXTS[2]) == TEXTS[2]
    assert back(made("words"), "the dog sat") == f"the {UNKNOWN} sat"


def test_a_character_that_lies_in_several_tokens_comes_out_whole():
    corpus = corpus_of("bpe:257")  # bytes alone
    ids = corpus.vocabulary.known_ids(corpus.tokenizer.tokens("영😀"))
    assert len(ids) == 7
    detokenizer = Detokenizer(corpus.tokenizer, corpus.vocabulary)
    assert detokenizer.text(ids) == "영😀"
    assert detokenizer.text(ids[:2]) == "\ufffd"
    assert detokenizer.text([corpus.end_of_text, *ids, corpus.end_of_text]) == "영😀"
    assert detokenizer.text([]) == ""


def test_bytes_that_are_not_utf8_are_marked():
    corpus = made("bytes")
    assert Detokenizer(corpus.tokenizer, corpus.vocabulary).text([0x61, 0xFF, 0x62]) == "a\ufffdb"


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (["The", "cat", ",", "it", "sat", "(", "there", ")", "."], "The cat, it sat (there)."),
        (["¿", "Qué", "?", "“", "Nada", "”", "!"], "¿Qué? “Nada”!"),
        (["나", "는", "간다", "。"], "나 는 간다。"),
        (["東", "京", "は", "Tokyo", "、"], "東京は Tokyo、"),
        (["", "a", "", "b"], "a b"),
    ],
)
def test_lists_of_tokens_are_joined_as_a_text_has_them(tokens, text):
    vocabulary = Vocabulary(list(dict.fromkeys(tokens)))
    assert Detokenizer(None, vocabulary).text(vocabulary.ids(tokens)) == text


def test_phrases_come_apart():
    words = PhraseTokenizer(SplitTokenizer("words"), ["new york", "猫座"])
    vocabulary = Vocabulary(["in", "new_york", "snake_case", "猫座"])
    assert Detokenizer(words, vocabulary).text([0, 1, 2, 3]) == "in new york snake_case 猫座"


def test_a_tokenizer_json_without_a_decoder_is_read_by_its_spelling():
    fields = json.loads(made("bpe:300").tokenizer.to_json(()))
    fields["decoder"] = None
    tokenizer = SubwordTokenizer("t", json.dumps(fields))
    vocabulary = Vocabulary(tokenizer.vocabulary, spelling=Spelling.BYTE_LEVEL)
    ids = vocabulary.known_ids(tokenizer.tokens("영화 😀"))
    assert Detokenizer(tokenizer, vocabulary).text(ids) == "영화 😀"


def test_tokenizers_that_no_text_can_be_made_of_are_refused(tmp_path):
    needs("kiwipiepy")
    for tokenizer in (tokenizer_from_name("kiwi"), given_tokenizer(str.split)):
        with pytest.raises(
            TovecError, match=r"cannot be put together to text again.*; use bpe:4000"
        ) as error:
            build_corpus(Texts(TEXTS), tokenizer, tmp_path, end_of_text=True)
        assert "\n" not in str(error.value)


# The corpus of a language model


@pytest.mark.parametrize(
    ("name", "row"),
    [("words", 0), ("whitespace", 0), ("characters", 0), ("bpe:300", 299), ("bytes", 256)],
)
def test_the_end_of_text_is_a_row_that_counts_documents(name, row):
    corpus = made(name)
    assert corpus.end_of_text == row == corpus.vocabulary.id(END_OF_TEXT)
    assert corpus.vocabulary.counts[row] == corpus.n_documents == len(TEXTS)
    assert row in corpus.vocabulary.special
    assert row not in corpus.ids
    is_open = corpus.tokenizer.vocabulary is None
    assert corpus.vocabulary.unknown == (UNKNOWN if is_open else None)
    counted = [count for place, count in enumerate(corpus.vocabulary.counts.tolist()) if place != row]
    assert sum(counted) == len(corpus.ids) == corpus.n_read


def test_no_token_of_the_text_is_left_out():
    corpus = corpus_of("words", ["a a b", "c a"], rules=VocabularyRules(min_count=2))
    assert corpus.vocabulary.tokens == (END_OF_TEXT, UNKNOWN, "a")
    assert corpus.ids.tolist() == [2, 2, 1, 1, 2]
    assert corpus.vocabulary.counts.tolist() == [2, 2, 3]


def test_special_tokens_and_the_unknown_token_that_are_given_stay():
    rules = VocabularyRules(special_tokens=("<pad>",), unknown="<unk>")
    corpus = corpus_of("words", ["a b"], rules=rules)
    assert corpus.vocabulary.tokens == ("<pad>", END_OF_TEXT, "<unk>", "a", "b")
    rules = VocabularyRules(special_tokens=("a", END_OF_TEXT), unknown=UNKNOWN)  # of a run that goes on
    assert corpus_of("words", ["a b"], rules=rules).vocabulary.tokens == ("a", END_OF_TEXT, UNKNOWN, "b")


def test_lists_of_tokens_have_an_end_too():
    corpus = corpus_of(None, [["a", "b"], ["a"]])
    assert corpus.vocabulary.tokens == (END_OF_TEXT, UNKNOWN, "a", "b")
    assert corpus.vocabulary.counts.tolist() == [2, 0, 2, 1]


def test_a_text_that_spells_the_end_has_it(tmp_path):
    """As files of stories do, which separate them so; Hugging Face's tokenizers see it too."""
    corpus = corpus_of("bpe:300", ["a story", END_OF_TEXT, f"one{END_OF_TEXT}two"])
    documents = [corpus.ids[a:b].tolist() for a, b in zip(corpus.offsets, corpus.offsets[1:], strict=False)]
    assert documents[1] == [corpus.end_of_text]
    assert documents[2].count(corpus.end_of_text) == 1
    assert corpus.vocabulary.counts[corpus.end_of_text] == 3 + 2


def test_held_out_text_of_one_token_has_a_loss():
    corpus = made("words")
    held_out = validation_corpus(Texts(["cat"]), corpus)
    assert held_out.end_of_text == corpus.end_of_text
    assert len(held_out.ids) == 1


def test_streams_are_read_once(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("\n".join(TEXTS), encoding="utf-8")
    corpus = build_corpus(
        Documents((path,)), tokenizer_from_name("bpe:300"), tmp_path / "w", end_of_text=True
    )
    assert corpus.ids.tolist() == made("bpe:300").ids.tolist()


@pytest.mark.parametrize(
    ("name", "spelling", "unknown"),
    [
        ("bpe:300", Spelling.BYTE_LEVEL, None),
        ("unigram:80", Spelling.PIECES, UNKNOWN),
        ("bytes", Spelling.PIECES, None),
    ],
)
def test_a_vocabulary_knows_how_a_closed_tokenizer_spells(tmp_path, name, spelling, unknown):
    vocabulary = build_corpus(Texts(TEXTS), tokenizer_from_name(name), tmp_path).vocabulary
    assert (vocabulary.spelling, vocabulary.unknown, set(vocabulary.special)) == (spelling, unknown, set())
    assert END_OF_TEXT not in vocabulary
    if name == "bpe:300":
        assert {"▁영화", "at"} <= set(vocabulary.readable_tokens)
        assert vocabulary.id(" 영화") == vocabulary.id("▁영화") == vocabulary.id("ĠìĺģíĻĶ")

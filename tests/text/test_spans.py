import functools
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from needs import needs
from tokenizers import Tokenizer, models, pre_tokenizers

from tovec.embedding import Embedding
from tovec.errors import BadText
from tovec.text.spans import SpanFinder, utf16_places
from tovec.text.tokenizers import given_tokenizer, tokenizer_from_name
from tovec.text.vocabulary import Vocabulary

TEXTS = ["the cat sat on the mat", "영화가 재미있다", "the dog 😀 sat on the log, don't"] * 20
NAMES = ("words", "whitespace", "characters", "bytes", "bpe:290", "unigram:60")
NFD = unicodedata.normalize("NFD", "영화 봤다")
HOSTILE = st.lists(
    st.one_of(
        st.text(max_size=5),
        st.sampled_from(
            [
                *TEXTS[:3],
                NFD,
                "😀",
                "👩‍👩‍👧",
                "e\u0301",
                "q\u0303\u0323",
                "\r\n",
                "\u200d",
                "İ",
                "ǅ",
                "’",
                "क़",
                "각",
            ]
        ),
    ),
    max_size=6,
).map("".join)


@functools.cache
def made(name):
    """A tokenizer and an embedding of what it finds in TEXTS; a few tokens are left out of it."""
    tokenizer = tokenizer_from_name(name)
    if not hasattr(tokenizer, "tokens"):
        tokenizer = tokenizer.train(TEXTS)
    tokens = tokenizer.vocabulary
    if tokens is None:
        tokens = list(dict.fromkeys(token for text in TEXTS for token in tokenizer.tokens(text)))[::2]
    return Embedding.random(tokens, 2, tokenizer=tokenizer)


def found(embedding, text):
    return finder(embedding).spans(text)


@functools.cache
def finder(embedding):
    return SpanFinder(embedding.tokenizer, embedding.vocabulary)


def pieces(name, text):
    return [(text[span.start : span.end], span.token) for span in found(made(name), text)]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30)
@given(text=HOSTILE)
@example(text=NFD + "😀 cat e\u0301")
def test_tokens_and_ids_are_the_embeddings_and_places_go_forward(name, text):
    embedding = made(name)
    spans = found(embedding, text)
    assert [span.token for span in spans] == embedding.tokenize(text)
    assert [span.id for span in spans] == [embedding.vocabulary.get(span.token) for span in spans]
    assert [span.id for span in spans if span.id is not None] == embedding.encode(text).tolist()
    for span in spans:
        assert 0 <= span.start <= span.end <= len(text)
    starts = [span.start for span in spans]
    assert starts == sorted(starts)


@settings(max_examples=40)
@given(text=HOSTILE)
def test_a_words_span_is_cut_into_that_word_alone(text):
    """The oracle is the tokenizer itself, asked for the span as if it were all the text."""
    tokenizer = made("whitespace").tokenizer
    for span in found(made("whitespace"), text):
        assert tokenizer.tokens(text[span.start : span.end]) == [span.token]


@settings(max_examples=40)
@given(text=HOSTILE)
def test_bytes_share_the_span_of_their_character(text):
    expected = [character for character in text for _ in character.encode()]
    assert [part for part, _ in pieces("bytes", text)] == expected


def test_decomposed_hangul_is_covered_whole():
    assert unicodedata.normalize("NFC", NFD) != NFD
    assert [(unicodedata.normalize("NFC", part), token) for part, token in pieces("words", NFD)] == [
        ("영화", "영화"),
        ("봤다", "봤다"),
    ]
    assert "".join(part for part, _ in pieces("characters", NFD)) == NFD


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("words", "The cat, don’t!", [("The", "the"), ("cat", "cat"), ("don’t", "don't")]),
        ("words", "a e\u0301te\u0301.", [("a", "a"), ("e\u0301te\u0301", "été")]),
        ("whitespace", " a,\r\n\u3000b ", [("a,", "a,"), ("b", "b")]),
        ("characters", "q\u0303 😀", [("q", "q"), ("\u0303", "\u0303"), (" ", " "), ("😀", "😀")]),
        ("bytes", "가a", [("가", "<0xEA>"), ("가", "<0xB0>"), ("가", "<0x80>"), ("a", "<0x61>")]),
    ],
)
def test_each_token_covers_what_it_was_made_from(name, text, expected):
    assert pieces(name, text) == expected


def test_subword_spans_cover_the_text():
    for name in ("bpe:290", "unigram:60"):
        text = "cat sat on the log"
        covered = {at for span in found(made(name), text) for at in range(span.start, span.end)}
        assert covered == set(range(len(text)))


def test_the_unknown_token_is_there_but_not_known():
    library = Tokenizer(models.WordLevel({"[UNK]": 0, "the": 1}, unk_token="[UNK]"))
    library.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    embedding = Embedding.random(["[UNK]", "the"], 2, tokenizer=given_tokenizer(library))
    spans = found(embedding, "the ✓")
    assert [(span.token, span.id, span.known) for span in spans][-1] == ("[UNK]", 0, False)
    assert spans[0].known
    vocabulary = Vocabulary(["<unk>", "cat"], unknown="<unk>")
    spans = SpanFinder(tokenizer_from_name("words"), vocabulary).spans("cat dog")
    assert [(span.token, span.id, span.known) for span in spans] == [("cat", 1, True), ("dog", 0, False)]
    spans = SpanFinder(tokenizer_from_name("words"), Vocabulary(["cat"])).spans("cat dog")
    assert [(span.token, span.id, span.known) for span in spans] == [("cat", 0, True), ("dog", None, False)]


def test_morphemes_lie_where_kiwi_found_them():
    needs("kiwipiepy")
    tokenizer = tokenizer_from_name("kiwi")
    for text in ("😀 영화를 봤다", unicodedata.normalize("NFD", "😀 영화를 봤다")):
        spans = SpanFinder(tokenizer, Vocabulary(["영화"])).spans(text)
        assert [span.token for span in spans] == tokenizer.tokens(text)
        covered = [unicodedata.normalize("NFC", text[span.start : span.end]) for span in spans]
        assert covered == ["😀", "영화", "를", "봤", "봤", "다"]
        assert [span.id for span in spans] == [None, 0, None, None, None, None]


def test_a_tokenizer_of_someones_own_is_searched_for():
    class Shouting:
        name, settings, vocabulary = "shouting", {}, None

        def tokens(self, text):
            return [word if word != "b" else "BE" for word in text.split()]

        def to_json(self, tokens, unknown=None):
            return None

    spans = SpanFinder(Shouting(), Vocabulary(["a"])).spans("a b  cc")
    assert [(span.start, span.end, span.token) for span in spans] == [(0, 1, "a"), (1, 1, "BE"), (5, 7, "cc")]


def test_text_with_a_lone_surrogate_is_refused():
    with pytest.raises(BadText, match="not a character"):
        found(made("words"), "a \ud800")


@given(st.text())
def test_utf16_places_are_those_of_the_encoded_text(text):
    expected = [len(text[:at].encode("utf-16-le")) // 2 for at in range(len(text) + 1)]
    assert utf16_places(text).tolist() == expected

"""Saved and opened again, an embedding makes the same ids of a text as before."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import needs

import tovec
from tovec.errors import BadText, CannotSave, EmptyCorpus, TovecError
from tovec.text.tokenizers import tokenizer_from_name
from tovec.text.tokenizers.bytes import ByteTokenizer
from tovec.text.tokenizers.phrases import PhraseTokenizer
from tovec.text.tokenizers.splitting import SplitTokenizer

ODD = [
    *(
        "New York",
        "cat",
        "Cat",
        "don't",
        "l’homme",
        "3.14",
        "",
        "_",
        "new_york",
        "[UNK]",
        "[UNK1]",
        " a",
        "a ",
    ),
    *("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8", "é", "e\u0301", "É", "İ", "ß", "ſ", "…", "東京"),
    *("a\u200db", "\ud800", "\udc80", "\n", "\u2028", "<id 0>"),
]
tokens_of_any_kind = st.lists(
    st.one_of(st.text(max_size=6), st.sampled_from(ODD)), min_size=1, max_size=6, unique=True
)
texts = st.lists(st.one_of(st.text(max_size=6), st.sampled_from(ODD)), max_size=6).map(" ".join)


class OwnTokenizer:
    """A tokenizer that somebody else has written, of a kind that nothing here knows."""

    name = "theirs"
    vocabulary = None

    @property
    def settings(self):
        return {"name": "theirs", "what": 3}

    def tokens(self, text):
        return SplitTokenizer("whitespace").tokens(text)

    def to_json(self, tokens, unknown=None):
        return SplitTokenizer("whitespace").to_json(tokens, unknown)


def random(tokens, tokenizer, unknown=None):
    return tovec.Embedding.random(tovec.Vocabulary(tokens, unknown=unknown), 2, tokenizer=tokenizer)


def trained_on(name, tokens, text):
    tokenizer = tokenizer_from_name(name).train([text, *tokens, "abc abcd"])
    return random(tokenizer.vocabulary, tokenizer)


KINDS = {
    "the simplest": lambda tokens, text: random(tokens, None),
    "none": lambda tokens, text: tovec.Embedding(tokens, np.zeros((len(tokens), 2))),
    "words": lambda tokens, text: random(tokens, SplitTokenizer("words")),
    "words as they are": lambda tokens, text: random(tokens, SplitTokenizer("words", lowercase=False)),
    "white space": lambda tokens, text: random(tokens, SplitTokenizer("whitespace")),
    "white space, lower": lambda tokens, text: random(tokens, SplitTokenizer("whitespace", lowercase=True)),
    "characters": lambda tokens, text: random(tokens, SplitTokenizer("characters")),
    "characters, lower": lambda tokens, text: random(tokens, SplitTokenizer("characters", lowercase=True)),
    "phrases": lambda tokens, text: random(tokens, PhraseTokenizer(SplitTokenizer("words"), ["new york"])),
    "unknown": lambda tokens, text: random(tokens, None, unknown=tokens[0]),
    "bytes": lambda tokens, text: random(ByteTokenizer().vocabulary, ByteTokenizer()),
    "bpe": lambda tokens, text: trained_on("bpe:265", tokens, text),
    "unigram": lambda tokens, text: trained_on("unigram:30", tokens, text),
    "somebody's own": lambda tokens, text: random(tokens, OwnTokenizer()),
}


def ids_or_error(embedding, text):
    try:
        return embedding.encode(text).tolist()
    except TovecError as error:
        return str(error)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(tokens_of_any_kind, texts)
def test_a_text_has_the_same_ids_after_saving_and_opening(kind, tokens, text):
    try:
        before = KINDS[kind](tokens, text)
    except (EmptyCorpus, BadText):  # nothing to train a tokenizer on, or bytes that are no text
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            before.save(Path(folder) / "saved")
        except CannotSave as error:
            assert "surrogate" in str(error)
            return
        after = tovec.open(Path(folder) / "saved")
        assert ids_or_error(after, text) == ids_or_error(before, text)
        assert after.vocabulary.tokens == before.vocabulary.tokens
        assert after.vocabulary.unknown == before.vocabulary.unknown


@pytest.mark.parametrize("phrases", [0, 1])
@pytest.mark.parametrize("lowercase", [None, True, False])
@pytest.mark.parametrize("name", ["words", "whitespace"])
def test_a_trained_table_has_the_same_ids_after_saving_and_opening(tmp_path, name, lowercase, phrases):
    settings = {"dim": 2, "epochs": 1, "min_count": 1, "sample": 0, "phrase_threshold": 0.1}
    trained = tovec.train(
        ["New York is big", "The cat sat in New York"] * 20,
        **{"tokenizer": name, "lowercase": lowercase, "phrases": phrases, **settings},
    )
    opened = tovec.open(trained.save(tmp_path / "saved"))
    for text in ("new york is the CAT", "New York, the Cat; in_new_york", ""):
        assert opened.tokenize(text) == trained.tokenize(text)
        assert opened.encode(text).tolist() == trained.encode(text).tolist()


def test_korean_morphemes_have_the_same_ids_after_saving_and_opening(tmp_path):
    needs("kiwipiepy")
    texts = ["영화를 봤다", "영화가 재미있다"] * 20
    trained = tovec.train(texts, tokenizer="kiwi", dim=2, epochs=1, min_count=1, sample=0)
    opened = tovec.open(trained.save(tmp_path / "saved"))
    assert opened.encode(texts[0]).tolist() == trained.encode(texts[0]).tolist() != []

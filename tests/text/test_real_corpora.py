"""Real text, English and Korean, read as Hugging Face reads it and counted as plain Python counts it."""

import collections
import itertools
import unicodedata

import pytest
from needs import shared_data
from tokenizers import Tokenizer

from tovec.text.corpus import build_corpus
from tovec.text.documents import Documents
from tovec.text.in_memory import Texts
from tovec.text.tokenizers import tokenizer_from_name

N_LINES = 8_000


@pytest.mark.slow
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("name", ["corpora/english-novels.txt", "corpora/korean-reviews.txt"])
def test_ids_of_real_text_are_those_of_the_saved_tokenizer_json(name, form, tmp_path):
    with shared_data(name).open(encoding="utf-8") as file:
        texts = [
            unicodedata.normalize(form, line) for line in itertools.islice(file, N_LINES) if line.strip()
        ]
    tokenizer = tokenizer_from_name("words")
    corpus = build_corpus(Texts(texts), tokenizer, tmp_path)
    saved = Tokenizer.from_str(tokenizer.to_json(corpus.vocabulary.tokens))
    ids = [
        row for encoding in saved.encode_batch_fast(texts, add_special_tokens=False) for row in encoding.ids
    ]
    assert corpus.ids.tolist() == ids


@pytest.mark.slow
@pytest.mark.parametrize("name", ["corpora/english-novels.txt", "corpora/korean-reviews.txt"])
def test_white_space_tokens_of_a_whole_corpus_are_counted_as_by_python(name, tmp_path):
    path = shared_data(name)
    corpus = build_corpus(Documents((path,)), tokenizer_from_name("whitespace"), tmp_path)
    counts = collections.Counter(unicodedata.normalize("NFC", path.read_text(encoding="utf-8")).split())
    found = dict(zip(corpus.vocabulary.tokens, corpus.vocabulary.counts.tolist(), strict=True))
    different = {token for token in {*found, *counts} if found.get(token) != counts.get(token)}
    # Python's white space has four separators (U+001C to U+001F) that Unicode's has not.
    assert not {token for token in different if not set(token) & set("\x1c\x1d\x1e\x1f")}

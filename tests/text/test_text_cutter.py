"""Texts cut together have the rows that each has by itself, whichever way they are cut."""

import copy
import pickle
import random
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tovec.errors import BadText
from tovec.text import text_cutter
from tovec.text.text_cutter import TextCutter, in_batches
from tovec.text.tokenizers import FunctionTokenizer
from tovec.text.tokenizers.bytes import ByteTokenizer
from tovec.text.tokenizers.splitting import KINDS, SplitTokenizer
from tovec.text.tokenizers.subwords import SubwordRecipe
from tovec.text.vocabulary import Vocabulary

ODD = [
    *("a", "the", "Cat's", "영화", "영화", "é", "é", "́", "日", "7", "!", "’", "[UNK]", "_", "3.14"),
    *(" ", " ", "  ", "\t", "\n", "\r\n", "\x1c", "\x85", "\xa0", "\u3000", "\u200b", "ﬁ", "İ", "\x00", "🙂"),
]
WORDS = ["the", "cat", "sat", "영화를", "봤다.", "CAT", "Don’t", "dog"]


def some_texts(n=300):
    generator = random.Random(0)
    odd = ["".join(generator.choices(ODD, k=generator.randrange(12))) for _ in range(n)]
    return [*odd, *(" ".join(generator.choices(WORDS, k=generator.randrange(9))) for _ in range(n))]


TEXTS = some_texts()
CLOSED = [SubwordRecipe.from_name(name, lowercase=False).train(TEXTS) for name in ("bpe:400", "unigram:60")]
TOKENIZERS = [
    *(SplitTokenizer(kind) for kind in KINDS),
    *CLOSED,
    ByteTokenizer(),
    FunctionTokenizer(lambda text: text.split("a")),
]
WAYS = [
    pytest.param(tokenizer, way, id=f"{tokenizer.name} {way}")
    for tokenizer in TOKENIZERS
    for way in ("as it comes", "word by word", "whole", "scanned")
    if way != "scanned" or isinstance(tokenizer, SplitTokenizer)
]


def vocabulary_of(tokenizer, unknown=None):
    if tokenizer.vocabulary is not None:
        return Vocabulary(tokenizer.vocabulary, unknown="[UNK]" if "[UNK]" in tokenizer.vocabulary else None)
    tokens = dict.fromkeys(token for text in TEXTS[::2] for token in tokenizer.tokens(text))
    return Vocabulary([*dict.fromkeys([*([] if unknown is None else [unknown]), *tokens])], unknown=unknown)


def rows_of_each(cut, n_tokens):
    """Return the rows of each text, unknown tokens by their names."""
    ends = np.cumsum(cut.unit_lengths)
    units = [cut.rows[end - n : end].tolist() for end, n in zip(ends, cut.unit_lengths, strict=True)]
    named = [[row if row < n_tokens else cut.unknown[row - n_tokens] for row in unit] for unit in units]
    ends = np.cumsum(cut.lengths)
    return [
        [row for unit in cut.units[end - n : end] for row in named[unit]]
        for end, n in zip(ends, cut.lengths, strict=True)
    ]


def expected(tokenizer, vocabulary, texts, keeps_unknown=False):
    skipped = None if vocabulary.unknown is None else vocabulary.id(vocabulary.unknown)
    found = []
    for text in texts:
        named = [(name, vocabulary.find_exactly([name])[0]) for name in tokenizer.tokens(text)]
        found.append(
            [
                int(row) if row >= 0 else name
                for name, row in named
                if row != skipped and (row >= 0 or (keeps_unknown and name not in vocabulary))
            ]
        )
    return found


@pytest.mark.parametrize("keeps_unknown", [False, True])
@pytest.mark.parametrize(("tokenizer", "way"), WAYS)
def test_rows_are_those_of_each_text_by_itself(tokenizer, way, keeps_unknown, monkeypatch):
    monkeypatch.setattr(TextCutter, "_should_scan", way == "scanned")
    if way in ("word by word", "whole"):
        monkeypatch.setattr(TextCutter, "_repeats_words", lambda cutter, split, texts: way == "word by word")
    vocabulary = vocabulary_of(tokenizer, unknown="[UNK]" if way == "whole" else None)
    cutter = TextCutter(tokenizer, vocabulary, keeps_unknown)
    for texts in ([], [""], TEXTS[:1], TEXTS, TEXTS[:5], TEXTS[::-1]):  # what it has learned changes nothing
        found = rows_of_each(cutter.cut(texts), len(vocabulary))
        assert found == expected(tokenizer, vocabulary, texts, keeps_unknown)


def test_forgetting_words_changes_nothing(monkeypatch):
    monkeypatch.setattr(text_cutter, "MAX_KNOWN", 3)
    tokenizer = SplitTokenizer("words")
    vocabulary = vocabulary_of(tokenizer)
    for scans in (False, True):
        monkeypatch.setattr(TextCutter, "_should_scan", scans)
        cutter = TextCutter(tokenizer, vocabulary, keeps_unknown=True)
        for start in range(0, len(TEXTS), 50):
            texts = TEXTS[start : start + 50]
            assert rows_of_each(cutter.cut(texts), len(vocabulary)) == expected(
                tokenizer, vocabulary, texts, keeps_unknown=True
            )


def test_the_compiled_scanner_is_loaded_after_so_many_bytes_not_characters(monkeypatch):
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    monkeypatch.setattr(TextCutter, "_has_kernels", True)
    monkeypatch.setattr(TextCutter, "_scanned", lambda cutter, encoded: encoded)
    monkeypatch.setattr(text_cutter, "_SCANNED_FROM", 15)
    cutter = TextCutter(SplitTokenizer("words"), Vocabulary(["the", "cat"]), keeps_unknown=False)
    assert rows_of_each(cutter.cut(["the cat"]), 2) == [[0, 1]]  # 7 bytes
    assert cutter.cut(["영화를"]) == ["영화를".encode()]  # 3 characters, 9 bytes


def test_any_thread_may_ask():
    tokenizer = CLOSED[0]
    cutter = TextCutter(tokenizer, vocabulary_of(tokenizer), keeps_unknown=False)
    batches = [TEXTS[start : start + 20] for start in range(0, len(TEXTS), 20)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda texts: rows_of_each(cutter.cut(texts), len(cutter.vocabulary)), batches))
    assert found == [expected(tokenizer, cutter.vocabulary, texts) for texts in batches]


def test_rows_without_names_and_names_that_are_no_text_are_cut_too():
    tokenizer = SplitTokenizer("words")
    texts = ["the cat sat <id 3>"] * 100
    numbered = Vocabulary.from_ids({"the": 0, "sat": 1}, 10**9)
    assert rows_of_each(TextCutter(tokenizer, numbered, False).cut(texts), 10**9) == [[0, 1]] * 100
    no_text = Vocabulary(["\udcff", "cat"])
    assert rows_of_each(TextCutter(tokenizer, no_text, False).cut(texts), 2) == [[1]] * 100


def test_lone_surrogate_is_one_error_whichever_way():
    for tokenizer in (SplitTokenizer("words"), CLOSED[0]):
        cutter = TextCutter(tokenizer, vocabulary_of(tokenizer), keeps_unknown=False)
        with pytest.raises(BadText, match=r"U\+DCFF at character 4"):
            cutter.cut(["fine", "bad \udcff"])


def test_pickle_and_copy_have_learned_nothing_and_cut_alike():
    cutter = TextCutter(SplitTokenizer("words"), Vocabulary(["the", "cat"]), keeps_unknown=False)
    cutter.cut(TEXTS)
    assert len(pickle.dumps(cutter)) < 1000
    for other in (pickle.loads(pickle.dumps(cutter)), copy.deepcopy(cutter)):
        assert rows_of_each(other.cut(["the cat"]), 2) == [[0, 1]]


def test_batches_keep_the_order_and_read_no_further_than_needed():
    read = iter(["a", "bb", "cccc", "d", "e", "f"])
    batches = in_batches(read, n_texts=3, n_characters=5)
    assert next(batches) == ["a", "bb", "cccc"] and next(read) == "d"
    assert list(batches) == [["e", "f"]]
    assert list(in_batches(["aaaaaa", "b", "c"], 2, 5)) == [["aaaaaa"], ["b", "c"]]
    assert list(in_batches([], 2, 5)) == []

"""From text to ids: corpus.py, corpus_files.py, scanning.py, vocabulary_rules.py, kernels.py."""

import collections
import random
import subprocess
import sys
import textwrap
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import needs
from tokenizers import Tokenizer

from tovec.errors import EmptyCorpus, TovecError
from tovec.text.corpus import VocabularyRules, build_corpus
from tovec.text.documents import Documents
from tovec.text.in_memory import Texts, TokenLists
from tovec.text.scanning import SplitScanner, TokenTable
from tovec.text.tokenizers import given_tokenizer, tokenizer_from_name
from tovec.text.tokenizers.characters import disputed
from tovec.text.tokenizers.splitting import SplitTokenizer

# Characters in which tokenizers differ: case, marks, jamo, kana, apostrophes, points, joiners, spaces.
NASTY = (
    "aBéZİıſßΣς’',.-_1२٣²½ⅫǅＡ영각ㅋ東カガﾞ゙ーー々〆"
    "\u200d\u200c\u0301\u0334\u0345😀👨\u1680\u2028\x1c\x85 \t\r\n"
)
nasty_texts = st.lists(
    st.text(
        st.one_of(st.sampled_from(NASTY), st.sampled_from(sorted(disputed())), st.characters(codec="utf-8")),
        max_size=20,
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("corpus")


def documents_of(corpus):
    tokens = corpus.vocabulary.tokens
    return [
        [tokens[row] for row in corpus.ids[start:stop]]
        for start, stop in zip(corpus.offsets[:-1], corpus.offsets[1:], strict=True)
    ]


@pytest.mark.parametrize("name", ["words", "whitespace", "characters"])
@pytest.mark.parametrize("lowercase", [True, False])
@given(texts=nasty_texts)
@settings(max_examples=150)
def test_ids_are_those_of_the_saved_tokenizer_json(folder, name, lowercase, texts):
    tokenizer = tokenizer_from_name(name, lowercase=lowercase)
    try:
        corpus = build_corpus(Texts(texts), tokenizer, folder, threads=1)
    except EmptyCorpus:
        assert not any(tokenizer.tokens(text) for text in texts if text.strip(" \t\n\r\v\f"))
        return
    saved = Tokenizer.from_str(tokenizer.to_json(corpus.vocabulary.tokens))
    expected = [saved.encode(text).ids for text in texts if text.strip(" \t\n\r\v\f")]
    assert [
        corpus.ids[a:b].tolist() for a, b in zip(corpus.offsets, corpus.offsets[1:], strict=False)
    ] == expected


@pytest.mark.parametrize("name", ["bytes", "bpe:290", "unigram:60", "kiwi"])
def test_ids_of_other_tokenizers_are_theirs_too(tmp_path, name):
    if name == "kiwi":
        needs("kiwipiepy")
    texts = ["영화가 재미있다. 영화를 봤다", "the cat sat on the mat", "the [UNK] dog"] * 10
    corpus = build_corpus(Texts(texts), tokenizer_from_name(name), tmp_path)
    assert documents_of(corpus) == [corpus.tokenizer.tokens(text) for text in texts]
    counts = collections.Counter(token for document in documents_of(corpus) for token in document)
    assert dict(zip(corpus.vocabulary.tokens, corpus.vocabulary.counts.tolist(), strict=True)) == {
        token: counts[token] for token in corpus.vocabulary.tokens
    }


def test_counts_and_documents_are_those_of_plain_python(tmp_path):
    path = tmp_path / "text.txt"
    lines = [" ".join(random.Random(i).choices(["a", "b", "c", "d", "e"], k=i % 7)) for i in range(500)]
    path.write_text("\n".join(lines))
    corpus = build_corpus(Documents((path,)), tokenizer_from_name("whitespace"), tmp_path / "work")
    counts = collections.Counter(" ".join(lines).split())
    order = sorted(counts, key=lambda token: (-counts[token], token))
    assert list(corpus.vocabulary.tokens) == order
    assert corpus.vocabulary.counts.tolist() == [counts[token] for token in order]
    assert documents_of(corpus) == [line.split() for line in lines if line]
    assert corpus.ids.dtype == np.int32
    assert corpus.offsets.dtype == np.int64


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("document", ["line", "file"])
def test_threads_and_cuts_do_not_change_the_result(tmp_path, monkeypatch, threads, document):
    """Chunks of a few bytes: many workers' tables, documents in many pieces."""
    chunks = Documents.chunks
    monkeypatch.setattr(Documents, "chunks", lambda self, **how: chunks(self, chunk_bytes=64, **how))
    text = "\n".join(
        f"the cat{i % 50} sat on {unicodedata.normalize('NFD', '영화')} mat{i}" for i in range(400)
    )
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in paths:
        path.write_text(text, encoding="utf-8")
    documents = Documents(tuple(paths), document=document)
    corpus = build_corpus(documents, tokenizer_from_name("words"), tmp_path / "work", threads=threads)
    whole = unicodedata.normalize("NFC", text)
    one = [whole.split()] if document == "file" else [line.split() for line in whole.split("\n")]
    assert documents_of(corpus) == one * 2


def test_tokens_left_out_vanish_or_become_the_unknown_token(tmp_path):
    texts = ["a a b a rare a", "rare2 b a"]
    closed_up = build_corpus(
        Texts(texts), tokenizer_from_name("words"), tmp_path, VocabularyRules(min_count=2)
    )
    assert documents_of(closed_up) == [["a", "a", "b", "a", "a"], ["b", "a"]]
    assert closed_up.n_read == 9
    rules = VocabularyRules(min_count=2, special_tokens=("<s>",), unknown="<unk>")
    mapped = build_corpus(Texts(texts), tokenizer_from_name("words"), tmp_path, rules)
    assert mapped.vocabulary.tokens == ("<s>", "<unk>", "a", "b")
    assert mapped.vocabulary.counts.tolist() == [0, 2, 5, 2]
    assert documents_of(mapped) == [["a", "a", "b", "a", "<unk>", "a"], ["<unk>", "b", "a"]]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("kind", ["words", "function", "lists of tokens"])
def test_min_count_can_be_chosen_by_the_counts_of_all_tokens(tmp_path, kind, threads):
    texts = ["a a b a rare a", "rare2 b a"]
    asked = []

    def half_of_the_most(counts):
        asked.append(sorted(counts.tolist()))
        return int(counts.max()) // 2

    documents = TokenLists([text.split() for text in texts]) if kind == "lists of tokens" else Texts(texts)
    tokenizers = {"words": tokenizer_from_name("words"), "function": given_tokenizer(str.split)}
    corpus = build_corpus(
        documents, tokenizers.get(kind), tmp_path, choose_min_count=half_of_the_most, threads=threads
    )
    assert asked == [[1, 1, 2, 5]]
    assert corpus.min_count == 2
    assert documents_of(corpus) == [["a", "a", "b", "a", "a"], ["b", "a"]]


def test_min_count_is_not_chosen_for_a_tokenizer_that_brings_its_vocabulary(tmp_path):
    def never(counts):
        raise AssertionError("asked")

    corpus = build_corpus(Texts(["a cat"]), tokenizer_from_name("bytes"), tmp_path, choose_min_count=never)
    assert corpus.min_count == 1
    assert len(corpus.ids) == 5


def test_an_empty_corpus_says_what_is_missing(tmp_path):
    words = tokenizer_from_name("words")
    with pytest.raises(EmptyCorpus, match="the input holds no text"):
        build_corpus(Texts(["", " \n"]), words, tmp_path)
    with pytest.raises(EmptyCorpus, match="the input holds no tokens for tokenizer 'words'"):
        build_corpus(Texts(["…", "—"]), words, tmp_path)
    with pytest.raises(
        EmptyCorpus,
        match=r"no token occurs 5 times.* 'sat', 2 times; use more text or a `min_count` of 2 or less",
    ):
        build_corpus(Texts(["a cat sat", "the dog sat"]), words, tmp_path, VocabularyRules(min_count=5))


def test_replaced_bytes_are_counted(tmp_path):
    (tmp_path / "bad.txt").write_bytes(b"a cat \xff sat\n\xfe\xfe mat\n")
    documents = Documents((tmp_path / "bad.txt",), errors="replace")
    assert build_corpus(documents, tokenizer_from_name("whitespace"), tmp_path / "w").n_replaced == 3


def test_standard_input_is_read_once_and_a_recipe_needs_it_twice(tmp_path, monkeypatch):
    import io

    text = "the cat sat on the mat\n" * 30

    class Stdin:
        buffer = io.BytesIO(text.encode())

    monkeypatch.setattr(sys, "stdin", Stdin)
    corpus = build_corpus(Documents(("-",)), tokenizer_from_name("words"), tmp_path)
    assert documents_of(corpus) == [line.split() for line in text.splitlines()]
    Stdin.buffer = io.BytesIO(text.encode())
    corpus = build_corpus(Documents(("-",)), tokenizer_from_name("bpe:270"), tmp_path)
    assert documents_of(corpus) == [corpus.tokenizer.tokens(line) for line in text.splitlines()]
    once = (line for line in text.splitlines())
    corpus = build_corpus(Texts(once), tokenizer_from_name("bpe:270"), tmp_path)
    assert corpus.n_documents == 30
    assert {path.name for path in tmp_path.iterdir()} == {"ids.i32", "offsets.i64"}


@pytest.mark.parametrize("name", ["bytes", "bpe:270"])
@pytest.mark.parametrize("rules", [{"max_size": 9}, {"special_tokens": ("<s>",)}, {"unknown": "<unk>"}])
def test_rules_that_a_closed_vocabulary_would_ignore_are_refused(tmp_path, name, rules):
    with pytest.raises(TovecError, match=f"tokenizer '{name}' brings its own vocabulary"):
        build_corpus(Texts(["a cat"]), tokenizer_from_name(name), tmp_path, VocabularyRules(**rules))


def test_any_object_with_tokens_can_be_a_tokenizer(tmp_path):
    class Commas:
        name = "commas"
        settings = {"name": "commas"}  # noqa: RUF012
        vocabulary = None

        def tokens(self, text):
            return text.split(",")

        def to_json(self, tokens, unknown=None):
            return None

    corpus = build_corpus(Texts(["a,b c,a", "b c,"]), Commas(), tmp_path)
    assert documents_of(corpus) == [["a", "b c", "a"], ["b c", ""]]


@given(st.lists(st.lists(st.text("abc가", min_size=1, max_size=30)), min_size=2, max_size=2))
def test_tables_that_grow_and_absorb_hold_what_a_counter_holds(token_lists):
    tables = []
    for tokens in token_lists:
        scanner = SplitScanner(SplitTokenizer("whitespace"))
        scanner.table = TokenTable(1, 8)
        for chunk in Texts([" ".join(tokens)]).chunks():
            ids, _ = scanner.scan(chunk)
            assert scanner.table.tokens(ids) == tokens
        tables.append(scanner.table)
    rows = tables[0].absorb(tables[1])
    found = tables[0].tokens(range(tables[0].n_tokens))
    counts = tables[0].counts[: len(found)].tolist()
    assert dict(zip(found, counts, strict=True)) == collections.Counter(token_lists[0] + token_lists[1])
    assert [found[row] for row in rows] == tables[1].tokens(range(tables[1].n_tokens))


MEMORY = textwrap.dedent("""
    import resource, sys
    from pathlib import Path
    from tovec.text.corpus import build_corpus
    from tovec.text.documents import Documents
    from tovec.text.tokenizers import tokenizer_from_name

    def anonymous():
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("RssAnon"):
                return int(line.split()[1]) / 1024

    peak = 0
    def on_read(n):
        global peak
        peak = max(peak, anonymous())

    inputs = (sys.argv[1],) * int(sys.argv[2])
    corpus = build_corpus(
        Documents(inputs), tokenizer_from_name("words"), Path(sys.argv[3]), threads=2, on_read=on_read
    )
    print(max(peak, anonymous()), len(corpus.ids))
""")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/status")
def test_anonymous_memory_stays_flat_while_text_grows(tmp_path):
    text = tmp_path / "text.txt"
    words = [f"word{i}" for i in range(20_000)]
    chosen = random.Random(0).choices(words, k=1_200_000)
    text.write_text("\n".join(" ".join(chosen[i : i + 12]) for i in range(0, len(chosen), 12)))  # 11 MB

    def peak(times):
        arguments = [sys.executable, "-c", MEMORY, str(text), str(times), str(tmp_path / "work")]
        output = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.split()
        assert int(output[1]) == times * 1_200_000
        return float(output[0])

    small, large = peak(1), peak(12)
    assert large < 1.15 * small + 20, f"{small:.0f} MB for 11 MB of text, {large:.0f} MB for 130 MB"


def test_errors_of_the_text_come_through_from_the_threads(tmp_path):
    (tmp_path / "bad.txt").write_bytes(b"a cat\nsat \xff\n")
    with pytest.raises(TovecError, match=r"bad\.txt: byte 0xff at offset 10"):
        build_corpus(Documents((tmp_path / "bad.txt",)), tokenizer_from_name("words"), tmp_path / "work")

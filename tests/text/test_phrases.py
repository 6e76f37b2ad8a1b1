"""Phrases: phrases.py, apply_phrases.py, phrase_kernels.py and tokenizers/phrases.py."""

import collections
import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import needs, shared_data
from tokenizers import Tokenizer

import tovec
from tovec.embedding import Embedding
from tovec.errors import BadSetting, BadSource, EmptyCorpus, TovecError
from tovec.text import phrases as learning
from tovec.text.corpus import VocabularyRules, build_corpus
from tovec.text.documents import Documents
from tovec.text.in_memory import Texts
from tovec.text.phrases import PhraseRules, PhraseTree
from tovec.text.spans import SpanFinder
from tovec.text.tokenizers import tokenizer_from_name, tokenizer_from_settings
from tovec.text.tokenizers.characters import disputed
from tovec.text.tokenizers.phrases import PhraseTokenizer
from tovec.text.tokenizers.splitting import SplitTokenizer
from tovec.text.vocabulary import Vocabulary

NEW_YORK = ["I saw New York.", "New   York is big", "new\nYORK, new car", "we saw york", "big car"]


def documents_of(corpus):
    tokens = corpus.vocabulary.tokens
    return [
        [tokens[row] for row in corpus.ids[start:stop]]
        for start, stop in zip(corpus.offsets[:-1], corpus.offsets[1:], strict=True)
    ]


def corpus_of(texts, folder, passes=1, threshold=0.0, tokenizer="words", **rules):
    made = tokenizer_from_name(tokenizer) if isinstance(tokenizer, str) else tokenizer
    return build_corpus(
        Texts(texts), made, folder, VocabularyRules(**rules), phrases=PhraseRules(passes, threshold)
    )


def test_min_count_is_chosen_by_the_counts_of_words_and_is_the_discount_of_phrases(tmp_path):
    asked = []

    def choose(counts):
        asked.append(sorted(counts.tolist()))
        return 2

    words, rules = tokenizer_from_name("words"), PhraseRules(1, 0.0)
    chosen = build_corpus(Texts(NEW_YORK), words, tmp_path / "a", choose_min_count=choose, phrases=rules)
    given = corpus_of(NEW_YORK, tmp_path / "b", min_count=2)
    assert asked == [[1, 1, 1, 2, 2, 2, 4, 4]]
    assert chosen.min_count == given.min_count == 2
    assert documents_of(chosen) == documents_of(given)
    assert chosen.tokenizer.phrases == given.tokenizer.phrases == ("new york",)


# What is a phrase


def test_a_pair_is_a_phrase_as_the_formula_has_it_by_hand(tmp_path):
    # new 4, york 4, new york 3, of 17 tokens: (3 - 1) / (4 * 4) * 17 = 2.125;
    # no other pair occurs more often than the discount of 1.
    below = corpus_of(NEW_YORK, tmp_path, threshold=2.12)
    assert below.tokenizer.phrases == ("new york",)
    assert documents_of(below) == [
        ["i", "saw", "new_york"],
        ["new_york", "is", "big"],
        ["new_york", "new", "car"],
        ["we", "saw", "york"],
        ["big", "car"],
    ]
    counts = dict(zip(below.vocabulary.tokens, below.vocabulary.counts.tolist(), strict=True))
    assert (counts["new_york"], counts["new"], counts["york"]) == (3, 1, 1)
    assert below.n_read == 14
    above = corpus_of(NEW_YORK, tmp_path, threshold=2.125)  # a score has to be above it
    assert above.tokenizer == tokenizer_from_name("words")
    assert above.n_read == 17


def zipf_sentences(seed, n=400):
    """Return sentences with some pairs that belong together, of words of very different frequency."""
    rng = random.Random(seed)
    words = [f"w{i}" for i in range(60)]
    weights = [1 / (i + 1) for i in range(60)]
    together = {word: f"{word}x" for word in rng.sample(words, 12)}
    return [
        [
            part
            for word in rng.choices(words, weights, k=rng.randint(1, 15))
            for part in ((word, together[word]) if word in together and rng.random() < 0.7 else (word,))
        ]
        for _ in range(n)
    ]


def score_of_the_paper(worda_count, wordb_count, bigram_count, len_vocab, min_count, corpus_word_count):
    return (bigram_count - min_count) / worda_count / wordb_count * corpus_word_count


@pytest.mark.parametrize("threshold", [0.0, 1.0, 4.0, 10.0, 30.0])
@pytest.mark.parametrize("min_count", [1, 5])
def test_the_phrases_of_one_pass_are_gensims(tmp_path, threshold, min_count):
    gensim = needs("gensim.models.phrases")
    sentences = zipf_sentences(1)
    oracle = gensim.Phrases(
        sentences, min_count=min_count, threshold=threshold, scoring=score_of_the_paper, delimiter="_"
    )
    corpus = corpus_of([" ".join(s) for s in sentences], tmp_path, threshold=threshold, min_count=1)
    if min_count == 5:
        words = build_corpus(Texts(map(" ".join, sentences)), tokenizer_from_name("words"), tmp_path)
        found = learned_names(words, threshold, discount=5)
        assert found == set(oracle.export_phrases())
        return
    assert documents_of(corpus) == [list(oracle[sentence]) for sentence in sentences]


@pytest.mark.parametrize("threshold", [1.0, 2.0])
def test_the_phrases_of_two_passes_are_gensims(tmp_path, threshold):
    gensim = needs("gensim.models.phrases")
    sentences = zipf_sentences(5)
    how = {"min_count": 2, "threshold": threshold, "scoring": score_of_the_paper}
    first = gensim.Phrases(sentences, delimiter="_", **how)
    second = gensim.Phrases(first[sentences], delimiter="+", **how)
    words = build_corpus(Texts(map(" ".join, sentences)), tokenizer_from_name("words"), tmp_path)
    found = learned_names(words, threshold, discount=2, passes=2)
    longer = {name.replace("+", "_") for name in second.export_phrases()}
    assert found == set(first.export_phrases()) | longer
    assert any(name.count("_") > 1 for name in found)


def learned_names(corpus, threshold, discount, passes=1):
    words = learning.Words(corpus.ids, corpus.offsets, corpus.vocabulary.counts, 0)
    found = learning.learn_phrases(words, PhraseRules(passes, threshold), discount)
    return {"_".join(corpus.vocabulary.tokens[word] for word in phrase) for phrase in found}


def test_a_second_pass_joins_phrases_to_longer_ones(tmp_path):
    texts = ["the new york city hall", "a new york city hall", "new york", "big new york city hall"] * 3
    texts += ["city hall"] * 3 + ["hall", "city", "york", "new", "the", "a", "big"] * 4
    # "york city" scores (9 - 2) / (16 * 16) * 93 = 2.5 too, but is never left over by "new york".
    one, two = (corpus_of(texts, tmp_path, passes, threshold=2.0, min_count=2) for passes in (1, 2))
    assert one.tokenizer.phrases == ("city hall", "new york")
    assert two.tokenizer.phrases == ("city hall", "new york", "new york city hall")
    assert two.tokenizer.tokens("New York City Hall, New York city") == [
        "new_york_city_hall",
        "new_york",
        "city",
    ]


def test_many_shares_find_what_one_table_finds(tmp_path, monkeypatch):
    texts = [" ".join(sentence) for sentence in zipf_sentences(2)]
    whole = corpus_of(texts, tmp_path / "a", 2, 1.0)
    monkeypatch.setattr(learning, "MAX_SLOTS", 8)
    shared = corpus_of(texts, tmp_path / "b", 2, 1.0)
    assert whole.tokenizer == shared.tokenizer
    assert len(whole.tokenizer.phrases) > 20
    assert whole.ids.tolist() == shared.ids.tolist()


# Where a phrase is found

PARTS = (
    *("a", "b", "A", "a_b", "_", "東", "京", "ｶﾞ", "か\u3099", "3.14", "14", "3", "don't", "t", "don"),
    *(
        "e\u0301",
        "İ",
        "ß",
        "영",
        "ᄋ",
        "ᅧ",
        "α\u0301",
        "[UNK]",
        "x" * 9,
        "\u200d",
        ".",
        "*",
        "(a|b)",
        "\\",
        "$^",
    ),
)
GAPS = (
    *("  ", "\n", "\t", "\r\n", "\u3000", "\xa0", "\u2028", "\x1c", "\x85", "\x00"),
    *[",", ".", "'", "’", "-", "́", "ͅ"],
)
hostile = st.lists(
    st.lists(
        st.one_of(st.sampled_from(PARTS), st.just(" "), st.just(" "), st.sampled_from(GAPS)), max_size=30
    ).map("".join),
    min_size=1,
    max_size=5,
)
very_hostile = st.lists(
    st.text(
        st.one_of(
            st.sampled_from("ab東 '.,_\u0301"),
            st.sampled_from(sorted(disputed())),
            st.characters(codec="utf-8"),
        )
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("phrases")


@pytest.mark.parametrize("name", ["words", "whitespace"])
@pytest.mark.parametrize("lowercase", [True, False])
@given(texts=st.one_of(hostile, very_hostile), passes=st.integers(1, 3), repeats=st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_ids_are_those_of_the_saved_tokenizer_json(folder, name, lowercase, texts, passes, repeats):
    texts = [text for text in texts if text.strip(" \t\n\r\v\f")] * repeats
    tokenizer = tokenizer_from_name(name, lowercase=lowercase)
    try:
        corpus = corpus_of(texts, folder, passes, tokenizer=tokenizer)
    except EmptyCorpus:
        assert not any(tokenizer.tokens(text) for text in texts)
        return
    assert documents_of(corpus) == [corpus.tokenizer.tokens(text) for text in texts]
    saved = Tokenizer.from_str(corpus.tokenizer.to_json(corpus.vocabulary.tokens))
    assert [row for text in texts for row in saved.encode(text).ids] == corpus.ids.tolist()
    assert corpus.n_read == len(corpus.ids)
    again = build_corpus(Texts(texts), corpus.tokenizer, folder)
    assert again.vocabulary.tokens == corpus.vocabulary.tokens
    assert again.ids.tolist() == corpus.ids.tolist()


@given(
    texts=hostile, other=hostile, min_count=st.integers(1, 3), unknown=st.sampled_from([None, "<unk>", "a_b"])
)
@settings(max_examples=100, deadline=None)
def test_ids_of_any_text_are_the_same_where_tokens_are_unknown(folder, texts, other, min_count, unknown):
    texts = [text for text in texts if text.strip(" \t\n\r\v\f")] * 2
    try:
        corpus = corpus_of(texts, folder, min_count=min_count, unknown=unknown)
    except EmptyCorpus:
        return
    saved = Tokenizer.from_str(corpus.tokenizer.to_json(corpus.vocabulary.tokens, corpus.vocabulary.unknown))
    for text in (*texts, *other):
        ours = corpus.vocabulary.known_ids(corpus.tokenizer.tokens(text)).tolist()
        assert [row for row in saved.encode(text).ids if row < len(corpus.vocabulary)] == ours
    ours = [corpus.vocabulary.known_ids(corpus.tokenizer.tokens(text)).tolist() for text in texts]
    assert corpus.ids.tolist() == list(itertools.chain(*ours))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("New York", ["new_york"]),
        ("NEW \t\r\n YORK", ["new_york"]),
        ("new\u3000york", ["new_york"]),
        ("New, York. New-York", ["new", "york", "new", "york"]),
        ("(new york)", ["new_york"]),
        ("new old york", ["new", "old", "york"]),
        ("renew york new yorker", ["renew", "york", "new", "yorker"]),
        ("new york's new york’s", ["new", "york's", "new", "york's"]),
        ("new york' 'new york'", ["new_york", "new_york"]),
        ("new_york", ["new_york"]),
        ("new york new york new", ["new_york", "new_york", "new"]),
        ("new york city", ["new_york_city"]),
        ("york city", ["york_city"]),
        ("new york cityhall", ["new_york", "cityhall"]),
        ("new york\u0304 city", ["new", "york\u0304", "city"]),
        ("14 km 3.14 km 14 km.2", ["14_km", "3.14", "km", "14_km", "2"]),
        ("14 3,000", ["14", "3,000"]),
        ("東京タワー", ["東京", "タワー"]),
        ("東 京", ["東", "京"]),
        ("東京x x東京", ["東京", "x", "x", "東京"]),
        ("東京\u0301", ["東", "京\u0301"]),
        ("", []),
    ],
)
def test_a_phrase_is_whole_words_with_only_white_space_between(text, tokens):
    phrases = ["new york", "york city", "new york city", "14 km", "14 3", "東京", "タワー"]
    assert PhraseTokenizer(SplitTokenizer("words"), phrases).tokens(text) == tokens


def test_white_space_words_join_as_they_are(tmp_path):
    corpus = corpus_of(["New York, NY", "New  York, NY", "NY, New\tYork"], tmp_path, tokenizer="whitespace")
    assert corpus.tokenizer.phrases == ("New York,",)
    assert documents_of(corpus)[1:] == [["New_York,", "NY"], ["NY,", "New", "York"]]


def test_a_word_spelled_like_a_phrase_is_the_same_token(tmp_path):
    corpus = corpus_of([*NEW_YORK, "new_york, new_york"], tmp_path, threshold=1.5)
    counts = dict(zip(corpus.vocabulary.tokens, corpus.vocabulary.counts.tolist(), strict=True))
    assert counts["new_york"] == 5
    assert documents_of(corpus)[-1] == ["new_york", "new_york"]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("document", ["line", "file"])
def test_threads_and_cuts_do_not_change_the_result(tmp_path, monkeypatch, threads, document):
    chunks = Documents.chunks
    monkeypatch.setattr(Documents, "chunks", lambda self, **how: chunks(self, chunk_bytes=40, **how))
    rng = random.Random(4)
    parts = ["new york", "new, york", "old york", "東京", "東 京", "東\n", "x", "city", ",", "new"]
    text = "".join(rng.choice(parts) + rng.choice([" ", " ", "  ", ""]) for _ in range(3000))
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    documents = Documents((tmp_path / "a.txt",), document=document)
    corpus = build_corpus(
        documents, tokenizer_from_name("words"), tmp_path / "w", phrases=PhraseRules(2, 1.0), threads=threads
    )
    assert {"東京", "new york"} <= set(corpus.tokenizer.phrases)
    texts = [text] if document == "file" else [line for line in text.split("\n") if line.strip()]
    assert documents_of(corpus) == [corpus.tokenizer.tokens(text) for text in texts]


def longest_by_hand(words, phrases):
    """Return the tokens of a list of words, phrases as tuples: the slow twin of the kernel."""
    tokens, at = [], 0
    while at < len(words):
        fits = [phrase for phrase in phrases if tuple(words[at : at + len(phrase)]) == phrase]
        token = max(fits, key=len, default=(words[at],))
        tokens.append(token)
        at += len(token)
    return tokens


@given(
    documents=st.lists(st.lists(st.integers(-1, 4), max_size=12), min_size=1, max_size=4),
    phrases=st.lists(
        st.lists(st.integers(0, 4), min_size=2, max_size=4).map(tuple), unique=True, max_size=12
    ),
    room=st.integers(1, 5),
)
def test_the_kernels_join_and_count_as_plain_python(documents, phrases, room):
    from tovec.text import phrase_kernels

    tree = PhraseTree(phrases, 5)
    tokens = [*((word,) for word in range(5)), *phrases]
    expected = [[t for t in longest_by_hand(words, phrases) if t != (-1,)] for words in documents]
    ids = np.array([word for words in documents for word in words], dtype=np.int32)
    offsets = np.cumsum([0, *map(len, documents)], dtype=np.int64)
    some, counts = np.empty(room, dtype=np.int32), np.zeros(len(tokens), dtype=np.int64)
    phrase_kernels.count_tokens(ids, offsets, tree.arrays, some, counts)
    counted = collections.Counter(token for document in expected for token in document)
    assert counts.tolist() == [counted[token] for token in tokens]
    final = np.array([row if row % 7 else -1 for row in range(len(tokens))], dtype=np.int32)
    kept = [[token for token in document if final[tokens.index(token)] >= 0] for document in expected]
    joined, ends = [], [0]
    for part, part_ends in learning.join_phrases(ids, offsets, phrases, final, at_once=room):
        ends += (len(joined) + part_ends).tolist()
        joined += part.tolist()
        ids[: len(joined)] = -9  # in whose place they may be written meanwhile
    assert [tokens[row] for row in joined] == [token for document in kept for token in document]
    assert np.diff(ends).tolist() == list(map(len, kept))


# The vocabulary


def test_a_phrase_that_longer_ones_make_too_rare_is_dropped(tmp_path):
    # "b c" meets 3 times, but a_b takes two of its places; below min_count it would vanish, words and all.
    texts = ["a b c", "a b c", "a b d", "b c", "b d", "c a", "d a", "e c", "e d"]
    corpus = corpus_of(texts, tmp_path, threshold=0.5, min_count=2)
    assert corpus.tokenizer.phrases == ("a b",)
    assert documents_of(corpus)[3] == ["b", "c"]


def test_a_phrase_past_max_size_is_dropped(tmp_path):
    corpus = corpus_of(NEW_YORK, tmp_path, threshold=1.5, max_size=1)
    assert (corpus.vocabulary.tokens, corpus.tokenizer.phrases) == (("new_york",), ("new york",))
    texts = [*NEW_YORK, *["a", "b"] * 9]
    corpus = corpus_of(texts, tmp_path, threshold=1.5, max_size=2)
    assert corpus.vocabulary.tokens == ("a", "b")
    assert corpus.tokenizer == tokenizer_from_name("words")


def test_every_phrase_is_in_the_vocabulary_and_words_left_alone_are_counted_anew(tmp_path):
    texts = [" ".join(sentence) for sentence in zipf_sentences(3)]
    corpus = corpus_of(texts, tmp_path, 2, threshold=2.0, min_count=5)
    assert len(corpus.tokenizer.phrases) > 10
    tokens = [token for text in texts for token in corpus.tokenizer.tokens(text)]
    counts = {token: n for token, n in collections.Counter(tokens).items() if n >= 5}
    assert dict(zip(corpus.vocabulary.tokens, corpus.vocabulary.counts.tolist(), strict=True)) == counts
    assert {phrase.replace(" ", "_") for phrase in corpus.tokenizer.phrases} <= counts.keys()
    assert corpus.n_read == len(tokens)


def test_an_empty_corpus_says_what_is_missing(tmp_path):
    with pytest.raises(EmptyCorpus, match=r"no token occurs 5 times.* of 4 different .* 'sat', 2 times"):
        corpus_of(["a cat sat", "the sat"], tmp_path, min_count=5)
    with pytest.raises(EmptyCorpus, match="the input holds no tokens for tokenizer 'words'"):
        corpus_of(["…", "—"], tmp_path)
    with pytest.raises(EmptyCorpus, match="the input holds no text"):
        corpus_of([""], tmp_path)


def test_phrases_that_are_given_are_joined_however_rare(tmp_path):
    tokenizer = PhraseTokenizer(SplitTokenizer("words"), ["new york", "york city", "no where"])
    corpus = build_corpus(
        Texts(["new york city", "york city", "a a", "city"]),
        tokenizer,
        tmp_path,
        VocabularyRules(min_count=2),
    )
    assert corpus.vocabulary.tokens == ("a", "city")  # each phrase occurs once
    assert documents_of(corpus) == [["city"], [], ["a", "a"], ["city"]]
    assert corpus.n_read == 6


# Files, and what is refused


def test_a_saved_embedding_knows_its_phrases(tmp_path):
    corpus = corpus_of([*NEW_YORK, "東京", "東京x"], tmp_path / "work", threshold=1.5)
    vectors = np.arange(2 * len(corpus.vocabulary), dtype=np.float32).reshape(-1, 2)
    Embedding(corpus.vocabulary, vectors, corpus.tokenizer).save(tmp_path / "saved")
    opened = tovec.open(tmp_path / "saved")
    assert opened.tokenizer == corpus.tokenizer
    assert opened.tokenize("In New York") == ["in", "new_york"]
    np.testing.assert_array_equal(opened["new_york"], vectors[opened.ids(["new_york"])[0]])
    saved = Tokenizer.from_file(str(tmp_path / "saved/tokenizer.json"))
    assert saved.encode("NEW  york 東京").tokens == ["new_york", "東京"]
    assert saved.encode("NEW  york 東京").ids == opened.encode("NEW  york 東京").tolist()


def test_the_place_of_a_phrase_is_all_of_its_words():
    tokenizer = PhraseTokenizer(SplitTokenizer("words"), ["new york", "東京", "영화 를"])
    text = "In “New \n York”, 東京 영화  를"  # 영화 in jamo
    spans = SpanFinder(tokenizer, Vocabulary(["new_york", "東京"])).spans(text)
    assert [(text[span.start : span.end], span.token, span.id) for span in spans] == [
        ("In", "in", None),
        ("New \n York", "new_york", 0),
        ("東京", "東京", 1),
        ("영화  를", "영화_를", None),
    ]


@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize("name", ["words", "whitespace"])
def test_settings_make_the_same_tokenizer_again(name, lowercase):
    tokenizer = PhraseTokenizer(SplitTokenizer(name, lowercase=lowercase), ["new york", "a b c"])
    again = tokenizer_from_settings(tokenizer.settings, None)
    assert again == tokenizer
    assert again != PhraseTokenizer(SplitTokenizer(name, lowercase=lowercase), ["new york"])
    assert again != SplitTokenizer(name, lowercase=lowercase)


@pytest.mark.parametrize("phrases", ["new york", [1], None])
def test_damaged_phrases_are_one_line(phrases):
    with pytest.raises(BadSource, match="phrases of tokenizer 'words' are not a list of texts"):
        tokenizer_from_settings({"name": "words", "lowercase": True, "phrases": phrases}, None)


@pytest.mark.parametrize("name", ["characters", "bytes", "bpe:270", "unigram:40", "kiwi"])
def test_tokenizers_without_phrases_are_refused_before_any_work(name, tmp_path):
    with pytest.raises(
        TovecError, match=f"tokenizer '{name}' has no phrases; phrases go with words and white"
    ):
        corpus_of(["a b"], tmp_path / "work", tokenizer=name)
    assert not (tmp_path / "work").exists()


def test_phrases_are_not_learned_on_top_of_phrases(tmp_path):
    with pytest.raises(TovecError, match="tokenizer 'words' has its phrases already"):
        corpus_of(["a b"], tmp_path, tokenizer=PhraseTokenizer(SplitTokenizer("words"), ["a b"]))


@pytest.mark.parametrize("phrase", ["York", "New York", "new  york", "new, york", "東 京", "", "e\u0301 a"])
def test_a_given_phrase_that_no_text_could_hold_is_refused(phrase, tmp_path):
    tokenizer = PhraseTokenizer(SplitTokenizer("words"), [phrase])
    with pytest.raises(TovecError, match="is not as tokenizer 'words' writes two or more words"):
        build_corpus(Texts(["a b"]), tokenizer, tmp_path)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"passes": 0}, "passes must be a whole number from 1 up, not 0"),
        ({"passes": 1.5}, "passes must be a whole number"),
        ({"threshold": -1.0}, "threshold must be a number, at least 0, not -1"),
        ({"threshold": float("nan")}, "threshold must be a number"),
    ],
)
def test_rules_outside_their_range_are_refused(rules, message):
    with pytest.raises(BadSetting, match=message):
        PhraseRules(**rules)


def test_phrases_nested_deeper_than_a_regex_goes_are_still_the_longest():
    phrases = [f"{'a' * n} b" for n in range(1, 200)] + ["a" + " a" * n for n in range(1, 200)]
    tokenizer = PhraseTokenizer(SplitTokenizer("words"), phrases)
    assert tokenizer.tokens(f"{'a' * 150} b b") == [f"{'a' * 150}_b", "b"]
    assert tokenizer.tokens("a " * 180) == ["_".join("a" * 180)]
    assert tokenizer.tokens("a " * 220) == ["_".join("a" * 200), "_".join("a" * 20)]


@pytest.mark.slow
def test_phrases_of_novels_are_what_readers_know_and_read_as_hugging_face_reads_them(tmp_path):
    with shared_data("corpora/english-novels.txt").open(encoding="utf-8") as file:
        texts = [line for line in itertools.islice(file, 30_000) if line.strip()]
    corpus = corpus_of(texts, tmp_path, 2, threshold=100.0, min_count=5)
    assert {"no doubt", "each other", "good deal", "at any rate"} <= set(corpus.tokenizer.phrases)
    saved = Tokenizer.from_str(corpus.tokenizer.to_json(corpus.vocabulary.tokens))
    unknown = len(corpus.vocabulary)
    encoded = (row for text in saved.encode_batch_fast(texts) for row in text.ids if row != unknown)
    assert corpus.ids.tolist() == list(encoded)

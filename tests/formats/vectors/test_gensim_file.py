"""Files that gensim saves, held against gensim: new ones, and those of its test data, from 0.12 on."""

import os
import pickle
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs, package_file

from tovec.errors import BadSource, TovecError
from tovec.formats.vectors import gensim_file
from tovec.sources import open as open_source
from tovec.sources import open_model
from tovec.vectors.stored import StoredTable

TEXTS = [
    line.split() for line in ["the cat sat", "the dog sat on the mat", "고양이 와 개", "</s> the", "naïve"]
] * 3


@pytest.fixture(scope="module")
def gensim():
    needs("gensim.models")
    return needs("gensim")


def train(gensim, kind="Word2Vec", **options):
    options = {"vector_size": 6, "min_count": 1, "epochs": 2, "workers": 1, "seed": 1, **options}
    texts = TEXTS
    if kind == "Doc2Vec":
        texts = [gensim.models.doc2vec.TaggedDocument(words, [n]) for n, words in enumerate(TEXTS)]
    return getattr(gensim.models, kind)(texts, **options)


def save_apart(model, path):
    """Save a model as gensim does a large one: each array in a file of its own."""
    model._smart_save(str(path), sep_limit=0)


def check(opened, wv):
    assert list(opened.vocabulary.tokens) == wv.index_to_key
    assert opened.vocabulary.counts.tolist() == [wv.get_vecattr(word, "count") for word in wv.index_to_key]
    np.testing.assert_array_equal(np.asarray(opened.vectors[:]), wv.vectors)


@pytest.mark.parametrize(
    "save", [lambda model, path: model.save(str(path)), save_apart], ids=["whole", "apart"]
)
@pytest.mark.parametrize("kind", ["Word2Vec", "Doc2Vec", "FastText"])
def test_opened_models_equal_what_gensim_loads(gensim, tmp_path, kind, save):
    model = train(gensim, kind, **({"bucket": 50} if kind == "FastText" else {}))
    save(model, tmp_path / "x.model")
    opened = open_source(tmp_path / "x.model")
    loaded = getattr(gensim.models, kind).load(str(tmp_path / "x.model"))
    assert opened.provenance == {"format": f"gensim {kind}"}
    np.testing.assert_array_equal(np.asarray(opened.outputs[:]), loaded.syn1neg)
    if kind == "FastText":
        np.testing.assert_allclose(np.asarray(opened.vectors[:]), loaded.wv.vectors, rtol=1e-5, atol=1e-8)
        opened = opened.__class__(opened.vocabulary, loaded.wv.vectors)
    check(opened, loaded.wv)
    assert open_model(tmp_path / "x.model").report.kind == f"gensim {kind}"


@pytest.mark.parametrize(
    "save", [lambda model, path: model.save(str(path)), save_apart], ids=["whole", "apart"]
)
def test_opened_keyed_vectors_equal_what_gensim_loads(gensim, tmp_path, save):
    model = train(gensim)
    save(model.wv, tmp_path / "x.kv")
    check(open_source(tmp_path / "x.kv"), gensim.models.KeyedVectors.load(str(tmp_path / "x.kv")))
    assert open_source(tmp_path / "x.kv").outputs is None


@pytest.mark.parametrize("protocol", range(6))
def test_pickles_of_every_protocol_are_read(gensim, tmp_path, protocol):
    model = train(gensim)
    model.save(str(tmp_path / "x"), pickle_protocol=protocol)
    check(open_source(tmp_path / "x"), model.wv)


def test_vectors_in_a_file_of_their_own_are_read_when_asked_for(gensim, tmp_path):
    save_apart(train(gensim), tmp_path / "x.model")
    vectors = open_source(tmp_path / "x.model").vectors
    assert isinstance(vectors, StoredTable)
    file = tmp_path / "x.model.wv.vectors.npy"
    file.write_bytes(bytes(file.stat().st_size))
    with pytest.raises(BadSource, match="has changed"):  # so nothing was read before
        vectors[:1]


def test_part_of_a_gensim_model_names_the_model(gensim, tmp_path):
    save_apart(train(gensim), tmp_path / "x.model")
    with pytest.raises(
        BadSource, match=r"vectors.npy has no tokens: .*; it looks like a part of x.model: open"
    ):
        open_source(tmp_path / "x.model.wv.vectors.npy")


UNKNOWN = ["dogs", "고양이는", "naïves", "x", "sat", "a-b c", "日本"]


@pytest.mark.parametrize(
    "save", [lambda model, path: model.save(str(path)), save_apart], ids=["whole", "apart"]
)
@pytest.mark.parametrize("options", [{}, {"min_n": 1, "max_n": 2}, {"min_n": 2, "max_n": 9, "bucket": 7}])
def test_unknown_words_get_gensim_s_own_vectors(gensim, tmp_path, save, options):
    model = train(gensim, "FastText", **{"bucket": 200, **options})
    for part, name in ((model, "x.model"), (model.wv, "x.kv")):
        save(part, tmp_path / name)
        opened = open_source(tmp_path / name)
        for word in UNKNOWN:
            np.testing.assert_allclose(opened[word], model.wv[word], rtol=1e-5, atol=1e-8, err_msg=word)
        for rows in (slice(2, 5), np.array([3, 1, 3])):
            np.testing.assert_allclose(opened.vectors[rows], model.wv.vectors[rows], rtol=1e-5, atol=1e-8)


def test_fasttext_model_without_ngrams_has_only_words(gensim, tmp_path):
    model = train(gensim, "FastText", max_n=0)
    model.save(str(tmp_path / "x"))
    opened = open_source(tmp_path / "x")
    assert opened.ngrams is None
    check(opened, model.wv)


def test_vectors_added_one_by_one_keep_their_keys(gensim, tmp_path):
    vectors = gensim.models.KeyedVectors(3, count=4)
    vectors.add_vector("a", np.ones(3))
    vectors.add_vector(7, np.zeros(3))
    vectors.save(str(tmp_path / "x.kv"))
    opened = open_source(tmp_path / "x.kv")
    assert list(opened.vocabulary.tokens) == ["a", "7"] and opened.vocabulary.counts is None
    np.testing.assert_array_equal(opened.vectors[:], [[1, 1, 1], [0, 0, 0]])
    vectors.add_vectors([b"bytes"], [np.ones(3)])
    vectors.save(str(tmp_path / "x.kv"))
    with pytest.raises(BadSource, match="the key of its row 2 is neither text nor a whole number"):
        open_source(tmp_path / "x.kv")


def test_a_missing_file_is_named_with_what_to_copy(gensim, tmp_path):
    model = train(gensim)
    save_apart(model, tmp_path / "x.model")
    (tmp_path / "x.model.syn1neg.npy").unlink()
    opened = open_source(tmp_path / "x.model")  # many share a model so, and words need none of it
    check(opened, model.wv)
    assert opened.outputs is None and opened.provenance["without_file"] == "x.model.syn1neg.npy"
    vectors = tmp_path / "x.model.wv.vectors.npy"
    whole = vectors.read_bytes()
    vectors.write_bytes(whole[:-4])
    with pytest.raises(BadSource, match=r"x.model.wv.vectors.npy is damaged: it has .* bytes of numbers"):
        open_source(tmp_path / "x.model")
    vectors.unlink()
    with pytest.raises(
        BadSource, match=r"x.model.wv.vectors.npy is missing; it holds the vectors of x.model; copy"
    ):
        open_source(tmp_path / "x.model")


OLD = [
    *("word2vec_old", "word2vec_old_sep", "word2vec_pre_kv_py2", "word2vec_pre_kv_sep_py2", "word2vec_3.3"),
    *("word2vec_pre_kv_py3", "word2vec_pre_kv_sep_py3", "w2v-lee-v0.12.0", "model-from-gensim-3.8.0.w2v"),
    *(f"old_w2v_models/w2v_{version}.mdl" for version in ("0.12.0", "0.13.4", "1.0.1", "2.3.0", "3.4.0")),
]


@pytest.mark.filterwarnings("ignore")  # numpy warns of arrays of Python 2
@pytest.mark.parametrize("name", OLD)
def test_files_of_old_versions_equal_what_gensim_loads(gensim, name):
    path = package_file("gensim.test", f"test_data/{name}")
    opened = open_source(path)
    try:
        loaded = gensim.models.Word2Vec.load(str(path))
        check(opened, loaded.wv)
    except AttributeError:  # of before gensim 1.0, whose objects gensim 4 makes and then stumbles over
        loaded = gensim.utils.unpickle(str(path))
        assert list(opened.vocabulary.tokens) == loaded.index2word
        assert opened.vocabulary.counts.tolist() == [loaded.vocab[word].count for word in loaded.index2word]
        apart = path.with_name(f"{path.name}.syn0.npy")
        vectors = np.load(apart) if apart.exists() else loaded.syn0
        np.testing.assert_array_equal(np.asarray(opened.vectors[:]), vectors)
    if loaded.negative and hasattr(loaded, "syn1neg"):
        np.testing.assert_array_equal(np.asarray(opened.outputs[:]), loaded.syn1neg)


@pytest.mark.filterwarnings("ignore")
def test_gensim_3_7_ngrams_compose_the_saved_vectors(gensim):
    """Gensim 4 fails on them (rows are looked for by bucket), so the vectors in the file are the evidence."""
    path = package_file("gensim.test", "test_data/compatible-hash-true.model")
    opened, loaded = open_source(path), gensim.models.FastText.load(str(path))
    check(opened, loaded.wv)
    composed = opened.ngrams.composed(opened.vocabulary.tokens, loaded.wv.vectors_vocab)
    np.testing.assert_allclose(composed, loaded.wv.vectors, rtol=1e-5)
    assert opened.ngrams.vectors.shape[0] < opened.ngrams.rule.buckets


@pytest.mark.parametrize(
    ("name", "shape"),
    [("fasttext_old_sep", (12, 100)), ("ft_model_2.3.0", (1763, 10)), ("doc2vec_old", (3955, 100))],
)
def test_models_too_old_for_gensim_open_with_their_words(name, shape):
    opened = open_source(package_file("gensim.test", f"test_data/{name}"))
    assert opened.vectors.shape == shape and opened.ngrams is None and opened.vocabulary.counts[0] >= 4


def test_ngrams_are_found_by_bucket_in_a_packed_table(gensim, tmp_path):
    """As gensim 3.6 and 3.7 kept them: rows of the buckets that words use, and `hash2index`."""
    model = train(gensim, "FastText", bucket=40)
    used = sorted({int(bucket) for row in model.wv.buckets_word for bucket in row})
    order = used[::-1]
    expected = {word: model.wv[word].copy() for word in ["sats", "dogma"]}
    composed = model.wv.vectors.copy()
    model.wv.vectors_ngrams = model.wv.vectors_ngrams[order]
    model.wv.hash2index = {bucket: row for row, bucket in enumerate(order)}
    model.wv.buckets_word = None
    save_apart(model.wv, tmp_path / "x.kv")
    opened = open_source(tmp_path / "x.kv")
    np.testing.assert_allclose(np.asarray(opened.vectors[:]), composed, rtol=1e-5, atol=1e-8)
    rule = opened.ngrams.rule
    for word, vector in expected.items():
        if set(rule.ngram_ids([word])[0].tolist()) <= set(used):
            np.testing.assert_allclose(opened[word], vector, rtol=1e-5, atol=1e-8)
    model.wv.hash2index[order[0]] = 1
    model.wv.save(str(tmp_path / "x.kv"))
    model.wv.hash2index.pop(order[0])
    model.wv.save(str(tmp_path / "x.kv"))
    with pytest.raises(BadSource, match="n-grams are not distinct ones of 40"):
        open_source(tmp_path / "x.kv")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("phraser-3.6.0.model", "Phraser"), ("phrases-3.6.0.model", "Phrases")),
        *(
            ("dtm_test.dict", "Dictionary"),
            ("lda_3_0_1_model", "LdaModel"),
            ("tfidf_model.tst", "TfidfModel"),
        ),
        *(("nmf_model", "Nmf"), ("poincare_test_3.4.0", "PoincareModel")),
    ],
)
def test_gensim_object_without_word_vectors_is_named(name, kind):
    with pytest.raises(
        BadSource, match=f"cannot be read: it is a {kind} of gensim, which holds no word vectors"
    ):
        open_source(package_file("gensim.test", f"test_data/{name}"))


class Hostile:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def test_nothing_in_a_pickle_is_called(gensim, tmp_path):
    model = train(gensim)
    model.callbacks = Hostile(tmp_path / "sentinel")
    model.save(str(tmp_path / "x.model"))
    check(open_source(tmp_path / "x.model"), model.wv)
    assert not (tmp_path / "sentinel").exists()
    pickle.loads((tmp_path / "x.model").read_bytes())
    assert (tmp_path / "sentinel").exists()  # the trap does work


def test_other_pickles_are_refused_as_pickles(tmp_path):
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps({"a": [1.0, 2.0]}))
    assert not gensim_file.recognizes(path, path.read_bytes())
    with pytest.raises(
        BadSource, match="it is a Python pickle, which can run any program, so it is not loaded"
    ):
        open_source(path)


@pytest.mark.filterwarnings("ignore::tovec.errors.TovecWarning")  # of two words that have become one
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_damage_gives_vectors_or_one_line(tmp_path, data):
    name = data.draw(st.sampled_from(["compatible-hash-true.model", "old_w2v_models/w2v_3.4.0.mdl"]))
    path = tmp_path / "x.model"
    shutil.copyfile(package_file("gensim.test", f"test_data/{name}"), path)
    broken = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        broken[data.draw(st.integers(60, len(broken) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(broken[: data.draw(st.just(len(broken)) | st.integers(60, len(broken)))])
    try:
        opened = open_source(path)
        assert np.asarray(opened.vectors[:2]).shape[0]
    except TovecError as error:
        assert "\n" not in str(error)

"""Copies and pickles of embeddings and models are equal to them, and need no file where they are loaded."""

import copy
import pickle
import shutil
from dataclasses import replace

import numpy as np
import pytest
from needs import needs
from small_llamas import saved_llama

import tovec
from tovec.errors import TovecError
from tovec.vectors.lazy import LazyTable

TEXTS = ["the cat sat on the mat", "a dog ate the log", "고양이가 앉았다"] * 20


@pytest.fixture(scope="module")
def trained():
    made = tovec.train(TEXTS, dim=4, epochs=1, min_count=1, ngrams="characters")
    biases = np.ones((len(made), 2), np.float32)
    return tovec.Embedding.from_parts(replace(made.parts, state={"biases": biases}))


def pickled(value):
    return pickle.loads(pickle.dumps(value))


def assert_equal(one, other):
    assert list(one) == list(other) and one.vocabulary.unknown == other.vocabulary.unknown
    np.testing.assert_array_equal(one.vectors[:], other.vectors[:])
    assert one.provenance == other.provenance
    assert one.tokenize("The cats, 고양이") == other.tokenize("The cats, 고양이")
    assert one.neighbors("the", k=3) == other.neighbors("the", k=3)
    np.testing.assert_array_equal(one.embed(TEXTS[:3]), other.embed(TEXTS[:3]))
    for name in one.state:
        np.testing.assert_array_equal(one.state[name], other.state[name])
    if one.ngrams is not None:
        np.testing.assert_array_equal(one["cats"], other["cats"])
    if one.outputs is not None:
        np.testing.assert_array_equal(one.outputs[:], other.outputs[:])


@pytest.mark.parametrize("tokenizer", ["words", "characters", "bytes", "bpe:300", "unigram:40"])
def test_copy_and_pickle_of_an_embedding_in_memory_equal_it(tokenizer):
    embedding = tovec.train(TEXTS, dim=4, epochs=1, min_count=1, tokenizer=tokenizer)
    name = embedding.vocabulary.tokens[0]
    for other in (copy.deepcopy(embedding), pickled(embedding)):
        assert embedding.tokenize("The cats, 고양이") == other.tokenize("The cats, 고양이")
        before = embedding[name]
        other.vectors[:] = 0
        np.testing.assert_array_equal(embedding[name], before)


def test_copy_and_pickle_keep_ngrams_outputs_and_state(trained):
    assert trained.ngrams is not None and trained.outputs is not None and trained.state
    for other in (copy.deepcopy(trained), pickled(trained)):
        assert_equal(trained, other)


@pytest.mark.parametrize(("name", "dtype"), [("folder", "f32"), ("folder", "int8"), ("x.npy", "f16")])
def test_pickle_of_an_opened_table_needs_no_file(trained, tmp_path, name, dtype):
    plain = tovec.Embedding(trained.vocabulary, trained.vectors, trained.tokenizer)
    opened = tovec.open(plain.save(tmp_path / name, dtype=dtype)).with_tokenizer("words")
    assert isinstance(opened.vectors, LazyTable)
    copied, kept = copy.deepcopy(opened), pickle.dumps(opened)
    assert copied.vectors is opened.vectors  # which reads the file when asked, and never changes
    expected = pickle.loads(kept)
    assert_equal(opened, expected)
    for path in tmp_path.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert_equal(expected, pickle.loads(kept))


def test_pickle_of_a_file_that_has_changed_is_one_error(tmp_path):
    path = tovec.Embedding.random(["cat", "dog"], 400).save(tmp_path / "x.npy")
    opened = tovec.open(path)
    path.write_bytes(path.read_bytes()[:-8])
    for use in (pickle.dumps, lambda embedding: copy.deepcopy(embedding)["dog"]):
        with pytest.raises(TovecError, match=r"x.npy has become shorter since it was opened") as caught:
            use(opened)
        assert "\n" not in str(caught.value)


def test_pickle_of_a_vocabulary_holds_no_look_up_tables_and_cannot_be_changed_either():
    tokens = [f"t{row}" for row in range(1000)]
    vocabulary = tovec.Vocabulary(tokens, range(1000), unknown="t3", special=[3, 7], n_rows=None)
    before = len(pickle.dumps(vocabulary))
    assert "t5" in vocabulary and "nothing" not in vocabulary and vocabulary.readable_tokens
    assert len(pickle.dumps(vocabulary)) == before
    other = pickled(vocabulary)
    assert (other.unknown, other.special, other.spelling) == ("t3", {3, 7}, vocabulary.spelling)
    assert other.counts.tolist() == list(range(1000)) and not other.counts.flags.writeable
    padded = pickled(tovec.Vocabulary.from_ids({"cat": 0, "dog": 2}, 5))
    assert list(padded) == ["cat", "<id 1>", "dog", "<id 3>", "<id 4>"] and padded.special == {1, 3, 4}
    assert copy.deepcopy(vocabulary) is vocabulary


@pytest.mark.slow
def test_copy_and_pickle_of_a_language_model_predict_the_same(tmp_path):
    needs("torch")
    needs("transformers")
    saved_llama(tmp_path / "llama")
    model = tovec.open_language_model(tmp_path / "llama")
    expected = model.predict("the cat", k=5)  # with the network loaded, which holds a lock
    text, kept = model.generate("the", 5, seed=1), pickle.dumps(model)
    assert copy.deepcopy(model).predict("the cat", k=5) == expected
    shutil.rmtree(tmp_path / "llama")
    other = pickle.loads(kept)
    assert other.predict("the cat", k=5) == expected
    assert other.generate("the", 5, seed=1) == text
    assert (other.ends, other.context) == (model.ends, model.context)

"""Errors about names of other libraries give the name in tovec."""

import copy
import inspect
import pickle
import re

import pytest
from needs import needs

import tovec
from tovec.errors import UnknownAttribute, UnknownKeyword
from tovec.foreign_names import ATTRIBUTES, KEYWORDS, PUBLIC_NAMES, WAYS_WITH_TEXTS
from tovec.training.config import Settings

EMBEDDING = tovec.Embedding(["cat", "dog"], [[1.0, 0.0], [0.0, 1.0]])


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attribute_of_another_library_is_an_error_with_its_name_in_tovec(name):
    for owner in (EMBEDDING, tovec.Embedding):
        assert not hasattr(owner, name)
        with pytest.raises(UnknownAttribute) as caught:
            getattr(owner, name)
        assert str(caught.value) == f"Embedding has no {name}; it is {ATTRIBUTES[name]}"


@pytest.mark.parametrize("ours", sorted(set(ATTRIBUTES.values())))
def test_every_suggested_name_exists(ours):
    place, name = re.match(r"(?:1 - )?(tovec\.|the embedding itself|embedding\[)?(\w*)", ours).groups()
    if place == "tovec.":
        assert hasattr(tovec, name)
    elif place is None:
        assert hasattr(EMBEDDING, name)


def test_explained_names_exist_in_gensim_or_fasttext():
    vectors = needs("gensim.models").KeyedVectors(vector_size=2)
    for name in ("most_similar", "vector_size", "key_to_index", "index_to_key", "get_vector", "get_index"):
        assert hasattr(vectors, name)
        assert name in ATTRIBUTES
    for name in ("similar_by_word", "similar_by_vector", "most_similar_cosmul", "n_similarity", "distance"):
        assert hasattr(vectors, name)
        assert name in ATTRIBUTES
    assert "load_word2vec_format" in ATTRIBUTES
    fasttext = needs("fasttext").FastText._FastText
    for name in ("get_word_vector", "get_sentence_vector", "get_nearest_neighbors", "get_dimension", "words"):
        assert hasattr(fasttext, name)
        assert name in ATTRIBUTES


def test_other_missing_attributes_raise_the_error_of_python():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'") as caught:
        _ = EMBEDDING.nothing
    assert not isinstance(caught.value, tovec.TovecError)


def test_an_embedding_can_still_be_copied_and_pickled():
    for made in (copy.copy(EMBEDDING), copy.deepcopy(EMBEDDING), pickle.loads(pickle.dumps(EMBEDDING))):
        assert made["cat"].tolist() == [1.0, 0.0]


@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_public_name_of_another_library_is_an_error_with_its_name_in_tovec(name):
    assert not hasattr(tovec, name)
    with pytest.raises(UnknownAttribute, match=f"tovec has no {name}; it is tovec"):
        getattr(tovec, name)
    ours = re.match(r"\w+", PUBLIC_NAMES[name])[0]
    assert hasattr(tovec, ours)


def test_keyword_of_gensims_word2vec_is_an_error_of_one_line():
    theirs = set(inspect.signature(needs("gensim.models").Word2Vec).parameters) | {"size", "iter"}
    ours = {"texts_or_paths", *Settings.__annotations__}
    for name in theirs - ours:
        with pytest.raises(UnknownKeyword, match=f"^train takes no {name}; [^\n]*$"):
            tovec.train(["a b"], **{name: 1})
    for name in ("sentences", "vector_size", "workers", "sg", "alpha", "size", "iter"):
        assert name in theirs
        assert name in KEYWORDS


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: tovec.train(sentences=[["a"]]), "train takes no sentences; it is texts_or_paths here"),
        (lambda: tovec.train(["a"], vector_size=5), "train takes no vector_size; it is dim here"),
        (lambda: tovec.train(["a"], min_cnt=5), "train takes no min_cnt; did you mean min_count?"),
        (lambda: tovec.train(["a"], hs=1), "train takes no hs; help(train) says what it takes"),
        (lambda: tovec.TrainConfig(iter=3), "TrainConfig takes no iter; it is epochs here"),
        (lambda: EMBEDDING.neighbors("cat", topn=3), "neighbors takes no topn; it is k here"),
        (
            lambda: EMBEDDING.neighbors("cat", restrict_vocab=3),
            "neighbors takes no restrict_vocab; it is among",
        ),
        (lambda: EMBEDDING.analogy(["cat"], topn=3), "analogy takes no topn; it is k here"),
        (lambda: tovec.Embedding.random(["a"], size=3), "random takes no size; it is dim here"),
    ],
)
def test_keyword_of_another_library_is_an_error_with_its_name_in_tovec(call, told):
    with pytest.raises(UnknownKeyword, match=re.escape(told)):
        call()


def test_a_function_that_explains_keywords_keeps_its_signature():
    assert list(inspect.signature(tovec.Embedding.neighbors).parameters) == ["self", "query", "k", "among"]


@pytest.mark.parametrize("call", [EMBEDDING.embed, EMBEDDING.encode])
@pytest.mark.parametrize("keyword", WAYS_WITH_TEXTS)
def test_keyword_of_an_encode_elsewhere_is_an_error_with_the_way_to_its_result(call, keyword):
    told = f"{call.__name__} takes no {keyword}; {WAYS_WITH_TEXTS[keyword]}"
    with pytest.raises(UnknownKeyword, match=f"^{re.escape(told)}$"):
        call(["cat"], **{keyword: True})


def test_the_keywords_of_model2vecs_encode_are_explained():
    theirs = inspect.signature(needs("model2vec").StaticModel.encode).parameters.values()
    names = {each.name for each in theirs if each.kind is not each.VAR_KEYWORD} - {"self"}
    assert names - {"multiprocessing_threshold"} <= set(WAYS_WITH_TEXTS)


@pytest.mark.slow
def test_the_keywords_and_names_of_sentence_transformers_are_explained():
    kind = needs("sentence_transformers").SentenceTransformer
    names = set(inspect.signature(kind.encode).parameters)
    assert {"batch_size", "convert_to_tensor", "normalize_embeddings", "prompt_name", "device"} <= names
    for name in ("encode_query", "encode_document", "save_pretrained", "push_to_hub"):
        assert hasattr(kind, name) and name in ATTRIBUTES


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: tovec.open("words.bin", binary=True), "open takes no binary; the file itself or the suffix"),
        (
            lambda: EMBEDDING.neighbors(positive=["cat"]),
            "takes no positive; analogy(positive, negative)",
        ),
        (
            lambda: EMBEDDING.save("words.bin", binary=True),
            "save takes no binary; the file itself or",
        ),
        (lambda: tovec.train(["a"], wordNgrams=2), "train takes no wordNgrams; it is phrases here"),
    ],
)
def test_keyword_that_nothing_takes_says_what_there_is_instead(call, told):
    with pytest.raises(UnknownKeyword, match=re.escape(told)):
        call()


def test_a_number_for_size_names_dim():
    with pytest.raises(tovec.TovecError, match=r"size must be one of .* \(the length of a vector is dim\)"):
        tovec.train(["a b"], size=100)


def test_objects_of_gensim_are_refused_with_the_way_to_an_embedding():
    vectors = needs("gensim.models").KeyedVectors(vector_size=2)
    vectors.add_vectors(["cat", "dog"], [[1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(tovec.TovecError, match=re.escape("Embedding(x.index_to_key, x.vectors)")):
        tovec.open(vectors)
    with pytest.raises(tovec.TovecError, match=re.escape("Embedding(x.index_to_key, x.vectors)")):
        tovec.plot(vectors)
    made = tovec.Embedding(vectors.index_to_key, vectors.vectors)
    assert made["dog"].tolist() == [0.0, 1.0]

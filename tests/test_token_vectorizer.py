"""TokenVectorizer passes scikit-learn's own checks, and its vectors are those of the formulas."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.errors import BadSetting, BadSource, BadText, MissingExtra, TovecError

needs("sklearn")

from sklearn.base import clone  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.exceptions import NotFittedError  # noqa: E402
from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

TEXTS = ["the cat sat on the mat", "a dog ate the log", "cats and dogs, and a mat!", "", "unheard things"] * 4
LABELS = [0, 1, 1, 0, 1] * 4
TRAINING = {"dim": 5, "epochs": 1, "min_count": 1, "threads": 1}


@pytest.fixture(scope="module")
def embedding():
    return tovec.train(TEXTS, **TRAINING)


def as_texts(given):
    """Return a matrix of scikit-learn's checks as texts, a word for each number; other input as it is."""
    if isinstance(given, list) and given and isinstance(given[0], (list, tuple)):
        given = np.array(given)
    if not isinstance(given, np.ndarray) or given.ndim != 2 or given.dtype.kind not in "fiu":
        return given
    return [" ".join(f"c{column}v{value:.0f}" for column, value in enumerate(row)) for row in given.tolist()]


class OfNumbers(tovec.TokenVectorizer):
    """Lets scikit-learn's checks, which make matrices, run on texts."""

    def fit(self, X, y=None):  # noqa: N803
        return super().fit(as_texts(X), y)

    def transform(self, X):  # noqa: N803
        return super().transform(as_texts(X))

    def fit_transform(self, X, y=None):  # noqa: N803
        return super().fit_transform(as_texts(X), y)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True  # else no check is made
        return tags


NO_FEATURES = "texts have no features, so their number is neither checked nor kept"
NO_NUMBERS = "texts are no numbers, and what is neither is refused by an error of tovec, not by a ValueError"
EXPECTED = {
    "check_n_features_in_after_fitting": NO_FEATURES,
    "check_n_features_in": NO_FEATURES,
    "check_fit2d_predict1d": NO_FEATURES,
    "check_transformer_general": f"{NO_FEATURES}; what comes before in it is tested below",
    "check_complex_data": NO_NUMBERS,
    "check_dtype_object": NO_NUMBERS,
    "check_estimators_empty_data_messages": NO_NUMBERS,
    "check_estimators_nan_inf": NO_NUMBERS,
    "check_fit1d": NO_NUMBERS,
    "check_transformer_data_not_an_array": NO_NUMBERS,
    "check_estimator_sparse_array": NO_NUMBERS,
    "check_estimator_sparse_matrix": NO_NUMBERS,
    "check_estimator_sparse_tag": NO_NUMBERS,
}
NAMES = [f"c{column}v{value}" for column in range(20) for value in range(-9, 10)]


@parametrize_with_checks(
    [OfNumbers(tovec.Embedding.random(NAMES, 3), weighting="idf")],
    expected_failed_checks=lambda estimator: EXPECTED,
)
def test_checks_of_scikit_learn_with_a_source(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    [OfNumbers(settings={"dim": 2, "epochs": 1, "min_count": 1, "threads": 1})],
    expected_failed_checks=lambda estimator: {
        **EXPECTED,
        "check_fit2d_1feature": "one word in each text is no text to train on, and is refused as such",
    },
)
def test_checks_of_scikit_learn_where_it_trains(estimator, check):
    check(estimator)


def test_without_the_adapter_the_estimator_says_that_it_takes_texts():
    tags = tovec.TokenVectorizer().__sklearn_tags__()
    assert tags.input_tags.string and not tags.input_tags.two_d_array and tags.requires_fit


@pytest.mark.parametrize("weighting", ["mean", "sif"])
def test_vectors_are_those_of_embed(embedding, weighting, tmp_path):
    path = embedding.save(tmp_path / "saved")
    for source in (embedding, path, str(path)):
        vectorizer = tovec.TokenVectorizer(source, weighting=weighting)
        found = vectorizer.fit(TEXTS).transform(TEXTS)
        np.testing.assert_allclose(found, embedding.embed(TEXTS, weighting), rtol=1e-6)
        assert found.dtype == np.float32 and vectorizer.source is source
    vectorizer = tovec.TokenVectorizer(embedding, weighting=weighting, remove_components=1)
    removed = vectorizer.fit_transform(TEXTS)
    np.testing.assert_allclose(removed, embedding.embed(TEXTS, weighting, remove_components=1), atol=1e-6)
    np.testing.assert_array_equal(vectorizer.transform(TEXTS), removed)


def test_idf_is_the_one_of_scikit_learn(embedding):
    vectorizer = tovec.TokenVectorizer(embedding, weighting="idf").fit(TEXTS)
    tfidf = TfidfVectorizer(analyzer=embedding.tokenize, vocabulary=list(embedding), norm=None).fit(TEXTS)
    np.testing.assert_allclose(vectorizer.idf_, tfidf.idf_, rtol=1e-12)
    other = ["the dog ate the cat", "nothing known", "mat"]
    weighted = tfidf.transform(other).toarray() @ embedding.vectors
    n_tokens = np.maximum(1, [len(embedding.encode(text)) for text in other])
    np.testing.assert_allclose(
        vectorizer.transform(other), weighted / n_tokens[:, None], rtol=1e-5, atol=1e-7
    )


def test_idf_weighs_unknown_words_of_ngrams_as_those_in_no_text(embedding):
    source = embedding.with_ngrams("characters")
    vectorizer = tovec.TokenVectorizer(source, weighting="idf").fit(TEXTS)
    expected = source["catlike"] * (np.log(1 + len(TEXTS)) + 1)
    np.testing.assert_allclose(vectorizer.transform(["catlike"])[0], expected, rtol=1e-5)


def test_components_are_those_of_the_texts_it_was_fitted_on(embedding):
    vectorizer = tovec.TokenVectorizer(embedding, weighting="sif", remove_components=1).fit(TEXTS)
    (direction,) = np.linalg.svd(embedding.embed(TEXTS, "sif").astype(np.float64))[2][:1]
    np.testing.assert_allclose(abs(vectorizer.components_[0] @ direction), 1, rtol=1e-9)
    one = embedding.embed("the dog", "sif")
    np.testing.assert_allclose(
        vectorizer.transform(["the dog"])[0], one - (one @ direction) * direction, atol=1e-6
    )


def test_it_trains_where_there_is_no_source():
    vectorizer = tovec.TokenVectorizer(settings=TRAINING, tokenizer="characters").fit(TEXTS)
    assert vectorizer.embedding_.dim == 5 and "c" in vectorizer.embedding_
    np.testing.assert_array_equal(
        vectorizer.embedding_.vectors, tovec.train(TEXTS, tokenizer="characters", **TRAINING).vectors
    )
    assert vectorizer.source is None


def test_clone_shares_the_embedding_and_a_pickle_holds_it(embedding, tmp_path):
    path = embedding.save(tmp_path / "saved")
    for source in (embedding, tovec.open(path)):
        vectorizer = tovec.TokenVectorizer(source, weighting="idf", remove_components=1).fit(TEXTS)
        assert clone(vectorizer).source is source and not hasattr(clone(vectorizer), "embedding_")
        expected = vectorizer.transform(TEXTS)
        for other in (pickle.loads(pickle.dumps(vectorizer)), copy.deepcopy(vectorizer)):
            np.testing.assert_allclose(other.transform(TEXTS), expected, rtol=1e-6)


def test_frames_come_out_with_names_and_the_index_of_a_column(embedding):
    pandas, polars = needs("pandas"), needs("polars")
    vectorizer = tovec.TokenVectorizer(embedding).set_output(transform="pandas")
    column = pandas.Series(TEXTS, index=range(100, 100 + len(TEXTS)))
    for frame in (vectorizer.fit_transform(column), vectorizer.transform(column)):
        assert list(frame.columns) == [f"tokenvectorizer{number}" for number in range(5)]
        assert list(frame.index) == list(column.index)
        np.testing.assert_array_equal(frame.to_numpy(), embedding.embed(TEXTS))
    frame = vectorizer.set_output(transform="polars").fit_transform(polars.Series(TEXTS))
    assert frame.shape == (len(TEXTS), 5) and frame.columns == list(vectorizer.get_feature_names_out())


def test_a_generator_is_read_once(embedding):
    found = tovec.TokenVectorizer(embedding, weighting="idf").fit_transform(text for text in TEXTS)
    np.testing.assert_array_equal(
        found, tovec.TokenVectorizer(embedding, weighting="idf").fit_transform(TEXTS)
    )


# OpenBLAS sets the flag now and then for finite numbers; scikit-learn multiplies them.
@pytest.mark.filterwarnings("ignore:.* encountered in matmul:RuntimeWarning")
def test_in_a_pipeline_under_a_search(embedding):
    pipeline = make_pipeline(tovec.TokenVectorizer(embedding), LogisticRegression())
    search = GridSearchCV(
        pipeline,
        {
            "tokenvectorizer__weighting": ["mean", "idf", "sif"],
            "tokenvectorizer__source": [embedding, None],
            "tokenvectorizer__settings": [None],
            "tokenvectorizer__remove_components": [0],
        },
        cv=2,
        error_score="raise",
    )
    search.fit(TEXTS, LABELS)
    assert search.best_estimator_.named_steps["tokenvectorizer"].embedding_ is not None
    assert search.predict(["the cat"]).shape == (1,)


def test_before_fit_it_says_so(embedding):
    with pytest.raises(NotFittedError):
        tovec.TokenVectorizer(embedding).transform(TEXTS)
    with pytest.raises(NotFittedError):
        tovec.TokenVectorizer(embedding).get_feature_names_out()


@pytest.mark.parametrize(
    ("parameters", "kind", "told"),
    [
        ({"weighting": "tfidf"}, BadSetting, "weighting must be one of mean, idf, sif, not 'tfidf'"),
        ({"remove_components": -1}, BadSetting, "remove_components must be a whole number from 0 up"),
        ({"remove_components": 9}, BadSetting, "remove_components must be below"),
        ({"settings": {"dim": 3}}, BadSetting, "settings must be None where there is a source"),
        (
            {"source": None, "settings": "dim=3"},
            BadSetting,
            "settings must be a dict of what tovec.train takes",
        ),
        (
            {"source": None, "tokenizer": "words", "settings": {"tokenizer": "characters"}},
            BadSetting,
            "tokenizer must be None where the settings name one, too",
        ),
        ({"source": 7}, TovecError, "source is an Embedding, such as tovec.open"),
        ({"source": "nowhere/at/all"}, BadSource, "nowhere/at/all"),
        ({"tokenizer": "nothing"}, TovecError, "there is no tokenizer 'nothing'"),
        ({"source": None, "settings": {"dims": 3}}, TovecError, "train takes no dims"),
    ],
)
def test_wrong_parameter_is_one_error_of_fit(embedding, parameters, kind, told):
    vectorizer = tovec.TokenVectorizer(**{"source": embedding, **parameters})
    with pytest.raises(kind, match=told):
        vectorizer.fit(TEXTS)


def test_a_weighting_set_after_fit_is_not_fitted(embedding):
    vectorizer = tovec.TokenVectorizer(embedding).fit(TEXTS).set_params(weighting="idf")
    with pytest.raises(NotFittedError):
        vectorizer.transform(TEXTS)


def test_a_table_or_an_array_of_one_column_is_its_texts(embedding):
    pandas, polars = needs("pandas"), needs("polars")
    expected = tovec.TokenVectorizer(embedding).fit_transform(TEXTS)
    frame = pandas.DataFrame({"text": TEXTS}, index=[f"row {n}" for n in range(len(TEXTS))])
    for given in (frame, polars.DataFrame({"text": TEXTS}), np.array(TEXTS)[:, None]):
        assert np.array_equal(tovec.TokenVectorizer(embedding).fit_transform(given), expected)
    columns = ColumnTransformer([("vectors", tovec.TokenVectorizer(embedding), ["text"])])
    assert np.array_equal(columns.fit_transform(frame), expected)


def test_components_of_texts_without_vectors_are_refused_with_the_number_that_goes(embedding):
    with pytest.raises(BadSetting, match="must be 0 for these texts, none of which has a vector, not 1"):
        tovec.TokenVectorizer(embedding, remove_components=1).fit(["", ""])


def test_a_sparse_matrix_is_refused_with_the_way_out(embedding):
    sparse = needs("scipy.sparse").eye(3)
    with pytest.raises(BadText, match=r"this dia_matrix has 2 dimensions; give one column, as array\[:, 0\]"):
        tovec.TokenVectorizer(embedding).fit(sparse)


@pytest.mark.parametrize("texts", ["the cat", {"a": 1}, [1, 2], [["cat"]], None, np.eye(2)])
def test_what_is_not_texts_is_one_error(embedding, texts):
    with pytest.raises(BadText):
        tovec.TokenVectorizer(embedding).fit(texts)
    with pytest.raises(BadText):
        tovec.TokenVectorizer(embedding).fit(TEXTS).transform(texts)


def test_without_scikit_learn_the_name_is_there_and_its_use_names_the_extra():
    program = """import sys; sys.modules["sklearn"] = None
import tovec
kind = tovec.TokenVectorizer
try:
    kind("saved", weighting="sif")
except tovec.TovecError as error:
    print(type(error).__name__, error)"""
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == (
        "MissingExtra TokenVectorizer needs an optional package: pip install 'tovec[sklearn]'"
    )
    assert issubclass(MissingExtra, TovecError)


def test_scikit_learn_is_loaded_by_the_vectorizer_alone():
    program = """import sys, tovec
embedding = tovec.Embedding.random(["cat", "dog"], 2); embedding.embed("cat", "sif")
print("sklearn" in sys.modules); tovec.TokenVectorizer; print("sklearn" in sys.modules)"""
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert output.stdout.split() == ["False", "True"]

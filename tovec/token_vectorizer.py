"""Texts to vectors as a step of scikit-learn (extra `sklearn`), which only this module imports."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tovec.checks import strings, whole_number
from tovec.embedding import Embedding, check_embedding
from tovec.errors import BadSetting, BadText, MissingExtra
from tovec.frames import as_frame, names_of_columns
from tovec.vectors.pooling import Weights
from tovec.vectors.table import Rows
from tovec.vectors.text_components import first_directions, without_directions
from tovec.vectors.token_weights import idf_weights, inverse_document_frequency, weights_named

if TYPE_CHECKING:
    from tovec.text.tokenizers import GivenTokenizer

try:
    from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
    from sklearn.utils.validation import check_is_fitted
except ImportError:  # the name is there, as every name of tovec; using it says what is missing

    class BaseEstimator:  # type: ignore[no-redef]
        """Stands for scikit-learn's where that is not installed."""

        def __new__(cls, *_: Any, **__: Any) -> Any:
            """Raise MissingExtra."""
            raise MissingExtra("TokenVectorizer", "sklearn")

    ClassNamePrefixFeaturesOutMixin = type("ClassNamePrefixFeaturesOutMixin", (), {})
    TransformerMixin = type("TransformerMixin", (), {})

WEIGHTINGS = ("mean", "idf", "sif")


class TokenVectorizer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """A transformer of scikit-learn: texts to vectors, (n_texts, dim) float32, made of those of their tokens.

    source: an Embedding, the path or the name of one, as `tovec.open` takes it, or None to train one on the
    texts of `fit`. weighting: `mean`; `idf`, by the inverse document frequency in the texts of `fit`; or
    `sif`, by the counts of the embedding, as `Embedding.embed`. remove_components: how many directions that
    the texts of `fit` share are subtracted from all vectors; the paper of SIF takes 1. tokenizer: None for
    that of the source, of words where it trains. settings: of `tovec.train`, where it trains.
    A text without any known token is a row of zeros. A column of pandas or polars is texts, and so is a table
    that has only one; with `set_output` frames come out. A clone shares the Embedding; a pickle holds it.

    Fitted attributes. embedding_: the Embedding. idf_: (n_tokens,) the weights, of `idf` alone. components_:
    (remove_components, dim).

    >>> vectorizer = tovec.TokenVectorizer(settings={"dim": 4, "epochs": 1, "min_count": 1})
    >>> vectorizer.fit_transform(["the cat sat", "a dog ate", "the dog"]).shape
    (3, 4)
    """

    def __init__(
        self,
        source: Embedding | str | Path | None = None,
        *,
        weighting: Literal["mean", "idf", "sif"] = "mean",
        remove_components: int = 0,
        tokenizer: "GivenTokenizer" = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.source = source
        self.weighting = weighting
        self.remove_components = remove_components
        self.tokenizer = tokenizer
        self.settings = settings

    def fit(self, X: Iterable[str], y: object = None) -> "TokenVectorizer":  # noqa: N803 - scikit-learn's name
        """Open or train the embedding, and learn from the texts X what its weights and components need.

        With a source that needs neither, the texts are only checked.
        Raises BadText for what is not texts, BadSetting for a parameter, and what opening or training raises.
        """
        self._fit(X)
        return self

    def _fit(self, given: Iterable[str]) -> tuple[list[str], Rows]:
        """Fit; return the texts and what components were found in, the weighted vectors of all or none."""
        if self.weighting not in WEIGHTINGS:
            raise BadSetting("weighting", self.weighting, f"one of {', '.join(WEIGHTINGS)}")
        whole_number("remove_components", self.remove_components, 0)
        if self.settings is not None and not isinstance(self.settings, Mapping):
            raise BadSetting(
                "settings", self.settings, "a dict of what tovec.train takes, such as {'dim': 50}"
            )
        texts = list(_texts(given))
        self.embedding_ = self._embedding(texts)
        self._n_features_out = self.embedding_.dim
        if self.weighting == "idf":
            self._n_texts = len(texts)
            self.idf_ = inverse_document_frequency(len(texts), self._n_texts_with_each(texts))
        vectors = self._weighed(texts if self.remove_components else [])
        self.components_ = first_directions(vectors, self.remove_components)
        return texts, vectors

    def transform(self, X: Iterable[str]) -> Rows:  # noqa: N803 - scikit-learn's name
        """Return the vectors of the texts X, (n_texts, dim) float32. Raises NotFittedError before `fit`."""
        check_is_fitted(self, ["embedding_", "idf_"] if self.weighting == "idf" else "embedding_")
        return without_directions(self._weighed(_texts(X)), self.components_)

    def fit_transform(self, X: Iterable[str], y: object = None) -> Rows:  # noqa: N803 - scikit-learn's name
        """Fit on the texts X and return their vectors; a generator is read once."""
        texts, vectors = self._fit(X)
        weighed = vectors if self.remove_components else self._weighed(texts)
        return without_directions(weighed, self.components_)

    def _embedding(self, texts: list[str]) -> Embedding:
        if self.source is None:
            from tovec.watching import train

            settings = dict(self.settings or {})
            if self.tokenizer is not None and "tokenizer" in settings:
                raise BadSetting("tokenizer", self.tokenizer, "None where the settings name one, too")
            if self.tokenizer is not None:
                settings["tokenizer"] = self.tokenizer
            return train(texts, **settings)
        if self.settings:
            raise BadSetting("settings", self.settings, "None where there is a source, which is not trained")
        embedding = self.source
        if isinstance(embedding, (str, Path)):
            from tovec.sources import open as open_embedding

            embedding = open_embedding(embedding)
        check_embedding("source", embedding)
        return embedding if self.tokenizer is None else embedding.with_tokenizer(self.tokenizer)

    def _weighed(self, texts: Iterable[str]) -> Rows:
        return self.embedding_._weighed(texts, self._weights())

    def _weights(self) -> Weights | None:
        if self.weighting == "idf":
            return idf_weights(self.idf_, inverse_document_frequency(self._n_texts, 0))
        return weights_named(self.weighting, self.embedding_.vocabulary)

    def _n_texts_with_each(self, texts: list[str]) -> NDArray[np.int64]:
        """Return in how many of the texts each token stands, (n_tokens,)."""
        n = len(self.embedding_)
        n_texts_with = np.zeros(n, dtype=np.int64)
        for cut in self.embedding_._cut(texts):
            rows, numbers = cut.rows_by_text()
            rows, numbers = rows[rows < n], numbers[rows < n]
            n_texts_with += np.bincount(np.unique(numbers * n + rows) % n, minlength=n)
        return n_texts_with

    def __sklearn_tags__(self) -> Any:
        """Return what scikit-learn asks of an estimator: it takes texts, not a matrix."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []
        return tags


def _texts(given: Iterable[str]) -> Iterator[str]:
    if isinstance(given, str):
        raise BadText("scikit-learn takes several texts, not one; give it in a list, as [text]")
    return strings(_only_column(given))


def _only_column(given: Any) -> Any:
    """Return the column of a table or an array that has only that; anything else as it is.

    ColumnTransformer and SimpleImputer hand out such ones.
    """
    if isinstance(given, np.ndarray):
        return given[:, 0] if given.ndim == 2 and given.shape[1] == 1 else given
    names = names_of_columns(given)
    frame = as_frame(given, "texts") if names is not None and len(names) == 1 else None
    return (
        given if frame is None else frame.get_column(frame.columns[-1]).to_native()
    )  # an index is before it

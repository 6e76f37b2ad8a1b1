"""Texts with an embedding: their tokens, their ids, and one vector of each."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, overload

import numpy as np

from tovec.checks import strings, whole_number
from tovec.embedding.named_rows import NamedRows
from tovec.errors import TovecError
from tovec.foreign_names import explains_keywords
from tovec.text.vocabulary import Ids
from tovec.vectors.table import Rows

if TYPE_CHECKING:
    from tovec.text.text_cutter import CutTexts, TextCutter
    from tovec.text.tokenizers import Tokenizer
    from tovec.vectors.pooling import Weights

_BATCH = 1 << 12  # texts at a time
# Characters of a batch: of so many numbers a third is at most held for the words of a batch.
_MOST_NUMBERS, _LEAST_CHARACTERS, _MOST_CHARACTERS = 1 << 25, 1 << 14, 1 << 20


class Texts(NamedRows):
    """What an embedding makes of texts, which its tokenizer cuts."""

    def tokenize(self, text: str) -> list[str]:
        """Return the tokens of `text`, also those without a vector. Raises TovecError without a tokenizer.

        >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
        >>> embedding.tokenize("The cat sat.")
        ['the', 'cat', 'sat']
        """
        (text,) = strings([text])
        return self._given_tokenizer.tokens(text)

    @property
    def _given_tokenizer(self) -> "Tokenizer":
        if self.tokenizer is None:
            raise TovecError(
                "this embedding has no tokenizer, so it cannot split text; name a `tokenizer` when you open "
                "it, such as words or a file; in Python, with_tokenizer adds one"
            )
        return self.tokenizer

    @property
    def _cutter(self) -> "TextCutter":
        cutter, tokenizer = self._text_cutter, self._given_tokenizer
        now = (tokenizer, self.vocabulary, self.ngrams is not None)
        if cutter is None or not cutter.is_for(*now):
            from tovec.text.text_cutter import TextCutter  # opening a table needs none

            cutter = self._text_cutter = TextCutter(*now)
        return cutter

    @overload
    def encode(self, text: str) -> Ids: ...  # type: ignore[overload-overlap]
    @overload
    def encode(self, text: Iterable[str]) -> list[Ids]: ...
    @explains_keywords()
    def encode(self, text: str | Iterable[str]) -> Ids | list[Ids]:
        """Return the ids of the tokens of a text, (n,) int32; of several texts, a list of these.

        One vector a text, as `encode` of model2vec and sentence-transformers gives, is what `embed` gives.
        A token without an id becomes the vocabulary's unknown token, or is left out without one; where
        there are n-grams, `self[self.tokenize(text)]` has a vector for it too.

        >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
        >>> embedding.encode("The cat sat.")
        array([0, 3], dtype=int32)
        """
        if not isinstance(text, str):
            return [self.encode(one) for one in strings(text)]
        return self.vocabulary.known_ids(self.tokenize(text))

    @explains_keywords()
    def embed(
        self,
        texts: str | Iterable[str],
        weighting: Literal["mean", "sif"] = "mean",
        *,
        remove_components: int = 0,
    ) -> Rows:
        """Return one vector a text, (n_texts, dim) float32, of a single one (dim,).

        It is the mean of the vectors of its tokens, as in model2vec: tokens outside the vocabulary do not
        count, nor does the unknown token in their place. With n-grams such tokens have a vector and count. A
        text without any vector, such as an empty one, is a row of zeros. texts: a list, a column of a table
        or anything that can be iterated over, which is read a few thousand at a time.
        weighting: `sif` multiplies each vector by a / (a + p) before the mean is taken, a = 0.001 and p the
        share of the token among all counts, so that frequent tokens count less (Arora, Liang and Ma 2017).
        Without counts p follows Zipf's law in the order of ids, as model2vec has it.
        remove_components: how many directions that the vectors of these texts share are subtracted from them,
        the first right singular vectors; the paper takes one. They depend on all texts, so ask for all at
        once, or take TokenVectorizer, which keeps those of the texts that it was fitted on.
        Raises TovecError without a tokenizer, BadText for what is not text, BadSetting for another weighting
        and for as many components as the texts have directions, such as one of a single text.

        >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
        >>> embedding.embed(["The cat sat.", "a dog"]).shape
        (2, 3)
        >>> embedding.embed(["cat", "dog", "cat mat"], weighting="sif", remove_components=1).shape
        (3, 3)
        """
        from tovec.vectors.text_components import first_directions, without_directions
        from tovec.vectors.token_weights import weights_named

        n_removed = whole_number("remove_components", remove_components, 0)
        is_one = isinstance(texts, str)
        given = strings([texts] if isinstance(texts, str) else texts)
        vectors = self._weighed(given, weights_named(weighting, self.vocabulary))
        vectors = without_directions(vectors, first_directions(vectors, n_removed))
        return vectors[0] if is_one else vectors

    def _weighed(self, texts: Iterable[str], weights: "Weights | None") -> Rows:
        """Return the mean of the weighted vectors of each text, (n_texts, dim)."""
        from tovec.vectors.pooling import pooled

        means = [np.empty((0, self.dim), dtype=np.float32)]
        means.extend(pooled(cut, self.vectors, self.ngrams, weights) for cut in self._cut(texts))
        return np.concatenate(means)

    def _cut(self, texts: Iterable[str]) -> "Iterator[CutTexts]":
        """Return the rows of the texts, some texts at a time. Raises TovecError without a tokenizer."""
        from tovec.text.text_cutter import in_batches

        n_characters = min(max(_MOST_NUMBERS // self.dim, _LEAST_CHARACTERS), _MOST_CHARACTERS)
        return map(self._cutter.cut, in_batches(texts, _BATCH, n_characters))

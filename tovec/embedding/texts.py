"""Texts with an embedding: their tokens, their ids, and one vector of each."""

from collections.abc import Iterable
from typing import overload

from tovec.checks import strings
from tovec.embedding.named_rows import NamedRows
from tovec.errors import TovecError
from tovec.text.vocabulary import Ids
from tovec.vectors.pooling import means_of_tokens
from tovec.vectors.table import Rows


class Texts(NamedRows):
    """What an embedding makes of texts, which its tokenizer cuts."""

    def tokenize(self, text: str) -> list[str]:
        """Return the tokens of `text`, also those without a vector. Raises TovecError without a tokenizer.

        >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
        >>> embedding.tokenize("The cat sat.")
        ['the', 'cat', 'sat']
        """
        if self.tokenizer is None:
            raise TovecError(
                "this embedding has no tokenizer, so it cannot split text; name a `tokenizer` when you open "
                "it, such as words or a file; in Python, with_tokenizer adds one"
            )
        (text,) = strings([text])
        return self.tokenizer.tokens(text)

    @overload
    def encode(self, text: str) -> Ids: ...  # type: ignore[overload-overlap]
    @overload
    def encode(self, text: Iterable[str]) -> list[Ids]: ...
    def encode(self, text: str | Iterable[str]) -> Ids | list[Ids]:
        """Return the ids of the tokens of a text, (n,) int32; of several texts, a list of these.

        A token without an id becomes the vocabulary's unknown token, or is left out without one; where
        there are n-grams, `self[self.tokenize(text)]` has a vector for it too.

        >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
        >>> embedding.encode("The cat sat.")
        array([0, 3], dtype=int32)
        """
        if not isinstance(text, str):
            return [self.encode(one) for one in strings(text)]
        return self.vocabulary.known_ids(self.tokenize(text))

    def embed(self, texts: str | Iterable[str]) -> Rows:
        """Return one vector a text, (n_texts, dim) float32, of a single one (dim,).

        It is the mean of the vectors of its tokens, as in model2vec: tokens outside the vocabulary do not
        count, nor does the unknown token in their place. With n-grams such tokens have a vector and count. A
        text without any vector is a row of zeros.
        Raises TovecError without a tokenizer.

        >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
        >>> embedding.embed(["The cat sat.", "a dog"]).shape
        (2, 3)
        """
        if isinstance(texts, str):
            means: Rows = self.embed([texts])[0]
            return means
        tokens = map(self.tokenize, strings(texts))
        return means_of_tokens(tokens, self.vocabulary, self.vectors, self.ngrams)

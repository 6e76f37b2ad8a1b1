"""Vectors of tokens, ids and queries: one table, asked by whatever may stand for a row."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tovec.checks import in_one_line, real_numbers
from tovec.errors import NoDirection, TovecError
from tovec.text.unknown import unknown_token
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.cosine import why_no_direction
from tovec.vectors.keys import Key, Keys, are_ids, is_vector, plain
from tovec.vectors.table import Rows, Vectors

if TYPE_CHECKING:
    from tovec.text.tokenizers import Tokenizer
    from tovec.vectors.ngram_table import NgramTable

Query = Key | NDArray[Any] | list[float] | tuple[float, ...]  # a token, an id or a vector


class Lookup:
    """The vectors of an embedding's parts; what has none is an UnknownToken or a TovecError."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        vectors: Vectors,
        ngrams: "NgramTable | None",
        tokenizer: "Tokenizer | None",
    ) -> None:
        self._vocabulary, self._vectors = vocabulary, vectors
        self._ngrams, self._tokenizer = ngrams, tokenizer
        self._dim = int(vectors.shape[1])
        self.keys = Keys(vocabulary)

    def vectors_of(self, key: Any) -> Rows:
        """Return the vector of a token or id, (dim,), or those of several keys, in their shape + (dim,).

        Always a new array of float32.
        """
        asked = plain(key)
        if isinstance(asked, (list, tuple, np.ndarray)):
            if self._ngrams is not None and not are_ids(asked) and not all(map(self.keys.has_row, asked)):
                return np.stack([self.vectors_of(one) for one in asked])
            rows = self.keys.rows(asked)
            return np.array(self._vectors[rows.ravel()], dtype=np.float32).reshape(*rows.shape, self._dim)
        if isinstance(asked, str) and not self.keys.has_row(asked):
            return self._of_ngrams(asked)
        row = self.keys.row(asked)
        return np.array(self._vectors[row : row + 1], dtype=np.float32).reshape(self._dim)

    def query(self, query: Query) -> NDArray[Any]:
        """Return the vector of a token or id, or the vector given, (dim,)."""
        asked = plain(query)
        if not is_vector(asked):
            return self.vectors_of(asked)
        if isinstance(asked, (list, tuple)) and any(isinstance(part, str) for part in asked):
            raise TovecError(
                f"a query is one token, id or vector, not {in_one_line(asked)}; neighbors_of_each takes "
                "several"
            )
        vector = real_numbers(asked)
        if vector.shape != (self._dim,):
            raise TovecError(f"a vector of this embedding has shape ({self._dim},), not {vector.shape}")
        return vector

    def directed(self, query: Query) -> NDArray[Any]:
        """Return the vector of a query to search with, (dim,). Raises NoDirection."""
        query = plain(query)
        vector = self.query(query)
        why = why_no_direction(vector)
        if why is None:
            return vector
        if is_vector(query):
            raise NoDirection(f"a vector to search for needs a direction; this one {why}")
        token = query if isinstance(query, str) else self._vocabulary.tokens[self.own_rows([query])[0]]
        raise NoDirection(f"token {token!r} has no direction: its row {why}")

    def all_directed(self, queries: Iterable[Query]) -> NDArray[Any]:
        """Return the vectors of queries to search with, (n_queries, dim)."""
        vectors = [self.directed(query) for query in queries]
        return np.stack(vectors) if vectors else np.empty((0, self._dim), dtype=np.float32)

    def own_rows(self, queries: Iterable[Query]) -> list[int]:
        """Return the rows of those queries that are tokens or ids, which are no answer to themselves."""
        return self.keys.own_rows(queries)

    def _of_ngrams(self, token: str) -> Rows:
        """Return the vector of a token outside the vocabulary. Raises UnknownToken when there is none.

        A word that a tokenizer of morphemes cuts is never a token of a text: it is the mean of its parts.
        """
        known = (
            [] if self._ngrams is None else [self._of_part(part, self._ngrams) for part in self._parts(token)]
        )
        vectors = [vector for vector in known if vector is not None]
        if not vectors:
            raise unknown_token(token, self._vocabulary, self._tokenizer)
        mean: Rows = np.mean(vectors, axis=0, dtype=np.float32)
        return mean

    def _parts(self, token: str) -> list[str]:
        cuts_words = self._tokenizer is not None and getattr(self._tokenizer, "cuts_words", False)
        return self._tokenizer.tokens(token) if self._tokenizer is not None and cuts_words else [token]

    def _of_part(self, part: str, ngrams: "NgramTable") -> Rows | None:
        return self.vectors_of(part) if self.keys.has_row(part) else ngrams.vector(part)

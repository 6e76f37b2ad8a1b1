"""What an embedding answers about its tokens: similarity, neighbors, analogies."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.checks import whole_number
from tovec.embedding.named_rows import NamedRows
from tovec.errors import BadSetting, NoDirection
from tovec.foreign_names import explains_keywords
from tovec.search.exact import Found
from tovec.vectors.cosine import cosines, unit_rows
from tovec.vectors.keys import Key, as_list
from tovec.vectors.lookup import Query


@dataclass(frozen=True)
class Neighbor:
    """A token that was found, and its cosine with the query.

    >>> embedding = tovec.Embedding(["cat", "dog"], [[1, 0], [2, 0]])
    >>> embedding.neighbors("cat")
    [Neighbor(token='dog', id=1, similarity=1.0)]
    """

    token: str
    id: int
    similarity: float


class Queries(NamedRows):
    """Questions to a table, answered by the exact cosine of its rows."""

    def similarity(self, a: Query, b: Query) -> float:
        """Return the cosine of two tokens, ids or vectors, in [-1, 1]; 0 where one has no direction.

        >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
        >>> round(embedding.similarity("cat", "dog"), 4)
        0.7071
        """
        return float(cosines(self._lookup.query(a)[None], self._lookup.query(b))[0])

    @explains_keywords()
    def neighbors(
        self, query: Query, k: int = 10, *, among: Iterable[Key] | NDArray[Any] | None = None
    ) -> list[Neighbor]:
        """Return the `k` tokens nearest to a token, id or vector, nearest first.

        The token itself is left out; for a vector nothing is. Similarity is the exact cosine, in
        [-1, 1]; ties keep vocabulary order. Rows of zeros, NaN or infinity have similarity 0 and come after
        all others. A `k` past the vocabulary returns all the others. among: the tokens or ids that may be
        found, None for all; only their rows are read.
        The first question to a large table (from 4 million numbers) makes a compact copy of it, one byte a
        number, if that takes no more than a quarter of the free memory; further ones take milliseconds.
        Raises UnknownToken, also for one of `among`, NoDirection for a token or vector of zeros, NaN or
        infinity, and BadSetting when `k` is below 1.

        >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
        >>> [hit.token for hit in embedding.neighbors("cat", k=2)]
        ['dog', 'mat']
        """
        k, left_out = whole_number("k", k, 1), self._lookup.own_rows([query])
        if among is None:
            return self._named(self._search.nearest_to_one(self._lookup.directed(query), k, left_out))
        return self.neighbors_of_each([query], k, among=among)[0]

    @explains_keywords()
    def neighbors_of_each(
        self,
        queries: Sequence[Query] | NDArray[Any],
        k: int = 10,
        *,
        among: Iterable[Key] | NDArray[Any] | None = None,
    ) -> list[list[Neighbor]]:
        """Return, for each of `queries`, what `neighbors` returns for it.

        Many together read the table once for a group of them, not for each, and nothing is copied; so this
        is also the way to ask only once. Raises as `neighbors` does, before anything is searched.

        >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
        >>> [[hit.token for hit in hits] for hits in embedding.neighbors_of_each(["cat", "mat"], k=1)]
        [['dog'], ['dog']]
        """
        k = whole_number("k", k, 1)
        asked = as_list(queries)
        candidates = None if among is None else np.unique(self._lookup.keys.rows(as_list(among)))
        vectors = self._lookup.all_directed(asked)
        if not len(vectors):
            return []
        left_out = [self._lookup.own_rows([query]) for query in asked]
        if candidates is None:
            found = self._search.nearest(vectors, k, left_out)
        else:
            found = self._search.nearest_among(candidates, vectors, k, left_out)
        return [self._named(each) for each in found]

    @explains_keywords()
    def analogy(
        self, positive: Sequence[Query], negative: Sequence[Query] = (), k: int = 10
    ) -> list[Neighbor]:
        """Return the `k` tokens nearest to the sum of `positive` minus `negative`, nearest first.

        3CosAdd (Levy and Goldberg 2014): the vectors of the question are added at length 1, and its
        tokens are left out of the answer. man : king = woman : ? is positive=["king", "woman"],
        negative=["man"]. Raises as `neighbors` does, also where the sum is zero, and BadSetting for a
        question without words.

        >>> embedding = tovec.Embedding(
        ...     ["man", "woman", "king", "queen"], [[1, 0, 5], [1, 3, 5], [4, 0, 5], [4, 3, 5]]
        ... )
        >>> embedding.analogy(positive=["king", "woman"], negative=["man"], k=1)[0].token
        'queen'
        """
        positive, negative = as_list(positive), as_list(negative)
        words = [*positive, *negative]
        if not words:
            raise BadSetting("positive and negative", [], "at least one token between them")
        signs = np.repeat([1.0, -1.0], [len(positive), len(negative)])
        total = signs @ unit_rows(self._lookup.all_directed(words)) / len(words)
        if not total.any():
            raise NoDirection("the vectors asked for cancel out: their sum is all zeros")
        left_out = self._lookup.own_rows(words)
        return self._named(self._search.nearest_to_one(total, whole_number("k", k, 1), left_out))

    def doesnt_match(self, tokens: Iterable[Key]) -> str:
        """Return the one of `tokens` farthest from their mean direction; the first of equals.

        Raises UnknownToken, NoDirection for a token whose row has none, and BadSetting for fewer than three
        tokens, of which none stands out.

        >>> embedding = tovec.Embedding(["cat", "dog", "tax"], [[1, 0], [0.9, 0.1], [0, 1]])
        >>> embedding.doesnt_match(["cat", "dog", "tax"])
        'tax'
        """
        asked = as_list(tokens)
        if len(asked) < 3:
            raise BadSetting("tokens", tokens, "a list of at least three tokens")
        units = unit_rows(self._lookup.all_directed(asked))
        odd = asked[int(np.argmin(cosines(units, units.mean(axis=0))))]
        return odd if isinstance(odd, str) else self.vocabulary.tokens[odd]

    def _named(self, found: Found) -> list[Neighbor]:
        names = self.vocabulary.tokens
        rows = zip(found.ids.tolist(), found.similarities.tolist(), strict=True)
        return [Neighbor(names[row], row, similarity) for row, similarity in rows]

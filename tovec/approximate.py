"""Neighbors among millions of tokens, by a graph that finds most of them; its recall is measured."""

from pathlib import Path

import numpy as np

from tovec.checks import whole_number
from tovec.embedding import Embedding, Neighbor, Query
from tovec.progress import Reporter
from tovec.search.approximate import GraphIndex
from tovec.vectors.cosine import unit_rows


class ApproximateIndex:
    """The tokens nearest to a query, most of them, in a time that hardly grows with their number.

    Make one with `build`, or with `open_or_build` to save it for later. `recall` measures how good it is.
    For tables of up to a million rows `Embedding.neighbors` is exact and about as fast. It can be copied and
    pickled; a pickle holds the embedding and the graph, and needs no file.

    >>> embedding = tovec.Embedding.random(map(str, range(100)), dim=8)
    >>> index = tovec.ApproximateIndex.build(embedding)
    >>> index.search("7", k=1) == embedding.neighbors("7", k=1)
    True
    """

    def __init__(self, embedding: Embedding, graph: GraphIndex) -> None:
        self.embedding = embedding
        self._graph = graph

    @classmethod
    def build(cls, embedding: Embedding, report: Reporter | None = None) -> "ApproximateIndex":
        """Return an index of all tokens of `embedding` that have a direction.

        Two cores take minutes for 100,000 rows; memory is 2 bytes a number and some 150 a row. The vectors
        must not change from then on. Threads build it, so two indexes may find different tokens.
        report: called with the stage "index", in rows.
        Raises MissingExtra without usearch.

        >>> embedding = tovec.Embedding.random(map(str, range(100)), dim=8)
        >>> index = tovec.ApproximateIndex.build(embedding)
        """
        return cls(embedding, GraphIndex.build(embedding.vectors, report))

    @classmethod
    def open_or_build(
        cls, embedding: Embedding, path: str | Path, report: Reporter | None = None
    ) -> "ApproximateIndex":
        """Return the index in the file `path`, built and saved there first where it is missing.

        Raises as `open`, `build` and `save` do.

        >>> embedding = tovec.Embedding.random(map(str, range(100)), dim=8)
        >>> index = tovec.ApproximateIndex.open_or_build(embedding, "table.usearch")
        """
        return cls(embedding, GraphIndex.open_or_build(embedding.vectors, Path(path), report))

    @classmethod
    def open(cls, embedding: Embedding, path: str | Path) -> "ApproximateIndex":
        """Return the index of `embedding` that was saved as the file `path`, read into memory.

        It opens for the user who saved it, on the machine where that was: a file from elsewhere could make
        usearch do anything. (To use one elsewhere, copy the key too, `user_key.key_path()`.)
        Raises BadSource when the file is not an index, is not signed with this user's key, or belongs to
        other vectors: it records their shape and a digest of rows across the table. Raises MissingExtra
        without usearch.

        >>> embedding = tovec.Embedding.random(map(str, range(100)), dim=8)
        >>> path = tovec.ApproximateIndex.build(embedding).save("table.usearch")
        >>> tovec.ApproximateIndex.open(embedding, path).recall(k=3) > 0.9
        True
        """
        return cls(embedding, GraphIndex.open(embedding.vectors, Path(path)))

    def save(self, path: str | Path) -> Path:
        """Save as the file `path`, all of it or nothing, in usearch's format; return its path.

        It is signed with the user's key, which is made where there is none. Raises CannotSave, NoSpace where
        the disk has too little space.

        >>> embedding = tovec.Embedding.random(map(str, range(100)), dim=8)
        >>> tovec.ApproximateIndex.build(embedding).save("table.usearch").name
        'table.usearch'
        """
        self._graph.save(Path(path))
        return Path(path)

    def search(self, query: Query, k: int = 10) -> list[Neighbor]:
        """Return `k` tokens near to a token, id or vector, nearest first, as `Embedding.neighbors` does.

        Some of the nearest may be missing, with others in their places; similarities are exact. Tokens
        without direction are not found.
        Raises as `Embedding.neighbors` does.

        >>> embedding = tovec.Embedding.random(map(str, range(100)), dim=8)
        >>> [hit.id for hit in tovec.ApproximateIndex.build(embedding).search(7, k=1)] == [
        ...     hit.id for hit in embedding.neighbors(7, k=1)
        ... ]
        True
        """
        k = whole_number("k", k, 1)
        vector, own = self.embedding._lookup.directed(query), self.embedding._lookup.own_rows([query])
        return self.embedding._named(self._graph.nearest(vector, k, own))

    def recall(self, n_samples: int = 100, k: int = 10, seed: int = 0) -> float:
        """Return the share of the true `k` nearest that `search` finds, in [0, 1], over random tokens.

        A token as similar as the last of the true ones counts as one of them. NaN without tokens that
        have a direction. Raises BadSetting when `n_samples` or `k` is below 1.

        >>> embedding = tovec.Embedding.random(map(str, range(100)), dim=8)
        >>> tovec.ApproximateIndex.build(embedding).recall(n_samples=50, k=3) > 0.9
        True
        """
        n_samples, n_tokens = whole_number("n_samples", n_samples, 1), len(self.embedding)
        drawn = np.random.default_rng(seed).choice(n_tokens, min(n_samples, n_tokens), replace=False)
        asked = drawn[unit_rows(self.embedding[drawn]).any(axis=1)].tolist()
        n_true = n_found = 0
        for row, exact in zip(asked, self.embedding.neighbors_of_each(asked, k), strict=True):
            n_true += len(exact)
            n_found += sum(hit.similarity >= exact[-1].similarity for hit in self.search(row, k) if exact)
        return n_found / n_true if n_true else float("nan")

"""Neighbor queries of many clients: one search at a time, since each uses all cores.

Queries that arrive while another search runs are answered together: the table is read once for all of them.
"""

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding, Neighbor
from tovec.errors import NoDirection
from tovec.search.exact import nearest
from tovec.server.workers import Workers
from tovec.text.scripts import SCRIPTS, script_of
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.cosine import unit_rows, unit_rows_float32, why_no_direction
from tovec.vectors.derived import DerivedTable
from tovec.vectors.lookup import Lookup
from tovec.vectors.table import Ids, Vectors, blocks

MAX_BATCH = 64  # queries in one pass over the table

Rows = list[dict[str, int | float]]
SearchQuery = tuple[int, int]  # id, k


class Searching:
    """Answers queries on one embedding, each with rows {"id", "score"}, best first: those with a direction.

    Another with the same tokens may take its place at any time.
    """

    def __init__(self, embedding: Embedding) -> None:
        self.embedding = embedding
        self._queued: dict[SearchQuery, list[Future[Rows]]] = {}
        self._lock = threading.Lock()
        self._of_script: dict[str, Ids] = {}
        self.workers = Workers(1, "tovec neighbors")

    def neighbors(self, id: int, k: int) -> Future[Rows]:
        """Find the `k` neighbors of a token by cosine; equal waiting queries are answered once."""
        future: Future[Rows] = Future()
        with self._lock:
            if not self._queued:
                self.workers.submit(self._answer_all)
            self._queued.setdefault((id, k), []).append(future)
        return future

    def analogy(self, positive: Sequence[int], negative: Sequence[int], k: int) -> Future[Rows]:
        """Find the `k` tokens nearest by cosine to a sum of unit vectors."""
        return self.workers.submit(
            lambda: _rows(self.embedding, self.embedding.analogy(positive, negative, k))
        )

    def at_moment(
        self, moment: Embedding, positive: Sequence[int], negative: Sequence[int], k: int
    ) -> Future[Rows]:
        """Find the `k` tokens nearest by cosine at another moment, to one or to a sum of unit vectors.

        Nothing is cached: an index for each moment that a reader passes would fill the memory.
        """
        return self.workers.submit(lambda: _rows_at_moment(moment, positive, negative, k))

    def by_distance(
        self, positive: Sequence[int], negative: Sequence[int], k: int, moment: Embedding | None = None
    ) -> Future[Rows]:
        """Find the `k` tokens at the least euclidean distance from one, or from a sum of unit vectors.

        A score is minus the distance. The query tokens and rows that are not finite are left out.
        """
        table = moment or self.embedding
        return self.workers.submit(lambda: _rows_by_distance(table, positive, negative, k))

    def of_script(self, table: Embedding, id: int, k: int, metric: str, script: str) -> Future[Rows]:
        """Find the `k` tokens nearest to one of those whose letters are all of `script`; only they are read.

        A score is the cosine, or minus the distance where `metric` is euclidean.
        """
        return self.workers.submit(
            lambda: _rows_among(table, id, k, metric, self._rows_of_script(table.vocabulary, script))
        )

    def _rows_of_script(self, vocabulary: Vocabulary, script: str) -> Ids:
        """Return the rows of a script, the same for all moments; the first question looks at every token."""
        if not self._of_script:
            scripts = [script_of(token) for token in vocabulary.readable_tokens]
            rows: dict[str, list[int]] = {each: [] for each in SCRIPTS}
            for row, each in enumerate(scripts):
                if each is not None and row not in vocabulary.special:
                    rows[each].append(row)
            self._of_script = {each: np.array(found, dtype=np.int64) for each, found in rows.items()}
        return self._of_script[script]

    def similarities(self, id: int, moment: Embedding | None = None) -> Future[NDArray[np.float32]]:
        """Compute the cosine of every token with one, (n_tokens,); NaN where either has no direction."""
        table = moment or self.embedding
        return self.workers.submit(lambda: _similarities(table, id))

    def _answer_all(self) -> None:
        with self._lock:
            queued, self._queued = self._queued, {}
        waiting = {
            query: [future for future in futures if future.set_running_or_notify_cancel()]
            for query, futures in queued.items()
        }
        for k in {k for (_, k), futures in waiting.items() if futures}:
            ids = [id for (id, each), futures in waiting.items() if each == k and futures]
            for start in range(0, len(ids), MAX_BATCH):
                part = ids[start : start + MAX_BATCH]
                for id, found in zip(part, self._found(part, k), strict=True):
                    for future in waiting[id, k]:
                        if isinstance(found, Exception):
                            future.set_exception(found)
                        else:
                            future.set_result(found)

    def _found(self, ids: Sequence[int], k: int) -> list[Rows | Exception]:
        """Return the neighbors of each of `ids`, or why it has none."""
        embedding = self.embedding
        try:
            if len(ids) == 1:  # the first single query on a large table prepares later ones
                return [_rows(embedding, embedding.neighbors(ids[0], k))]
            return [_rows(embedding, found) for found in embedding.neighbors_of_each(ids, k)]
        except Exception as error:
            if len(ids) == 1:
                return [error]
            return [self._found([id], k)[0] for id in ids]


def _rows(embedding: Embedding, found: Sequence[Neighbor]) -> Rows:
    return _directed(embedding, [(hit.id, hit.similarity) for hit in found])


def _directed(embedding: Embedding, found: Iterable[tuple[int, float]]) -> Rows:
    """Return the rows found that have a direction; only those of similarity 0 may have none."""
    return [
        {"id": row, "score": similarity}
        for row, similarity in found
        if similarity != 0 or why_no_direction(embedding[[row]][0]) is None
    ]


def _rows_among(table: Embedding, id: int, k: int, metric: str, rows: Ids) -> Rows:
    rows = rows[rows != id]
    if not len(rows):
        return []
    if metric == "cosine":
        return _rows(table, table.neighbors_of_each([id], k, among=rows)[0])
    found = DerivedTable(table.vectors, len(rows), rows)
    places, distances = nearest_by_distance(found, table[id].astype(np.float64), k, [])
    return [
        {"id": int(rows[place]), "score": -float(distance)}
        for place, distance in zip(places, distances, strict=True)
    ]


def _rows_at_moment(moment: Embedding, positive: Sequence[int], negative: Sequence[int], k: int) -> Rows:
    given = [*positive, *negative]
    lookup = Lookup(moment.vocabulary, moment.vectors, None, None)
    signs = np.repeat([1.0, -1.0], [len(positive), len(negative)])
    query = signs @ unit_rows(lookup.all_directed(given))
    if not query.any():
        raise NoDirection("the vectors asked for cancel out: their sum is all zeros")
    (found,), _ = nearest(moment.vectors, None, query[None], k, [given])
    return _directed(moment, zip(found.ids.tolist(), found.similarities.tolist(), strict=True))


def _similarities(embedding: Embedding, id: int) -> NDArray[np.float32]:
    direction = unit_rows_float32(embedding[[id]])[0]
    cosines = np.empty(embedding.n_tokens, dtype=np.float32)
    for start, rows in blocks(embedding.vectors):
        units = unit_rows_float32(rows)
        found = cosines[start : start + len(rows)]
        np.clip(units @ direction, -1.0, 1.0, out=found)
        found[~units.any(axis=1)] = np.nan
    if not direction.any():
        cosines[:] = np.nan
    return cosines


def _rows_by_distance(embedding: Embedding, positive: Sequence[int], negative: Sequence[int], k: int) -> Rows:
    given = [*positive, *negative]
    rows = embedding[given].astype(np.float64)
    signs = np.repeat([1.0, -1.0], [len(positive), len(negative)])
    query = rows[0] if len(given) == len(positive) == 1 else signs @ unit_rows(rows)
    ids, distances = nearest_by_distance(embedding.vectors, query, k, given)
    return [{"id": int(row), "score": -float(distance)} for row, distance in zip(ids, distances, strict=True)]


def nearest_by_distance(
    vectors: Vectors, query: NDArray[np.float64], k: int, left_out: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the ids of the `k` rows at the least euclidean distance from `query`, (dim,), and the distances.

    Computed in float64. Rows with NaN or infinity, and the ids `left_out`, are left out.
    """
    squares = np.empty(vectors.shape[0])
    for start, rows in blocks(vectors):
        with np.errstate(all="ignore"):
            change = rows - query
            squares[start : start + len(rows)] = np.einsum("ij,ij->i", change, change)
    squares[list(left_out)] = np.inf
    squares[np.isnan(squares)] = np.inf
    ids = np.argsort(squares, kind="stable")[:k]
    ids = ids[np.isfinite(squares[ids])]
    return ids, np.sqrt(squares[ids])

"""Exact cosine neighbors in a table too large to copy.

A fast pass gives every row its cosine in float32, block by block; the few rows that may be among the
best are then measured again in float64. So the answer does not depend on how the table was cut into
blocks, and equal rows get equal similarities, which a matrix product alone does not promise.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.vectors.cosine import Norms, cosines, row_lengths, unit_rows
from tovec.vectors.table import Ids, Rows, Vectors, blocks

MAX_SCORES = 1 << 24  # 64 MB of float32 cosines at a time
LAST = np.float32(-2.0)  # the score of a row without direction, below every cosine
PART_SCORES = 512  # scores of a part, of which only the best is compared to bound the k-th best
PARTS_PER_ROW = 4  # parts for each of the k rows; with fewer, several of the best share a part
MEASURED_NUMBERS = 1 << 16  # half a megabyte of float64, so that rows measured again fit in the cache


class Found(NamedTuple):
    """What is nearest to one query: ids, (k,) int64, and their cosines, (k,) float32, best first."""

    ids: Ids
    similarities: Rows


def nearest(
    vectors: Vectors,
    norms: Norms | None,
    queries: NDArray[Any],
    k: int,
    left_out: Sequence[Sequence[int]],
) -> tuple[list[Found], Norms | None]:
    """Return, for each of `queries` (n_queries, dim), the `k` rows of highest cosine, best first.

    norms: `row_norms(vectors)`; where it is None they are measured on the way. They are returned too.
    left_out: for each query, the ids that must not be found.
    Ties are in the order of ids, and rows without direction come last, with a cosine of 0; a `k` past the
    table gives all rows that are not left out.
    Many queries at once cost little more than one: each block of the table is read once for all.
    """
    n_rows, dim = vectors.shape
    found = []
    step = max(1, MAX_SCORES // max(1, n_rows))
    for start in range(0, len(queries), step):
        part = queries[start : start + step]
        scores, norms = _fast_cosines(vectors, norms, unit_rows(part))
        for row, query, skip in zip(scores, part, left_out[start : start + step], strict=True):
            found.append(best(vectors, query, row, rounding(dim), k, skip))
    return found, norms


def _fast_cosines(vectors: Vectors, norms: Norms | None, units: NDArray[np.float64]) -> tuple[Rows, Norms]:
    """Return cosines to within `rounding`, (n_queries, n_tokens), and the norms of the rows."""
    scores = np.empty((len(units), vectors.shape[0]), dtype=np.float32)
    measured = np.empty(vectors.shape[0]) if norms is None else norms
    units32 = units.astype(np.float32)
    for start, rows in blocks(vectors):
        stop = start + len(rows)
        if norms is None:
            measured[start:stop] = row_lengths(rows)
        lengths = measured[start:stop, None]
        with np.errstate(all="ignore"):
            part = (rows @ units32.T) / lengths
        part[lengths[:, 0] == 0] = LAST
        extreme = (lengths[:, 0] > 0) & ((lengths[:, 0] < 1e-12) | (lengths[:, 0] > 1e17))
        if extreme.any():  # float32 products overflow or vanish there
            part[extreme] = rows[extreme].astype(np.float64) @ units.T / lengths[extreme]
        scores[:, start:stop] = part.T
    return scores, measured


def rounding(dim: int) -> float:
    """Return twice a bound on the rounding error of a cosine of `dim` terms in float32."""
    return 2 * (dim + 8) * float(np.finfo(np.float32).eps)


def best(
    vectors: Vectors, query: NDArray[Any], scores: Rows, errors: Rows | float, k: int, skip: Sequence[int]
) -> Found:
    """Return the best `k` rows: all that `scores` cannot rule out, measured again and sorted.

    scores: (n_tokens,) cosines with `query`, `LAST` for rows without direction, overwritten. errors: how far
    off each may be. skip: ids that must not be found.
    """
    scores[list(skip)] = -np.inf
    k = min(k, len(scores) - len(set(skip)))
    if k <= 0:
        return Found(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
    ids = np.flatnonzero(scores + errors >= _reached_by(scores - errors, k))
    step = max(1, MEASURED_NUMBERS // vectors.shape[1])
    parts = [
        cosines(np.asarray(vectors[ids[i : i + step]], np.float32), query) for i in range(0, len(ids), step)
    ]
    similarities = np.concatenate(parts)
    ranked = np.where(scores[ids] == LAST, LAST, similarities)
    order = np.argsort(-ranked, kind="stable")[:k]  # ids ascend, so ties keep their order
    return Found(ids[order], similarities[order])


def _reached_by(scores: Rows, k: int) -> np.float32:
    """Return a score that at least `k` of `scores` reach, (n,), and not many more.

    With enough parts it is the k-th best of the best of each part, which is much faster than of all.
    """
    n_parts = len(scores) // PART_SCORES
    if n_parts >= PARTS_PER_ROW * k:
        scores = scores[: n_parts * PART_SCORES].reshape(n_parts, PART_SCORES).max(axis=1)
    reached: np.float32 = np.partition(scores, len(scores) - k)[len(scores) - k]
    return reached

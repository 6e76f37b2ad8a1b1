"""Lengths of rows, rows at length 1, and cosines.

A row of zeros, or with NaN or infinity, has no direction: its length counts as 0, at length 1 it is zeros,
and its cosine with anything is 0.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.vectors.table import Ids, Rows, Vectors, blocks, row_slices

Norms = NDArray[np.float64]
SMALL, LARGE = 1e-25, 1e35  # sums of squares beyond which float32 underflows or overflows
LONGEST = 1e17  # the length up to which float32 holds the sum of the squares of a few thousand rows


def row_norms(vectors: Vectors) -> Norms:
    """Return the length of every row of a table, (n_tokens,) float64; 0 for one with NaN or infinity."""
    norms = np.empty(vectors.shape[0])
    for start, rows in blocks(vectors):
        norms[start : start + len(rows)] = row_lengths(rows)
    return norms


def row_lengths(rows: Rows) -> Norms:
    """Return the length of each row, (n,) float64; 0 for one with NaN or infinity."""
    with np.errstate(all="ignore"):
        squares = np.einsum("ij,ij->i", rows, rows).astype(np.float64)
    inexact = ~((squares > SMALL) & (squares < LARGE))  # NaN and 0 too
    if inexact.any():
        with np.errstate(invalid="ignore"):  # casting a signaling NaN warns
            odd = rows[inexact].astype(np.float64)
        squares[inexact] = np.einsum("ij,ij->i", odd, odd)
    squares[~np.isfinite(squares)] = 0.0
    lengths: Norms = np.sqrt(squares)
    return lengths


def cosines(rows: NDArray[Any], query: NDArray[Any]) -> Rows:
    """Return the cosine of each row with `query`, (n,), computed in float64; 0 where one has no direction."""
    with np.errstate(invalid="ignore"):
        rows, query = rows.astype(np.float64), query.astype(np.float64)
        lengths = _lengths(rows) * np.sqrt((query * query).sum())
        dots = (rows * query).sum(axis=1)
    directed = np.isfinite(lengths) & (lengths > 0)
    similarity = np.divide(dots, lengths, out=np.zeros(len(rows)), where=directed)
    in_range: Rows = similarity.clip(-1.0, 1.0).astype(np.float32)
    return in_range


def why_no_direction(vector: NDArray[Any]) -> str | None:
    """Return why a vector, (dim,), has no direction, as in "it ..."; None where it has one."""
    if np.isnan(vector).any():
        return "holds NaN"
    if not np.isfinite(vector).all():
        return "holds infinity"
    return None if vector.any() else "is all zeros"


def rows_without_direction(vectors: Vectors, norms: Norms) -> dict[str, Ids]:
    """Return the ids of the rows that have no direction, ascending, by the reason: "nan", "infinity", "zero".

    norms: what `row_norms` gives for `vectors`; only the rows whose length is 0 are read.
    """
    ids = np.flatnonzero(norms == 0)
    reasons = np.empty(len(ids), dtype=np.uint8)
    for part in row_slices(len(ids), vectors.shape[1]):
        rows = np.asarray(vectors[ids[part]], dtype=np.float32)
        is_nan, is_zero = np.isnan(rows).any(axis=1), ~rows.any(axis=1)
        reasons[part] = np.select([is_nan, is_zero], [0, 2], default=1)
    return {reason: ids[reasons == code] for code, reason in enumerate(("nan", "infinity", "zero"))}


def are_too_large(norms: Norms) -> NDArray[np.bool_]:
    """Return which rows are too long to be projected among the others, (n_tokens,); none where all are.

    norms: what `row_norms` gives. Cosines with these rows are computed in float64, and are right.
    """
    are_long: NDArray[np.bool_] = norms > LONGEST
    return are_long & bool((norms[~are_long] > 0).any())


def unit_rows(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return `rows` at length 1, (n, dim), computed in float64; rows without direction become zeros."""
    rows = np.where(np.isfinite(rows).all(axis=1, keepdims=True), rows, 0.0).astype(np.float64)
    lengths = _lengths(rows)[:, None]
    units: NDArray[np.float64] = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return units


def unit_rows_float32(rows: Rows) -> Rows:
    """Return `rows` at length 1, (n, dim), computed in float32 where that holds their squares, for speed."""
    with np.errstate(all="ignore"):
        squares = np.einsum("ij,ij->i", rows, rows)
    if ((squares > SMALL) & (squares < LARGE)).all():
        units: Rows = rows / np.sqrt(squares)[:, None]
        return units
    return unit_rows(rows).astype(np.float32)


def _lengths(rows: NDArray[np.float64]) -> Norms:
    lengths: Norms = np.sqrt((rows * rows).sum(axis=1))
    return lengths

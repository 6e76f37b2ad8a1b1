"""Lengths, unit rows and cosines. A row of zeros or with NaN or infinity has no direction: cosine 0."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.vectors.table import Rows, Vectors, blocks

Norms = NDArray[np.float64]


def row_norms(vectors: Vectors) -> Norms:
    """Return the length of every row, (n_tokens,); 0 for a row with a NaN or an infinity.

    Such a row has no direction, so everything here treats it as it treats a row of zeros.
    """
    norms = np.empty(vectors.shape[0])
    for start, rows in blocks(vectors):
        norms[start : start + len(rows)] = row_lengths(rows)
    return norms


def row_lengths(rows: Rows) -> Norms:
    """Return the length of each row, (n,) float64; 0 for a row with a NaN or an infinity."""
    with np.errstate(all="ignore"):
        squares = np.einsum("ij,ij->i", rows, rows).astype(np.float64)
    inexact = ~((squares > 1e-25) & (squares < 1e35))  # float32 squares overflow or vanish; NaN and 0 too
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
        lengths = np.sqrt((rows * rows).sum(axis=1)) * np.sqrt((query * query).sum())
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


def unit_rows(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return `rows` at length 1, in float64; rows without direction become zeros."""
    rows = np.where(np.isfinite(rows).all(axis=1, keepdims=True), rows, 0.0).astype(np.float64)
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    units: NDArray[np.float64] = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return units

"""How far the rows of a table spread over its dimensions: cosines, ranks, isotropy.

All of it follows from sums over the rows, which are read by blocks and never held together. Rows without
direction (zeros, NaN, infinity) and rows that are too large beside the others do not count.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.progress import StageReporter
from tovec.vectors.cosine import Norms, are_too_large
from tovec.vectors.table import Rows, Vectors, blocks

Matrix = NDArray[np.float64]
PRODUCT_ROWS = 4096  # rows summed in float32 before they are added in float64
LARGEST_SCALE = 1e37  # that float32 holds


@dataclass(frozen=True)
class Moments:
    """Sums over the rows of a table that count.

    n: how many count. scale: what the rows were multiplied by before, so that nothing overflows. mean:
    (dim,). covariance: (dim, dim), divided by n. unit_mean: (dim,) the mean of the rows at length 1.
    unit_products: (dim, dim) the mean of the products of each of these with itself.
    """

    n: int
    scale: float
    mean: Matrix
    covariance: Matrix
    unit_mean: Matrix
    unit_products: Matrix


def counted_rows(norms: Norms) -> NDArray[np.bool_]:
    """Return which rows count, (n_rows,): those with a direction, and of a length that fits the others."""
    counted: NDArray[np.bool_] = (norms > 0) & ~are_too_large(norms)
    return counted


def moments(vectors: Vectors, norms: Norms, progress: StageReporter) -> Moments:
    """Return the sums over all rows that count, of which there must be one. norms: what `row_norms` gives."""
    counted = counted_rows(norms)
    n, dim = int(counted.sum()), vectors.shape[1]
    scale = min(LARGEST_SCALE, 1.0 / float(np.median(norms[counted])))
    near: Matrix | None = None  # stands near the mean, so that little cancels
    summed, products = np.zeros(dim), np.zeros((dim, dim))
    unit_sum, unit_products = np.zeros(dim), np.zeros((dim, dim))
    for start, rows, lengths in _counted_blocks(vectors, norms, counted):
        scaled = rows * np.float32(scale)
        units = rows / lengths[:, None].astype(np.float32)
        if near is None:
            near = scaled.mean(axis=0, dtype=np.float64)
        centered = scaled - near.astype(np.float32)
        summed += centered.sum(axis=0, dtype=np.float64)
        products += np.asarray(centered.T @ centered, dtype=np.float64)
        unit_sum += units.sum(axis=0, dtype=np.float64)
        unit_products += np.asarray(units.T @ units, dtype=np.float64)
        progress.sometimes("covariance", start / vectors.shape[0])
    assert near is not None
    offset = summed / n
    return Moments(
        n,
        scale,
        near.astype(np.float32) + offset,
        products / n - np.outer(offset, offset),
        unit_sum / n,
        unit_products / n,
    )


def _counted_blocks(
    vectors: Vectors, norms: Norms, counted: NDArray[np.bool_]
) -> Iterator[tuple[int, Rows, Norms]]:
    """Yield (first row, rows that count, their lengths), at most PRODUCT_ROWS at a time."""
    for first, block in blocks(vectors):
        for at in range(0, len(block), PRODUCT_ROWS):
            part = slice(first + at, first + min(at + PRODUCT_ROWS, len(block)))
            kept = counted[part]
            rows = block[at : at + PRODUCT_ROWS]
            if kept.any():
                yield part.start, rows if kept.all() else rows[kept], norms[part][kept]


def mean_cosine(sums: Moments) -> float:
    """Mean cosine: the mean cosine of two different rows, in [-1, 1].

    Formula: (‖Σu‖² − n) / (n (n − 1)) over the n rows u at length 1: all pairs, without making them.
    Source: Ethayarajh 2019, arXiv:1909.00512, there of a sample of pairs.
    Read: near 0, rows point everywhere; .2 and more, all share a direction, cosines between unrelated tokens
    are high, and subtracting the mean (--remove-components 0) helps. It says nothing about how many
    dimensions are in use; IsoScore does.
    """
    if sums.n < 2:
        return float("nan")
    return float((sums.n * (sums.unit_mean @ sums.unit_mean) - 1) / (sums.n - 1))


def participation_rank(sums: Moments) -> float:
    """Participation ratio: how many dimensions share the variance, from 1 to dim.

    Formula: tr(C)² / ‖C‖²_F of the covariance C of the rows.
    Source: the participation ratio of the eigenvalues of C, as in Gao et al. 2017, bioRxiv 214262.
    Read: as many equal dimensions would be as unevenly used; a few strong ones lower it most.
    """
    total, squares = float(np.trace(sums.covariance)), float((sums.covariance**2).sum())
    return total**2 / squares if squares > 0 else float("nan")


def iso_score(sums: Moments) -> float:
    """IsoScore: how evenly the variance is spread over all dimensions, from 0 to 1.

    Formula: (P − 1) / (dim − 1) with the participation ratio P. The paper's steps, principal components, the
    diagonal of their covariance at length √dim, its distance to ones, rescaled, come to that.
    Source: Rudman et al. 2022, arXiv:2108.07344.
    Read: 0, all variance lies along one line; 1, it is the same in every direction. Undefined for one column.
    """
    dim = len(sums.mean)
    rank = participation_rank(sums)  # a hair below 1 by rounding where all variance lies along one line
    return (max(rank, 1.0) - 1) / (dim - 1) if dim > 1 and rank == rank else float("nan")


def entropy_rank(variances: Matrix) -> float:
    """Effective rank: how many dimensions are in use by entropy, from 1 to dim.

    Formula: exp(−Σ p ln p) with p = σ / Σσ, σ the singular values of the centered rows.
    Source: Roy and Vetterli 2007, "The effective rank", EUSIPCO.
    Read: as the participation ratio, but weak dimensions count for more; near dim in most tables. One far
    below says that the table would fit into fewer columns.
    """
    spread = np.sqrt(variances.clip(0.0))
    if not spread.any():
        return float("nan")
    shares = spread[spread > 0] / spread.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def spectrum(sums: Moments) -> Matrix:
    """Spectrum: the share of the variance along each principal axis, (dim,), largest first.

    Formula: the eigenvalues of the covariance of the rows, divided by their sum.
    Source: Pearson 1901; Hotelling 1933.
    Read: how many axes hold half, nine tenths and 99 % of the variance; a first share far above the second
    is one direction that all rows use.
    """
    variances = np.linalg.eigvalsh(sums.covariance)[::-1].clip(0.0)
    total = variances.sum()
    return np.asarray(variances / total if total > 0 else variances)


def partition_isotropy(log_sums: tuple[float, float]) -> float:
    """Partition isotropy: whether the rows sum up alike in all directions, from 0 to 1.

    Formula: min Z(c) / max Z(c) with Z(c) = Σ exp(c · w) over the rows w, c all eigenvectors of WᵀW and their
    negatives (a sign is arbitrary). It is computed as a difference of logarithms, since Z overflows.
    Source: Mu and Viswanath 2018, arXiv:1702.01417, after Arora et al. 2016, arXiv:1502.03520.
    Read: 1, no direction stands out. It depends on how long the rows are: long ones bring it to 0 whatever
    their directions, so compare the figure of rows at length 1, and read that of the rows as they are by its
    logarithm. The authors of IsoScore advise against it.
    """
    least, most = log_sums
    return float(np.exp(least - most))


def log_partition(
    vectors: Vectors, norms: Norms, sums: Moments, at_length_1: bool, progress: StageReporter
) -> tuple[float, float]:
    """Return ln min Z and ln max Z of `partition_isotropy`, of the rows or of the rows at length 1."""
    if at_length_1:
        products = sums.unit_products
    else:
        products = (sums.covariance + np.outer(sums.mean, sums.mean)) / sums.scale**2
    directions = np.linalg.eigh(products)[1].astype(np.float32)
    n_directions = directions.shape[1]
    most, totals = np.full(2 * n_directions, -np.inf), np.zeros(2 * n_directions)
    for start, rows, lengths in _counted_blocks(vectors, norms, counted_rows(norms)):
        scaled = rows / lengths[:, None].astype(np.float32) if at_length_1 else rows
        scores = scaled @ directions
        for part, signed in ((slice(0, n_directions), scores), (slice(n_directions, None), -scores)):
            top = np.maximum(most[part], signed.max(axis=0))
            signed = signed - top.astype(np.float32)
            np.exp(signed, out=signed)
            totals[part] = totals[part] * np.exp(most[part] - top) + signed.sum(axis=0, dtype=np.float64)
            most[part] = top
        progress.sometimes("isotropy", start / vectors.shape[0])
    logs = most + np.log(totals)
    return float(logs.min()), float(logs.max())

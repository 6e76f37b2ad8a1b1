"""Principal axes of a table, around its mean or around the origin (Pearson 1901; Hotelling 1933), in blocks.

The table is read block by block and never copied whole, so it may be larger than memory. Nothing is
scaled: a dimension that varies more counts for more. Rows are centered before they are multiplied and
the products of a few thousand rows, in float32, are added up in float64: covariances differ from those
in float64 by parts in 10⁷ of the largest.

Up to MAX_EXACT rows or columns the answer is exact, by one reading. Tables with more of both are read a
few times more instead of making the covariance: a basis of what it does to random directions is grown
(Halko, Martinsson and Tropp 2011, arXiv:0909.4061), all readings kept (block Krylov; Halko et al. 2011,
arXiv:1007.5510), until each component changes direction under the covariance by less than TOLERANCE.
The total variance is exact in both; an explained ratio errs by far less than TOLERANCE of itself.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.errors import TovecError
from tovec.progress import StageReporter
from tovec.vectors.table import Rows, Vectors, blocks

Matrix = NDArray[np.float64]
MAX_EXACT = 1024  # rows or columns: up to here one covariance is faster than several readings
OVERSAMPLING = 12  # random directions more than are wanted
MAX_READINGS = 24  # where the spectrum is so flat that no direction stands out, any will do
TOLERANCE = 1e-4  # of a component's own variance
NOISE = 1e-6  # of the largest variance: what float32 products cannot tell from nothing
PRODUCT_ROWS = 4096  # rows summed in float32 before they are added in float64
FIRST_ROWS = 1000  # whose mean stands near the mean of all


class Axes(NamedTuple):
    """Variances (times n_rows), the largest first, their directions, one a row, and what they are of."""

    mean: Matrix
    total: float  # the variance in all directions, times n_rows
    variances: Matrix
    directions: Matrix


def principal_axes(vectors: Vectors, dims: int, seed: int, progress: StageReporter) -> Axes:
    """Return the first `dims` axes of the rows, signed; fewer where there are not so many."""
    axes = _unsigned_axes(vectors, dims, seed, progress)
    return axes._replace(directions=_signed(axes.directions))


def axes_around_origin(vectors: Vectors, n_axes: int) -> tuple[Matrix, float]:
    """Return the principal axes of the rows around the origin, not around their mean, (dim, n_axes) float64.

    Also the share of the summed squared lengths along them, in [0, 1]; 1 for rows of zeros. Each axis is
    signed as those of `principal_axes`. Rows with NaN or infinity count for nothing.
    """
    dim = vectors.shape[1]
    products = np.zeros((dim, dim))
    for _, rows in blocks(vectors):
        numbers = rows[np.isfinite(rows).all(axis=1)].astype(np.float64)
        products += numbers.T @ numbers
    sizes, columns = np.linalg.eigh(products)
    sizes, axes = sizes[::-1].clip(0.0), _signed(columns[:, ::-1][:, :n_axes].T).T
    total = float(sizes.sum())
    return axes, 1.0 if total == 0 else min(1.0, float(sizes[:n_axes].sum()) / total)


def along(vectors: Vectors, mean: Matrix, directions: Matrix, dims: int, progress: StageReporter) -> Rows:
    """Return the rows, seen from `mean`, along `directions`, (n_rows, dims); 0 where there are fewer."""
    points = np.zeros((vectors.shape[0], dims), dtype=np.float32)
    basis = directions.T.astype(np.float32)
    for start, centered in _centered(vectors, mean):
        points[start : start + len(centered), : len(directions)] = centered @ basis
        progress.sometimes("projecting", start / len(points))
    return points


def _unsigned_axes(vectors: Vectors, dims: int, seed: int, progress: StageReporter) -> Axes:
    n_rows, dim = vectors.shape
    most = MAX_READINGS * (dims + OVERSAMPLING)  # directions that the readings may find
    if min(n_rows, dim) > max(MAX_EXACT, most):
        return _by_readings(vectors, dims, seed, progress)
    return _from_rows(vectors, dims) if n_rows <= dim else _from_covariance(vectors, dims, progress)


def _from_rows(vectors: Vectors, dims: int) -> Axes:
    """Return the axes of few rows, which have no more directions than there are rows."""
    rows = np.asarray(vectors[0 : vectors.shape[0]], dtype=np.float64)
    mean = _mean_of(rows)
    _, spread, directions = np.linalg.svd(rows - mean, full_matrices=False)
    variances = spread**2
    return Axes(mean, float(variances.sum()), variances[:dims], directions[:dims])


def _from_covariance(vectors: Vectors, dims: int, progress: StageReporter) -> Axes:
    """Return the axes of many rows, summed around a mean of few of them, so near that nothing cancels."""
    n_rows, dim = vectors.shape
    near = _mean_of(np.asarray(vectors[0:FIRST_ROWS], dtype=np.float64))
    summed, products = np.zeros(dim), np.zeros((dim, dim))
    for start, centered in _centered(vectors, near):
        with np.errstate(over="ignore", invalid="ignore"):
            products += centered.T @ centered
        summed += centered.sum(axis=0)
        progress.sometimes("covariance", start / n_rows)
    _check_size(products)
    offset = summed / n_rows
    covariance = products - n_rows * np.outer(offset, offset)
    variances, columns = np.linalg.eigh(covariance)
    total = max(0.0, float(covariance.trace()))
    return Axes(near + offset, total, variances[::-1][:dims], columns[:, ::-1].T[:dims])


def _by_readings(vectors: Vectors, dims: int, seed: int, progress: StageReporter) -> Axes:
    """Return the axes of a large wide table by block Krylov iteration from a random start."""
    mean, total = mean_and_total(vectors, progress)
    if total == 0:
        return Axes(mean, 0.0, np.zeros(0), np.zeros((0, len(mean))))
    generator = np.random.default_rng(seed)
    newest, _ = np.linalg.qr(generator.standard_normal((len(mean), dims + OVERSAMPLING)))
    basis, images = np.zeros((len(mean), 0)), np.zeros((len(mean), 0))
    for reading in range(MAX_READINGS):
        progress.now("principal components", reading / MAX_READINGS)
        image = _times_covariance(vectors, mean, newest, progress)
        basis, images = np.hstack([basis, newest]), np.hstack([images, image])
        small = basis.T @ images
        variances, mixes = np.linalg.eigh((small + small.T) / 2)
        variances, mixes = variances[::-1][:dims], mixes[:, ::-1][:, :dims]
        directions = basis @ mixes
        turned = np.linalg.norm(images @ mixes - directions * variances, axis=0)
        if (turned <= np.maximum(TOLERANCE * variances, NOISE * variances[0])).all():
            break
        image -= basis @ (basis.T @ image)
        image -= basis @ (basis.T @ image)  # once more: the first time leaves rounding errors
        newest, _ = np.linalg.qr(image)
    return Axes(mean, total, variances, directions.T)


def mean_and_total(vectors: Vectors, progress: StageReporter) -> tuple[Matrix, float]:
    """Return the mean row, (dim,), and the summed squares of all rows around it."""
    n_rows = vectors.shape[0]
    near = _mean_of(np.asarray(vectors[0:FIRST_ROWS], dtype=np.float64))
    summed, squares = np.zeros(len(near)), 0.0
    for start, centered in _centered(vectors, near):
        with np.errstate(over="ignore"):
            squares += np.einsum("ij,ij->i", centered, centered).sum(dtype=np.float64)
        summed += centered.sum(axis=0)
        progress.sometimes("mean", start / n_rows)
    _check_size(np.array(squares))
    offset = summed / n_rows
    return near + offset, max(0.0, float(squares - n_rows * (offset @ offset)))


def _check_size(squares: Matrix) -> None:
    if not np.isfinite(squares).all():
        raise TovecError("the vectors hold numbers too large to be projected; scale them to below 10¹⁵")


def _times_covariance(vectors: Vectors, mean: Matrix, columns: Matrix, progress: StageReporter) -> Matrix:
    """Return the covariance (times n_rows) times `columns`, (dim, n_columns), without making it."""
    product = np.zeros(columns.shape)
    columns32 = columns.astype(np.float32)
    for start, centered in _centered(vectors, mean):
        product += centered.T @ (centered @ columns32)
        progress.sometimes("reading rows", start / vectors.shape[0])
    return product


def _centered(vectors: Vectors, center: Matrix) -> Iterator[tuple[int, Rows]]:
    """Yield the whole table as (first row, rows minus `center`), at most PRODUCT_ROWS at a time."""
    center32 = center.astype(np.float32)
    for start, rows in blocks(vectors):
        for at in range(0, len(rows), PRODUCT_ROWS):
            yield start + at, rows[at : at + PRODUCT_ROWS] - center32


def _mean_of(rows: Matrix) -> Matrix:
    """Return the mean row, (dim,); of equal rows exactly that row, so that they have no variance at all."""
    return np.asarray(rows[0] + (rows - rows[0]).mean(axis=0))


def _signed(directions: Matrix) -> Matrix:
    """Return the directions with their largest components positive; both signs are the same axis."""
    largest = np.abs(directions).argmax(axis=1)
    signs = np.sign(directions[np.arange(len(directions)), largest])
    return np.asarray(directions * signs[:, None])

"""Axes of a table along which few tokens stand out, by independent component analysis.

Rows count at length 1, so that the products of what two of them have along the axes add up to their cosine
(normalised ICA: Yamagiwa et al. 2023, arXiv:2305.13175, and 2024, arXiv:2406.10984). There the rows are
whitened first, and the sum is the cosine of whitened rows; here the axes are the orthonormal ones nearest to
those of the ICA, so that it is the cosine of the rows as they are.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.errors import TovecError
from tovec.progress import Reporter, StageReporter
from tovec.text.vocabulary import most_frequent
from tovec.threads import one_blas_thread
from tovec.vectors.cosine import unit_rows
from tovec.vectors.table import Ids

Matrix = NDArray[np.float64]

SAMPLE_ROWS = 20_000  # the most frequent, which are trained best; the first ones without counts
MAX_AXES = 300
ROWS_FOR_EACH_AXIS = 5  # with fewer, an axis is one row
LEAST_VARIANCE = 1e-9  # of the largest: a direction in which nothing varies
ROUNDING = 1e-12  # the variance that rounding to float32 leaves in rows of length 1
MAX_STEPS, TOLERANCE = 200, 1e-4  # of FastICA
STAGE = "independent axes"


@dataclass(frozen=True)
class IndependentAxes:
    """Axes of a table, that of the greatest skewness first, each turned so that its skewness is positive.

    mean: (dim,) of the rows at length 1, from where they are seen. directions: (dim, n_axes), orthonormal.
    spread: (n_axes,) the standard deviation along each. skewness: (n_axes,). ids: of the rows that the axes
    were made of; components: (n_rows, n_axes) where these lie along them. converged: whether FastICA did.
    """

    mean: Matrix
    directions: Matrix
    spread: Matrix
    skewness: Matrix
    converged: bool
    ids: Ids = field(repr=False)
    components: NDArray[np.float32] = field(repr=False)

    @property
    def n_axes(self) -> int:
        """How many axes there are."""
        return len(self.skewness)

    def farthest(self, axis: int, n: int) -> Ids:
        """Return the ids of the `n` rows that lie farthest along an axis, the farthest first."""
        along = self.components[:, axis]
        return self.ids[np.argsort(-along, kind="stable")[:n]]


def independent_axes(
    embedding: Embedding, *, seed: int = 0, report: Reporter | None = None
) -> IndependentAxes:
    """Return the independent axes of a table, from its SAMPLE_ROWS most frequent rows; no others are read.

    Of a table with more than MAX_AXES dimensions only the principal components of most variance take part.
    Equal seeds give equal axes. Raises TovecError where there are too few rows for an axis.
    """
    ids = most_frequent(embedding.vocabulary.counts, min(SAMPLE_ROWS, len(embedding)))
    units = unit_rows(np.asarray(embedding.vectors[ids], dtype=np.float32))
    has_direction = units.any(axis=1)
    ids, units = ids[has_direction], units[has_direction]
    most = min(MAX_AXES, len(ids) // ROWS_FOR_EACH_AXIS)
    if most == 0:
        raise TovecError(
            f"axes need at least {ROWS_FOR_EACH_AXIS} rows with a direction, and there are {len(ids)}"
        )
    mean = units.mean(axis=0)
    centered = units - mean
    variances, columns = np.linalg.eigh(centered.T @ centered / len(ids))
    variances, columns = variances[::-1][:most], columns[:, ::-1][:, :most]
    kept = variances > max(LEAST_VARIANCE * variances[0], ROUNDING)
    if not kept.any():
        raise TovecError("all rows point in one direction, so there are no axes that tell them apart")
    whitening = columns[:, kept] / np.sqrt(variances[kept])
    whitened = (centered @ whitening).astype(np.float32)
    with one_blas_thread():  # products of a few hundred columns, between which threads only wait
        rotation, converged = fast_ica(whitened, seed, StageReporter(report))
    # Of all orthonormal axes these are nearest to those of the ICA: in whitened = centered · V / √variances
    # the mixing matrix is V · √variances · rotation, and V · rotation is the orthogonal factor of that.
    directions = columns[:, kept] @ rotation
    components = centered @ directions
    spread = np.sqrt((components**2).mean(axis=0))
    skewness = ((components - components.mean(axis=0)) ** 3).mean(axis=0) / spread**3
    signs = np.where(skewness < 0, -1.0, 1.0)
    order = np.argsort(-np.abs(skewness), kind="stable")
    return IndependentAxes(
        mean=mean,
        directions=(directions * signs)[:, order],
        spread=spread[order],
        skewness=np.abs(skewness)[order],
        converged=converged,
        ids=ids,
        components=(components * signs)[:, order].astype(np.float32),
    )


def fast_ica(whitened: NDArray[np.float32], seed: int, progress: StageReporter) -> tuple[Matrix, bool]:
    """Return the rotation, (n, n), after which the columns of `whitened` are as independent as can be.

    FastICA (Hyvärinen 1999), all components at once, with the contrast log cosh; as scikit-learn's.
    whitened: (n_rows, n) of mean 0 and covariance 1. Also whether it came to rest within MAX_STEPS steps.
    """
    n_rows, n = whitened.shape
    rotation = _nearest_orthogonal(np.random.default_rng(seed).standard_normal((n, n)))
    for step in range(MAX_STEPS):
        progress.sometimes(STAGE, step / MAX_STEPS)
        slopes = np.tanh(whitened @ rotation.astype(np.float32))
        curvatures = 1.0 - (slopes**2).mean(axis=0, dtype=np.float64)
        turned = _nearest_orthogonal(
            (whitened.T @ slopes).astype(np.float64) / n_rows - rotation * curvatures
        )
        moved = float(np.abs(np.abs(np.einsum("ij,ij->j", turned, rotation)) - 1.0).max())
        rotation = turned
        if moved < TOLERANCE:
            return rotation, True
    return rotation, False


def _nearest_orthogonal(matrix: Matrix) -> Matrix:
    left, _, right = np.linalg.svd(np.asarray(matrix, dtype=np.float64), full_matrices=False)
    return np.asarray(left @ right)

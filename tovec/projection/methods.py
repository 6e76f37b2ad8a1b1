"""The projections there are, by name."""

from collections.abc import Callable, Sequence

import numpy as np

from tovec.errors import BadSetting, TovecError
from tovec.nearest import Vectors, blocks
from tovec.projection.first_axes import first_axes
from tovec.projection.pca import pca
from tovec.projection.points import Projection

METHODS: dict[str, Callable[[Vectors, int], Projection]] = {"none": first_axes, "pca": pca}


def default_method(dim: int, dims: int) -> str:
    """Return "none" where the dimensions can be drawn as they are, else "pca"."""
    return "none" if dim <= max(3, dims) else "pca"


def project(
    vectors: Vectors, dims: int, method: str | None = None, *, names: Sequence[str] | None = None
) -> Projection:
    """Return where the rows of `vectors`, (n_rows, dim), lie in `dims` dimensions.

    method: one of METHODS, None for the default. names: what errors call the rows, one for each.
    Only the shape and slices of rows are asked of `vectors`, and it is read a few times.
    Raises TovecError for a method there is not, for `dims` below 1 or above dim, for a table without
    rows and for a row that holds NaN or infinity.
    """
    dim = vectors.shape[1]
    method = default_method(dim, dims) if method is None else method
    if method not in METHODS:
        raise BadSetting("method", method, f"one of {', '.join(METHODS)}")
    if dims < 1:
        raise BadSetting("dims", dims, "at least 1")
    if dims > dim:
        raise BadSetting("dims", dims, f"at most {dim}, the length of the vectors")
    if vectors.shape[0] == 0:
        raise TovecError("there are no tokens to draw")
    _check_finite(vectors, names)
    return METHODS[method](vectors, dims)


def _check_finite(vectors: Vectors, names: Sequence[str] | None) -> None:
    for start, rows in blocks(vectors):
        bad = ~np.isfinite(rows).all(axis=1)
        if bad.any():
            row = start + int(bad.argmax())
            whose = f"row {row}" if names is None else f"the vector of token {names[row]!r}"
            raise TovecError(f"{whose} holds NaN or infinity and cannot be drawn; name tokens that can")

"""Logistic regression of two classes with weights, by Newton's method: that of scikit-learn, C = 1.

It minimizes |w|² / 2 + Σ s log(1 + exp(-y (w·x + b))) over w and b; the intercept b has no penalty. Few rows
in many dimensions are what it is for: they are turned into as many dimensions as there are rows, where w is.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
_MOST_STEPS, _FLAT = 50, 1e-8


class Reduced:
    """Rows, (n, dim), in the at most n dimensions that they span, where all fits on some of them are."""

    def __init__(self, rows: Numbers) -> None:
        left, lengths, self._axes = np.linalg.svd(rows, full_matrices=False)
        self._rows = np.column_stack([left * lengths, np.ones(len(rows))])  # the last number is the intercept

    def fit(self, labels: NDArray[np.bool_], weights: Numbers, start: Numbers | None = None) -> Numbers:
        """Return the solution for these labels and weights, (n,) each, from which `unreduced` makes w and b.

        A row of weight 0 is left out. start: a solution that is near.
        """
        rows, target = self._rows, labels.astype(float)
        penalty = np.ones(rows.shape[1])
        penalty[-1] = 0.0
        point = np.zeros(rows.shape[1]) if start is None else start
        loss = _loss(rows @ point, target, weights, point[:-1])
        for _ in range(_MOST_STEPS):
            chance = _logistic(rows @ point)
            gradient = penalty * point + rows.T @ (weights * (chance - target))
            if np.abs(gradient).max() < _FLAT:
                break
            curvature = (rows.T * (weights * chance * (1 - chance))) @ rows + np.diag(penalty)
            step = np.linalg.solve(curvature + 1e-12 * np.eye(len(point)), gradient)
            size, nearer = 1.0, loss
            while size > 1e-6:  # halved until the loss falls, or Newton's method may leave all bounds
                nearer = _loss(rows @ (point - size * step), target, weights, (point - size * step)[:-1])
                if nearer <= loss:
                    break
                size /= 2
            point, loss = point - size * step, nearer
        return point

    def unreduced(self, point: Numbers) -> tuple[Numbers, float]:
        """Return w, (dim,), and b of a solution."""
        return point[:-1] @ self._axes, float(point[-1])


def _logistic(values: Numbers) -> Numbers:
    return 0.5 * (1 + np.tanh(values / 2))


def _loss(values: Numbers, target: Numbers, weights: Numbers, slope: Numbers) -> float:
    return float(slope @ slope / 2 + (weights * (np.logaddexp(0, values) - target * values)).sum())

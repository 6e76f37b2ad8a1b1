"""Logistic regression of two classes with weights, by Newton's method: that of scikit-learn, C = 1.

It minimizes |w|² / 2 + Σ s log(1 + exp(-y (w·x + b))) over w and b; the intercept b has no penalty. Few rows
in many dimensions are what it is for: they are turned into as many dimensions as there are rows, where w is.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
_MOST_STEPS, _FLAT = 50, 1e-8
_MOST_SHORT_STEPS = 200  # without a new curvature


class Reduced:
    """Rows, (n, dim), in the at most n dimensions that they span, where all fits on some of them are."""

    def __init__(self, rows: Numbers) -> None:
        left, lengths, self._axes = np.linalg.svd(rows, full_matrices=False)
        self._rows = np.column_stack([left * lengths, np.ones(len(rows))])  # the last number is the intercept
        self._penalty = np.append(np.ones(len(lengths)), 0.0)

    def fit(self, labels: NDArray[np.bool_], weights: Numbers) -> Numbers:
        """Return the solution for these labels and weights, (n,) each; a row of weight 0 is left out."""
        point = np.zeros(self._rows.shape[1])
        loss = self._loss(point, labels, weights)
        for _ in range(_MOST_STEPS):
            gradient = self._gradients(point[None], labels, weights[None])[0]
            if np.abs(gradient).max() < _FLAT:
                break
            step, size = np.linalg.solve(self._curvature(point, weights), gradient), 1.0
            while size > 1e-6:  # halved until the loss falls, or Newton's method may leave all bounds
                nearer = self._loss(point - size * step, labels, weights)
                if nearer <= loss:
                    break
                size /= 2
            point, loss = point - size * step, nearer
        return point

    def fit_each(self, labels: NDArray[np.bool_], weights: Numbers, left_out: Numbers) -> Numbers:
        """Return the solution without some of the rows, for each of several choices, (n_choices, …).

        left_out: (n_choices, n), 0 for rows that are left out, 1 for the others. All begin at the solution
        for all rows and keep its curvature, which a few rows hardly change; so a step costs two products.
        """
        point = self.fit(labels, weights)
        inverse = np.linalg.inv(self._curvature(point, weights))
        points, weights_each = np.tile(point, (len(left_out), 1)), left_out * weights
        for _ in range(_MOST_SHORT_STEPS):
            gradients = self._gradients(points, labels, weights_each)
            if np.abs(gradients).max() < _FLAT:
                return points
            points -= gradients @ inverse
        return np.array([self.fit(labels, each) for each in weights_each])

    def slopes(self, points: Numbers) -> Numbers:
        """Return w and b of solutions, (n_points, dim + 1)."""
        return np.column_stack([points[:, :-1] @ self._axes, points[:, -1]])

    def _gradients(self, points: Numbers, labels: NDArray[np.bool_], weights: Numbers) -> Numbers:
        """Return the gradient of the loss at each point, (n_points, r). weights: (n_points, n)."""
        surplus = weights * (_logistic(points @ self._rows.T) - labels)
        gradients: Numbers = self._penalty * points + surplus @ self._rows
        return gradients

    def _curvature(self, point: Numbers, weights: Numbers) -> Numbers:
        chance = _logistic(self._rows @ point)
        curvature: Numbers = (self._rows.T * (weights * chance * (1 - chance))) @ self._rows
        return curvature + np.diag(self._penalty)

    def _loss(self, point: Numbers, labels: NDArray[np.bool_], weights: Numbers) -> float:
        values = self._rows @ point
        misfit = weights @ (np.logaddexp(0, values) - labels * values)
        return float(self._penalty @ point**2 / 2 + misfit)


def _logistic(values: Numbers) -> Numbers:
    return 0.5 * (1 + np.tanh(values / 2))

"""Scores of tokens become probabilities, and these a token."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.checks import whole_number
from tovec.errors import BadSetting


def probabilities(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Return the softmax of scores, (n_tokens,)."""
    powers = np.exp(scores.astype(np.float64) - scores.max())
    shares: NDArray[np.float64] = powers / powers.sum()
    return shares


class Sampler:
    """Draws tokens, the same ones for equal seeds.

    temperature: scores are divided by it; 0 takes the most likely. top_k: among so many, None among all.
    Raises BadSetting for a temperature below 0 and a top_k below 1.
    """

    def __init__(self, temperature: float, top_k: int | None, seed: int) -> None:
        if not isinstance(temperature, (int, float)) or not 0 <= temperature < math.inf:
            raise BadSetting("temperature", temperature, "a number from 0 up")
        self._temperature = temperature
        self._top_k = None if top_k is None else whole_number("top_k", top_k, 1)
        self._random = np.random.default_rng(whole_number("seed", seed, 0))

    def draw(self, scores: NDArray[Any]) -> int:
        """Return the id of a token. scores: (n_tokens,)."""
        if self._temperature == 0:
            return int(scores.argmax())
        rows = np.argsort(-scores, kind="stable")[: self._top_k]
        below = scores[rows].astype(np.float64) - scores.max()
        with np.errstate(over="ignore"):  # at a tiny temperature all but the most likely get 0
            shares = probabilities(below / self._temperature)
        place = np.searchsorted(shares.cumsum(), self._random.random(), side="right")
        return int(rows[min(int(place), len(rows) - 1)])

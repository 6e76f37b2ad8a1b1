"""The sigmoid of the inner loops against float64. The tiles are held by test_skipgram_kernel.py."""

import math

import numpy as np
import pytest
from numba import njit

from tovec.training.kernels.simd import SLOTS, logistic_gradient


@njit
def call(tiles, at, n_tiles, label, weight, weight_at, rate):
    return logistic_gradient(tiles, at, n_tiles, label, weight, weight_at, rate)


def gradients_of(scores, labels=1.0, weights=1.0, rate=1.0):
    """Return the gradients and the loss of scores, whose number is one of whole tiles."""
    tiles = np.array(scores, dtype=np.float32)
    labels, weights = (np.broadcast_to(np.float32(x), tiles.shape).copy() for x in (labels, weights))
    loss = call(tiles, 0, len(tiles) // SLOTS, labels, weights, 0, np.float32(rate))
    return tiles, loss


SWEEP = np.linspace(-90, 90, 1000 * SLOTS).astype(np.float32)


@pytest.mark.parametrize("label", [1, -1])
def test_gradients_are_those_of_float64(label):
    found, _ = gradients_of(SWEEP, labels=label, rate=0.5)
    wrong = np.exp(-np.logaddexp(0, label * SWEEP.astype(np.float64)))  # 1 - s(label * score)
    within = label * SWEEP < 87  # beyond, exp(-87) stands for what is smaller
    np.testing.assert_allclose(found[within], (0.5 * label * wrong)[within], rtol=1e-6)
    assert (np.abs(found[~within]) <= 1e-37).all()


@pytest.mark.parametrize("label", [1, -1])
def test_losses_are_those_of_float64(label):
    for scores in SWEEP.reshape(-1, SLOTS):
        _, loss = gradients_of(scores, labels=label)
        expected = np.logaddexp(0, -label * scores.astype(np.float64)).sum()
        assert loss == pytest.approx(expected, rel=1e-6, abs=1e-37 * SLOTS)


def test_a_score_of_0_has_half_the_rate_as_gradient_and_log_2_as_loss():
    found, loss = gradients_of(np.zeros(SLOTS), rate=0.25)
    assert (found == 0.125).all()
    assert loss == pytest.approx(SLOTS * math.log(2), rel=1e-7)


def test_weights_multiply_gradients_and_losses():
    rng = np.random.default_rng(0)
    scores, weights = rng.normal(0, 3, SLOTS), rng.choice([0.0, 1.0, 0.25], SLOTS)
    labels = rng.choice([1.0, -1.0], SLOTS)
    found, loss = gradients_of(scores, labels, weights)
    plain, _ = gradients_of(scores, labels)
    np.testing.assert_allclose(found, plain * weights, rtol=1e-6)
    assert loss == pytest.approx((weights * np.logaddexp(0, -labels * scores)).sum(), rel=1e-6)


@pytest.mark.parametrize("score", [1e4, 1e30, np.inf])
def test_gradients_of_huge_scores_are_the_rate_or_zero(score):
    found, loss = gradients_of(np.full(SLOTS, -score))
    assert (found == 1).all()
    assert loss == pytest.approx(SLOTS * float(np.float32(score)))
    found, loss = gradients_of(np.full(SLOTS, score))
    assert np.abs(found).max() < 1e-37
    assert loss < 1e-36


def test_nan_stays_in_its_slot_and_in_the_loss():
    scores = np.zeros(SLOTS)
    scores[3] = np.nan
    found, loss = gradients_of(scores)
    assert np.flatnonzero(np.isnan(found)).tolist() == [3]
    assert math.isnan(loss)


def test_only_the_given_tiles_become_gradients():
    tiles = np.zeros(4 * SLOTS, dtype=np.float32)
    ones = np.ones(4 * SLOTS, dtype=np.float32)
    loss = call(tiles, SLOTS, 2, ones, ones, SLOTS, np.float32(1))
    assert tiles.reshape(4, SLOTS).any(axis=1).tolist() == [False, True, True, False]
    assert loss == pytest.approx(2 * SLOTS * math.log(2), rel=1e-7)

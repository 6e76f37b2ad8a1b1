"""Inner loop of GloVe: AdaGrad on the weighted least squares (Pennington et al. 2014, eq. 8).

Compiled by numba; no checks, no allocation, no random state. Every function runs uncompiled too
(`.py_func`), which the tests compare.
"""

import math

import numpy as np

from tovec.compiled import compiled

FAST = {"reassoc", "contract", "nsz", "arcp"}  # sums may be reordered; infinities and NaN stay what they are
CLIP = np.float32(100.0)  # a gradient goes no further to either side, as in glove.c


@compiled(inline="always")
def clipped(gradient):
    """Return the gradient, at most CLIP to either side; NaN stays NaN."""
    if gradient > CLIP:
        return CLIP
    if gradient < -CLIP:
        return -CLIP
    return gradient


# error_model: Python's own stops at a division by zero, and the check keeps loops from vector registers.
@compiled(fastmath=FAST, error_model="numpy")
def step(i, j, count, rules, row_side, column_side):
    """Take one AdaGrad step for a count of row i of x beside row j of y; return its loss before the step.

    The loss is f * (x[i] . y[j] + x_bias[i] + y_bias[j] - log(count))**2 / 2 with
    f = min(1, (count / x_max) ** power). x, y: the vectors of row_side and column_side, of GloveSide, changed
    in place. rules: of GloveRules. As in glove.c a sum adds the square of rate * gradient, after the
    step that it divides. count: float32.
    """
    x_max, power, rate = rules
    x, x_biases, x_sums, x_bias_sums = row_side
    y, y_biases, y_sums, y_bias_sums = column_side
    width = x.shape[1]
    score = np.float32(0.0)
    for k in range(width):
        score += x[i, k] * y[j, k]
    error = score + x_biases[i] + y_biases[j] - math.log(count)
    weight = np.float32(1.0)
    if count < x_max:
        weight = math.exp(power * math.log(count / x_max))
    gradient = weight * error  # dloss/dscore
    for k in range(width):
        x_step, y_step = rate * clipped(gradient * y[j, k]), rate * clipped(gradient * x[i, k])
        x[i, k] -= x_step / math.sqrt(x_sums[i, k])
        y[j, k] -= y_step / math.sqrt(y_sums[j, k])
        x_sums[i, k] += x_step * x_step
        y_sums[j, k] += y_step * y_step
    bias_step = rate * clipped(gradient)
    x_biases[i] -= bias_step / math.sqrt(x_bias_sums[i])
    y_biases[j] -= bias_step / math.sqrt(y_bias_sums[j])
    x_bias_sums[i] += bias_step * bias_step
    y_bias_sums[j] += bias_step * bias_step
    return np.float64(0.5) * gradient * error


@compiled()
def train_block(entries, rules, row_side, column_side):
    """Take a step for each entry, in order; return the sum of their losses.

    entries: records of row, of one side, and column, of the other, and count. The rest: see step.
    """
    loss = 0.0
    for k in range(entries.shape[0]):
        i, j, count = np.int64(entries[k]["row"]), np.int64(entries[k]["column"]), entries[k]["count"]
        loss += step(i, j, count, rules, row_side, column_side)
    return loss

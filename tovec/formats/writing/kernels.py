"""Inner loop of writing numbers as text: float32 to the shortest decimal that reads back as it was.

Its slow twin is numpy's `str(np.float32)`, which gives the same digits. A decimal of p digits is the
whole number m nearest to x * 10**k, at the right k; m is exact in float64, and so is a power of ten
up to 10**22, so m / 10**k is the float64 that a reader of the decimal starts from.
"""

# Typed by numba when compiled, and held against numpy by its tests.

import numpy as np

from tovec.compiled import compiled

WIDTH = 17  # bytes that a number and the space before it take at most

_POWERS = np.array([float(f"1e{k}") for k in range(23)])  # each exact
_SMALLEST, _LARGEST = 1e-12, 1e15  # between them k stays in _POWERS


@compiled()
def write_row(row, out, at):
    """Write the numbers of `row` to `out` from `at` on, a space before each; return the place after them.

    row: (dim,) float32. out: uint8, room for WIDTH * dim bytes from `at`. Returns -1, with `out`
    undefined, for a row that its slow twin has to write: it has a number that is neither 0 nor in
    ±[1e-12, 1e15).
    """
    for i in range(row.shape[0]):
        x = abs(np.float64(row[i]))
        if x != 0.0 and not _SMALLEST <= x < _LARGEST:
            return -1
        out[at] = 32
        at += 1
        if np.signbit(row[i]):
            out[at] = 45
            at += 1
        if x == 0.0:  # frequent in quantized tables
            out[at] = 48
            at += 1
            continue
        m, k = shortest(x)
        at = write_decimal(m, k, out, at)
    return at


@compiled()
def shortest(x):
    """Return whole m and k such that m / 10**k is the decimal of fewest digits that is x as float32."""
    exponent = 0  # 10**exponent <= x
    if x >= 1.0:
        while x >= _POWERS[exponent + 1]:
            exponent += 1
    else:
        exponent = -1
        while x * _POWERS[-exponent] < 1.0:
            exponent -= 1
    m, k = 0.0, 0
    for digits in range(6, 10):  # six digits are always exact, so fewer show as zeros at the end
        k = digits - 1 - exponent
        m = np.rint(x * _POWERS[k]) if k >= 0 else np.rint(x / _POWERS[-k])
        value = m / _POWERS[k] if k >= 0 else m * _POWERS[-k]
        if np.float32(value) == np.float32(x):
            break
    whole = np.int64(m)
    while whole % 10 == 0:
        whole //= 10
        k -= 1
    return whole, k


@compiled()
def write_decimal(m, k, out, at):
    """Write m / 10**k as 12, 12.5, 0.00012, or 1.2e-05 below 1e-4; return the place after it."""
    n_digits, power = 1, np.int64(10)
    while m >= power:
        n_digits += 1
        power *= 10
    point = n_digits - k  # digits before the decimal point
    small = point < -3
    if small:
        shift, point = 1 - point, 1
    if point <= 0:
        out[at] = 48
        out[at + 1] = 46
        at += 2
        for _ in range(-point):
            out[at] = 48
            at += 1
    for place in range(max(n_digits, point)):
        if place == point and place > 0:
            out[at] = 46
            at += 1
        power //= 10
        out[at] = 48 + (m // power % 10 if power else 0)
        at += 1
    if small:
        out[at] = 101
        out[at + 1] = 45
        out[at + 2] = 48 + shift // 10
        out[at + 3] = 48 + shift % 10
        at += 4
    return at

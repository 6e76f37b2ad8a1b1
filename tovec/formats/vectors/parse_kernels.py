"""Inner loops of reading numbers as text: lines of a name and decimals to rows of float32.

A number becomes the float32 nearest to the float64 nearest to its decimal, which is what Python's
`np.float32(float(text))` gives. Whole m and k with m * 10**k the decimal: where m fits float64 and 10**|k| is
exact, one operation rounds correctly (Clinger 1990, "How to read floating point numbers accurately").
Elsewhere m * 10**k is off by a few units in the last place of float64, thirty bits below float32: where both
ends of that range round to one float32, it is the one.

Unusual lines (nan, a token with a space, a mistake) are left to the slow twin, `read_line` of
vector_lines.py.
"""

# Typed by numba when compiled, and held against Python's float by its tests.

import numpy as np

from tovec.compiled import compiled

_POWERS = np.array([float(f"1e{k}") for k in range(301)])  # each correctly rounded, up to 10**22 exact
_MARGIN = 2.0**-51  # three roundings, of m, of 10**k and of their product, are each within 2**-53
_SPACE, _TAB, _RETURN, _LINE_FEED = 32, 9, 13, 10


@compiled()
def count_lines(text, start, stop):
    """Return the number of line feeds in text[start:stop]."""
    n = 0
    for at in range(start, stop):
        n += text[at] == _LINE_FEED
    return n


@compiled()
def parse_rows(text, start, stop, named, vectors, starts, name_stops):
    """Read the lines of text[start:stop], each with its line feed, into rows.

    text: uint8. named: whether a token stands before the numbers. vectors: (n_rows, dim) float32.
    starts: where each row's line begins. name_stops: where its token ends, -1 for a line that is left to the
    slow twin; its vector is then undefined.
    """
    dim = vectors.shape[1]
    at, row = start, 0
    while at < stop:
        starts[row] = at
        if named:
            while text[at] > _SPACE:
                at += 1
        name_stop = at
        good = not named or text[at] == _SPACE or text[at] == _TAB
        column = 0
        while good and column < dim:
            while text[at] == _SPACE or text[at] == _TAB:
                at += 1
            number, at, good = _number(text, at)
            vectors[row, column] = number
            column += 1
        while text[at] == _SPACE or text[at] == _TAB or text[at] == _RETURN:
            at += 1
        if not good or text[at] != _LINE_FEED:
            name_stop = -1
            while text[at] != _LINE_FEED:
                at += 1
        name_stops[row] = name_stop
        at += 1
        row += 1


@compiled()
def _number(text, at):
    """Return the number at text[at:], the place after it, and whether it could be read."""
    negative = text[at] == 45
    if negative or text[at] == 43:
        at += 1
    first = at
    m, k = np.uint64(0), 0
    while text[at] == 48:
        at += 1
    significant = at
    n_zeros = at - first
    digit = np.uint8(text[at] - np.uint8(48))
    while digit < 10:
        m = m * np.uint64(10) + np.uint64(digit)
        at += 1
        digit = np.uint8(text[at] - np.uint8(48))
    n_digits = at - significant
    if text[at] == 46:
        at += 1
        point = at
        if n_digits == 0:
            while text[at] == 48:
                at += 1
            n_zeros += at - point
        significant = at
        digit = np.uint8(text[at] - np.uint8(48))
        while digit < 10:
            m = m * np.uint64(10) + np.uint64(digit)
            at += 1
            digit = np.uint8(text[at] - np.uint8(48))
        n_digits += at - significant
        k = point - at
    good = n_digits <= 19 and n_digits + n_zeros > 0  # nineteen digits fit 64 bits
    if text[at] == 101 or text[at] == 69:
        exponent, at, has_digits = _exponent(text, at + 1)
        k += exponent
        good = good and has_digits
    good = good and (text[at] == _SPACE or text[at] == _TAB or text[at] == _LINE_FEED or text[at] == _RETURN)
    value = np.float32(0.0)
    if m != 0 and good:
        value, good = _rounded(m, k)
    return -value if negative else value, at, good


@compiled()
def _exponent(text, at):
    """Return the exponent at text[at:], the place after it, and whether it has digits, four at most."""
    negative = text[at] == 45
    if negative or text[at] == 43:
        at += 1
    first, exponent = at, 0
    while 48 <= text[at] <= 57 and at - first < 5:
        exponent = exponent * 10 + np.int64(text[at]) - 48
        at += 1
    return -exponent if negative else exponent, at, 0 < at - first < 5


@compiled()
def _rounded(m, k):
    """Return m * 10**k as float32, m not 0, and whether it is certainly correctly rounded."""
    if m <= np.uint64(1 << 53) and -22 <= k <= 22:
        exact = np.float64(np.int64(m))
        return np.float32(exact / _POWERS[-k] if k < 0 else exact * _POWERS[k]), True
    if k < -300 or k > 300:
        return np.float32(0.0), False
    near = np.float64(m) / _POWERS[-k] if k < 0 else np.float64(m) * _POWERS[k]
    value = np.float32(near * (1.0 - _MARGIN))
    return value, value == np.float32(near * (1.0 + _MARGIN))


@compiled()
def gather_names(text, starts, name_stops, out):
    """Write text[starts[i]:name_stops[i]] and a line feed for each row; nothing for a row left out (-1)."""
    at = 0
    for row in range(starts.shape[0]):
        for place in range(starts[row], name_stops[row]):
            out[at] = text[place]
            at += 1
        out[at] = _LINE_FEED
        at += 1

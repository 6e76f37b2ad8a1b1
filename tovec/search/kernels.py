"""Inner loops of search: rows to one byte a number, and the products of these with a query.

Compiled by numba; no checks. Each call writes only the rows it is given, so calls on different rows may
run in threads. Sums may be added up in any order, which is what lets them be vector instructions.
"""

import math

import numpy as np

from tovec.compiled import compiled

ROWS, QUERIES = 2, 4  # whose products `multiply_each` writes out: each number read serves several
LANES = 32  # numbers that are multiplied at once, of which rows and queries hold a multiple


@compiled(fastmath={"reassoc", "contract"})
def encode(rows, center, start, codes, scales, errors, unit):
    """Set codes[start + r], scales and errors to those of row r at length 1, less `center`.

    rows: (n, dim) float32. center: (dim,) float64. codes: (n_rows, dim) int8, scales and errors (n_rows,)
    float32: scales[i] * codes[i] is off by a vector of length errors[i]. unit: (dim,) float64 scratch.
    A row of zeros, or with a NaN or an infinity, has no direction: its codes are 0 and its error is infinite.
    """
    dim = rows.shape[1]
    for r in range(rows.shape[0]):
        row, code = rows[r], codes[start + r]
        squares = 0.0
        for j in range(dim):
            squares += np.float64(row[j]) * np.float64(row[j])
        if squares > 0.0 and squares < math.inf:
            shrink = 1.0 / math.sqrt(squares)
            for j in range(dim):
                unit[j] = row[j] * shrink - center[j]
        else:
            code[:] = 0
            scales[start + r], errors[start + r] = 0.0, math.inf
            continue
        peak = 0.0
        for j in range(dim):
            peak = max(peak, abs(unit[j]))
        scale = np.float32(peak / 127.0 if peak > 1e-30 else 0.0)  # a smaller one has no float32 of its own
        per_unit = 1.0 / scale if scale > 0.0 else 0.0
        missed = 0.0
        for j in range(dim):
            whole = np.rint(unit[j] * per_unit)
            code[j] = np.int8(whole)
            rest = unit[j] - scale * whole
            missed += rest * rest
        scales[start + r] = scale
        errors[start + r] = math.sqrt(missed)


@compiled(fastmath={"reassoc", "contract"})
def multiply(codes, scales, query, add, scores, start, stop):
    """Set scores[i] to scales[i] * (codes[i] . query) + add for i in [start, stop).

    codes: (n_rows, dim) int8. query: (dim,), scales, scores (n_rows,) and add float32.
    """
    for i in range(start, stop):
        code = codes[i]
        total = np.float32(0.0)
        for j in range(query.shape[0]):
            total += np.float32(code[j]) * query[j]
        scores[i] = scales[i] * total + add


@compiled(fastmath={"reassoc", "contract"})
def multiply_each(codes, scales, queries, add, scores, start, stop, rows):
    """Set scores[q, i] to scales[i] * (codes[i] . queries[q]) + add[q] for i in [start, stop).

    codes: (n_rows, dim) int8. queries: (n_queries, width) float32, zeros beyond dim; n_queries is a multiple
    of QUERIES, width of LANES. add: (n_queries,), scores: (n_queries, n_rows) float32. rows: (ROWS, width)
    float32 scratch, zeros beyond dim.
    """
    dim, width = codes.shape[1], queries.shape[1]
    one, other = rows[0], rows[1]
    for i in range(start, stop, ROWS):
        k = min(i + 1, stop - 1)
        for j in range(dim):
            one[j] = np.float32(codes[i, j])
            other[j] = np.float32(codes[k, j])
        for q in range(0, queries.shape[0], QUERIES):
            a, b, c, d = queries[q], queries[q + 1], queries[q + 2], queries[q + 3]
            one_a = one_b = one_c = one_d = other_a = other_b = other_c = other_d = np.float32(0.0)
            for j in range(width):
                one_a += one[j] * a[j]
                one_b += one[j] * b[j]
                one_c += one[j] * c[j]
                one_d += one[j] * d[j]
                other_a += other[j] * a[j]
                other_b += other[j] * b[j]
                other_c += other[j] * c[j]
                other_d += other[j] * d[j]
            scores[q, i] = scales[i] * one_a + add[q]
            scores[q + 1, i] = scales[i] * one_b + add[q + 1]
            scores[q + 2, i] = scales[i] * one_c + add[q + 2]
            scores[q + 3, i] = scales[i] * one_d + add[q + 3]
            scores[q, k] = scales[k] * other_a + add[q]
            scores[q + 1, k] = scales[k] * other_b + add[q + 1]
            scores[q + 2, k] = scales[k] * other_c + add[q + 2]
            scores[q + 3, k] = scales[k] * other_d + add[q + 3]

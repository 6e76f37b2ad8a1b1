"""Inner loops of search: rows to one byte a number, and the products of these with a query.

Compiled by numba; no checks. Each call writes only the rows it is given, so calls on different rows may
run in threads. Sums may be added up in any order, which is what lets them be vector instructions.
"""

import math

import numpy as np

from tovec.compiled import compiled

ROWS, TERMS = 3, 4  # what `multiply_each` writes out: rows at once, products to each sum
LANES = 16  # queries are padded to a multiple of it
TILE_ROWS = 192  # whose scores are gathered before they are written row by query


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


@compiled(fastmath={"contract"})
def multiply_each(codes, scales, queries, add, scores, start, stop, rows, tile):
    """Set scores[q, i] to scales[i] * (codes[i] . queries[:, q]) + add[q] for i in [start, stop).

    codes: (n_rows, dim) int8. queries: (width, n_lanes) float32, zeros beyond dim and beyond the queries;
    width is a multiple of TERMS, n_lanes of LANES. add: (n_queries,) float32. scores: (n_queries, n_rows)
    float32. Scratch, float32: rows, (ROWS, width), zeros beyond dim; tile, (TILE_ROWS, n_lanes).
    """
    dim, n_lanes = codes.shape[1], queries.shape[1]
    for first in range(start, stop, TILE_ROWS):
        n = min(TILE_ROWS, stop - first)
        for r in range(0, n, ROWS):
            for each in range(ROWS):
                code, row = codes[min(first + r + each, stop - 1)], rows[each]
                for j in range(dim):
                    row[j] = np.float32(code[j])
            x, y, z = rows[0], rows[1], rows[2]
            sum_x, sum_y, sum_z = tile[r], tile[r + 1], tile[r + 2]
            for q in range(n_lanes):
                sum_x[q] = sum_y[q] = sum_z[q] = 0.0
            for k in range(0, queries.shape[0], TERMS):
                x0, x1, x2, x3 = x[k], x[k + 1], x[k + 2], x[k + 3]
                y0, y1, y2, y3 = y[k], y[k + 1], y[k + 2], y[k + 3]
                z0, z1, z2, z3 = z[k], z[k + 1], z[k + 2], z[k + 3]
                query0, query1, query2, query3 = queries[k], queries[k + 1], queries[k + 2], queries[k + 3]
                for q in range(n_lanes):  # vector instructions: the queries lie side by side
                    a0, a1, a2, a3 = query0[q], query1[q], query2[q], query3[q]
                    sum_x[q] = sum_x[q] + x0 * a0 + x1 * a1 + x2 * a2 + x3 * a3
                    sum_y[q] = sum_y[q] + y0 * a0 + y1 * a1 + y2 * a2 + y3 * a3
                    sum_z[q] = sum_z[q] + z0 * a0 + z1 * a1 + z2 * a2 + z3 * a3
        for q in range(scores.shape[0]):
            for r in range(n):
                scores[q, first + r] = scales[first + r] * tile[r, q] + add[q]

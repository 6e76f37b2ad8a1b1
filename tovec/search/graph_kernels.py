"""Inner loops of the graph of nearest neighbors: of all pairs of rows, and of those that are likely near.

Compiled by numba; no checks, no random state of their own. Every function also runs uncompiled
(`.py_func`). Each call writes only the rows it is given, so calls on different rows may run in threads.
"""

import math

import numpy as np

from tovec.compiled import compiled

ROWS, TERMS = 3, 4  # by which `multiply` is unrolled: rows on the left, products in each sum
LANES = 64  # scores compared at once with the lowest of the best
UNIT = 32_767  # the length of a coded row: products of two, and all partial sums, fit into int32


@compiled(fastmath={"contract"})
def multiply(left, right, top, start, m, n, scores):
    """Set scores[r, c] to left[top + r] . right[:, start + c] for r < m and c < n.

    left: (n_rows, width), right: (width, n_columns), scores float32. width is a multiple of TERMS. left
    and scores have room for m rounded up to ROWS; values past m are meaningless.
    """
    for r in range(0, m, ROWS):
        x, y, z = left[top + r], left[top + r + 1], left[top + r + 2]
        sum_x, sum_y, sum_z = scores[r], scores[r + 1], scores[r + 2]
        for c in range(n):
            sum_x[c] = sum_y[c] = sum_z[c] = 0.0
        for k in range(0, left.shape[1], TERMS):
            x0, x1, x2, x3 = x[k], x[k + 1], x[k + 2], x[k + 3]
            y0, y1, y2, y3 = y[k], y[k + 1], y[k + 2], y[k + 3]
            z0, z1, z2, z3 = z[k], z[k + 1], z[k + 2], z[k + 3]
            column0, column1 = right[k, start : start + n], right[k + 1, start : start + n]
            column2, column3 = right[k + 2, start : start + n], right[k + 3, start : start + n]
            for c in range(n):  # becomes vector instructions: the columns are contiguous
                a0, a1, a2, a3 = column0[c], column1[c], column2[c], column3[c]
                sum_x[c] = sum_x[c] + x0 * a0 + x1 * a1 + x2 * a2 + x3 * a3
                sum_y[c] = sum_y[c] + y0 * a0 + y1 * a1 + y2 * a2 + y3 * a3
                sum_z[c] = sum_z[c] + z0 * a0 + z1 * a1 + z2 * a2 + z3 * a3


@compiled()
def match(left, right, n_left, n_right, left_id, right_id, ids, best, scores, least):
    """Enter the products of rows of `left` and columns of `right` among the best of both.

    left (n_left and more, width), right (width, n_right and more) float32: see `multiply`. They have the
    ids from left_id and right_id on; if these are equal it is one block, and a row is not its own neighbor.
    ids (n_rows, k) int32, best (n_rows, k) float32: the best so far of every row, best first, ties by id.
    scores: scratch for `multiply`, of the size of a tile plus ROWS rows. least: (n_right,) float32
    scratch. Calls that share neither block may run at once.
    """
    last = best.shape[1] - 1
    n_rows, n_columns = scores.shape[0] - ROWS, scores.shape[1]
    for c in range(n_right):
        least[c] = best[right_id + c, last]
    for top in range(0, n_left, n_rows):
        m = min(n_rows, n_left - top)
        for start in range(0, n_right, n_columns):
            n = min(n_columns, n_right - start)
            multiply(left, right, top, start, m, n, scores)
            if left_id == right_id:
                for r in range(max(0, start - top), min(m, start + n - top)):
                    scores[r, top + r - start] = -math.inf
            for r in range(m):
                row = left_id + top + r
                _match_row(scores[r, :n], right_id + start, ids[row], best[row])
                if left_id != right_id:
                    _match_each(scores[r, :n], row, right_id + start, ids, best, least[start : start + n])


@compiled()
def match_queries(left, right, queries, n_right, right_id, ids, best, scores):
    """Enter the products of rows of `left` and columns of `right` among the best of the rows alone.

    left (n_queries and more, width), right (width, n_right and more) float32: see `multiply`. queries:
    (n_queries,) int64 the ids of the rows, of which none is its own neighbor; those of columns begin with
    right_id. ids (n_queries, k) int32, best (n_queries, k) float32, scores: as for `match`.
    """
    n_rows, n_columns = scores.shape[0] - ROWS, scores.shape[1]
    for top in range(0, queries.shape[0], n_rows):
        m = min(n_rows, queries.shape[0] - top)
        for start in range(0, n_right, n_columns):
            n = min(n_columns, n_right - start)
            multiply(left, right, top, start, m, n, scores)
            for r in range(m):
                own = queries[top + r] - right_id - start
                if 0 <= own < n:
                    scores[r, own] = -math.inf
                _match_row(scores[r, :n], right_id + start, ids[top + r], best[top + r])


@compiled()
def _match_row(scores, first_id, ids, best):
    """Enter scores[c], that of first_id + c, among the best of one row."""
    last = best.shape[0] - 1
    for start in range(0, scores.shape[0], LANES):
        part = scores[start : min(start + LANES, scores.shape[0])]
        bar = best[last]
        n_near = np.int32(0)
        for c in range(part.shape[0]):  # becomes vector instructions; few parts hold a good enough score
            n_near += np.int32(part[c] >= bar)
        if n_near > 0:
            for c in range(part.shape[0]):
                if part[c] >= best[last]:
                    enter(part[c], first_id + start + c, ids, best)


@compiled()
def _match_each(scores, row, first_id, ids, best, least):
    """Enter scores[c], that of `row`, among the best of first_id + c, each at least least[c]."""
    last = best.shape[1] - 1
    for start in range(0, scores.shape[0], LANES):
        part = scores[start : min(start + LANES, scores.shape[0])]
        bars = least[start : min(start + LANES, scores.shape[0])]
        n_near = np.int32(0)
        for c in range(part.shape[0]):
            n_near += np.int32(part[c] >= bars[c])
        if n_near > 0:
            for c in range(part.shape[0]):
                if part[c] >= bars[c]:
                    other = first_id + start + c
                    enter(part[c], row, ids[other], best[other])
                    bars[c] = best[other, last]


@compiled(inline="always")
def enter(score, found, ids, best):
    """Insert `found` into the best if its score is good enough: largest first, ties by id."""
    at = best.shape[0]
    while at > 0 and (best[at - 1] < score or (best[at - 1] == score and ids[at - 1] > found)):
        at -= 1
    for later in range(best.shape[0] - 1, at, -1):
        best[later], ids[later] = best[later - 1], ids[later - 1]
    if at < best.shape[0]:
        best[at], ids[at] = score, found


@compiled()
def encode(rows, lengths, start, codes, shrinks):
    """Set codes[start + r] to row r at length UNIT, rounded, and shrinks to 1 by the length of these codes.

    rows: (n, dim) float32, lengths: (n,) float64, above 0. codes: (n_rows, dim and more) int16, zeros
    before. shrinks: (n_rows,) float32.
    """
    for r in range(rows.shape[0]):
        row, code, stretch = rows[r], codes[start + r], UNIT / lengths[r]
        squares = 0.0
        for j in range(rows.shape[1]):
            whole = np.rint(row[j] * stretch)
            code[j] = np.int16(whole)
            squares += whole * whole
        shrinks[start + r] = 1.0 / math.sqrt(squares)


@compiled(inline="always")
def product(codes, row, other):
    """Return codes[row] . codes[other], exactly, whatever the order of its terms."""
    total = np.int32(0)
    for j in range(codes.shape[1]):  # becomes vector instructions of int16
        total = np.int32(total + np.int32(codes[row, j]) * np.int32(codes[other, j]))
    return total


@compiled()
def lean(codes, ids, row, other, leans):
    """Set leans[i] to how much more codes[ids[i]] points along codes[row] than along codes[other]."""
    row, other = np.uint64(row), np.uint64(other)
    for i in range(ids.shape[0]):
        id = np.uint64(ids[i])
        leans[i] = np.int64(product(codes, id, row)) - np.int64(product(codes, id, other))


@compiled()
def insert(score, row, found, ids, best, fresh):
    """Insert `found` among the best of `row` as `enter` does, unless it is there, and mark it as fresh."""
    at = best.shape[1]
    while at > 0 and (best[row, at - 1] < score or (best[row, at - 1] == score and ids[row, at - 1] > found)):
        at -= 1
    if at == best.shape[1] or (at > 0 and best[row, at - 1] == score and ids[row, at - 1] == found):
        return
    for later in range(best.shape[1] - 1, at, -1):
        best[row, later], ids[row, later] = best[row, later - 1], ids[row, later - 1]
        fresh[row, later] = fresh[row, later - 1]
    best[row, at], ids[row, at], fresh[row, at] = score, found, True


@compiled()
def match_leaves(order, bounds, codes, shrinks, ids, best, fresh):
    """Enter the cosines of all pairs of rows within each leaf among the best of both.

    order: (n,) int32 ids of rows; leaf i is order[bounds[i] : bounds[i + 1]]. ids (n_rows, k) int32, best
    (n_rows, k) float32, best first, ties by id; fresh (n_rows, k) bool. A pair may be met again.
    """
    last = best.shape[1] - 1
    for leaf in range(bounds.shape[0] - 1):
        for i in range(bounds[leaf], bounds[leaf + 1]):
            row = np.uint64(order[i])
            for j in range(bounds[leaf], i):
                other = np.uint64(order[j])
                score = np.float32(product(codes, row, other)) * (shrinks[row] * shrinks[other])
                if score >= best[row, last]:
                    insert(score, row, other, ids, best, fresh)
                if score >= best[other, last]:
                    insert(score, other, row, ids, best, fresh)


@compiled()
def link(ids, best, fresh, near, n_near, scores):
    """Write the rows around each row: its best, and the nearest of those rows that it is among the best of.

    near: (n_rows, 2 * n) int32, of each row `n_near` of them, at most n of either kind, as twice the id, plus
    1 where the pair is fresh. scores: (n_rows, n) float32 scratch. Not for several threads.
    """
    n = scores.shape[1]
    for row in range(ids.shape[0]):
        for c in range(n):
            near[row, c] = 2 * ids[row, c] + fresh[row, c]
        n_near[row] = n
    for row in range(ids.shape[0]):
        for c in range(n):
            other, score = ids[row, c], best[row, c]
            if _is_among(ids[other, :n], row):
                continue
            at = n_near[other] - n
            if at == n:
                if score <= scores[other, n - 1]:
                    continue
                at -= 1
            else:
                n_near[other] += 1
            while at > 0 and scores[other, at - 1] < score:
                scores[other, at], near[other, n + at] = scores[other, at - 1], near[other, n + at - 1]
                at -= 1
            scores[other, at], near[other, n + at] = score, 2 * row + fresh[row, c]


@compiled()
def _is_among(ids, wanted):
    for id in ids:
        if id == wanted:
            return True
    return False


@compiled()
def explore(order, start, stop, codes, shrinks, near, n_near, ids, best, fresh, met):
    """Enter the rows around those around each of order[start:stop], unless both steps were there before.

    near, n_near: as `link` writes them. fresh: what entered now. met: (n_rows,) int32 scratch, -1 at first;
    it may hold what former calls of this search left. Returns how many entered.
    """
    last, n_fresh = best.shape[1] - 1, 0
    for i in range(start, stop):
        row = np.uint64(order[i])
        fresh[row, :] = False
        met[row] = row
        for first in range(n_near[row]):
            between = np.uint64(near[row, first] >> 1)
            for second in range(n_near[between]):
                other = np.uint64(near[between, second] >> 1)
                if (near[row, first] | near[between, second]) & 1 and met[other] != row:
                    met[other] = row
                    score = np.float32(product(codes, row, other)) * (shrinks[row] * shrinks[other])
                    if score >= best[row, last]:
                        insert(score, row, other, ids, best, fresh)
        for c in range(last + 1):
            n_fresh += fresh[row, c]
    return n_fresh

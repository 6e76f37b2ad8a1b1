"""Inner loops of the projections: UMAP's graph and layout, trustworthiness.

Compiled by numba; no checks, no random state of their own. Every function also runs uncompiled
(`.py_func`). Each call writes only the rows it is given, so calls on different rows may run in threads.
"""

import math

import numpy as np

from tovec.compiled import compiled
from tovec.search.graph_kernels import enter

DIMS = 3  # coordinates of a point in a layout; in 2-D the last is always 0
CELL_BITS = 7  # of the mantissa: forces are tabulated by squared distance, to 1 part in 128
MIN_POWER, MAX_POWER = -24, 16  # of two: the range of squared distances in the table

_SHIFT = 23 - CELL_BITS
_FIRST = (127 + MIN_POWER) << CELL_BITS
N_CELLS = (MAX_POWER - MIN_POWER) << CELL_BITS
_MAX_STEP = np.float32(4.0)  # along an axis, at learning rate 1


@compiled()
def smooth(distances, start, stop, mean, widths, memberships):
    """For rows r in [start, stop), set widths so that the memberships of the neighbors sum to log2(k + 1).

    distances: (n_rows, k) float32, ascending. mean: of all distances, with one of 0 for each row itself.
    widths (n_rows,) and memberships (n_rows, k) float32 are written: exp(-(d - d0) / width), 1 up to
    d0, the least distance above 0.
    """
    k = distances.shape[1]
    target = math.log2(k + 1)
    for r in range(start, stop):
        row = distances[r]
        nearest, total = np.float32(0.0), 0.0
        for c in range(k):
            total += row[c]
            if nearest == 0.0:
                nearest = row[c]
        low, high, width = 0.0, math.inf, 1.0
        for _ in range(64):
            reached = 0.0
            for c in range(k):
                beyond = row[c] - nearest
                reached += math.exp(-beyond / width) if beyond > 0 else 1.0
            if abs(reached - target) < 1e-5:
                break
            if reached > target:
                high = width
                width = (low + high) / 2
            else:
                low = width
                width = width * 2 if high == math.inf else (low + high) / 2
        least = 1e-3 * (total / (k + 1) if nearest > 0 else mean)
        widths[r] = max(width, least)
        for c in range(k):
            beyond = row[c] - nearest
            if beyond <= 0 or widths[r] == 0:
                memberships[r, c] = 1.0
            else:
                memberships[r, c] = math.exp(-beyond / widths[r])


@compiled()
def _place(ids, row, wanted):
    """Return the column of `wanted` in ids[row], -1 if there is none."""
    for c in range(ids.shape[1]):
        if ids[row, c] == wanted:
            return c
    return -1


@compiled()
def count_edges(ids, start, stop, degrees):
    """Add to degrees (n_rows,) the edges that the neighbors of rows in [start, stop) give.

    Every neighbor is an edge of its row, and one of the neighbor unless that has the row as a neighbor too.
    Not for several threads, since the degree of any row may be written.
    """
    for r in range(start, stop):
        degrees[r] += ids.shape[1]
        for c in range(ids.shape[1]):
            if _place(ids, ids[r, c], r) < 0:
                degrees[ids[r, c]] += 1


@compiled()
def unite(ids, memberships, start, stop, ends, others, weights):
    """Write the edges that `count_edges` counts: weights are the union a + b - ab of the memberships.

    ends: (n_rows,) int64, where the edges of each row start; where they end, on return.
    others int32, weights float32: for each edge, the row it leads to and its weight.
    """
    for r in range(start, stop):
        for c in range(ids.shape[1]):
            other, weight = ids[r, c], memberships[r, c]
            back = _place(ids, other, r)
            if back >= 0:
                weight = (weight + memberships[other, back]) - weight * memberships[other, back]
            others[ends[r]], weights[ends[r]] = other, weight
            ends[r] += 1
            if back < 0:
                others[ends[other]], weights[ends[other]] = r, weight
                ends[other] += 1


@compiled(inline="always")
def _cell(distance):
    """Return the index of a squared distance in the tables of forces."""
    cell = (np.float32(distance).view(np.int32) >> _SHIFT) - _FIRST
    return np.uint64(min(max(cell, 0), N_CELLS - 1))


@compiled(inline="always")
def _step(force, difference):
    return min(max(force * difference, -_MAX_STEP), _MAX_STEP)


@compiled(fastmath={"contract"})
def move(
    before,
    after,
    start,
    stop,
    offsets,
    others,
    rates,
    attractions,
    repulsions,
    epoch,
    seed,
    n_negatives,
    rate,
    due,
):
    """Set after[start:stop] to these points after one epoch of SGD, during which the others do not move.

    before, after: (n_rows, DIMS) float32. offsets, others: the edges of each row. rates: how often each
    is sampled in an epoch, at most 1. attractions, repulsions: (N_CELLS,) float32, the forces by squared
    distance. seed: uint64. n_negatives: random points that repel for each sampled edge. rate: float32, the
    learning rate. due: int32 scratch, with room for the edges of any row.
    Each row has its own generator, so the result does not depend on how the rows are split into calls.
    """
    n_rows = np.uint64(before.shape[0])
    for r in range(start, stop):
        x, y, z = before[r, 0], before[r, 1], before[r, 2]
        # splitmix64 (Steele, Lea and Flood 2014) makes the start independent of that of the last row.
        state = seed + np.uint64(epoch) * np.uint64(0xD1B54A32D192ED03)
        state += np.uint64(r + 1) * np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
        n_due = np.uint64(0)
        for e in range(offsets[r], offsets[r + 1]):  # without a branch, which would often be mispredicted
            due[n_due] = others[e]
            drawn = np.int32(np.float32(epoch + 1) * rates[e]) - np.int32(np.float32(epoch) * rates[e])
            n_due += np.uint64(drawn)
        for d in range(n_due):
            # All forces act at the same place and are summed, so that they can be computed in parallel.
            o = np.uint64(due[d])
            dx, dy, dz = x - before[o, 0], y - before[o, 1], z - before[o, 2]
            force = attractions[_cell(dx * dx + dy * dy + dz * dz)]
            sum_x, sum_y, sum_z = _step(force, dx), _step(force, dy), _step(force, dz)
            for _ in range(n_negatives):
                state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
                o = ((state >> np.uint64(32)) * n_rows) >> np.uint64(32)
                dx, dy, dz = x - before[o, 0], y - before[o, 1], z - before[o, 2]
                force = repulsions[_cell(dx * dx + dy * dy + dz * dz)]
                if o == np.uint64(r):
                    force = np.float32(0.0)
                sum_x += _step(force, dx)
                sum_y += _step(force, dy)
                sum_z += _step(force, dz)
            x += rate * sum_x
            y += rate * sum_y
            z += rate * sum_z
        after[r, 0], after[r, 1], after[r, 2] = x, y, z


@compiled()
def nearest_points(points, rows, start, stop, near, distances):
    """Set near[s] for s in [start, stop) to the points nearest to points[rows[s]], itself left out.

    points: (n_points, dims) float32. near (n_rows, k) int32, nearest first, ties by id. distances:
    (n_rows, k) float32 scratch.
    """
    n_points, dims, k = points.shape[0], points.shape[1], near.shape[1]
    for s in range(start, stop):
        row = rows[s]
        for c in range(k):
            distances[s, c] = -math.inf  # negative: `enter` keeps the largest
        for p in range(n_points):
            squared = np.float32(0.0)
            for d in range(dims):
                difference = points[p, d] - points[row, d]
                squared += difference * difference
            if -squared >= distances[s, k - 1] and p != row:
                enter(-squared, p, near[s], distances[s])


@compiled()
def count_better(scores, start, stop, first_id, near, bars, ranks):
    """Add to ranks[s] for s in [start, stop) how many of scores[s] come before each of near[s].

    scores: (n_rows, n_columns) float32; column c is the score of id first_id + c. near (n_rows, k):
    ids, and bars (n_rows, k) their scores. Equal scores come in the order of ids.
    """
    n_columns = scores.shape[1]
    for s in range(start, stop):
        row = scores[s]
        for c in range(near.shape[1]):
            bar = bars[s, c]
            before = min(max(near[s, c] - first_id, 0), n_columns)
            earlier, later = row[:before], row[before:]
            n = np.int32(0)
            for i in range(earlier.shape[0]):
                n += np.int32(earlier[i] >= bar)
            for i in range(later.shape[0]):
                n += np.int32(later[i] > bar)
            ranks[s, c] += n

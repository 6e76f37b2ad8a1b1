"""Inner loops of objectives whose input is a bag of rows, composed into one vector (training/mean_input.py).

A bag is a run of tokens; each token stands for one or more rows of the input table. The vector h of a
bag is the mean of all its rows, each row first multiplied, number by number, with the vector of its
token's position where positions have vectors. The rows get the gradient of that mean: h's, divided
by their number.

Compiled by numba for one set of types each; no checks, no allocation, no random state.
"""

import numpy as np
from numba import types

from tovec.compiled import compiled
from tovec.training.kernels.simd import (
    SLOTS,
    TARGETS,
    add_product,
    add_row,
    input_update,
    logistic_gradient,
    prefetch,
    single_scores,
)
from tovec.training.kernels.skipgram import part
from tovec.training.kernels.sync import barrier_arrive, barrier_wait
from tovec.training.kernels.types import RULES, SCRATCH, SHARE, SHARED, TABLES, TOKEN_ROWS, WINDOWS

AHEAD = 2  # windows; memory answers in about the time that two of them take


@compiled(inline="always")
def spans_of(i, from_center, ends, sizes, targets):
    """Return where the bag of window i begins and ends, and where its positives do; see train."""
    center, first = i * np.int64(targets.shape[1]), np.int64(ends[i])
    last = first + sizes[i]
    if from_center:
        return center, center + 1, first, last
    return first, last, center, center + 1


@compiled(inline="always")
def whole_tiles(n):
    """Return how many targets n are with room for whole tiles."""
    return (n + TARGETS - 1) // TARGETS * TARGETS


@compiled(inline="always")
def n_rows_of(bag, start, stop, bounds):
    """Return of how many rows bag[start:stop] is the mean."""
    n_rows = 0
    for j in range(start, stop):
        n_rows += bounds[bag[j] + 1] - bounds[bag[j]]
    return n_rows


@compiled(inline="always", error_model="numpy")
def mean_rows(x, bag, start, stop, members, bounds, positions, position, h, at):
    """Write the vector of bag[start:stop] to h[at].

    x: (n_rows, width) float32. Token i stands for the rows members[bounds[i]:bounds[i + 1]]. positions:
    (2 * window, width), the vectors of positions; the first token's is number `position`, the next one's
    the next. A negative position: positions have none.
    """
    width, n_rows = x.shape[1], 0
    for k in range(width):
        h[at, k] = 0.0
    for j in range(start, stop):
        low, high, p = bounds[bag[j]], bounds[bag[j] + 1], position + j - start
        n_rows += high - low
        for member in range(low, high):
            row = members[member]
            if position < 0:
                add_row(h, at, x, row, width)
            else:
                add_product(h, at, x, row, positions, p, width)
    share = types.float32(1.0) / types.float32(n_rows)
    for k in range(width):
        h[at, k] *= share


@compiled(inline="always", error_model="numpy")
def scatter_gradient(
    x,
    bag,
    start,
    stop,
    members,
    bounds,
    positions,
    position,
    input_rate_scale,
    position_rate_scale,
    gradient,
    sums,
):
    """Move the rows of bag[start:stop] and the vectors of their positions by what h is to move.

    gradient: (1, >= width) float32, changed; sums: (2 * window, >= width) scratch. input_rate_scale,
    position_rate_scale: how many times as far as the gradient says rows and positions move. The rest: see
    mean_rows.
    """
    width = x.shape[1]
    share = input_rate_scale / types.float32(n_rows_of(bag, start, stop, bounds))
    for k in range(width):
        gradient[0, k] *= share
    if position < 0:
        for j in range(start, stop):
            for member in range(bounds[bag[j]], bounds[bag[j] + 1]):
                add_row(x, members[member], gradient, 0, width)
        return
    of_positions = position_rate_scale / input_rate_scale
    for j in range(start, stop):  # first all sums, since a row may be in the bag at two positions
        p = position + j - start
        for k in range(width):
            sums[p, k] = 0.0
        for member in range(bounds[bag[j]], bounds[bag[j] + 1]):
            add_row(sums, p, x, members[member], width)
        for k in range(width):
            sums[p, k] *= of_positions
    for j in range(start, stop):
        p = position + j - start
        for member in range(bounds[bag[j]], bounds[bag[j] + 1]):
            add_product(x, members[member], gradient, 0, positions, p, width)
        add_product(positions, p, gradient, 0, sums, p, width)


@compiled(inline="always")
def gather(positives, start, stop, window_targets, window, negative, targets, at):
    """Write positives[start:stop] and the noise of a window to targets[at:], and fill the last tile."""
    n = stop - start
    for t in range(n):
        targets[at + t] = positives[start + t]
    for t in range(negative):
        targets[at + n + t] = window_targets[window, 1 + t]
    for t in range(n + negative, whole_tiles(n + negative)):
        targets[at + t] = positives[start]


@compiled(inline="always")
def weigh(targets, at, n, negative, negative_weight, label, weight):
    """Write label and weight of what `gather` has written, by slot of its tiles.

    A positive has weight 1. Noise has `negative_weight` for each positive that it is noise for: all but those
    that it is itself.
    """
    for t in range(whole_tiles(n + negative)):
        slot = t // TARGETS * SLOTS + t % TARGETS
        label[slot] = 1.0 if t < n else -1.0
        weight[slot] = 1.0 if t < n else 0.0
        if n <= t < n + negative:
            for i in range(n):
                weight[slot] += negative_weight if targets[at + i] != targets[at + t] else 0.0


@compiled(types.void(WINDOWS, RULES, TABLES, TOKEN_ROWS, SHARE, SHARED, SCRATCH))
def train(windows, rules, tables, token_rows, share, shared, scratch):
    """Take SGD steps for windows share.first to share.stop, one batch of them at a time.

    windows: see windows.cut. tables: changed in place; who shares them with whom: see skipgram.train. All
    of them: see arguments.py.
    """
    contexts, ends, sizes, left, window_targets = windows
    window, negative, negative_weight, from_center, is_weighted, input_rate_scale, position_rate_scale = rules
    w_in, w_out, w_positions, columns = tables
    members, bounds = token_rows
    first, stop, group, groups_end, n_threads, rate = share
    owners, arrivals, tiles, loss = shared
    numbers, targets, label, weight, hidden, gradient, sums = scratch
    batch, flat = owners.shape[0], window_targets.reshape(-1)
    n_groups, phase = columns.shape[0] - 1, 0
    most, middle = targets.shape[0] // batch, arrivals.shape[0] // 2
    total = n_groups if n_groups > 1 else 0  # apart: others may still read it when the next batch begins
    bags, positives = (flat, contexts) if from_center else (contexts, flat)
    x, y = part(w_in, columns, group), part(w_out, columns, group)
    h, positions = part(hidden, columns, group), part(w_positions, columns, group)
    for begin in range(first, stop, batch):
        end = min(stop, begin + batch)
        for i in range(begin, end):
            _, _, low, high = spans_of(i, from_center, ends, sizes, window_targets)
            gather(positives, low, high, window_targets, i, negative, targets, (i - begin) * most)
        for g in range(group, groups_end):
            if groups_end - group > 1:
                x, y = part(w_in, columns, g), part(w_out, columns, g)
                h, positions = part(hidden, columns, g), part(w_positions, columns, g)
            for i in range(begin, end):
                if i + AHEAD < stop:
                    entering = contexts[ends[i + AHEAD] + sizes[i + AHEAD] - 1]
                    for t in range(1 + negative):
                        prefetch(y, window_targets[i + AHEAD, t])
                    if from_center:
                        prefetch(y, entering)
                        entering = window_targets[i + AHEAD, 0]
                    for member in range(bounds[entering], bounds[entering + 1]):
                        prefetch(x, members[member])
                start, end_of_bag, low, high = spans_of(i, from_center, ends, sizes, window_targets)
                position = np.int64(window - left[i]) if is_weighted else -1
                mean_rows(x, bags, start, end_of_bag, members, bounds, positions, position, h, i - begin)
                m, at = whole_tiles(high - low + negative), (g * batch + i - begin) * tiles.shape[2]
                single_scores(h, y, numbers, i - begin, 1, targets, (i - begin) * most, m, tiles, at)
        if n_threads > 1:
            phase += n_threads
            barrier_arrive(arrivals, middle)
            barrier_wait(arrivals, middle, phase)
        for i in range(begin, end):
            owner = owners[i - begin]
            if not group <= owner < groups_end:
                continue  # another call's
            _, _, low, high = spans_of(i, from_center, ends, sizes, window_targets)
            n_tiles = whole_tiles(high - low + negative) // TARGETS
            if n_groups > 1:
                for slot in range(n_tiles * SLOTS):
                    tiles[total, i - begin, slot] = tiles[0, i - begin, slot]
                for g in range(1, n_groups):
                    for slot in range(n_tiles * SLOTS):
                        tiles[total, i - begin, slot] += tiles[g, i - begin, slot]
            weigh(targets, (i - begin) * most, high - low, negative, negative_weight, label, weight)
            at = (total * batch + i - begin) * tiles.shape[2]
            loss[1 + owner, 0] += logistic_gradient(tiles, at, n_tiles, label, weight, 0, rate)
        if n_threads > 1:
            phase += n_threads
            barrier_arrive(arrivals, middle)
            barrier_wait(arrivals, middle, phase)
        for g in range(group, groups_end):
            if groups_end - group > 1:
                x, y = part(w_in, columns, g), part(w_out, columns, g)
                h, positions = part(hidden, columns, g), part(w_positions, columns, g)
            for i in range(begin, end):
                start, end_of_bag, low, high = spans_of(i, from_center, ends, sizes, window_targets)
                position = np.int64(window - left[i]) if is_weighted else -1
                m, at = whole_tiles(high - low + negative), (total * batch + i - begin) * tiles.shape[2]
                input_update(h, i - begin, y, targets, (i - begin) * most, m, tiles, at, gradient)
                scatter_gradient(
                    x, bags, start, end_of_bag, members, bounds, positions, position,
                    input_rate_scale, position_rate_scale, gradient, sums,
                )  # fmt: skip

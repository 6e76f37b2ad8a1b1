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
    bag_update,
    prefetch,
    pulls,
    single_scores,
)
from tovec.training.kernels.skipgram import part
from tovec.training.kernels.sync import arrive, wait_for
from tovec.training.kernels.types import FLAG, IDS, INT, OFFSETS, REAL, TABLE, read, written

AHEAD = 2  # windows; memory answers in about the time that two of them take
_TABLE, _COUNTS = written(types.float32), written(types.int64)


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
def compose(x, bag, start, stop, members, bounds, places, place, h, at):
    """Write the vector of bag[start:stop] to h[at].

    x: (n_rows, width) float32. Token i stands for the rows members[bounds[i]:bounds[i + 1]]. places:
    (2 * window, width), the vectors of positions; the first token's is number `place`, the next one's
    the next. A negative place: positions have none.
    """
    width, n_rows = x.shape[1], 0
    for k in range(width):
        h[at, k] = 0.0
    for j in range(start, stop):
        low, high, p = bounds[bag[j]], bounds[bag[j] + 1], place + j - start
        n_rows += high - low
        for member in range(low, high):
            row = members[member]
            if place < 0:
                add_row(h, at, x, row, width)
            else:
                add_product(h, at, x, row, places, p, width)
    share = types.float32(1.0) / types.float32(n_rows)
    for k in range(width):
        h[at, k] *= share


@compiled(inline="always", error_model="numpy")
def give_back(x, bag, start, stop, members, bounds, places, place, faster, moves, sums):
    """Move the rows of bag[start:stop] and the vectors of their positions by what h is to move.

    moves: (1, >= width) float32, changed; sums: (2 * window, >= width) scratch. faster: how many times
    as far as the gradient says rows move; positions do not. The rest: see compose.
    """
    width = x.shape[1]
    share = faster / types.float32(n_rows_of(bag, start, stop, bounds))
    for k in range(width):
        moves[0, k] *= share
    if place < 0:
        for j in range(start, stop):
            for member in range(bounds[bag[j]], bounds[bag[j] + 1]):
                add_row(x, members[member], moves, 0, width)
        return
    for j in range(start, stop):  # first all sums, since a row may be in the bag at two positions
        p = place + j - start
        for k in range(width):
            sums[p, k] = 0.0
        for member in range(bounds[bag[j]], bounds[bag[j] + 1]):
            add_row(sums, p, x, members[member], width)
        for k in range(width):
            sums[p, k] /= faster
    for j in range(start, stop):
        p = place + j - start
        for member in range(bounds[bag[j]], bounds[bag[j] + 1]):
            add_product(x, members[member], moves, 0, places, p, width)
        add_product(places, p, moves, 0, sums, p, width)


@compiled(inline="always")
def gather(positives, start, stop, targets, window, negative, aims, at):
    """Write positives[start:stop] and the noise of a window to aims[at:], and fill the last tile."""
    n = stop - start
    for t in range(n):
        aims[at + t] = positives[start + t]
    for t in range(negative):
        aims[at + n + t] = targets[window, 1 + t]
    for t in range(n + negative, whole_tiles(n + negative)):
        aims[at + t] = positives[start]


@compiled(inline="always")
def weigh(aims, at, n, negative, each, label, weight):
    """Write label and weight of what `gather` has written, by slot of its tiles.

    A positive has weight 1. Noise has weight `each` for each positive that it is noise for: all but those
    that it is itself.
    """
    for t in range(whole_tiles(n + negative)):
        slot = t // TARGETS * SLOTS + t % TARGETS
        label[slot] = 1.0 if t < n else -1.0
        weight[slot] = 1.0 if t < n else 0.0
        if n <= t < n + negative:
            for i in range(n):
                weight[slot] += each if aims[at + i] != aims[at + t] else 0.0


@compiled(
    types.void(
        *(IDS, IDS, IDS, IDS, read(types.int32, 2), INT, INT, INT, INT, REAL, FLAG, FLAG, IDS, OFFSETS),
        *(_TABLE, _TABLE, _TABLE, REAL, REAL, IDS, INT, INT, INT, INT, IDS, _COUNTS),
        *(written(types.float32, 3), IDS, written(types.int32), _TABLE, _TABLE, _TABLE, TABLE, TABLE),
        written(types.float64, 2),
    )
)
def train(
    contexts,
    ends,
    sizes,
    left,
    targets,
    first,
    stop,
    window,
    negative,
    each,
    from_center,
    is_weighted,
    members,
    bounds,
    w_in,
    w_out,
    w_places,
    rate,
    faster,
    columns,
    group,
    groups_end,
    batch,
    n_threads,
    owners,
    arrived,
    tiles,
    numbers,
    aims,
    label,
    weight,
    hidden,
    moves,
    sums,
    loss,
):
    """Take SGD steps for windows first to stop, `batch` of them at once.

    contexts to targets: see windows.cut. window, negative: as there. from_center: the bag is the
    center and its contexts are the positives; otherwise the contexts are the bag and the center is
    the positive. is_weighted: positions have vectors, w_places. members, bounds: see compose. each:
    see weigh. faster: see give_back.

    w_in, w_out, w_places and columns to tiles, and who shares them with whom: see skipgram.train.
    Of each call's own: numbers, 0 … batch - 1; aims, (batch * targets of the widest window,); label,
    weight, by slot of the widest window, zero where nothing is written; hidden, (batch * width,);
    moves and sums, see give_back.
    """
    n_groups, met, flat = columns.shape[0] - 1, 0, targets.reshape(-1)
    most, middle = aims.shape[0] // batch, arrived.shape[0] // 2
    total = n_groups if n_groups > 1 else 0  # apart: others may still read it when the next batch begins
    bags, positives = (flat, contexts) if from_center else (contexts, flat)
    x, y = part(w_in, columns, group), part(w_out, columns, group)
    h, places = part(hidden, columns, group), part(w_places, columns, group)
    for begin in range(first, stop, batch):
        end = min(stop, begin + batch)
        for i in range(begin, end):
            _, _, low, high = spans_of(i, from_center, ends, sizes, targets)
            gather(positives, low, high, targets, i, negative, aims, (i - begin) * most)
        for g in range(group, groups_end):
            if groups_end - group > 1:
                x, y = part(w_in, columns, g), part(w_out, columns, g)
                h, places = part(hidden, columns, g), part(w_places, columns, g)
            for i in range(begin, end):
                if i + AHEAD < stop:
                    entering = contexts[ends[i + AHEAD] + sizes[i + AHEAD] - 1]
                    for t in range(1 + negative):
                        prefetch(y, targets[i + AHEAD, t])
                    if from_center:
                        prefetch(y, entering)
                        entering = targets[i + AHEAD, 0]
                    for member in range(bounds[entering], bounds[entering + 1]):
                        prefetch(x, members[member])
                start, end_of_bag, low, high = spans_of(i, from_center, ends, sizes, targets)
                place = np.int64(window - left[i]) if is_weighted else -1
                compose(x, bags, start, end_of_bag, members, bounds, places, place, h, i - begin)
                m, at = whole_tiles(high - low + negative), (g * batch + i - begin) * tiles.shape[2]
                single_scores(h, y, numbers, i - begin, 1, aims, (i - begin) * most, m, tiles, at)
        if n_threads > 1:
            met += n_threads
            arrive(arrived, middle)
            wait_for(arrived, middle, met)
        for i in range(begin, end):
            owner = owners[i - begin]
            if not group <= owner < groups_end:
                continue  # another call's
            _, _, low, high = spans_of(i, from_center, ends, sizes, targets)
            n_tiles = whole_tiles(high - low + negative) // TARGETS
            if n_groups > 1:
                for slot in range(n_tiles * SLOTS):
                    tiles[total, i - begin, slot] = tiles[0, i - begin, slot]
                for g in range(1, n_groups):
                    for slot in range(n_tiles * SLOTS):
                        tiles[total, i - begin, slot] += tiles[g, i - begin, slot]
            weigh(aims, (i - begin) * most, high - low, negative, each, label, weight)
            at = (total * batch + i - begin) * tiles.shape[2]
            loss[1 + owner, 0] += pulls(tiles, at, n_tiles, label, weight, 0, rate)
        if n_threads > 1:
            met += n_threads
            arrive(arrived, middle)
            wait_for(arrived, middle, met)
        for g in range(group, groups_end):
            if groups_end - group > 1:
                x, y = part(w_in, columns, g), part(w_out, columns, g)
                h, places = part(hidden, columns, g), part(w_places, columns, g)
            for i in range(begin, end):
                start, end_of_bag, low, high = spans_of(i, from_center, ends, sizes, targets)
                place = np.int64(window - left[i]) if is_weighted else -1
                m, at = whole_tiles(high - low + negative), (total * batch + i - begin) * tiles.shape[2]
                bag_update(h, i - begin, y, aims, (i - begin) * most, m, tiles, at, moves)
                give_back(x, bags, start, end_of_bag, members, bounds, places, place, faster, moves, sums)

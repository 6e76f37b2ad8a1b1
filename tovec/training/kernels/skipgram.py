"""Inner loops of skip-gram with negative sampling (Mikolov et al. 2013, arXiv:1310.4546, eq. 4).

The noise tokens are drawn once for a is_full window and shared by its pairs (Ji et al. 2016,
arXiv:1604.04661), so that a window is three small dense products over rows that are read once. As
in word2vec.c the context's vector is the input and the center's the output.

Compiled by numba for one set of types each; no checks, no allocation, no random state.
"""

import numpy as np
from numba import types

from tovec.compiled import compiled
from tovec.training.kernels.simd import (
    INPUTS,
    SLOTS,
    TARGETS,
    logistic_gradient,
    pair_scores,
    pair_update,
    prefetch,
)
from tovec.training.kernels.sync import barrier_arrive, barrier_wait
from tovec.training.kernels.types import INT, SHARE, SHARED, SLOTS_OF_WINDOW, TABLES, WINDOWS

AHEAD = 2  # windows; memory answers in about the time that two of them take


@compiled()
def weigh(size, n_tiles, targets, window, negative, counts, weight):
    """Write 1 for each pair of a window that counts and 0 for what is passed over, by slot of its tiles.

    Passed over are noise that is the center, and slots without an input (from `size` on) or a target.
    """
    n_across = targets.shape[1] // TARGETS
    for slot in range(n_tiles * SLOTS):
        weight[slot] = counts[slot]
    for t in range(1, 1 + negative):
        if targets[window, t] == targets[window, 0]:
            for tile in range(t // TARGETS, n_tiles, n_across):
                for i in range(INPUTS):
                    weight[tile * SLOTS + i * TARGETS + t % TARGETS] = 0.0
    if size % INPUTS:
        for tile in range(n_tiles - n_across, n_tiles):
            for t in range(TARGETS):
                weight[tile * SLOTS + (INPUTS - 1) * TARGETS + t] = 0.0


@compiled(inline="always")
def part(table, columns, group):
    """Return the columns of one group, (rows, its width), of a table that holds them group by group."""
    n_rows = table.shape[0] // columns[-1]
    left, right = np.int64(columns[group]), np.int64(columns[group + 1])
    return table[n_rows * left : n_rows * right].reshape(n_rows, right - left)


@compiled()
def fetch_scores(tiles, plane, ends, begin, end, n_across):
    """Ask at once for the scores of windows begin to end, which another core has just written."""
    lines = tiles[plane].reshape(-1, SLOTS)
    for i in range(begin, end):
        first = (i - begin) * (tiles.shape[2] // SLOTS)
        for tile in range((ends[i + 1] - ends[i]) // INPUTS * n_across):
            prefetch(lines, first + tile)


@compiled(types.void(WINDOWS, INT, TABLES, SHARE, SHARED, SLOTS_OF_WINDOW))
def train(windows, negative, tables, share, shared, slots):
    """Take SGD steps for windows share.first to share.stop, one batch of them at a time.

    windows, negative: see windows.cut. tables: changed in place, but for positions, of which there are
    none. All of them: see arguments.py.

    This call works on groups share.group to share.groups_end; share.n_threads calls that share all arrays
    but slots.weight and own the groups between them go in step. A score is the sum over groups in their
    order, so the result depends on the columns and the batch and not on how many calls there are.

    One call over one group takes no notice of others. Such calls may race for rows on purpose (Niu
    et al. 2011, arXiv:1106.5730): then results vary from run to run.
    """
    contexts, ends, sizes, _, targets, is_full = windows
    w_in, w_out, _, columns = tables
    first, stop, group, groups_end, n_threads, rate = share
    owners, arrivals, tiles, loss = shared
    label, counts, weight = slots
    batch = owners.shape[0]
    m, n_groups, phase = targets.shape[1], columns.shape[0] - 1, 0
    n_across, middle = m // TARGETS, arrivals.shape[0] // 2
    sums = n_groups if n_groups > 1 else 0  # apart: others may still read it when the next batch begins
    x, y = part(w_in, columns, group), part(w_out, columns, group)
    for begin in range(first, stop, batch):
        end = min(stop, begin + batch)
        for g in range(group, groups_end):
            if groups_end - group > 1:
                x, y = part(w_in, columns, g), part(w_out, columns, g)
            for i in range(begin, end):
                if i + AHEAD < stop:
                    for t in range(1 + negative):
                        prefetch(y, targets[i + AHEAD, t])
                    prefetch(x, contexts[ends[i + 1 + AHEAD] - 1])
                n, at = ends[i + 1] - ends[i], (g * batch + i - begin) * tiles.shape[2]
                pair_scores(x, y, contexts, ends[i], n, targets, i * m, m, tiles, at)
        if n_threads > 1:
            phase += n_threads
            barrier_arrive(arrivals, middle)
            barrier_wait(arrivals, middle, phase)
            for g in range(n_groups):
                if not group <= g < groups_end:
                    fetch_scores(tiles, g, ends, begin, end, n_across)
        for i in range(begin, end):
            owner = owners[i - begin]
            if not group <= owner < groups_end:
                continue  # another call's
            n_tiles = (ends[i + 1] - ends[i]) // INPUTS * n_across
            if n_groups > 1:
                for slot in range(n_tiles * SLOTS):
                    tiles[sums, i - begin, slot] = tiles[0, i - begin, slot]
                for g in range(1, n_groups):
                    for slot in range(n_tiles * SLOTS):
                        tiles[sums, i - begin, slot] += tiles[g, i - begin, slot]
            at = (sums * batch + i - begin) * tiles.shape[2]
            if is_full[i]:
                loss[1 + owner, 0] += logistic_gradient(tiles, at, n_tiles, label, counts, 0, rate)
            else:
                weigh(sizes[i], n_tiles, targets, i, negative, counts, weight)
                loss[1 + owner, 0] += logistic_gradient(tiles, at, n_tiles, label, weight, 0, rate)
        if n_threads > 1:
            phase += n_threads
            barrier_arrive(arrivals, middle)
            barrier_wait(arrivals, middle, phase)
            fetch_scores(tiles, sums, ends, begin, end, n_across)
        for g in range(group, groups_end):
            if groups_end - group > 1:
                x, y = part(w_in, columns, g), part(w_out, columns, g)
            for i in range(begin, end):
                n, at = ends[i + 1] - ends[i], (sums * batch + i - begin) * tiles.shape[2]
                pair_update(x, y, contexts, ends[i], n, targets, i * m, m, tiles, at)

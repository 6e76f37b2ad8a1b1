"""Inner loops of skip-gram with negative sampling (Mikolov et al. 2013, arXiv:1310.4546, eq. 4).

The windows of neighboring centers make a minibatch: their contexts, most of which they have in common,
meet the centers and noise tokens that are drawn once for all of them (Ji et al. 2016, arXiv:1604.04661;
contexts combined as by Rengasamy et al. 2017, "Optimizing word2vec performance on multicore systems"),
so that it is three small dense products over rows that are read once. A pair counts as often as these
windows have it. As in word2vec.c the context's vector is the input and the center's the output.

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
    window_weights,
)
from tovec.training.kernels.sync import barrier_arrive, barrier_wait
from tovec.training.kernels.types import INT, MINIBATCHES, SHARE, SHARED, SLOTS_OF_MINIBATCH, TABLES

AHEAD = 1  # minibatches


@compiled()
def share_out(i, n_noise, n_centers, targets, shares, share):
    """Let noise tokens of minibatch i that are the center of a window count `share` in it."""
    step = targets.shape[1] // TARGETS * SLOTS
    for center in range(n_centers):
        for t in range(n_centers, n_centers + n_noise):
            if targets[i, t] == targets[i, center]:
                slot = center * step + t // TARGETS * SLOTS + t % TARGETS
                for of_pair in range(INPUTS):
                    shares[slot + of_pair * TARGETS] = share


@compiled()
def weigh(i, n, n_noise, spans, targets, weight, shares, noise_weight):
    """Write how much each pair of minibatch i counts, by slot of its tiles. n: contexts.

    A context and a center count where the one is in the window of the other; a context and a noise token
    count noise_weight for each window that the context is in, but for those whose center is that token.
    """
    n_centers, step = spans.shape[1], targets.shape[1] // TARGETS * SLOTS
    n_passed = 0
    for center in range(n_centers):
        for t in range(n_centers, n_centers + n_noise):
            n_passed += np.int64(targets[i, t] == targets[i, center])
    if n_passed > 0:
        share_out(i, n_noise, n_centers, targets, shares, np.float32(0.0))
    window_weights(weight, shares, step, spans, i * n_centers * 3, n_centers, n)
    if n_passed > 0:
        share_out(i, n_noise, n_centers, targets, shares, noise_weight)


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


@compiled(types.void(MINIBATCHES, INT, TABLES, SHARE, SHARED, SLOTS_OF_MINIBATCH))
def train(minibatches, n_noise, tables, share, shared, slots):
    """Take SGD steps for minibatches share.first to share.stop, one batch of them at a time.

    minibatches: see windows.cut_minibatches; n_noise tokens each. tables: changed in place, but for
    positions, of which there are none. All of them: see arguments.py.

    This call works on groups share.group to share.groups_end; share.n_threads calls that share all arrays
    but slots.weight and own the groups between them go in step. A score is the sum over groups in their
    order, so the result depends on the columns and the batch and not on how many calls there are.

    One call over one group takes no notice of others. Such calls may race for rows on purpose (Niu
    et al. 2011, arXiv:1106.5730): then results vary from run to run.
    """
    contexts, ends, spans, targets = minibatches
    w_in, w_out, _, columns = tables
    first, stop, group, groups_end, n_threads, rate = share
    owners, arrivals, tiles, loss = shared
    label, weight, shares, noise_weight = slots
    batch, n_centers = owners.shape[0], spans.shape[1]
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
                    for t in range(m):
                        prefetch(y, targets[i + AHEAD, t])
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
            weigh(i, ends[i + 1] - ends[i], n_noise, spans, targets, weight, shares, noise_weight)
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
                if i + AHEAD < stop:  # apart from the targets: a core waits for so many rows at once
                    entering = max(ends[i + AHEAD], ends[i + 1 + AHEAD] - n_centers - 2)
                    for context in range(entering, ends[i + 1 + AHEAD]):
                        prefetch(x, contexts[context])
                pair_update(x, y, contexts, ends[i], n, targets, i * m, m, tiles, at)

"""A piece of the id stream to windows: for each center its contexts, itself and its noise, as rows.

Kept apart from training so that threads can cut different pieces while others train. Every function
runs uncompiled too (`.py_func`), which the tests compare.
"""

import numpy as np

from tovec.compiled import compiled
from tovec.training.kernels.rng import draw_noise, keep_some, next_random
from tovec.training.kernels.types import DRAWS, IDS, INT, KEPT, MINIBATCHES, OFFSETS, WINDOWS


@compiled()
def thin_out(ids, offsets, document, start, stop, draws, kept):
    """Copy ids[start:stop] without what sampling leaves out; return how many stay.

    document: the one that holds `start`. kept: written, its ids and, of each, where its document begins
    and ends among them, so that no window reaches over an end.
    """
    keep, state, kept_ids, bounds = draws.keep, draws.state, kept.ids, kept.bounds
    n = 0
    while start < stop:
        while offsets[document + 1] <= start:
            document += 1
        end = min(stop, offsets[document + 1])
        n_kept = keep_some(ids, start, end, keep, state, kept_ids[n:])
        for at in range(n, n + n_kept):
            bounds[at, 0] = n
            bounds[at, 1] = n + n_kept
        n += n_kept
        start = end
    return n


@compiled(INT(IDS, OFFSETS, INT, INT, INT, INT, INT, DRAWS, KEPT, WINDOWS, INT))
def cut(ids, offsets, document, start, stop, window, negative, draws, kept, windows, min_reach):
    """Cut ids[start:stop] into windows, document by document; return how many there are.

    window, min_reach: the largest and the smallest reach; each center draws its own, from one to the other.
    negative: noise tokens for a window. draws: what is drawn from. kept: scratch. windows: written; see
    arguments.py.
    """
    _, noise, row_in, row_out, state = draws
    kept_ids, bounds = kept
    contexts, ends, sizes, left, targets = windows
    n_kept = thin_out(ids, offsets, document, start, stop, draws, kept)
    n, end = 0, 0
    n_reaches = np.uint64(window - min_reach + 1)
    ends[0] = 0
    for at in range(n_kept):
        reach = min_reach + np.int64(((next_random(state) >> np.uint64(32)) * n_reaches) >> np.uint64(32))
        first, last = max(bounds[at, 0], at - reach), min(bounds[at, 1], at + reach + 1)
        if last - first < 2:
            continue
        sizes[n] = last - first - 1
        left[n] = at - first
        for other in range(first, last):
            if other != at:
                contexts[end] = row_in[kept_ids[other]]
                end += 1
        if (last - first) % 2 == 0:
            contexts[end] = contexts[end - 1]
            end += 1
        center = row_out[kept_ids[at]]
        targets[n, 0] = center
        for t in range(1, 1 + negative):
            targets[n, t] = row_out[draw_noise(noise, state)]
        for t in range(1 + negative, targets.shape[1]):
            targets[n, t] = center
        n += 1
        ends[n] = end
    return n


@compiled(INT(IDS, OFFSETS, INT, INT, INT, INT, INT, DRAWS, KEPT, MINIBATCHES))
def cut_minibatches(ids, offsets, document, start, stop, window, negative, draws, kept, minibatches):
    """Cut ids[start:stop] into windows as `cut` does, and put those of neighbors together.

    negative: noise tokens for a minibatch. minibatches: written; see arguments.py. Returns their number.
    """
    _, noise, row_in, row_out, state = draws
    kept_ids, bounds = kept
    contexts, ends, spans, targets = minibatches
    n_centers = spans.shape[1]
    n_kept = thin_out(ids, offsets, document, start, stop, draws, kept)
    n, end = 0, 0
    ends[0] = 0
    for begin in range(0, n_kept, n_centers):
        low, high = n_kept, 0
        for c in range(n_centers):
            at = begin + c
            spans[n, c, 0] = spans[n, c, 1] = spans[n, c, 2] = 0
            if at >= n_kept:
                targets[n, c] = targets[n, 0]
                continue
            targets[n, c] = row_out[kept_ids[at]]
            reach = 1 + np.int64(((next_random(state) >> np.uint64(32)) * np.uint64(window)) >> np.uint64(32))
            first, last = max(bounds[at, 0], at - reach), min(bounds[at, 1], at + reach + 1)
            if last - first > 1:
                spans[n, c, 0], spans[n, c, 1], spans[n, c, 2] = first, last, at
                low, high = min(low, first), max(high, last)
        if high == 0:
            continue  # documents of one token
        for c in range(n_centers):
            if spans[n, c, 1] > 0:
                for side in range(3):
                    spans[n, c, side] -= low
        for at in range(low, high):
            contexts[end] = row_in[kept_ids[at]]
            end += 1
        if (high - low) % 2:
            contexts[end] = contexts[end - 1]
            end += 1
        for t in range(n_centers, n_centers + negative):
            targets[n, t] = row_out[draw_noise(noise, state)]
        for t in range(n_centers + negative, targets.shape[1]):
            targets[n, t] = targets[n, 0]
        n += 1
        ends[n] = end
    return n

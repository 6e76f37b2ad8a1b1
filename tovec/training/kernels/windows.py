"""A piece of the id stream to windows: for each center its contexts, itself and its noise, as rows.

Kept apart from training so that threads can cut different pieces while others train. Every function
runs uncompiled too (`.py_func`), which the tests compare.
"""

import numpy as np

from tovec.compiled import compiled
from tovec.training.kernels.rng import draw_noise, keep_some, next_random
from tovec.training.kernels.types import DRAWS, IDS, INT, KEPT, OFFSETS, WINDOWS


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
    contexts, ends, sizes, left, targets, is_full = windows
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
        is_full[n] = targets.shape[1] == 1 + negative
        if (last - first) % 2 == 0:
            contexts[end] = contexts[end - 1]
            end += 1
            is_full[n] = False
        center = row_out[kept_ids[at]]
        targets[n, 0] = center
        for t in range(1, 1 + negative):
            targets[n, t] = row_out[draw_noise(noise, state)]
            if targets[n, t] == center:
                is_full[n] = False
        for t in range(1 + negative, targets.shape[1]):
            targets[n, t] = center
        n += 1
        ends[n] = end
    return n

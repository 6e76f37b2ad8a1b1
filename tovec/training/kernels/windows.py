"""A piece of the id stream to windows: for each center its contexts, itself and its noise, as rows.

Kept apart from training so that threads can cut different pieces while others train. Every function
runs uncompiled too (`.py_func`), which the tests compare.
"""

import numpy as np
from numba import types

from tovec.compiled import compiled
from tovec.training.kernels.rng import draw_noise, keep_some, next_random
from tovec.training.kernels.types import IDS, INT, NOISE, OFFSETS, STATE, THRESHOLDS, written

_INTS = written(types.int32)


@compiled()
def thin_out(ids, offsets, document, start, stop, keep, state, kept, bounds):
    """Copy ids[start:stop] without what sampling leaves out; return how many stay.

    document: the one that holds `start`. keep: see keep_some. bounds: (>= n, 2) int32; of each
    kept id, where its document begins and ends in `kept`, so that no window reaches over an end.
    """
    n = 0
    while start < stop:
        while offsets[document + 1] <= start:
            document += 1
        end = min(stop, offsets[document + 1])
        n_kept = keep_some(ids, start, end, keep, state, kept[n:])
        for at in range(n, n + n_kept):
            bounds[at, 0] = n
            bounds[at, 1] = n + n_kept
        n += n_kept
        start = end
    return n


@compiled(
    INT(
        *(IDS, OFFSETS, INT, INT, INT, THRESHOLDS, NOISE, INT, INT, IDS, IDS, STATE, _INTS),
        *(
            written(types.int32, 2),
            _INTS,
            _INTS,
            _INTS,
            written(types.int32, 2),
            written(types.boolean),
            _INTS,
        ),
    )
)
def cut(
    ids,
    offsets,
    document,
    start,
    stop,
    keep,
    noise,
    window,
    negative,
    row_in,
    row_out,
    state,
    kept,
    bounds,
    contexts,
    ends,
    sizes,
    targets,
    whole,
    left,
):
    """Cut ids[start:stop] into windows, document by document; return how many there are.

    window: the largest reach; each center draws its own, from 1 to it. negative: noise tokens for
    a window. row_in, row_out: (n_tokens,) int32, the row of each token in the two tables. What is
    written: contexts, rows of the input table, the last one again where their number is odd; ends
    (n + 1,) and sizes (n,) int32, window i has
    contexts[ends[i]:ends[i] + sizes[i]]; targets: (n, >= 1 + negative) rows of the output table, the center
    first, then the noise, then the center again. whole: (n,) whether nothing in it is to be passed
    over: no context twice, no noise that is the center, no room left. left: (n,) int32, how many
    of its contexts stand before the center. Scratch: kept, bounds.
    """
    n_kept = thin_out(ids, offsets, document, start, stop, keep, state, kept, bounds)
    n, end = 0, 0
    ends[0] = 0
    for at in range(n_kept):
        reach = 1 + np.int64(((next_random(state) >> np.uint64(32)) * np.uint64(window)) >> np.uint64(32))
        first, last = max(bounds[at, 0], at - reach), min(bounds[at, 1], at + reach + 1)
        if last - first < 2:
            continue
        sizes[n] = last - first - 1
        left[n] = at - first
        for other in range(first, last):
            if other != at:
                contexts[end] = row_in[kept[other]]
                end += 1
        whole[n] = targets.shape[1] == 1 + negative
        if (last - first) % 2 == 0:
            contexts[end] = contexts[end - 1]
            end += 1
            whole[n] = False
        center = row_out[kept[at]]
        targets[n, 0] = center
        for t in range(1, 1 + negative):
            targets[n, t] = row_out[draw_noise(noise, state)]
            if targets[n, t] == center:
                whole[n] = False
        for t in range(1 + negative, targets.shape[1]):
            targets[n, t] = center
        n += 1
        ends[n] = end
    return n

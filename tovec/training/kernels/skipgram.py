"""Inner loops of skip-gram with negative sampling (Mikolov et al. 2013, arXiv:1310.4546, eq. 4).

The noise tokens are drawn once for a whole window and shared by its pairs (Ji et al. 2016,
arXiv:1604.04661), so that a window is three small dense products over rows that are read once. As
in word2vec.c the context's vector is the input and the center's the output.

Compiled by numba; no checks, no allocation, no random state of its own. Every function runs
uncompiled too (`.py_func`), which the tests compare.
"""

import math

import numpy as np
from numba import njit

FAST = {"reassoc", "contract", "nsz", "arcp"}  # sums may be reordered; infinities and NaN stay what they are
TARGETS, CONTEXTS = 3, 4  # rows and columns of the block that `multiply` and `step` write out


@njit(cache=True, nogil=True, inline="always")
def next_random(state):
    """Advance the generator and return 64 random bits (xorshift64*, Vigna 2016, arXiv:1402.6246).

    state: (1,) uint64, never zero.
    """
    bits = state[0]
    bits ^= bits >> np.uint64(12)
    bits ^= bits << np.uint64(25)
    bits ^= bits >> np.uint64(27)
    state[0] = bits
    return bits * np.uint64(0x2545F4914F6CDD1D)


@njit(cache=True, nogil=True, inline="always")
def draw_noise(noise, state):
    """Return a token drawn from an alias table (see sampling.alias_table).

    noise: (n_tokens, 2) uint32, threshold and alias of each token.
    """
    bits = next_random(state)
    row = np.int64(((bits >> np.uint64(32)) * np.uint64(noise.shape[0])) >> np.uint64(32))
    if np.uint32(bits & np.uint64(0xFFFFFFFF)) < noise[row, 0]:
        return row
    return np.int64(noise[row, 1])


@njit(cache=True, nogil=True, fastmath=FAST)
def multiply(y, x, m, n, products):
    """Set products[t, c] to y[t] . x[c], in blocks of 3 x 4 whose sums stay in registers.

    y: (>= m, width), x: (>= n, width) float32. products: float32. All three have room for m rounded
    up to 3 and n to 4; what lies past m and n is read and overwritten, and means nothing.
    """
    for t in range(0, m, TARGETS):
        for c in range(0, n, CONTEXTS):
            a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = c0 = c1 = c2 = c3 = np.float32(0.0)
            for k in range(x.shape[1]):
                y0, y1, y2 = y[t, k], y[t + 1, k], y[t + 2, k]
                x0, x1, x2, x3 = x[c, k], x[c + 1, k], x[c + 2, k], x[c + 3, k]
                a0 += y0 * x0
                a1 += y0 * x1
                a2 += y0 * x2
                a3 += y0 * x3
                b0 += y1 * x0
                b1 += y1 * x1
                b2 += y1 * x2
                b3 += y1 * x3
                c0 += y2 * x0
                c1 += y2 * x1
                c2 += y2 * x2
                c3 += y2 * x3
            products[t, c], products[t, c + 1], products[t, c + 2], products[t, c + 3] = a0, a1, a2, a3
            products[t + 1, c], products[t + 1, c + 1] = b0, b1
            products[t + 1, c + 2], products[t + 1, c + 3] = b2, b3
            products[t + 2, c], products[t + 2, c + 1] = c0, c1
            products[t + 2, c + 2], products[t + 2, c + 3] = c2, c3


@njit(cache=True, nogil=True, fastmath=FAST)
def step(w_in, w_out, contexts, targets, lr, pull, x, y):
    """Take one SGD step for all pairs of a window; return their loss before the step.

    w_in, w_out: (n_tokens, width) float32, changed in place. contexts: (n,) int32, tokens in the
    window, possibly repeated. targets: (m,) int32, the center first, then the noise tokens,
    possibly repeated but none the center. lr: float32. Scratch, overwritten, with n rounded up to
    CONTEXTS and m to TARGETS: pull (m, n), x (n, width), y (m, width) float32.
    The loss is the sum over the n contexts x of -log s(x.y0) - sum_k log s(-x.yk), s the sigmoid.
    """
    n, m, width = contexts.shape[0], targets.shape[0], w_in.shape[1]
    # Copies: every gradient below is of the vectors as they were, and their rows lie side by side.
    for c in range(n):
        row = contexts[c]
        for k in range(width):
            x[c, k] = w_in[row, k]
    for t in range(m):
        row = targets[t]
        for k in range(width):
            y[t, k] = w_out[row, k]
    multiply(y, x, m, n, pull)
    loss = 0.0
    for t in range(m):
        sign = np.float32(1.0) if t == 0 else np.float32(-1.0)
        likelihood = 1.0
        for c in range(n):
            right = np.float32(1.0) / (np.float32(1.0) + math.exp(-sign * pull[t, c]))  # the label's chance
            likelihood *= right
            pull[t, c] = lr * sign * (np.float32(1.0) - right)  # -lr dloss/dscore
        loss -= math.log(max(likelihood, 1e-300))
    for c in range(n):
        row, t = contexts[c], 0
        while t + 3 <= m:  # three rows for one pass over the sum
            p0, p1, p2 = pull[t, c], pull[t + 1, c], pull[t + 2, c]
            for k in range(width):
                w_in[row, k] += p0 * y[t, k] + p1 * y[t + 1, k] + p2 * y[t + 2, k]
            t += 3
        while t < m:
            p0 = pull[t, c]
            for k in range(width):
                w_in[row, k] += p0 * y[t, k]
            t += 1
    for t in range(m):
        row, c = targets[t], 0
        while c + 4 <= n:
            p0, p1, p2, p3 = pull[t, c], pull[t, c + 1], pull[t, c + 2], pull[t, c + 3]
            for k in range(width):
                w_out[row, k] += (p0 * x[c, k] + p1 * x[c + 1, k]) + (p2 * x[c + 2, k] + p3 * x[c + 3, k])
            c += 4
        while c < n:
            p0 = pull[t, c]
            for k in range(width):
                w_out[row, k] += p0 * x[c, k]
            c += 1
    return loss


@njit(cache=True, nogil=True)
def keep_some(ids, start, stop, keep, state, kept):
    """Copy ids[start:stop] to `kept`, leaving out frequent tokens at random; return how many stay.

    keep: (n_tokens,) uint32, the chance to stay in units of 2**-32 (the largest value: always).
    """
    n_kept = 0
    for at in range(start, stop):
        row = ids[at]
        if keep[row] == np.uint32(0xFFFFFFFF) or np.uint32(next_random(state) >> np.uint64(32)) < keep[row]:
            kept[n_kept] = row
            n_kept += 1
    return n_kept


@njit(cache=True, nogil=True)
def train_block(
    ids,
    offsets,
    document,
    start,
    stop,
    keep,
    noise,
    window,
    w_in,
    w_out,
    lr,
    state,
    kept,
    around,
    targets,
    pull,
    x,
    y,
):
    """Train on ids[start:stop], document by document; return the loss and the number of pairs.

    No window reaches over the end of a document. ids, offsets: the corpus. document: the one that
    holds `start`. keep: see keep_some. noise: see draw_noise. window: the largest reach; each
    center draws its own, from 1 to it. state: see next_random. Scratch: kept (stop - start,),
    around (2 * window,) and targets (1 + negative,) int32; pull, x and y as in step, for 2 * window
    contexts. A pair is a context and its center; its noise counts as part of it.
    Threads that train the same tables race for rows on purpose (Niu et al. 2011, arXiv:1106.5730):
    their results vary from run to run.
    """
    loss, n_pairs = 0.0, 0
    while start < stop:
        while offsets[document + 1] <= start:
            document += 1
        end = min(stop, offsets[document + 1])
        n_kept = keep_some(ids, start, end, keep, state, kept)
        start = end
        for at in range(n_kept):
            reach = 1 + np.int64(next_random(state) >> np.uint64(33)) % window
            n = 0
            for other in range(max(0, at - reach), min(n_kept, at + reach + 1)):
                if other != at:
                    around[n] = kept[other]
                    n += 1
            if n == 0:
                continue
            targets[0] = kept[at]
            m = 1
            for _ in range(targets.shape[0] - 1):
                drawn = draw_noise(noise, state)
                if drawn != kept[at]:
                    targets[m] = drawn
                    m += 1
            loss += step(w_in, w_out, around[:n], targets[:m], lr, pull, x, y)
            n_pairs += n
    return loss, n_pairs

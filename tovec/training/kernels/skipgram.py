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


@njit(cache=True, nogil=True, fastmath=FAST, inline="always")
def dot_rows(table, rows, vector, products):
    """Set products[i] to table[rows[i]] . vector; four rows at a time share the reading of `vector`."""
    n, width = rows.shape[0], vector.shape[0]
    at = 0
    while at + 4 <= n:
        a, b, c, d = table[rows[at]], table[rows[at + 1]], table[rows[at + 2]], table[rows[at + 3]]
        sum_a = sum_b = sum_c = sum_d = np.float32(0.0)
        for k in range(width):
            sum_a += a[k] * vector[k]
            sum_b += b[k] * vector[k]
            sum_c += c[k] * vector[k]
            sum_d += d[k] * vector[k]
        products[at], products[at + 1], products[at + 2], products[at + 3] = sum_a, sum_b, sum_c, sum_d
        at += 4
    while at < n:
        a = table[rows[at]]
        sum_a = np.float32(0.0)
        for k in range(width):
            sum_a += a[k] * vector[k]
        products[at] = sum_a
        at += 1


@njit(cache=True, nogil=True, fastmath=FAST, inline="always")
def add_rows(vector, amounts, table, rows):
    """Add amounts[i] * table[rows[i]] to `vector` for all i, four rows for one pass over it."""
    n, width = rows.shape[0], vector.shape[0]
    at = 0
    while at + 4 <= n:
        a, b, c, d = table[rows[at]], table[rows[at + 1]], table[rows[at + 2]], table[rows[at + 3]]
        of_a, of_b, of_c, of_d = amounts[at], amounts[at + 1], amounts[at + 2], amounts[at + 3]
        for k in range(width):
            vector[k] += (of_a * a[k] + of_b * b[k]) + (of_c * c[k] + of_d * d[k])
        at += 4
    while at < n:
        a, of_a = table[rows[at]], amounts[at]
        for k in range(width):
            vector[k] += of_a * a[k]
        at += 1


@njit(cache=True, nogil=True, fastmath=FAST)
def step(w_in, w_out, contexts, targets, lr, pull, grad):
    """Take one SGD step for all pairs of a window; return their loss before the step.

    w_in, w_out: (n_tokens, width) float32, changed in place. contexts: (n,) int32, tokens in the
    window, possibly repeated. targets: (m,) int32, the center first, then the noise tokens,
    possibly repeated but none the center. lr: float32. Scratch, overwritten, of at least these
    sizes: pull (m, n) and grad (n, width) float32.
    The loss is the sum over the n contexts x of -log s(x.y0) - sum_k log s(-x.yk), s the sigmoid,
    y the targets' vectors.
    """
    n, m = contexts.shape[0], targets.shape[0]
    loss = 0.0
    for t in range(m):
        dot_rows(w_in, contexts, w_out[targets[t]], pull[t])
        sign = np.float32(1.0) if t == 0 else np.float32(-1.0)
        likelihood = 1.0
        for c in range(n):
            right = 1.0 / (1.0 + math.exp(-sign * pull[t, c]))  # how likely the pair's label is
            likelihood *= right
            pull[t, c] = lr * sign * np.float32(1.0 - right)  # -lr dloss/dscore
        loss -= math.log(max(likelihood, 1e-300))
    for c in range(n):
        grad[c] = np.float32(0.0)
        add_rows(grad[c], pull[:m, c], w_out, targets)
    for t in range(m):  # w_out moves only now: every gradient above saw it as it was
        add_rows(w_out[targets[t]], pull[t], w_in, contexts)
    for c in range(n):
        row = contexts[c]
        for k in range(w_in.shape[1]):
            w_in[row, k] += grad[c, k]
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
    grad,
):
    """Train on ids[start:stop], document by document; return the loss and the number of pairs.

    No window reaches over the end of a document. ids, offsets: the corpus. document: the one that
    holds `start`. keep: see keep_some. noise: see draw_noise. window: the largest reach; each
    center draws its own, from 1 to it. state: see next_random. Scratch: kept (stop - start,),
    around (2 * window,) and targets (1 + negative,) int32; pull and grad as in step, for 2 * window
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
            loss += step(w_in, w_out, around[:n], targets[:m], lr, pull, grad)
            n_pairs += n
    return loss, n_pairs

"""Random draws and the cutting of a text into windows: which rows a step of training reads.

Compiled by numba; no checks, no allocation, no random state of its own. Every function runs
uncompiled too (`.py_func`), which the tests compare.
"""

import numpy as np

from tovec.compiled import compiled


@compiled(inline="always")
def following(bits):
    """Return the state of the generator after this one, 64 bits, never zero."""
    bits ^= bits >> np.uint64(12)
    bits ^= bits << np.uint64(25)
    return bits ^ bits >> np.uint64(27)


@compiled(inline="always")
def random_of(bits):
    """Return the 64 random bits of a state of the generator (xorshift64*, Vigna 2016, arXiv:1402.6246)."""
    return bits * np.uint64(0x2545F4914F6CDD1D)


@compiled(inline="always")
def next_random(state):
    """Advance the generator and return 64 random bits. state: (1,) uint64, never zero."""
    state[0] = following(state[0])
    return random_of(state[0])


@compiled(inline="always")
def draw_noise(noise, state):
    """Return a token drawn from an alias table (see sampling.alias_table).

    noise: (n_tokens, 2) uint32, threshold and alias of each token.
    """
    bits = next_random(state)
    row = np.int64(((bits >> np.uint64(32)) * np.uint64(noise.shape[0])) >> np.uint64(32))
    alias = np.int64(noise[row, 1])
    # No branch: a processor cannot guess it, and a wrong guess costs more than the draw.
    is_own = np.int64(np.uint32(bits & np.uint64(0xFFFFFFFF)) < noise[row, 0])
    return alias + is_own * (row - alias)


@compiled()
def keep_some(ids, start, stop, keep, state, kept):
    """Copy ids[start:stop] to `kept`, leaving out frequent tokens at random; return how many stay.

    keep: (n_tokens,) uint32, the chance to stay in units of 2**-32 (the largest value: always).
    """
    n_kept, bits = 0, state[0]  # apart from the array, which would be read and written each time
    for at in range(start, stop):
        row = ids[at]
        bits = following(bits)
        draw = np.uint32(random_of(bits) >> np.uint64(32))
        kept[n_kept] = row  # and over it goes the next one, without a branch, if this one does not stay
        n_kept += np.int64(draw < keep[row]) | np.int64(keep[row] == np.uint32(0xFFFFFFFF))
    state[0] = bits
    return n_kept

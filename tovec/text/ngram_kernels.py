"""Inner loops of the n-grams of many tokens; their slow twin is NgramRule.ngrams and bucket.

Compiled by numba; no checks, no allocation.
"""

import numpy as np

from tovec.compiled import compiled
from tovec.text.kernels import append, decode
from tovec.text.ngrams import END, FINALS, FIRST_SYLLABLE, INITIALS, N_SYLLABLES, START, VOWELS

_START, _END = ord(START), ord(END)
_FIRST, _N_SYLLABLES = FIRST_SYLLABLE, N_SYLLABLES
_INITIALS, _VOWELS, _FINALS = (
    np.array([ord(letter) for letter in letters], dtype=np.int32) for letters in (INITIALS, VOWELS, FINALS)
)
_N_VOWELS, _N_FINALS = len(VOWELS), len(FINALS)
_FNV_OFFSET, _FNV_PRIME = np.uint32(2166136261), np.uint32(16777619)


@compiled()
def spell(data, start, stop, is_jamo, symbols, ends, opens):
    """Write the symbols of the token data[start:stop] between two marks; return how many there are.

    A surrogate escape becomes its byte; one of 0x80 to 0xBF continues the character before, as in fastText,
    unless the unit is jamo.
    symbols: uint8, overwritten with their UTF-8. ends: int64, where each ends in there. opens: bool,
    whether a whole character begins with it; the closing mark counts, the opening one does not.
    """
    used = append(symbols, 0, _START)
    ends[0], opens[0] = used, False
    n, at = 1, start
    while at < stop:
        point, at = decode(data, at)
        if 0xDC80 <= point <= 0xDCFF:  # the escape of a byte that is no UTF-8
            symbols[used] = point - 0xDC00
            used += 1
            if is_jamo or point > 0xDCBF:
                opens[n] = True
                n += 1
            ends[n - 1] = used
            continue
        opens[n] = True
        place = point - _FIRST
        if is_jamo and 0 <= place < _N_SYLLABLES:
            used = append(symbols, used, _INITIALS[place // (_N_VOWELS * _N_FINALS)])
            ends[n] = used
            used = append(symbols, used, _VOWELS[place // _N_FINALS % _N_VOWELS])
            ends[n + 1], opens[n + 1] = used, False
            used = append(symbols, used, _FINALS[place % _N_FINALS])
            ends[n + 2], opens[n + 2] = used, False
            n += 3
        else:
            used = append(symbols, used, point)
            ends[n] = used
            n += 1
    ends[n], opens[n] = append(symbols, used, _END), True
    return n + 1


@compiled(inline="always")
def is_ngram(start, stop, n, opens, least, most):
    """Whether the symbols start … stop - 1 of n are an n-gram, apart from the bound on whole characters."""
    length = stop - start
    if length > most:
        return stop < n and opens[start] and opens[stop]
    return length >= least and not (length == 1 and (start == 0 or stop == n))


@compiled()
def count(data, bounds, is_jamo, lengths, symbols, ends, opens, offsets):
    """Set offsets[i + 1] to the n-grams of the tokens 0 … i.

    data: uint8, the tokens in UTF-8, token i at data[bounds[i]:bounds[i + 1]]. lengths: least, most,
    whole characters of a longer run (0: no longer runs), buckets. symbols, ends, opens: room for the
    longest token spelled out.
    """
    least, most, syllables, _ = lengths
    total = 0
    for token in range(bounds.shape[0] - 1):
        n = spell(data, bounds[token], bounds[token + 1], is_jamo, symbols, ends, opens)
        for start in range(n):
            n_characters = 0
            for stop in range(start + 1, n + 1):
                n_characters += stop < n and opens[stop]
                if stop - start > most and (not opens[start] or n_characters > syllables):
                    break
                total += is_ngram(start, stop, n, opens, least, most)
        offsets[token + 1] = total


@compiled()
def write(data, bounds, is_jamo, lengths, symbols, ends, opens, offsets, ids):
    """Write the buckets of the n-grams that `count` counted to `ids`; the rest as there."""
    least, most, syllables, buckets = lengths
    for token in range(bounds.shape[0] - 1):
        n = spell(data, bounds[token], bounds[token + 1], is_jamo, symbols, ends, opens)
        out = offsets[token]
        for start in range(n):
            digest, n_characters = _FNV_OFFSET, 0
            at = ends[start - 1] if start else 0
            for stop in range(start + 1, n + 1):
                n_characters += stop < n and opens[stop]
                if stop - start > most and (not opens[start] or n_characters > syllables):
                    break
                while at < ends[stop - 1]:
                    signed = np.uint32(np.int32(np.int8(symbols[at])))  # fastText hashes signed chars
                    digest = np.uint32((digest ^ signed) * _FNV_PRIME)
                    at += 1
                if is_ngram(start, stop, n, opens, least, most):
                    ids[out] = digest % np.uint32(buckets)
                    out += 1


@compiled()
def add_runs(rows, bounds, sums):
    """Add rows[bounds[i]:bounds[i + 1]] to sums[i].

    rows: (n_rows, dim) float32. bounds: (n + 1,) int64. sums: (n, dim) float64.
    """
    for i in range(sums.shape[0]):
        for row in range(bounds[i], bounds[i + 1]):
            for d in range(sums.shape[1]):
                sums[i, d] += rows[row, d]

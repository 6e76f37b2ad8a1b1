"""The buckets of the n-grams of many tokens at once, in numpy; the slow twin is NgramRule.ngrams and bucket.

All tokens stand in one row of symbols; the hashes that begin at each symbol take in one symbol a step.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.text.jamo import FINALS, FIRST_SYLLABLE, INITIALS, N_SYLLABLES, PARTS, VOWELS

START, END = "<", ">"

_FNV_OFFSET, _FNV_PRIME = np.uint32(2166136261), np.uint32(16777619)
_ESCAPES, _OWN_ESCAPES, _LAST_ESCAPE = 0xDC80, 0xDCC0, 0xDCFF  # of bytes that are not UTF-8
_LETTERS = tuple(np.array(list(map(ord, letters)), dtype=np.uint32) for letters in (INITIALS, VOWELS, FINALS))


class BucketRules(NamedTuple):
    """The numbers of an NgramRule. syllables: None for unit `characters`."""

    min_length: int
    max_length: int
    n_buckets: int
    syllables: int | None


class _Symbols(NamedTuple):
    """The symbols of tokens, each between its two marks, one after the other.

    data: their bytes as fastText hashes them, as signed numbers, uint32. begins, lengths: (n,) where the
    bytes of each are. opens: (n,) whether a whole character begins with it; the closing mark counts, the
    opening one does not. firsts: (n_tokens + 1,) the opening mark of each token, and n.
    """

    data: NDArray[np.uint32]
    begins: NDArray[np.int64]
    lengths: NDArray[np.int64]
    opens: NDArray[np.bool_]
    firsts: NDArray[np.int64]


def ngram_buckets(tokens: Sequence[str], rules: BucketRules) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the buckets of all n-grams, token by token in the order of NgramRule, and how many each has.

    tokens: of unit jamo in NFC. buckets: (n_ngrams,); counts: (n_tokens,). Takes some 100 bytes a symbol.
    """
    shortest, longest, syllables = rules.min_length, rules.max_length, rules.syllables
    symbols = _symbols(tokens, is_jamo=syllables is not None)
    n = len(symbols.begins)
    sizes = np.diff(symbols.firsts)
    room = np.repeat(symbols.firsts[1:], sizes) - np.arange(n)  # symbols to the end of the token
    is_mark = np.zeros(n, dtype=np.bool_)
    is_mark[symbols.firsts[:-1]] = is_mark[symbols.firsts[1:] - 1] = True
    longest = min(max(longest, PARTS * (syllables or 0)), int(sizes.max()))
    found = np.empty((n, max(0, longest - shortest + 1)), dtype=np.int32)
    is_ngram = np.zeros(found.shape, dtype=np.bool_)
    counts = np.zeros(n, dtype=np.int64)
    n_opens = np.cumsum(symbols.opens)
    digests = np.full(n, _FNV_OFFSET)
    for length in range(1, longest + 1):
        _hash_on(digests, symbols, length)
        column = length - shortest
        if column < 0:
            continue
        fits = room >= length
        if length == 1:
            fits &= ~is_mark
        if syllables is not None and length > rules.max_length:  # a run of whole characters
            stop = slice(length, None)
            fits &= symbols.opens & (room > length)
            fits[: n - length] &= symbols.opens[stop]
            fits[: n - length] &= n_opens[stop] - n_opens[: n - length] <= syllables
        is_ngram[:, column] = fits
        counts += fits
        found[:, column] = digests % np.uint32(rules.n_buckets)
    return found[is_ngram], np.add.reduceat(counts, symbols.firsts[:-1])


def _hash_on(digests: NDArray[np.uint32], symbols: _Symbols, length: int) -> None:
    """Take the next symbol into the hash that begins at each symbol and has `length` - 1 of them so far.

    FNV-1a of 32 bits; past the end of a token it means nothing.
    """
    n = len(digests) - length + 1
    begins, lengths = symbols.begins[length - 1 :], symbols.lengths[length - 1 :]
    digests[:n] ^= symbols.data[begins]
    digests[:n] *= _FNV_PRIME
    for byte in range(1, int(lengths.max())):
        has = np.flatnonzero(lengths > byte)
        digests[has] = (digests[has] ^ symbols.data[begins[has] + byte]) * _FNV_PRIME


def _symbols(tokens: Sequence[str], is_jamo: bool) -> _Symbols:
    text = "".join([f"{START}{token}{END}" for token in tokens])
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)
    ends = np.cumsum(np.fromiter(map(len, tokens), np.int64, len(tokens)) + len(START + END))
    is_first = np.zeros(len(points), dtype=np.bool_)
    is_first[np.append(0, ends[:-1])] = True
    opens = ~is_first
    if is_jamo:
        points, is_first, opens = _spelled_out(points, is_first, opens)
    data, begins = _utf8(points)
    if not is_jamo:  # a byte of 0x80 to 0xBF continues the character before
        is_own = (points < _ESCAPES) | (points >= _OWN_ESCAPES)
        begins, is_first, opens = begins[is_own], is_first[is_own], opens[is_own]
    lengths = np.diff(np.append(begins, len(data)))
    firsts = np.append(np.flatnonzero(is_first), len(begins))
    signed = data.view(np.int8).astype(np.int32).view(np.uint32)
    return _Symbols(signed, begins, lengths, opens, firsts)


def _spelled_out(
    points: NDArray[np.uint32], is_first: NDArray[np.bool_], opens: NDArray[np.bool_]
) -> tuple[NDArray[np.uint32], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the same with the three symbols of each Hangul syllable in its place."""
    is_syllable = (points >= FIRST_SYLLABLE) & (points < FIRST_SYLLABLE + N_SYLLABLES)
    times = np.where(is_syllable, PARTS, 1)
    at = (np.cumsum(times) - times)[is_syllable]
    rest, final = np.divmod(points[is_syllable] - FIRST_SYLLABLE, len(FINALS))
    initial, vowel = np.divmod(rest, len(VOWELS))
    symbols, opened = np.repeat(points, times), np.repeat(opens, times)
    for part, (letters, which) in enumerate(zip(_LETTERS, (initial, vowel, final), strict=True)):
        symbols[at + part] = letters[which]
        opened[at + part] = part == 0
    return symbols, np.repeat(is_first, times), opened


def _utf8(points: NDArray[np.uint32]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return code points in UTF-8, surrogate escapes as their byte, and where each begins."""
    is_escape = (points >= _ESCAPES) & (points <= _LAST_ESCAPE)
    sizes = 1 + (points >= 0x80) + (points >= 0x800).astype(np.int64) + (points >= 0x10000)
    sizes[is_escape] = 1
    if sizes.max() == 1:
        return points.astype(np.uint8), np.arange(
            len(points)
        )  # of an escape, its last eight bits are its byte
    begins = np.cumsum(sizes) - sizes
    data = np.empty(int(sizes.sum()), dtype=np.uint8)
    for size, lead in ((1, 0), (2, 0xC0), (3, 0xE0), (4, 0xF0)):
        chosen = sizes == size
        at, rest = begins[chosen], points[chosen]
        for byte in range(size - 1, 0, -1):
            data[at + byte] = 0x80 | (rest & 0x3F)
            rest = rest >> 6
        data[at] = lead | (rest & 0xFF)
    return data, begins

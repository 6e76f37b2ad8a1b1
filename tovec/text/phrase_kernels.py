"""Inner loops of phrases.py: words joined to phrases, tokens and pairs of neighbors counted.

Compiled by numba; no checks, no allocation. `ids` holds words and BREAKs (kernels.py) of all documents
one after the other, document i is ids[offsets[i]:offsets[i + 1]]. A token is a word, or a phrase under
an id past those of the words. `tree` is the arrays of phrases.PhraseTree, `some` (>= 1,) int32 for some
tokens at a time: a call costs more than a token.
"""

import numpy as np

from tovec.compiled import compiled

EMPTY = -1  # a free slot
SLOTS_FULL = -1

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: Knuth's multiplicative hashing


@compiled()
def tokens_from(ids, at, stop, tree, some):
    """Write the tokens of ids[at:stop] to `some`, BREAKs too; return where that ends, and how many fit.

    From left to right, always the longest phrase.
    """
    first, bounds, words, children, tokens = tree
    n = 0
    while at < stop and n < some.shape[0]:
        token = ids[at]
        at += 1
        node = first[token] if token >= 0 else -1
        end = at
        while node >= 0 and end < stop:
            # Binary search among the words that go on from here; a BREAK is before all of them.
            low, high, word = bounds[node], bounds[node + 1], ids[end]
            limit = high
            while low < high:
                middle = (low + high) >> 1
                if words[middle] < word:
                    low = middle + 1
                else:
                    high = middle
            if low == limit or words[low] != word:
                break
            node = children[low]
            end += 1
            if tokens[node] >= 0:
                token, at = tokens[node], end
        some[n] = token
        n += 1
    return at, n


@compiled()
def count_tokens(ids, offsets, tree, some, counts):
    """Add to counts[token] how often each token stands in the documents. counts: (n_tokens,) int64."""
    for doc in range(offsets.shape[0] - 1):
        at, stop = offsets[doc], offsets[doc + 1]
        while at < stop:
            at, n = tokens_from(ids, at, stop, tree, some)
            for i in range(n):
                if some[i] >= 0:
                    counts[some[i]] += 1


@compiled()
def score(n_both, n_left, n_right, discount, n_all):
    """Return the score of a pair: formula 6 of Mikolov et al. 2013, times the number of all tokens."""
    return (n_both - discount) / n_left / n_right * n_all


@compiled()
def count_pairs(
    ids, offsets, tree, some, counts, n_all, discount, threshold, share, n_shares, pairs, n_pairs
):
    """Count the neighbors of this share of all pairs; return how many differ, SLOTS_FULL without room.

    Pairs whose tokens are too frequent to score above `threshold` however often they meet are left out.
    counts: as count_tokens leaves them. share, n_shares: uint64. pairs: (2**k,) int64,
    left << 32 | right, EMPTY before. n_pairs: (2**k,) int64, 0 before, the count of each slot's pair.
    """
    mask = pairs.shape[0] - 1
    room = pairs.shape[0] // 4 * 3
    n_different = 0
    for doc in range(offsets.shape[0] - 1):
        at, stop = offsets[doc], offsets[doc + 1]
        left = np.int64(-1)
        while at < stop:
            at, n = tokens_from(ids, at, stop, tree, some)
            for i in range(n):
                before, left = left, np.int64(some[i])
                if before < 0 or left < 0:
                    continue
                n_before, n_left = counts[before], counts[left]
                if not score(min(n_before, n_left), n_before, n_left, discount, n_all) > threshold:
                    continue
                pair = before << 32 | left
                digest = np.uint64(pair) * _MIX
                digest ^= digest >> np.uint64(32)
                if digest % n_shares != share:
                    continue
                slot = np.int64(digest // n_shares) & mask
                while pairs[slot] != EMPTY and pairs[slot] != pair:
                    slot = (slot + 1) & mask
                if pairs[slot] == EMPTY:
                    if n_different == room:
                        return SLOTS_FULL
                    n_different += 1
                    pairs[slot] = pair
                n_pairs[slot] += 1
    return n_different


@compiled()
def join(ids, offsets, doc, at, tree, some, final, joined, ends):
    """Replace words by the final ids of tokens, without BREAKs, from ids[at] in document `doc` on.

    final: (n_tokens,) int32, -1 for tokens that are left out. joined: int32, gets as many ids as there is
    room for, at least as much as in `some`. ends: int64, where in `joined` each document ends. Return the
    document and the place to go on from, and how many ids and ends there are.
    """
    n_joined = n_ends = 0
    while doc < offsets.shape[0] - 1:
        stop = offsets[doc + 1]
        while at < stop:
            if n_joined + some.shape[0] > joined.shape[0]:
                return doc, at, n_joined, n_ends
            at, n = tokens_from(ids, at, stop, tree, some)
            for i in range(n):
                if some[i] >= 0 and final[some[i]] >= 0:
                    joined[n_joined] = final[some[i]]
                    n_joined += 1
        if n_ends == ends.shape[0]:
            return doc, at, n_joined, n_ends
        ends[n_ends] = n_joined
        n_ends += 1
        doc += 1
    return doc, at, n_joined, n_ends

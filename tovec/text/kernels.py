"""Inner loops of reading: bytes to provisional ids, tables of distinct tokens, provisional ids to final ones.

Compiled by numba; no checks, no allocation. `scan` is a hand-made automaton of the words of
tokenizers/splitting.py; its slow twin is Hugging Face `tokenizers` itself, against which the tests
hold it. What the arrays mean stands in scanning.py, which owns them.
"""

import numpy as np

from tovec.compiled import compiled
from tovec.text.tokenizers.characters import APOSTROPHE, DIGIT, EXTEND, LETTER, POINT, SINGLE, SPACE

DONE, TABLE_FULL, ARENA_FULL = 0, 1, 2
BREAK = -1  # stands between ids: no phrase reaches across it

_FNV_OFFSET = np.uint64(14695981039346656037)
_FNV_PRIME = np.uint64(1099511628211)


@compiled(inline="always")
def decode(data, at):
    """Return the code point of the valid UTF-8 at `at` and the place after it."""
    first = np.int32(data[at])
    if first < 0x80:
        return first, at + 1
    if first < 0xE0:
        return (first & 0x1F) << 6 | (data[at + 1] & 0x3F), at + 2
    if first < 0xF0:
        return (first & 0x0F) << 12 | (data[at + 1] & 0x3F) << 6 | (data[at + 2] & 0x3F), at + 3
    high = (first & 0x07) << 18 | (data[at + 1] & 0x3F) << 12
    return high | (data[at + 2] & 0x3F) << 6 | (data[at + 3] & 0x3F), at + 4


@compiled()
def find_irregular(data, starts, stops, irregular, found):
    """Set found[i] where document i holds an irregular character; return how many do.

    data: (n_bytes,) uint8, valid UTF-8. starts, stops: (n_docs,) int64. irregular: (0x110000,) bool.
    """
    n_found = 0
    for doc in range(starts.shape[0]):
        at, stop = starts[doc], stops[doc]
        hit = False
        while at < stop:
            if data[at] < 0x80:  # no ASCII is irregular
                at += 1
                continue
            point, at = decode(data, at)
            if irregular[point]:
                hit = True
                break
        found[doc] = hit
        n_found += hit
    return n_found


@compiled(inline="always")
def append(arena, used, point):
    """Write `point` in UTF-8 to the arena at `used`; return the place after it."""
    if point < 0x80:
        arena[used] = point
        return used + 1
    if point < 0x800:
        arena[used] = 0xC0 | point >> 6
        arena[used + 1] = 0x80 | point & 0x3F
        return used + 2
    if point < 0x10000:
        arena[used] = 0xE0 | point >> 12
        arena[used + 1] = 0x80 | point >> 6 & 0x3F
        arena[used + 2] = 0x80 | point & 0x3F
        return used + 3
    arena[used] = 0xF0 | point >> 18
    arena[used + 1] = 0x80 | point >> 12 & 0x3F
    arena[used + 2] = 0x80 | point >> 6 & 0x3F
    arena[used + 3] = 0x80 | point & 0x3F
    return used + 4


@compiled()
def find_token(slots, hashes, bounds, arena, digest, start, stop):
    """Return the slot that holds the token arena[start:stop], or the free slot where it belongs.

    slots: (2**k,) int32, -1 where free. hashes: of the tokens by id. bounds: token i is
    arena[bounds[i]:bounds[i + 1]].
    """
    mask = slots.shape[0] - 1
    slot = np.int64(digest ^ digest >> np.uint64(32)) & mask
    while True:
        row = slots[slot]
        if row < 0:
            return slot
        if hashes[row] == digest and bounds[row + 1] - bounds[row] == stop - start:
            same, other = True, bounds[row]
            for offset in range(stop - start):
                if arena[other + offset] != arena[start + offset]:
                    same = False
                    break
            if same:
                return slot
        slot = (slot + 1) & mask


@compiled()
def hash_bytes(arena, start, stop):
    """Return the 64-bit FNV-1a hash of arena[start:stop]."""
    digest = _FNV_OFFSET
    for at in range(start, stop):
        digest = (digest ^ np.uint64(arena[at])) * _FNV_PRIME
    return digest


@compiled()
def scan(
    data, starts, stops, fold, classes, breaks, slots, hashes, bounds, counts, arena, state, ids, lengths
):
    """Cut documents into tokens, count them, write their provisional ids; return why it stopped.

    data, starts, stops: as for find_irregular, regular documents only. fold, classes: the tables
    of CharacterClasses. breaks: whether to write BREAK where no phrase can be: at anything between
    two tokens that is not white space, and at white space beside a SINGLE (which is written without).
    slots … arena: the table of tokens, grown by the caller when the answer is TABLE_FULL or
    ARENA_FULL. state: (4,) int64, tokens in the table, ids written, document, byte; a call with the
    state of the last goes on where that stopped. ids: (>= n_bytes,) int32. lengths: (n_docs,) int64,
    ids of each document, added to.
    """
    n_tokens, n_ids, first_doc, resume_at = state[0], state[1], state[2], state[3]
    limit = slots.shape[0] // 2
    for doc in range(first_doc, starts.shape[0]):
        at, stop = starts[doc], stops[doc]
        if doc == first_doc and resume_at > at:
            at = resume_at
        n_before = n_ids
        after_single = spaced = broken = False
        while at < stop:
            point, after = decode(data, at)
            kind = classes[point]
            if kind != LETTER and kind != DIGIT and kind != SINGLE:
                at = after
                if kind == SPACE:
                    spaced = True
                elif breaks and not broken:
                    # At once: a document may be cut before its next token.
                    broken = True
                    ids[n_ids] = BREAK
                    n_ids += 1
                continue
            if breaks and spaced and not broken and (after_single or kind == SINGLE):
                ids[n_ids] = BREAK
                n_ids += 1
            after_single, spaced, broken = kind == SINGLE, False, False
            # A token begins. It is written after the last one, and stays there if it is new.
            reason = DONE
            if n_tokens >= limit:
                reason = TABLE_FULL
            start = bounds[n_tokens]
            used = start
            token_at, single = at, kind == SINGLE
            while reason == DONE:
                if used + 8 > arena.shape[0]:
                    reason = ARENA_FULL
                    break
                used = append(arena, used, fold[point])
                at = after
                if at >= stop:
                    break
                point, after = decode(data, at)
                following = classes[point]
                if following == EXTEND:
                    kind = EXTEND
                elif single:
                    break
                elif following == LETTER or following == DIGIT:
                    kind = following
                elif following == APOSTROPHE or following == POINT:
                    wanted = LETTER if following == APOSTROPHE else DIGIT
                    fits = kind == wanted or (following == APOSTROPHE and kind == EXTEND)
                    if not fits or after >= stop:
                        break
                    beyond, after_beyond = decode(data, after)
                    if classes[beyond] != wanted:
                        break
                    used = append(arena, used, fold[point])
                    kind, point, after = wanted, beyond, after_beyond
                else:
                    break
            if reason != DONE:
                lengths[doc] += n_ids - n_before
                state[0], state[1], state[2], state[3] = n_tokens, n_ids, doc, token_at
                return reason
            digest = hash_bytes(arena, start, used)
            slot = find_token(slots, hashes, bounds, arena, digest, start, used)
            row = slots[slot]
            if row < 0:
                row = n_tokens
                slots[slot] = row
                hashes[row] = digest
                bounds[row + 1] = used
                counts[row] = 0
                n_tokens += 1
            counts[row] += 1
            ids[n_ids] = row
            n_ids += 1
        if breaks and after_single and not broken:
            # Where a document is cut, white space comes next.
            ids[n_ids] = BREAK
            n_ids += 1
        lengths[doc] += n_ids - n_before
    state[0], state[1], state[2], state[3] = n_tokens, n_ids, starts.shape[0], 0
    return DONE


@compiled()
def rehash(slots, hashes, n_tokens):
    """Fill free `slots` with the ids of tokens that are all different."""
    mask = slots.shape[0] - 1
    for row in range(n_tokens):
        digest = hashes[row]
        slot = np.int64(digest ^ digest >> np.uint64(32)) & mask
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = row


@compiled()
def absorb(slots, hashes, bounds, counts, arena, n_tokens, others, n_others, rows):
    """Add the tokens and counts of another table to this one, which has room; return its new size.

    others: (hashes, bounds, counts, arena) of the other table. rows: (n_others,) int32, set to
    the ids here of the tokens there.
    """
    other_hashes, other_bounds, other_counts, other_arena = others
    for other in range(n_others):
        start = bounds[n_tokens]
        stop = start
        for at in range(other_bounds[other], other_bounds[other + 1]):
            arena[stop] = other_arena[at]
            stop += 1
        slot = find_token(slots, hashes, bounds, arena, other_hashes[other], start, stop)
        row = slots[slot]
        if row < 0:
            row = n_tokens
            slots[slot] = row
            hashes[row] = other_hashes[other]
            bounds[row + 1] = stop
            counts[row] = 0
            n_tokens += 1
        counts[row] += other_counts[other]
        rows[other] = row
    return n_tokens


@compiled()
def remap(ids, lengths, final, breaks, out, out_lengths):
    """Replace provisional ids by final ones, leaving out those with final -1; return how many stay.

    ids: (n,) int32; lengths: (n_docs,) int64, adding up to n. final: id by provisional id. breaks:
    whether a BREAK stays, and stands for what is left out too. out may be `ids` or lie before it in
    the same memory. out_lengths: (n_docs,) int64, overwritten.
    """
    n_out = at = 0
    for doc in range(lengths.shape[0]):
        n_before = n_out
        for _ in range(lengths[doc]):
            row = ids[at]
            at += 1
            if row >= 0:
                row = final[row]
            if row >= 0 or breaks:
                out[n_out] = row
                n_out += 1
        out_lengths[doc] = n_out - n_before
    return n_out

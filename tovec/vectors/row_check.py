"""Rows of a table that carry no information: zeros, NaN or infinity, and rows identical to another.

The table is read once, a megabyte at a time. Rows of one hash are then compared number by number.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.vectors.table import Ids, Rows, Vectors

HASHED = 32  # columns of every row; rows that agree in these are hashed as a whole
BLOCK_NUMBERS = 1 << 18  # a megabyte of float32, which stays in the cache from one step to the next
BYTES_A_ROW = 128  # of memory, at most: hashes, ids and the order when they are sorted
SHOWN = 3  # tokens or groups that a line names

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class RowCheck:
    """The rows of a table that carry no information of their own; ids are ascending, int64.

    zero: rows of zeros. not_finite: rows with NaN or infinity. identical, firsts: (n,) the rows with a
    direction that are equal to another, and the first row that each is equal to, which may be itself.
    shared: tokens that share one stored row, and firsts_shared the first token of each one's row.
    """

    zero: Ids
    not_finite: Ids
    identical: Ids
    firsts: Ids
    shared: Ids
    firsts_shared: Ids

    @cached_property
    def groups(self) -> tuple[int, int]:
        """How many groups of identical rows there are, and how many stored rows tokens share."""
        return len(np.unique(self.firsts)), len(np.unique(self.firsts_shared))

    def counts(self, tokens: Sequence[str]) -> dict[str, Any]:
        """Return how many rows there are of each kind and the tokens of the first, as JSON values."""
        n_groups, n_stored = self.groups
        return {
            "zero": {"rows": len(self.zero), "first": [tokens[row] for row in self.zero[:SHOWN]]},
            "not_finite": {
                "rows": len(self.not_finite),
                "first": [tokens[row] for row in self.not_finite[:SHOWN]],
            },
            "identical": {
                "rows": len(self.identical),
                "groups": n_groups,
                "first": _first_groups(self.identical, self.firsts, tokens),
            },
            "shared": {
                "tokens": len(self.shared),
                "rows": n_stored,
                "first": _first_groups(self.shared, self.firsts_shared, tokens),
            },
        }

    def lines(self, name: Callable[[int], str]) -> tuple[str, ...]:
        """Return what was found, a line each, with the first examples; name: gives the token of an id."""
        n_groups, n_stored = self.groups
        found = []
        for ids, one, many in (
            (self.zero, "row is all zeros", "rows are all zeros"),
            (self.not_finite, "row holds NaN or infinity", "rows hold NaN or infinity"),
        ):
            if len(ids):
                found.append(f"{counted(len(ids), one, many)}: {_listed(ids, name, ', ')}")
        if len(self.identical):
            of_groups = f" in {n_groups:,} groups" if n_groups > 1 else ""
            examples = _examples(self.identical, self.firsts, name)
            rows = counted(len(self.identical), "row is", "rows are")
            found.append(f"{rows} identical to another{of_groups}: {examples}")
        if len(self.shared):
            examples = _examples(self.shared, self.firsts_shared, name)
            rows = f"{n_stored:,} rows of the file" if n_stored > 1 else "one row of the file"
            found.append(f"{counted(len(self.shared), 'token shares', 'tokens share')} {rows}: {examples}")
        return tuple(found)


def check_rows(vectors: Vectors, stored_ids: NDArray[Any] | None = None) -> RowCheck:
    """Check all rows of `vectors`, (n_rows, dim), as float32.

    stored_ids: (n_rows,) which row of a file each row was made from, where several may be made from one;
    those are `shared`, and count once among the identical ones.
    0 and -0 are equal. Memory is a few blocks, and up to `BYTES_A_ROW` for each row.
    """
    odd, hashes = _first_look(vectors)
    zero, not_finite = odd == _ZERO, odd == _NOT_FINITE
    ids = np.flatnonzero(odd == 0)
    ids = ids[_occur_again(hashes[ids])]
    ids, firsts = _identical(vectors, ids, _hashes_of(vectors, ids))
    nothing = np.empty(0, dtype=np.int64)
    shared = firsts_shared = nothing
    if stored_ids is not None:
        stored = np.asarray(stored_ids, dtype=np.int64)[: vectors.shape[0]]
        shared = np.flatnonzero(_occur_again(stored))
        firsts_shared = shared[_first_places(stored[shared])]
        ids, firsts = _one_of_each(ids, firsts, stored)
    return RowCheck(np.flatnonzero(zero), np.flatnonzero(not_finite), ids, firsts, shared, firsts_shared)


_ZERO, _NOT_FINITE = 1, 2


def _first_look(vectors: Vectors) -> tuple[NDArray[np.uint8], Hashes]:
    """Return which rows are zero or not finite, (n_rows,) uint8, and a hash of the first columns of each."""
    n_rows, dim = vectors.shape
    odd, hashes = np.zeros(n_rows, dtype=np.uint8), np.empty(n_rows, dtype=np.uint64)
    ones = np.ones(dim, dtype=np.float32)
    step = max(1, BLOCK_NUMBERS // dim)
    for start in range(0, n_rows, step):
        rows = np.asarray(vectors[start : start + step], dtype=np.float32)
        hashes[start : start + len(rows)] = _hashed(rows[:, :HASHED])
        with np.errstate(all="ignore"):  # of infinities, and of signaling NaN
            sums = rows @ ones  # not finite where a number is not, and zero where all are; rarely otherwise
            places = np.flatnonzero(~np.isfinite(sums) | (sums == 0))
            likely = rows[places]
            is_zero, is_finite = ~likely.any(axis=1), np.isfinite(likely).all(axis=1)
        odd[start + places] = np.where(is_finite, is_zero * _ZERO, _NOT_FINITE)
    return odd, hashes


def _hashed(rows: Rows) -> Hashes:
    """Return a hash of each row, (n_rows,); equal rows have equal hashes.

    The sum of its numbers' bits, each times a random odd number of 64 bits.
    """
    factors = np.random.default_rng(0).integers(1 << 63, size=rows.shape[1], dtype=np.uint64) | np.uint64(1)
    with np.errstate(invalid="ignore"):  # of a signaling NaN
        bits = (rows + np.float32(0)).view(np.uint32)  # -0 + 0 is 0
    hashes: Hashes = bits.astype(np.uint64) @ factors
    return hashes


def _hashes_of(vectors: Vectors, ids: Ids) -> Hashes:
    """Return the hashes of whole rows, given by id."""
    return np.concatenate(
        [_hashed(_rows(vectors, part)) for part in _parts(ids, vectors.shape[1])]
        or [np.empty(0, dtype=np.uint64)]
    )


def _identical(vectors: Vectors, ids: Ids, hashes: Hashes) -> tuple[Ids, Ids]:
    """Return those of `ids` whose rows are equal to another's, ascending, and the first equal row of each."""
    found, firsts = [], []
    while len(ids):
        again = _occur_again(hashes)
        ids, hashes = ids[again], hashes[again]
        first = ids[_first_places(hashes)]
        equal = np.zeros(len(ids), dtype=np.bool_)
        start = 0
        for part in _parts(ids, vectors.shape[1]):
            stop = start + len(part)
            equal[start:stop] = (_rows(vectors, part) == _rows(vectors, first[start:stop])).all(axis=1)
            start = stop
        found.append(ids[equal])
        firsts.append(first[equal])
        ids, hashes = ids[~equal], hashes[~equal]  # different rows of one hash are compared among themselves
    if not found:
        return ids, ids
    all_ids, all_firsts = np.concatenate(found), np.concatenate(firsts)
    is_alone = ~_occur_again(all_firsts)
    order = np.argsort(all_ids[~is_alone])
    return all_ids[~is_alone][order], all_firsts[~is_alone][order]


def _one_of_each(ids: Ids, firsts: Ids, stored: Ids) -> tuple[Ids, Ids]:
    """Return the identical rows, one for each stored row."""
    pairs = np.stack([firsts, stored[ids]], axis=1)
    places = np.sort(np.unique(pairs, axis=0, return_index=True)[1])
    ids, firsts = ids[places], firsts[places]
    again = _occur_again(firsts)
    return ids[again], firsts[again]


def _rows(vectors: Vectors, ids: Ids) -> Rows:
    return np.asarray(vectors[ids], dtype=np.float32)


def _parts(ids: Ids, dim: int) -> list[Ids]:
    """Return `ids` in parts whose rows fill one block."""
    step = max(1, BLOCK_NUMBERS // dim)
    return [ids[start : start + step] for start in range(0, len(ids), step)]


def _occur_again(values: NDArray[np.uint64] | Ids) -> NDArray[np.bool_]:
    """Return which values occur more than once, (n,)."""
    ordered = np.sort(values)
    return np.isin(values, ordered[1:][ordered[1:] == ordered[:-1]])


def _first_places(values: NDArray[np.uint64] | Ids) -> Ids:
    """Return, for each value, the first place where it occurs, (n,)."""
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int64)


def _listed(ids: Ids | Sequence[int], name: Callable[[int], str], sign: str) -> str:
    more = [] if len(ids) <= SHOWN else ["…"]
    return sign.join([*(name(int(row)) for row in ids[:SHOWN]), *more])


def _first_groups(ids: Ids, firsts: Ids, tokens: Sequence[str]) -> list[list[str]]:
    """Return the first tokens of the first groups."""
    return [[tokens[row] for row in ids[firsts == first][:SHOWN]] for first in np.unique(firsts)[:SHOWN]]


def _examples(ids: Ids, firsts: Ids, name: Callable[[int], str]) -> str:
    """Return the first groups for people: `a = b, c = d = e, …`."""
    groups = np.unique(firsts)
    shown = [_listed(ids[firsts == first], name, " = ") for first in groups[:SHOWN]]
    return ", ".join([*shown, *(["…"] if len(groups) > SHOWN else [])])

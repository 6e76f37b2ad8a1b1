"""Rows that a thread has copies of, exchanged with the rows that all share."""

from numba import types

from tovec.compiled import compiled
from tovec.training.kernels.sync import try_lock, unlock
from tovec.training.kernels.types import IDS, INT, TABLE, written


@compiled(types.void(TABLE, IDS, INT, TABLE, written(types.int64), types.boolean))
def exchange(table, hot, own, before, locks, all_of_it):
    """Add what a thread's copies have learned to the shared rows, and take theirs.

    table: (rows, width) float32. Row own + i is the copy of row hot[i]; before: (n_hot, width), what
    both were last time. locks: (n,) int64, one for each stripe of hot rows; a stripe that another
    thread is at is left for the next time, unless `all_of_it` is asked.
    """
    n_hot, width = hot.shape[0], table.shape[1]
    stripe = (n_hot + locks.shape[0] - 1) // locks.shape[0]
    for lock in range(locks.shape[0]):
        taken = try_lock(locks, lock)
        while all_of_it and not taken:
            taken = try_lock(locks, lock)
        if not taken:
            continue
        for i in range(lock * stripe, min(n_hot, (lock + 1) * stripe)):
            row, copy = hot[i], own + i
            for k in range(width):
                value = table[row, k] + (table[copy, k] - before[i, k])
                table[row, k] = value
                table[copy, k] = value
                before[i, k] = value
        unlock(locks, lock)

"""Rows that a thread has replicas of, exchanged with the rows that all share."""

from numba import types

from tovec.compiled import compiled
from tovec.training.kernels.sync import try_lock, unlock
from tovec.training.kernels.types import IDS, INT, TABLE, written


@compiled(types.void(TABLE, IDS, INT, TABLE, written(types.int64), types.boolean))
def exchange(table, frequent, first, before, locks, wait):
    """Add what a thread's replicas have learned to the shared rows, and take what the others have.

    table: (rows, width) float32. Row first + i is the replica of row frequent[i]; before: (n_frequent,
    width), what both were after the last exchange. locks: (n,) int64, one for each stripe of frequent rows;
    a stripe that another thread has locked is left for the next time, or waited for with `wait`.
    """
    n_frequent, width = frequent.shape[0], table.shape[1]
    stripe = (n_frequent + locks.shape[0] - 1) // locks.shape[0]
    for lock in range(locks.shape[0]):
        taken = try_lock(locks, lock)
        while wait and not taken:
            taken = try_lock(locks, lock)
        if not taken:
            continue
        for i in range(lock * stripe, min(n_frequent, (lock + 1) * stripe)):
            row, replica = frequent[i], first + i
            for k in range(width):
                value = table[row, k] + (table[replica, k] - before[i, k])
                table[row, k] = value
                table[replica, k] = value
                before[i, k] = value
        unlock(locks, lock)

"""The types that kernels are compiled for; what is only read may be mapped from a file."""

from numba import types

FLAG = types.boolean
INT, REAL = types.int64, types.float32


def read(kind, dimensions=1):
    """Return the type of an array that is only read."""
    return types.Array(kind, dimensions, "C", readonly=True)


def written(kind, dimensions=1):
    """Return the type of an array that is written to."""
    return types.Array(kind, dimensions, "C")


IDS, OFFSETS = read(types.int32), read(types.int64)
TABLE = written(types.float32, 2)
STATE = written(types.uint64)
THRESHOLDS, NOISE = read(types.uint32), read(types.uint32, 2)

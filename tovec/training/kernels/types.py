"""The types that kernels are compiled for; what is only read may be mapped from a file."""

from numba import types

from tovec.training.kernels import arguments

FLAG = types.boolean
INT, REAL = types.int64, types.float32


def read(kind, dimensions=1):
    """Return the type of an array that is only read."""
    return types.Array(kind, dimensions, "C", readonly=True)


def written(kind, dimensions=1):
    """Return the type of an array that may be written to."""
    return types.Array(kind, dimensions, "C")


IDS, OFFSETS = read(types.int32), read(types.int64)
TABLE = written(types.float32, 2)
_INTS, _REALS = written(types.int32), written(types.float32)
_INTS_2D = written(types.int32, 2)
_COUNTS = written(types.int64)


def _tuple(kind, *members):
    """Return the type of a NamedTuple of arguments.py; numba has another one where all members are alike."""
    assert len(members) == len(kind._fields)
    if len(set(members)) == 1:
        return types.NamedUniTuple(members[0], len(members), kind)
    return types.NamedTuple(members, kind)


WINDOWS = _tuple(arguments.WindowArrays, _INTS, _INTS, _INTS, _INTS, _INTS_2D)
MINIBATCHES = _tuple(arguments.MinibatchArrays, _INTS, _INTS, written(types.int32, 3), _INTS_2D)
DRAWS = _tuple(
    arguments.Draws,
    *(written(types.uint32), written(types.uint32, 2), _INTS, _INTS, written(types.uint64)),
)
KEPT = _tuple(arguments.Kept, _INTS, _INTS_2D)
TABLES = _tuple(arguments.Tables, _REALS, _REALS, _REALS, _INTS)
SHARE = _tuple(arguments.Share, INT, INT, INT, INT, INT, REAL)
SHARED = _tuple(arguments.SharedArrays, _INTS, _COUNTS, written(types.float32, 3), written(types.float64, 2))
SLOTS_OF_MINIBATCH = _tuple(arguments.Slots, _REALS, _REALS, _REALS, REAL)
TOKEN_ROWS = _tuple(arguments.TokenRows, _INTS, _COUNTS)
RULES = _tuple(arguments.MeanInputRules, INT, INT, REAL, FLAG, FLAG, REAL, REAL)
SCRATCH = _tuple(arguments.MeanInputScratch, _INTS, _INTS, _REALS, _REALS, _REALS, TABLE, TABLE)

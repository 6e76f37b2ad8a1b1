"""Vector registers: how many numbers they hold, and what is done with them, as LLVM instructions.

Each function adds instructions where `builder` stands and returns the value that they give.
"""

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba.core import cgutils, config

from tovec.errors import TovecError

if config.DISABLE_JIT:
    raise TovecError("NUMBA_DISABLE_JIT is set, and what trains is vector instructions, not Python; unset it")


def _lanes():
    """Return how many float32 a vector register of this processor holds."""
    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return 16
    return 8 if features.get("avx") else 4


LANES = _lanes()

I8, I32, I64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)
VECTOR = ir.VectorType(ir.FloatType(), LANES)
INTEGERS = ir.VectorType(I32, LANES)


def integer(value):
    """Return a constant of 64 bits."""
    return ir.Constant(I64, value)


def constant(value):
    """Return a register that holds `value` in each lane."""
    return ir.Constant(VECTOR, [float(np.float32(value))] * LANES)


def address(context, builder, array_type, array, offset):
    """Return the address of element `offset` of an array, as if it were flat."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [offset])


def call(builder, name, *arguments):
    """Return what a function of LLVM gives, of the type of its first argument."""
    kind = ir.FunctionType(arguments[0].type, [argument.type for argument in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments)


def vector_call(builder, name, *arguments):
    """Return what a function of LLVM gives for whole registers."""
    return call(builder, f"llvm.{name}.v{LANES}f32", *arguments)


def load(builder, pointer, offset):
    """Return the LANES numbers that begin at pointer[offset]."""
    loaded = builder.load(builder.bitcast(builder.gep(pointer, [offset]), VECTOR.as_pointer()))
    loaded.align = 4
    return loaded


def store(builder, value, pointer, offset):
    """Write a register to where pointer[offset] begins."""
    place = builder.bitcast(builder.gep(pointer, [offset]), VECTOR.as_pointer())
    builder.store(value, place).align = 4


def fma(builder, x, y, z):
    """Return x * y + z."""
    return vector_call(builder, "fmuladd", x, y, z)


def shuffle(builder, x, y, lanes):
    """Return a register whose lanes are those of x, then y, with these numbers."""
    return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(I32, len(lanes)), lanes))


def spread(builder, scalar):
    """Return a register that holds a float32 or an int32 in each lane."""
    nothing = ir.Constant(ir.VectorType(scalar.type, LANES), ir.Undefined)
    first = builder.insert_element(nothing, scalar, ir.Constant(I32, 0))
    return shuffle(builder, first, nothing, [0] * LANES)


def lane_sums(builder, vectors):
    """Return one vector whose lane i is the sum over vector i, of LANES vectors."""
    step = LANES // 2
    while len(vectors) > 1:
        half = len(vectors) // 2
        lanes = range(LANES)
        near = [lane if not lane & step else lane + LANES for lane in lanes]  # no lane moves: a blend
        far = [lane ^ step if not lane & step else (lane ^ step) + LANES for lane in lanes]
        vectors = [
            builder.fadd(shuffle(builder, a, b, near), shuffle(builder, a, b, far))
            for a, b in zip(vectors[:half], vectors[half:], strict=True)
        ]
        step //= 2
    return vectors[0]


def loop(builder, start, stop, step, carried):
    """Open a loop that runs at least once; return its counter, its phi nodes and how to close it.

    carried: first values of what goes from turn to turn.
    """
    before = builder.block
    body, after = builder.append_basic_block("body"), builder.append_basic_block("after")
    builder.branch(body)
    builder.position_at_end(body)
    counter = builder.phi(start.type)
    counter.add_incoming(start, before)
    phis = []
    for value in carried:
        phi = builder.phi(value.type)
        phi.add_incoming(value, before)
        phis.append(phi)

    def close(values):
        here = builder.block
        following = builder.add(counter, step)
        counter.add_incoming(following, here)
        for phi, value in zip(phis, values, strict=True):
            phi.add_incoming(value, here)
        builder.cbranch(builder.icmp_signed("<", following, stop), body, after)
        builder.position_at_end(after)

    return counter, tuple(phis), close

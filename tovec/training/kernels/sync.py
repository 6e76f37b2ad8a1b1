"""Threads that wait for each other inside compiled loops: a barrier and locks, of atomic instructions."""

import ctypes
import os

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from tovec.training.kernels.registers import address, integer

TRIES = 100_000  # looks at a number before the core is given away, some 0.1 ms
_N = types.int64


def _yield_address():
    """Return the address of the system's function that lets another thread run."""
    if os.name == "nt":
        library, name = ctypes.WinDLL("kernel32"), "SwitchToThread"
    else:
        library, name = ctypes.CDLL(None), "sched_yield"
    return ctypes.cast(getattr(library, name), ctypes.c_void_p).value


llvm.add_symbol("tovec_let_others_run", _yield_address())


@intrinsic
def barrier_wait(typing, arrivals, at, count):
    """Wait until arrivals[at], int64, which other threads raise, is at least `count`."""
    signature = types.void(arrivals, _N, _N)

    def generate(context, builder, sig, args):
        arrivals, at, count = args
        place = address(context, builder, sig.args[0], arrivals, at)
        let_others = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.IntType(32), []), "tovec_let_others_run"
        )
        tries = cgutils.alloca_once_value(builder, integer(0))
        check, again, rest, done = (
            builder.append_basic_block(name) for name in ("check", "again", "rest", "done")
        )
        builder.branch(check)
        builder.position_at_end(check)
        seen = builder.load_atomic(place, "acquire", 8)
        builder.cbranch(builder.icmp_signed(">=", seen, count), done, again)
        builder.position_at_end(again)
        n = builder.add(builder.load(tries), integer(1))
        builder.store(n, tries)
        # A thread that runs answers within microseconds; giving the core away costs a slice of milliseconds.
        # One that does not answer waits for a core, maybe for this one.
        builder.cbranch(builder.icmp_signed(">", n, integer(TRIES)), rest, check)
        builder.position_at_end(rest)
        builder.call(let_others, [])
        builder.store(integer(0), tries)
        builder.branch(check)
        builder.position_at_end(done)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def barrier_arrive(typing, arrivals, at):
    """Add one to arrivals[at], int64; who waits for that sees what this thread wrote before."""
    signature = types.void(arrivals, _N)

    def generate(context, builder, sig, args):
        place = address(context, builder, sig.args[0], *args)
        builder.atomic_rmw("add", place, integer(1), "acq_rel")
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def try_lock(typing, locks, at):
    """Take locks[at], int64, if it is free; return whether it was."""
    signature = types.boolean(locks, _N)

    def generate(context, builder, sig, args):
        place = address(context, builder, sig.args[0], *args)
        swapped = builder.cmpxchg(place, integer(0), integer(1), "acq_rel", "acquire")
        return builder.extract_value(swapped, 1)

    return signature, generate


@intrinsic
def unlock(typing, locks, at):
    """Free locks[at]."""
    signature = types.void(locks, _N)

    def generate(context, builder, sig, args):
        place = address(context, builder, sig.args[0], *args)
        builder.store_atomic(integer(0), place, "release", 8)
        return context.get_dummy_value()

    return signature, generate

"""The environment of a command: the encoding of its streams, variables, limits on memory."""

import os
import sys

from tovec.memory import TO_COMPILE, address_space_bytes, check_address_space

# Set for other programs. Commands need compiled loops and no threads of numba's, and draw into files.
_NOT_FOR_COMMANDS = ("NUMBA_DISABLE_JIT", "NUMBA_NUM_THREADS", "MPLBACKEND")
_MB = 1 << 20
_TO_COMPUTE = 400 * _MB  # of address space; measured with one OpenBLAS thread, and rounded up
_PER_THREAD = 64 * _MB
_COMPILING = ("train", "demo")  # commands that always compile


def prepare() -> None:
    """Adjust the environment so that every command can run in it, before anything heavy is imported."""
    for stream in (sys.stdout, sys.stderr):
        # Tokens hold any character, which a terminal or a pipe may not be able to show.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    for name in _NOT_FOR_COMMANDS:
        os.environ.pop(name, None)
    limit = address_space_bytes()
    if limit is not None:
        # OpenBLAS allocates this for each of its threads when numpy is imported, and aborts if it cannot.
        n_threads = max(1, (limit - _TO_COMPUTE) // _PER_THREAD)
        os.environ.setdefault("OPENBLAS_NUM_THREADS", str(min(n_threads, os.cpu_count() or 1)))


def check_memory(command: str) -> None:
    """Raise NotEnoughMemory if `ulimit -v` leaves less than the libraries need when they are loaded.

    Several of them would end the process without a useful message.
    """
    check_address_space(TO_COMPILE if command in _COMPILING else _TO_COMPUTE)


def is_short_of_memory(error: BaseException | None) -> bool:
    """Whether an error comes from too little memory, or too few threads, whatever its type."""
    while error is not None:
        if isinstance(error, MemoryError) or "can't start new thread" in str(error):
            return True
        if isinstance(error, (ImportError, OSError)) and address_space_bytes() is not None:
            return "failed to map" in str(error) or "shared object" in str(error)
        error = error.__cause__ or error.__context__
    return False

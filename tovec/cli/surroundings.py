"""What a command finds around it: streams that are closed or of another encoding, variables, limits."""

import os
import sys

from tovec.memory import TO_COMPILE, address_space_bytes, check_address_space

# Of programs of the user's own. Commands need loops compiled, no threads of numba's, and draw into files.
_NOT_FOR_COMMANDS = ("NUMBA_DISABLE_JIT", "NUMBA_NUM_THREADS", "MPLBACKEND")
_MB = 1 << 20
_TO_COMPUTE = 400 * _MB  # of address space; measured with one thread of OpenBLAS, and rounded up
_OF_A_THREAD = 64 * _MB
_COMPILING = ("train", "demo")  # whatever is asked of them


def prepare() -> None:
    """Make the surroundings such that every command can run in them. Before anything heavy is imported."""
    for stream in (sys.stdout, sys.stderr):
        # Tokens hold any character; a terminal or a pipe in another encoding must not stop us.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    for name in _NOT_FOR_COMMANDS:
        os.environ.pop(name, None)
    limit = address_space_bytes()
    if limit is not None:
        # OpenBLAS takes this for each of its threads when numpy is imported, and aborts where it cannot.
        n_threads = max(1, (limit - _TO_COMPUTE) // _OF_A_THREAD)
        os.environ.setdefault("OPENBLAS_NUM_THREADS", str(min(n_threads, os.cpu_count() or 1)))


def check_memory(command: str) -> None:
    """Raise NotEnoughMemory where `ulimit -v` leaves less than libraries take when they are loaded.

    Several end the process in the middle of it, without a word that helps.
    """
    check_address_space(TO_COMPILE if command in _COMPILING else _TO_COMPUTE)


def is_short_of_memory(error: BaseException | None) -> bool:
    """Whether an error comes from too little memory, or too few threads, whatever it is called."""
    while error is not None:
        if isinstance(error, MemoryError) or "can't start new thread" in str(error):
            return True
        if isinstance(error, (ImportError, OSError)) and address_space_bytes() is not None:
            return "failed to map" in str(error) or "shared object" in str(error)
        error = error.__cause__ or error.__context__
    return False


def open_closed_streams() -> None:
    """Open the standard streams that are closed (`2>&-`), as nothing: a file would get their number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115

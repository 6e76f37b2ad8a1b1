"""What a command finds around it: streams that are closed or of another encoding, variables, limits."""

import os
import sys

# Of programs of the user's own. Commands need compiled loops, use no threads of numba's, draw into files.
_NOT_FOR_COMMANDS = ("NUMBA_DISABLE_JIT", "NUMBA_NUM_THREADS", "MPLBACKEND")


def prepare() -> None:
    """Make the surroundings such that every command can run in them. Before anything heavy is imported."""
    for stream in (sys.stdout, sys.stderr):
        # Tokens hold any character; a terminal or a pipe in another encoding must not stop us.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    for name in _NOT_FOR_COMMANDS:
        os.environ.pop(name, None)


def open_closed_streams() -> None:
    """Open the standard streams that are closed (`2>&-`), as nothing: a file would get their number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115

"""Standard streams that are closed. Imports nothing that Python has not loaded by itself."""

import os
import sys


def open_closed_streams() -> None:
    """Open the standard streams that are closed (`2>&-`), as nothing: a file would get their number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115

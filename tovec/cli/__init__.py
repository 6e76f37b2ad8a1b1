"""The command line: one command per file, each its help, its options, one library call, and printing.

Little is imported before `main` runs, so that Ctrl+C is handled from the start.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tovec.cli.commands import cli as cli


def main() -> None:
    """Run the command line.

    Exits 0 on success, 1 for a user's mistake, 2 for wrong usage, 3 where a
    figure is beyond a bound (bounds.py), 130 when interrupted (143 by SIGTERM).
    """
    try:
        from tovec.interrupts import end_on_signals, finish, received
    except KeyboardInterrupt:
        os.write(2, b"interrupted; nothing has been changed\n")
        os._exit(130)
    try:
        _open_closed_streams()  # before another file gets their numbers
        end_on_signals()
        from tovec.cli.environment import prepare

        prepare()
        _check_dependencies()
        from tovec.cli.commands import cli

        cli(prog_name="tovec")
    except BaseException as error:
        if not received() and not isinstance(error, KeyboardInterrupt):
            raise
        finish()


def _check_dependencies() -> None:
    from tovec.dependencies import needs
    from tovec.errors import MissingDependency

    try:
        for package in ("click", "tqdm"):
            needs(package, "the command line")
    except MissingDependency as error:
        sys.exit(f"Error: {error}")


def _open_closed_streams() -> None:
    """Open the standard streams that are closed (`2>&-`) as empty ones, or another file gets their number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115


def __getattr__(name: str) -> object:
    if name != "cli":
        raise AttributeError(f"module 'tovec.cli' has no attribute {name!r}")
    from tovec.cli.commands import cli

    return cli

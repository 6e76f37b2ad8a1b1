"""The command line: one command a file, each its help, its options, one library call and printing.

Nothing is imported before `main` runs, so that Ctrl+C finds it ready.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tovec.cli.commands import cli as cli


def main() -> None:
    """Run the command line.

    Exits 0 on success, 1 for a user's mistake, 2 for wrong usage, 130 when interrupted (143 by SIGTERM).
    """
    try:
        from tovec.cli.streams import open_closed_streams
        from tovec.interrupts import end_on_signals, finish, received
    except KeyboardInterrupt:
        os.write(2, b"interrupted; nothing has been changed\n")
        os._exit(130)
    try:
        open_closed_streams()  # before anything else gets their numbers
        end_on_signals()
        from tovec.cli.surroundings import prepare

        prepare()
        from tovec.cli.commands import cli

        cli(prog_name="tovec")
    except BaseException as error:
        if not received() and not isinstance(error, KeyboardInterrupt):
            raise
        finish()


def __getattr__(name: str) -> object:
    if name != "cli":
        raise AttributeError(f"module 'tovec.cli' has no attribute {name!r}")
    from tovec.cli.commands import cli

    return cli

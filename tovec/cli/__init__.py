"""The command line: one command a file, each its help, its options, one library call and printing.

Nothing is imported before `main` runs, so that Ctrl+C finds it ready.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tovec.cli.commands import cli as cli


def main() -> None:
    """Run the command line.

    Exits 0 on success, 1 for a user's mistake, 2 for wrong usage, 130 when interrupted (143 by SIGTERM).
    """
    from tovec.cli.surroundings import open_closed_streams, prepare
    from tovec.interrupts import end_on_signals, finish, received

    open_closed_streams()  # before anything else gets their numbers
    end_on_signals()
    try:
        prepare()
        from tovec.cli.commands import cli

        cli(prog_name="tovec")
    except BaseException:
        if not received():
            raise
        finish()


def __getattr__(name: str) -> object:
    if name != "cli":
        raise AttributeError(f"module 'tovec.cli' has no attribute {name!r}")
    from tovec.cli.commands import cli

    return cli

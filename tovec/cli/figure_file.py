"""-o FILE of a command that draws what it found."""

from collections.abc import Callable
from pathlib import Path

import click

from tovec.cli.source import Command
from tovec.interrupts import outcome_is


def figure_option(what: str) -> Callable[[Command], Command]:
    """Return what adds -o FILE to a command, which gets `out`; what: the figure shows, for the help.

    A suffix that names no figure is an error before the command works for minutes.
    """
    help_line = f"{what}: .png, .svg or .pdf."
    return click.option("-o", "--out", metavar="FILE", callback=_checked, help=help_line)


def _checked(context: click.Context, parameter: click.Parameter, path: str | None) -> str | None:
    if path is not None:
        from tovec.figures.figure import check_suffix

        check_suffix(Path(path))
        outcome_is(path)
    return path

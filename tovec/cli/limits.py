"""Limits on the figures that a command prints, for continuous integration: --fail-under, --fail-over."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import click

from tovec.cli.output import say
from tovec.errors import BadSetting

MISSED = 3  # the exit status where a figure misses a limit
Limit = tuple[str, float]


def _read(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[Limit, ...]:
    """Return the names and numbers of an option."""
    limits = []
    for text in given:
        name, _, number = text.partition("=")
        try:
            limits.append((name, float(number)))
        except ValueError as error:
            raise click.BadParameter(f"{text!r} is not NAME=NUMBER, such as iso_score=0.3") from error
    return tuple(limits)


def limit_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --fail-under and --fail-over to a command, which gets `limits` to call `check` of."""

    @click.option(
        "--fail-under",
        multiple=True,
        metavar="NAME=NUMBER",
        callback=_read,
        help=f"Exit with status {MISSED} where a figure is lower, as iso_score=0.3; names as in --json.",
    )
    @click.option(
        "--fail-over",
        multiple=True,
        metavar="NAME=NUMBER",
        callback=_read,
        help=f"Exit with status {MISSED} where a figure is higher, as zero_rows=0.",
    )
    @functools.wraps(command)
    def limited(
        *args: Any, fail_under: tuple[Limit, ...], fail_over: tuple[Limit, ...], **options: Any
    ) -> None:
        command(*args, limits=Limits(fail_under, fail_over), **options)

    return limited


class Limits:
    """The limits that were given."""

    def __init__(self, under: tuple[Limit, ...], over: tuple[Limit, ...]) -> None:
        self._under, self._over = under, over

    def check(self, figures: Mapping[str, float | None]) -> None:
        """End the command with status MISSED where a figure misses a limit or does not exist here.

        Raises BadSetting for the name of no figure.
        """
        missed = []
        for option, limits, sign in (("fail_under", self._under, 1), ("fail_over", self._over, -1)):
            for name, limit in limits:
                if name not in figures:
                    raise BadSetting(option, name, f"the name of a figure: {', '.join(figures)}")
                value = figures[name]
                if value is None or value != value:
                    missed.append(f"{name} does not exist here")
                elif sign * value < sign * limit:
                    missed.append(f"{name} is {value:g}, {'under' if sign > 0 else 'over'} {limit:g}")
        for line in missed:
            say(line, err=True)
        if missed:
            click.get_current_context().exit(MISSED)

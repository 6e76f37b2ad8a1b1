"""--fail-under and --fail-over: a figure beyond its bound ends a command with exit status 3, for CI."""

import difflib
import functools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import click

from tovec.cli.output import say
from tovec.cli.source import Command
from tovec.errors import TovecError

BEYOND_A_BOUND = 3  # the exit status
_LISTED = 12  # names of figures in a message

Bound = tuple[str, float]


class _BoundType(click.ParamType[Bound]):
    name = "NAME=X"

    def convert(self, value: object, param: click.Parameter | None, context: click.Context | None) -> Bound:
        name, _, number = str(value).rpartition("=")
        bound = _as_number(number)
        if not name or bound is None:
            self.fail(f"{value!r} is not NAME=X, such as iso_score=0.3", param, context)
        return name, bound


@dataclass(frozen=True)
class Bounds:
    """The bounds of a command line: figures that fail under a number, and over one."""

    under: tuple[Bound, ...]
    over: tuple[Bound, ...]

    def check_names(self, figures: Collection[str]) -> None:
        """Raise TovecError for a name that is not among `figures`: before a command works for minutes."""
        for name, _ in (*self.under, *self.over):
            _check_name(figures, name)

    def check(self, figures: Mapping[str, float | Sequence[float]]) -> None:
        """End the command with exit status 3, and a line for each figure beyond its bound, if there is one.

        figures: all that the command prints, by name; several of one name must all keep to the bound. A NaN
        keeps to none. Call it after printing. Raises TovecError for a name that is not among them.
        """
        beyond = [
            f"{name} is {value:g}, {side} {bound:g}"
            for side, bounds in (("under", self.under), ("over", self.over))
            for name, bound in bounds
            for value in _values(figures, name)
            if not (value >= bound if side == "under" else value <= bound)
        ]
        for line in beyond:
            say(f"failed: {line}", err=True)
        if beyond:
            click.get_current_context().exit(BEYOND_A_BOUND)


def takes_bounds(command: Command) -> Command:
    """Add --fail-under and --fail-over to a command, which gets `bounds` to check its figures with."""

    @click.option(
        "--fail-under",
        multiple=True,
        type=_BoundType(),
        help="Exit with status 3 where the figure NAME is under X; may be repeated.",
    )
    @click.option(
        "--fail-over",
        multiple=True,
        type=_BoundType(),
        help="Exit with status 3 where the figure NAME is over X; may be repeated.",
    )
    @functools.wraps(command)
    def checked(
        *args: object, fail_under: tuple[Bound, ...], fail_over: tuple[Bound, ...], **options: object
    ) -> None:
        command(*args, bounds=Bounds(fail_under, fail_over), **options)

    return checked


def _as_number(text: str) -> float | None:
    """Return the finite number that a text is, None for anything else."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _values(figures: Mapping[str, float | Sequence[float]], name: str) -> Sequence[float]:
    _check_name(figures, name)
    found = figures[name]
    return [found] if isinstance(found, int | float) else found


def _check_name(figures: Collection[str], name: str) -> None:
    if name not in figures:
        near = difflib.get_close_matches(name, figures, n=3, cutoff=0.4) or list(figures)[:_LISTED]
        raise TovecError(f"no figure is named {name!r}; there is {', '.join(near) or 'none'}")

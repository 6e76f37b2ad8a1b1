"""Tokens that a command is given: on the command line, or a line each on standard input."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import click

from tovec.cli.output import say_beside
from tovec.errors import NoDirection, TovecError, UnknownToken

Answer = TypeVar("Answer")

STANDARD_INPUT = "-"
tokens_argument = click.argument("tokens", nargs=-1, required=True, metavar="TOKEN...")


def given_tokens(tokens: Sequence[str]) -> list[str]:
    """Return the tokens, with the lines of standard input in place of a lone `-`; empty lines are left out.

    Raises TovecError where standard input holds none.
    """
    if list(tokens) != [STANDARD_INPUT]:
        return list(tokens)
    read = list(filter(None, lines_of_standard_input()))
    if not read:
        raise TovecError("standard input holds no token")
    return read


def lines_of_standard_input() -> Iterator[str]:
    """Yield the lines, without the mark with which PowerShell begins them; bytes that are not UTF-8 stay."""
    with click.open_file(STANDARD_INPUT, encoding="utf-8-sig", errors="surrogateescape") as lines:
        for line in lines:
            yield line.rstrip("\r\n")


@contextmanager
def answer_each(
    tokens: Sequence[str],
    check: Callable[[str], object],
    answer: Callable[[list[str]], Iterable[Answer]],
) -> Iterator[list[tuple[str, Answer]]]:
    """Yield the tokens with the answer to each; those without one are named on standard error.

    check: raises UnknownToken or NoDirection for a token that has no answer. answer: gets the other ones and
    returns an answer for each. If there are several tokens, the others are answered all the same, and once
    they are printed the command ends with exit status 1.
    """
    answerable = []
    for token in tokens:
        try:
            check(token)
        except (UnknownToken, NoDirection) as error:
            if len(tokens) == 1:
                raise
            say_beside(f"Error: {error}")
        else:
            answerable.append(token)
    yield list(zip(answerable, answer(answerable), strict=True)) if answerable else []
    if len(answerable) < len(tokens):
        sys.exit(1)

"""How much a command says beside its result: --quiet and --verbose, which every command takes."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

_QUIET, _VERBOSE = "tovec.quiet", "tovec.verbose"


def add_verbosity(command: click.Command) -> None:
    """Add the two options to `command`."""
    for name, key, text in (
        ("--quiet", _QUIET, "Print neither notes nor progress, only warnings and errors."),
        (
            "--verbose",
            _VERBOSE,
            "Print also how long stages take, what is logged, and where an error arose.",
        ),
    ):
        command.params.append(
            click.Option([name], is_flag=True, expose_value=False, callback=_remember(key), help=text)
        )


def is_quiet() -> bool:
    """Whether the running command was given --quiet."""
    return _is_set(_QUIET)


def is_verbose(context: click.Context | None = None) -> bool:
    """Whether the running command, or that of `context`, was given --verbose."""
    return _is_set(_VERBOSE, context)


def _is_set(key: str, context: click.Context | None = None) -> bool:
    context = context or click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(key))


def _remember(key: str) -> Any:
    def remember(context: click.Context, _: click.Parameter, value: bool) -> None:
        if not value:
            return
        context.meta[key] = True
        if context.meta.get(_QUIET) and context.meta.get(_VERBOSE):
            raise click.UsageError("--quiet and --verbose exclude each other", context)
        if key == _VERBOSE:
            context.with_resource(_shown_log())

    return remember


@contextmanager
def _shown_log() -> Iterator[None]:
    """Print what tovec logs on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    logger = logging.getLogger("tovec")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)

"""SOURCE, the first argument of most commands, and the options that say how it is opened."""

import functools
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tovec.errors import BadSource

if TYPE_CHECKING:
    from tovec.embedding import Embedding
    from tovec.models.model import Model

Command = Callable[..., None]
OpenSource = Callable[[str], "Embedding"]


def takes_source(command: Command) -> Command:
    """Add the argument SOURCE and its options to a command, which gets the opened `embedding`."""

    @takes_model
    @functools.wraps(command)
    def opened(*args: Any, model: "Model", **options: Any) -> None:
        command(*args, **options)

    return opened


def takes_model(command: Command) -> Command:
    """Add the argument SOURCE and its options to a command, which gets the opened `model` and `embedding`."""

    @click.argument("source")
    @source_options
    @functools.wraps(command)
    def opened(
        *args: Any, source: str, tokenizer: str | None, limit: int | None, strict: bool, **options: Any
    ) -> None:
        _check_order(source, options)
        model, embedding = opened_source(source, tokenizer, limit, strict)
        command(*args, model=model, embedding=embedding, **options)

    return opened


def opens_sources(command: Command) -> Command:
    """Add the options that say how sources are opened to a command, which gets `open_source`."""

    @source_options
    @functools.wraps(command)
    def opened(*args: Any, tokenizer: str | None, limit: int | None, strict: bool, **options: Any) -> None:
        def open_source(source: str) -> "Embedding":
            return opened_source(source, tokenizer, limit, strict)[1]

        command(*args, open_source=open_source, **options)

    return opened


def source_options(command: Command) -> Command:
    """Add the options that say how a source is opened."""
    for option in (
        click.option("--strict", is_flag=True, help="Refuse a file of vectors that needs repair."),
        click.option(
            "--limit", type=click.IntRange(1), metavar="N", help="Read only the first N rows of SOURCE."
        ),
        click.option(
            "--tokenizer",
            metavar="FILE",
            help="The tokenizer of SOURCE if it is stored elsewhere: a file, or a name such as words.",
        ),
    ):
        command = option(command)
    return command


def _check_order(source: str, options: Mapping[str, Any]) -> None:
    """Raise BadSource if SOURCE does not exist and one of the other arguments does."""
    context = click.get_current_context()
    names = [param.name for param in context.command.params if isinstance(param, click.Argument)]
    values = [options[name] for name in names if name in options]
    others = [each for value in values for each in ([value] if isinstance(value, str) else value)]
    there = next((each for each in others if each and is_there(each)), None)
    if there is not None and not is_there(source) and "#" not in source and ":" not in source:
        others.remove(there)
        right = shlex.join(["tovec", str(context.info_name), there, source, *others])
        raise BadSource(f"{source} does not exist, and {there} does; SOURCE comes first: {right}")


def is_there(name: str) -> bool:
    """Whether `name` names a file or folder; a text that is too long for a name does not."""
    try:
        return Path(name).exists()
    except OSError:
        return False


def opened_source(
    source: str, tokenizer: str | None, limit: int | None, strict: bool
) -> "tuple[Model, Embedding]":
    """Return the model and the embedding at `source`; downloads are reported on the terminal."""
    from tovec.sources import HUB, open_with_report

    reporter = None
    if source.startswith(HUB):
        from tovec.cli.progress import TerminalReporter

        reporter = TerminalReporter()
    return open_with_report(source, tokenizer, limit=limit, strict=strict, reporter=reporter)

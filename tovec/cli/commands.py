"""All commands in one group, where a user's mistake becomes one line."""

import sys
from traceback import print_exception
from typing import Any

import click

from tovec.cli.align import command as align
from tovec.cli.analogy import command as analogy
from tovec.cli.compare import command as compare
from tovec.cli.convert import command as convert
from tovec.cli.demo import command as demo
from tovec.cli.embed import command as embed
from tovec.cli.environment import check_memory, is_short_of_memory
from tovec.cli.export import command as export
from tovec.cli.fertility import command as fertility
from tovec.cli.init import command as init
from tovec.cli.inspect import command as inspect
from tovec.cli.measure import command as measure
from tovec.cli.neighbors import command as neighbors
from tovec.cli.output import warnings_as_lines, with_options
from tovec.cli.plot import command as plot
from tovec.cli.predict import command as predict
from tovec.cli.similarity import command as similarity
from tovec.cli.suspects import command as suspects
from tovec.cli.tokens import command as tokens
from tovec.cli.train import command as train
from tovec.cli.vectors import command as vectors
from tovec.cli.verbosity import add_verbosity, is_verbose
from tovec.cli.view import command as view
from tovec.cli.why import command as why
from tovec.errors import NotEnoughMemory, TovecError
from tovec.escapes import one_line
from tovec.interrupts import Interrupted

# Commands of fastText and word2vec, and ours.
FOREIGN_COMMANDS = {
    "analogies": "analogy SOURCE A B C",
    "cbow": "train INPUT --out DIR --objective cbow --ngrams characters",
    "distance": "neighbors SOURCE TOKEN",
    "dump": "inspect SOURCE",
    "nn": "neighbors SOURCE TOKEN",
    "print-sentence-vectors": "embed SOURCE TEXT",
    "print-word-vectors": "vectors SOURCE TOKEN",
    "quantize": "convert SOURCE DIR --dtype int8",
    "skipgram": "train INPUT --out DIR --ngrams characters",
    "word2vec": "train INPUT --out DIR",
}


class _Group(click.Group):
    def main(self, *args: Any, **options: Any) -> Any:
        """Run the command line; an error of the system, also while help is printed, becomes one line."""
        try:
            return super().main(*args, **options)
        except Exception as error:
            line = _system_error(error)
            if line is None:
                raise
            click.ClickException(one_line(line)).show()
            sys.exit(1)

    def invoke(self, context: click.Context) -> object:
        """Run a command; a user's mistake becomes one line on stderr and exit status 1.

        Raises Interrupted when Ctrl+C ends it.
        """
        try:
            with warnings_as_lines():
                check_memory(context.invoked_subcommand or "")
                return super().invoke(context)
        except KeyboardInterrupt as error:  # from code that restored Python's own handler
            raise Interrupted from error
        except TovecError as error:
            if is_verbose(context):
                print_exception(error)
            command = self.get_command(context, context.invoked_subcommand or "")
            raise click.ClickException(one_line(with_options(error, command))) from error

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; say of one of fastText or word2vec what it is called here."""
        name = args[0]
        if name in FOREIGN_COMMANDS and self.get_command(context, name) is None:
            context.fail(f"No such command {name!r}; it is tovec {FOREIGN_COMMANDS[name]}")
        return super().resolve_command(context, args)

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names in the order of use, from text to vectors to pictures."""
        return list(self.commands)


def _system_error(error: Exception) -> str | None:
    """Return the message of an error of the system; None for any other error.

    A broken pipe is none of them: click ends silently then.
    """
    if is_short_of_memory(error):
        return str(NotEnoughMemory())
    if isinstance(error, FileNotFoundError) and error.filename is None:  # of os.getcwd
        return "the current folder no longer exists; change to another one"
    if isinstance(error, OSError) and (error.filename or error.strerror):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    return None


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tovec")
def cli() -> None:
    """Turn text into token vectors that you can train, look up, measure and see."""


for _command in (
    *(demo, init, train, predict, tokens, vectors, embed, neighbors, similarity, why, analogy),
    *(measure, suspects, fertility, compare, align, plot, view, export, inspect, convert),
):
    add_verbosity(_command)
    cli.add_command(_command)
add_verbosity(cli)  # before the command, too, where git and docker have them

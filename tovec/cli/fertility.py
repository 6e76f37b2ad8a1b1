"""tovec fertility: how tokenizers cut a text."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from tovec.cli.bounds import Bounds, takes_bounds
from tovec.cli.columns import column_option
from tovec.cli.output import as_json_option, note, print_json
from tovec.cli.source import is_there
from tovec.cli.tables import markdown_option
from tovec.errors import BadSource

SHOWN = 10  # split words, for people
_OF_MODELS = ("tovec.json", "config.json", "tokenizer.json", "tokenizer.model", "vocab.txt")  # in a folder
_SUFFIXES = (".gguf", ".safetensors", ".json", ".model", ".tiktoken")


def _explain(context: click.Context, parameter: click.Parameter, is_asked: bool) -> None:
    """Print what each figure is, and end; FILE and SOURCE are not needed."""
    if is_asked:
        from tovec.cli.explanations import print_explanations
        from tovec.measures.cut_figures import EXPLAINED, explain

        print_explanations(EXPLAINED, explain)
        context.exit()


@click.command("fertility")
@click.argument("file", metavar="FILE")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "--parallel",
    metavar="FILE2",
    help="The translation of FILE, line by line: tokens of FILE over tokens of FILE2.",
)
@column_option("FILE")
@click.option(
    "--words",
    type=click.Choice(("whitespace", "words", "kiwi")),
    default="whitespace",
    show_default=True,
    help="What a word is: between white space, runs of letters and digits, Korean morphemes.",
)
@click.option("-k", default=SHOWN, show_default=True, help="How many of the words that are split.")
@click.option(
    "--explain",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_explain,
    help="Print the formula, the source and how to read each figure, and end.",
)
@takes_bounds
@as_json_option
@markdown_option
def command(
    file: str,
    sources: Sequence[str],
    parallel: str | None,
    column: str | None,
    words: str,
    k: int,
    as_json: bool,
    markdown: bool,
    bounds: Bounds,
) -> None:
    """How the tokenizers of SOURCEs cut the text FILE: length, whole words, bytes and unknowns, unused rows.

    A SOURCE is anything with a tokenizer: a model's folder, a saved embedding, a GGUF file, a
    tokenizer.json. The names of figures for --fail-under are those of --json, such as
    tokens_per_word or hangul.strr.
    """
    from tovec.cli.fertility_lines import fertility_json, print_fertility
    from tovec.cli.progress import TerminalReporter
    from tovec.measures.fertility import fertility

    _check_order(file, sources)
    found = fertility(
        file, *sources, parallel=parallel, column=column, words=words, k=k, report=TerminalReporter()
    )
    for line in found.notes:
        note(f"note: {line}")
    if as_json:
        print_json(fertility_json(found))
    else:
        print_fertility(found, markdown)
    bounds.check(found.figures)


def _check_order(file: str, sources: Sequence[str]) -> None:
    """Raise BadSource where FILE has a tokenizer, and one of the sources is a text."""
    if not _has_tokenizer(file):
        return
    text = next((each for each in sources if is_there(each) and not _has_tokenizer(each)), None)
    if text is not None:
        right = shlex.join(["tovec", "fertility", text, file, *(each for each in sources if each != text)])
        raise BadSource(f"{file} is not a text but has a tokenizer; FILE comes first: {right}")


def _has_tokenizer(name: str) -> bool:
    """Whether `name` looks like a model or a tokenizer; a folder or a file of text does not."""
    path = Path(name)
    if any(is_there(str(path / each)) for each in _OF_MODELS):
        return True
    return path.suffix.lower() in _SUFFIXES and path.is_file()

"""tovec fertility: how tokenizers cut a text."""

from collections.abc import Sequence

import click

from tovec.cli.bounds import Bounds, takes_bounds
from tovec.cli.output import as_json_option, note, print_json
from tovec.cli.tables import markdown_option

SHOWN = 10  # split words, for people


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

    found = fertility(file, *sources, parallel=parallel, words=words, k=k, report=TerminalReporter())
    for line in found.notes:
        note(f"note: {line}")
    if as_json:
        print_json(fertility_json(found))
    else:
        print_fertility(found, markdown)
    bounds.check(found.figures)

"""tovec predict: the tokens that may come next, and how a text may go on."""

from itertools import chain
from typing import TYPE_CHECKING

import click

from tovec.cli.output import as_json_option, print_json, say, say_beside, shown
from tovec.counted import counted
from tovec.escapes import one_line
from tovec.language_model import TEMPERATURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tovec.language_model.model import LanguageModel


@click.command("predict")
@click.argument("source", metavar="DIR")
@click.argument("text")
@click.option("-k", default=10, show_default=True, help="How many tokens.")
@click.option(
    "--generate",
    "n_tokens",
    type=click.IntRange(1),
    metavar="N",
    help="Continue TEXT by up to N tokens, each drawn from what is predicted.",
)
@click.option(
    "--temperature",
    default=TEMPERATURE,
    show_default=True,
    help="1 draws by the probabilities; lower sticks to what is likely, 0 takes the most likely token. Goes "
    "with --generate.",
)
@click.option("--top-k", type=int, metavar="K", help="Draw among the K most likely. Goes with --generate.")
@click.option("--seed", default=0, show_default=True, help="Goes with --generate.")
@as_json_option
def command(
    source: str,
    text: str,
    k: int,
    n_tokens: int | None,
    temperature: float,
    top_k: int | None,
    seed: int,
    as_json: bool,
) -> None:
    """Predict the token after TEXT by the language model in the folder DIR.

    DIR is what `tovec train --objective language-model` has made, or any folder with a model of Llama's
    architecture. The empty text "" asks how a text begins.
    """
    context = click.get_current_context()
    given = [
        name
        for name in ("temperature", "top_k", "seed")
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
    ]
    if given and n_tokens is None:
        raise click.UsageError(f"--{given[0].replace('_', '-')} goes with --generate")
    from tovec.language_model.opening import open_language_model

    model = open_language_model(source)
    dropped = model.read(text).dropped
    if dropped:
        say_beside(
            f"the text has {counted(dropped + model.context, 'token')}, of which the model reads the last "
            f"{model.context:,}"
        )
    pieces = model.stream(text, n_tokens or 0, temperature=temperature, top_k=top_k, seed=seed)
    if as_json:
        found = model.predict(text, k)
        results = [{"token": hit.token, "id": hit.id, "probability": hit.probability} for hit in found]
        continued = {} if n_tokens is None else {"text": "".join(pieces)}
        print_json({"results": results, **continued, "dropped": dropped})
    elif n_tokens is None:
        _print_likely(model, text, k)
    else:
        _print_text(text, pieces)


def _print_likely(model: "LanguageModel", text: str, k: int) -> None:
    vocabulary = model.embedding.vocabulary
    for hit in model.predict(text, k):
        say(f"{hit.probability:7.4f}  {shown(vocabulary.readable(hit.id))}")


def _print_text(text: str, pieces: "Iterator[str]") -> None:
    """Print a text and what continues it, piece by piece as they come."""
    for piece in chain([text], pieces):
        click.echo(_safe(piece), nl=False)
    click.echo()


def _safe(text: str) -> str:
    """Return text with escapes for what moves the cursor or hides; lines stay lines."""
    return "\n".join(map(one_line, text.split("\n")))

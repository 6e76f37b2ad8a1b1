"""tovec similarity: the cosine of two tokens."""

from typing import TYPE_CHECKING

import click

from tovec.cli.output import as_json_option, print_json, say
from tovec.cli.source import takes_source

if TYPE_CHECKING:
    from tovec.embedding import Embedding


@click.command("similarity")
@takes_source
@click.argument("a")
@click.argument("b")
@as_json_option
def command(embedding: "Embedding", a: str, b: str, as_json: bool) -> None:
    """Cosine similarity of two tokens, from -1 to 1."""
    similarity = embedding.similarity(a, b)
    if as_json:
        print_json({"similarity": similarity})
    else:
        say(f"{similarity:.4f}")

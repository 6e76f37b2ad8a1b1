"""tovec analogy: A is to B as C is to what."""

from typing import TYPE_CHECKING

import click

from tovec.cli.output import as_json_option, print_neighbors
from tovec.cli.source import takes_source

if TYPE_CHECKING:
    from tovec.embedding import Embedding


@click.command("analogy")
@takes_source
@click.argument("a")
@click.argument("b")
@click.argument("c")
@click.option("-k", default=10, show_default=True, help="How many answers.")
@as_json_option
def command(embedding: "Embedding", a: str, b: str, c: str, k: int, as_json: bool) -> None:
    """A is to B as C is to what: tokens nearest to B - A + C, the three left out."""
    print_neighbors(embedding.vocabulary, embedding.analogy(positive=[b, c], negative=[a], k=k), as_json)

"""tovec neighbors: the tokens nearest to a token."""

from typing import TYPE_CHECKING

import click

from tovec.cli.shared import as_json_option, print_neighbors, takes_source

if TYPE_CHECKING:
    from tovec.embedding import Embedding


@click.command("neighbors")
@takes_source
@click.argument("token")
@click.option("-k", default=10, show_default=True, help="How many.")
@as_json_option
def command(embedding: "Embedding", token: str, k: int, as_json: bool) -> None:
    """Tokens nearest to TOKEN by cosine similarity, in the original space."""
    print_neighbors(embedding.neighbors(token, k), as_json)

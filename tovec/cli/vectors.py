"""tovec vectors: print vectors."""

from typing import TYPE_CHECKING

import click

from tovec.cli.output import as_json_option, print_json, say, shown
from tovec.cli.source import takes_source

if TYPE_CHECKING:
    from tovec.embedding import Embedding


@click.command("vectors")
@takes_source
@click.argument("tokens", nargs=-1, required=True, metavar="TOKEN...")
@as_json_option
def command(embedding: "Embedding", tokens: tuple[str, ...], as_json: bool) -> None:
    """Print the vectors of the tokens."""
    import numpy as np

    ids, rows = [embedding.vocabulary.get(token) for token in tokens], embedding[list(tokens)]
    if as_json:
        print_json(
            {
                "results": [
                    {"token": token, "id": row, "vector": vector.tolist()}
                    for token, row, vector in zip(tokens, ids, rows, strict=True)
                ]
            }
        )
        return
    for token, row, vector in zip(tokens, ids, rows, strict=True):
        numbers = np.array2string(
            vector, precision=4, suppress_small=True, sign=" ", threshold=vector.size + 1
        )
        place = "unknown, made from its n-grams" if row is None else f"id {row}"
        say(f"{shown(token)} ({place})")
        say(numbers)

"""tovec vectors: print vectors."""

from typing import TYPE_CHECKING

import click

from tovec.cli.given_tokens import answer_each, given_tokens, tokens_argument
from tovec.cli.output import as_json_option, numbers_line, print_json, say, shown
from tovec.cli.source import takes_source

if TYPE_CHECKING:
    from tovec.embedding import Embedding
    from tovec.vectors.table import Rows


@click.command("vectors")
@takes_source
@tokens_argument
@as_json_option
def command(embedding: "Embedding", tokens: tuple[str, ...], as_json: bool) -> None:
    """Print the vectors of the tokens; `-` reads them from standard input, one a line."""
    with answer_each(given_tokens(tokens), embedding.__getitem__, embedding.__getitem__) as answered:
        if as_json:
            entries = [
                {"token": token, "id": embedding.vocabulary.get(token), "vector": vector.tolist()}
                for token, vector in answered
            ]
            print_json({"results": entries})
            return
        for token, vector in answered:
            _print(token, embedding.vocabulary.get(token), vector)


def _print(token: str, row: int | None, vector: "Rows") -> None:
    place = "unknown, made from its n-grams" if row is None else f"id {row}"
    say(f"{shown(token)} ({place})")
    say(numbers_line(vector))

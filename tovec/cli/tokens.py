"""tovec tokens: the road from text to ids."""

from typing import TYPE_CHECKING

import click

from tovec.cli.shared import as_json_option, print_json, shown, takes_source

if TYPE_CHECKING:
    from tovec.embedding import Embedding


@click.command("tokens")
@takes_source
@click.argument("text")
@as_json_option
def command(embedding: "Embedding", text: str, as_json: bool) -> None:
    """Show how TEXT becomes tokens, ids and vectors."""
    from tovec.text.spelling import readable

    tokens, spelling = embedding.tokenize(text), embedding.vocabulary.spelling
    ids = [embedding.vocabulary.get(token) for token in tokens]
    n, dim = embedding.n_tokens, embedding.dim
    if as_json:
        print_json(
            {
                "text": text,
                "tokens": tokens,
                "ids": ids,
                "n_tokens": n,
                "dim": dim,
                "one_hot_numbers": n * len(tokens),
                "embedding_numbers": dim * len(tokens),
            }
        )
        return
    click.echo(f"text     {text}")
    click.echo(f"tokens   {' · '.join(shown(readable(token, spelling)) for token in tokens)}")
    click.echo(f"ids      {' · '.join('unknown' if row is None else str(row) for row in ids)}")
    click.echo(
        f"one-hot  {len(tokens)} × {n:,} numbers: each token as many as the vocabulary has, one of them 1"
    )
    click.echo(f"vectors  {len(tokens)} × {dim:,} numbers: each token one row of the {n:,} × {dim:,} table")
    unknown = sum(row is None for row in ids)
    if unknown:
        vector = "no vector" if embedding.ngrams is None else "only the vector of their n-grams"
        click.echo(f"{unknown} of {len(tokens)} tokens are not in the vocabulary and have {vector}")

"""tovec inspect: what is in there."""

from typing import TYPE_CHECKING

import click

from tovec.cli.shared import as_json_option, print_json, shown, takes_source

if TYPE_CHECKING:
    from tovec.embedding import Embedding


@click.command("inspect")
@takes_source
@as_json_option
def command(embedding: "Embedding", as_json: bool) -> None:
    """Show what is in SOURCE: rows, dimensions, numbers, tokenizer, how it was made."""
    vocabulary, vectors = embedding.vocabulary, embedding.vectors
    counts = vocabulary.counts
    facts = {
        "n_tokens": embedding.n_tokens,
        "dim": embedding.dim,
        "dtype": str(vectors.dtype),
        "bytes": embedding.n_tokens * embedding.dim * vectors.dtype.itemsize,
        "tokenizer": None if embedding.tokenizer is None else dict(embedding.tokenizer.settings),
        "tokens_counted": None if counts is None else int(counts.sum()),
        "first_tokens": list(vocabulary.tokens[:10]),
        "provenance": embedding.provenance,
    }
    if as_json:
        print_json(facts)
        return
    tokenizer = "unknown" if embedding.tokenizer is None else embedding.tokenizer.name
    lowercase = "" if embedding.tokenizer is None else embedding.tokenizer.settings.get("lowercase", "")
    click.echo(f"rows        {embedding.n_tokens:,}")
    click.echo(f"dim         {embedding.dim:,}")
    click.echo(f"numbers     {facts['dtype']}, {facts['bytes']:,} bytes")
    click.echo(f"tokenizer   {tokenizer}{', lower case' if lowercase else ''}")
    if counts is not None:
        click.echo(f"counted     {facts['tokens_counted']:,} tokens")
    click.echo(f"first       {' · '.join(shown(token) for token in vocabulary.tokens[:10])}")
    for name, value in embedding.provenance.items():
        click.echo(f"{name:<11} {_short(value)}")


def _short(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items() if part not in (None, [], ""))
    if isinstance(value, list):
        return " ".join(f"{part:.4f}" if isinstance(part, float) else str(part) for part in value)
    return str(value)

"""tovec inspect: what is in there."""

from typing import TYPE_CHECKING, Any

import click

from tovec.cli.shared import as_json_option, print_json, shown, takes_source

if TYPE_CHECKING:
    from tovec.embedding import Embedding
    from tovec.ngram_table import NgramTable


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
        "ngrams": None if embedding.ngrams is None else _ngrams(embedding.ngrams),
        "first_tokens": list(vocabulary.tokens[:10]),
        "provenance": embedding.provenance,
    }
    if as_json:
        print_json(facts)
        return
    tokenizer = "unknown" if embedding.tokenizer is None else embedding.tokenizer.name
    settings = {} if embedding.tokenizer is None else embedding.tokenizer.settings
    habits = ", lower case" if settings.get("lowercase") else ""
    habits += f", {len(settings['phrases']):,} phrases" if "phrases" in settings else ""
    click.echo(f"rows        {embedding.n_tokens:,}")
    click.echo(f"dim         {embedding.dim:,}")
    click.echo(f"numbers     {facts['dtype']}, {facts['bytes']:,} bytes")
    click.echo(f"tokenizer   {tokenizer}{habits}")
    if embedding.ngrams is not None:
        ngrams = _ngrams(embedding.ngrams)
        click.echo(
            f"n-grams     of {ngrams['least']} to {ngrams['most']} {ngrams['unit']}, "
            f"{ngrams['rows']:,} rows for {ngrams['buckets']:,} buckets, "
            f"{ngrams['dtype']}, {ngrams['bytes']:,} bytes"
        )
    if counts is not None:
        click.echo(f"counted     {facts['tokens_counted']:,} tokens")
    click.echo(f"first       {' · '.join(shown(token) for token in vocabulary.tokens[:10])}")
    for name, value in embedding.provenance.items():
        click.echo(f"{name:<11} {_short(value)}")


def _ngrams(ngrams: "NgramTable") -> dict[str, Any]:
    """Return the rule, and what the table of its vectors holds."""
    n_rows, dtype = ngrams.vectors.shape[0], ngrams.vectors.dtype
    size = {"rows": n_rows, "dtype": str(dtype), "bytes": n_rows * ngrams.dim * dtype.itemsize}
    return {**ngrams.rule.as_json(), **size}


def _short(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items() if part not in (None, [], ""))
    if isinstance(value, list):
        return " ".join(f"{part:.4f}" if isinstance(part, float) else str(part) for part in value)
    return str(value)

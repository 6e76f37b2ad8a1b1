"""tovec convert: another format."""

from typing import TYPE_CHECKING

import click

from tovec.cli.shared import as_json_option, print_json, takes_source

if TYPE_CHECKING:
    from tovec.embedding import Embedding


@click.command("convert")
@takes_source
@click.argument("dest")
@as_json_option
def command(embedding: "Embedding", dest: str, as_json: bool) -> None:
    """Write SOURCE to DEST in the format that its suffix names: .vec or .txt (word2vec text),
    .bin (word2vec binary), none (tovec's folder)."""
    from tovec.formats import save_as

    written = save_as(embedding, dest)
    if embedding.ngrams is not None and not written.is_dir():
        click.echo(f"{dest} cannot hold n-grams: there, words that were never seen have no vectors", err=True)
    if as_json:
        print_json({"dest": dest, "n_tokens": embedding.n_tokens, "dim": embedding.dim})
    else:
        click.echo(f"wrote {embedding.n_tokens:,} × {embedding.dim:,} to {dest}")

"""tovec export: the page as one file."""

from typing import TYPE_CHECKING

import click

from tovec.cli.shared import as_json_option, print_json, say, takes_source
from tovec.cli.view import metadata_option, note, title_of_source
from tovec.interrupts import outcome_is

if TYPE_CHECKING:
    from tovec.embedding import Embedding


@click.command("export")
@takes_source
@click.option("-o", "--out", required=True, metavar="FILE", help="The HTML file.")
@metadata_option
@click.option(
    "--method",
    metavar="A,B",
    help="The projections in it, of none, pca, umap, tsne.  [default: what the page starts with]",
)
@click.option(
    "--vectors",
    type=click.Choice(["float32", "float16", "none"]),
    help="Vectors for neighbors, analogies and custom axes.  [default: the first that takes up to 64 MB]",
)
@as_json_option
def command(
    embedding: "Embedding",
    out: str,
    metadata: str | None,
    method: str | None,
    vectors: str | None,
    as_json: bool,
) -> None:
    """Write the page of SOURCE as one HTML file that works without a network."""
    from tovec.server.export import export

    outcome_is(out)
    methods = None if method is None else [name.strip() for name in method.split(",") if name.strip()]
    path = export(
        embedding,
        out,
        metadata=metadata,
        title=title_of_source(),
        methods=methods,
        vectors=vectors,
        tell=note,
    )
    n_bytes = path.stat().st_size
    if as_json:
        print_json({"out": out, "bytes": n_bytes})
    else:
        say(f"wrote {out}, {n_bytes / 1e6:.1f} MB")

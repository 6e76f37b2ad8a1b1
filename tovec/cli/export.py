"""tovec export: the page as one file."""

from typing import TYPE_CHECKING

import click

from tovec.cli.output import as_json_option, print_json, say
from tovec.cli.shown import takes_shown
from tovec.cli.view import (
    about_tokens,
    language_model_of_source,
    metadata_option,
    suspects_option,
    title_of_sources,
)
from tovec.interrupts import outcome_is

if TYPE_CHECKING:
    from tovec.cli.shown import Shown
    from tovec.models.model import Model


@click.command("export")
@takes_shown
@click.option("-o", "--out", required=True, metavar="FILE", help="The HTML file.")
@metadata_option
@suspects_option
@click.option(
    "--method",
    metavar="A,B",
    help="Projections to include, of none, pca, umap, tsne.  [default: pca; none up to dim 3; umap "
    "up to 60,000 tokens of one table]",
)
@click.option(
    "--vectors",
    type=click.Choice(["float32", "float16", "none"]),
    help="Number type of the vectors, which neighbors, analogies and custom axes need.  [default: the first "
    "that takes up to 64 MB; of a timeline the last moment's alone where all take more]",
)
@as_json_option
def command(
    shown: "Shown",
    model: "Model | None",
    out: str,
    metadata: str | None,
    with_suspects: bool,
    method: str | None,
    vectors: str | None,
    as_json: bool,
) -> None:
    """Write the page of SOURCE, or of two that are compared, as one HTML file that works offline."""
    from tovec.cli.progress import TerminalReporter
    from tovec.server.export import export

    outcome_is(out)
    methods = None if method is None else [name.strip() for name in method.split(",") if name.strip()]
    path = export(
        shown,
        out,
        metadata=about_tokens(shown, model, metadata, with_suspects),
        title=title_of_sources(),
        methods=methods,
        vectors=vectors,
        report=TerminalReporter(),
        language_model=language_model_of_source(shown),
    )
    n_bytes = path.stat().st_size
    if as_json:
        print_json({"out": out, "bytes": n_bytes})
    else:
        say(f"wrote {out}, {n_bytes / 1e6:.1f} MB")

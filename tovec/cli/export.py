"""tovec export: the page as one file, or as a folder for a static server."""

import shlex
from functools import partial
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
@click.option("-o", "--out", metavar="FILE", help="The HTML file.")
@click.option(
    "--site",
    metavar="DIR",
    help="Instead of a file: a folder for any static server, for large tables; data are fetched when needed.",
)
@click.option(
    "--approximate",
    is_flag=True,
    help="Find most of the neighbors that --site stores, not all: a fraction of the time for a large table.",
)
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
    out: str | None,
    site: str | None,
    approximate: bool,
    metadata: str | None,
    with_suspects: bool,
    method: str | None,
    vectors: str | None,
    as_json: bool,
) -> None:
    """Write the page of SOURCE, or of two that are compared, as one HTML file or as a folder for a server."""
    from tovec.cli.progress import TerminalReporter
    from tovec.server.export import export
    from tovec.server.site import export_site

    if (out is None) == (site is None):
        raise click.UsageError("-o FILE or --site DIR says what to write")
    if approximate and site is None:
        raise click.UsageError("--approximate goes with --site; the page in a file finds neighbors itself")
    target = out or site or ""
    outcome_is(target)
    write = export if site is None else partial(export_site, approximate=approximate)
    path = write(
        shown,
        target,
        metadata=about_tokens(shown, model, metadata, with_suspects),
        title=title_of_sources(),
        methods=None if method is None else [name.strip() for name in method.split(",") if name.strip()],
        vectors=vectors,
        report=TerminalReporter(),
        language_model=language_model_of_source(shown),
    )
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    n_bytes = sum(each.stat().st_size for each in files)
    if as_json:
        print_json({"out": target, "bytes": n_bytes})
        return
    say(f"wrote {target}, {n_bytes / 1e6:.1f} MB")
    if site is not None:
        say(f"see it: python -m http.server -d {shlex.quote(target)}, at http://localhost:8000")

"""tovec plot: a figure."""

from typing import TYPE_CHECKING

import click

from tovec.cli.output import as_json_option, print_json, say
from tovec.cli.source import takes_source
from tovec.interrupts import outcome_is

if TYPE_CHECKING:
    from tovec.embedding import Embedding


@click.command("plot")
@takes_source
@click.option("-o", "--out", required=True, metavar="FILE", help="The figure: .png, .svg or .pdf.")
@click.option("--dims", type=int, help="2 or 3.  [default: 3, or 2 for vectors of one or two dimensions]")
@click.option("--tokens", metavar="A,B,C", help="Draw only these tokens.")
@click.option(
    "--method",
    help="none (the first dimensions as they are), pca, umap, tsne.  [default: none up to dim 3, else pca]",
)
@click.option("--title", help="The title.  [default: the number of tokens and dimensions]")
@as_json_option
def command(
    embedding: "Embedding",
    out: str,
    dims: int | None,
    tokens: str | None,
    method: str | None,
    title: str | None,
    as_json: bool,
) -> None:
    """Draw SOURCE in two or three dimensions."""
    from tovec.figures.figure import plot, save_figure

    outcome_is(out)
    chosen = None if tokens is None else [token for token in tokens.split(",") if token]
    figure = plot(embedding, dims=dims, tokens=chosen, method=method, title=title)
    save_figure(figure, out)
    if figure.left_out is not None:
        say(figure.left_out, err=True)
    if as_json:
        print_json({"out": out})
    else:
        say(f"drew {figure.n_drawn:,} tokens in {out}")

"""tovec measure: what a table of vectors is like."""

from typing import TYPE_CHECKING

import click

from tovec.cli.limits import Limits, limit_options
from tovec.cli.output import as_json_option, print_json, say
from tovec.cli.source import takes_source
from tovec.cli.table import as_markdown_option
from tovec.interrupts import outcome_is

if TYPE_CHECKING:
    from tovec.embedding import Embedding


def _explain(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    """Print the explanations of all figures and end; SOURCE is not needed."""
    if not wanted:
        return
    from tovec.cli.geometry_lines import explanation_lines
    from tovec.measures.geometry import EXPLAINED, explain

    for line in explanation_lines(explain, list(EXPLAINED)):
        say(line)
    context.exit()


@click.command("measure")
@takes_source
@click.option(
    "--geometry", "of_geometry", is_flag=True, help="Lengths, spread, isotropy, hubs and odd rows of SOURCE."
)
@click.option(
    "--explain",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_explain,
    help="Print the formula, the source and how to read each figure of --geometry, and end.",
)
@click.option("-k", default=10, show_default=True, help="How many neighbors hubness looks at.")
@click.option("--near", default=0.999, show_default=True, help="The cosine of nearly identical rows.")
@click.option(
    "--queries",
    default=5000,
    show_default=True,
    metavar="N",
    help="Rows of a table of more than 50,000 whose neighbors are searched.",
)
@click.option("--seed", default=0, show_default=True, help="Which rows these are.")
@click.option("-o", "--out", metavar="FILE", help="Also a figure: .png, .svg or .pdf.")
@limit_options
@as_markdown_option
@as_json_option
def command(
    embedding: "Embedding",
    of_geometry: bool,
    k: int,
    near: float,
    queries: int,
    seed: int,
    out: str | None,
    limits: Limits,
    as_markdown: bool,
    as_json: bool,
) -> None:
    """Measure SOURCE: numbers that say what its vectors are like."""
    from tovec.cli.geometry_lines import geometry_json, geometry_lines
    from tovec.cli.progress import TerminalReporter
    from tovec.measures.geometry import geometry

    if not of_geometry:
        raise click.UsageError("say what to measure: --geometry")
    if out is not None:
        outcome_is(out)
    found = geometry(embedding, k=k, near=near, queries=queries, seed=seed, report=TerminalReporter())
    if out is not None:
        from tovec.figures.figure import save_figure
        from tovec.figures.geometry import geometry_figure

        save_figure(geometry_figure(found), out)
    if as_json:
        print_json({**geometry_json(found, embedding.vocabulary.tokens), "out": out})
    else:
        for line in geometry_lines(found, embedding.vocabulary, as_markdown):
            say(line)
        if out is not None:
            say(f"drew them in {out}")
    limits.check(found.figures)

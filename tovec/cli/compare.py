"""tovec compare: what moved between two tables."""

from collections.abc import Sequence

import click

from tovec.cli.bounds import Bounds, takes_bounds
from tovec.cli.figure_file import figure_option
from tovec.cli.output import as_json_option, print_json, say
from tovec.cli.source import OpenSource, opens_sources
from tovec.cli.tables import markdown_option


@click.command("compare")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option(
    "-k", "n_printed", type=click.IntRange(1), help="How many to print.  [default: 30, or all with --json]"
)
@click.option(
    "--coordinates",
    type=click.Choice(["auto", "shared", "rotated"]),
    default="auto",
    show_default=True,
    help="Whether both share their coordinates, as a model and what was made of it, or one is rotated onto "
    "the other, as two trainings.",
)
@click.option(
    "--runs",
    metavar="SOURCE",
    multiple=True,
    help="A further training like A with another seed: noise is what moves between these; may be repeated.",
)
@click.option(
    "--neighbors",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    metavar="N",
    help="How many nearest neighbors are compared.",
)
@click.option(
    "--sample",
    default=2000,
    show_default=True,
    metavar="N",
    help="Of how many tokens neighbors are searched, besides the 1,000 that moved most.",
)
@click.option("--all-neighbors", is_flag=True, help="Search the neighbors of all tokens.")
@click.option("--seed", default=0, show_default=True, help="Of the sample.")
@figure_option("Draw it")
@opens_sources
@takes_bounds
@as_json_option
@markdown_option
def command(
    a: str,
    b: str,
    n_printed: int | None,
    coordinates: str,
    runs: Sequence[str],
    neighbors: int,
    sample: int,
    all_neighbors: bool,
    seed: int,
    out: str | None,
    open_source: OpenSource,
    bounds: Bounds,
    as_json: bool,
    markdown: bool,
) -> None:
    """Say what moved from A to B: two models, copies of one, its input and output, moments, trainings.

    --tokenizer, --limit and --strict are of all sources. Figures for --fail-over are those of --json, such as
    moved or moved_share.
    """
    from tovec.cli.compare_lines import FIGURES, comparison_json, figures_of, print_comparison
    from tovec.cli.progress import TerminalReporter
    from tovec.comparison.comparison import compare

    bounds.check_names(FIGURES)
    opened = [open_source(source) for source in (a, b, *runs)]
    found = compare(
        *opened[:2],
        names=("A", "B"),
        coordinates=coordinates,  # type: ignore[arg-type] # click has checked it
        runs=opened[2:],
        sample=sample,
        k=neighbors,
        all_neighbors=all_neighbors,
        seed=seed,
        report=TerminalReporter(),
    )
    if out is not None and not found.is_equal:
        from tovec.figures.comparison import comparison_figure
        from tovec.figures.figure import save_figure

        save_figure(comparison_figure(found, (a, b)), out)
    if as_json:
        print_json(comparison_json(found, (a, b), n_printed))
    else:
        print_comparison(found, (a, b), n_printed, markdown)
        if out is not None:
            nothing = f"drew nothing in {out}: there is no difference"
            say(nothing if found.is_equal else f"drew it in {out}")
    bounds.check(figures_of(found))

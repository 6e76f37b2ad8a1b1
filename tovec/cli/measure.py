"""tovec measure: scores of vectors on tests that people have made, and what a table is like."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from tovec.cli.bounds import Bounds, takes_bounds
from tovec.cli.figure_file import figure_option
from tovec.cli.output import as_json_option, note, print_json, say
from tovec.cli.score_lines import measurement_json, print_measurement
from tovec.cli.source import OpenSource, opens_sources
from tovec.cli.tables import markdown_option, print_title

if TYPE_CHECKING:
    from tovec.embedding import Embedding
    from tovec.measures.geometry import Geometry

METHODS = ("3CosAdd", "3CosMul", "LRCos")


def _explain(context: click.Context, parameter: click.Parameter, is_asked: bool) -> None:
    """Print what each figure of --geometry is, and end; SOURCE is not needed."""
    if is_asked:
        from tovec.cli.explanations import print_explanations
        from tovec.measures.geometry import EXPLAINED, explain

        print_explanations(EXPLAINED, explain)
        context.exit()


@click.command("measure")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "--similarity",
    metavar="FILE",
    multiple=True,
    help="Word pairs with people's scores, in columns of any kind, or a folder of such files.",
)
@click.option(
    "--analogies",
    metavar="FILE",
    multiple=True,
    help="Analogies in Google's form, or BATS's files or folder.",
)
@click.option(
    "--categories", metavar="FILE", multiple=True, help="Words and their categories, in two columns."
)
@click.option(
    "--method",
    "methods",
    type=click.Choice(METHODS, case_sensitive=False),
    multiple=True,
    default=METHODS[:1],
    show_default=True,
    help="How analogies are answered; may be repeated.",
)
@click.option(
    "--most-frequent",
    type=click.IntRange(1),
    default=300_000,
    show_default=True,
    metavar="N",
    help="Only these tokens take part in analogies.",
)
@click.option("--sections", is_flag=True, help="Also each section of the analogies.")
@click.option(
    "--geometry",
    "with_geometry",
    is_flag=True,
    help="Lengths, spread, isotropy, hubs and odd rows of the table.",
)
@click.option(
    "--explain",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_explain,
    help="Print the formula, the source and how to read each figure of --geometry, and end.",
)
@click.option(
    "-k", default=10, show_default=True, help="How many neighbors the hubness of --geometry looks at."
)
@click.option("--near", default=0.999, show_default=True, help="The cosine of nearly identical rows.")
@click.option(
    "--queries",
    default=5000,
    show_default=True,
    metavar="N",
    help="In a table of more than 50,000 rows, how many are asked for their neighbors.",
)
@figure_option("A figure of --geometry")
@click.option("--seed", default=0, show_default=True, help="Of all random choices.")
@opens_sources
@takes_bounds
@as_json_option
@markdown_option
def command(
    sources: Sequence[str],
    similarity: Sequence[str],
    analogies: Sequence[str],
    categories: Sequence[str],
    methods: Sequence[str],
    most_frequent: int,
    sections: bool,
    with_geometry: bool,
    k: int,
    near: float,
    queries: int,
    out: str | None,
    seed: int,
    open_source: OpenSource,
    bounds: Bounds,
    as_json: bool,
    markdown: bool,
) -> None:
    """Score vectors on tests: similarity of word pairs, analogies, categories; or say what the table is like.

    Several SOURCEs are compared with the first, on the pairs that both cover. The names of figures for
    --fail-under are those of --json, such as EN-SIMLEX-999.spearman.
    """
    has_tests = bool(similarity or analogies or categories)
    if not (has_tests or with_geometry):
        raise click.UsageError(
            "name a test: --similarity FILE, --analogies FILE or --categories FILE, or ask for --geometry"
        )
    if out is not None and (not with_geometry or len(sources) > 1):
        raise click.UsageError("-o FILE draws the --geometry of one SOURCE")
    from tovec.measures.measure import Measurement, measure

    opened = [open_source(source) for source in sources]
    found = Measurement((), (), (), (), ())
    if has_tests:
        found = measure(
            *opened,
            similarity=similarity,
            analogies=analogies,
            categories=categories,
            methods=methods,
            limit=most_frequent,
            seed=seed,
        )
    options = {"k": k, "near": near, "queries": queries, "seed": seed}
    geometries = [_geometry(embedding, options) for embedding in opened] if with_geometry else []
    if out is not None:
        from tovec.figures.figure import save_figure
        from tovec.figures.geometry import geometry_figure

        save_figure(geometry_figure(geometries[0]), out)
    figures = {**found.figures, **_figures(geometries)}
    for line in found.notes:
        note(f"note: {line}")
    if as_json:
        more = _geometries_json(geometries, opened) if with_geometry else {}
        print_json(
            {**measurement_json(sources, found), **more, "figures": figures, **({"out": out} if out else {})}
        )
    else:
        print_measurement(sources, found, sections, markdown)
        _print_geometries(sources, opened, geometries, has_tests, markdown)
        if out is not None:
            say(f"drew them in {out}")
    bounds.check(
        {name: [math.nan if each is None else each for each in all] for name, all in figures.items()}
    )


def _geometry(embedding: "Embedding", options: dict[str, Any]) -> "Geometry":
    from tovec.cli.progress import TerminalReporter
    from tovec.measures.geometry import geometry

    return geometry(embedding, **options, report=TerminalReporter())


def _figures(geometries: "Sequence[Geometry]") -> dict[str, list[float | None]]:
    """Return the figures of all tables by name."""
    names = geometries[0].figures if geometries else ()
    return {name: [each.figures[name] for each in geometries] for name in names}


def _geometries_json(
    geometries: "Sequence[Geometry]", opened: "Sequence[Embedding]"
) -> dict[str, list[dict[str, Any]]]:
    from tovec.cli.geometry_lines import geometry_json

    both = zip(geometries, opened, strict=True)
    return {"geometry": [geometry_json(found, embedding.vocabulary.tokens) for found, embedding in both]}


def _print_geometries(
    sources: Sequence[str],
    opened: "Sequence[Embedding]",
    geometries: "Sequence[Geometry]",
    has_tests: bool,
    markdown: bool,
) -> None:
    for place, found in enumerate(geometries):
        from tovec.cli.geometry_lines import print_geometry

        if place or has_tests:
            print_title(sources[place], markdown)
        elif len(sources) > 1:
            say(sources[place])
        print_geometry(found, opened[place].vocabulary, markdown)

"""tovec align: one table in the space of another."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tovec.cli.bounds import Bounds, takes_bounds
from tovec.cli.output import as_json_option, note, print_json, say, shown
from tovec.cli.source import OpenSource, opens_sources
from tovec.cli.tables import Cell, markdown_option, print_table, print_title
from tovec.counted import counted
from tovec.errors import CannotSave
from tovec.interrupts import outcome_is

if TYPE_CHECKING:
    from tovec.comparison.alignment import Alignment
    from tovec.comparison.held_out import Precision


@click.command("align")
@click.argument("a")
@click.argument("b")
@click.option(
    "-o", "--out", metavar="DIR", help="The folder of A in the space of B, with map.safetensors beside it."
)
@click.option(
    "--dictionary",
    metavar="FILE",
    help="Words of A and their translations in B, in two columns.  [default: the tokens that both have]",
)
@click.option(
    "--center/--no-center",
    default=False,
    show_default=True,
    help="See both tables from the mean of their frequent rows.",
)
@click.option(
    "--refine",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Fit the map N times anew, on the frequent rows that are each other's nearest by CSLS: for a small "
    "dictionary.",
)
@click.option(
    "--most-frequent",
    type=click.IntRange(1),
    default=20_000,
    show_default=True,
    metavar="N",
    help="Only these tokens of each table are found and, without --dictionary, used for the map.",
)
@click.option(
    "--held-out",
    default=0.2,
    show_default=True,
    metavar="SHARE",
    help="Of the words, for testing the map, at most 1,500.",
)
@click.option("--seed", default=0, show_default=True, help="Which words are held out.")
@click.option("--dtype", default="f32", show_default=True, help="Of the rows in DIR: f32, f16, int8.")
@click.option(
    "-k",
    type=click.IntRange(0),
    default=5,
    show_default=True,
    help="How many held-out words to print; --json has all.",
)
@opens_sources
@takes_bounds
@markdown_option
@as_json_option
def command(
    a: str,
    b: str,
    out: str | None,
    dictionary: str | None,
    center: bool,
    refine: int,
    most_frequent: int,
    held_out: float,
    seed: int,
    dtype: str,
    k: int,
    open_source: OpenSource,
    bounds: Bounds,
    markdown: bool,
    as_json: bool,
) -> None:
    """Bring A into the space of B by an orthogonal map, and say how many held-out words it finds there.

    A and B are any sources, also of different dims. Without --out the figures are printed and nothing is
    written. The names of figures for --fail-under are those of --json: precision, precision_at_5,
    cosine_precision, coverage, kept.
    """
    from tovec.cli.progress import TerminalReporter
    from tovec.comparison.alignment import FIGURES, align, check_can_be_saved
    from tovec.storage import real_path

    bounds.check_names(FIGURES)
    if out is not None:
        outcome_is(out)
        if real_path(Path(out)) in [real_path(Path(source.partition("#")[0])) for source in (a, b)]:
            raise CannotSave(f"{out} is one of the two sources, which would be replaced; name a new folder")
        check_can_be_saved(out, dtype)
    opened = [open_source(source) for source in (a, b)]
    found = align(
        *opened,
        dictionary=dictionary,
        center=center,
        refine=refine,
        most_frequent=most_frequent,
        held_out=held_out,
        seed=seed,
        names=(a, b),
        report=TerminalReporter(),
    )
    if out is not None:
        found.save(out, dtype=dtype)
    for line in found.notes:
        note(f"note: {line}")
    if as_json:
        print_json(_facts(found, out))
    else:
        _print(found, opened[0].dim, opened[1].dim, k, markdown)
        if out is not None:
            _print_saved(found, out)
    bounds.check(found.figures)


def _facts(found: "Alignment", out: str | None) -> dict[str, Any]:
    return {
        "results": [each._asdict() for each in found.results],
        "figures": found.figures,
        "precision_interval": list(found.csls.interval),
        "pairs": found.pairs._asdict(),
        "candidates": found.n_candidates,
        "refined": list(found.refined),
        "scale": found.space.scale,
        "notes": list(found.notes),
        **({} if out is None else {"out": out, "left_behind": list(found.left_out)}),
    }


def _print(found: "Alignment", dim_a: int, dim_b: int, k: int, markdown: bool) -> None:
    pairs = found.pairs
    without = f", {pairs.without_direction:,} without a direction" if pairs.without_direction else ""
    have = counted(pairs.given, "pair has", "pairs have")
    say(f"{pairs.covered:,} of {have} rows in both tables{without} ({pairs.how})")
    say(f"map of {dim_a:,} to {counted(dim_b, 'dimension')}, fitted on {pairs.fitted:,} of them")
    for at, n in enumerate(found.refined, start=1):
        say(f"refined {at}: on {n:,} rows that are each other's nearest")
    if dim_a > dim_b:
        say(
            f"it keeps {100 * found.kept:.1f} % of the squared lengths: {dim_b:,} of "
            f"{counted(dim_a, 'direction')}"
        )
    say(f"{counted(pairs.words, 'held-out word')}, among {counted(found.n_candidates, 'token')}")
    rows = [_cells("CSLS", found.csls), _cells("nearest by cosine", found.cosine)]
    if found.before is not None:
        rows.append(_cells("without the map", found.before))
    print_table(("", "precision@1", "from", "to", "precision@5"), rows, markdown)
    printed = found.results[:: max(1, len(found.results) // max(1, k))][:k]  # from frequent to rare
    if printed:
        print_title("some of them", markdown)
        words: list[list[Cell]] = [
            [shown(each.token), _listed(each.answers), _listed(each.found)] for each in printed
        ]
        print_table(("word", "right", "found"), words, markdown)


def _cells(name: str, precision: "Precision") -> list[Cell]:
    return [name, precision.at_1, *precision.interval, precision.at_5]


def _listed(tokens: tuple[str, ...]) -> str:
    return ", ".join(map(shown, tokens))


def _print_saved(found: "Alignment", out: str) -> None:
    say("")
    say(f"wrote {found.embedding.n_tokens:,} × {found.embedding.dim:,} to {out}, and map.safetensors in it")
    if found.left_out:
        note(f"note: left behind, since they do not belong to the new rows: {', '.join(found.left_out)}")

"""tovec suspects: tokens that look under-trained."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from tovec.cli.bounds import Bounds, takes_bounds
from tovec.cli.columns import check_column, column_option
from tovec.cli.output import as_json_option, print_json, say, shown
from tovec.cli.source import opened_source, takes_model
from tovec.cli.tables import Cell, markdown_option, print_table
from tovec.counted import counted

if TYPE_CHECKING:
    from tovec.embedding import Embedding
    from tovec.measures.indicator_agreement import Agreement
    from tovec.measures.suspects import Suspect, Suspects
    from tovec.models.model import Model
    from tovec.text.vocabulary import Vocabulary

SHOWN = 30  # suspects, for people


@click.command("suspects")
@takes_model
@click.option("--text", metavar="FILE", help="Only tokens that occur in this text, with how often they do.")
@column_option("--text FILE")
@click.option("--indicator", metavar="NAME", help="What to rank by.  [default: the first that is not blind]")
@click.option(
    "--compare",
    metavar="SOURCE2",
    help="Another copy, such as the one before it was quantized: whether it ranks tokens alike.",
)
@click.option(
    "-k", type=click.IntRange(1), help=f"How many to print.  [default: {SHOWN}, or all with --json]"
)
@takes_bounds
@markdown_option
@as_json_option
def command(
    model: "Model",
    embedding: "Embedding",
    text: str | None,
    column: str | None,
    indicator: str | None,
    compare: str | None,
    k: int | None,
    bounds: Bounds,
    markdown: bool,
    as_json: bool,
) -> None:
    """Tokens of SOURCE whose rows look under-trained, from its tables alone; nothing is verified.

    The names of figures for --fail-over are those of --json, such as suspects.
    """
    from tovec.measures.suspects import suspects

    check_column(column, text)
    source = looked_at(model, embedding)
    other = None if compare is None else looked_at(*opened_source(compare, None, None, False))
    found = suspects(source, text=text, column=column, indicator=indicator, compare=other)
    if as_json:
        print_json({"results": [_entry(suspect) for suspect in found.results[:k]], **_facts(found)})
    else:
        _print_suspects(found, embedding.vocabulary, k or SHOWN, markdown)
    bounds.check(found.figures)


def _print_suspects(found: "Suspects", vocabulary: "Vocabulary", k: int, markdown: bool) -> None:
    for line in _lines(found):
        say(line)
    if found.results:
        say("")
        print_table(*_table(found, vocabulary, k), markdown)
    if len(found) > k:
        say(f"… and {len(found) - k:,} more; -k {len(found)} prints all")


def looked_at(model: "Model", embedding: "Embedding") -> "Model | Embedding":
    """Return the model, the model of an output alone for SOURCE#output, or another table that is named."""
    given, output = (None if name in model.closed else getattr(model, name) for name in ("input", "output"))
    if embedding is (output if given is None else given):
        return model
    return replace(model, input_table=None, closed={}) if embedding is output else embedding


def _entry(suspect: "Suspect") -> dict[str, Any]:
    """Return a suspect as JSON values."""
    entry: dict[str, Any] = {
        "token": suspect.token,
        "id": suspect.id,
        "value": suspect.value,
        "values": dict(suspect.values),
        "is_reference": suspect.is_reference,
        "is_zero": suspect.is_zero,
        "category": suspect.category,
    }
    return entry if suspect.count is None else {**entry, "count": suspect.count}


def _facts(found: "Suspects") -> dict[str, Any]:
    """Return how the suspects were found, as JSON values."""
    return {
        "indicator": found.indicator,
        "threshold": found.threshold,
        "how": found.how,
        "reference": {"kind": found.reference, "rows": found.n_reference, "core": found.n_core},
        "blind": dict(found.blind),
        "agreement": [_alike(each) for each in found.agreement],
        "compared": [_alike(each) for each in found.compared],
        "categories": found.categories,
        "notes": list(found.notes),
        "n_tokens": found.n_tokens,
        "figures": found.figures,
    }


def _alike(agreement: "Agreement") -> dict[str, Any]:
    return {
        "indicator": agreement.name,
        "correlation": agreement.correlation,
        "shared": agreement.shared,
        "tokens": agreement.n_tokens,
    }


def _lines(found: "Suspects") -> Iterator[str]:
    from tovec.measures.indicators import INDICATORS

    yield found.headline
    if found.indicator:
        yield f"ranked by {found.indicator}, the {INDICATORS[found.indicator].meaning}; {found.how}"
    if found.reference:
        yield (
            f"reference: {counted(found.n_reference, 'row')}, {found.reference}; compared "
            f"with the {found.n_core:,} "
            "that lie together"
        )
    else:
        yield "reference: no row is known to be unused"
    for why in dict.fromkeys(found.blind.values()):
        names = ", ".join(name for name, reason in found.blind.items() if reason == why)
        yield f"blind: {names}: {why}"
    for each in found.agreement:
        yield f"{each.name}: {_agrees(each)}"
    for each in found.compared:
        yield f"the other copy, {each.name}: {_agrees(each)}"
    if found.categories is not None:
        kinds = (f"{n:,} {name}" for name, n in found.categories.items() if n)
        yield f"categories: {', '.join(kinds)}"
    yield from found.notes


def _agrees(each: "Agreement") -> str:
    if each.correlation != each.correlation:
        return f"no rank correlation over {each.n_tokens:,} ordinary tokens, which all have one value"
    shared = "" if each.shared != each.shared else f", {each.shared:.0%} of the lowest are the same"
    return f"rank correlation {each.correlation:.2f} over {each.n_tokens:,} ordinary tokens{shared}"


def _table(found: "Suspects", vocabulary: "Vocabulary", k: int) -> tuple[list[str], list[list[Cell]]]:
    """Return the heads and the rows of the first `k` suspects."""
    has_counts = any(suspect.count is not None for suspect in found.results)
    heads = ["token", "id", found.indicator or "value", *(["in the text"] if has_counts else []), ""]
    rows: list[list[Cell]] = []
    for suspect in found.results[:k]:
        marks = [
            *(["reference"] if suspect.is_reference else []),
            *(["all zeros"] if suspect.is_zero else []),
            *([suspect.category] if suspect.category not in (None, "ok") else []),
        ]
        count = [suspect.count] if has_counts else []
        token = shown(vocabulary.readable(suspect.id))
        value = f"{suspect.value:.3g}" if suspect.value == suspect.value else "-"
        rows.append([token, suspect.id, value, *count, ", ".join(map(str, marks))])
    return heads, rows

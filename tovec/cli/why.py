"""tovec why: why two tokens are near."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from tovec.cli.bounds import Bounds, takes_bounds
from tovec.cli.columns import check_column, column_option
from tovec.cli.output import as_json_option, print_json, say, shown
from tovec.cli.source import takes_source
from tovec.cli.tables import Cell, display_width, markdown_option, print_table, print_title
from tovec.counted import counted
from tovec.escapes import one_line

if TYPE_CHECKING:
    from tovec.embedding import Embedding
    from tovec.measures.evidence import Evidence, Line
    from tovec.measures.why import AxisShare, Why

LINES_OF = {"a": "lines with {a}", "b": "lines with {b}", "both": "lines with both"}


@click.command("why")
@takes_source
@click.argument("a")
@click.argument("b")
@click.option(
    "--text",
    metavar="FILE",
    help="The text that the vectors were trained on: shared contexts and lines.  [default: the one that "
    "SOURCE records]",
)
@column_option("--text FILE")
@click.option(
    "--window",
    type=click.IntRange(1),
    metavar="N",
    help="How many tokens on each side count as context.  [default: as in training, else 5]",
)
@click.option(
    "-k",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    help="How many axes to print; --json has all.",
)
@click.option("--contexts", default=10, show_default=True, help="How many shared contexts.")
@click.option("--lines", default=4, show_default=True, help="How many lines of each kind.")
@click.option("--seed", default=0, show_default=True, help="Seed of the axes.")
@takes_bounds
@markdown_option
@as_json_option
def command(
    embedding: "Embedding",
    a: str,
    b: str,
    text: str | None,
    column: str | None,
    window: int | None,
    k: int,
    contexts: int,
    lines: int,
    seed: int,
    bounds: Bounds,
    markdown: bool,
    as_json: bool,
) -> None:
    """Why A and B are near: their cosine as a sum over named axes, and lines of the text.

    The names of figures for --fail-under are those of --json: similarity, mean, outside.
    """
    from tovec.cli.progress import TerminalReporter
    from tovec.measures.why import why
    from tovec.text.recorded_text import recorded_text

    check_column(column, text)
    found = why(
        embedding,
        a,
        b,
        text=recorded_text(embedding.provenance.get("text")) if text is None else text,
        column=column,
        window=window,
        contexts=contexts,
        lines=lines,
        seed=seed,
        report=TerminalReporter(),
    )
    if as_json:
        print_json(_facts(found))
    else:
        _print_why(embedding, found, k, markdown)
    bounds.check({"similarity": found.similarity, "mean": found.mean, "outside": found.outside})


def _print_why(embedding: "Embedding", found: "Why", k: int, markdown: bool) -> None:
    from tovec.text.recorded_text import recorded_name

    _print_axes(embedding, found, k, markdown)
    if found.evidence is None:
        say("")
        name = recorded_name(embedding.provenance.get("text"))
        where = "where the text of these vectors is, is unknown"
        if name is not None:
            where = f"the text of these vectors, {name}, is not there any more or has changed"
        say(f"{where}; --text FILE gives contexts and lines of it")
    else:
        _print_evidence(found, found.evidence, markdown)


def _facts(found: "Why") -> dict[str, Any]:
    """Return all that was found, as JSON values."""
    return {
        "results": [vars(share) for share in found.results],
        "similarity": found.similarity,
        "mean": found.mean,
        "outside": found.outside,
        "converged": found.converged,
        "evidence": None if found.evidence is None else _evidence_json(found.evidence),
    }


def _evidence_json(evidence: "Evidence") -> dict[str, Any]:
    return {
        **vars(evidence),
        "contexts": [vars(context) for context in evidence.contexts],
        "lines": [vars(line) for line in evidence.lines],
    }


def _print_axes(embedding: "Embedding", found: "Why", k: int, markdown: bool) -> None:
    first, others = found.results[:k], found.results[k:]
    say(f"cosine of {shown(found.a)} and {shown(found.b)}: {found.similarity:.4f}, which is the sum of")
    rows = [_axis_row(embedding, share) for share in first]
    if others:
        rest = sum(share.contribution for share in others)
        rows.append([f"{rest:+.4f}", "", f"the other {counted(len(others), 'axis', 'axes')}"])
    rows.append([f"{found.mean:+.4f}", "", "the mean of all tokens"])
    if abs(found.outside) >= 5e-5:
        rows.append([f"{found.outside:+.4f}", "", "directions that no axis has"])
    print_table(["", "p", "axis, by the tokens farthest along it"], rows, markdown)
    if any(share.is_significant for share in first):
        say("* too large to be a chance, among all axes")
    if first and not found.converged:
        say("the axes were still changing when the search for them ended; another --seed may give others")


def _axis_row(embedding: "Embedding", share: "AxisShare") -> list[Cell]:
    mark = " *" if share.is_significant else ""
    names = (shown(embedding.vocabulary.readable(embedding.vocabulary.id(each))) for each in share.tokens)
    return [f"{share.contribution:+.4f}", f"{share.p:.2g}{mark}", f"{share.axis}: {', '.join(names)}"]


def _print_evidence(found: "Why", evidence: "Evidence", markdown: bool) -> None:
    a, b = shown(found.a), shown(found.b)
    is_one = found.a == found.b
    other = "" if is_one else f" {b} {counted(evidence.count_b, 'time')},"
    print_title(
        f"in the text: {a} {counted(evidence.count_a, 'time')},{other} within "
        f"{counted(evidence.window, 'token')} of each other "
        f"{counted(evidence.together, 'time')}",
        markdown,
    )
    if evidence.note is not None:
        say(f"note: {evidence.note}")
    if evidence.contexts:
        say(f"contexts of both, by their share of the cosine of PPMI, {evidence.similarity:.3f}")
        rows: list[list[Cell]] = [
            [shown(each.token), each.with_a, each.with_b, each.share] for each in evidence.contexts
        ]
        print_table(["context", f"with {a}", f"with {b}", "share"], rows, markdown)
    for kind, title in LINES_OF.items():
        lines = [line for line in evidence.lines if line.kind == kind]
        if lines and not (is_one and kind == "b"):
            print_title(title.format(a=a, b=b), markdown)
            _print_aligned(lines)


def _print_aligned(lines: "Sequence[Line]") -> None:
    """Print lines with their words below each other."""
    befores = [one_line(line.before) for line in lines]
    width = max(map(display_width, befores))
    for line, before in zip(lines, befores, strict=True):
        pad = " " * (width - display_width(before))
        say(f"{pad}{before}[{one_line(line.word)}]{one_line(line.after)}")

"""tovec neighbors: the tokens nearest to a token."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tovec.cli.bounds import Bounds, takes_bounds
from tovec.cli.columns import check_column, column_option
from tovec.cli.given_tokens import answer_each, given_tokens, tokens_argument
from tovec.cli.output import as_json_option, note, print_json, say, say_beside, shown
from tovec.cli.source import takes_source
from tovec.cli.tables import Cell, markdown_option, print_table, print_title
from tovec.counted import are, counted
from tovec.errors import TovecError
from tovec.interrupts import Interrupted, outcome, outcome_is
from tovec.text.scripts import SCRIPTS, script_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tovec.embedding import Embedding, Neighbor
    from tovec.text.vocabulary import Vocabulary
    from tovec.training.config import Settings


@click.command("neighbors")
@takes_source
@tokens_argument
@click.option("-k", default=10, show_default=True, help="How many for each.")
@click.option(
    "--bytes", "with_bytes", is_flag=True, help="Also the exact bytes of each token, in hexadecimal."
)
@click.option(
    "--script",
    type=click.Choice(SCRIPTS, case_sensitive=False),
    metavar="NAME",
    help=f"Find only tokens of a script: {', '.join(SCRIPTS)}.",
)
@click.option("--among", metavar="FILE", help="Find only the tokens of a file, one a line.")
@click.option(
    "--most-frequent",
    type=click.IntRange(1),
    metavar="N",
    help="Find only the N most frequent tokens, or the first N in a table without counts.",
)
@click.option("--approximate", is_flag=True, help="Search an index; print its recall to stderr.")
@click.option(
    "--index", metavar="FILE", help="The file of the index, built if missing. Goes with --approximate."
)
@click.option(
    "--seeds",
    type=click.IntRange(1),
    metavar="N",
    help="How stable they are: train N times more on --text, as SOURCE was. Ctrl+C keeps the runs so far.",
)
@click.option("--text", metavar="FILE", help="The text that SOURCE was trained on. Goes with --seeds.")
@column_option("--text FILE")
@click.option("--epochs", type=click.IntRange(1), help="Of each run of --seeds.  [default: as SOURCE]")
@click.option(
    "--bootstrap", is_flag=True, help="Draw the documents of each run of --seeds anew, with replacement."
)
@takes_bounds
@markdown_option
@as_json_option
def command(
    embedding: "Embedding",
    tokens: tuple[str, ...],
    k: int,
    with_bytes: bool,
    script: str | None,
    among: str | None,
    most_frequent: int | None,
    approximate: bool,
    index: str | None,
    seeds: int | None,
    text: str | None,
    column: str | None,
    epochs: int | None,
    bootstrap: bool,
    bounds: Bounds,
    markdown: bool,
    as_json: bool,
) -> None:
    """Tokens nearest to each TOKEN by cosine similarity, in the original space.

    `-` reads tokens from standard input, one a line.
    --script, --among and --most-frequent limit what is found; only these rows are read, and all of them.
    The figures for --fail-under are similarity, of every neighbor, and those of --seeds: shared, movement,
    median_movement.
    """
    if index is not None and not approximate:
        raise click.UsageError("--index goes with --approximate")
    if (seeds is None) != (text is None):
        raise click.UsageError("--seeds N goes with --text FILE")
    if seeds is None and (epochs is not None or bootstrap):
        raise click.UsageError("--epochs and --bootstrap go with --seeds N --text FILE")
    check_column(column, text)
    asked = given_tokens(tokens)
    is_limited = not (script is None and among is None and most_frequent is None)
    if is_limited and approximate:
        raise click.UsageError("--script, --among and --most-frequent are exact; leave --approximate out")
    if seeds is not None and (is_limited or approximate or with_bytes):
        raise click.UsageError("--seeds looks at all tokens, exactly; leave the options that limit out")
    if seeds is not None and text is not None:
        settings = {"epochs": epochs, "column": column}
        given: Settings = {name: value for name, value in settings.items() if value is not None}  # type: ignore[assignment]
        bounds.check(_print_stability(embedding, asked, k, seeds, text, bootstrap, given, markdown, as_json))
        return
    rows = _candidates(embedding.vocabulary, script, among, most_frequent) if is_limited else None

    def check(token: str) -> None:
        embedding.neighbors(token, k=1, among=[0])  # reads one row

    def nearest(some: list[str]) -> "list[list[Neighbor]]":
        if approximate:
            return _approximately(embedding, some, k, index)
        return embedding.neighbors_of_each(some, k, among=rows)

    with answer_each(asked, check, nearest) as answered:
        if as_json:
            found = ((token, hit) for token, hits in answered for hit in hits)
            results = [_entry(embedding.vocabulary, token, hit, with_bytes) for token, hit in found]
            print_json({"results": results})
        else:
            for token, hits in answered:
                _print_hits(embedding.vocabulary, token, hits, len(asked) > 1, with_bytes, markdown)
    bounds.check({"similarity": [hit.similarity for _, hits in answered for hit in hits]})


def _print_hits(
    vocabulary: "Vocabulary",
    token: str,
    hits: "Sequence[Neighbor]",
    with_title: bool,
    with_bytes: bool,
    markdown: bool,
) -> None:
    """Print the neighbors of a token; that there are none is said beside."""
    name = shown(_as_read(vocabulary, token))
    if not hits:
        say_beside(f"{name} has no neighbors: no other token may be found")
    elif markdown:
        if with_title:
            print_title(name, markdown)
        heads = ["token", "cosine", *(["bytes"] if with_bytes else [])]
        print_table(heads, [_cells(vocabulary, hit, with_bytes) for hit in hits], markdown)
    else:
        if with_title:
            say(name)
        for line in _lines(vocabulary, hits, with_bytes):
            say(line)


def _cells(vocabulary: "Vocabulary", hit: "Neighbor", with_bytes: bool) -> list[Cell]:
    more = [_hex(vocabulary, hit.id)] if with_bytes else []
    return [shown(vocabulary.readable(hit.id)), hit.similarity, *more]


def _print_stability(
    embedding: "Embedding",
    tokens: Sequence[str],
    k: int,
    seeds: int,
    text: str,
    bootstrap: bool,
    settings: "Settings",
    markdown: bool,
    as_json: bool,
) -> "Mapping[str, float | Sequence[float]]":
    """Print how stable the neighbors are; return the figures."""
    from tovec.cli.progress import TerminalReporter
    from tovec.cli.stability_lines import print_stability, stability_figures, stability_json
    from tovec.measures.stability import stability

    found = stability(
        text,
        tokens,
        source=embedding,
        runs=seeds,
        k=k,
        bootstrap=bootstrap,
        report=TerminalReporter(),
        **settings,
    )
    if as_json:
        print_json(stability_json(found))
    else:
        print_stability(found, embedding.vocabulary, markdown)
    if found.interrupted:
        outcome(lambda: f"{found.n_runs} of {counted(seeds, 'run')} ended, and are above")
        raise Interrupted
    return stability_figures(found)


def _candidates(
    vocabulary: "Vocabulary", script: str | None, among: str | None, most_frequent: int | None
) -> "NDArray[np.int64]":
    """Return the rows that may be found. Raises TovecError where there are none."""
    import numpy as np

    from tovec.text.vocabulary import most_frequent as most_frequent_rows

    rows = np.arange(len(vocabulary))
    if most_frequent is not None:
        rows = most_frequent_rows(vocabulary.counts, min(most_frequent, len(vocabulary)))
    if among is not None:
        rows = np.intersect1d(rows, _rows_of_file(vocabulary, among))
    if script is not None:
        rows = rows[[_is_of_script(vocabulary, row, script) for row in rows.tolist()]]
    if not len(rows):
        raise TovecError("none of the tokens may be found; use other `script`, `among` or `most_frequent`")
    return rows


def _rows_of_file(vocabulary: "Vocabulary", path: str) -> "NDArray[np.int64]":
    """Return the rows of the tokens of a file; how many are unknown is said."""
    from tovec.measures.columns import text_lines

    tokens = [line.strip() for line in text_lines(Path(path)) if line.strip()]
    rows = vocabulary.find(tokens)
    n_unknown = int((rows < 0).sum())
    if n_unknown:
        first = next(token for token, row in zip(tokens, rows.tolist(), strict=True) if row < 0)
        say_beside(
            f"{n_unknown:,} of the {counted(len(tokens), 'token')} in {path} {are(n_unknown)} not in the "
            f"vocabulary, such as {first!r}"
        )
    return rows[rows >= 0]


def _is_of_script(vocabulary: "Vocabulary", row: int, script: str) -> bool:
    return row not in vocabulary.special and script_of(vocabulary.readable(row)) == script


def _approximately(
    embedding: "Embedding", tokens: Sequence[str], k: int, path: str | None
) -> "list[list[Neighbor]]":
    from tovec.approximate import ApproximateIndex
    from tovec.cli.progress import TerminalReporter

    if path is not None:
        outcome_is(path)
    report = TerminalReporter()
    index = (
        ApproximateIndex.build(embedding, report)
        if path is None
        else ApproximateIndex.open_or_build(embedding, path, report)
    )
    found = [index.search(token, k) for token in tokens]
    note(f"recall of the index: {index.recall(k=k):.3f} of the {k} nearest")
    return found


def _entry(vocabulary: "Vocabulary", query: str, hit: "Neighbor", with_bytes: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"query": query, "token": hit.token, "id": hit.id, "similarity": hit.similarity}
    if with_bytes:
        entry["bytes"] = _hex(vocabulary, hit.id)
    return entry


def _as_read(vocabulary: "Vocabulary", token: str) -> str:
    """Return how people read a token that may have been given by its text."""
    row = vocabulary.get(token)
    return token if row is None else vocabulary.readable(row)


def _lines(vocabulary: "Vocabulary", hits: "Sequence[Neighbor]", with_bytes: bool) -> list[str]:
    lines = [f"{hit.similarity:7.4f}  {shown(vocabulary.readable(hit.id))}" for hit in hits]
    if not with_bytes:
        return lines
    return [f"{line}  {_hex(vocabulary, hit.id) or '-'}" for line, hit in zip(lines, hits, strict=True)]


def _hex(vocabulary: "Vocabulary", row: int) -> str | None:
    """Return the bytes that a token stands for; None for a special one, which stands for no text."""
    text = vocabulary.text(row)
    return None if text is None else text.hex()

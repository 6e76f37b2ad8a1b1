"""tovec neighbors: the tokens nearest to a token."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from tovec.cli.output import as_json_option, print_json, say, shown
from tovec.cli.source import takes_source
from tovec.interrupts import outcome_is

if TYPE_CHECKING:
    from tovec.embedding import Embedding, Neighbor
    from tovec.text.vocabulary import Vocabulary


@click.command("neighbors")
@takes_source
@click.argument("tokens", metavar="TOKEN...", nargs=-1, required=True)
@click.option("-k", default=10, show_default=True, help="How many for each.")
@click.option(
    "--bytes", "with_bytes", is_flag=True, help="Also the exact bytes of each token, in hexadecimal."
)
@click.option("--approximate", is_flag=True, help="Search an index; print its recall to stderr.")
@click.option(
    "--index", metavar="FILE", help="The file of the index, built if missing. Goes with --approximate."
)
@as_json_option
def command(
    embedding: "Embedding",
    tokens: tuple[str, ...],
    k: int,
    with_bytes: bool,
    approximate: bool,
    index: str | None,
    as_json: bool,
) -> None:
    """Tokens nearest to each TOKEN by cosine similarity, in the original space."""
    if index is not None and not approximate:
        raise click.UsageError("--index goes with --approximate")
    found = (
        _approximately(embedding, tokens, k, index) if approximate else embedding.neighbors_of_each(tokens, k)
    )
    if as_json:
        pairs = zip(tokens, found, strict=True)
        results = [
            _entry(embedding.vocabulary, token, hit, with_bytes) for token, hits in pairs for hit in hits
        ]
        print_json({"results": results})
        return
    for token, hits in zip(tokens, found, strict=True):
        if len(tokens) > 1:
            say(shown(_as_read(embedding.vocabulary, token)))
        for line in _lines(embedding.vocabulary, hits, with_bytes):
            say(line)


def _approximately(
    embedding: "Embedding", tokens: Sequence[str], k: int, path: str | None
) -> "list[list[Neighbor]]":
    from tovec.approximate import ApproximateIndex
    from tovec.cli.progress import TerminalReporter

    for token in tokens:
        embedding[token]  # an unknown one is reported before minutes of work
    if path is not None:
        outcome_is(path)
    report = TerminalReporter()
    index = (
        ApproximateIndex.build(embedding, report)
        if path is None
        else ApproximateIndex.open_or_build(embedding, path, report)
    )
    found = [index.search(token, k) for token in tokens]
    say(f"recall of the index: {index.recall(k=k):.3f} of the {k} nearest", err=True)
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

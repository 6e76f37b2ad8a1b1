"""tovec inspect: what a source holds, and how it was interpreted."""

import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tovec.cli.output import LONGEST, as_json_option, print_json, say, shown
from tovec.cli.source import takes_model
from tovec.counted import counted

if TYPE_CHECKING:
    from tovec.embedding import Embedding
    from tovec.models.model import Model, Report, TableFacts
    from tovec.text.vocabulary import Vocabulary
    from tovec.vectors.ngram_table import NgramTable


FIRST = 10  # tokens shown
ENDS = 5  # of the first and of the last values of a long list, such as the losses of all epochs
SEARCHED = 100_000  # tokens among which words are looked for
# Of a table whose rows are checked without --rows, which takes some seconds.
CHECKED_BYTES, CHECKED_ROWS = 1 << 29, 1 << 22


@click.command("inspect")
@takes_model
@click.option(
    "--rows",
    "all_rows",
    is_flag=True,
    help="Check the rows of any table for zeros, NaN and duplicates: also of a large one, or one on the Hub, "
    "which downloads it.",
)
@as_json_option
def command(model: "Model", embedding: "Embedding", all_rows: bool, as_json: bool) -> None:
    """Show what is in SOURCE: rows, ids, numbers, tokenizer, tying, what was chosen and why."""
    check, lines = _checked(embedding, all_rows)
    report = dataclasses.replace(model.report, findings=(*model.report.findings, *lines))
    snapshots = _snapshots(click.get_current_context().params["source"])
    facts = {**_facts(embedding, report), "row_check": check, "snapshots": snapshots}
    if as_json:
        print_json(facts)
        return
    for name, text in _lines(embedding, report, facts):
        say(f"{name:<11} {text}")


def _checked(embedding: "Embedding", all_rows: bool) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """Return what is wrong with rows, as JSON and as lines; None and why where they were not checked."""
    from tovec.memory import available_bytes
    from tovec.vectors import derived
    from tovec.vectors.row_check import BYTES_A_ROW, check_rows

    vectors, vocabulary = embedding.vectors, embedding.vocabulary
    is_large = derived.stored_bytes(vectors) > CHECKED_BYTES or vectors.shape[0] > CHECKED_ROWS
    if not all_rows and (is_large or derived.are_costly(vectors)):
        return None, ("rows were not checked for zeros, NaN and duplicates; --rows reads them all",)
    needed, free = BYTES_A_ROW * vectors.shape[0], available_bytes()
    if free is not None and needed > free:
        memory = f"that needs {needed / 1e9:,.1f} GB of memory and {free / 1e9:,.1f} GB are free"
        return None, (f"rows were not checked for zeros, NaN and duplicates: {memory}; use --limit",)
    check = check_rows(vectors, derived.stored_ids(vectors))
    return check.counts(vocabulary.tokens), check.lines(lambda row: _quoted(vocabulary.readable(row)))


def _quoted(token: str) -> str:
    return repr(token) if len(token) <= LONGEST else shown(token)


def _facts(embedding: "Embedding", report: "Report") -> dict[str, Any]:
    from tovec.vectors.derived import stored_bytes, stored_type

    vocabulary, vectors = embedding.vocabulary, embedding.vectors
    counts, tokenizer = vocabulary.counts, embedding.tokenizer
    return {
        "format": report.kind,
        "n_tokens": embedding.n_tokens,
        "dim": embedding.dim,
        "dtype": stored_type(vectors),
        "bytes": stored_bytes(vectors),
        "tokenizer": None if tokenizer is None else dict(tokenizer.settings),
        "tokens_counted": None if counts is None else int(counts.sum()),
        "ngrams": None if embedding.ngrams is None else _ngrams(embedding.ngrams),
        "first_tokens": list(vocabulary.tokens[:FIRST]),
        "provenance": embedding.provenance,
        "rows": report.n_rows,
        "ids": report.n_ids,
        "vocab_size": report.vocab_size,
        "tied": None if report.tying is None else report.tying == "tied",
        "report": _report(report),
    }


def _snapshots(source: str) -> dict[str, Any] | None:
    """Return how many snapshots a folder has, and the first and last file; None without any."""
    from tovec.sources.snapshots import snapshot_files

    files = snapshot_files(Path(source))
    return {"n": len(files), "first": str(files[0]), "last": str(files[-1])} if files else None


def _report(report: "Report") -> dict[str, Any]:
    fields = {field.name: getattr(report, field.name) for field in dataclasses.fields(report)}
    tables = {name: fields[name] and fields[name]._asdict() for name in ("input", "output")}
    return {**fields, **tables}


def _lines(embedding: "Embedding", report: "Report", facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the facts as people read them, (name, text)."""
    kind = f", a {report.model_type} model" if report.model_type else ""
    yield (
        "format",
        f"{report.kind}{kind} ({', '.join(report.files[:4])}{', …' if len(report.files) > 4 else ''})",
    )
    yield "rows", f"{embedding.n_tokens:,}"
    yield "dim", f"{embedding.dim:,}"
    yield "numbers", f"{facts['dtype']}, {counted(facts['bytes'], 'byte')}"
    if report.input is not None or report.output is not None:
        yield "counts", _counts(report)
    yield "tokenizer", _tokenizer(embedding, report)
    if report.input is not None:
        yield "input", _table(report.input)
    if report.output is not None:
        yield "output", _table(report.output)
        if report.input is None and report.tying is None:
            yield "input", f"none: {report.tying_why}"
        else:
            yield "tying", f"{report.tying}: {report.tying_why}"
    elif report.input is not None:
        yield "output", f"{'the input table' if report.tying == 'tied' else 'none'}: {report.tying_why}"
    if report.bias:
        yield "bias", f"of the output: {report.bias}"
    if report.scale != 1.0:
        yield (
            "scale",
            f"the model multiplies a row by {report.scale:.6g}, {report.scale_why}: SOURCE#effective",
        )
    elif report.scale_why:
        yield "scale", report.scale_why
    if embedding.ngrams is not None:
        ngrams = _ngrams(embedding.ngrams)
        yield (
            "n-grams",
            f"of {ngrams['least']} to {ngrams['most']} {ngrams['unit']}, "
            f"{counted(ngrams['rows'], 'row')} for {counted(ngrams['buckets'], 'bucket')}, "
            f"{ngrams['dtype']}, {counted(ngrams['bytes'], 'byte')}",
        )
    if facts["tokens_counted"] is not None:
        yield "counted", f"{counted(facts['tokens_counted'], 'token')}"
    yield "first", " · ".join(map(shown, _first_words(embedding.vocabulary)))
    for name, value in embedding.provenance.items():
        is_printed = name in ("format", "file", "source", "tensor", "model") or (
            name == "scale" and report.scale != 1.0
        )
        if not is_printed:
            yield name, _short(_taken(value) if name == "settings" else value)
    if facts["snapshots"] is not None:
        yield "snapshots", "{n}, {first} to {last}".format_map(facts["snapshots"])
    for finding in report.findings:
        yield "note", finding


def _first_words(vocabulary: "Vocabulary") -> list[str]:
    """Return the first tokens that are words, as people read them; the first ids of a model say little."""
    readable = map(vocabulary.readable, range(min(SEARCHED, len(vocabulary))))
    words = itertools.islice((token for token in readable if token.strip("▁ ").isalpha()), FIRST)
    return list(words) or [vocabulary.readable(row) for row in range(min(FIRST, len(vocabulary)))]


def _counts(report: "Report") -> str:
    """Return the three counts that should agree and often do not."""
    counts = (
        ("rows", report.n_rows),
        ("ids in the tokenizer", report.n_ids),
        ("vocab_size", report.vocab_size),
    )
    return ", ".join(f"{name} {'not stated' if n is None else format(n, ',')}" for name, n in counts)


def _tokenizer(embedding: "Embedding", report: "Report") -> str:
    if embedding.tokenizer is None:
        return f"{report.tokenizer}, which does not say how text is cut" if report.tokenizer else "unknown"
    settings = embedding.tokenizer.settings
    details = ", lower case" if settings.get("lowercase") else ""
    details += f", {counted(len(settings['phrases']), 'phrase')}" if "phrases" in settings else ""
    return (report.tokenizer or embedding.tokenizer.name) + details


def _table(table: "TableFacts") -> str:
    return f"{table.tensor}, {table.number_type}, {table.n_rows:,} × {table.dim:,}: {table.why}"


def _ngrams(ngrams: "NgramTable") -> dict[str, Any]:
    """Return the rule of n-grams, and the size and type of the table of their vectors."""
    from tovec.vectors.derived import stored_bytes, stored_type

    size = {
        "rows": ngrams.vectors.shape[0],
        "dtype": stored_type(ngrams.vectors),
        "bytes": stored_bytes(ngrams.vectors),
    }
    return {**ngrams.rule.as_json(), **size}


def _taken(settings: object) -> object:
    """Return the settings of a run that its objective takes."""
    from tovec.training.objectives import OBJECTIVES, objectives_taking

    if not isinstance(settings, dict) or settings.get("objective") not in OBJECTIVES:
        return settings
    return {
        name: value
        for name, value in settings.items()
        if settings["objective"] in objectives_taking(str(name))
    }


def _short(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(
            f"{name} {_number(part)}" for name, part in value.items() if part not in (None, [], "")
        )
    if isinstance(value, list):
        parts = [f"{part:.4f}" if isinstance(part, float) else str(part) for part in value]
        if len(parts) > 2 * ENDS:
            parts = [*parts[:ENDS], "…", *parts[-ENDS:], f"({len(value):,} in all, with --json)"]
        return " ".join(parts)
    return str(value)


def _number(value: object) -> str:
    """Return a number as people read it, with five digits; whatever else it is as it is."""
    return f"{value:.5g}" if isinstance(value, float) else str(value)

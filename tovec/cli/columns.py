"""The option --column of commands that read texts from a file."""

from collections.abc import Callable
from typing import Any

import click


def column_option(file: str) -> Callable[[Any], Any]:
    """Return the option, where `file` is how the command calls the file."""
    text = f"Read this column of {file}, a table: .parquet, .csv, .tsv or .jsonl; a document is a row."
    return click.option("--column", metavar="NAME", help=text)


def check_column(column: str | None, text: str | None) -> None:
    """Raise UsageError for a column without the file that has it."""
    if column is not None and text is None:
        raise click.UsageError("--column NAME goes with --text FILE")

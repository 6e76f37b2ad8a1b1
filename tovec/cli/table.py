"""Tables of results on the terminal: columns in line, or Markdown."""

import unicodedata
from collections.abc import Iterator, Sequence

import click

as_markdown_option = click.option("--markdown", "as_markdown", is_flag=True, help="Print tables as Markdown.")

_WIDE = ("W", "F")


def table_lines(
    columns: Sequence[str], rows: Sequence[Sequence[str]], as_markdown: bool = False
) -> Iterator[str]:
    """Yield the lines of a table; the first column and the last are text, those between are numbers."""
    if as_markdown:
        yield f"| {' | '.join(columns)} |"
        yield f"|{'|'.join(' --- ' if at == 0 else ' ---: ' for at in range(len(columns)))}|"
        for row in rows:
            yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
        return
    widths = [max(map(_width, column)) for column in zip(columns, *rows, strict=True)]
    for line in (columns, *rows):
        cells = [
            cell + " " * (width - _width(cell)) if at == 0 else " " * (width - _width(cell)) + cell
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes; Hangul and Han take two each."""
    return sum(2 if unicodedata.east_asian_width(character) in _WIDE else 1 for character in text)

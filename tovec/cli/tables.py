"""Tables of text, for a terminal or as Markdown."""

import math
import re
import unicodedata
from collections.abc import Sequence

import click

from tovec.cli.output import say

markdown_option = click.option("--markdown", is_flag=True, help="Print tables as Markdown.")

Cell = str | int | float | None
_SIGNS = re.compile(r"[\\`*<\[|~]|(?<!\w)_|_(?!\w)")  # that Markdown reads as more than themselves
_HANGUL_PARTS = range(0x1160, 0x1200)  # vowels and finals, which a terminal draws into the syllable
_SMALL, _LARGE = 1e-5, 1e7  # beyond them a number has three digits and a power of ten


def print_table(heads: Sequence[str], rows: Sequence[Sequence[Cell]], markdown: bool = False) -> None:
    """Print a table: numbers to the right, with three decimals where they are not whole; "-" for none.

    Very small and very large ones are written with a power of ten. In Markdown a text shows as it is.

    It may have no rows. Wide characters, such as Hangul, take two columns of the terminal.
    """
    to_right = [not any(isinstance(row[index], str) for row in rows) for index in range(len(heads))]
    lines = [list(heads), *([_text(cell) for cell in row] for row in rows)]
    if markdown:
        lines = [[_SIGNS.sub(r"\\\g<0>", cell) for cell in cells] for cells in lines]
        rule = ["---:" if right else "---" for right in to_right]
        for cells in (lines[0], rule, *lines[1:]):
            say(f"| {' | '.join(cells)} |")
        return
    widths = [max(map(display_width, column)) for column in zip(*lines, strict=True)]
    for cells in lines:
        aligned = (
            padded(cell, width, right) for cell, width, right in zip(cells, widths, to_right, strict=True)
        )
        say("  ".join(aligned).rstrip())


def print_title(title: str, markdown: bool = False) -> None:
    """Print the title of a table that is not the first, after an empty line."""
    say("")
    say(f"**{title}**" if markdown else title)
    if markdown:
        say("")


def _text(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "-"
    if isinstance(cell, float):
        is_usual = cell == 0 or _SMALL <= abs(cell) < _LARGE
        return f"{cell:.3f}".replace("-0.000", "0.000") if is_usual else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def padded(cell: str, width: int, right: bool = False) -> str:
    """Return the cell with blanks before (`right`) or behind it, `width` columns of a terminal in all."""
    blanks = " " * (width - display_width(cell))
    return blanks + cell if right else cell + blanks


def display_width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(map(_width, text))


def _width(sign: str) -> int:
    if unicodedata.category(sign) in ("Mn", "Me", "Cf") or ord(sign) in _HANGUL_PARTS:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1

"""The rows of a TSV file, with quotes or without.

The format has no quotes (https://www.iana.org/assignments/media-types/text/tab-separated-values), so a cell
may begin with one that never ends; but pandas, polars and spreadsheets write a cell that holds a tab, a line
end or a quote in quotes. A cell counts as quoted where its quote ends right before a tab or a line end and
the row then has as many cells as the first; otherwise the line is taken as it is.
"""

import re
from collections.abc import Iterable, Iterator

_UP_TO_QUOTE = re.compile(r'[^"]*(?:""[^"]*)*')
_MOST_LINES = 1 << 10  # that a quoted cell may have


def tsv_rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows, each with the line in which it begins; empty lines are no rows."""
    source = _Lines(lines)
    n_columns: int | None = None
    while (line := source.next()) is not None:
        start = source.number
        plain = line.rstrip("\r\n")
        if not plain:
            continue
        row = _quoted_row(line, source, n_columns) if '"' in line else None
        if row is None:
            row = plain.split("\t")
        n_columns = n_columns or len(row)
        yield start, row


class _Lines:
    """Lines that can be looked at before they are taken. number: of the line that was taken last."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._ahead: list[str] = []
        self.number = 0

    def next(self) -> str | None:
        """Take the next line; None at the end."""
        line = self.ahead(0)
        if line is not None:
            self.take(1)
        return line

    def ahead(self, n: int) -> str | None:
        """Return the line after `n` others, without taking it."""
        while len(self._ahead) <= n:
            line = next(self._lines, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[n]

    def take(self, n: int) -> None:
        """Take `n` lines that have been looked at."""
        del self._ahead[:n]
        self.number += n


def _quoted_row(line: str, source: _Lines, n_columns: int | None) -> list[str] | None:
    """Return the cells of a row that begins with `line`, which is taken; None where quotes mean nothing."""
    row: list[str] = []
    at = n_more = 0
    while True:
        if line.startswith('"', at):
            parts: list[str] = []
            at += 1
            while (end := _end_of_part(line, at)) == len(line):
                parts.append(line[at:])
                following = source.ahead(n_more) if n_more < _MOST_LINES else None
                if following is None:
                    return None
                line, at, n_more = following, 0, n_more + 1
            parts.append(line[at:end])
            row.append("".join(parts).replace('""', '"'))
            at = end + 1
        else:
            end = line.find("\t", at)
            end = len(line.rstrip("\r\n")) if end < 0 else end
            row.append(line[at:end])
            at = end
        if not line[at:].strip("\r\n"):
            break
        if line[at] != "\t":  # the quote ended inside the cell
            return None
        at += 1
    if n_columns is not None and len(row) != n_columns:
        return None
    source.take(n_more)
    return row


def _end_of_part(line: str, at: int) -> int:
    """Return where the quote ends that goes on at `at`; the end of the line where it does not end there."""
    found = _UP_TO_QUOTE.match(line, at)
    assert found is not None
    return found.end()

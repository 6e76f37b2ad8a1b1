"""What a field is that should be a number, with the way out."""

import re

from tovec.storage.file_errors import CorruptFile, UnsupportedFile

_SHOWN = 40  # characters of a bad field
# Patterns for the whole field; the first that fits counts.
_KINDS = tuple(
    (re.compile(pattern), what)
    for pattern, what in (
        (
            rb"[+-]?\d{1,3}(,\d{3})*(\.\d*)|[+-]?\d{1,3}(,\d{3}){2,}",
            "has commas between thousands; write numbers without them",
        ),
        (
            rb"[+-]?(\d*|\d{1,3}(\.\d{3})+),\d+([eE][+-]?\d+)?",
            "has a decimal comma; write numbers with a decimal point",
        ),
        (rb"[+-]?0[xX][\da-fA-F.]+([pP][+-]?\d+)?", "is a hexadecimal number; write decimal numbers"),
        (
            rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFlL]",
            "ends in a letter, like a constant in a program; write numbers without it",
        ),
        (rb"[+-]?\d*\.?\d*[dD][+-]?\d+", "has an exponent as in Fortran; write e for d"),
        (
            rb"[\[({].*|[^\[({]*\d[\])}][\])},]*",
            "belongs to a list in brackets; write numbers with spaces between them, or a .csv with a "
            "column of such lists",
        ),
        (
            rb"\d+:[+-]?[\d.].*",
            "is a column and its number, as in sparse vectors; write all numbers of a row",
        ),
        (rb"[\"'].*\d.*", "is in quotes; write numbers without them"),
        (
            rb"[+-]?[\d.]+([eE][+-]?\d+)?[;|]([+-]?[\d.]+.*)?",
            "is not separated from the next by a space; name the file .csv",
        ),
        (rb"[+-]?[\d.]+([eE][+-]?\d+)?,([+-]?\.?\d.*)?", "is followed by a comma; name the file .csv"),
    )
)


def not_a_number(field: bytes, line: int) -> CorruptFile:
    """Return the error for a field that is not a number: UnsupportedFile for another notation."""
    text = field[:_SHOWN].decode("utf-8", "replace")
    what = next((what for pattern, what in _KINDS if pattern.fullmatch(field)), None)
    if what is not None:
        return UnsupportedFile(f"line {line}: {text!r} {what}")
    return CorruptFile(f"line {line}: {text!r} is not a number")

"""What a field is that should be a number, said with the way out."""

import re

from tovec.storage.file_errors import CorruptFile, UnsupportedFile

_SHOWN = 40  # characters of a bad field
# The whole field; the first that fits is told.
_KINDS = tuple(
    (re.compile(pattern), what)
    for pattern, what in (
        (
            rb"[+-]?\d{1,3}(,\d{3})*(\.\d*)|[+-]?\d{1,3}(,\d{3}){2,}",
            "has commas between its thousands; write its numbers without",
        ),
        (
            rb"[+-]?(\d*|\d{1,3}(\.\d{3})+),\d+([eE][+-]?\d+)?",
            "has a decimal comma; write its numbers with a decimal point",
        ),
        (rb"[+-]?0[xX][\da-fA-F.]+([pP][+-]?\d+)?", "is a hexadecimal number; write decimal ones"),
        (
            rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFlL]",
            "ends in a letter, as constants of a program do; write its numbers without",
        ),
        (rb"[+-]?\d*\.?\d*[dD][+-]?\d+", "has the exponent of Fortran; write e for d"),
        (
            rb"[\[({].*|[^\[({]*\d[\])}][\])},]*",
            "belongs to a list in brackets; write its numbers with blanks between them, or a .csv with a "
            "column of such lists",
        ),
        (
            rb"\d+:[+-]?[\d.].*",
            "is a column with its number, as sparse vectors have; write all numbers of a row",
        ),
        (rb"[\"'].*\d.*", "is in quotes; write its numbers without"),
        (rb"[+-]?[\d.]+([eE][+-]?\d+)?[;|]([+-]?[\d.]+.*)?", "is not apart from the next; name it .csv"),
        (rb"[+-]?[\d.]+([eE][+-]?\d+)?,([+-]?\.?\d.*)?", "has a comma behind it; name it .csv"),
    )
)


def not_a_number(field: bytes, line: int) -> CorruptFile:
    """Return the error for a field that is not a number: UnsupportedFile where it is one in another form."""
    text = field[:_SHOWN].decode("utf-8", "replace")
    what = next((what for pattern, what in _KINDS if pattern.fullmatch(field)), None)
    if what is not None:
        return UnsupportedFile(f"line {line}: {text!r} {what}")
    return CorruptFile(f"line {line}: {text!r} is not a number")

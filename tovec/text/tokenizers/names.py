"""Names of tokens: which are text, the end of a text, and the names of rows that have no token."""

from collections.abc import Iterable
from typing import Final

END_OF_TEXT: Final = "<|endoftext|>"  # GPT-2's name for it, which other libraries know
UNKNOWN: Final = "[UNK]"


def is_text(names: Iterable[str]) -> bool:
    """Whether no name holds a byte that is not UTF-8, or any other half of a surrogate pair."""
    try:
        "".join(names).encode()
    except UnicodeEncodeError:
        return False
    return True


def numbered_name(row: int) -> str:
    """Return the name of a row that has no token."""
    return f"<id {row}>"

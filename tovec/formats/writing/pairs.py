"""Formats of two files: the second must not be somebody else's."""

from pathlib import Path

from tovec.errors import CannotSave


def check_second(first: Path, second: Path, what: str) -> None:
    """Raise CannotSave when `second` is there without `first`, so that it is no part of such a pair."""
    if second.exists() and not first.exists():
        raise CannotSave(
            f"cannot save to {first}: {what} go to {second}, and there is another file of that name; "
            "name another file, or move that one"
        )

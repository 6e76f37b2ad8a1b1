"""Checks of ids and tokens that every file of tokens must pass; tokens with ids to names by id."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tovec.counted import counted
from tovec.storage.file_errors import CorruptFile, UnsupportedFile
from tovec.storage.limits import MAX_IDS

_FREE_GAPS = 1 << 16


class UnknownIdsError(UnsupportedFile):
    """Tokens whose file does not say their ids: no names are better than wrong ones."""


def names_by_id(ids: Mapping[str, Any]) -> list[str | None]:
    """Return the tokens of `ids` by id, None where an id has no token.

    Raises CorruptFile for ids that are not whole numbers from 0 up, two tokens with one id, and ids that are
    out of proportion to the number of tokens.
    """
    rows = list(ids.values())
    if not rows:
        return []
    if set(map(type, rows)) != {int}:
        wrong = next(name for name, row in ids.items() if type(row) is not int)
        raise CorruptFile(f"the id of token {wrong!r} is {ids[wrong]!r}, not a whole number")
    lowest, highest = min(rows), max(rows)
    if lowest < 0:
        raise CorruptFile(f"a token has the id {lowest}; ids start at 0")
    check_highest_id(highest, len(rows))
    names: list[str | None] = [None] * (highest + 1)
    for name, row in ids.items():
        if names[row] is not None:
            raise CorruptFile(f"tokens {names[row]!r} and {name!r} have the same id, {row}")
        names[row] = name
    return names


def check_highest_id(highest: int, n_tokens: int) -> None:
    """Raise CorruptFile for an id that is out of proportion to the number of tokens."""
    if highest >= MAX_IDS or highest > 2 * n_tokens + _FREE_GAPS:
        raise CorruptFile(
            f"a token has the id {highest}, out of proportion to its {counted(n_tokens, 'token')}"
        )


def are_different(names: Sequence[str | None]) -> bool:
    """Whether no two ids have the same token.

    Otherwise programs differ in which of them a text gets, so there is no tokenizer.
    """
    return len(set(names)) == len(names) - max(0, names.count(None) - 1)


def check_different(names: Sequence[str | None]) -> None:
    """Raise CorruptFile where two ids have the same token, for formats whose own program refuses that."""
    if not are_different(names):
        first: dict[str, int] = {}
        for row, name in enumerate(names):
            if name is not None and first.setdefault(name, row) != row:
                raise CorruptFile(f"token {name!r} occurs twice, with the ids {first[name]} and {row}")


def strings(values: Any, what: str) -> list[str]:
    """Return a list of strings. Raises CorruptFile when `values` is anything else."""
    if not isinstance(values, Iterable) or isinstance(values, (str, bytes, Mapping)):
        raise CorruptFile(f"{what} are {type(values).__name__}, not a list")
    listed = list(values)
    if not set(map(type, listed)) <= {str}:
        raise CorruptFile(f"{what} are not all strings")
    return listed

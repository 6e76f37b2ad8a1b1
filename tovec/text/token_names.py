"""What a caller gives as tokens to their names in the order of ids, or one line on what is wrong with it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tovec.checks import as_whole, in_one_line
from tovec.counted import counted
from tovec.errors import BadSetting, TovecError


def names_of(tokens: Iterable[str] | Mapping[str, int]) -> tuple[str, ...]:
    """Return the tokens in the order of their ids. Raises TovecError for anything but strings."""
    if isinstance(tokens, (str, bytes)):
        raise BadSetting("tokens", tokens, "a list of tokens")
    if isinstance(tokens, (set, frozenset)):
        raise TovecError(
            "a set has no order, and the order of tokens is that of their ids; give sorted(tokens)"
        )
    if isinstance(tokens, Counter):
        raise TovecError(
            "a Counter says how often tokens occur, not their ids; give "
            "Vocabulary.from_counts(list(counter), list(counter.values()))"
        )
    if isinstance(tokens, Mapping):
        named = by_id(tokens)
        missing = next((row for row in range(len(named)) if row not in named), None)
        if missing is not None:
            raise TovecError(
                f"no token has id {missing}, and the highest is {max(named)}; the ids of "
                f"{counted(len(named), 'token')} "
                f"are 0 to {len(named) - 1}"
            )
        return tuple(named[row] for row in range(len(named)))
    if not hasattr(tokens, "__iter__") and not hasattr(tokens, "__getitem__"):
        # Embedding.tokens is a method, and easily taken for its tokens.
        raise TovecError(
            f"tokens must be a list of tokens, not a {type(tokens).__name__}; those of an embedding are "
            "embedding.vocabulary.tokens"
        )
    names = tuple(tokens)
    if set(map(type, names)) <= {str}:  # the usual case, at once
        return names
    check_tokens(names)
    return tuple(map(str, names))  # also those of NumPy


def check_tokens(tokens: Iterable[Any], where: str = "") -> None:
    """Raise TovecError at the first of `tokens` that is not a string; `where` begins its message."""
    for row, token in enumerate(tokens):
        if isinstance(token, str):
            continue
        if isinstance(token, (list, tuple)):
            way = "these lists are one level too deep"
        elif token is None or (isinstance(token, float) and token != token):
            way = "leave missing ones out"
        else:
            way = "give token.decode()" if isinstance(token, bytes) else "give str(token)"
        raise TovecError(f"{where}token {row} is {in_one_line(token)}; tokens are strings: {way}")


def by_id(ids: Mapping[Any, Any]) -> dict[int, str]:
    """Return the tokens by their ids. Raises TovecError for an id that is none, or that two have."""
    check_tokens(ids)
    named: dict[int, str] = {}
    for token, given in ids.items():
        row = as_whole(given)
        if row is None or row < 0:
            raise TovecError(
                f"the id of token {token!r} is {given!r}, not a whole number from 0 up; a mapping gives "
                "tokens their ids, and list(mapping) is its tokens"
            )
        if row in named:
            raise TovecError(f"tokens {named[row]!r} and {token!r} both have id {row}; each needs its own")
        named[row] = str(token)
    return named

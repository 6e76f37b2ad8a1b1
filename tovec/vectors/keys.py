"""Tokens and ids to rows of a table."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from tovec.checks import as_whole, in_one_line, real_numbers
from tovec.errors import TovecError
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.table import Rows

Key = str | int | np.integer[Any]  # a token or an id


class Keys:
    """The rows of tokens and ids; a key without a row is an UnknownToken or a TovecError."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def row(self, key: Key) -> int:
        """Return the row of a token or an id."""
        return self.vocabulary.id(key) if isinstance(key, str) else self.row_of_id(key)

    def row_of_id(self, key: object) -> int:
        """Return the row of an id."""
        row = as_whole(key)
        if row is None:
            raise TovecError(
                f"a row is found by its token or its id, a whole number, not by {in_one_line(key)}"
            )
        if not 0 <= row < len(self.vocabulary):
            raise TovecError(f"id {row} is out of range; ids run from 0 to {len(self.vocabulary) - 1}")
        return row

    def rows(self, keys: list[Any] | tuple[Any, ...] | NDArray[Any]) -> NDArray[np.int64]:
        """Return the rows of `keys`, in their shape."""
        if not are_ids(keys):
            return np.array([self.row(key) for key in keys], dtype=np.int64)
        outside = keys[(keys < 0) | (keys >= len(self.vocabulary))]
        if outside.size:
            self.row_of_id(outside.flat[0])
        return keys.astype(np.int64)

    def has_row(self, key: object) -> bool:
        """Whether a token is in the vocabulary; True for anything else, which is treated as an id."""
        return not isinstance(key, str) or key in self.vocabulary

    def own_rows(self, queries: Iterable[Any]) -> list[int]:
        """Return the rows of those queries that are tokens or ids, and not vectors."""
        asked = map(plain, queries)
        return [self.row(query) for query in asked if not is_vector(query) and self.has_row(query)]


def plain(key: Any) -> Any:
    """Return an array for what NumPy takes as one (a tensor, a column), a list for any other iterable.

    Tokens, numbers, lists and tuples stay as they are, and so does a set, which has no order.
    """
    if isinstance(key, (str, bytes, np.ndarray, np.generic, list, tuple, set, frozenset)):
        return key.item() if isinstance(key, np.ndarray) and key.ndim == 0 else key
    if hasattr(key, "__array__"):
        return plain(np.asarray(key))
    return list(key) if isinstance(key, Iterable) else key


def are_ids(keys: object) -> TypeGuard[NDArray[np.integer[Any]]]:
    """Whether the keys are an array of integers, which need not be checked one by one."""
    return isinstance(keys, np.ndarray) and keys.dtype.kind in "iu"


def is_vector(query: object) -> bool:
    """Whether a query is a vector; anything else is treated as a token or an id."""
    return isinstance(query, (list, tuple, np.ndarray))


def as_list(queries: Any) -> list[Any]:
    """Return `queries`, one token, id or vector standing for a list of one."""
    queries = plain(queries)
    is_one = isinstance(queries, np.ndarray) and queries.ndim == 1 and queries.dtype.kind == "f"
    return (
        [queries]
        if is_one or isinstance(queries, str) or not isinstance(queries, Iterable)
        else list(queries)
    )


def with_rows(vocabulary: Vocabulary, table: Rows, vectors: Mapping[Key, Any]) -> tuple[Vocabulary, Rows]:
    """Return a vocabulary and a table in which `vectors` replace the rows of their keys.

    table: (n_tokens, dim), which is changed. New tokens are appended, with a count of 0 where there are
    counts. Raises TovecError for a vector of another length, an id outside the table, and two keys of one
    row.
    """
    if not isinstance(vectors, Mapping):
        raise TovecError(
            f"vectors are given by their tokens, {{token: vector}}, not as {type(vectors).__name__}"
        )
    keys, dim = Keys(vocabulary), table.shape[1]
    new: dict[str, Rows] = {}
    replaced: set[int] = set()
    for key, given in vectors.items():
        vector = real_numbers(given)
        if vector.shape != (dim,):
            raise TovecError(
                f"the vector of {key!r} has shape {vector.shape}; those of this table have ({dim},)"
            )
        if isinstance(key, str) and key not in vocabulary:
            new[key] = vector
            continue
        row = keys.row(key)
        if row in replaced:
            raise TovecError(f"{key!r} is a second name of token {vocabulary.tokens[row]!r}; give it once")
        replaced.add(row)
        table[row] = vector
    if not new:
        return vocabulary, table
    counts = None if vocabulary.counts is None else [*vocabulary.counts.tolist(), *[0] * len(new)]
    longer = Vocabulary(
        [*vocabulary.tokens, *new],
        counts,
        unknown=vocabulary.unknown,
        spelling=vocabulary.spelling,
        special=vocabulary.special,
    )
    return longer, np.concatenate([table, np.array([*new.values()], dtype=np.float32)])

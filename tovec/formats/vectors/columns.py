"""Which columns of a table hold tokens and vectors, by their names and what is in them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tovec.storage.file_errors import UnsupportedFile

TOKEN_NAMES = ("token", "word", "text", "term", "name", "label", "title", "key", "id")
VECTOR_NAMES = ("vector", "vectors", "embedding", "embeddings")
_SURE = TOKEN_NAMES[:2]  # always tokens: a vocabulary may begin with a number
# Numbers that are written beside vectors: an index (pandas writes one without a name), counts, groups.
_INDEXES = ("", "unnamed: 0", "__index_level_0__", "index", "row", "rank", "id", "ids")
_BESIDE = (*_INDEXES, "count", "counts", "freq", "frequency", "label", "cluster", "class")
_NUMBERED = re.compile(r"(.*?)(\d+)\Z", re.DOTALL)
_SHOWN = 8


@dataclass(frozen=True)
class Column:
    """A column: its name, and what is in it."""

    name: str
    holds: Literal["text", "number", "vector", "other"]


@dataclass(frozen=True)
class Layout:
    """Where tokens and vectors are: one column of vectors, or one for each of their numbers, in order.

    beside: the names of columns of numbers that are not part of the vectors.
    """

    token: int
    vector: tuple[int, ...]
    beside: tuple[str, ...] = ()

    @property
    def findings(self) -> list[str]:
        """What a user should know of the choice, a line each."""
        if not self.beside:
            return []
        names = ", ".join(map(repr, self.beside))
        return [f"not part of the vectors, by the name of the column: {names}"]


def choose(columns: Sequence[Column]) -> Layout:
    """Return the column of tokens and those of vectors.

    Tokens: a column named token or word; else one of text named text, term, name, label, title, key or id, in
    this order; else the first of text; else a number of such a name. Vectors: the one column of them, of
    several the one named vector or embedding; else columns of numbers numbered from 0 or 1 (dim_0, dim_1);
    else all columns of numbers, where none is of text, except those whose names say something else, such as
    count or id.
    Raises UnsupportedFile that names the columns.
    """
    names = [column.name for column in columns]
    lower = [name.strip().lower() for name in names]
    token, shown = choose_token(columns), _shown(names)
    vectors = _of(columns, "vector", token)
    beside: list[str] = []
    if len(vectors) > 1:
        vectors = [column for name in VECTOR_NAMES for column in vectors if lower[column] == name][
            :1
        ] or vectors
    if len(vectors) > 1:
        several = ", ".join(repr(names[column]) for column in vectors)
        raise UnsupportedFile(f"several of its columns hold vectors: {several}; name one of them vector")
    if not vectors:
        vectors = _numbered(columns, token)
    if not vectors and not [column for column in _of(columns, "text", token) + _of(columns, "other", token)]:
        numbers = _of(columns, "number", token)
        vectors = [column for column in numbers if lower[column] not in _BESIDE]
        beside = [names[column] for column in numbers if lower[column] in _BESIDE]
    if not vectors:
        raise UnsupportedFile(f"none of its columns holds vectors: {shown}")
    return Layout(token, tuple(vectors), tuple(beside))


def choose_token(columns: Sequence[Column]) -> int:
    """Return the column of tokens, as `choose` does. Raises UnsupportedFile that names the columns."""
    names = [column.name for column in columns]
    token = _token(columns, [name.strip().lower() for name in names])
    if token is None:
        named = next((column.name for column in columns if column.name.strip().lower() in _SURE), None)
        raise UnsupportedFile(
            f"none of its columns holds tokens: {_shown(names)}; name one of them token"
            if named is None
            else f"its column {named!r} holds neither text nor numbers; make text of it"
        )
    return token


def _shown(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:_SHOWN])) + (", …" if len(names) > _SHOWN else "")


def _of(columns: Sequence[Column], holds: str, token: int) -> list[int]:
    return [i for i, column in enumerate(columns) if column.holds == holds and i != token]


def _token(columns: Sequence[Column], lower: Sequence[str]) -> int | None:
    text, number = (_of(columns, holds, token=-1) for holds in ("text", "number"))
    named = [i for name in TOKEN_NAMES for i, other in enumerate(lower) if other == name]
    sure = [i for i in named if lower[i] in _SURE and i in text + number]
    return next(
        iter([*sure, *(i for i in named if i in text), *text, *(i for i in named if i in number)]), None
    )


def _numbered(columns: Sequence[Column], token: int) -> list[int]:
    """Return the columns of numbers that are numbered from 0 or 1, two or more, in order."""
    groups: dict[str, dict[int, int]] = {}
    for i in _of(columns, "number", token):
        match = _NUMBERED.match(columns[i].name.strip())
        if match and len(match[2]) < 9:
            groups.setdefault(match[1], {})[int(match[2])] = i
    found = [group for group in groups.values() if len(group) > 1 and _runs(sorted(group))]
    return [found[0][number] for number in sorted(found[0])] if len(found) == 1 else []


def _runs(numbers: list[int]) -> bool:
    return numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))

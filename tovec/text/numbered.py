"""Names for rows that have no token: each is named by its id, and made only when it is asked for."""

import re
from collections.abc import Collection, Iterator, Sequence, Set
from typing import overload

from tovec.text.tokenizers.names import numbered_name as numbered_name

_NUMBERED = re.compile(r"<+id (0|[1-9][0-9]{0,17})>+")


class NumberedNames(Sequence[str]):
    """`given`, then a name for each further row up to `n_rows`, all different; equal to a tuple of them.

    Nothing is kept for the further rows, so a table of 100 million costs what its tokens do. To go through
    all takes its time, and a list of all its memory. A name that one of the tokens has already gets more
    brackets: `<<id 17>>`.
    """

    def __init__(self, given: tuple[str, ...], n_rows: int) -> None:
        self.given = given
        self._n_rows = n_rows
        self._odd = dict(self._taken())
        self._rows_of_odd = {name: row for row, name in self._odd.items()}

    def _taken(self) -> Iterator[tuple[int, str]]:
        """Yield the rows whose usual name is that of a token, and the names that they have instead."""
        taken = {token for token in self.given if _NUMBERED.fullmatch(token)}
        for row in sorted({_number(token) for token in taken}):
            name = numbered_name(row)
            if len(self.given) <= row < self._n_rows and name in taken:
                while name in taken:
                    name = f"<{name}>"
                yield row, name

    def with_given(self, given: tuple[str, ...]) -> "NumberedNames":
        """Return other names for the rows that have a token, and the same for the others."""
        names = NumberedNames((), self._n_rows)
        names.given, names._odd, names._rows_of_odd = given, self._odd, self._rows_of_odd
        return names

    def row_of(self, name: str) -> int | None:
        """Return the row after those of the tokens that has this name; None where none has."""
        if name in self._rows_of_odd:
            return self._rows_of_odd[name]
        if not _NUMBERED.fullmatch(name) or name.startswith("<<"):
            return None
        row = _number(name)
        is_named_so = len(self.given) <= row < self._n_rows and row not in self._odd
        return row if is_named_so and name == numbered_name(row) else None

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[str, ...]: ...
    def __getitem__(self, row: int | slice) -> str | tuple[str, ...]:
        rows = range(self._n_rows)[row]
        return self._name(rows) if isinstance(rows, int) else tuple(map(self._name, rows))

    def _name(self, row: int) -> str:
        return self.given[row] if row < len(self.given) else self._odd.get(row) or numbered_name(row)

    def __len__(self) -> int:
        return self._n_rows

    def __iter__(self) -> Iterator[str]:
        return map(self._name, range(self._n_rows))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (tuple, NumberedNames)):
            return NotImplemented
        return len(self) == len(other) and all(map(str.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"NumberedNames({self.given!r}, {self._n_rows})"


def _number(name: str) -> int:
    found = _NUMBERED.fullmatch(name)
    assert found is not None
    return int(found[1])


class IdsFrom(Set[int]):
    """`some` ids, and all from `start` to `stop` - 1, of which nothing is kept."""

    def __init__(self, some: Collection[int], start: int, stop: int) -> None:
        self._rest = range(start, stop)
        self._some = frozenset(row for row in some if row not in self._rest)

    def __contains__(self, row: object) -> bool:
        return row in self._some or row in self._rest

    def __iter__(self) -> Iterator[int]:
        yield from self._some
        yield from self._rest

    def __len__(self) -> int:
        return len(self._some) + len(self._rest)

    @classmethod
    def _from_iterable(cls, ids: Collection[int]) -> Set[int]:  # type: ignore[override]
        return frozenset(ids)

    def __repr__(self) -> str:
        return f"IdsFrom({set(self._some)}, {self._rest.start}, {self._rest.stop})"

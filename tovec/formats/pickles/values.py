"""The values that a pickle becomes: plain Python values, and records of everything else.

Dictionaries are lists of pairs, so nothing in the file is compared or hashed; a call is a record of what
would be called. What a record means (a tensor, an array, a model) is decided by its readers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Pairs = list[tuple[Any, Any]]


@dataclass(frozen=True, eq=False, slots=True)
class Global:
    """A function, a class or a constant that the pickle names."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, eq=False, slots=True)
class Items:
    """The pairs of a dictionary, in order."""

    pairs: Pairs = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Object:
    """A record of a call that is never made, in place of what it would return.

    made_by: what would be called, usually a `Global`. args: its arguments. state: the state that would then
    be set. elements, pairs: what would be added, as to a list, a set or a dictionary; None for nothing, since
    there may be millions of records.
    """

    made_by: object
    args: tuple[Any, ...] = ()
    state: Any = None
    elements: list[Any] | None = None
    pairs: Pairs | None = None

    def filled_elements(self) -> list[Any]:
        """Return the list of elements, for adding more."""
        if self.elements is None:
            self.elements = []
        return self.elements

    def filled_pairs(self) -> Pairs:
        """Return the list of pairs, for adding more."""
        if self.pairs is None:
            self.pairs = []
        return self.pairs

    def is_by(self, *names: str) -> bool:
        """Whether one of `names`, each with its module, would be called."""
        by = self.made_by
        return isinstance(by, Global) and f"{by.module}.{by.name}" in names and "." not in by.name

    @property
    def attributes(self) -> Pairs:
        """What would become attributes, in pairs of name and value; of repeated ones the last counts."""
        parts = self.state if isinstance(self.state, tuple) else (self.state,)  # a tuple holds slots too
        return [pair for part in parts if isinstance(part, Items) for pair in part.pairs]


# A persistent id, whose meaning the loading program knows, is recorded as a call of this.
PERSISTENT = Global("pickle", "persistent_load")

_DICTIONARIES = frozenset(
    {
        *("collections.OrderedDict", "collections.defaultdict", "collections.Counter"),
        *("builtins.dict", "__builtin__.dict"),
    }
)
_BYTES = ("builtins.bytes", "__builtin__.bytes", "builtins.bytearray", "__builtin__.bytearray")
SETS = ("builtins.set", "builtins.frozenset", "__builtin__.set", "__builtin__.frozenset")


def pairs_of(value: object) -> Pairs | None:
    """Return the pairs of a dictionary, also of one that a call would make; None for anything else."""
    if isinstance(value, Items):
        return value.pairs
    if not isinstance(value, Object):
        return None
    if not value.is_by(*_DICTIONARIES):
        return value.pairs  # of a class that is filled like one
    return [*_pairs_of_argument(value.args), *(value.pairs or [])]


def _pairs_of_argument(args: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    given = args[-1] if args else None
    if isinstance(given, Items):
        yield from given.pairs
    elif isinstance(given, (list, tuple)):
        for pair in given:
            if isinstance(pair, (list, tuple)) and len(pair) == 2:
                yield pair[0], pair[1]


def elements_of(value: object) -> list[Any] | None:
    """Return the elements of a list, a tuple or a set; None for anything else."""
    if isinstance(value, (list, tuple)):
        return list(value)
    if not isinstance(value, Object):
        return None
    if value.is_by(*SETS) and value.args and isinstance(value.args[0], (list, tuple)):
        return list(value.args[0])
    return [] if value.elements is None and value.is_by(*SETS) else value.elements


def is_name(key: object) -> bool:
    """Whether a key can be written as a name: text, or a whole number of 64 bits."""
    return type(key) is str or (type(key) is int and -(1 << 63) <= key < 1 << 64)


def named(pairs: Pairs) -> dict[str, Any]:
    """Return those of `pairs` whose key is text; the last of equal ones counts.

    Only strings are hashed; nobody can make their hashes collide.
    """
    return {key: value for key, value in pairs if type(key) is str}


def bytes_of(value: object, most: int | None = None) -> bytes | None:
    """Return the bytes that `value` stands for; None for anything else, and for more characters than `most`.

    Text of Python 2 was bytes; protocols before 3 write bytes as text and how to encode it.
    """
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")  # the reverse of how Python 2's text is decoded
    if isinstance(value, Object) and value.is_by(*_BYTES) and value.args and type(value.args[0]) is Object:
        value = value.args[0]  # bytes made of bytes
    if not isinstance(value, Object):
        return None
    match value.args:
        case () if value.is_by(*_BYTES):
            return b""
        case (bytes() as raw, *_) if value.is_by(*_BYTES):
            return raw
        case (str() as text, "latin1" | "latin-1") if value.is_by("_codecs.encode", *_BYTES):
            if most is not None and len(text) > most:
                return None
            return text.encode("latin-1") if text.isascii() or max(text) <= "\xff" else None
    return None

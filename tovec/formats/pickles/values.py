"""The inert values that a pickle becomes here: plain ones as they are, and what stands for all others.

Dictionaries are lists of pairs, so nothing in the file is compared or hashed; a call is a record of what
would be called. What a record means (a tensor, an array, a model) is decided by those who read it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Pairs = list[tuple[Any, Any]]


@dataclass(frozen=True, eq=False, slots=True)
class Global:
    """Something that the pickle names: a function, a class or a constant."""

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
    """What a call would return, none of which happens.

    made_by: what would be called, a `Global` as a rule. args: what with. state: what it would be given
    then. elements, pairs: what it would be filled with, as a list, a set or a dictionary is; None for
    nothing, since there may be millions of these.
    """

    made_by: object
    args: tuple[Any, ...] = ()
    state: Any = None
    elements: list[Any] | None = None
    pairs: Pairs | None = None

    def filled_elements(self) -> list[Any]:
        """Return the list of elements, to which more can be added."""
        if self.elements is None:
            self.elements = []
        return self.elements

    def filled_pairs(self) -> Pairs:
        """Return the list of pairs, to which more can be added."""
        if self.pairs is None:
            self.pairs = []
        return self.pairs

    def is_by(self, *names: str) -> bool:
        """Whether one of `names`, each with its module, would be called."""
        by = self.made_by
        return isinstance(by, Global) and f"{by.module}.{by.name}" in names and "." not in by.name

    @property
    def attributes(self) -> Pairs:
        """What would become attributes, by their names; where one stands twice, the last counts."""
        parts = self.state if isinstance(self.state, tuple) else (self.state,)  # a tuple has slots beside
        return [pair for part in parts if isinstance(part, Items) for pair in part.pairs]


# How a persistent id, which the program that loads a pickle gives a meaning, is recorded: as a call.
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
    """Return the pairs of a dictionary, also of one that a call would fill; None for anything else."""
    if isinstance(value, Items):
        return value.pairs
    if not isinstance(value, Object):
        return None
    if not value.is_by(*_DICTIONARIES):
        return value.pairs  # of a class of its own
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

    Only strings are hashed, which nobody can make collide.
    """
    return {key: value for key, value in pairs if type(key) is str}


def bytes_of(value: object, most: int | None = None) -> bytes | None:
    """Return the bytes that `value` stands for; None for anything else, and for more characters than `most`.

    Text of Python 2 was bytes; protocols before 3 spell bytes as text that is to be encoded.
    """
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")  # as the reader of Python 2's text made it
    if isinstance(value, Object) and value.is_by(*_BYTES) and value.args and type(value.args[0]) is Object:
        value = value.args[0]  # bytes that are made of bytes
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

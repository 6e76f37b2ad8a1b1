"""A pickle followed without running it: a stack machine that builds records and calls nothing.

A pickle is a program for a small stack machine. Every operation that Python's pickle writes, protocols 0 to
5, is followed, and nothing is imported, called, compared or hashed: what the program names becomes a
`Global`, what it would call an `Object`, and a dictionary a list of pairs.
Source: Python's pickletools, which describes the operations.
"""

from collections.abc import Callable, Mapping
from struct import Struct
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

from tovec.formats.pickles.pickle_bytes import PickleBytes, unescaped
from tovec.formats.pickles.values import PERSISTENT, Global, Items, Object
from tovec.storage.file_bytes import FileBytes
from tovec.storage.file_errors import CorruptFile, UnsupportedFile

_MAX_DIGITS = 4000  # of a decimal number; Python itself refuses slightly more
MAX_OPERATIONS = (
    1 << 26
)  # a value takes about a hundred bytes; three million words of gensim 3 need most of it
_MAX_PLACE = 1 << 32  # in the memo; larger numbers can be chosen so that their hashes collide


class Pickle(NamedTuple):
    """What a pickle would build, its persistent ids in order, and the byte where it ends."""

    value: object
    persistent: list[Object]
    stop: int


def read_pickle(data: FileBytes, start: int = 0) -> Pickle:
    """Return what the pickle at byte `start` would build.

    None, bools, numbers, text, bytes, tuples and lists are Python values; everything else is `Items`,
    `Object` or `Global`. Lists and these may contain themselves. Text of Python 2, which is bytes, is decoded
    as UTF-8 with surrogate escapes. Time and memory are in proportion to `data`, whatever it says. Raises
    CorruptFile for a pickle that is cut short or invalid, and UnsupportedFile for buffers outside it and for
    more than `MAX_OPERATIONS`.
    """
    return _Machine(data, start).run()


class _Machine(PickleBytes):
    def __init__(self, data: FileBytes, start: int) -> None:
        super().__init__(data, start)
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []  # the stacks under each mark
        self._memo: dict[int, object] = {}
        self._persistent: list[Object] = []

    def run(self) -> Pickle:
        for _ in range(MAX_OPERATIONS):
            at = self._at
            place = at - self._begin
            code = self._window[place] if place < len(self._window) else self._take(1)[0]
            self._at = at + 1
            if code == _STOP:
                return Pickle(self._pop(), self._persistent, self._at)
            operation = _OPERATIONS.get(code)
            if operation is None:
                raise CorruptFile(f"its pickle has {bytes([code])!r} at byte {at}, which is not an operation")
            operation(self)
        raise UnsupportedFile(f"its pickle has more than {MAX_OPERATIONS:,} operations")

    # The stack

    def _pop(self) -> Any:
        if not self._stack:
            self._fail_invalid()
        return self._stack.pop()

    def _top(self, *kinds: type) -> Any:
        if not self._stack or not isinstance(self._stack[-1], kinds):
            self._fail_invalid()
        return self._stack[-1]

    def _pop_to_mark(self) -> list[Any]:
        if not self._below:
            self._fail_invalid()
        popped, self._stack = self._stack, self._below.pop()
        return popped

    def _fail_invalid(self) -> NoReturn:
        raise CorruptFile(f"its pickle is invalid before byte {self._at}")

    def push(self, value: object) -> None:
        self._stack.append(value)

    # Operations

    def skip(self, n_bytes: int) -> None:
        self._take(n_bytes)

    def mark(self) -> None:
        self._below.append(self._stack)
        self._stack = []

    def pop(self) -> None:
        if self._stack:
            self._stack.pop()
        else:  # the mark itself
            self._pop_to_mark()

    def pop_to_mark(self) -> None:
        self._pop_to_mark()

    def duplicate(self) -> None:
        self.push(self._top(object))

    def push_number(self, layout: Struct) -> None:
        self.push(self._number(layout))

    def push_long(self, length: Struct) -> None:
        self.push(int.from_bytes(self._take(self._number(length)), "little", signed=True))

    def push_decimal(self) -> None:
        line = self._line()
        self.push({b"00": False, b"01": True}.get(line) if line in (b"00", b"01") else self._decimal(line))

    def _decimal(self, line: bytes) -> int:
        digits = line.removesuffix(b"L")
        if len(digits) > _MAX_DIGITS or not digits.removeprefix(b"-").isdigit():
            self._fail_invalid()
        return int(digits)

    def push_decimal_float(self) -> None:
        try:
            self.push(float(self._line()))
        except ValueError:
            self._fail_invalid()

    def push_text(self, length: Struct) -> None:
        self.push(self._decoded(self._take(self._number(length))))

    def push_text_line(self) -> None:
        self.push(self._decoded(self._line(), "raw-unicode-escape", "strict"))

    def push_bytes(self, length: Struct) -> None:
        self.push(self._take(self._number(length)))

    def push_old_text(self, length: Struct) -> None:
        self.push(self._decoded(self._take(self._number(length)), errors="surrogateescape"))

    def push_old_text_line(self) -> None:
        line = self._line().strip()
        if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
            self._fail_invalid()
        self.push(self._decoded(unescaped(line[1:-1]), errors="surrogateescape"))

    def push_tuple(self, n: int) -> None:
        self.push(tuple(reversed([self._pop() for _ in range(n)])))

    def push_empty_tuple(self) -> None:
        self.push(())

    def push_marked_tuple(self) -> None:
        self.push(tuple(self._pop_to_mark()))

    def push_marked_list(self) -> None:
        self.push(self._pop_to_mark())

    def push_marked_items(self) -> None:
        self.push(Items(self._in_pairs(self._pop_to_mark())))

    def push_frozen_set(self) -> None:
        self.push(Object(_FROZEN_SET, elements=self._pop_to_mark()))

    def _in_pairs(self, values: list[Any]) -> list[tuple[Any, Any]]:
        if len(values) % 2:
            self._fail_invalid()
        return list(zip(values[::2], values[1::2], strict=True))

    def append(self) -> None:
        value = self._pop()
        self._elements().append(value)

    def append_marked(self) -> None:
        values = self._pop_to_mark()
        self._elements().extend(values)

    def _elements(self) -> list[Any]:
        target: list[Any] | Object = self._top(list, Object)
        return target.filled_elements() if isinstance(target, Object) else target

    def _pairs(self) -> list[tuple[Any, Any]]:
        target: Items | Object = self._top(Items, Object)
        return target.filled_pairs() if isinstance(target, Object) else target.pairs

    def add_marked(self) -> None:
        values = self._pop_to_mark()
        self._top(Object).filled_elements().extend(values)

    def set_item(self) -> None:
        value, key = self._pop(), self._pop()
        self._pairs().append((key, value))

    def set_marked(self) -> None:
        pairs = self._in_pairs(self._pop_to_mark())
        self._pairs().extend(pairs)

    def remember(self, layout: Struct | None) -> None:
        self._memo[len(self._memo) if layout is None else self._number(layout)] = self._top(object)

    def remember_line(self) -> None:
        self._memo[self._place()] = self._top(object)

    def _place(self) -> int:
        place = self._decimal(self._line())
        if not 0 <= place < _MAX_PLACE:
            self._fail_invalid()
        return place

    def recall(self, layout: Struct) -> None:
        self._recall(self._number(layout))

    def recall_line(self) -> None:
        self._recall(self._place())

    def _recall(self, place: int) -> None:
        if place not in self._memo:
            self._fail_invalid()
        self.push(self._memo[place])

    def push_global(self) -> None:
        self.push(self._named())

    def _named(self) -> Global:
        return Global(self._decoded(self._line()), self._decoded(self._line()))

    def push_global_of_stack(self) -> None:
        name, module = self._pop(), self._pop()
        if not isinstance(name, str) or not isinstance(module, str):
            self._fail_invalid()
        self.push(Global(module, name))

    def push_extension(self, layout: Struct) -> None:
        """Push something that programs agreed on by number (copyreg), whose name no file says."""
        self.push(Global("copyreg", f"extension {self._number(layout)}"))

    def call(self) -> None:
        args, called = self._pop(), self._pop()
        if not isinstance(args, tuple):
            self._fail_invalid()
        self.push(Object(called, args))

    def call_with_names(self) -> None:
        """Record a call without its arguments by name."""
        self._pop()
        self.call()

    def call_marked(self) -> None:
        called, *args = self._pop_to_mark() or [None]
        self.push(Object(called, tuple(args)))

    def call_named(self) -> None:
        called = self._named()
        self.push(Object(called, tuple(self._pop_to_mark())))

    def set_state(self) -> None:
        """Set the state of what a call would return; a second state replaces the first."""
        state = self._pop()
        self._top(Object).state = state

    def push_persistent(self) -> None:
        self._push_persistent(self._pop())

    def push_persistent_line(self) -> None:
        self._push_persistent(self._decoded(self._line(), errors="surrogateescape"))

    def _push_persistent(self, described: object) -> None:
        self._persistent.append(Object(PERSISTENT, (described,)))
        self.push(self._persistent[-1])

    def refuse_buffer(self) -> None:
        raise UnsupportedFile("parts of its pickle are outside the file; save it in one piece")


_STOP = ord(".")
_U8, _U16, _U32, _U64 = Struct("<B"), Struct("<H"), Struct("<I"), Struct("<Q")
_I32, _F64 = Struct("<i"), Struct(">d")
_SET, _FROZEN_SET = Global("builtins", "set"), Global("builtins", "frozenset")

_OPERATIONS: Mapping[int, Callable[[_Machine], None]] = MappingProxyType(
    {
        code[0]: operation
        for code, operation in (
            (b"\x80", lambda m: m.skip(1)),  # PROTO
            (b"\x95", lambda m: m.skip(8)),  # FRAME
            (b"(", _Machine.mark),
            (b"0", _Machine.pop),
            (b"1", _Machine.pop_to_mark),
            (b"2", _Machine.duplicate),
            (b"N", lambda m: m.push(None)),
            (b"\x88", lambda m: m.push(True)),
            (b"\x89", lambda m: m.push(False)),
            (b"K", lambda m: m.push_number(_U8)),
            (b"M", lambda m: m.push_number(_U16)),
            (b"J", lambda m: m.push_number(_I32)),
            (b"G", lambda m: m.push_number(_F64)),
            (b"\x8a", lambda m: m.push_long(_U8)),
            (b"\x8b", lambda m: m.push_long(_I32)),
            (b"I", _Machine.push_decimal),
            (b"L", _Machine.push_decimal),
            (b"F", _Machine.push_decimal_float),
            (b"X", lambda m: m.push_text(_U32)),  # BINUNICODE
            (b"\x8c", lambda m: m.push_text(_U8)),
            (b"\x8d", lambda m: m.push_text(_U64)),
            (b"V", _Machine.push_text_line),
            (b"B", lambda m: m.push_bytes(_U32)),
            (b"C", lambda m: m.push_bytes(_U8)),
            (b"\x8e", lambda m: m.push_bytes(_U64)),
            (b"\x96", lambda m: m.push_bytes(_U64)),  # BYTEARRAY8
            (b"U", lambda m: m.push_old_text(_U8)),
            (b"T", lambda m: m.push_old_text(_I32)),
            (b"S", _Machine.push_old_text_line),
            (b")", _Machine.push_empty_tuple),
            (b"\x85", lambda m: m.push_tuple(1)),
            (b"\x86", lambda m: m.push_tuple(2)),
            (b"\x87", lambda m: m.push_tuple(3)),
            (b"t", _Machine.push_marked_tuple),
            (b"]", lambda m: m.push([])),
            (b"l", _Machine.push_marked_list),
            (b"a", _Machine.append),
            (b"e", _Machine.append_marked),
            (b"}", lambda m: m.push(Items())),
            (b"d", _Machine.push_marked_items),
            (b"s", _Machine.set_item),
            (b"u", _Machine.set_marked),
            (b"\x8f", lambda m: m.push(Object(_SET))),
            (b"\x90", _Machine.add_marked),
            (b"\x91", _Machine.push_frozen_set),
            (b"q", lambda m: m.remember(_U8)),
            (b"r", lambda m: m.remember(_U32)),
            (b"p", _Machine.remember_line),
            (b"\x94", lambda m: m.remember(None)),
            (b"h", lambda m: m.recall(_U8)),
            (b"j", lambda m: m.recall(_U32)),
            (b"g", _Machine.recall_line),
            (b"c", _Machine.push_global),
            (b"\x93", _Machine.push_global_of_stack),
            (b"\x82", lambda m: m.push_extension(_U8)),
            (b"\x83", lambda m: m.push_extension(_U16)),
            (b"\x84", lambda m: m.push_extension(_I32)),
            (b"R", _Machine.call),
            (b"\x81", _Machine.call),  # NEWOBJ: a class in place of a function
            (b"\x92", _Machine.call_with_names),
            (b"o", _Machine.call_marked),
            (b"i", _Machine.call_named),
            (b"b", _Machine.set_state),
            (b"Q", _Machine.push_persistent),
            (b"P", _Machine.push_persistent_line),
            (b"\x97", _Machine.refuse_buffer),
            (b"\x98", _Machine.refuse_buffer),
        )
    }
)

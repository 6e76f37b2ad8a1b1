"""The pickle of a PyTorch file, followed without running it: what it would build, in values of our own.

A pickle is a program for a small stack machine. Here the operations that `torch.save` writes are followed,
and what it names must stand in the lists of torch_calls.py; nothing is imported or called.
Source: Python's pickletools, which describes the operations; torch/serialization.py (`persistent_id`).
"""

from collections.abc import Callable, Mapping
from struct import Struct
from types import MappingProxyType
from typing import Any, NoReturn

from tovec.formats.damage import DamageError, UnsupportedError
from tovec.formats.tensors.torch_calls import CALLS, NAMES, STORAGES, Global, Items, Storage, is_count

WAY_OUT = "tovec builds tensors and nothing else; save the state_dict of the model alone"


def read_tensor_pickle(data: bytes) -> object:
    """Return what the pickle would build: `Tensor`, `Items`, lists, tuples, strings, numbers, None, `Opaque`.

    Time and memory are in proportion to `data`, whatever it says; lists and `Items` may hold themselves.
    Raises DamageError for a pickle that breaks off or makes no sense, and UnsupportedError, which names it,
    for anything that it calls or does beside building tensors.
    """
    return _Machine(data).run()


class _Machine:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []  # the stacks under each mark
        self._memo: dict[int, object] = {}

    def run(self) -> object:
        while True:
            code = self._take(1)[0]
            if code == _STOP:
                return self._pop()
            operation = _OPERATIONS.get(code)
            if operation is None:
                raise UnsupportedError(
                    f"its pickle does operation {bytes([code])!r} at byte {self._at - 1}; {WAY_OUT}"
                )
            operation(self)

    # Bytes

    def _take(self, n_bytes: int) -> bytes:
        taken = self._data[self._at : self._at + n_bytes]
        if len(taken) != n_bytes:
            raise DamageError("its pickle breaks off")
        self._at += n_bytes
        return taken

    def _number(self, layout: Struct) -> Any:
        return layout.unpack(self._take(layout.size))[0]

    def _line(self) -> str:
        end = self._data.find(b"\n", self._at)
        if end < 0:
            raise DamageError("its pickle breaks off")
        return self._text(end - self._at, 1)

    def _text(self, n_bytes: int, n_more: int = 0) -> str:
        text = self._take(n_bytes)
        self._at += n_more
        try:
            return text.decode()
        except UnicodeDecodeError as error:
            raise DamageError(f"a name in its pickle is not UTF-8 ({error.reason})") from error

    # The stack

    def _pop(self) -> Any:
        if not self._stack:
            self._senseless()
        return self._stack.pop()

    def _top(self, kind: type) -> Any:
        if not self._stack or not isinstance(self._stack[-1], kind):
            self._senseless()
        return self._stack[-1]

    def _pop_to_mark(self) -> list[Any]:
        if not self._below:
            self._senseless()
        popped, self._stack = self._stack, self._below.pop()
        return popped

    def _senseless(self) -> NoReturn:
        raise DamageError(f"its pickle makes no sense before byte {self._at}")

    def push(self, value: object) -> None:
        self._stack.append(value)

    # Operations

    def mark(self) -> None:
        self._below.append(self._stack)
        self._stack = []

    def skip(self, n_bytes: int) -> None:
        self._take(n_bytes)

    def push_number(self, layout: Struct) -> None:
        self.push(self._number(layout))

    def push_long(self) -> None:
        self.push(int.from_bytes(self._take(self._take(1)[0]), "little", signed=True))

    def push_text(self, length: Struct) -> None:
        self.push(self._text(self._number(length)))

    def push_tuple(self, n: int) -> None:
        self.push(tuple(reversed([self._pop() for _ in range(n)])))

    def push_marked_tuple(self) -> None:
        self.push(tuple(self._pop_to_mark()))

    def append(self) -> None:
        value = self._pop()
        self._top(list).append(value)

    def append_marked(self) -> None:
        values = self._pop_to_mark()
        self._top(list).extend(values)

    def set_item(self) -> None:
        value, key = self._pop(), self._pop()
        self._top(Items).pairs.append((key, value))

    def set_marked(self) -> None:
        values = self._pop_to_mark()
        if len(values) % 2:
            self._senseless()
        self._top(Items).pairs.extend(zip(values[::2], values[1::2], strict=True))

    def remember(self, layout: Struct | None) -> None:
        place = len(self._memo) if layout is None else self._number(layout)
        self._memo[place] = self._top(object)

    def recall(self, layout: Struct) -> None:
        place = self._number(layout)
        if place not in self._memo:
            self._senseless()
        self.push(self._memo[place])

    def push_global(self) -> None:
        self._push_named(self._line(), self._line())

    def push_global_of_stack(self) -> None:
        name, module = self._pop(), self._pop()
        if not isinstance(name, str) or not isinstance(module, str):
            self._senseless()
        self._push_named(module, name)

    def refuse_instance(self) -> None:
        self._refuse(f"{self._line()}.{self._line()}")

    def _push_named(self, module: str, name: str) -> None:
        if (module, name) not in NAMES:
            self._refuse(f"{module}.{name}")
        self.push(Global(module, name))

    def _refuse(self, name: str) -> NoReturn:
        shown = name if len(name) <= 100 and name.isprintable() else repr(name[:100])
        raise UnsupportedError(f"its pickle calls {shown}; {WAY_OUT}")

    def call(self) -> None:
        args, called = self._pop(), self._pop()
        if not isinstance(args, tuple) or not isinstance(called, Global):
            self._senseless()
        if (called.module, called.name) not in CALLS:
            self._refuse(f"{called.module}.{called.name}")
        n_args, become = CALLS[called.module, called.name]
        if len(args) < n_args:
            self._senseless()
        self.push(become(args))

    def ignore_state(self) -> None:
        """An OrderedDict carries attributes, the versions of a model's parts; anything else must not."""
        self._pop()
        self._top(Items)

    def push_storage(self) -> None:
        described = self._pop()
        if not isinstance(described, tuple) or len(described) != 5:
            self._senseless()
        what, kind, key, _, n_numbers = described
        if not (
            what == "storage" and isinstance(kind, Global) and isinstance(key, str) and is_count(n_numbers)
        ):
            self._senseless()
        self.push(Storage(STORAGES.get(kind.name), key, n_numbers))


_STOP = ord(".")
_U8, _U16, _U32, _U64 = Struct("<B"), Struct("<H"), Struct("<I"), Struct("<Q")
_I32, _F64 = Struct("<i"), Struct(">d")

_OPERATIONS: Mapping[int, Callable[[_Machine], None]] = MappingProxyType(
    {
        code[0]: operation
        for code, operation in (
            (b"\x80", lambda m: m.skip(1)),  # PROTO
            (b"\x95", lambda m: m.skip(8)),  # FRAME
            (b"(", _Machine.mark),
            (b"N", lambda m: m.push(None)),
            (b"\x88", lambda m: m.push(True)),
            (b"\x89", lambda m: m.push(False)),
            (b"K", lambda m: m.push_number(_U8)),
            (b"M", lambda m: m.push_number(_U16)),
            (b"J", lambda m: m.push_number(_I32)),
            (b"\x8a", _Machine.push_long),
            (b"G", lambda m: m.push_number(_F64)),
            (b"X", lambda m: m.push_text(_U32)),  # BINUNICODE
            (b"\x8c", lambda m: m.push_text(_U8)),
            (b"\x8d", lambda m: m.push_text(_U64)),
            (b")", lambda m: m.push_tuple(0)),
            (b"\x85", lambda m: m.push_tuple(1)),
            (b"\x86", lambda m: m.push_tuple(2)),
            (b"\x87", lambda m: m.push_tuple(3)),
            (b"t", _Machine.push_marked_tuple),
            (b"]", lambda m: m.push([])),
            (b"a", _Machine.append),
            (b"e", _Machine.append_marked),
            (b"}", lambda m: m.push(Items())),
            (b"s", _Machine.set_item),
            (b"u", _Machine.set_marked),
            (b"q", lambda m: m.remember(_U8)),
            (b"r", lambda m: m.remember(_U32)),
            (b"\x94", lambda m: m.remember(None)),
            (b"h", lambda m: m.recall(_U8)),
            (b"j", lambda m: m.recall(_U32)),
            (b"c", _Machine.push_global),
            (b"\x93", _Machine.push_global_of_stack),
            (b"i", _Machine.refuse_instance),
            (b"R", _Machine.call),
            (b"b", _Machine.ignore_state),
            (b"Q", _Machine.push_storage),
        )
    }
)

"""What the pickle of a PyTorch file may name and call, and the inert values that each becomes here.

Nothing is called: a tensor becomes a `Tensor` that says where its numbers are. Dictionaries become lists of
pairs, so that nothing in the file is compared or hashed.
Source: torch/_utils.py (`_rebuild_tensor_v2`, `_rebuild_tensor_v3`, `_rebuild_parameter`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from types import MappingProxyType
from typing import Any

from tovec.formats.damage import DamageError, UnsupportedError

_MAX_COUNT = (1 << 63) - 1
_MAX_DIMS = 64


@dataclass(frozen=True, eq=False, slots=True)
class Global:
    """Something that the pickle names: a function, a class or a constant of torch."""

    module: str
    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Storage:
    """`n_numbers` numbers in the record `key` of the file.

    kind: a name of NUMBER_TYPES, or None: bytes, whose type each tensor says.
    """

    kind: str | None
    key: str
    n_numbers: int


@dataclass(frozen=True, eq=False, slots=True)
class Tensor:
    """Numbers from `offset` on in a storage; strides: how many it is to the next along each dimension."""

    storage: Storage
    kind: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def is_contiguous(self) -> bool:
        """Whether rows lie one behind the other."""
        step = 1
        for length, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if length != 1 and stride != step:
                return prod(self.shape) == 0
            step *= length
        return True

    @property
    def span(self) -> int:
        """How many numbers of the storage it reaches over, from `offset` on."""
        if 0 in self.shape:
            return 0
        return 1 + sum((length - 1) * stride for length, stride in zip(self.shape, self.strides, strict=True))


@dataclass(frozen=True, eq=False, slots=True)
class Items:
    """The pairs of a dictionary, in order."""

    pairs: list[tuple[object, object]] = field(default_factory=list)


class Opaque:
    """What holds no numbers: a device, a shape."""

    __slots__ = ()


STORAGES: Mapping[str, str] = MappingProxyType(
    {
        **{"DoubleStorage": "F64", "FloatStorage": "F32", "HalfStorage": "F16", "BFloat16Storage": "BF16"},
        **{"LongStorage": "I64", "IntStorage": "I32", "ShortStorage": "I16", "CharStorage": "I8"},
        **{"ByteStorage": "U8", "BoolStorage": "BOOL", "ComplexFloatStorage": "C64"},
    }
)
DTYPES: Mapping[str, str] = MappingProxyType(
    {
        **{"float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16"},
        **{"int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8"},
        **{"uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8"},
        **{"bool": "BOOL", "complex64": "C64"},
        **{"float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2", "float8_e8m0fnu": "F8_E8M0"},
        **{"float8_e4m3fnuz": "F8_E4M3FNUZ", "float8_e5m2fnuz": "F8_E5M2FNUZ"},
    }
)


def is_count(value: object) -> bool:
    """Whether `value` is a whole number from 0 up that a file can hold."""
    return type(value) is int and 0 <= value <= _MAX_COUNT


def _counts(value: object, what: str) -> tuple[int, ...]:
    if not isinstance(value, tuple) or len(value) > _MAX_DIMS or not all(map(is_count, value)):
        raise DamageError(f"the {what} of a tensor in its pickle is not of whole numbers from 0 up")
    return value


def _tensor(storage: object, kind: str | None, offset: object, size: object, strides: object) -> Tensor:
    if not isinstance(storage, Storage) or kind is None:
        raise DamageError("a tensor in its pickle has no storage of numbers")
    if type(offset) is not int or not is_count(offset):
        raise DamageError("the offset of a tensor in its pickle is not a whole number from 0 up")
    shape, steps = _counts(size, "shape"), _counts(strides, "stride")
    if len(shape) != len(steps):
        raise DamageError("the shape and the stride of a tensor in its pickle are of different lengths")
    return Tensor(storage, kind, offset, shape, steps)


def _tensor_v2(args: tuple[Any, ...]) -> Tensor:
    storage, offset, size, strides = args[:4]
    return _tensor(storage, storage.kind if isinstance(storage, Storage) else None, offset, size, strides)


def _tensor_v3(args: tuple[Any, ...]) -> Tensor:
    storage, offset, size, strides, _, _, dtype = args[:7]
    is_dtype = isinstance(dtype, Global) and dtype.module == "torch"
    return _tensor(storage, DTYPES.get(dtype.name) if is_dtype else None, offset, size, strides)


def _parameter(args: tuple[Any, ...]) -> Tensor:
    if not isinstance(args[0], Tensor):
        raise DamageError("a parameter in its pickle is no tensor")
    return args[0]


def _ordered_dict(args: tuple[Any, ...]) -> Items:
    if args:
        raise UnsupportedError("its pickle fills an OrderedDict by a call; save it again with torch.save")
    return Items()


# By module and name, what may be called: how many arguments it takes at least, and what they become.
CALLS: Mapping[tuple[str, str], tuple[int, Callable[[tuple[Any, ...]], object]]] = MappingProxyType(
    {
        ("torch._utils", "_rebuild_tensor_v2"): (4, _tensor_v2),
        ("torch._utils", "_rebuild_tensor_v3"): (7, _tensor_v3),
        ("torch._utils", "_rebuild_parameter"): (1, _parameter),
        ("torch._utils", "_rebuild_parameter_with_state"): (1, _parameter),
        ("collections", "OrderedDict"): (0, _ordered_dict),
        ("torch", "Size"): (0, lambda args: Opaque()),
        ("torch", "device"): (0, lambda args: Opaque()),
    }
)
NAMES = frozenset(
    {
        *CALLS,
        *(("torch", name) for name in (*STORAGES, *DTYPES)),
        ("torch.storage", "UntypedStorage"),
    }
)

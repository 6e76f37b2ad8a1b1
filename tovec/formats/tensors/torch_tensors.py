"""PyTorch's tensors from the records of a pickle: where their numbers are.

Source: torch/_utils.py (`_rebuild_tensor_v2` and its siblings), torch/_tensor.py (`__reduce_ex__`,
`_rebuild_from_type_v2`), torch/serialization.py (`persistent_id`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import Any

from tovec.formats.pickles.numpy_arrays import array_of, is_array
from tovec.formats.pickles.values import PERSISTENT, Global, Items, Object
from tovec.storage.file_errors import CorruptFile, UnsupportedFile

_MAX_COUNT = (1 << 63) - 1
_MAX_DIMS = 64
_MAX_PARTS = 8  # of what describes a storage
_MAX_WRAPPED = 8  # such as a parameter around a subclass of a tensor

Args = tuple[Any, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Storage:
    """`n_numbers` numbers in the record `key` of the file.

    type_name: torch's name of the storage's class, `FloatStorage`; kind: the same as a name of NUMBER_TYPES;
    None for bytes, whose type each tensor says, and for numbers that are not supported. start: how many
    numbers of the record come before, where this is a part of a storage.
    """

    type_name: str
    key: str
    n_numbers: int
    start: int = 0

    @property
    def kind(self) -> str | None:
        """The name of its type in NUMBER_TYPES."""
        return STORAGES.get(self.type_name)


@dataclass(frozen=True, eq=False, slots=True)
class Tensor:
    """Numbers from `offset` on in a storage. strides: the distance to the next number along each dimension.

    kind: a name of NUMBER_TYPES, or torch's own name of a number type that is not supported. storage: None
    for numbers that are in no storage. data: the numbers, row by row, where they are in the pickle itself.
    why_not: why they cannot be read, and the way out.
    """

    storage: Storage | None
    kind: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    data: bytes | None = None
    why_not: str = ""

    @property
    def is_contiguous(self) -> bool:
        """Whether rows follow one another without gaps."""
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


STORAGES: Mapping[str, str] = MappingProxyType(
    {
        **{"DoubleStorage": "F64", "FloatStorage": "F32", "HalfStorage": "F16", "BFloat16Storage": "BF16"},
        **{"LongStorage": "I64", "IntStorage": "I32", "ShortStorage": "I16", "CharStorage": "I8"},
        **{"ByteStorage": "U8", "BoolStorage": "BOOL", "ComplexFloatStorage": "C64"},
        **{"ComplexDoubleStorage": "C128"},
        **{"QUInt8Storage": "U8", "QInt8Storage": "I8", "QInt32Storage": "I32"},  # with scales elsewhere
    }
)
DTYPES: Mapping[str, str] = MappingProxyType(
    {
        **{"float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16"},
        **{"int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8"},
        **{"uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8"},
        **{"bool": "BOOL", "complex64": "C64", "complex128": "C128"},
        **{"float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2", "float8_e8m0fnu": "F8_E8M0"},
        **{"float8_e4m3fnuz": "F8_E4M3FNUZ", "float8_e5m2fnuz": "F8_E5M2FNUZ"},
    }
)
_NUMPY_KINDS = MappingProxyType(
    {
        **{"f8": "F64", "f4": "F32", "f2": "F16", "b1": "BOOL"},
        **{f"{sign}{n}": f"{sign.upper()}{8 * n}" for sign in "iu" for n in (1, 2, 4, 8)},
    }
)


def is_count(value: object) -> bool:
    """Whether `value` is a whole number from 0 up that a file can hold."""
    return type(value) is int and 0 <= value <= _MAX_COUNT


def tensor_of(value: object) -> Tensor | None:
    """Return the tensor that a record describes; None for anything else.

    Raises CorruptFile where its parts contradict each other.
    """
    for _ in range(_MAX_WRAPPED):
        if not isinstance(value, Object):
            return None
        if value.is_by(*_OF_TYPE) and len(value.args) >= 3:  # function, class, arguments, state
            value = Object(value.args[0], value.args[2] if isinstance(value.args[2], tuple) else ())
        elif value.is_by(*_AROUND_ANOTHER) and value.args:
            value = value.args[0]
        else:
            break
    if not isinstance(value, Object) or not isinstance(value.made_by, Global):
        return None
    n_args, rebuild = _REBUILDS.get((value.made_by.module, value.made_by.name), (0, None))
    if rebuild is None:
        return None
    if len(value.args) < n_args:
        raise CorruptFile(f"a tensor in its pickle has {len(value.args)} parts, not {n_args}")
    return rebuild(value.args)


def array_tensor(value: object) -> Tensor | None:
    """Return the NumPy array that a record describes, as a tensor; None for anything but numbers."""
    if not is_array(value):
        return None
    try:
        array = array_of(value)
    except UnsupportedFile:  # of words, or of objects
        return None
    little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
    kind = _NUMPY_KINDS[little.dtype.str[1:]]
    return Tensor(None, kind, 0, array.shape, _row_by_row(array.shape), data=little.tobytes())


def storage_of(value: object) -> Storage | None:
    """Return the storage that a persistent id describes; None for anything else.

    It is ("storage", class, key, device, number) and, in files from before torch 1.6, the part of it that is
    meant, (key, first, number), or None for all.
    """
    if not isinstance(value, Object) or value.made_by is not PERSISTENT:
        return None
    if not isinstance(value.args[0], tuple) or len(value.args[0]) > _MAX_PARTS:
        return None
    match value.args[0]:
        case ("storage", Global() as kind, str() as key, _, n_numbers, *view) if is_count(n_numbers):
            pass
        case _:
            return None
    match view:
        case [] | [None]:
            return Storage(kind.name, key, n_numbers)
        case [(_, first, n_part)] if is_count(first) and is_count(n_part) and first + n_part <= n_numbers:
            return Storage(kind.name, key, n_part, first)
    raise CorruptFile("a part of a storage in its pickle is not inside it")


def _counts(value: object, what: str) -> tuple[int, ...]:
    if isinstance(value, Object) and value.is_by("torch.Size") and value.args:
        value = value.args[0]
    if not isinstance(value, tuple) or len(value) > _MAX_DIMS or not all(map(is_count, value)):
        raise CorruptFile(f"the {what} of a tensor in its pickle is not of whole numbers from 0 up")
    return value


def _row_by_row(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(prod(shape[place + 1 :]) for place in range(len(shape)))


def _tensor(given: object, dtype: str | None, offset: Any, size: object, strides: object) -> Tensor:
    """Return a tensor in a storage. dtype: torch's name of its number type, None for that of the storage."""
    storage = storage_of(given)
    if storage is None:
        raise CorruptFile("a tensor in its pickle has no storage of numbers")
    if not is_count(offset):
        raise CorruptFile("the offset of a tensor in its pickle is not a whole number from 0 up")
    shape, steps = _counts(size, "shape"), _counts(strides, "stride")
    if len(shape) != len(steps):
        raise CorruptFile("the shape and the stride of a tensor in its pickle are of different lengths")
    kind = storage.kind if dtype is None else DTYPES.get(dtype)
    if kind is None:
        name = dtype or storage.type_name
        return Tensor(storage, name, offset, shape, steps, why_not=f"is of {name}, which tovec does not read")
    return Tensor(storage, kind, offset, shape, steps)


def _tensor_v2(args: Args) -> Tensor:
    tensor = _tensor(args[0], None, *args[1:4])
    return _marked(tensor, args[6]) if len(args) > 6 else tensor


def _tensor_v3(args: Args) -> Tensor:
    tensor = _tensor(args[0], _dtype(args[6]), *args[1:4])
    return _marked(tensor, args[7]) if len(args) > 7 else tensor


def _marked(tensor: Tensor, metadata: object) -> Tensor:
    """Return the tensor, refused where torch keeps its sign or conjugation as a mark outside the numbers."""
    if not isinstance(metadata, Items):
        return tensor
    if len(metadata.pairs) > _MAX_PARTS:
        raise CorruptFile(f"a tensor in its pickle has {len(metadata.pairs)} marks")
    marks = [key for key, value in metadata.pairs if key in ("neg", "conj") and value is not False]
    if not marks:
        return tensor
    return _refused(
        tensor.kind, tensor.shape, f"is marked as {marks[0]}; save it as tensor.resolve_{marks[0]}()"
    )


def _dtype(value: object) -> str:
    if not isinstance(value, Global) or value.module != "torch":
        raise CorruptFile("the type of a tensor in its pickle is not one of torch's")
    return value.name


def _refused(kind: str, shape: tuple[int, ...], why_not: str) -> Tensor:
    return Tensor(None, kind, 0, shape, _row_by_row(shape), why_not=why_not)


def _of_array(args: Args) -> Tensor:
    tensor = array_tensor(args[0])
    if tensor is None:
        raise CorruptFile("a tensor in its pickle has no array of numbers")
    return tensor


def _quantized(args: Args) -> Tensor:
    tensor = _tensor(args[0], None, *args[1:4])
    return _refused(tensor.kind, tensor.shape, "is quantized by torch; save it as tensor.dequantize()")


def _sparse(args: Args) -> Tensor:
    parts = args[1] if isinstance(args[1], tuple) and len(args[1]) <= _MAX_PARTS else ()
    sizes = (
        part
        for part in parts
        if isinstance(part, tuple) or (isinstance(part, Object) and part.is_by("torch.Size"))
    )
    shape = _counts(next(sizes, ()), "shape")
    return _refused("sparse", shape, "is sparse; save it as tensor.to_dense()")


def _nested(args: Args) -> Tensor:
    return _refused("nested", (), "is nested, of rows of different lengths; save its parts one by one")


def _meta(args: Args) -> Tensor:
    dtype = _dtype(args[0])
    why_not = "has no numbers: it was saved on the device 'meta'; load the model's weights and save it again"
    return _refused(DTYPES.get(dtype, dtype), _counts(args[1], "shape"), why_not)


def _wrapper(args: Args) -> Tensor:
    name = args[0].name if isinstance(args[0], Global) else "class of its own"
    why_not = f"is a {name}, which keeps its numbers in parts; save it as a plain tensor"
    return _refused(name, _counts(args[2], "shape"), why_not)


_OF_TYPE = tuple(
    f"{module}.{name}"
    for module in ("torch._tensor", "torch.tensor")
    for name in ("_rebuild_from_type", "_rebuild_from_type_v2")
)
# Whose first argument is the tensor meant. The classes are those of torch before 0.4.
_AROUND_ANOTHER = (
    *("torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state"),
    "torch._utils._rebuild_device_tensor_from_cpu_tensor",
    *("torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer", "torch.autograd.variable.Variable"),
)
# By the function of torch._utils: how many arguments it takes at least, and what they mean.
_REBUILDS: Mapping[tuple[str, str], tuple[int, Callable[[Args], Tensor]]] = MappingProxyType(
    {
        ("torch._utils", name): rebuild
        for name, rebuild in {
            "_rebuild_tensor": (4, _tensor_v2),
            "_rebuild_tensor_v2": (4, _tensor_v2),
            "_rebuild_tensor_v3": (7, _tensor_v3),
            "_rebuild_device_tensor_from_numpy": (1, _of_array),
            "_rebuild_xla_tensor": (1, _of_array),
            "_rebuild_qtensor": (4, _quantized),
            "_rebuild_sparse_tensor": (2, _sparse),
            "_rebuild_sparse_csr_tensor": (2, _sparse),
            "_rebuild_nested_tensor": (0, _nested),
            "_rebuild_meta_tensor_no_storage": (3, _meta),
            "_rebuild_wrapper_subclass": (3, _wrapper),
        }.items()
    }
)

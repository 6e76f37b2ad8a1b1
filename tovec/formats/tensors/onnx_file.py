"""ONNX files: where the initializers are, and which of them is the table that token ids are looked up in.

A file is one protobuf message (onnx.proto: ModelProto, GraphProto, NodeProto, TensorProto; the numbers below
are its field numbers). Numbers are in the file itself, or in another one beside it, which ONNX calls external
data. The name of a table often says nothing (`onnx::Gather_1120`), so the graph decides: the table is the
first input of the Gather whose second input is `input_ids`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from types import MappingProxyType

import numpy as np

from tovec.formats.foreign_files import check_not_foreign
from tovec.formats.protobuf import Place, places, varints
from tovec.storage.file_bytes import HEAD, FileBytes, bytes_of
from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.paths import is_plain_name
from tovec.vectors.number_types import NUMBER_TYPES, Bytes, NumberType, opaque
from tovec.vectors.stored import StoredTensor
from tovec.vectors.table import Rows
from tovec.vectors.tensor_store import TensorStore, stamped

ORIGIN = "ONNX"
_GRAPH = 7
_NODE, _INITIALIZER, _INPUT = 1, 5, 11  # of a graph
_NAMES_IN, _NAMES_OUT, _OPERATOR, _ATTRIBUTE = 1, 2, 4, 5  # of a node
_DIMS, _DATA_TYPE, _FLOATS, _INTEGERS, _NAME, _RAW = 1, 2, 4, 5, 8, 9  # of a tensor
_EXTERNAL, _LOCATION = 13, 14
_LONGEST = 10  # bytes of a whole number
_FEW = 1 << 12  # whole numbers that are decoded one by one, as zero points are written
_TYPES: Mapping[int, NumberType] = MappingProxyType(
    {
        number: NUMBER_TYPES[name]
        for number, name in {
            **{1: "F32", 2: "U8", 3: "I8", 4: "U16", 5: "I16", 6: "I32", 7: "I64", 9: "BOOL", 10: "F16"},
            **{11: "F64", 12: "U32", 13: "U64", 16: "BF16", 17: "F8_E4M3", 18: "F8_E4M3FNUZ"},
            **{19: "F8_E5M2", 20: "F8_E5M2FNUZ"},
        }.items()
    }
)
_IDS = ("input_ids", "decoder_input_ids", "tokens", "ids", "input")
# Operators that leave ids unchanged, and a table unchanged.
_SAME_IDS = frozenset({"Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Clip", "Where"})
_SAME_TABLE = frozenset({"Cast", "Identity"})


def recognizes(path: Path, head: bytes) -> bool:
    """Whether a file is named as an ONNX model."""
    return path.suffix == ".onnx"


def read_onnx(path: Path) -> TensorStore:
    """Return the initializers of an ONNX model; numbers are read when they are asked for.

    `input_table` names the initializer that token ids are looked up in, where the graph shows it. A table of
    bytes with one scale and one zero point is dequantized: with those that the graph applies, or that have
    the names which onnxruntime gives them.
    Raises BadSource.
    """
    with reporting_file(path), path.open("rb") as file:
        data = bytes_of(file, path)
        check_not_foreign(data[:HEAD])
        graph = _Graph(data, path)
        for number, place in places(data, 0, len(data)):
            if number == _GRAPH and isinstance(place, slice):
                graph.read(place)
        if not graph.tensors:
            raise UnsupportedFile("it holds no initializers, so it is not an ONNX model with tensors")
        table = graph.input_table()
        tensors = {name: graph.named(tensor) for name, tensor in graph.tensors.items()}
        if table is not None:
            tensors[table.name] = table
    tensors = stamped(tensors, path, data.file.stamp)
    return TensorStore(tensors, ORIGIN, (path,), input_table=None if table is None else table.name)


@dataclass(frozen=True)
class _Node:
    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass
class _Graph:
    """What a graph and the graphs inside it hold; they share one set of names."""

    data: FileBytes
    path: Path
    tensors: dict[str, StoredTensor] = field(default_factory=dict)
    nodes: list[_Node] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)

    def read(self, where: slice) -> None:
        for number, place in places(self.data, where.start, where.stop):
            if not isinstance(place, slice):
                continue
            if number == _NODE:
                self._read_node(place)
            elif number == _INITIALIZER:
                self._add(self._tensor(place))
            elif number == _INPUT:
                self.inputs.append(self._text(place, 1))

    def _add(self, tensor: StoredTensor) -> None:
        if tensor.name in self.tensors:
            raise CorruptFile(f"its initializer {tensor.name!r} occurs twice")
        self.tensors[tensor.name] = tensor

    def _text(self, where: slice, wanted: int) -> str:
        """Return a string of a message."""
        found = [
            p for n, p in places(self.data, where.start, where.stop) if n == wanted and isinstance(p, slice)
        ]
        return bytes(self.data[found[-1]]).decode("utf-8", "replace") if found else ""

    def _read_node(self, where: slice) -> None:
        names: dict[int, list[str]] = {_NAMES_IN: [], _NAMES_OUT: [], _OPERATOR: []}
        constants: list[slice] = []
        for number, place in places(self.data, where.start, where.stop):
            if not isinstance(place, slice):
                continue
            if number in names:
                names[number].append(bytes(self.data[place]).decode("utf-8", "replace"))
            elif number == _ATTRIBUTE:
                for kind, inner in places(self.data, place.start, place.stop):
                    if kind in (6, 11) and isinstance(inner, slice):  # a graph, several
                        self.read(inner)
                    elif kind == 5 and isinstance(inner, slice):  # a tensor
                        constants.append(inner)
        node = _Node("".join(names[_OPERATOR]), tuple(names[_NAMES_IN]), tuple(names[_NAMES_OUT]))
        self.nodes.append(node)
        if node.operator == "Constant" and constants and node.outputs:
            tensor = self._tensor(constants[-1], node.outputs[0])
            if len(tensor.shape) == 2:
                self.tensors.setdefault(tensor.name, tensor)

    def _tensor(self, where: slice, name: str = "") -> StoredTensor:
        found: dict[int, Place] = {}
        dims: list[int] = []
        external: dict[str, str] = {}
        for number, place in places(self.data, where.start, where.stop):
            if number == _DIMS and not isinstance(place, float):
                dims += varints(self.data[place]) if isinstance(place, slice) else [place]
            elif number == _EXTERNAL and isinstance(place, slice):
                external[self._text(place, 1)] = self._text(place, 2)
            else:
                found[number] = place
        named = found.get(_NAME)
        name = name or (
            bytes(self.data[named]).decode("utf-8", "replace") if isinstance(named, slice) else ""
        )
        code = found.get(_DATA_TYPE)
        kind = (_TYPES.get(code) if isinstance(code, int) else None) or opaque(
            f"type {code} of ONNX", 1, 1, "which is not read"
        )
        if any(length < 0 or length >= 1 << 63 for length in dims):
            raise CorruptFile(f"the shape of its initializer {name!r} is negative")
        shape = tuple(dims)
        if kind.why_not:
            return StoredTensor(
                name, kind, shape, self.path, 0, 0, why_not=f"is of {kind.name}, {kind.why_not}"
            )
        if found.get(_LOCATION) == 1:
            return self._external(name, kind, shape, external)
        numbers = found.get(_RAW) or (found.get(_FLOATS) if code == 1 else None)
        if isinstance(numbers, slice):
            return StoredTensor(name, kind, shape, self.path, numbers.start, numbers.stop - numbers.start)
        few = self._integers(found.get(_INTEGERS), kind, prod(shape))
        if few is not None:
            return StoredTensor(name, kind, shape, self.path, 0, len(few), data=few)
        why = "is stored number by number; onnx.numpy_helper.from_array packs it" if prod(shape) else ""
        return StoredTensor(name, kind, shape, self.path, 0, 0, why_not=why)

    def _integers(self, place: Place | None, kind: NumberType, n_numbers: int) -> bytes | None:
        """Return a few whole numbers of `int32_data` as bytes of their type; None for anything else."""
        if kind.dtype is None or kind.dtype.kind not in "iu" or not 0 < n_numbers <= _FEW:
            return None
        if isinstance(place, slice):
            is_few = place.stop - place.start <= _LONGEST * n_numbers
            numbers = list(varints(self.data[place])) if is_few else []
        else:
            numbers = [place] if isinstance(place, int) else []
        if len(numbers) != n_numbers:
            return None
        # Negative numbers are written as 64 bits of two's complement.
        return np.array([n & (2**64 - 1) for n in numbers], dtype="<u8").astype(kind.dtype).tobytes()

    def _external(
        self, name: str, kind: NumberType, shape: tuple[int, ...], external: Mapping[str, str]
    ) -> StoredTensor:
        """Return a tensor whose numbers are in another file of the folder."""
        location = external.get("location", "").removeprefix("./")
        if not is_plain_name(location):
            raise CorruptFile(
                f"the numbers of {name!r} are in {location!r}, which is not a file in its folder"
            )
        try:
            offset, size = int(external.get("offset", "0")), int(external.get("length", "-1"))
        except ValueError as error:
            raise CorruptFile(
                f"the place of the numbers of {name!r} is not given in whole numbers"
            ) from error
        if size < 0:
            size = prod(shape[:-1]) * (kind.row_bytes(shape[-1]) or 0) if shape else kind.n_bytes
        if offset < 0:
            raise CorruptFile(f"the numbers of {name!r} begin at byte {offset}")
        return StoredTensor(name, kind, shape, self.path.with_name(location), offset, size)

    def input_table(self) -> StoredTensor | None:
        """Return the table that token ids are looked up in; None where the graph shows none."""
        given = next((name for name in _IDS if name in self.inputs), None)
        if given is None:
            return None
        ids = {given}
        same: dict[str, str] = {}
        quantized: dict[str, _Node] = {}
        for node in self.nodes:
            first = node.inputs[0] if node.inputs else ""
            if node.operator in _SAME_IDS and ids.intersection(node.inputs):
                ids.update(node.outputs)
            elif node.operator in _SAME_TABLE:
                same.update(dict.fromkeys(node.outputs, same.get(first, first)))
            elif node.operator == "DequantizeLinear":
                quantized.update(dict.fromkeys((first, *node.outputs), node))
        for node in self.nodes:
            if node.operator in ("Gather", "GatherBlockQuantized") and len(node.inputs) > 1:
                table = self._looked_up(node, ids, same, quantized)
                if table is not None:
                    return table
        return None

    def _looked_up(
        self, node: _Node, ids: set[str], same: Mapping[str, str], quantized: Mapping[str, _Node]
    ) -> StoredTensor | None:
        if node.inputs[1] not in ids:
            return None
        source = same.get(node.inputs[0], node.inputs[0])
        scaled = quantized.get(source) or next(
            (quantized[out] for out in node.outputs if out in quantized), None
        )
        if scaled is not None and source in scaled.outputs:
            source = same.get(scaled.inputs[0], scaled.inputs[0])
        table = self.tensors.get(source)
        if table is None or len(table.shape) != 2:
            return None
        if node.operator != "Gather":
            return _packed(table, "packs several codes in a byte (GatherBlockQuantized)")
        if scaled is not None:
            return self._dequantized(table, scaled)
        found = self.named(table)
        if found is table and table.kind.dtype is not None and table.kind.dtype.kind in "iu":
            return _packed(table, f"holds codes of {table.kind.name} whose scale the graph does not give")
        return found

    def named(self, table: StoredTensor) -> StoredTensor:
        """Return a table of bytes dequantized, by the names that onnxruntime's quantizer gives."""
        of = table.name.removesuffix("_quantized")
        if of == table.name or f"{of}_scale" not in self.tensors or len(table.shape) != 2:
            return table
        return self._dequantized(table, _Node("", (table.name, f"{of}_scale", f"{of}_zero_point"), ()))

    def _dequantized(self, table: StoredTensor, node: _Node) -> StoredTensor:
        """Return the dequantized table: (code - zero point) * scale, in float32."""
        parameters = [self.tensors.get(name) for name in node.inputs[1:3]]
        scale = parameters[0]
        if scale is None or table.kind.name not in ("U8", "I8"):
            return _packed(table, f"holds codes of {table.kind.name} whose scale is not an initializer")
        if any(p is not None and prod(p.shape) != 1 for p in parameters):
            return _packed(table, "holds codes with a scale for each row or column")
        zero = parameters[1] if len(parameters) > 1 else None
        try:
            factor = np.float32(scale.values().reshape(-1)[0])
            middle = np.float32(0 if zero is None else zero.values().reshape(-1)[0])
        except UnsupportedFile as error:
            return _packed(table, f"holds codes whose scale cannot be read: {error}")
        codes = table.kind

        def decode(rows: Bytes) -> Rows:
            numbers: Rows = (codes.decode(rows) - middle) * factor
            return numbers

        kind = NumberType(f"{codes.name} with a scale", 1, 1, decode)
        return StoredTensor(table.name, kind, table.shape, table.path, table.offset, table.size)


def _packed(table: StoredTensor, why: str) -> StoredTensor:
    why = f"{why}; open the model that is not quantized"
    return StoredTensor(table.name, table.kind, table.shape, table.path, 0, 0, why_not=why)

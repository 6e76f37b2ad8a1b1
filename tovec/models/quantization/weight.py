"""A weight and its companions in its module; unsupported ones are refused by name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tovec.models.quantization.config import method_of
from tovec.storage.file_errors import UnsupportedFile
from tovec.vectors.number_types import NumberType
from tovec.vectors.scaled import ScaledTensor, TableTensor
from tovec.vectors.stored import StoredTensor
from tovec.vectors.tensor_store import TensorStore

WEIGHT = "weight"
PACKED = "weight_packed"
# The names of a module's codes where they are not called `weight`.
CODES = (PACKED, "qweight", "weight._data", "_weight_qdata", "W_q", "q_weight", "trellis")
WAY_OUT = "open the model it was made from, or a dequantized copy"
# The names of companions that only one method uses.
_UNREAD = (
    ("bitsandbytes", re.compile(r"weight\.(absmax|quant_map|nested_\w+|quant_state\.\w+)|SCB|weight_format")),
    ("GPTQ or AWQ", re.compile(r"qweight|qzeros|g_idx")),
    ("quanto", re.compile(r"weight\._\w+")),
    ("torchao", re.compile(r"_weight_\w+")),
    ("HQQ", re.compile(r"W_q")),
    ("ExLlama", re.compile(r"q_(weight|scale|scale_max|groups|invperm|perm|group_map)|trellis|suh|svh")),
)
_COMPANION = re.compile(r"(?=.*(scale|absmax|zero|zp|SCB|quant|g_idx|codebook|packed))(weight[._][\w.]+|\w+)")
_OF_ACTIVATIONS = re.compile(r"(input|output|act|[qkv])_\w+|scale_(input|output)|(embed|logit)_scale")


def parted(name: str) -> tuple[str, str]:
    """Return the module of a tensor, with its last dot, and the tensor's name in it."""
    for codes in (*CODES, WEIGHT):
        if f".{name}".endswith(f".{codes}"):
            return name[: len(name) - len(codes)], codes
    return name, ""


@dataclass(frozen=True)
class Weight:
    """A weight and its companions in a store.

    name: of the weight where it is plain. codes: the tensor, under that name. codes_name: its name in the
    module. companions: their full names, by their names in the module.
    """

    name: str
    module: str
    codes: StoredTensor
    codes_name: str
    companions: Mapping[str, str]
    store: TensorStore
    config: Mapping[str, Any]

    @classmethod
    def of(cls, store: TensorStore, tensor: StoredTensor, config: Mapping[str, Any]) -> "Weight":
        """Return the weight that `tensor` holds the codes of."""
        module, codes_name = parted(tensor.name)
        if not codes_name:  # an array by itself, `embeddings`
            tails = (f"{tensor.name}_", f"{tensor.name}.")
            others = {f"{WEIGHT}{o[len(tensor.name) :]}": o for o in store.tensors if o.startswith(tails)}
            return cls(tensor.name, tensor.name, tensor, WEIGHT, others, store, config)
        companions = {other[len(module) :]: other for other in store.tensors if other.startswith(module)}
        codes_name = next(name for name in (WEIGHT, *CODES) if name in companions)
        codes = replace(store.tensors[companions.pop(codes_name)], name=f"{module}{WEIGHT}")
        return cls(codes.name, module.removesuffix("."), codes, codes_name, companions, store, config)

    def part(self, *names: str) -> StoredTensor | None:
        """Return the first companion with one of these names; None without one."""
        return next(
            (self.store.tensors[self.companions[name]] for name in names if name in self.companions), None
        )

    def needed(self, *names: str) -> StoredTensor:
        """Return as `part` does; raises UnsupportedFile without one."""
        found = self.part(*names)
        if found is None:
            raise self.refusal(f"needs {names[0]!r} beside it, which is missing")
        return found

    def refusal(self, why: str) -> UnsupportedFile:
        """Return the error that names the weight, says why it is not supported, and the way out."""
        return UnsupportedFile(f"tensor {self.name!r} {why}; {WAY_OUT}")

    def refuse_unread(self) -> None:
        """Raise UnsupportedFile for the companions of an unsupported method."""
        for method, pattern in _UNREAD:
            found = [name for name in (self.codes_name, *self.companions) if pattern.fullmatch(name)]
            if found:
                method = method_of(self.config) or method
                raise self.refusal(
                    f"is quantized by {method} ({', '.join(found[:3])}), which tovec does not read"
                )

    def refuse_unknown(self, table: TableTensor) -> None:
        """Raise UnsupportedFile for a companion that `table` does not use."""
        used = {part.name for part in table.parts} if isinstance(table, ScaledTensor) else set()
        for name, stored in self.companions.items():
            is_companion = _COMPANION.fullmatch(name) and not _OF_ACTIVATIONS.fullmatch(name)
            if is_companion and stored not in used:
                raise self.refusal(f"has {stored!r} beside it, whose effect on its numbers is not known")


def decoded_by(codes: StoredTensor, kind: NumberType, n_numbers: int) -> StoredTensor:
    """Return codes packed in words or bytes as a tensor of the numbers that `kind` decodes."""
    return replace(codes, kind=kind, shape=(codes.shape[0], n_numbers))

"""Which method quantized a tensor that is not plain, and the table that results.

Codes with scales are dequantized as they are read. Codes without scales, codes of unsupported methods and
tensors with unknown companions are never taken for plain numbers. The shapes of the tensors decide, and where
they allow more than one reading, the configuration.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any

from tovec.models.architectures.families import STATIC_INPUT
from tovec.models.architectures.lookup import names_of_inputs, names_of_outputs
from tovec.models.quantization.blocks import INTEGERS, SMALL_FLOATS
from tovec.models.quantization.compressed import SCALES, modelopt_table, packed_table, scaled_table
from tovec.models.quantization.config import method_of
from tovec.models.quantization.mlx import mlx_table
from tovec.models.quantization.weight import CODES, PACKED, WEIGHT, Weight, parted
from tovec.vectors.scaled import TableTensor
from tovec.vectors.stored import StoredTensor
from tovec.vectors.tensor_store import LazyTensors, TensorStore

_BESIDE = (".scales", ".biases", *(f".{name}" for name in SCALES), ".weight_zero_point")
_PART = re.compile(r"-\d+-of-\d+\.")  # in the name of one file of several; scales may be in another


def plainly_named(store: TensorStore) -> TensorStore:
    """Return `store` with the codes of a module under the name of its weight, so that they are found.

    Companions of a weight, such as its scales, are left out.
    """
    stored = {name: name for name in store.tensors}
    for name in [name for name in stored if name.endswith(CODES)]:
        module, codes = parted(name)
        plain = f"{module}{WEIGHT}"
        if codes in CODES and plain not in store.tensors:
            del stored[name]
            stored.setdefault(plain, name)
    for name in [name for name in stored if name.endswith(_BESIDE)]:
        if f"{name.rpartition('.')[0]}.{WEIGHT}" in stored:
            del stored[name]
    if len(stored) == len(store.tensors) and all(name in store.tensors for name in stored):
        return store

    def find(plain: str, name: str) -> StoredTensor:
        tensor = store.tensors[name]
        if plain == name:
            return tensor
        shape = tensor.shape
        if len(shape) > 2:  # of an unsupported method; it must be found, to be refused by name
            shape = (prod(shape[:-1]), shape[-1])
        return replace(tensor, name=plain, shape=shape)

    return replace(store, tensors=LazyTensors(stored, find))


def dequantized(
    store: TensorStore, tensor: TableTensor, config: Mapping[str, Any], *, is_named: bool = False
) -> TableTensor:
    """Return the table that `tensor` and its companions in `store` make, or `tensor` where it is plain.

    tensor: of `store` or of `plainly_named(store)`. config: the model's, {} without one. is_named: whether a
    user named the tensor, so that whole numbers without scales are meant.
    No number is read.
    Raises UnsupportedFile for what cannot be dequantized, or in more than one way.
    """
    if store.is_gguf or not isinstance(tensor, StoredTensor):
        return tensor  # GGUF types hold their own scales
    weight = Weight.of(store, tensor, config)
    weight.refuse_unread()
    weight.codes.check_table()
    table: TableTensor = weight.codes
    if weight.codes_name == PACKED:
        table = packed_table(weight)
    elif "scales" in weight.companions and weight.codes.kind.name == "U32":
        table = mlx_table(weight)
    elif any(name in weight.companions for name in SCALES):
        table = modelopt_table(weight) if weight.codes.kind.name == "U8" else scaled_table(weight)
    weight.refuse_unknown(table)
    is_readable = not weight.codes.why_not  # otherwise its own message counts
    if table is weight.codes and is_readable and _lacks_scales(weight, is_named=is_named):
        raise weight.refusal(f"holds {weight.codes.kind.name} codes, and their scales are missing")
    return table


def _lacks_scales(weight: Weight, *, is_named: bool) -> bool:
    """Whether the numbers are codes whose scales are missing, and not plain numbers."""
    kind = weight.codes.kind.name
    if kind in SMALL_FLOATS:  # some programs only cast to these
        files = weight.store.files
        is_part = len(files) == 1 and _PART.search(files[0].name) is not None
        return is_part or method_of(weight.config) is not None
    return kind in INTEGERS and not is_named and _is_of_model(weight)


def _is_of_model(weight: Weight) -> bool:
    """Whether a tensor is from a language model, and not static vectors, which may be plain bytes."""
    if weight.name in STATIC_INPUT:
        return False
    usual = {*names_of_inputs(), *names_of_outputs()} - {*STATIC_INPUT}
    return bool(weight.config) or any(f".{weight.name}".endswith(f".{name}") for name in usual)

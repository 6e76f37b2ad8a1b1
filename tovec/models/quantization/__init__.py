"""A tensor chosen as a table and its companions (scales, zero points) become numbers, or are refused by name.

Most tables are plain numbers without companions: for these nothing more is loaded. Rows are dequantized when
they are asked for.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tovec.vectors.stored import StoredTensor
from tovec.vectors.tensor_store import TensorStore

if TYPE_CHECKING:
    from tovec.vectors.scaled import TableTensor

_PLAIN = frozenset({"F64", "F32", "F16", "BF16"})
_NO_CODES = (".weight", ".bias", "embeddings")  # ends of names of tensors that need no other name


def plainly_named(store: TensorStore) -> TensorStore:
    """Return `store` with quantized codes under the name of their module's weight, where it has none."""
    if all(name.endswith(_NO_CODES) for name in store.tensors):
        return store
    from tovec.models.quantization.tables import plainly_named

    return plainly_named(store)


def dequantized(
    store: TensorStore, tensor: "TableTensor", config: Mapping[str, Any], *, is_named: bool = False
) -> "TableTensor":
    """Return the table that `tensor` and its companions in `store` make, or `tensor` where it is plain.

    tensor: of `store` or of `plainly_named(store)`. config: the model's, {} without one. is_named: whether a
    user named the tensor, so that whole numbers without scales are meant.
    No number is read.
    Raises UnsupportedFile for what cannot be dequantized, or in more than one way.
    """
    if isinstance(tensor, StoredTensor) and tensor.kind.name in _PLAIN and _is_alone(store, tensor.name):
        tensor.check_table()
        return tensor
    from tovec.models.quantization.tables import dequantized

    return dequantized(store, tensor, config, is_named=is_named)


def _is_alone(store: TensorStore, name: str) -> bool:
    """Whether the module of a tensor has no other tensors."""
    module = name.removesuffix("weight")
    return not any(other.startswith(module) and other != name for other in store.tensors)

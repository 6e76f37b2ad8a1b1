"""A tensor chosen as a table, and what lies beside it, become numbers; or it is refused by its name.

Most tables are plain numbers with nothing beside them: for these nothing more is loaded.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tovec.vectors.stored import StoredTensor
from tovec.vectors.tensor_store import TensorStore

if TYPE_CHECKING:
    from tovec.vectors.scaled import TableTensor

_PLAIN = frozenset({"F64", "F32", "F16", "BF16"})
_NO_CODES = (".weight", ".bias")  # how the names of tensors end that are not the codes of others


def plainly_named(store: TensorStore) -> TensorStore:
    """Return `store` with the codes of each module under the name of its weight, where it has no other."""
    if all(name.endswith(_NO_CODES) for name in store.tensors):
        return store
    from tovec.models.quantization.tables import plainly_named

    return plainly_named(store)


def dequantized(
    store: TensorStore, tensor: "TableTensor", config: Mapping[str, Any], *, is_named: bool = False
) -> "TableTensor":
    """Return the table that `tensor` and what lies beside it in `store` make, or `tensor` where it is plain.

    tensor: of `store` or of `plainly_named(store)`. config: the model's, {} without one. is_named: whether a
    user names the tensor, so that whole numbers without scales are what they want.
    No number is read. Raises UnsupportedFile for what cannot be dequantized, or in more than one way.
    """
    if isinstance(tensor, StoredTensor) and tensor.kind.name in _PLAIN and _is_alone(store, tensor.name):
        tensor.check_table()
        return tensor
    from tovec.models.quantization.tables import dequantized

    return dequantized(store, tensor, config, is_named=is_named)


def _is_alone(store: TensorStore, name: str) -> bool:
    """Whether the module of a tensor holds nothing else."""
    module = name.removesuffix("weight")
    return not any(other.startswith(module) and other != name for other in store.tensors)

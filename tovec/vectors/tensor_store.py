"""All tensors of a file, or of several files that belong together, by name; none is read yet."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from tovec.storage.open_file import Stamp
from tovec.vectors.stored import StoredTensor

Place = TypeVar("Place")


class LazyTensors(Mapping[str, StoredTensor], Generic[Place]):
    """Tensors by name, each found on demand; `find` is called with the name and its place."""

    def __init__(self, places: Mapping[str, Place], find: Callable[[str, Place], StoredTensor]) -> None:
        self._places = places
        self._find = find

    def __getitem__(self, name: str) -> StoredTensor:
        return self._find(name, self._places[name])

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True)
class TensorStore:
    """The content of a file of tensors, or of several that belong together; only headers have been read.

    metadata: what the format stores beside the tensors. origin: the format as people name it, `GGUF 3`.
    files: in the order they were read. input_table: the name of the tensor in which ids of tokens are looked
    up, where the format says it, else None. is_gguf: whether it is GGUF, which has its own names for tensors,
    keeps scales within its number types, and configuration and tokens in `metadata`.
    """

    tensors: Mapping[str, StoredTensor]
    origin: str
    files: tuple[Path, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    input_table: str | None = None
    is_gguf: bool = False


def stamped(tensors: Mapping[str, StoredTensor], path: Path, stamp: Stamp) -> dict[str, StoredTensor]:
    """Return the tensors; those in the file `path` are refused once it differs from this stamp."""
    return {
        name: replace(tensor, stamp=stamp) if tensor.path == path else tensor
        for name, tensor in tensors.items()
    }

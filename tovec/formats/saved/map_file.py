"""map.safetensors of a saved folder: the map that brought its rows into the space of another table.

Tensor `map`, (dim before, dim), and where both tables were centered `mean_a`, (dim before,), and `mean_b`,
(dim,): a row of the original became (row - mean_a) @ map + mean_b. No reader of the folder needs the file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tovec.formats.saved.tensors import Tensor, write_tensors

NAME = "map.safetensors"


def save_map(tensors: Mapping[str, NDArray[Any]], folder: Path) -> None:
    """Write the tensors of a map into `folder`, as F32."""
    with (folder / NAME).open("wb") as file:
        write_tensors(file, {name: Tensor(each.shape, [each]) for name, each in tensors.items()})

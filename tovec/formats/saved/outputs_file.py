"""outputs.safetensors: what training continues from, in addition to the vectors.

Tensor `outputs` holds the output vectors, (n_tokens, dim); further tensors what else the objective has
learned: `positions`, `biases` (training/continuing.py).
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.formats.saved.tensors import Tensor, open_table, read_numbers, tensor_names, write_tensors
from tovec.formats.writing.dtypes import Dtype, encoded
from tovec.storage.file_errors import CorruptFile, reporting_file
from tovec.vectors.table import Vectors

NAME, TENSOR = "outputs.safetensors", "outputs"


def save_outputs(
    outputs: Vectors,
    state: Mapping[str, NDArray[Any]],
    folder: Path,
    dtype: Dtype,
    name_of_row: Callable[[int], str],
) -> None:
    """Write the file into `folder`: outputs in `dtype`, the few numbers of the state in float32."""
    n_rows, dim = outputs.shape
    tensors = {TENSOR: Tensor((n_rows, dim), encoded(outputs, dtype, 1.0, name_of_row), dtype.safetensors)}
    for name, array in sorted(state.items()):
        tensors[name] = Tensor(array.shape, [np.asarray(array, dtype=np.float32)], "F32")
    with (folder / NAME).open("wb") as file:
        write_tensors(file, tensors)


def load_outputs(folder: Path, shape: tuple[int, ...]) -> tuple[Vectors | None, dict[str, NDArray[Any]]]:
    """Return the output vectors, None where they were not saved, and the state by name.

    shape: of the vectors. Raises BadSource for a damaged file.
    """
    path = folder / NAME
    with reporting_file(path):
        if not path.exists():
            return None, {}
        outputs = open_table(path, TENSOR)
        if outputs.shape != shape:
            raise CorruptFile(f"it is a table of {outputs.shape} beside one of {shape}")
        return outputs, {name: read_numbers(path, name) for name in tensor_names(path) if name != TENSOR}

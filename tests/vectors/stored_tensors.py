"""A tensor written to a file, for tests."""

import numpy as np

from tovec.vectors.number_types import NUMBER_TYPES
from tovec.vectors.stored import StoredTensor

VALUES = np.arange(12, dtype=np.float32).reshape(4, 3)


def stored(path, values, kind="F32", offset=0, name="t"):
    """Return the tensor of `values`, written to `path` behind `offset` other bytes."""
    data = np.asarray(values).astype(NUMBER_TYPES[kind].dtype)
    path.write_bytes(b"\xff" * offset + data.tobytes())
    return StoredTensor(name, NUMBER_TYPES[kind], data.shape, path, offset, data.nbytes)

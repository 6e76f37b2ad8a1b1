"""Which tables torch shares; the modules themselves are in tests/test_embedding.py, under torch."""

import numpy as np

from tovec.vectors.torch_modules import can_share


def test_torch_shares_only_writable_float32_arrays_without_negative_steps():
    array = np.ones((3, 2), np.float32)
    assert can_share(array) and can_share(array[::2])
    read_only = array.copy()
    read_only.flags.writeable = False
    for other in (read_only, array[::-1], array.astype(np.float16), array.astype(np.float64)):
        assert not can_share(other)

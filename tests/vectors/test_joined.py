"""Tables in parts: what numpy gives of the whole, whatever index asks."""

import numpy as np
import pytest

from tovec.vectors.joined import JoinedTable

WHOLE = np.arange(36, dtype=np.float32).reshape(6, 6)
ROWS = [slice(None), slice(4, None, -2), 5, -1, [5, 0, 2], [], [[0, 5], [3, -6]], WHOLE[:, 0] > 6]


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("rows", ROWS, ids=repr)
def test_any_index_gives_what_it_gives_of_the_whole(axis, rows):
    table = JoinedTable(np.split(WHOLE, [2, 3], axis=axis), axis)
    expected = WHOLE[np.array(rows, dtype=int)] if isinstance(rows, list) else WHOLE[rows]
    np.testing.assert_array_equal(table[rows], expected)


@pytest.mark.parametrize("axis", [0, 1])
def test_numpy_takes_it_whole(axis):
    table = JoinedTable(np.split(WHOLE, 3, axis=axis), axis)
    assert len(table) == 6
    np.testing.assert_array_equal(np.asarray(table), WHOLE)

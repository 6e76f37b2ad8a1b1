"""A table in parts gives what one array gives, for every index."""

import numpy as np
import pytest

from tovec.vectors.joined import JoinedTable

WHOLE = np.arange(36, dtype=np.float32).reshape(6, 6)
ROWS = [slice(None), slice(4, None, -2), 5, -1, [5, 0, 2], [], [[0, 5], [3, -6]], WHOLE[:, 0] > 6]


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("rows", ROWS, ids=repr)
def test_every_index_of_joined_parts_equals_that_of_one_array(axis, rows):
    table = JoinedTable(np.split(WHOLE, [2, 3], axis=axis), axis)
    expected = WHOLE[np.array(rows, dtype=int)] if isinstance(rows, list) else WHOLE[rows]
    np.testing.assert_array_equal(table[rows], expected)


@pytest.mark.parametrize("axis", [0, 1])
def test_numpy_reads_a_joined_table_as_one_array(axis):
    table = JoinedTable(np.split(WHOLE, 3, axis=axis), axis)
    assert len(table) == 6
    np.testing.assert_array_equal(np.asarray(table), WHOLE)

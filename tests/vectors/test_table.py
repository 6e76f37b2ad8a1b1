"""What may be a table of vectors, and its rows a block at a time; lazy tables are in test_lazy.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needs import needs

from tovec.errors import BadSetting, TovecError
from tovec.vectors.table import as_table, blocks, in_float32, rows_of


class RowsBySlice:
    """The least that a lazy table has to offer."""

    shape, dtype = (6, 3), np.dtype(np.float16)
    numbers = np.arange(18, dtype=np.float16).reshape(6, 3)

    def __getitem__(self, rows):
        return self.numbers[rows]


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_float32_and_float16_arrays_are_not_copied(dtype):
    array = np.ones((2, 3), dtype)
    assert as_table(array) is array


@pytest.mark.parametrize("given", [[[1, 2], [3, 4]], np.ones((2, 2)), np.ones((2, 2), np.int8)])
def test_other_numbers_become_float32(given):
    table = as_table(given)
    assert table.dtype == np.float32
    np.testing.assert_array_equal(table, np.asarray(given, np.float32))


def test_lazy_tables_stay_as_they_are():
    lazy = RowsBySlice()
    assert as_table(lazy) is lazy


def test_torch_tensors_of_any_type_are_copied():
    torch = needs("torch")
    tensor = torch.tensor([[1.5, 2.0]], dtype=torch.bfloat16, requires_grad=True)
    table = as_table(tensor)
    assert table.dtype == np.float32 and table.tolist() == [[1.5, 2.0]]
    plain = torch.ones(2, 2)
    copied = as_table(plain)
    plain[:] = 7
    assert (copied == 1).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1, 2], r"must be a table of \(n_tokens, dim\) numbers, not of shape \(2,\)"),
        (np.zeros((2, 2, 2)), r"not of shape \(2, 2, 2\)"),
        ([[1], [1, 2]], "must all have the same length"),
        ([["a"]], "must be numbers"),
        ([[1j]], "must be numbers, not complex128"),
    ],
)
def test_anything_but_a_table_of_real_numbers_is_refused(given, message):
    with pytest.raises(TovecError, match=message):
        as_table(given)


def test_table_without_columns_is_refused():
    with pytest.raises(BadSetting, match="dim must be a whole number from 1 up, not 0"):
        as_table(np.empty((3, 0)))


def test_blocks_are_all_rows_in_order_in_float32(monkeypatch):
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 12)
    read = list(blocks(RowsBySlice()))
    assert [start for start, _ in read] == [0, 4]
    assert all(rows.dtype == np.float32 for _, rows in read)
    np.testing.assert_array_equal(np.concatenate([rows for _, rows in read]), RowsBySlice.numbers)
    assert [start for start, _ in blocks(np.empty((0, 3)))] == []


@given(st.slices(6))
def test_every_slice_is_a_new_array_of_the_rows_that_numpy_gives(rows):
    found = in_float32(RowsBySlice(), rows)
    np.testing.assert_array_equal(found, RowsBySlice.numbers[rows])
    assert found.dtype == np.float32 and not np.shares_memory(found, RowsBySlice.numbers)
    assert rows_of(RowsBySlice(), rows, np.dtype(np.float64)).dtype == np.float64

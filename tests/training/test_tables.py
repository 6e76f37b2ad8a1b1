import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tovec.training.tables import column_groups, part, put, randomize, take, zeros


@given(st.integers(1, 5000), st.booleans())
def test_groups_are_whole_cache_lines_and_hold_every_column(dim, grouped):
    columns = column_groups(dim, grouped=grouped)
    widths = np.diff(columns)
    assert columns[0] == 0
    assert dim <= columns[-1] < dim + 16
    assert (widths > 0).all()
    assert (widths % 16 == 0).all()
    assert len(widths) <= (8 if grouped else 1)
    assert len(widths) == 1 or widths.min() >= 48


@pytest.mark.parametrize("dim", [1, 16, 100, 300])
@pytest.mark.parametrize("grouped", [False, True])
def test_rows_come_back_as_they_were_put(dim, grouped):
    columns = column_groups(dim, grouped=grouped)
    rows = np.random.default_rng(0).standard_normal((7, dim), dtype=np.float32)
    table = zeros(10, columns)
    assert table.ctypes.data % 64 == 0
    put(table, columns, 2, rows)
    back = take(table, columns, 10, dim)
    np.testing.assert_array_equal(back[2:9], rows)
    assert not back[[0, 1, 9]].any()
    assert np.count_nonzero(table) == np.count_nonzero(rows)  # what lies past dim stays zero


def test_a_group_lies_in_one_piece():
    columns = np.array([0, 16, 48], dtype=np.int32)
    table = zeros(3, columns)
    table[:] = np.arange(len(table))
    assert part(table, columns, 0)[:, 0].tolist() == [0, 16, 32]
    assert part(table, columns, 1)[:, 0].tolist() == [48, 80, 112]
    part(table, columns, 1)[2, 31] = -1
    assert table[-1] == -1


@pytest.mark.parametrize("grouped", [False, True])
def test_the_first_vectors_are_those_of_word2vec_c(grouped):
    """word2vec.c: syn0 = (next_random / 65536 - 0.5) / layer1_size."""
    n, dim = 20_000, 100
    columns = column_groups(dim, grouped=grouped)
    table = zeros(n + 3, columns)
    randomize(table, columns, n, dim, seed=3)
    rows = take(table, columns, n + 3, dim)
    assert not rows[n:].any()
    assert np.abs(rows).max() <= 0.5 / dim
    assert rows[:n].std() == pytest.approx(1 / np.sqrt(12) / dim, rel=0.01)
    assert rows[:n].mean() == pytest.approx(0, abs=1e-5)
    assert np.count_nonzero(table) <= n * dim


def test_layouts_begin_with_the_same_vectors():
    every = []
    for grouped in (False, True):
        columns = column_groups(300, grouped=grouped)
        table = zeros(50, columns)
        randomize(table, columns, 50, 300, seed=1)
        every.append(take(table, columns, 50, 300))
    np.testing.assert_array_equal(*every)

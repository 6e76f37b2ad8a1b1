"""Views of other tables: selected, reordered, scaled and mapped rows, and what they are stored as."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored_tensors import VALUES

from tovec.vectors.derived import (
    DerivedTable,
    MappedTable,
    UnitTable,
    are_costly,
    first_rows,
    rows_from,
    stored_bytes,
    stored_ids,
    stored_type,
)
from tovec.vectors.number_types import NUMBER_TYPES
from tovec.vectors.stored import StoredTable


@given(st.slices(6))
def test_every_slice_of_a_derived_table_is_that_of_an_array(wanted):
    values = np.arange(18, dtype=np.float32).reshape(6, 3)
    inner = StoredTable(values.view(np.uint8), NUMBER_TYPES["F32"], 3)
    np.testing.assert_array_equal(DerivedTable(inner, 6)[wanted], values[wanted])


def test_derived_table_selects_and_weighs_rows_as_model2vec_does():
    values = np.arange(6, dtype=np.float32).reshape(2, 3) + 1
    ids, weights = np.array([1, 0, 1, 1]), np.array([1.0, 2.0, 0.5, 0.0])
    table = DerivedTable(values, 4, ids, weights)
    expected = values[ids] * weights[:, None]
    np.testing.assert_array_equal(table[:], expected)
    np.testing.assert_array_equal(table[np.array([3, 1])], expected[[3, 1]])
    assert (stored_type(table), stored_bytes(table)) == ("float32", 24)


@pytest.mark.parametrize("weights", [1.0, np.array([1.0, 2.0, 0.5])])
@pytest.mark.parametrize("ids", [None, np.array([4, 0, 2])])
@pytest.mark.parametrize(
    "rows", [-1, 1, np.int64(2), [-1, 0], [], [[0, 1], [2, -3]], np.array([True, False, True])], ids=repr
)
def test_index_of_a_derived_table_counts_its_own_rows(ids, weights, rows):
    values = np.arange(18, dtype=np.float32).reshape(6, 3)
    table = DerivedTable(StoredTable(values.view(np.uint8), NUMBER_TYPES["F32"], 3), 3, ids, weights)
    whole = table[:]
    assert whole.shape == (3, 3)
    np.testing.assert_array_equal(
        table[rows], whole[np.array(rows) if np.size(rows) else np.array([], dtype=int)]
    )


@pytest.mark.parametrize("rows", [1, slice(2), [0, 1]], ids=repr)
def test_writing_to_rows_of_a_derived_table_leaves_its_source_unchanged(rows):
    values = np.ones((3, 2), np.float32)
    for table in (DerivedTable(values, 3), DerivedTable(values, 3, np.arange(3))):
        table[rows][:] = 7
    assert (values == 1).all()


@pytest.mark.parametrize("rows", [3, -4, [0, 5], np.arange(6) > 2, [0.5]], ids=repr)
def test_row_past_the_end_is_an_index_error_even_if_the_source_has_it(rows):
    values = np.arange(18, dtype=np.float32).reshape(6, 3)
    with pytest.raises(IndexError):
        DerivedTable(values, 3)[rows]


def test_stored_ids_follow_views_of_views():
    table = np.arange(12, dtype=np.float32).reshape(4, 3)
    mapped = DerivedTable(table, 5, np.array([3, 0, 3, 1, 2]))
    assert stored_ids(table) is None and stored_ids(DerivedTable(table, 2)) is None
    assert stored_ids(mapped).tolist() == [3, 0, 3, 1, 2]
    assert stored_ids(DerivedTable(mapped, 3, weights=2.0)).tolist() == [3, 0, 3]
    assert stored_ids(DerivedTable(DerivedTable(mapped, 4, np.array([4, 0, 2, 0])), 3)).tolist() == [2, 3, 3]


def test_view_of_costly_rows_is_costly_through_any_number_of_views():
    class Costly(StoredTable):
        rows_are_costly = True

    table = Costly(VALUES.view(np.uint8), NUMBER_TYPES["F32"], 3)
    assert are_costly(table) and are_costly(DerivedTable(DerivedTable(table, 3), 2))
    assert not are_costly(DerivedTable(VALUES, 2))


def test_first_rows_share_memory_with_the_table():
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    inner = StoredTable(values.view(np.uint8), NUMBER_TYPES["F32"], 3)
    assert first_rows(values, 2) is values
    assert np.shares_memory(first_rows(values, 1), values)
    np.testing.assert_array_equal(first_rows(inner, 1)[:], values[:1])


def test_mapped_table_is_the_product_with_its_matrix():
    matrix = np.random.default_rng(0).standard_normal((3, 2))
    table = MappedTable(VALUES, matrix)
    assert (table.shape, table[1:3].dtype) == ((4, 2), np.float32)
    np.testing.assert_allclose(table[:], VALUES @ matrix, rtol=1e-6)


def test_unit_table_has_the_rows_at_length_1_and_zeros_for_those_without_direction():
    rows = np.array([[3, 4], [0, 0], [np.nan, 1], [1e-30, 0], [0, -1e30]], np.float32)
    table = UnitTable(rows)
    wanted = np.array([[0.6, 0.8], [0, 0], [0, 0], [1, 0], [0, -1]], np.float32)
    np.testing.assert_allclose(table[:], wanted, rtol=1e-6)
    np.testing.assert_allclose(table[[4, 0]], wanted[[4, 0]], rtol=1e-6)
    assert table[0].shape == (2,)


def test_rows_from_the_middle_are_a_view_of_any_kind_of_table():
    stored = StoredTable(VALUES.view(np.uint8), NUMBER_TYPES["F32"], 3)
    for table in (VALUES, stored, DerivedTable(VALUES, 4, np.arange(4))):
        np.testing.assert_array_equal(rows_from(table, 1, 3)[:], VALUES[1:3])
        assert rows_from(table, 0, 4) is table


def test_a_mapped_table_with_a_shift_leaves_rows_of_zeros_where_they_are_if_asked_to():
    rows = np.array([[1, 2], [0, 0], [np.nan, 1], [-1, 0]], dtype=np.float32)
    matrix, shift = np.array([[0.0, 1, 0], [1, 0, 0]]), np.array([10.0, 20, 30])
    moved = [[12, 21, 30], [10, 20, 30], [np.nan, np.nan, np.nan], [10, 19, 30]]
    np.testing.assert_array_equal(MappedTable(rows, matrix, shift)[:], moved)
    moved[1] = [0, 0, 0]
    kept = MappedTable(rows, matrix, shift, keeps_zeros=True)
    np.testing.assert_array_equal(kept[:], moved)
    np.testing.assert_array_equal(kept[3], moved[3])
    np.testing.assert_array_equal(kept[1], [0, 0, 0])

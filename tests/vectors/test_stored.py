"""Tensors as they lie in files: sizes that do not fit, rows on demand, tables made of others."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needs import needs

from tovec.formats.reduce import MappedTable
from tovec.formats.vectors.word2vec_binary import UnalignedTable
from tovec.storage.file_errors import CorruptFile
from tovec.storage.open_file import OpenFile
from tovec.vectors.joined import JoinedTable
from tovec.vectors.lazy import SelectedRows
from tovec.vectors.number_types import NUMBER_TYPES
from tovec.vectors.stored import (
    DerivedTable,
    StoredTable,
    StoredTensor,
    are_costly,
    first_rows,
    same_rows,
    stored_bytes,
    stored_ids,
    stored_type,
)
from tovec.vectors.table import Vectors, blocks


def stored(path, values, kind="F32", offset=0, name="t"):
    """Return the tensor of `values`, written to `path` behind `offset` other bytes."""
    data = np.asarray(values).astype(NUMBER_TYPES[kind].dtype)
    path.write_bytes(b"\xff" * offset + data.tobytes())
    return StoredTensor(name, NUMBER_TYPES[kind], data.shape, path, offset, data.nbytes)


VALUES = np.arange(12, dtype=np.float32).reshape(4, 3)


@pytest.mark.parametrize("kind", ["F32", "F16", "F64", "I8"])
@pytest.mark.parametrize("offset", [0, 7])
def test_rows_are_those_of_the_file_wherever_the_tensor_begins(tmp_path, kind, offset):
    table = stored(tmp_path / "t", VALUES, kind, offset).table()
    assert isinstance(table, Vectors) and table.shape == (4, 3)
    np.testing.assert_array_equal(np.asarray(table[1:3], np.float32), VALUES[1:3])
    np.testing.assert_array_equal(np.asarray(table[np.array([3, 0, 3])], np.float32), VALUES[[3, 0, 3]])
    np.testing.assert_array_equal(np.concatenate([rows for _, rows in blocks(table)]), VALUES)
    assert stored_type(table) in (kind, "float32", "float16")
    assert stored_bytes(table) == 12 * NUMBER_TYPES[kind].n_bytes


@pytest.mark.parametrize("kind", ["F32", "F16", "I8"])
def test_a_table_works_as_an_array(tmp_path, kind):
    table = stored(tmp_path / "t", VALUES * 3, kind).table()
    expected = (VALUES * 3).astype(np.float16 if kind == "F16" else np.float32)
    assert (table.shape, table.ndim, table.size, len(table)) == ((4, 3), 2, 12, 4)
    assert table.dtype == np.asarray(table).dtype == expected.dtype
    x = np.arange(3, dtype=np.float32)
    for ask in (
        lambda made: made[1],
        lambda made: made[-1, 2],
        lambda made: made[:, 1],
        lambda made: made[1:, :2],
        lambda made: made[[0, 2], [1, 0]],
        lambda made: made[..., 0],
        lambda made: made[np.array([[0, 1], [2, 0]])],
        lambda made: made @ x,
        lambda made: x[:2] @ made[:2],
        lambda made: (made * 2 - made) / 3,
        lambda made: made == made[0],
        lambda made: np.abs(made),
        lambda made: np.add.reduce(made, axis=0),
        lambda made: np.linalg.norm(made, axis=1),
        lambda made: np.concatenate([made, made]),
        lambda made: np.mean(made, axis=0),
        lambda made: made.mean(axis=1),
        lambda made: made.T,
        lambda made: made.astype(np.float64),
        lambda made: made.tolist(),
        lambda made: np.array(list(made)),
        lambda made: np.maximum(0, made, out=np.empty(made.shape, made.dtype)),
    ):
        found, wanted = ask(table), ask(expected)
        assert getattr(found, "dtype", None) == getattr(wanted, "dtype", None)
        np.testing.assert_array_equal(found, wanted)
    with pytest.raises(AttributeError, match="no attribute 'fill'"):
        table.fill(0)


SQUARE = np.arange(9, dtype=np.float32).reshape(3, 3) - 4
INDEXES = (
    *(0, -1, np.int32(2), slice(None), slice(None, None, -1), slice(5, 9), [], [2, 0, 2], range(2)),
    *(np.array([[1, 2], [0, 1]]), np.array([1], np.uint64), [True, False, True], SQUARE[:, 0] > 0),
    *(..., None, True, SQUARE > 0, (1, 2), (-1, -1), (slice(None), 1), (slice(2), slice(1, None))),
    *((slice(None), [2, 0]), (1, [2, 0]), ([2, 0], 1), ([2, 0], [1, 1]), ([2, 0], slice(1)), (..., 0)),
    *((None, slice(None)), (slice(1, 3), None), (1, None), (slice(2), ...), (np.array([1, 2]),), ()),
    *((slice(None), SQUARE[0] > -4), (SQUARE[:, 0] > 0, 1), np.ix_([0, 2], [1, 2])),
)


@pytest.mark.parametrize("view", ["stored", "derived", "selected", "below", "beside", "mapped", "packed"])
@pytest.mark.parametrize("index", INDEXES, ids=repr)
def test_an_index_means_what_it_means_to_numpy(tmp_path, view, index):
    (tmp_path / "t").write_bytes(SQUARE.tobytes())
    inner = stored(tmp_path / "t", SQUARE).table()
    table = {
        "stored": lambda: inner,
        "derived": lambda: DerivedTable(inner, 3, np.array([0, 1, 2])),
        "selected": lambda: SelectedRows(inner, np.arange(3)),
        "below": lambda: JoinedTable([inner[:1], inner[1:]], 0),
        "beside": lambda: JoinedTable([inner[:, :1], inner[:, 1:]], 1),
        "mapped": lambda: MappedTable(inner, np.eye(3)),
        "packed": lambda: UnalignedTable(OpenFile(tmp_path / "t"), np.arange(3) * 12, 3),
    }[view]()
    found, wanted = table[index], SQUARE[index]
    assert type(found) is type(wanted)
    np.testing.assert_array_equal(found, wanted)


def test_an_index_that_numpy_refuses_is_refused(tmp_path):
    table = stored(tmp_path / "t", SQUARE).table()
    for index in (3, [0, 3], 1.0, "cat", (0, 3), (3, 0), [True], (0, 0, 0), {}):
        with pytest.raises(IndexError):
            SQUARE[index]
        with pytest.raises(IndexError):
            table[index]


def test_a_table_cannot_be_written_to(tmp_path):
    table = stored(tmp_path / "t", VALUES).table()
    with pytest.raises(TypeError, match="item assignment"):
        table[0] = 1
    with pytest.raises(TypeError, match="never changes"):
        table += 1
    with pytest.raises(TypeError, match="never changes"):
        np.add(VALUES, 1, out=table)


def test_a_table_says_what_it_is_and_how_to_get_an_array(tmp_path):
    table = stored(tmp_path / "t", VALUES).table()
    assert repr(table) == "StoredTable(4 × 3 numbers of float32, read when asked for)"
    assert 11.0 in table and 12.0 not in table
    with pytest.raises(AttributeError, match=r"'flags'; .* `table\[:\]` is an array"):
        _ = table.flags


def test_matplotlib_takes_the_columns_of_a_table_as_those_of_an_array(tmp_path):
    pyplot = needs("matplotlib.pyplot")
    counts, _, _ = pyplot.hist(stored(tmp_path / "t", VALUES).table())
    pyplot.close("all")
    assert len(counts) == 3


@pytest.mark.parametrize("shape", [(0, 1 << 62), ((1 << 64) - 1, 0)])
def test_no_numbers_in_a_shape_beyond_all_bounds_are_refused(tmp_path, shape):
    tensor = StoredTensor("t", NUMBER_TYPES["F32"], shape, tmp_path / "t", 0, 0)
    for read in (tensor.values, tensor.raw, tensor.array, tensor.opened_table):
        with pytest.raises(CorruptFile, match="tensor 't' is of shape"):
            read()


def test_no_numbers_have_a_shape_too(tmp_path):
    tensor = StoredTensor("t", NUMBER_TYPES["BF16"], (0, 3), tmp_path / "t", 0, 0)
    assert tensor.values().shape == tensor.opened_table()[:].shape == (0, 3)


@pytest.mark.parametrize(
    ("kind", "shape", "size", "said"),
    [
        ("F32", (4, 3), 47, "47 bytes cannot be 4 x 3 numbers of F32"),
        ("F32", (1 << 40, 300), 1000, "1000 bytes cannot be 1099511627776 x 300 numbers of F32"),
        ("I8", (0, 3), 1, "1 bytes cannot be 0 x 3"),
    ],
)
def test_a_size_that_is_not_that_of_the_shape_is_refused(tmp_path, kind, shape, size, said):
    with pytest.raises(CorruptFile, match=said):
        StoredTensor("t", NUMBER_TYPES[kind], shape, tmp_path / "t", 0, size)


def test_a_file_that_ends_too_early_is_told_before_a_row_is_read(tmp_path):
    tensor = stored(tmp_path / "t", VALUES)
    (tmp_path / "t").write_bytes(b"x" * 47)
    with pytest.raises(CorruptFile, match="it ends before tensor 't' does"):
        tensor.table()


@pytest.mark.parametrize("shape", [(12,), (2, 2, 3), (0, 3), ()])
def test_only_two_dimensions_with_numbers_in_them_are_a_table(tmp_path, shape):
    tensor = stored(tmp_path / "t", np.zeros(shape))
    with pytest.raises(CorruptFile, match="no table"):
        tensor.table()
    assert tensor.values().shape == shape


@given(st.slices(6))
def test_a_derived_table_takes_every_slice_as_an_array_does(wanted):
    values = np.arange(18, dtype=np.float32).reshape(6, 3)
    inner = StoredTable(values.view(np.uint8), NUMBER_TYPES["F32"], 3)
    np.testing.assert_array_equal(DerivedTable(inner, 6)[wanted], values[wanted])


def test_a_derived_table_maps_and_weighs_as_model2vec_does():
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
def test_any_index_of_a_derived_table_is_of_its_own_rows_alone(ids, weights, rows):
    values = np.arange(18, dtype=np.float32).reshape(6, 3)
    table = DerivedTable(StoredTable(values.view(np.uint8), NUMBER_TYPES["F32"], 3), 3, ids, weights)
    whole = table[:]
    assert whole.shape == (3, 3)
    np.testing.assert_array_equal(
        table[rows], whole[np.array(rows) if np.size(rows) else np.array([], dtype=int)]
    )


@pytest.mark.parametrize("rows", [3, -4, [0, 5], np.arange(6) > 2, [0.5]], ids=repr)
def test_a_row_past_a_derived_table_is_an_index_error_though_the_file_has_it(rows):
    values = np.arange(18, dtype=np.float32).reshape(6, 3)
    with pytest.raises(IndexError):
        DerivedTable(values, 3)[rows]


def test_a_view_of_views_says_what_its_rows_are_made_from():
    table = np.arange(12, dtype=np.float32).reshape(4, 3)
    mapped = DerivedTable(table, 5, np.array([3, 0, 3, 1, 2]))
    assert stored_ids(table) is None and stored_ids(DerivedTable(table, 2)) is None
    assert stored_ids(mapped).tolist() == [3, 0, 3, 1, 2]
    assert stored_ids(DerivedTable(mapped, 3, weights=2.0)).tolist() == [3, 0, 3]
    assert stored_ids(DerivedTable(DerivedTable(mapped, 4, np.array([4, 0, 2, 0])), 3)).tolist() == [2, 3, 3]


def test_a_view_of_costly_rows_is_costly_however_many_lie_between():
    class Costly(StoredTable):
        rows_are_costly = True

    table = Costly(VALUES.view(np.uint8), NUMBER_TYPES["F32"], 3)
    assert are_costly(table) and are_costly(DerivedTable(DerivedTable(table, 3), 2))
    assert not are_costly(DerivedTable(VALUES, 2))


def test_a_pickle_of_a_view_has_its_rows_and_needs_no_file(tmp_path):
    bits = (VALUES.view(np.uint32) >> 16).astype("<u2")
    tensor = StoredTensor("t", NUMBER_TYPES["BF16"], VALUES.shape, tmp_path / "file", 0, bits.nbytes)
    tensor.path.write_bytes(bits.tobytes())
    for view in (tensor.table(), first_rows(tensor.table(), 2), DerivedTable(VALUES, 4, np.arange(4), 2.0)):
        assert copy.copy(view) is copy.deepcopy(view) is view
        kept = pickle.dumps(view)
        assert isinstance(pickle.loads(kept), np.ndarray)
        np.testing.assert_array_equal(pickle.loads(kept), view[:])


def test_the_first_rows_are_a_view():
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    inner = StoredTable(values.view(np.uint8), NUMBER_TYPES["F32"], 3)
    assert first_rows(values, 2) is values
    assert np.shares_memory(first_rows(values, 1), values)
    np.testing.assert_array_equal(first_rows(inner, 1)[:], values[:1])


def test_rows_are_the_same_when_their_bytes_are(tmp_path):
    one, other = stored(tmp_path / "1", VALUES), stored(tmp_path / "2", VALUES, offset=5)
    assert same_rows(one, one) and same_rows(one, other)
    changed = VALUES.copy()
    changed[-1, -1] += 1
    assert not same_rows(one, stored(tmp_path / "3", changed))
    assert not same_rows(one, stored(tmp_path / "4", VALUES, "F16"))

"""A table whose rows are made on demand works as a read-only array of NumPy."""

import copy
import pickle

import numpy as np
import pytest
from needs import needs
from stored_tensors import VALUES, stored

from tovec.formats.vectors.word2vec_binary import UnalignedTable
from tovec.storage.open_file import OpenFile
from tovec.vectors.common_components import CommonComponents, RemainderTable
from tovec.vectors.derived import DerivedTable, MappedTable, first_rows
from tovec.vectors.joined import JoinedTable
from tovec.vectors.number_types import NUMBER_TYPES
from tovec.vectors.stored import StoredTensor


@pytest.mark.parametrize("kind", ["F32", "F16", "I8"])
def test_lazy_table_works_as_an_array(tmp_path, kind):
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
NOTHING = CommonComponents(np.zeros(3), np.zeros((0, 3)), 0.0)  # in common
INDEXES = (
    *(0, -1, np.int32(2), slice(None), slice(None, None, -1), slice(5, 9), [], [2, 0, 2], range(2)),
    *(np.array([[1, 2], [0, 1]]), np.array([1], np.uint64), [True, False, True], SQUARE[:, 0] > 0),
    *(..., None, True, SQUARE > 0, (1, 2), (-1, -1), (slice(None), 1), (slice(2), slice(1, None))),
    *((slice(None), [2, 0]), (1, [2, 0]), ([2, 0], 1), ([2, 0], [1, 1]), ([2, 0], slice(1)), (..., 0)),
    *((None, slice(None)), (slice(1, 3), None), (1, None), (slice(2), ...), (np.array([1, 2]),), ()),
    *((slice(None), SQUARE[0] > -4), (SQUARE[:, 0] > 0, 1), np.ix_([0, 2], [1, 2])),
)


@pytest.mark.parametrize("view", ["stored", "derived", "below", "beside", "mapped", "remainder", "packed"])
@pytest.mark.parametrize("index", INDEXES, ids=repr)
def test_every_index_gives_what_numpy_gives(tmp_path, view, index):
    (tmp_path / "t").write_bytes(SQUARE.tobytes())
    inner = stored(tmp_path / "t", SQUARE).table()
    table = {
        "stored": lambda: inner,
        "derived": lambda: DerivedTable(inner, 3, np.array([0, 1, 2])),
        "below": lambda: JoinedTable([inner[:1], inner[1:]], 0),
        "beside": lambda: JoinedTable([inner[:, :1], inner[:, 1:]], 1),
        "mapped": lambda: MappedTable(inner, np.eye(3)),
        "remainder": lambda: RemainderTable(inner, NOTHING, keeps_zeros=False),
        "packed": lambda: UnalignedTable(OpenFile(tmp_path / "t"), np.arange(3) * 12, 3),
    }[view]()
    found, wanted = table[index], SQUARE[index]
    assert type(found) is type(wanted)
    np.testing.assert_array_equal(found, wanted)


def test_index_that_numpy_refuses_is_an_index_error(tmp_path):
    table = stored(tmp_path / "t", SQUARE).table()
    for index in (3, [0, 3], 1.0, "cat", (0, 3), (3, 0), [True], (0, 0, 0), {}):
        with pytest.raises(IndexError):
            SQUARE[index]
        with pytest.raises(IndexError):
            table[index]


def test_lazy_table_cannot_be_written_to(tmp_path):
    table = stored(tmp_path / "t", VALUES).table()
    with pytest.raises(TypeError, match="item assignment"):
        table[0] = 1
    with pytest.raises(TypeError, match="never changes"):
        table += 1
    with pytest.raises(TypeError, match="never changes"):
        np.add(VALUES, 1, out=table)


def test_repr_and_missing_attribute_say_how_to_get_an_array(tmp_path):
    table = stored(tmp_path / "t", VALUES).table()
    assert repr(table) == "StoredTable(4 × 3 numbers of float32, read on demand)"
    assert 11.0 in table and 12.0 not in table
    with pytest.raises(AttributeError, match=r"'flags'; .* `table\[:\]` is an array"):
        _ = table.flags


def test_matplotlib_draws_one_histogram_for_each_column(tmp_path):
    pyplot = needs("matplotlib.pyplot")
    counts, _, _ = pyplot.hist(stored(tmp_path / "t", VALUES).table())
    pyplot.close("all")
    assert len(counts) == 3


def test_pickle_of_a_lazy_table_holds_its_rows_and_needs_no_file(tmp_path):
    bits = (VALUES.view(np.uint32) >> 16).astype("<u2")
    tensor = StoredTensor("t", NUMBER_TYPES["BF16"], VALUES.shape, tmp_path / "file", 0, bits.nbytes)
    tensor.path.write_bytes(bits.tobytes())
    for view in (tensor.table(), first_rows(tensor.table(), 2), DerivedTable(VALUES, 4, np.arange(4), 2.0)):
        assert copy.copy(view) is copy.deepcopy(view) is view
        kept = pickle.dumps(view)
        assert isinstance(pickle.loads(kept), np.ndarray)
        np.testing.assert_array_equal(pickle.loads(kept), view[:])

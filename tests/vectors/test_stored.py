"""Tensors in files: rows at any offset, sizes that do not match, files that end too early."""

import numpy as np
import pytest
from stored_tensors import VALUES, stored

from tovec.storage.file_errors import CorruptFile
from tovec.vectors.derived import stored_bytes, stored_type
from tovec.vectors.number_types import NUMBER_TYPES
from tovec.vectors.stored import StoredTensor, same_rows
from tovec.vectors.table import Vectors, blocks


@pytest.mark.parametrize("kind", ["F32", "F16", "F64", "I8"])
@pytest.mark.parametrize("offset", [0, 7])
def test_rows_equal_those_of_the_file_at_any_offset(tmp_path, kind, offset):
    table = stored(tmp_path / "t", VALUES, kind, offset).table()
    assert isinstance(table, Vectors) and table.shape == (4, 3)
    np.testing.assert_array_equal(np.asarray(table[1:3], np.float32), VALUES[1:3])
    np.testing.assert_array_equal(np.asarray(table[np.array([3, 0, 3])], np.float32), VALUES[[3, 0, 3]])
    np.testing.assert_array_equal(np.concatenate([rows for _, rows in blocks(table)]), VALUES)
    assert stored_type(table) in (kind, "float32", "float16")
    assert stored_bytes(table) == 12 * NUMBER_TYPES[kind].n_bytes


@pytest.mark.parametrize("shape", [(0, 1 << 62), ((1 << 64) - 1, 0)])
def test_empty_tensor_of_an_impossible_shape_is_refused(tmp_path, shape):
    tensor = StoredTensor("t", NUMBER_TYPES["F32"], shape, tmp_path / "t", 0, 0)
    for read in (tensor.values, tensor.raw, tensor.array, tensor.opened_table):
        with pytest.raises(CorruptFile, match="tensor 't' is of shape"):
            read()


def test_empty_tensor_keeps_its_shape(tmp_path):
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
def test_size_that_does_not_match_the_shape_is_refused(tmp_path, kind, shape, size, said):
    with pytest.raises(CorruptFile, match=said):
        StoredTensor("t", NUMBER_TYPES[kind], shape, tmp_path / "t", 0, size)


def test_file_that_ends_too_early_is_reported_before_a_row_is_read(tmp_path):
    tensor = stored(tmp_path / "t", VALUES)
    (tmp_path / "t").write_bytes(b"x" * 47)
    with pytest.raises(CorruptFile, match="it ends before tensor 't' does"):
        tensor.table()


@pytest.mark.parametrize("shape", [(12,), (2, 2, 3), (0, 3), ()])
def test_only_tensors_of_two_nonzero_dimensions_are_tables(tmp_path, shape):
    tensor = stored(tmp_path / "t", np.zeros(shape))
    with pytest.raises(CorruptFile, match="not a table"):
        tensor.table()
    assert tensor.values().shape == shape


def test_tensors_are_the_same_when_their_bytes_are(tmp_path):
    one, other = stored(tmp_path / "1", VALUES), stored(tmp_path / "2", VALUES, offset=5)
    assert same_rows(one, one) and same_rows(one, other)
    changed = VALUES.copy()
    changed[-1, -1] += 1
    assert not same_rows(one, stored(tmp_path / "3", changed))
    assert not same_rows(one, stored(tmp_path / "4", VALUES, "F16"))

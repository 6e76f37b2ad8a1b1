"""Rows multiplied out on demand, against the whole table multiplied out at once."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from needs import needs

from tovec.vectors.derived import stored_bytes, stored_type
from tovec.vectors.number_types import NUMBER_TYPES
from tovec.vectors.scaled import BlockNumbers, ScaledTensor, same_tables
from tovec.vectors.stored import StoredTensor
from tovec.vectors.table import Vectors, blocks

N_ROWS, DIM = 300, 20
RNG = np.random.default_rng(0)
CODES = RNG.integers(-128, 128, (N_ROWS, DIM)).astype(np.int8)


def stored(path, values, name="t", kind=None):
    values = np.ascontiguousarray(values)
    path.write_bytes(values.tobytes())
    kinds = {"int8": "I8", "float32": "F32", "float16": "F16", "int32": "I32", "uint8": "U8"}
    return StoredTensor(
        name, NUMBER_TYPES[kind or kinds[values.dtype.name]], values.shape, path, 0, values.nbytes
    )


def numbers_for(block):
    counts = -(-N_ROWS // block[0]), -(-DIM // block[1])
    return RNG.standard_normal(counts).astype(np.float32)


def spread(of_blocks, block):
    return np.repeat(np.repeat(of_blocks, block[0], 0), block[1], 1)[:N_ROWS, :DIM]


@pytest.fixture
def make(tmp_path):
    def make(block, *, zeros=None, offsets=None, scales=None, codes=CODES, name="x"):
        parts = {"scales": scales, "zeros": zeros, "offsets": offsets}
        found = {
            key: None if values is None else BlockNumbers(stored(tmp_path / f"{name}.{key}", values), block)
            for key, values in parts.items()
        }
        tensor = stored(tmp_path / f"{name}.codes", codes, name)
        return ScaledTensor(name, "I8", DIM, tensor, found["scales"], found["zeros"], found["offsets"])

    return make


@pytest.mark.parametrize(
    "block", [(N_ROWS, DIM), (1, DIM), (1, 5), (1, 8), (128, 8), (7, 20), (300, 1), (1, 1)]
)
def test_number_is_code_minus_zero_point_times_scale_plus_offset(make, block):
    scales, zeros, offsets = numbers_for(block), numbers_for(block).round(), numbers_for(block)
    table = make(block, scales=scales, zeros=zeros, offsets=offsets).table()
    wide = CODES.astype(np.float32)
    expected = (wide - spread(zeros, block)) * spread(scales, block) + spread(offsets, block)
    assert isinstance(table, Vectors) and table.shape == (N_ROWS, DIM)
    rows = table[:]
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, expected)
    np.testing.assert_array_equal(np.concatenate([part for _, part in blocks(table)]), expected)


ROWS = [
    *(slice(None), slice(10, 20), slice(None, None, -1), slice(250, 9, -7), slice(5, 5), slice(290, 999)),
    *(np.array([3, 299, 0, 3]), np.array([-1, -300]), np.array([], dtype=np.int64), [7, 1], 5, -2),
    *(np.arange(N_ROWS) % 7 == 0, np.array([[1, 2], [3, 4]]), np.int64(4), np.arange(3, dtype=np.uint16)),
]


@pytest.mark.parametrize("rows", ROWS, ids=repr)
@pytest.mark.parametrize("block", [(1, 5), (128, 8), (N_ROWS, DIM)])
def test_every_index_of_a_scaled_table_equals_that_of_an_array(make, block, rows):
    table = make(block, scales=numbers_for(block)).table()
    np.testing.assert_array_equal(table[rows], table[:][rows])


@pytest.mark.parametrize("rows", [[300], [-301], 300])
def test_a_row_past_the_table_is_an_index_error(make, rows):
    with pytest.raises(IndexError, match="of 300"):
        make((128, DIM), scales=numbers_for((128, DIM))).table()[rows]


def test_numpy_reads_a_scaled_table_as_one_array(make):
    table = make((1, 5), scales=numbers_for((1, 5))).table()
    assert len(table) == N_ROWS
    np.testing.assert_array_equal(np.asarray(table), table[:])
    assert np.asarray(table, dtype=np.float64).dtype == np.float64


def test_codes_that_only_fill_the_last_word_are_left_out(make, tmp_path):
    wide = np.hstack([CODES, np.full((N_ROWS, 4), 77, np.int8)])
    table = make(
        (1, 8), scales=numbers_for((1, 8)), zeros=numbers_for((1, 8)), codes=wide, name="wide"
    ).table()
    narrow = make((1, 8), scales=np.ones((N_ROWS, 3), np.float32), codes=wide, name="ones").table()
    assert table.shape == (N_ROWS, DIM) and table[:].shape == (N_ROWS, DIM)
    np.testing.assert_array_equal(narrow[:], CODES)


def test_a_factor_multiplies_the_scales_or_divides_them_in_float32(make, tmp_path):
    scales = numbers_for((1, 5))
    tensor = make((1, 5), scales=scales)
    factor = stored(tmp_path / "factor", np.array([3.7], np.float32))
    multiplied, divided = replace(tensor, factor=factor), replace(tensor, factor=factor, divides=True)
    expected = CODES * np.repeat(scales * np.float32(3.7), 5, 1)
    np.testing.assert_array_equal(multiplied.table()[:], expected)
    expected = CODES * np.repeat(scales / np.float32(3.7), 5, 1)
    np.testing.assert_array_equal(divided.table()[:], expected)
    assert multiplied.size == tensor.size + 4


@pytest.mark.parametrize("n_bits", range(1, 9))
def test_packed_zero_points_are_those_of_compressed_tensors(make, tmp_path, n_bits):
    torch, packing = needs("torch"), needs("compressed_tensors.compressors.pack_quantized.helpers")
    half = 1 << (n_bits - 1)
    zeros = RNG.integers(-half, half, (N_ROWS, 4)).astype(np.int8)
    words = packing.pack_to_int32(torch.from_numpy(zeros), n_bits, packed_dim=0).numpy()
    tensor = make((1, 5), scales=np.ones((N_ROWS, 4), np.float32))
    tensor = replace(tensor, zero_points=BlockNumbers(stored(tmp_path / "z", words), (1, 5), n_bits))
    expected = CODES.astype(np.float32) - np.repeat(zeros, 5, 1)
    np.testing.assert_array_equal(tensor.table()[:], expected)
    np.testing.assert_array_equal(tensor.table()[np.array([299, 31, 32])], expected[[299, 31, 32]])


def test_scales_that_are_infinite_or_nan_raise_no_warning(make):
    scales = np.full((N_ROWS, 1), np.inf, np.float32)
    scales[0] = np.nan
    rows = make((1, DIM), scales=scales, offsets=-scales).table()[:]
    assert np.isnan(rows[0]).all()


def test_stored_bytes_count_all_parts_and_the_type_has_a_name(make):
    tensor = make((1, 5), scales=numbers_for((1, 5)))
    assert stored_type(tensor.table()) == "I8"
    assert stored_bytes(tensor.table()) == tensor.size == CODES.nbytes + 4 * 4 * N_ROWS


def test_a_large_table_is_decoded_in_little_memory(tmp_path):
    codes = stored(tmp_path / "codes", np.zeros((40_000, 256), np.int8))
    scales = BlockNumbers(stored(tmp_path / "scales", np.ones((40_000, 8), np.float16)), (1, 32))
    table = ScaledTensor("t", "I8", 256, codes, scales).table()
    tracemalloc.start()
    for _, rows in blocks(table):
        assert not rows.any()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6 < 40_000 * 256 * 4


def test_tables_are_the_same_only_with_the_same_scales(make):
    scales = numbers_for((1, 5))
    one, same = make((1, 5), scales=scales), make((1, 5), scales=scales, name="same")
    other = make((1, 5), scales=scales + 1, name="other")
    with_zeros = make((1, 5), scales=scales, zeros=0 * scales, name="zeros")
    assert same_tables(one, one) and same_tables(one, same)
    assert not same_tables(one, other) and not same_tables(one, with_zeros)
    assert not same_tables(one, one.codes) and not same_tables(one.codes, one)
    assert same_tables(one.codes, same.codes)
    assert not same_tables(one, replace(same, type_name="another"))

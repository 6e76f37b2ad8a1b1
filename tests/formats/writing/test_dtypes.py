"""Number types to write, against numpy, ml_dtypes and model2vec's quantization."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from needs import needs

from tovec.errors import CannotSave
from tovec.formats.writing.dtypes import BF16, DTYPES, F16, F32, INT8, encoded, scale_for
from tovec.vectors.number_types import NUMBER_TYPES

FLOATS = st.floats(width=32)
NEAR_TIES = st.integers(0, 0xFFFFFFFF).map(
    lambda bits: np.uint32(bits & 0xFFFF8003 | 0x8000).view(np.float32)
)


def whose(row):
    return f"row {row}"


def whole(vectors, dtype):
    return np.concatenate(list(encoded(vectors, dtype, scale_for(vectors, dtype), whose)))


@given(arrays(np.float32, (3, 5), elements=FLOATS | NEAR_TIES.map(float)))
def test_bf16_is_what_ml_dtypes_rounds_to(rows):
    with np.errstate(over="ignore"):
        expected = rows.astype(needs("ml_dtypes").bfloat16)
    if (np.isinf(expected.astype(np.float32)) & ~np.isinf(rows)).any():
        with pytest.raises(CannotSave, match="bf16 cannot hold the number"):
            whole(rows, BF16)
        return
    numbers = whole(rows, BF16)
    decoded = NUMBER_TYPES["BF16"].decode(numbers.view(np.uint8))
    np.testing.assert_array_equal(decoded, expected.astype(np.float32))
    nan = np.isnan(rows)
    assert (numbers[~nan] == expected.view(np.uint16)[~nan]).all()


@given(arrays(np.float32, (2, 4), elements=FLOATS))
def test_f16_is_what_numpy_rounds_to_or_is_refused(rows):
    with np.errstate(over="ignore"):
        expected = rows.astype(np.float16)
    if (np.isinf(expected) & ~np.isinf(rows)).any():
        with pytest.raises(CannotSave, match=r"f16 cannot hold the number \S+ of row [01]; f32 can"):
            whole(rows, F16)
    else:
        np.testing.assert_array_equal(whole(rows, F16), expected)


def test_f32_stays_every_bit_as_it_is():
    rows = np.array([[np.nan, -0.0, 1e-45, 3.4e38, np.inf]], dtype=np.float32)
    assert whole(rows, F32).tobytes() == rows.tobytes()


@given(arrays(np.float32, (4, 3), elements=st.floats(-1000, 1000, width=32)))
@example(np.full((4, 3), 1.1e-43, dtype=np.float32))
def test_int8_is_the_table_over_one_scale_to_the_nearest_whole_number(rows):
    scale = scale_for(rows, INT8)
    numbers = whole(rows, INT8)
    assert numbers.dtype == np.int8
    assert np.abs(numbers.astype(np.float64) * scale - rows).max() <= scale * 0.5001
    if np.abs(rows).max() > 1e-30:
        assert np.abs(numbers).max() == 127


def test_int8_is_what_model2vec_quantizes_to():
    quantization = needs("model2vec.quantization")
    rows = np.random.default_rng(0).standard_normal((500, 16)).astype(np.float32)
    theirs = quantization.quantize_embeddings(rows, quantization.DType.Int8)
    # Theirs divides in float16, which turns some numbers near a tie the other way.
    assert np.abs(whole(rows, INT8).astype(int) - theirs).max() <= 1
    assert (whole(rows, INT8) == theirs).mean() > 0.98


def test_a_table_of_zeros_has_a_scale():
    assert scale_for(np.zeros((2, 2), np.float32), INT8) == 1.0
    assert not whole(np.zeros((2, 2), np.float32), INT8).any()


@pytest.mark.parametrize(
    ("dtype", "number", "said"),
    [
        (F16, 70000, "70000"),
        (F16, -65520, "-65520"),
        (BF16, 3.4e38, "3.4e+38"),
        (INT8, np.inf, "inf"),
        (INT8, np.nan, "nan"),
    ],
)
def test_number_too_large_is_refused_with_its_row(monkeypatch, dtype, number, said):
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 6)
    rows = np.ones((10, 3), np.float32)
    rows[7, 1] = number
    with pytest.raises(CannotSave) as error:
        whole(rows, dtype)
    assert str(error.value) == f"{dtype.name} cannot hold the number {said} of row 7; f32 can"


@pytest.mark.parametrize("dtype", [F32, F16, BF16])
def test_infinity_and_nan_of_the_table_are_written(dtype):
    rows = np.array([[np.inf, -np.inf, np.nan]], dtype=np.float32)
    decoded = NUMBER_TYPES[dtype.safetensors].decode(whole(rows, dtype).view(np.uint8))
    np.testing.assert_array_equal(decoded, rows)


def test_each_type_says_what_it_keeps():
    assert [name for name, dtype in DTYPES.items() if dtype.keeps is None] == ["f32"]

"""Number types against ml_dtypes and numpy: every code of the small ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needs import needs

from tovec.vectors.number_types import NUMBER_TYPES

SMALL = {
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
    "F8_E4M3FNUZ": "float8_e4m3fnuz",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
    "F8_E8M0": "float8_e8m0fnu",
}


@pytest.mark.parametrize("name", SMALL)
def test_each_of_the_256_codes_of_an_8_bit_float_is_the_value_of_ml_dtypes(name):
    oracle = getattr(needs("ml_dtypes"), SMALL[name])
    codes = np.arange(256, dtype=np.uint8).reshape(2, 128)
    with np.errstate(invalid="ignore"):
        expected = codes.view(oracle).astype(np.float32)
    decoded = NUMBER_TYPES[name].decode(codes)
    assert decoded.dtype == np.float32
    np.testing.assert_array_equal(decoded, expected)


def test_each_of_the_65536_bfloat16_is_the_value_of_ml_dtypes():
    oracle = needs("ml_dtypes").bfloat16
    codes = np.arange(1 << 16, dtype="<u2").reshape(256, 256)
    with np.errstate(invalid="ignore"):
        expected = codes.view(oracle).astype(np.float32)
    np.testing.assert_array_equal(NUMBER_TYPES["BF16"].decode(codes.view(np.uint8)), expected)


@pytest.mark.parametrize("name", ["F64", "F32", "F16", "I8", "I16", "I32", "I64", "U8", "U16", "U32", "U64"])
def test_native_types_are_little_endian(name):
    kind = NUMBER_TYPES[name]
    values = np.array([[1, 2, 100], [0, 3, 7]])
    rows = values.astype(kind.dtype).view(np.uint8)
    assert rows.shape == (2, kind.row_bytes(3))
    np.testing.assert_array_equal(kind.decode(rows), values.astype(np.float32))
    assert kind.dtype.byteorder in "<|="


@given(st.lists(st.floats(width=64), min_size=1, max_size=8))
def test_a_float64_becomes_the_nearest_float32_without_a_warning(numbers):
    rows = np.array([numbers], dtype="<f8").view(np.uint8)
    with np.errstate(all="ignore"):
        expected = np.array([numbers]).astype(np.float32)
    np.testing.assert_array_equal(NUMBER_TYPES["F64"].decode(rows), expected)

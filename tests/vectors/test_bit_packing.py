"""Packed codes against one long number of bits, MLX and compressed-tensors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needs import needs

from tovec.vectors.bit_packing import packed_e2m1, packed_integers

BITS = range(1, 9)


def packed_by_hand(codes, n_bits):
    """Return rows of codes as bytes: the first code in the lowest bits of one long number."""
    n_bytes = codes.shape[1] * n_bits // 8
    numbers = [sum(int(code) << (n_bits * i) for i, code in enumerate(row)) for row in codes]
    rows = [np.frombuffer(number.to_bytes(n_bytes, "little"), np.uint8) for number in numbers]
    return np.stack(rows)


def some_codes(n_bits, shape=(7, 96)):
    return np.random.default_rng(n_bits).integers(0, 1 << n_bits, shape)


@given(st.sampled_from(BITS), st.integers(1, 9), st.integers(0, 255), st.integers(0, 2**32 - 1))
def test_unpacked_codes_equal_the_packed_ones(n_bits, n_groups, zero, seed):
    codes = np.random.default_rng(seed).integers(0, 1 << n_bits, (3, 8 * n_groups))
    kind = packed_integers(n_bits, zero)
    rows = packed_by_hand(codes, n_bits)
    assert rows.shape[1] == kind.row_bytes(codes.shape[1])
    decoded = kind.decode(rows)
    assert decoded.dtype == np.float32
    np.testing.assert_array_equal(decoded, codes - zero)
    np.testing.assert_array_equal(kind.decode(rows[1]), codes[1] - zero)


@pytest.mark.parametrize("n_bits", [2, 3, 4, 5, 6, 8])
def test_unpacking_equals_that_of_mlx(n_bits):
    mx = needs("mlx.core")
    weights = mx.array(np.random.default_rng(0).standard_normal((5, 96)).astype(np.float32))
    words, scales, biases = mx.quantize(weights, group_size=32, bits=n_bits)
    ones, zeros = mx.ones(scales.shape), mx.zeros(biases.shape)
    expected = np.array(mx.dequantize(words, ones, zeros, group_size=32, bits=n_bits))
    decoded = packed_integers(n_bits).decode(np.array(words).view(np.uint8))
    np.testing.assert_array_equal(decoded, expected)
    assert len(np.unique(decoded)) > min(1 << n_bits, 80) / 2


@pytest.mark.parametrize("n_bits", BITS)
def test_unpacking_equals_that_of_compressed_tensors(n_bits):
    torch, packing = needs("torch"), needs("compressed_tensors.compressors.pack_quantized.helpers")
    half = 1 << (n_bits - 1)
    signed = torch.from_numpy(some_codes(n_bits) - half).to(torch.int8)
    words = packing.pack_to_int32(signed, n_bits)
    decoded = packed_integers(n_bits, half).decode(words.numpy().view(np.uint8))
    np.testing.assert_array_equal(decoded, signed.numpy())


def test_the_4_bit_floats_are_those_of_ml_dtypes_with_a_sign_in_the_upper_bit():
    codes = np.arange(16).reshape(2, 8)
    expected = np.arange(16, dtype=np.uint8).view(needs("ml_dtypes").float4_e2m1fn).astype(np.float32)
    np.testing.assert_array_equal(packed_e2m1().decode(packed_by_hand(codes, 4)).ravel(), expected)

"""The number types of GGML against the gguf package: layouts, values bit for bit, damaged scales."""

import tracemalloc

import numpy as np
import pytest
from needs import needs

from tovec.storage.file_errors import UnsupportedFile
from tovec.vectors.quantized import GGML_TYPES
from tovec.vectors.stored import StoredTensor

READABLE = {kind.name: kind for kind in GGML_TYPES.values() if kind.dtype is None and not kind.why_not}
QUANTIZABLE = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "TQ1_0", "TQ2_0", "MXFP4", "BF16"]


def assert_same_bits(ours, theirs):
    assert ours.dtype == theirs.dtype == np.float32
    assert ours.shape == theirs.shape
    numbers = ~np.isnan(theirs)
    assert np.array_equal(np.isnan(ours), ~numbers)
    assert np.array_equal(ours.view(np.uint32)[numbers], theirs.view(np.uint32)[numbers])


def test_codes_names_and_sizes_are_those_of_the_gguf_package():
    constants = needs("gguf").constants
    for code, kind in GGML_TYPES.items():
        theirs = constants.GGMLQuantizationType(code)
        assert (kind.name, kind.block, kind.n_bytes) == (theirs.name, *constants.GGML_QUANT_SIZES[theirs])
    # Q8_1 and Q8_K are what sums are made in; no file has them.
    left_out = {theirs.name for theirs in constants.GGMLQuantizationType if theirs not in GGML_TYPES}
    assert left_out <= {"Q8_1", "Q8_K"}


@pytest.mark.parametrize("name", READABLE)
def test_any_bytes_become_the_numbers_of_the_gguf_package(name):
    gguf = needs("gguf")
    kind = READABLE[name]
    dim = 512  # two blocks of a K type, more of any other
    # More blocks than are taken apart at a time; a scale may be NaN, infinite, negative or subnormal.
    rows = np.random.default_rng(0).integers(0, 256, (300, kind.row_bytes(dim)), dtype=np.uint8)
    with np.errstate(all="ignore"):
        expected = gguf.quants.dequantize(rows, gguf.GGMLQuantizationType[name])
    assert_same_bits(kind.decode(rows), expected)


@pytest.mark.parametrize("name", QUANTIZABLE)
def test_numbers_quantized_by_the_gguf_package_come_back_close(name):
    gguf = needs("gguf")
    kind = READABLE[name]
    numbers = np.random.default_rng(1).standard_normal((7, 768), dtype=np.float32)
    numbers[3] = 0.0
    packed = gguf.quants.quantize(numbers, gguf.GGMLQuantizationType[name]).view(np.uint8)
    ours = kind.decode(packed)
    assert_same_bits(ours, gguf.quants.dequantize(packed, gguf.GGMLQuantizationType[name]))
    assert not ours[3].any()
    assert np.corrcoef(ours.ravel(), numbers.ravel())[0, 1] > (0.7 if name.startswith("TQ") else 0.98)


def test_a_block_of_q4_k_by_hand():
    # d = 2, minimum scale 1; the first group has scale 3 and minimum 5, the fifth scale 33 and minimum 18:
    # their upper two bits are those of the first and the fifth byte, their lower four are in the ninth.
    scales = bytes([0b10_000011, 0, 0, 0, 0b01_000101, 0, 0, 0, 0b0010_0001, 0, 0, 0])
    codes = bytes([0xF7] + [0] * 63 + [0x09] + [0] * 63)
    block = np.float16([2, 1]).tobytes() + scales + codes
    numbers = next(k for k in GGML_TYPES.values() if k.name == "Q4_K").decode(np.frombuffer(block, np.uint8))
    assert numbers.shape == (256,)
    assert numbers[:3].tolist() == [2 * 3 * 7 - 5, -5, -5]
    assert numbers[32:34].tolist() == [0, 0]  # a group of scale 0
    assert numbers[128:130].tolist() == [2 * 33 * 9 - 18, -18]


@pytest.mark.parametrize("name", READABLE)
def test_strided_and_empty_rows_are_decoded(name):
    kind = READABLE[name]
    rows = np.random.default_rng(2).integers(0, 256, (9, kind.row_bytes(256)), dtype=np.uint8)
    whole = kind.decode(rows)
    assert_same_bits(kind.decode(rows[::-2]), whole[::-2].copy())
    assert kind.decode(rows[:0]).shape == (0, 256)


def test_decoding_does_not_change_its_input():
    for kind in READABLE.values():
        rows = np.random.default_rng(3).integers(0, 256, (2, kind.row_bytes(256)), dtype=np.uint8)
        before = rows.copy()
        rows.flags.writeable = False
        kind.decode(rows)
        assert np.array_equal(rows, before), kind.name


@pytest.mark.parametrize("name", READABLE)
def test_decoding_takes_little_memory_beside_the_numbers(name):
    kind = READABLE[name]
    rows = np.zeros((1024, kind.row_bytes(2048)), dtype=np.uint8)
    tracemalloc.start()
    try:
        numbers = kind.decode(rows)
        assert tracemalloc.get_traced_memory()[1] < 1.25 * numbers.nbytes
    finally:
        tracemalloc.stop()


def test_types_that_cannot_be_read_are_refused_by_name(tmp_path):
    kind = next(kind for kind in GGML_TYPES.values() if kind.name == "IQ2_XXS")
    with pytest.raises(UnsupportedFile, match="'odd' is of IQ2_XXS, which cannot be read; convert the file"):
        StoredTensor("odd", kind, (1, kind.block), tmp_path / "x.gguf", 0, kind.n_bytes).table()

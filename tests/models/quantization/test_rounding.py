"""How far rows may be from what they were rounded from: no row is farther, and many are nearly as far."""

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.vectors.derived import DerivedTable
from tovec.vectors.number_types import NUMBER_TYPES
from tovec.vectors.quantized import GGML_TYPES
from tovec.vectors.rounding import rounding
from tovec.vectors.stored import StoredTable

N, DIM = 50, 256
RNG = np.random.default_rng(0)
TABLE = (RNG.standard_normal((N, DIM)) * RNG.uniform(0.01, 3, (N, 1))).astype(np.float32)
ALL = np.arange(N)


def assert_tight(table):
    """The error of each row is within its bound, and half of it at least: a uniform one is its 0.58."""
    rows = np.asarray(table[ALL], dtype=np.float32)
    bounds = rounding(table, ALL, rows)
    errors = np.linalg.norm(rows.astype(float) - TABLE, axis=1)
    assert (errors <= bounds * (1 + 1e-6)).all()
    assert (errors > 0.4 * bounds).all()
    some = np.array([3, 1, 40])
    np.testing.assert_allclose(rounding(table, some, rows[some]), bounds[some])
    np.testing.assert_allclose(rounding(table, slice(2, 9), rows[2:9]), bounds[2:9])


@pytest.mark.parametrize("name", ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "BF16"])
def test_of_types_that_the_gguf_package_quantizes(name):
    gguf = needs("gguf")
    kind = gguf.GGMLQuantizationType[name]
    packed = gguf.quants.quantize(TABLE, kind)
    number_type = GGML_TYPES[kind.value]
    assert_tight(StoredTable(packed.reshape(N, -1).view(np.uint8), number_type, DIM))


@pytest.mark.parametrize(
    "name", ["Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "TQ2_0", "IQ4_XS", "IQ3_S", "MXFP4"]
)
def test_a_step_is_what_numbers_of_a_group_are_apart(name):
    """Of blocks of random bits, as gguf reads them: most neighbors are one code apart."""
    gguf = needs("gguf")
    kind = gguf.GGMLQuantizationType[name]
    number_type = GGML_TYPES[kind.value]
    raw = RNG.integers(0, 256, (40, number_type.row_bytes(DIM)), dtype=np.uint8)
    with np.errstate(all="ignore"):
        numbers = gguf.quants.dequantize(raw, kind).reshape(40, DIM)
    steps = number_type.steps(raw)
    groups = numbers.reshape(40, steps.shape[1], -1)
    known = np.isfinite(groups).all(axis=2) & (np.abs(steps) > 1e-6) & (np.abs(groups).max(axis=2) < 1e6)
    ordered = np.sort(groups[known].astype(float), axis=1)
    apart = np.diff(ordered, axis=1)
    apart[apart < 1e-9 * np.abs(ordered).max(axis=1, keepdims=True)] = np.nan
    least = np.nanmin(apart, axis=1) / steps[known]
    has_even_codes = "Q" in name and not name.startswith("IQ4")
    assert np.nanmedian(least) == pytest.approx(
        1.0 if has_even_codes else 0.7, abs=0.01 if has_even_codes else 0.3
    )


@pytest.mark.parametrize(("name", "unit"), [("F8_E4M3", 2**-4), ("F8_E5M2", 2**-3)])
def test_of_floats_of_eight_bits(name, unit):
    values = NUMBER_TYPES[name].decode(np.arange(256, dtype=np.uint8)[None])[0]
    values = np.unique(values[np.isfinite(values)])
    nearest = values[np.abs(TABLE[..., None] - values).argmin(axis=-1)]
    codes = np.searchsorted(values, nearest)
    order = {
        value: code
        for code, value in enumerate(
            NUMBER_TYPES[name].decode(np.arange(256, dtype=np.uint8)[None])[0].tolist()
        )
    }
    stored = np.array([order[value] for value in values.tolist()], dtype=np.uint8)[codes]
    assert_tight(StoredTable(stored, NUMBER_TYPES[name], DIM))
    one = StoredTable(np.array([[order[1.0]]], dtype=np.uint8), NUMBER_TYPES[name], 1)
    assert rounding(one, slice(None), one[:]).tolist() == [unit]


def test_of_arrays_and_of_views():
    assert_tight(TABLE.astype(np.float16))
    wide = RNG.standard_normal((N, DIM))
    bounds = rounding(wide.astype(np.float32), ALL, wide.astype(np.float32))
    assert (np.linalg.norm(wide.astype(np.float32) - wide, axis=1) <= bounds).all()
    half = TABLE.astype(np.float16)
    view = DerivedTable(half, N, ALL[::-1], np.full(N, 3.0))
    of_half = rounding(half, ALL, half.astype(np.float32))
    np.testing.assert_allclose(rounding(view, ALL, view[:]), 3 * of_half[::-1])
    selected = DerivedTable(half, N, ALL[::-1])
    np.testing.assert_allclose(rounding(selected, ALL, selected[:]), of_half[::-1])


def test_of_codes_with_scales_beside_them(make):
    groups = TABLE.reshape(N, -1, 32)
    scales = (np.abs(groups).max(-1) / 127).astype(np.float32)
    codes = np.round(groups / scales[..., None]).astype(np.int8).reshape(N, DIM)
    config = {"model_type": "llama", "hidden_size": DIM, "vocab_size": N, "tie_word_embeddings": True}
    name = "model.embed_tokens.weight"
    source = make({name: codes, f"{name}_scale": scales}, config)
    assert_tight(tovec.open(source).vectors)


def test_of_mlx(make):
    groups = TABLE.reshape(N, -1, 32)
    low = groups.min(-1)
    step = (groups.max(-1) - low) / 15
    codes = np.round((groups - low[..., None]) / step[..., None]).astype(np.uint32).reshape(N, -1, 8)
    words = (codes << np.arange(0, 32, 4, dtype=np.uint32)).sum(axis=-1).astype(np.uint32)
    name = "model.embed_tokens"
    config = {"model_type": "llama", "hidden_size": DIM, "vocab_size": N, "tie_word_embeddings": True}
    config["quantization"] = {"group_size": 32, "bits": 4}
    assert_tight(
        tovec.open(
            make({f"{name}.weight": words, f"{name}.scales": step, f"{name}.biases": low}, config)
        ).vectors
    )

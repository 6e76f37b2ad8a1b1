"""Tables that MLX quantized, against MLX itself and its formula.

The layouts are those of models that people share: mixed recipes whose configuration speaks of a module by its
path, by the path of another wrapper, or not at all; heads of their own; tied heads that were saved twice.
"""

import json

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.errors import BadSource

IN, HEAD = "model.embed_tokens", "lm_head"
N, DIM = 37, 192
TABLE = np.random.default_rng(0).standard_normal((N, DIM)).astype(np.float32)
LLAMA = {"model_type": "llama", "hidden_size": DIM, "vocab_size": N}


def packed(codes, n_bits):
    """Return whole numbers as MLX packs them: one long row of bits, the first code in the lowest."""
    numbers = [sum(int(code) << (n_bits * i) for i, code in enumerate(row)) for row in codes]
    words = [np.frombuffer(n.to_bytes(codes.shape[1] * n_bits // 8, "little"), "<u4") for n in numbers]
    return np.stack(words)


def affine(module, n_bits, group_size, dtype=np.float32, table=TABLE):
    """Return the tensors of a module by the formula of mx.quantize, and the rows that they stand for."""
    groups = table.reshape(len(table), -1, group_size)
    low = groups.min(-1).astype(dtype)
    step = ((groups.max(-1) - low) / (2**n_bits - 1)).astype(dtype)
    wide_low, wide_step = low.astype(np.float32)[..., None], step.astype(np.float32)[..., None]
    codes = ((groups - wide_low) / wide_step).round().clip(0, 2**n_bits - 1)
    tensors = {
        f"{module}.weight": packed(codes.reshape(len(table), -1), n_bits),
        f"{module}.scales": step,
        f"{module}.biases": low,
    }
    return tensors, (wide_step * codes.astype(np.float32) + wide_low).reshape(table.shape)


def with_mlx(module, table=TABLE, dtype="float32", **settings):
    """Return the tensors of a module as MLX writes them, and its own dequantized rows in float32."""
    mx, torch = needs("mlx.core"), needs("torch")
    parts = mx.quantize(mx.array(table).astype(getattr(mx, dtype)), **settings)
    wide = [part if part.dtype in (mx.uint32, mx.uint8) else part.astype(mx.float32) for part in parts]
    rows = mx.dequantize(*wide, **settings, dtype=mx.float32)
    names = (f"{module}.weight", f"{module}.scales", f"{module}.biases")
    values = [np.array(part) if dtype == "float32" or i == 0 else part for i, part in enumerate(parts)]
    as_torch = [
        torch.from_numpy(value)
        if isinstance(value, np.ndarray)
        else torch.from_numpy(np.array(value.astype(mx.float32))).to(getattr(torch, dtype))
        for value in values
    ]
    return dict(zip(names, as_torch, strict=False)), np.array(rows)


@pytest.mark.parametrize("n_bits", [1, 2, 3, 4, 5, 6, 8])
@pytest.mark.parametrize("group_size", [32, 64])
def test_a_row_is_scale_times_code_plus_bias(make, n_bits, group_size):
    tensors, rows = affine(IN, n_bits, group_size)
    config = {**LLAMA, "quantization": {"group_size": group_size, "bits": n_bits}}
    model = tovec.open_model(make(tensors, config))
    np.testing.assert_array_equal(model.input.vectors[:], rows)
    assert model.report.findings == () or "not in the file" in model.report.findings[0]
    assert model.report.input.number_type == f"MLX {n_bits}-bit, groups of {group_size}"
    assert model.report.input.n_bytes == sum(tensor.nbytes for tensor in tensors.values())


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize(
    "settings", [{"bits": n, "group_size": g} for n in (2, 3, 4, 5, 6, 8) for g in (32, 64)]
)
def test_rows_are_those_of_mlx_in_float32(make, dtype, settings):
    tensors, rows = with_mlx(IN, dtype=dtype, **settings)
    found = tovec.open(make(tensors, {**LLAMA, "quantization": settings})).vectors[:]
    if dtype == "float32":  # the product has a rounding of its own, where MLX may have none
        np.testing.assert_allclose(found, rows, rtol=0, atol=1e-6)
    else:
        np.testing.assert_array_equal(found, rows)


@pytest.mark.parametrize("mode", ["mxfp4", "mxfp8", "nvfp4"])
def test_modes_of_floats_are_those_of_mlx(make, mode):
    table = TABLE * np.float32(10) ** np.arange(-18, 19, dtype=np.float32)[:, None]
    tensors, rows = with_mlx(IN, table if mode != "nvfp4" else TABLE, mode=mode)
    group_size, n_bits = {"mxfp4": (32, 4), "mxfp8": (32, 8), "nvfp4": (16, 4)}[mode]
    quantization = {"group_size": group_size, "bits": n_bits, "mode": mode}
    model = tovec.open_model(make(tensors, {**LLAMA, "quantization": quantization}))
    np.testing.assert_array_equal(model.input.vectors[:], rows)
    assert model.report.input.number_type == f"MLX {mode}"
    # The settings of a mode are its own where the configuration names the mode alone.
    np.testing.assert_array_equal(
        tovec.open(make(tensors, {**LLAMA, "quantization": {"mode": mode}}, "short")).vectors[:], rows
    )


@pytest.mark.parametrize(
    ("path", "others"),
    [
        (IN, {"bits": 4, "group_size": 64}),
        (IN, {"bits": 4, "group_size": 64, "mode": "mxfp4"}),
        ("embed_tokens", {"bits": 4, "group_size": 64}),
        ("language_model.model.embed_tokens", {"bits": 4, "group_size": 64}),
        ("model.language_model.embed_tokens", {"bits": 2, "group_size": 32, IN: False}),
        # By the shapes alone, this table might be one of 4-bit codes in groups of 128 and twice as wide.
        (IN, {"bits": 4, "group_size": 128}),
    ],
)
@pytest.mark.parametrize("key", ["quantization", "quantization_config"])
def test_module_settings_apply_whatever_its_path_prefix(make, path, others, key):
    tensors, rows = affine(IN, 8, 64)
    own = {"group_size": 64, "bits": 8}
    model = tovec.open_model(make(tensors, {**LLAMA, key: {**others, path: own}}))
    np.testing.assert_array_equal(model.input.vectors[:], rows)


@pytest.mark.parametrize("is_nested", [False, True])
def test_the_part_of_a_configuration_about_text_counts(make, is_nested):
    """As mlx-vlm saves Gemma 3: the width in `text_config`, the quantization there or at the top."""
    module = f"language_model.{IN}"
    tensors, rows = affine(module, 6, 64)
    quantization = {"quantization": {"bits": 4, "group_size": 64}}
    text = {"model_type": "gemma3_text", "hidden_size": DIM, **(quantization if is_nested else {})}
    config = {"model_type": "gemma3", "text_config": text, **({} if is_nested else quantization)}
    model = tovec.open_model(make(tensors, config))
    np.testing.assert_array_equal(model.input.vectors[:], rows)
    np.testing.assert_array_equal(model.output.vectors[:], rows)
    assert (model.report.tying, model.report.scale) == ("tied", DIM**0.5)


@pytest.mark.parametrize("stated", [{"bits": 4, "group_size": 64}, {"bits": 4, "group_size": 128}, {}])
def test_stated_width_decides_without_module_settings(make, stated):
    tensors, rows = affine(IN, 8, 64)
    model = tovec.open_model(make(tensors, {**LLAMA, "quantization": stated}))
    np.testing.assert_array_equal(model.input.vectors[:], rows)
    assert model.report.input.number_type == "MLX 8-bit, groups of 64"


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({}, "rows of 24 words and 6 scales, and the configuration does not say how many bits a code has"),
        (
            {"quantization": {"bits": 8, "group_size": 64}},
            "the configuration says 8-bit codes in groups of 64",
        ),
        (
            {"quantization": {"bits": 4, "group_size": 32, "mode": "nf4"}},
            "in the mode 'nf4', which tovec does not read",
        ),
        ({"quantization": {"mode": "mxfp4"}}, "4-bit codes and scales of F32, which is not mxfp4"),
        (
            {"quantization": {"bits": "4", "group_size": -32}},
            "the configuration says 4-bit codes in groups of 64",
        ),
        ({"quantization": "4 bits"}, "does not say"),
    ],
)
def test_ambiguous_quantization_is_refused(make, config, why):
    tensors, _ = affine(IN, 4, 32)
    with pytest.raises(
        BadSource, match=f"tensor '{IN}.weight' .*{why}.*open the model it was made from"
    ) as e:
        tovec.open(make(tensors, {"model_type": "llama", **config}))
    assert "\n" not in str(e.value) and "damaged" not in str(e.value)


@pytest.mark.parametrize(
    ("left_out", "why"),
    [("scales", "U32 codes, and their scales are missing"), ("biases", "needs 'biases' beside it")],
)
def test_codes_without_a_companion_are_refused(make, left_out, why):
    tensors, _ = affine(IN, 4, 32)
    del tensors[f"{IN}.{left_out}"]
    with pytest.raises(BadSource, match=why):
        tovec.open(make(tensors, {**LLAMA, "quantization": {"bits": 4, "group_size": 32}}))


def test_scales_of_other_shapes_are_refused(make):
    tensors, _ = affine(IN, 4, 32)
    config = {**LLAMA, "quantization": {"bits": 4, "group_size": 32}}
    for name in ("scales", "biases"):
        broken = {**tensors, f"{IN}.{name}": tensors[f"{IN}.{name}"][:-1]}
        with pytest.raises(BadSource, match="has scales of"):
            tovec.open(make(broken, config, name))


def test_a_head_of_its_own_is_compared_with_its_scales(make):
    config = {**LLAMA, "quantization": {"bits": 4, "group_size": 32}, "tie_word_embeddings": True}
    tensors, rows = affine(IN, 4, 32)
    twice = tensors | affine(HEAD, 4, 32)[0]
    assert tovec.open_model(make(twice, config)).report.tying == "tied"
    twice[f"{HEAD}.scales"] = twice[f"{HEAD}.scales"] * 2
    model = tovec.open_model(make(twice, config, "other"))
    assert model.report.tying == "untied"
    assert any("says tied, but the two tables differ" in finding for finding in model.report.findings)
    np.testing.assert_array_equal(model.input.vectors[:], rows)
    low = np.repeat(twice[f"{HEAD}.biases"], 32, axis=1)
    np.testing.assert_allclose(model.output.vectors[:], rows * 2 - low, atol=1e-5)


def test_a_table_beside_quantized_layers_may_be_plain(make):
    layers, _ = affine("model.layers.0.mlp.up_proj", 4, 32)
    config = {**LLAMA, "quantization": {"bits": 4, "group_size": 32, IN: False}}
    model = tovec.open_model(make({**layers, f"{IN}.weight": TABLE}, config))
    np.testing.assert_array_equal(model.input.vectors[:], TABLE)
    assert model.report.input.number_type == "F32"


def test_a_quantized_layer_that_a_user_names_is_dequantized_too(make):
    layer = "model.layers.0.mlp.up_proj"
    tensors, rows = affine(layer, 4, 32)
    folder = make(
        {**tensors, f"{IN}.weight": TABLE}, {**LLAMA, "quantization": {"bits": 4, "group_size": 32}}
    )
    np.testing.assert_array_equal(tovec.open(f"{folder}#{layer}.weight").vectors[:], rows)
    np.testing.assert_array_equal(
        tovec.open(f"{folder}#{layer}.scales").vectors[:], tensors[f"{layer}.scales"]
    )


def test_companions_may_lie_in_other_files(make):
    tensors, rows = affine(IN, 4, 32)
    files = {name: f"model-0000{i + 1}-of-00003.safetensors" for i, name in enumerate(tensors)}
    config = {**LLAMA, "quantization": {"bits": 4, "group_size": 32}}
    for name, file in files.items():
        folder = make({name: tensors[name]}, config, file=file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": files}))
    np.testing.assert_array_equal(tovec.open(folder).vectors[:], rows)
    with pytest.raises(BadSource, match="holds U32 codes, and their scales are missing"):
        tovec.open(folder / files[f"{IN}.weight"])
    (folder / files[f"{IN}.scales"]).unlink()
    with pytest.raises(BadSource, match=r"model-00002-of-00003.safetensors is missing"):
        tovec.open(folder)

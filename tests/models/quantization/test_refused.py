"""What no method here reads is refused by its name, and never taken for plain numbers.

Names and shapes are those that bitsandbytes, GPTQ, AWQ, quanto, HQQ, ExLlama and torchao save.

Covers tables.py and weight.py too.
"""

import warnings

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.errors import BadSource

IN, HEAD = "model.embed_tokens", "lm_head"
N, DIM = 48, 32
TABLE = np.random.default_rng(0).standard_normal((N, DIM)).astype(np.float32)
LLAMA = {"model_type": "llama", "hidden_size": DIM, "vocab_size": N, "tie_word_embeddings": False}
BYTES, WORDS = np.ones((N, DIM), np.uint8), np.ones((N, DIM // 8), np.int32)
FLOATS = np.ones((N, 1), np.float32)

UNREAD = {
    "bitsandbytes": [
        {
            "weight": np.ones((N * DIM // 2, 1), np.uint8),
            "weight.absmax": np.ones(N, np.float32),
            "weight.quant_map": np.ones(16, np.float32),
            "weight.quant_state.bitsandbytes__nf4": np.ones(80, np.uint8),
        },
        {"weight": BYTES.view(np.int8), "SCB": np.ones(N, np.float32), "weight_format": np.uint8([0])},
    ],
    "GPTQ or AWQ": [
        {
            "qweight": np.ones((DIM // 8, N), np.int32),
            "qzeros": np.ones((1, N // 8), np.int32),
            "scales": np.ones((1, N), np.float16),
            "g_idx": np.zeros(DIM, np.int32),
        },
        {
            "qweight": np.ones((DIM, N // 8), np.int32),
            "qzeros": np.ones((1, N // 8), np.int32),
            "scales": np.ones((1, N), np.float16),
        },
    ],
    "quanto": [{"weight._data": BYTES.view(np.int8), "weight._scale": FLOATS, "input_scale": FLOATS[0]}],
    "HQQ": [{"W_q": BYTES, "scale": FLOATS, "zero": FLOATS}],
    "ExLlama": [
        {"q_weight": WORDS, "q_scale": WORDS[:1], "q_scale_max": FLOATS[0], "q_invperm": np.arange(DIM)},
        {"trellis": np.ones((2, 3, 16), np.int16), "suh": FLOATS[0], "svh": FLOATS[0]},
    ],
    "torchao": [{"_weight_qdata": BYTES.view(np.int8), "_weight_scale": FLOATS}],
}
EACH = [(method, parts) for method, found in UNREAD.items() for parts in found]


def of_module(module, parts):
    return {f"{module}.{name}": value for name, value in parts.items()}


@pytest.mark.parametrize(("method", "parts"), EACH)
def test_table_of_an_unsupported_method_is_refused_by_name(make, method, parts):
    folder = make(of_module(IN, parts), LLAMA)
    with pytest.raises(
        BadSource, match=f"tensor '{IN}.weight' is quantized by {method} .*, which tovec does not read; open"
    ):
        tovec.open(folder)
    named = make(of_module(IN, parts), {**LLAMA, "quantization_config": {"quant_method": "other"}}, "named")
    with pytest.raises(BadSource, match="is quantized by other") as refused:
        tovec.open(named)
    assert "\n" not in str(refused.value) and "damaged" not in str(refused.value)
    codes = next(iter(parts))
    with pytest.raises(BadSource, match="is quantized by other"):
        tovec.open(f"{named}#{IN}.{codes}")


@pytest.mark.parametrize(("method", "parts"), EACH)
def test_layers_of_such_a_method_do_not_keep_a_plain_table_from_opening(make, method, parts):
    layers = of_module("model.layers.0.mlp.up_proj", parts)
    config = {**LLAMA, "quantization_config": {"quant_method": "gptq", "bits": 4}}
    model = tovec.open_model(make({**layers, f"{IN}.weight": TABLE, f"{HEAD}.weight": TABLE + 1}, config))
    np.testing.assert_array_equal(model.input.vectors[:], TABLE)
    np.testing.assert_array_equal(model.output.vectors[:], TABLE + 1)


@pytest.mark.parametrize(("method", "parts"), EACH)
def test_a_head_of_such_a_method_is_reported_and_the_input_opens(make, method, parts):
    folder = make({f"{IN}.weight": TABLE, **of_module(HEAD, parts)}, LLAMA)
    model = tovec.open_model(folder)
    np.testing.assert_array_equal(model.input.vectors[:], TABLE)
    why = f"cannot be read: tensor '{HEAD}.weight' is quantized by {method}"
    assert model.report.tying is None and why in model.report.tying_why
    assert any(why in finding for finding in model.report.findings)
    with pytest.raises(BadSource, match=why):
        _ = model.output
    with pytest.raises(BadSource, match=why):
        tovec.open(f"{folder}#output")
    with pytest.raises(BadSource, match=f"'{HEAD}.weight' is quantized by {method}"):
        tovec.open(make(of_module(HEAD, parts), LLAMA, "alone"))


@pytest.mark.parametrize(
    "companion",
    [
        *("weight_scale_2", "weight_scales", "scales", "scale", "weight_zero_point", "qzeros", "zero_point"),
        *("weight_codebook", "weight.scale", "weight_quantizer._scale", "comfy_quant", "weight_g_idx"),
        *("weight_packed", "weight.codebooks.0"),
    ],
)
@pytest.mark.parametrize("kind", ["float32", "float16", "int8", "uint8", "float8_e4m3fn"])
def test_unknown_companion_is_never_ignored(make, companion, kind):
    torch = needs("torch")
    table = torch.ones(N, DIM).to(getattr(torch, kind))
    tensors = {f"{IN}.weight": table, f"{IN}.{companion}": torch.ones(1)}
    with pytest.raises(BadSource, match=f"{companion}") as refused:
        tovec.open(make(tensors, LLAMA))
    assert "\n" not in str(refused.value)
    with pytest.raises(BadSource, match=f"{companion}"):
        tovec.open(f"{make(tensors, LLAMA, 'again')}#{IN}.weight")


@pytest.mark.parametrize("kind", ["float32", "float16", "bfloat16"])
def test_floats_with_scales_beside_them_are_refused(make, kind):
    """As a model lies on disk that is calibrated and not yet compressed."""
    torch = needs("torch")
    tensors = {
        f"{IN}.weight": torch.ones(N, DIM).to(getattr(torch, kind)),
        f"{IN}.weight_scale": torch.ones(1),
    }
    with pytest.raises(
        BadSource, match=r"and has 'model\.embed_tokens\.weight_scale' beside it, which does not fit"
    ):
        tovec.open(make(tensors, LLAMA))


def test_activation_scales_are_not_companions(make):
    others = [
        "input_scale",
        "output_scale",
        "input_zero_point",
        "input_global_scale",
        "k_scale",
        "scale_input",
    ]
    others += ["embed_scale", "bias", "lora_A.weight", "norm.weight_scale", "scale_norm.weight"]
    tensors = {f"{IN}.weight": TABLE, **{f"{IN}.{name}": FLOATS for name in others}}
    np.testing.assert_array_equal(tovec.open(make(tensors, LLAMA)).vectors[:], TABLE)


@pytest.mark.parametrize("kind", ["int8", "uint8", "int32", "int16", "int64", "uint32"])
@pytest.mark.parametrize("config", [LLAMA, {"hidden_size": 8 * DIM}, None])
def test_integers_without_scales_are_not_a_token_table(make, kind, config):
    codes = TABLE.astype(kind)
    folder = make({f"{IN}.weight": codes}, config)
    said = rf"tensor '{IN}\.weight' holds [UI]\d+ codes, and their scales are missing; open the model"
    with pytest.raises(BadSource, match=said):
        tovec.open(folder)
    named = tovec.open(f"{folder}#{IN}.weight").vectors[:]  # a user who names it gets it as it is
    np.testing.assert_array_equal(named, codes.astype(np.float32))


@pytest.mark.parametrize("name", ["embeddings", "embedding.weight", "some.table"])
def test_static_vectors_may_be_bytes(make, name):
    codes = np.arange(N * DIM, dtype=np.int64).reshape(N, DIM).astype(np.int8)
    np.testing.assert_array_equal(tovec.open(make({name: codes})).vectors[:], codes)


@pytest.mark.parametrize("name", ["embeddings", "vectors"])
def test_scales_beside_static_vectors_are_used(make, name):
    codes = np.arange(N * DIM, dtype=np.int64).reshape(N, DIM).astype(np.int8)
    scales = np.linspace(0.1, 1, N, dtype=np.float32)[:, None]
    folder = make({name: codes, f"{name}_scale": scales}, {"model_type": "model2vec"})
    np.testing.assert_array_equal(tovec.open(folder).vectors[:], codes * scales)


def test_8_bit_floats_without_scales_are_plain_by_default(make):
    """As text encoders are shared that were only cast; a part of a model lacks what lies in another part."""
    torch = needs("torch")
    tensors = {"shared.weight": torch.from_numpy(TABLE).to(torch.float8_e4m3fn)}
    plain = tensors["shared.weight"].float().numpy()
    np.testing.assert_array_equal(tovec.open(make(tensors)).vectors[:], plain)
    np.testing.assert_array_equal(tovec.open(make(tensors, {"model_type": "t5"}, "t5")).vectors[:], plain)
    said = "tensor 'shared.weight' holds F8_E4M3 codes, and their scales are missing"
    config = {"model_type": "t5", "quantization_config": {"quant_method": "fp8"}}
    with pytest.raises(BadSource, match=said):
        tovec.open(make(tensors, config, "fp8"))
    part = "model-00001-of-00002.safetensors"
    with pytest.raises(BadSource, match=said):
        tovec.open(make(tensors, None, "part", part) / part)


@pytest.mark.parametrize(
    ("model_type", "name", "config"),
    [
        (
            "albert",
            "albert.embeddings.word_embeddings.weight",
            {"embedding_size": DIM, "hidden_size": 8 * DIM},
        ),
        ("electra", "electra.embeddings.word_embeddings.weight", {"embedding_size": DIM, "hidden_size": 64}),
        ("opt", "model.decoder.embed_tokens.weight", {"word_embed_proj_dim": DIM, "hidden_size": 512}),
        ("gemma3n_text", f"{IN}.weight", {"hidden_size": DIM, "hidden_size_per_layer_input": 4}),
    ],
)
def test_a_table_narrower_than_the_model_is_plain(make, model_type, name, config):
    tensors = {name: TABLE, "model.embed_tokens_per_layer.weight": TABLE[:, :4]}
    model = tovec.open_model(make(tensors, {"model_type": model_type, **config}))
    np.testing.assert_array_equal(model.input.vectors[:], TABLE)
    assert not any("rows have" in finding for finding in model.report.findings)


def test_floats_of_another_width_than_the_configuration_says_are_reported(make):
    model = tovec.open_model(make({f"{IN}.weight": TABLE}, {**LLAMA, "hidden_size": 2 * DIM}))
    assert f"rows have {DIM} numbers, and the configuration says {2 * DIM}" in model.report.findings


def test_unknown_bytes_with_scales_are_refused(make):
    """As BitNet saves its weights: four codes a byte, along the rows of another axis."""
    tensors = {f"{IN}.weight": BYTES, f"{IN}.weight_scale": np.ones(1, np.float32)}
    config = {**LLAMA, "quantization_config": {"quant_method": "bitnet"}}
    with pytest.raises(BadSource, match="holds U8 codes of bitnet, which tovec does not read"):
        tovec.open(make(tensors, config))


def test_a_tensor_that_torch_quantized_says_so_itself(tmp_path):
    torch = needs("torch")
    with warnings.catch_warnings():  # of its being deprecated, once a process
        warnings.simplefilter("ignore")
        quantized = torch.quantize_per_tensor(torch.ones(4, 3), 0.1, 0, torch.qint8)
    torch.save({"emb.weight": quantized}, tmp_path / "a.pt")
    with pytest.raises(BadSource, match=r"is quantized by torch; save it as tensor\.dequantize\(\)"):
        tovec.open(tmp_path / "a.pt")

"""Tables of compressed-tensors and of 8-bit floats, against that library and the formulas of others.

What the library gives in the type of its scales, bfloat16 mostly, is ours rounded to that type; with scales
in float32 it is ours to the last bit.

Covers blocks.py and config.py too.
"""

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.errors import BadSource

IN, HEAD = "model.embed_tokens", "lm_head"
N, DIM = 70, 192
TABLE = np.random.default_rng(0).standard_normal((N, DIM)).astype(np.float32)
LLAMA = {"model_type": "llama", "hidden_size": DIM, "vocab_size": N, "tie_word_embeddings": True}


def scheme_of(**weights):
    quantization = needs("compressed_tensors.quantization")
    return quantization.QuantizationScheme(
        targets=["Embedding"], weights=quantization.QuantizationArgs(**weights)
    )


def configured(kind, weights, targets=("Embedding",), **more):
    group = {"weights": weights, "targets": list(targets), "input_activations": None}
    quantization = {"quant_method": "compressed-tensors", "format": kind, "config_groups": {"group_0": group}}
    return {**LLAMA, "quantization_config": {**quantization, "quantization_status": "compressed", **more}}


def blocks_of(table, block):
    """Return the blocks of a table, (n_row_blocks, n_column_blocks, rows, columns)."""
    rows, columns = block
    padded = np.pad(table, ((0, -len(table) % rows), (0, -table.shape[1] % columns)))
    return padded.reshape(len(padded) // rows, rows, -1, columns).swapaxes(1, 2)


def scales_for(table, block, most, dtype):
    scales = np.abs(blocks_of(table, block)).max((2, 3)) / most
    return needs("torch").from_numpy(scales).to(dtype)


def zeros_for(table, block, scales, n_bits):
    """Return zero points, int8, so that the least number of each block has the least code."""
    low = blocks_of(table, block).min((2, 3)) / scales.float().numpy()
    half = 1 << (n_bits - 1)
    return needs("torch").from_numpy((-half - low).round().clip(-half, half - 1).astype(np.int8))


def saved(kind, args, block, *, dtype="bfloat16", most=7, zeros=False, table=TABLE, extra=None):
    """Return the tensors that compressed-tensors saves of a table, and its own decompressed rows."""
    torch = needs("torch")
    compressor = needs("compressed_tensors.compressors").BaseCompressor.get_value_from_registry(kind)
    scale = scales_for(table, block, most, getattr(torch, dtype))
    state = {"weight": torch.from_numpy(table).to(scale.dtype), "weight_scale": scale, **(extra or {})}
    if zeros:
        state["weight_zero_point"] = zeros_for(table, block, scale, args["num_bits"])
    tensors = compressor.compress(state, scheme_of(**args))
    rows = compressor.decompress(dict(tensors), scheme_of(**args))["weight"]
    return {f"{IN}.{name}": value for name, value in tensors.items()}, rows


def assert_rounded(found, official):
    """Each of our numbers, rounded to the type that the library computes in, is the library's."""
    torch = needs("torch")
    np.testing.assert_array_equal(torch.from_numpy(found).to(official.dtype).float(), official.float())


PACKED = [
    ({"num_bits": bits, "strategy": "group", "group_size": 32, "symmetric": symmetric}, (1, 32))
    for bits in (2, 3, 4, 5, 6, 8)
    for symmetric in (True, False)
] + [
    ({"num_bits": 4, "strategy": "channel", "symmetric": True}, (1, DIM)),
    ({"num_bits": 4, "strategy": "channel", "symmetric": False}, (1, DIM)),
    ({"num_bits": 8, "strategy": "group", "group_size": 64, "symmetric": False}, (1, 64)),
    (
        {"num_bits": 4, "strategy": "group", "group_size": 128, "symmetric": True, "actorder": "weight"},
        (1, 96),
    ),
]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize(("args", "block"), PACKED)
def test_packed_whole_numbers_are_those_of_the_library(make, tmp_path, args, block, dtype):
    args = {**args, "group_size": block[1]} if args["strategy"] == "group" else args
    most = 2 ** (args["num_bits"] - 1) - (0.5 if args["num_bits"] > 1 else 0)
    tensors, rows = saved("pack-quantized", args, block, dtype=dtype, most=most, zeros=not args["symmetric"])
    assert tensors[f"{IN}.weight_packed"].dtype == needs("torch").int32
    config = configured("pack-quantized", args)
    model = tovec.open_model(make(tensors, config))
    assert_rounded(model.input.vectors[:], rows)
    n_bits = args["num_bits"]
    text = f"groups of {block[1]}" if block[1] < DIM else "one scale per row"
    assert model.report.input.number_type == f"{n_bits}-bit, {text}"
    assert (model.report.input.tensor, model.report.n_rows) == (f"{IN}.weight", N)
    for named in ("weight", "weight_packed"):
        assert_rounded(tovec.open(f"{tmp_path / 'model'}#{IN}.{named}").vectors[:], rows)
    # `weight_shape` says all that the configuration does.
    assert_rounded(tovec.open(make(tensors, LLAMA, "alone")).vectors[:], rows)


def test_without_weight_shape_the_configuration_says_how_many_bits(make):
    args = {"num_bits": 4, "strategy": "group", "group_size": 32, "symmetric": True}
    tensors, rows = saved("pack-quantized", args, (1, 32))
    del tensors[f"{IN}.weight_shape"]
    assert_rounded(tovec.open(make(tensors, configured("pack-quantized", args))).vectors[:], rows)
    with pytest.raises(BadSource, match="neither 'weight_shape' nor the configuration says how"):
        tovec.open(make(tensors, LLAMA, "none"))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize(
    ("strategy", "block"),
    [("tensor", (N, DIM)), ("channel", (1, DIM)), ("group", (1, 32)), ("group", (1, 96))],
)
def test_bytes_with_scales_are_those_of_the_library(make, strategy, block, zeros, dtype):
    args = {"num_bits": 8, "strategy": strategy, "symmetric": not zeros}
    args |= {"group_size": block[1]} if strategy == "group" else {}
    tensors, rows = saved("int-quantized", args, block, dtype=dtype, most=127, zeros=zeros)
    if strategy == "tensor":
        tensors[f"{IN}.weight_scale"] = tensors[f"{IN}.weight_scale"].reshape(1)
    assert tensors[f"{IN}.weight"].dtype == needs("torch").int8
    for name, config in (("stated", configured("int-quantized", args)), ("alone", LLAMA)):
        assert_rounded(tovec.open(make(tensors, config, name)).vectors[:], rows)


@pytest.mark.parametrize("name", ["weight_scale", "weight_scale_inv", "scale_weight"])
@pytest.mark.parametrize("kind", ["float8_e4m3fn", "float8_e5m2"])
@pytest.mark.parametrize(
    ("shape", "block", "text"),
    [
        ((), (N, DIM), "one scale"),
        ((1,), (N, DIM), "one scale"),
        ((1, 1), (N, DIM), "one scale"),
        ((N,), (1, DIM), "one scale per row"),
        ((N, 1), (1, DIM), "one scale per row"),
        ((N, 3), (1, 64), "groups of 64"),
        ((1, 3), (N, 64), "blocks of 70 x 64"),
    ],
)
def test_without_a_configuration_the_shape_of_the_scales_tells(make, name, kind, shape, block, text):
    torch = needs("torch")
    scale = scales_for(TABLE, block, 448, torch.float32)
    spread = np.repeat(np.repeat(scale.numpy(), block[0], 0), block[1], 1)
    codes = torch.from_numpy(TABLE / spread).to(getattr(torch, kind))
    tensors = {
        f"{IN}.weight": codes,
        f"{IN}.{name}": scale.reshape(shape),
        f"{IN}.input_scale": torch.ones(()),
    }
    model = tovec.open_model(make(tensors, LLAMA))
    np.testing.assert_array_equal(model.input.vectors[:], codes.float().numpy() * spread)
    assert model.report.input.number_type.endswith(f", {text}")


@pytest.mark.parametrize("n_rows", [256, 257, 300, 100])
@pytest.mark.parametrize("dim", [256, 192, 64])
@pytest.mark.parametrize("scale_type", ["float32", "bfloat16", "float8_e8m0fnu"])
def test_blocks_are_those_of_deepseek_and_the_last_may_be_shorter(make, n_rows, dim, scale_type):
    """weight_dequant of DeepSeek-V3's inference/kernel.py: y = x * s, each in float32, a program a block."""
    torch = needs("torch")
    table = np.random.default_rng(1).standard_normal((n_rows, dim)).astype(np.float32)
    block = (128, 128)
    scale = scales_for(table, block, 448, getattr(torch, scale_type))
    spread = np.repeat(np.repeat(scale.float().numpy(), 128, 0), 128, 1)[:n_rows, :dim]
    codes = torch.from_numpy(table / spread).to(torch.float8_e4m3fn)
    quantization = {"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [128, 128]}
    config = {**LLAMA, "hidden_size": dim, "quantization_config": quantization}
    tensors = {f"{IN}.weight": codes, f"{IN}.weight_scale_inv": scale}
    found = tovec.open(make(tensors, config)).vectors[:]
    np.testing.assert_array_equal(found, codes.float().numpy() * spread)
    official = needs("compressed_tensors.entrypoints.convert").FP8BlockDequantizer(dtype=torch.float32)
    theirs = official._create_dequantized_weight(codes, scale)
    np.testing.assert_array_equal(found, theirs.numpy())


@pytest.mark.parametrize(
    ("n_rows", "dim", "shape", "is_certain"),
    [
        (256, 256, (2, 2), True),
        (256, 64, (2, 1), True),
        (300, 256, (3, 2), False),  # 100 rows, or 128 and a shorter block
        (256, 192, (2, 2), False),  # 96 columns, or 128 and a shorter block
        (256, 192, (256, 2), True),  # groups of a row are equal
        (256, 192, (256, 5), False),
        (256, 256, (256,), False),  # of rows or of columns
        (256, 192, (2,), False),  # of two that were fused
        (256, 192, (192, 1), False),
        (256, 192, (256, 2, 1), False),
    ],
)
def test_ambiguous_shape_of_scales_is_refused(make, n_rows, dim, shape, is_certain):
    torch = needs("torch")
    tensors = {
        f"{IN}.weight": torch.ones(n_rows, dim).to(torch.float8_e4m3fn),
        f"{IN}.weight_scale": torch.rand(shape),
    }
    folder = make(tensors, {"model_type": "llama"})
    if is_certain:
        expected = tensors[f"{IN}.weight_scale"].numpy()
        expected = np.repeat(np.repeat(expected, n_rows // shape[0], 0), dim // shape[1], 1)
        np.testing.assert_array_equal(tovec.open(folder).vectors[:], expected)
    else:
        with pytest.raises(
            BadSource, match="the configuration does not say which scale is for which numbers"
        ):
            tovec.open(folder)


def test_blocks_that_the_configuration_contradicts_are_refused(make):
    torch = needs("torch")
    tensors = {
        f"{IN}.weight": torch.ones(256, 256).to(torch.float8_e4m3fn),
        f"{IN}.weight_scale_inv": torch.rand(4, 4),
    }
    config = {**LLAMA, "quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}}
    with pytest.raises(BadSource, match="is of shape 256 x 256 and its scales of 4 x 4"):
        tovec.open(make(tensors, config))


@pytest.mark.parametrize("structure", [[64, 64], "64x64"])
def test_blocks_of_compressed_tensors_are_those_of_the_configuration(make, structure):
    args = {"num_bits": 8, "type": "float", "strategy": "block", "block_structure": [64, 64]}
    tensors, rows = saved("float-quantized", args, (64, 64), most=448, table=TABLE[:64])
    config = configured("float-quantized", {**args, "block_structure": structure})
    assert_rounded(tovec.open(make(tensors, config)).vectors[:], rows)


def test_nvfp4_divides_its_scales_by_the_global_one(make):
    torch = needs("torch")
    args = {"num_bits": 4, "type": "float", "strategy": "tensor_group", "group_size": 16}
    whole = torch.tensor([448 * 6 / float(np.abs(TABLE).max())])
    compressor = needs("compressed_tensors.compressors").BaseCompressor.get_value_from_registry(
        "nvfp4-pack-quantized"
    )
    scale = (scales_for(TABLE, (1, 16), 6, torch.float32) * whole).to(torch.float8_e4m3fn)
    state = {"weight": torch.from_numpy(TABLE), "weight_scale": scale.float(), "weight_global_scale": whole}
    tensors = compressor.compress(state, scheme_of(**args))
    rows = compressor.decompress(dict(tensors), scheme_of(**args))["weight"]
    named = {f"{IN}.{name}": value for name, value in tensors.items()}
    model = tovec.open_model(make(named, configured("nvfp4-pack-quantized", args)))
    assert_rounded(model.input.vectors[:], rows)
    assert model.report.input.number_type == "NVFP4"
    # NVIDIA's Model Optimizer saves what to multiply by, under other names.
    optimizer = {
        f"{IN}.weight": tensors["weight_packed"],
        f"{IN}.weight_scale": tensors["weight_scale"],
        f"{IN}.weight_scale_2": 1 / whole[0],
    }
    config = {**LLAMA, "quantization_config": {"quant_method": "modelopt", "quant_algo": "NVFP4"}}
    found = tovec.open(make(optimizer, config, "optimizer")).vectors[:]
    np.testing.assert_allclose(found, model.input.vectors[:], rtol=1e-6)


@pytest.mark.parametrize(("kind", "bits"), [("mxfp4-pack-quantized", 4), ("mxfp8-quantized", 8)])
def test_microscaling_formats_are_those_of_the_library(make, kind, bits):
    torch = needs("torch")
    args = {"num_bits": bits, "type": "float", "strategy": "group", "group_size": 32}
    args |= {"scale_dtype": "torch.uint8"}
    scheme = scheme_of(**args)
    compressor = needs("compressed_tensors.compressors").BaseCompressor.get_value_from_registry(kind)
    exact = scales_for(TABLE, (1, 32), 6 if bits == 4 else 448, torch.float32)
    state = {"weight": torch.from_numpy(TABLE), "weight_scale": 2 ** exact.log2().ceil()}
    tensors = compressor.compress(state, scheme)
    rows = compressor.decompress(dict(tensors), scheme)["weight"]
    assert tensors["weight_scale"].dtype == torch.uint8
    named = {f"{IN}.{name}": value for name, value in tensors.items()}
    assert_rounded(tovec.open(make(named, configured(kind, args))).vectors[:], rows)


def test_a_group_that_names_the_table_goes_before_one_of_its_kind(make):
    """Without weight_shape the bits are those of the group; three groups, as mixed recipes have them."""
    args = {"num_bits": 8, "strategy": "channel", "symmetric": True}
    tensors, rows = saved("pack-quantized", args, (1, DIM), most=127)
    del tensors[f"{IN}.weight_shape"]
    config = configured("pack-quantized", {"num_bits": 2, "strategy": "channel"}, ["Linear"])
    groups = config["quantization_config"]["config_groups"]
    groups["group_1"] = {"weights": {"num_bits": 4, "strategy": "channel"}, "targets": ["Embedding"]}
    groups["group_2"] = {"weights": args, "targets": ["re:.*embed_tokens$"]}
    groups["group_3"] = {"weights": None, "targets": ["re:["]}
    assert_rounded(tovec.open(make(tensors, config)).vectors[:], rows)
    groups["group_2"]["targets"] = ["model.language_model.embed_tokens"]
    assert_rounded(tovec.open(make(tensors, config, "wrapped")).vectors[:], rows)


@pytest.mark.parametrize("key", ["quantization_config", "compression_config"])
def test_the_configuration_may_have_an_older_name_or_lie_one_deeper(make, key):
    args = {"num_bits": 4, "strategy": "group", "group_size": 32, "symmetric": True}
    tensors, rows = saved("pack-quantized", args, (1, 32))
    del tensors[f"{IN}.weight_shape"]
    part = configured("pack-quantized", args)["quantization_config"]
    for name, value in (("flat", part), ("deep", {"quantization_config": part, "sparsity_config": {}})):
        assert_rounded(tovec.open(make(tensors, {**LLAMA, key: value}, name)).vectors[:], rows)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"weight_scale": None}, "is packed into I32 as pack-quantized, which tovec does not read"),
        ({"weight_zero_point": None}, "needs 'weight_zero_point' beside it, which is missing"),
        ({"weight_g_idx": np.zeros(DIM, np.int32)}, "weight_g_idx' beside it, whose effect"),
        ({"weight_shape": np.array([N, 2 * DIM])}, "is packed into 70 x 24 words, not 70 x 384 codes"),
        ({"weight_shape": np.array([N + 1, DIM])}, "not 71 x 192 codes"),
        ({"weight_shape": np.array([N, -1])}, "not 70 x -1 codes"),
        ({"weight_zero_point": np.zeros((N, 5), np.int8)}, "zero points of shape 70 x 5 and type I8"),
        ({"weight_scale": np.zeros((N, 6), np.int32)}, "has scales of I32, which tovec does not read"),
        (
            {"weight_packed": np.zeros((N, DIM), np.int64)},
            "is packed into I64 as pack-quantized, which tovec does not read",
        ),
        (
            {"weight_packed": np.zeros((N, 144), np.uint8)},
            "is packed into U8 as pack-quantized, which tovec does not read",
        ),
    ],
)
def test_packed_tensors_that_do_not_fit_are_refused(make, change, why):
    args = {"num_bits": 4, "strategy": "group", "group_size": 32, "symmetric": False}
    tensors, _ = saved("pack-quantized", args, (1, 32), zeros=True)
    tensors |= {f"{IN}.{name}": value for name, value in change.items()}
    tensors = {name: value for name, value in tensors.items() if value is not None}
    with pytest.raises(BadSource, match=why) as refused:
        tovec.open(make(tensors, configured("pack-quantized", args)))
    assert "\n" not in str(refused.value)


def test_bytes_whose_zero_points_are_missing_are_refused(make):
    args = {"num_bits": 8, "strategy": "channel", "symmetric": False}
    tensors, rows = saved("int-quantized", args, (1, DIM), most=127, zeros=True)
    del tensors[f"{IN}.weight_zero_point"]
    with pytest.raises(BadSource, match="needs 'weight_zero_point' beside it, which is missing"):
        tovec.open(make(tensors, configured("int-quantized", args)))
    others = configured("int-quantized", args, ["Linear"])  # what is said of other modules says nothing of it
    assert tovec.open(make(tensors, others, "others")).vectors.shape == rows.shape


def test_invalid_weight_shape_is_damage(make):
    args = {"num_bits": 4, "strategy": "group", "group_size": 32, "symmetric": True}
    tensors, _ = saved("pack-quantized", args, (1, 32))
    tensors[f"{IN}.weight_shape"] = needs("torch").tensor([70.0, 192.0])
    with pytest.raises(
        BadSource, match=r"is damaged: tensor 'model\.embed_tokens\.weight_shape' is not two whole"
    ):
        tovec.open(make(tensors, configured("pack-quantized", args)))


def test_formats_that_are_not_read_are_refused_by_name(make):
    tensors = {
        f"{IN}.weight_packed": np.zeros((N, DIM * 6 // 8), np.uint8),
        f"{IN}.weight_scale": np.zeros((N, DIM // 32), np.float32),
    }
    config = configured("mxfp6-pack-quantized", {"num_bits": 6, "type": "float", "group_size": 32})
    with pytest.raises(BadSource, match="packed into U8 as mxfp6-pack-quantized, which tovec does not read"):
        tovec.open(make(tensors, config))
    tensors[f"{IN}.weight_scale"] = np.zeros((N, DIM // 32), np.uint8)
    with pytest.raises(BadSource, match="its scales 70 x 6, not for groups of 32"):
        tovec.open(make(tensors, config, "e8m0"))


def test_a_head_of_8_bit_floats_beside_a_plain_table_is_an_output_of_its_own(make):
    """As Qwen's and others' mixed recipes save it: rows scaled one by one, `embed_tokens` in bfloat16."""
    torch = needs("torch")
    scale = scales_for(TABLE, (1, DIM), 448, torch.bfloat16)
    codes = torch.from_numpy(TABLE / scale.float().numpy()).to(torch.float8_e4m3fn)
    table = torch.from_numpy(TABLE).to(torch.bfloat16)
    tensors = {f"{IN}.weight": table, f"{HEAD}.weight": codes, f"{HEAD}.weight_scale": scale}
    quantization = {"quant_method": "fp8", "modules_to_not_convert": ["model.embed_tokens"]}
    config = {**LLAMA, "quantization_config": quantization, "tie_word_embeddings": False}
    model = tovec.open_model(make(tensors, config))
    assert model.report.tying == "untied"
    np.testing.assert_array_equal(model.input.vectors[:], table.float())
    np.testing.assert_array_equal(model.output.vectors[:], codes.float().numpy() * scale.float().numpy())

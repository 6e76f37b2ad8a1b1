"""A quantized table is a table like any other, on the command line and in other formats."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs
from tokenizers import Tokenizer, models

import tovec
from tovec.cli import cli
from tovec.errors import TovecError
from tovec.formats.tensors.safetensors_file import read_safetensors
from tovec.models.quantization import dequantized, plainly_named

IN, HEAD = "model.embed_tokens", "lm_head"
N, DIM = 40, 64
NAMES = [f"token{row}" for row in range(N)]
RNG = np.random.default_rng(0)
CODES = RNG.integers(-127, 128, (N, DIM)).astype(np.int8)
SCALES = RNG.random((N, 2)).astype(np.float32)
ROWS = CODES * np.repeat(SCALES, 32, axis=1)
PARTS = {f"{IN}.weight": CODES, f"{IN}.weight_scale": SCALES}
CONFIG = {"model_type": "llama", "hidden_size": DIM, "vocab_size": N, "tie_word_embeddings": True}


@pytest.fixture
def folder(make):
    folder = make(PARTS, CONFIG)
    tokens = {name: row for row, name in enumerate(NAMES)}
    Tokenizer(models.WordLevel(tokens, unk_token="token0")).save(str(folder / "tokenizer.json"))
    return folder


def ran(*arguments):
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_inspect_says_how_it_is_quantized_and_counts_the_scales(folder):
    facts = json.loads(ran("inspect", folder, "--json"))
    assert (facts["dtype"], facts["bytes"]) == ("I8, groups of 32", CODES.nbytes + SCALES.nbytes)
    assert facts["report"]["input"]["number_type"] == "I8, groups of 32"
    assert facts["report"]["input"]["n_bytes"] == CODES.nbytes + SCALES.nbytes
    assert (facts["dim"], facts["tied"]) == (DIM, True)
    assert f"numbers     I8, groups of 32, {CODES.nbytes + SCALES.nbytes:,} bytes" in ran("inspect", folder)


@pytest.mark.parametrize("name", ["out.npy", "out.vec", "out.safetensors", "out"])
def test_quantized_model_converts_with_the_same_numbers(folder, tmp_path, name):
    ran("convert", folder, tmp_path / name)
    np.testing.assert_allclose(tovec.open(tmp_path / name).vectors[:], ROWS, rtol=1e-6)


def test_neighbors_are_those_of_the_numbers_themselves(folder):
    found = json.loads(ran("neighbors", folder, "token3", "-k", "5", "--json"))["results"]
    units = ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True)
    order = np.argsort(-(units @ units[3]), kind="stable")
    assert [hit["token"] for hit in found] == [NAMES[row] for row in order if row != 3][:5]


def test_a_refusal_is_one_line_and_exit_status_1(make):
    folder = make({f"{IN}.weight": CODES, f"{IN}.SCB": SCALES[:, 0]}, CONFIG)
    for command in ("inspect", "neighbors", "vectors"):
        arguments = [command, str(folder), *([] if command == "inspect" else ["token3"])]
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == 1
        assert result.output.count("\n") == 1 and "quantized by bitsandbytes (SCB)" in result.output


def test_inspect_says_of_a_head_that_cannot_be_read_why(make):
    folder = make({f"{IN}.weight": ROWS, f"{HEAD}.qweight": CODES, f"{HEAD}.qzeros": CODES}, CONFIG)
    output = ran("inspect", folder)
    line = next(line for line in output.splitlines() if line.startswith("output "))
    assert "none: the output table cannot be read" in line and "'lm_head.weight' is quantized by" in line


def test_a_table_in_a_checkpoint_of_pytorch_has_scales_too(tmp_path):
    torch = needs("torch")
    torch.save({name: torch.from_numpy(part) for name, part in PARTS.items()}, tmp_path / "pytorch_model.bin")
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    np.testing.assert_array_equal(tovec.open(tmp_path).vectors[:], ROWS)


def test_codes_are_named_as_weights_and_scales_left_out(make):
    tensors = {f"{IN}.weight_packed": CODES, f"{HEAD}.weight": CODES, "a.qweight": CODES, "a.weight": CODES}
    tensors |= {f"{IN}.weight_scale": CODES, f"{HEAD}.scales": CODES, f"{HEAD}.biases": CODES}
    store = read_safetensors(make(tensors) / "model.safetensors")
    plain = plainly_named(store)
    assert set(plain.tensors) == {f"{IN}.weight", f"{HEAD}.weight", "a.qweight", "a.weight"}
    assert plain.tensors[f"{IN}.weight"].name == f"{IN}.weight"
    assert f"{IN}.weight_packed" not in plain.tensors and len(plain.tensors) == 4
    others = {f"{IN}.weight": CODES, "scales": CODES, "b.scales": CODES}
    untouched = read_safetensors(make(others, name="untouched") / "model.safetensors")
    assert plainly_named(untouched) is untouched


def test_table_known_by_shape_is_not_confused_with_its_scales(make):
    folder = make({"x.words.weight": CODES, "x.words.weight_scale": SCALES}, {"vocab_size": N})
    np.testing.assert_array_equal(tovec.open(folder).vectors[:], ROWS)


KEYS = [
    *("bits", "group_size", "mode", IN, "weights", "targets", "strategy", "num_bits", "g", "symmetric"),
    *("block_structure", "config_groups", "weight_block_size", "quant_method", "format"),
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 200)
    | st.sampled_from(["", "affine", "re:(", "Embedding", "64x64"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
SHAPES = st.sampled_from([(), (0,), (1,), (N,), (N, 1), (N, 2), (1, 2), (2, 2), (5, 1), (N, 0), (2, N, 1)])
TYPES = st.sampled_from(["int8", "uint8", "int32", "float32", "float16", "int64"])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_table_with_random_companions_opens_or_is_one_line(tmp_path, data):
    codes = data.draw(st.sampled_from(["weight", "weight_packed", "qweight"]))
    suffixes = [
        "scales",
        "biases",
        "weight_scale",
        "weight_zero_point",
        "weight_shape",
        "weight_global_scale",
    ]
    tensors = {f"{IN}.{codes}": np.ones((N, data.draw(st.sampled_from([2, 8, 64]))), data.draw(TYPES))}
    for suffix in data.draw(st.sets(st.sampled_from(suffixes), max_size=4)):
        tensors[f"{IN}.{suffix}"] = np.ones(data.draw(SHAPES), data.draw(TYPES))
    if f"{IN}.scales" in tensors:
        tensors[f"{IN}.{codes}"] = tensors[f"{IN}.{codes}"].astype(np.uint32)
    config = {
        **CONFIG,
        "hidden_size": data.draw(st.none() | st.integers(-1, 200)),
        data.draw(st.sampled_from(["quantization", "quantization_config", "compression_config"])): data.draw(
            VALUES
        ),
    }
    path = tmp_path / "model.safetensors"
    needs("safetensors.numpy").save_file(tensors, path)
    store = read_safetensors(path)
    (tmp_path / "config.json").write_text(json.dumps(config))
    try:
        rows = tovec.open(tmp_path).vectors
        assert rows[:].shape == rows.shape
        assert dequantized(store, plainly_named(store).tensors[f"{IN}.weight"], config).shape == rows.shape
    except TovecError as error:
        assert "\n" not in str(error)

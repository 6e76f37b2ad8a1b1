"""ONNX files, field by field. The same models, made by the onnx package (1.23), give the same tables."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx_bytes import (
    as_bfloat16,
    attribute,
    external,
    floats,
    gather,
    graph,
    message,
    model,
    node,
    number,
    scalar,
    tensor,
    varint,
)

import tovec
from tovec.errors import BadSource
from tovec.formats.tensors.onnx_file import read_onnx
from tovec.vectors.stored import StoredTable

TABLE = np.random.default_rng(0).standard_normal((50, 8)).astype("<f4")
PLACES = np.zeros((64, 8), "<f4")
CODES = np.clip(np.round(TABLE / 0.03) + 128, 0, 255).astype(np.uint8)
NAME = "onnx::Gather_1120"


def opened(folder, content, name="model.onnx"):
    (folder / name).write_bytes(content)
    return tovec.open_model(folder / name)


GRAPHS = {
    "anonymous": (
        [gather("pos", "position_ids", "p"), gather(NAME)],
        [tensor("pos", PLACES), tensor(NAME, TABLE)],
    ),
    "cast ids": (
        [node("Cast", ["input_ids"], ["c"]), gather("w", "c")],
        [tensor("pos", PLACES), tensor("w", TABLE)],
    ),
    "shared": ([node("Identity", ["w"], ["v"]), gather("v")], [tensor("pos", PLACES), tensor("w", TABLE)]),
    "float_data": ([gather("w")], [tensor("pos", PLACES), floats("w", TABLE)]),
    "packed dims": ([gather("w")], [tensor("pos", PLACES), tensor("w", TABLE, packed_dims=True)]),
    "constant": (
        [node("Constant", [], ["k"], attribute("value", 5, tensor("", TABLE))), gather("k")],
        [tensor("pos", PLACES)],
    ),
    # A merged decoder: the lookup is in the branches of an If.
    "branch": (
        [node("If", ["with_past"], ["y"], attribute("then_branch", 6, graph([gather("w")], [], ())))],
        [tensor("pos", PLACES), tensor("w", TABLE)],
    ),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_onnx_graph_decides_which_table_is_the_input(tmp_path, name):
    found = opened(tmp_path, model(*GRAPHS[name]))
    assert np.array_equal(found.input.vectors[:], TABLE)
    assert found.report.kind == "ONNX"
    assert found.report.input.why == "the table that token ids are looked up in by the graph"


def test_a_table_of_a_usual_name_is_found_without_the_graph(tmp_path):
    name = "embeddings.word_embeddings.weight"
    found = opened(tmp_path, model([], [tensor("pos", PLACES), tensor(name, TABLE)], ()))
    assert found.report.input.tensor == name


def test_rows_are_read_from_their_place_in_the_file(tmp_path):
    (tmp_path / "model.onnx").write_bytes(model([gather("w")], [tensor("w", TABLE)]))
    stored = read_onnx(tmp_path / "model.onnx").tensors["w"]
    data = (tmp_path / "model.onnx").read_bytes()
    assert data[stored.offset : stored.offset + stored.size] == TABLE.tobytes()
    assert isinstance(stored.table(), StoredTable) and np.array_equal(stored.table(), TABLE)


def test_half_and_brain_floats_become_float32(tmp_path):
    found = opened(tmp_path, model([gather("w")], [tensor("w", TABLE.astype("<f2"))]))
    assert np.array_equal(found.input.vectors[:], TABLE.astype("<f2"))
    brain = b"".join(
        [number(1, 50), number(1, 8), number(2, 16), message(8, "w"), message(9, as_bfloat16(TABLE))]
    )
    vectors = opened(tmp_path, model([gather("w")], [brain]), "b.onnx").input.vectors[:]
    assert np.array_equal(vectors.view("<u4"), TABLE.view("<u4") >> 16 << 16)


@pytest.mark.parametrize("with_length", [False, True])
def test_external_data_is_read_from_its_file(tmp_path, with_length):
    (tmp_path / "model.onnx_data").write_bytes(bytes(4096) + TABLE.tobytes())
    more = {"length": TABLE.nbytes} if with_length else {}
    said = external("w", TABLE.shape, 1, location="model.onnx_data", offset=4096, **more)
    assert np.array_equal(opened(tmp_path, model([gather("w")], [said])).input.vectors[:], TABLE)


@pytest.mark.parametrize("first", ["dequantize", "gather"])
@pytest.mark.parametrize(("code", "middle"), [(2, 128), (3, -3)])
def test_bytes_with_one_scale_are_dequantized_as_onnx_does(tmp_path, first, code, middle):
    # DequantizeLinear, onnx/docs/Operators.md: y = (x - x_zero_point) * x_scale.
    codes = CODES if code == 2 else (CODES.astype(int) - 128).astype(np.int8)
    nodes = [node("DequantizeLinear", ["w_quantized", "s", "z"], ["d"]), gather("d")]
    if first == "gather":
        nodes = [gather("w_quantized", out="g"), node("DequantizeLinear", ["g", "s", "z"], ["y"])]
    tensors = [tensor("w_quantized", codes), scalar("s", 0.03, 1), scalar("z", middle, code)]
    vectors = opened(tmp_path, model(nodes, tensors)).input.vectors[:]
    assert np.array_equal(vectors, (codes.astype(np.float32) - middle) * np.float32(0.03))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("code", "middle"), [(2, 129), (3, -7)])
def test_zero_point_as_onnxruntime_writes_it_is_read(tmp_path, packed, code, middle):
    # quantize_dynamic: make_tensor puts whole numbers in int32_data, sign-extended to 64 bits.
    codes = CODES if code == 2 else (CODES.astype(int) - 128).astype(np.int8)
    written = varint(middle % 2**64)
    zero = number(2, code) + (message(5, written) if packed else varint(5 << 3) + written) + message(8, "z")
    nodes = [gather("w_quantized", out="g"), node("DequantizeLinear", ["g", "s", "z"], ["y"])]
    tensors = [tensor("w_quantized", codes), scalar("s", 0.03, 1), zero]
    vectors = opened(tmp_path, model(nodes, tensors)).input.vectors[:]
    assert np.array_equal(vectors, (codes.astype(np.float32) - middle) * np.float32(0.03))


def test_codes_are_scaled_by_onnxruntimes_tensor_names(tmp_path):
    # Its quantizer lets MatMulInteger use the looked-up codes, and calls the rest X_scale and X_zero_point.
    nodes = [gather("w_quantized", out="g"), node("MatMulInteger", ["g", "v", "w_zero_point", "z"], ["y"])]
    tensors = [tensor("w_quantized", CODES), scalar("w_scale", 0.03, 1), scalar("w_zero_point", 9, 2)]
    expected = (CODES.astype(np.float32) - 9) * np.float32(0.03)
    assert np.array_equal(opened(tmp_path, model(nodes, tensors)).input.vectors[:], expected)
    path = tmp_path / "other.onnx"
    path.write_bytes(model([], tensors, ()))
    assert np.array_equal(tovec.open(f"{path}#w_quantized").vectors[:], expected)


@pytest.mark.parametrize(
    ("nodes", "tensors", "why"),
    [
        (
            [node("DequantizeLinear", ["w", "s"], ["d"]), gather("d")],
            [tensor("w", CODES), tensor("s", np.ones(50, "<f4"))],
            "'w' holds codes with a scale for each row or column; open the model that is not quantized",
        ),
        (
            [node("GatherBlockQuantized", ["w", "input_ids", "s"], ["y"])],
            [tensor("w", CODES), tensor("s", np.ones((50, 1), "<f4"))],
            "'w' packs several codes in a byte",
        ),
        ([gather("w")], [number(1, 2) + number(1, 3) + number(2, 10) + message(8, "w")], "number by number"),
        ([gather("w")], [tensor("w", CODES)], "'w' holds codes of U8 whose scale the graph does not give"),
        ([gather("w")], [tensor("w", CODES, data_type=22)], "'w' is of type 22 of ONNX, which is not read"),
        (
            [gather("w")],
            [external("w", (2, 3), 1, location="../a")],
            "in '../a', which is not a file in its folder",
        ),
        (
            [gather("w")],
            [external("w", (2, 3), 1, location="a", offset="x")],
            "is not given in whole numbers",
        ),
        ([gather("w")], [external("w", (2, 3), 1, location="gone")], "gone"),
        ([gather("w")], [tensor("w", TABLE)] * 2, "'w' occurs twice"),
        ([], [], "holds no initializers"),
    ],
)
def test_unreadable_onnx_tables_say_why(tmp_path, nodes, tensors, why):
    with pytest.raises(BadSource, match=why) as error:
        np.asarray(opened(tmp_path, model(nodes, tensors)).input.vectors[:2])
    assert "\n" not in str(error.value)


def test_a_folder_of_optimums_opens_with_its_tokenizer(tmp_path):
    (tmp_path / "vocab.txt").write_text("[UNK]\nthe\ncat\n")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert", "hidden_size": 8}))
    content = model([gather(NAME)], [tensor(NAME, TABLE[:3])])
    (tmp_path / "model.onnx").write_bytes(content)
    (tmp_path / "model_quantized.onnx").write_bytes(content)
    assert tovec.open(tmp_path)["cat"].tolist() == TABLE[2].tolist()
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "model.onnx").write_bytes(content)
    assert tovec.open(tmp_path / "onnx" / "model.onnx")["the"].tolist() == TABLE[1].tolist()


SMALL = model(GRAPHS["branch"][0], [tensor("w", TABLE[:2, :2]), scalar("s", 0.5, 1)])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_a_bad_source_or_read(data, tmp_path):
    content = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        if not content:
            break
    try:
        np.asarray(opened(tmp_path, bytes(content)).input.vectors[:])
    except BadSource as error:
        assert str(tmp_path) in str(error) and "\n" not in str(error)

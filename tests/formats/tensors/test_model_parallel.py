"""Llama's files in parts, cut as its makers' layers cut them and held against the whole."""

import json

import numpy as np
import pytest
from needs import needs

from tovec.errors import BadSource
from tovec.formats.tensors.model_parallel import read_model_parallel, read_params, recognizes
from tovec.sources import open as open_source
from tovec.sources import open_model
from tovec.storage.file_errors import reporting_file
from tovec.vectors.derived import stored_bytes, stored_type
from tovec.vectors.stored import same_rows

DIM, N_TOKENS, HIDDEN = 8, 24, 12
# By Llama's name: the shape of the whole, and along which axis its layer is cut; None for what all have.
LLAMA_2 = {
    "tok_embeddings.weight": ((N_TOKENS, DIM), 1),
    "norm.weight": ((DIM,), None),
    "output.weight": ((N_TOKENS, DIM), 0),
    "layers.0.attention.wq.weight": ((DIM, DIM), 0),
    "layers.0.attention.wk.weight": ((4, DIM), 0),
    "layers.0.feed_forward.w1.weight": ((HIDDEN, DIM), 0),
    "layers.0.feed_forward.w2.weight": ((DIM, HIDDEN), 1),
}
LLAMA_3 = {**LLAMA_2, "tok_embeddings.weight": ((N_TOKENS, DIM), 0)}
PARAMS_2 = {"dim": DIM, "n_layers": 1, "n_heads": 2, "vocab_size": -1}
PARAMS_3 = {"dim": DIM, "n_layers": 1, "n_heads": 2, "vocab_size": N_TOKENS}


def write(folder, cuts, n_files, params, dtype="bfloat16"):
    """Write the files of a model and return its whole tensors."""
    torch = needs("torch")
    torch.manual_seed(1)
    whole = {name: torch.randn(shape).to(getattr(torch, dtype)) for name, (shape, _) in cuts.items()}
    for number in range(n_files):
        part = {}
        for name, (_, axis) in cuts.items():
            part[name] = (
                whole[name] if axis is None else whole[name].chunk(n_files, axis)[number].contiguous().clone()
            )
        torch.save(part, folder / f"consolidated.{number:02}.pth")
    if params is not None:
        (folder / "params.json").write_text(json.dumps(params))
    return {name: tensor.float().numpy() for name, tensor in whole.items()}


MODELS = [
    pytest.param(LLAMA_2, PARAMS_2, id="Llama 2"),
    pytest.param(LLAMA_2, None, id="Llama 2 without params.json"),
    pytest.param(LLAMA_3, PARAMS_3, id="Llama 3"),
]


@pytest.mark.parametrize("n_files", [1, 2, 4])
@pytest.mark.parametrize(("cuts", "params"), MODELS)
@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
def test_joined_tensors_equal_the_original_ones(tmp_path, cuts, params, n_files, dtype):
    whole = write(tmp_path, cuts, n_files, params, dtype)
    path = tmp_path / "consolidated.00.pth"
    assert recognizes(path, b"")
    store = read_model_parallel(path)
    assert [*store.tensors] == [*cuts] and len(store.files) == n_files
    for name, expected in whole.items():
        tensor = store.tensors[name]
        assert tensor.shape == expected.shape
        np.testing.assert_array_equal(tensor.values(), expected, name)
        if expected.ndim == 2:
            table = tensor.table()
            for rows in (slice(None), slice(5, 2, -1), slice(1, 9, 3), [3, 0, 3], np.arange(0), 3):
                np.testing.assert_array_equal(np.asarray(table[rows], np.float32), expected[rows])


def test_a_folder_of_parts_opens_as_a_model_with_both_tables(tmp_path):
    whole = write(tmp_path, LLAMA_3, 4, PARAMS_3)
    model = open_model(tmp_path)
    assert model.report.n_rows == N_TOKENS and model.report.tying == "untied"
    np.testing.assert_array_equal(np.asarray(model.input.vectors[:]), whole["tok_embeddings.weight"])
    np.testing.assert_array_equal(np.asarray(model.output.vectors[:]), whole["output.weight"])
    for file in ("consolidated.00.pth", "consolidated.02.pth"):
        vectors = open_source(f"{tmp_path / file}#output").vectors
        np.testing.assert_array_equal(np.asarray(vectors[:]), whole["output.weight"])
    assert stored_type(vectors) == "BF16" and stored_bytes(vectors) == 2 * N_TOKENS * DIM


def test_bytes_of_tables_cut_in_different_ways_are_compared(tmp_path):
    torch = needs("torch")
    write(tmp_path, LLAMA_2, 2, PARAMS_2)
    for number in range(2):
        path = tmp_path / f"consolidated.{number:02}.pth"
        part = torch.load(path)
        table = torch.arange(N_TOKENS * DIM).reshape(N_TOKENS, DIM).bfloat16()
        part["tok_embeddings.weight"] = table.chunk(2, 1)[number].contiguous()
        part["output.weight"] = table.chunk(2, 0)[number].contiguous()
        torch.save(part, path)
    store = read_model_parallel(path)
    given, output = store.tensors["tok_embeddings.weight"], store.tensors["output.weight"]
    assert same_rows(given, output) and not same_rows(given, store.tensors["layers.0.attention.wq.weight"])
    for start, stop in ((0, given.size), (3, 50), (30, 31), (given.size - 5, given.size)):
        expected = given.raw()[start:stop]
        np.testing.assert_array_equal(given.raw_bytes(start, stop), expected)
        np.testing.assert_array_equal(output.raw_bytes(start, stop), expected)
    part["output.weight"][-1, -1] = 9
    torch.save(part, path)
    store = read_model_parallel(path)
    assert not same_rows(store.tensors["tok_embeddings.weight"], store.tensors["output.weight"])


def test_missing_part_is_an_error_not_half_a_model(tmp_path):
    write(tmp_path, LLAMA_2, 4, PARAMS_2)
    (tmp_path / "consolidated.01.pth").unlink()
    with pytest.raises(
        BadSource, match=r"consolidated.01.pth is missing; consolidated.03.pth is a part of the"
    ):
        open_source(tmp_path)
    for number in (2, 3):
        (tmp_path / f"consolidated.0{number}.pth").unlink()
    with pytest.raises(
        BadSource,
        match=r"00.pth cannot be read: the parts of tensor 'tok_embeddings.weight' in 1 file, of 24 x 2, do",
    ):
        open_source(tmp_path)


def test_missing_rows_are_detected_by_their_number(tmp_path):
    write(tmp_path, LLAMA_3, 4, PARAMS_3)
    (tmp_path / "consolidated.03.pth").unlink()
    with pytest.raises(
        BadSource,
        match=r"'(tok_embeddings|output).weight' in 3 files has 18 rows, and params.json says 24; are all",
    ):
        open_source(tmp_path)


def test_parts_that_do_not_fit_are_refused_in_one_line(tmp_path):
    torch = needs("torch")
    write(tmp_path, LLAMA_3, 2, PARAMS_3)
    path = tmp_path / "consolidated.01.pth"
    part = torch.load(path)
    del part["norm.weight"]
    torch.save({**part, "output.weight": part["output.weight"].float()}, path)
    store = read_model_parallel(path)
    with pytest.raises(BadSource, match="do not make one whose rows have 8 numbers"), reporting_file(path):
        store.tensors["output.weight"].table()
    with pytest.raises(
        BadSource, match=r"01.pth holds no tensor 'norm.weight', but consolidated.00.pth does"
    ):
        store.tensors["norm.weight"].values()
    (tmp_path / "params.json").write_text('{"dim": 16}')
    with pytest.raises(BadSource, match=r"00.pth has rows of 8 numbers, and params.json beside it says 16"):
        read_model_parallel(path)
    (tmp_path / "params.json").unlink()
    torch.save({"tok_embeddings.weight": part["tok_embeddings.weight"]}, tmp_path / "consolidated.00.pth")
    with pytest.raises(BadSource, match=r"is a part of a model, and params.json, which says its width, is"):
        read_model_parallel(path)
    path.unlink()
    assert len(read_model_parallel(tmp_path / "consolidated.00.pth").tensors) == 1


@pytest.mark.parametrize(
    ("params", "config"),
    [
        (PARAMS_2, {"hidden_size": 8, "tie_word_embeddings": False}),
        (PARAMS_3, {"hidden_size": 8, "vocab_size": 24, "tie_word_embeddings": False}),
        (
            {"dim": 8, "vocab_size": 24, "tied_embeddings": True},
            {"hidden_size": 8, "vocab_size": 24, "tie_word_embeddings": True},
        ),
        ({"dim": "wide", "lr": 1}, {}),
    ],
)
def test_params_are_a_configuration(tmp_path, params, config):
    (tmp_path / "params.json").write_text(json.dumps(params))
    assert read_params(tmp_path) == config


def test_mistral_s_file_beside_its_params_opens(tmp_path):
    numpy_files = needs("safetensors.numpy")
    table = np.arange(N_TOKENS * DIM, dtype=np.float32).reshape(N_TOKENS, DIM)
    tensors = {"tok_embeddings.weight": table, "output.weight": table[::-1].copy()}
    numpy_files.save_file(tensors, tmp_path / "consolidated.safetensors")
    (tmp_path / "params.json").write_text(json.dumps(PARAMS_3))
    model = open_model(tmp_path)
    assert model.report.tying == "untied" and model.report.findings == (
        "no tokenizer: rows are named by their ids",
    )
    np.testing.assert_array_equal(model.output.vectors[:], table[::-1])

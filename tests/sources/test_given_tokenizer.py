"""A tokenizer that is given for a source: it names rows, cuts text, or is refused."""

import os
import re

import numpy as np
import pytest
from needs import needs

import tovec

ROWS = np.random.default_rng(7).standard_normal((4, 6), dtype=np.float32)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_file_that_is_no_tokenizer_is_refused_with_what_it_is(tmp_path, vec):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "page.json").write_text("<!doctype html><html></html>")
    (tmp_path / "noise").write_bytes(b"\1\2\3")
    for name, said in [
        (tmp_path / "pipe", "pipe is neither a file nor a folder"),
        (tmp_path / "page.json", "page.json cannot be read: it is a web page"),
        (tmp_path / "noise", "noise cannot be read: it is not a tokenizer; there are tokenizer.json"),
        (tmp_path, "is a folder without a tokenizer; name its file"),
        ("", "there is no tokenizer ''; there are words"),
    ]:
        with pytest.raises(tovec.TovecError, match=re.escape(said)):
            tovec.open(vec, tokenizer=name)


@pytest.mark.parametrize("as_folder", [True, False])
def test_given_tokenizer_names_the_rows_of_an_array_and_cuts_text(tmp_path, as_folder, tokenizer_json):
    (tmp_path / "other").mkdir()
    path = tokenizer_json(tmp_path / "other")
    np.save(tmp_path / "a.npy", ROWS)
    model = tovec.open_model(tmp_path / "a.npy", path.parent if as_folder else path)
    assert list(model.input) == ["[UNK]", "cat", "dog", "mat"]
    assert model.input.encode("dog cat").tolist() == [2, 1]
    assert (model.report.tokenizer, model.report.n_ids) == ("tokenizer.json", 4)
    np.testing.assert_array_equal(model.input["mat"], ROWS[3])
    assert list(tovec.open(tmp_path / "a.npy", path, limit=2)) == ["[UNK]", "cat"]


def test_rows_of_an_array_that_the_tokenizer_does_not_know_are_named_by_their_ids(tmp_path, tokenizer_json):
    np.save(tmp_path / "a.npy", np.concatenate([ROWS, ROWS]))
    model = tovec.open_model(tmp_path / "a.npy", tokenizer_json(tmp_path))
    assert list(model.input)[3:] == ["mat", "<id 4>", "<id 5>", "<id 6>", "<id 7>"]
    assert model.report.findings == ("4 rows have no token in tokenizer.json: ids 4 to 7",)


def test_token_list_beside_an_array_wins_over_a_given_tokenizer(tmp_path, tokenizer_json):
    """A tokenizer that is given for its way to cut text does not rename rows that have names."""
    np.save(tmp_path / "a.npy", ROWS)
    (tmp_path / "a.txt").write_text("cat\ndog\nmat\nsat\n")
    made = tovec.open(tmp_path / "a.npy", tokenizer_json(tmp_path))
    assert list(made) == ["cat", "dog", "mat", "sat"] and made.encode("dog").tolist() == [1]


def test_a_gguf_file_names_the_rows_of_an_array(tmp_path):
    gguf = needs("gguf")
    writer = gguf.GGUFWriter(tmp_path / "a.gguf", "bert")
    writer.add_tokenizer_model("bert")
    writer.add_token_list(["[UNK]", "▁cat", "s", "▁dog"])
    writer.add_token_types([2, 1, 1, 1])
    writer.add_tensor("token_embd.weight", ROWS[:, :4])
    for write in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file):
        write()
    writer.close()
    np.save(tmp_path / "a.npy", ROWS)
    assert list(tovec.open(tmp_path / "a.npy", tmp_path / "a.gguf")) == ["[UNK]", "cat", "##s", "dog"]


def test_list_of_tokens_names_the_rows_of_a_single_tensor(tmp_path):
    needs("safetensors.numpy").save_file({"x": ROWS}, tmp_path / "a.safetensors")
    (tmp_path / "list.txt").write_text("cat\ndog\nmat\nsat\n")
    assert list(tovec.open(tmp_path / "a.safetensors", tmp_path / "list.txt", limit=3)) == [
        "cat",
        "dog",
        "mat",
    ]

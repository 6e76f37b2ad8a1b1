"""Models in several files: the index decides, only what is asked for is read, no name leads elsewhere."""

import json

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs

from tovec.errors import BadSource, TovecError
from tovec.formats.tensors import shards
from tovec.formats.tensors.shards import read_sharded, recognizes

ONE, TWO = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"


def write_index(folder, weight_map, name="model.safetensors.index.json", **more):
    path = folder / name
    path.write_text(json.dumps({"metadata": {"total_size": 40}, "weight_map": weight_map, **more}))
    return path


@pytest.fixture
def index(tmp_path):
    table = np.arange(6, dtype=np.float32).reshape(2, 3)
    safetensors.numpy.save_file({"table": table, "unlisted": table}, tmp_path / ONE)
    safetensors.numpy.save_file({"bias": np.ones(3, np.float32)}, tmp_path / TWO)
    return write_index(tmp_path, {"table": ONE, "bias": TWO})


def test_each_tensor_comes_from_the_file_that_the_index_names(index):
    store = read_sharded(index)
    assert [*store.tensors] == ["table", "bias"] and "unlisted" not in store.tensors
    np.testing.assert_array_equal(store.tensors["table"].table()[:], np.arange(6).reshape(2, 3))
    assert store.tensors["bias"].values().tolist() == [1, 1, 1]
    assert store.files == (index, index.with_name(ONE), index.with_name(TWO))
    assert store.origin == "safetensors in 2 files" and store.metadata == {"total_size": 40}


def test_an_index_that_transformers_wrote_is_read(tmp_path):
    torch = needs("torch")
    hub = needs("huggingface_hub")
    weights = {f"layers.{i}.weight": torch.full((8, 4), float(i)) for i in range(5)}
    hub.save_torch_state_dict(weights, tmp_path, max_shard_size=300)
    store = read_sharded(tmp_path / "model.safetensors.index.json")
    assert len(store.files) > 2 and set(store.tensors) == set(weights)
    for name, tensor in store.tensors.items():
        np.testing.assert_array_equal(tensor.values(), weights[name].numpy())


def test_files_of_torch_are_shards_too(tmp_path):
    torch = needs("torch")
    torch.save({"table": torch.ones(2, 3)}, tmp_path / "pytorch_model-00001-of-00001.bin")
    weight_map = {"table": "pytorch_model-00001-of-00001.bin"}
    store = read_sharded(write_index(tmp_path, weight_map, "pytorch_model.bin.index.json"))
    assert store.origin == "PyTorch in 1 file" and store.tensors["table"].table()[:].sum() == 6


def test_only_the_header_of_the_file_that_is_asked_for_is_read_and_once(index, monkeypatch):
    read = []
    origin, reader = shards._READERS[".safetensors"]
    counted = {".safetensors": (origin, lambda path: read.append(path.name) or reader(path))}
    monkeypatch.setattr(shards, "_READERS", counted)
    store = read_sharded(index)
    assert len(store.tensors) == 2 and "bias" in store.tensors and read == []
    assert store.tensors["table"].shape == store.tensors["table"].shape == (2, 3)
    assert read == [ONE]


def test_missing_shard_is_an_error_only_when_used(index):
    index.with_name(TWO).unlink()
    store = read_sharded(index)
    assert store.tensors["table"].shape == (2, 3)
    with pytest.raises(BadSource, match=f"{TWO} is missing; .*index.json puts tensor 'bias' there$"):
        store.tensors["bias"]


def test_a_file_without_its_tensor_and_a_damaged_one_are_named(index):
    store = read_sharded(write_index(index.parent, {"table": TWO, "bias": ONE}))
    with pytest.raises(BadSource, match=f"{TWO} holds no tensor 'table'; .*index.json puts it there$"):
        store.tensors["table"]
    index.with_name(ONE).write_bytes(b"\0" * 20)
    with pytest.raises(BadSource, match=f"{ONE} is damaged: its header is not JSON"):
        store.tensors["bias"]


@pytest.mark.parametrize(
    "name",
    [
        *("../x.safetensors", "/etc/x.safetensors", "sub/x.safetensors", "..\\x.safetensors"),
        *("C:x.safetensors", "x\0.safetensors", "x\n.safetensors"),
        *("..", ".", "", ".safetensors", "x.gguf", "passwd"),
    ],
)
def test_unsafe_shard_names_are_refused(tmp_path, name):
    path = write_index(tmp_path, {"table": name})
    with pytest.raises(
        BadSource, match=r"the file of tensor 'table' is .*, not a plain name that ends in"
    ) as error:
        read_sharded(path)
    assert "\n" not in str(error.value)


def test_the_links_of_a_cache_of_the_hub_are_followed(tmp_path, index):
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshots" / "0123abcd"
    blobs.mkdir()
    snapshot.mkdir(parents=True)
    for n, name in enumerate([ONE, TWO, index.name]):
        (tmp_path / name).rename(blobs / f"hash{n}")
        (snapshot / name).symlink_to(f"../../blobs/hash{n}")
    store = read_sharded(snapshot / index.name)
    assert store.tensors["table"].table()[:].sum() == 15


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "its text is not JSON"),
        (b"[]", "its text is not a JSON object"),
        (b"{}", "it has no 'weight_map' that says where each tensor is"),
        (b'{"weight_map": {}}', "it has no 'weight_map'"),
        (b'{"weight_map": ["a"]}', "its field 'weight_map' is list"),
        (b'{"weight_map": {"a": 1}}', "the file of tensor 'a' is int, not a name"),
        (b'{"weight_map": {"a": "x.bin", "a": "y.bin"}}', "'a' occurs twice in its JSON"),
        (b'{"weight_map": {"a": "x.bin"}, "metadata": 3}', "its field 'metadata' is int"),
        (b'{"weight_map": {"a": "x\xff.bin"}}', "its text is not UTF-8"),
        (b'{"weight_map": {"a": "\\ud800.bin"}}', "its text is not JSON .*surrogates not allowed"),
    ],
)
def test_a_damaged_index_is_named_in_one_line(tmp_path, text, message):
    path = tmp_path / "model.safetensors.index.json"
    path.write_bytes(text)
    with pytest.raises(BadSource, match=f"index.json is damaged: {message}"):
        read_sharded(path)


def test_byte_order_mark_and_crlf_are_accepted(index):
    index.write_bytes(b"\xef\xbb\xbf" + index.read_bytes().replace(b",", b",\r\n"))
    assert len(read_sharded(index).tensors) == 2


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_damage_gives_tensors_or_one_line(index, data):
    path = index.with_name(data.draw(st.sampled_from([index.name, ONE, TWO])))
    whole = path.read_bytes()
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        broken[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(broken)
    try:
        for tensor in read_sharded(index).tensors.values():
            assert tensor.size
    except TovecError as error:
        assert "\n" not in str(error)
    finally:
        path.write_bytes(whole)


def test_index_is_recognized_by_its_name(index):
    assert recognizes(index, index.read_bytes())
    assert not recognizes(index.with_name("config.json"), b"{}")
    assert not recognizes(index, b"\0\0")

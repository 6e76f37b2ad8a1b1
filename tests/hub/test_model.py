"""Models of the Hub: what is downloaded, when, and what a server may answer.

Covers hf_errors.py, listing.py and repository.py too.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hub_server import COMMIT, FakeHub, etag_of, says, serving
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs

from tovec.errors import BadSource, CannotDownload, MissingExtra, TovecError
from tovec.hub import Hub, fetch_model
from tovec.hub.model import small_files
from tovec.hub.tensors import gguf_parts
from tovec.models.tokenizer_files.file_names import MAPPED, SENTENCEPIECE, VOCABULARIES
from tovec.storage.file_errors import reporting_file

RNG = np.random.default_rng(5)
TABLE = RNG.standard_normal((300, 16)).astype(np.float32)
OTHER = RNG.standard_normal((4000, 64)).astype(np.float16)
HEAD = RNG.standard_normal((300, 16)).astype(np.float32)


def safetensors_file(tensors, metadata=None):
    return needs("safetensors.numpy").save(tensors, metadata)


@pytest.fixture
def one_file(fake_hub):
    """A model of one file, its table in the midst of it."""
    fake_hub.files |= {
        "config.json": b'{"model_type": "llama"}',
        "tokenizer.json": b'{"version": "1.0"}',
        "tokenizer.model": b"not needed beside tokenizer.json",
        "README.md": b"# not needed",
        "onnx/config.json": b"{}",
        "model.safetensors": safetensors_file(
            {"a.layer": OTHER, "model.embed_tokens.weight": TABLE, "z.layer": OTHER + 1}, {"format": "pt"}
        ),
    }
    return fake_hub


def sharded(hub, files):
    """Put tensors, by file and name, into a repository with an index."""
    hub.files |= {file: safetensors_file(tensors) for file, tensors in files.items()}
    weight_map = {name: file for file, tensors in files.items() for name in tensors}
    hub.files["model.safetensors.index.json"] = json.dumps({"weight_map": weight_map}).encode()
    return hub


def test_only_the_header_and_the_table_are_downloaded(one_file, caches, reported):
    model = fetch_model("org/name", hub=caches, reporter=reported)
    assert sorted(path.name for path in model.folder.iterdir()) == ["config.json", "tokenizer.json"]
    assert model.name == f"hf:org/name@{COMMIT}"
    assert one_file.asked(part="model.safetensors") == []

    store = model.tensors()
    assert one_file.asked(part="model.safetensors") == ["bytes=0-99999"]
    assert {name: (t.kind.name, t.shape) for name, t in store.tensors.items()} == {
        "a.layer": ("F16", (4000, 64)),
        "model.embed_tokens.weight": ("F32", (300, 16)),
        "z.layer": ("F16", (4000, 64)),
    }
    assert store.metadata == {"format": "pt"}

    np.testing.assert_array_equal(store.tensors["model.embed_tokens.weight"].table()[:], TABLE)
    assert len(one_file.asked(part="model.safetensors")) == 2
    total = len(one_file.files["model.safetensors"])
    assert reported.downloads[-1] == (
        f"model.embed_tokens.weight: 19.2 kB of {total / 1e6:.3g} MB in model.safetensors"
    )
    assert reported.n_bytes < 2e5 < total


def test_the_second_time_needs_no_network(one_file, caches, monkeypatch, reported):
    fetch_model("org/name", hub=caches).tensors().tensors["model.embed_tokens.weight"].table()[:1]
    n_asked = len(one_file.requests)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    model = fetch_model("org/name", hub=caches, reporter=reported)
    np.testing.assert_array_equal(model.tensors().tensors["model.embed_tokens.weight"].table()[:], TABLE)
    assert len(one_file.requests) == n_asked
    assert reported.commits == [("hf:org/name", COMMIT)]
    with pytest.raises(
        CannotDownload, match=r"z\.layer in model\.safetensors of hf:org/name: .* HF_HUB_OFFLINE"
    ):
        model.tensors().tensors["z.layer"].table()[:1]


def test_a_commit_is_not_asked_for_twice(one_file, caches):
    fetch_model(f"org/name@{COMMIT}", hub=caches)
    n_asked = len(one_file.requests)
    fetch_model(f"org/name@{COMMIT}", hub=caches)
    assert len(one_file.requests) == n_asked


def test_a_branch_that_moved_is_followed(one_file, caches):
    fetch_model("org/name", hub=caches)
    one_file.commit = "f" * 40
    one_file.files["model.safetensors"] = safetensors_file({"model.embed_tokens.weight": HEAD})
    table = fetch_model("org/name", hub=caches).tensors().tensors["model.embed_tokens.weight"].table()
    np.testing.assert_array_equal(table[:], HEAD)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_unreachable_hub_falls_back_to_the_last_listing(one_file, caches, reported, status):
    fetch_model("org/name", hub=caches)
    one_file.status = status
    assert fetch_model("org/name", hub=caches, reporter=reported).repository.commit == COMMIT
    assert reported.commits == [("hf:org/name", COMMIT)]
    with pytest.raises(
        CannotDownload, match=r"cannot open hf:org/new: .*, and none of its files are on this machine"
    ):
        fetch_model("org/new", hub=caches)


def test_files_cached_by_other_programs_are_used(one_file, caches, monkeypatch):
    needs("huggingface_hub").snapshot_download(
        "org/name", cache_dir=caches.cache_dir, endpoint=caches.endpoint, token=caches.token
    )
    n_asked = len(one_file.requests)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    tensor = fetch_model("org/name", hub=caches).tensors().tensors["model.embed_tokens.weight"]
    np.testing.assert_array_equal(tensor.table()[:], TABLE)
    assert tensor.path.name == "model.safetensors"
    assert len(one_file.requests) == n_asked


def test_the_token_is_sent_to_the_hub_alone(one_file, caches):
    with serving(FakeHub(files=one_file.files)) as elsewhere:
        one_file.elsewhere = None
        model = fetch_model("org/name", hub=caches)
        one_file.elsewhere = elsewhere.url
        model.tensors()
    assert {request.headers.get("authorization") for request in one_file.requests} == {"Bearer hf_secret"}
    assert [request.headers.get("authorization") for request in elsewhere.requests] == [None]


def test_a_header_longer_than_the_first_request_is_fetched_in_two(fake_hub, caches):
    tensors = {f"layer.{n}.{'x' * 80}": np.zeros(1, np.float32) for n in range(1500)}
    fake_hub.files["model.safetensors"] = safetensors_file(tensors | {"table": TABLE})
    store = fetch_model("org/name", hub=caches).tensors()
    assert len(store.tensors) == 1501
    assert len(fake_hub.asked()) == 2
    np.testing.assert_array_equal(store.tensors["table"].table()[:], TABLE)


def test_of_many_files_only_that_with_the_table_is_touched(fake_hub, caches):
    sharded(
        fake_hub,
        {
            f"model-{n:05}-of-00040.safetensors": {f"layer.{n}": OTHER[:n], f"table.{n}": TABLE + n}
            for n in range(1, 41)
        },
    )
    store = fetch_model("org/name", hub=caches).tensors()
    assert len(store.tensors) == 80
    assert "table.7" in store.tensors
    np.testing.assert_array_equal(store.tensors["table.7"].table()[:], TABLE + 7)
    asked = {request.path.rpartition("/")[2] for request in fake_hub.requests if "-of-" in request.path}
    assert asked == {"model-00007-of-00040.safetensors"}


@pytest.mark.parametrize(
    ("weight_map", "reason"),
    [
        ({"table": "../../../etc/passwd"}, "is '../../../etc/passwd'"),
        ({"table": "../other.safetensors"}, "is '../other.safetensors'"),
        ({"table": "gone.safetensors"}, "hf:org/name has no file 'gone.safetensors'"),
        ({"table": "config.json"}, "is 'config.json'"),
        ({"table": 7}, "is int, not a name"),
        ([], "'weight_map' is list"),
    ],
)
def test_an_index_that_names_what_is_not_there_is_refused(fake_hub, caches, weight_map, reason):
    fake_hub.files["config.json"] = b"{}"
    fake_hub.files["model.safetensors.index.json"] = json.dumps({"weight_map": weight_map}).encode()
    with pytest.raises(BadSource, match=reason.replace(".", r"\.")):
        _ = fetch_model("org/name", hub=caches).tensors().tensors["table"]


def test_a_tensor_that_is_not_where_the_index_says_is_one_line(fake_hub, caches):
    sharded(fake_hub, {"one.safetensors": {"table": TABLE}})
    fake_hub.files["model.safetensors.index.json"] = b'{"weight_map": {"head": "one.safetensors"}}'
    with pytest.raises(BadSource, match=r"one\.safetensors holds no tensor 'head'"):
        _ = fetch_model("org/name", hub=caches).tensors().tensors["head"]


def gguf_file(path, tokens, tensors):
    gguf = needs("gguf")
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_token_list(tokens)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


def test_the_header_of_a_gguf_file_is_fetched_until_it_is_whole(
    fake_hub, caches, tmp_path, reported, monkeypatch
):
    monkeypatch.setattr("tovec.hub.tensors.FIRST_GGUF", 100_000)
    tokens = [f"token number {n}" for n in range(20_000)]
    data = gguf_file(tmp_path / "a.gguf", tokens, {"output.weight": OTHER, "token_embd.weight": TABLE})
    fake_hub.files |= {"model-Q8_0.gguf": data, "mmproj-model.gguf": b"of a model that sees"}
    store = fetch_model("org/name", hub=caches, reporter=reported).tensors()
    assert list(store.metadata["tokenizer.ggml.tokens"]) == tokens
    np.testing.assert_array_equal(store.tensors["token_embd.weight"].table()[:], TABLE)
    asked = fake_hub.asked()
    assert asked[:3] == ["bytes=0-99999", "bytes=100000-199999", "bytes=200000-399999"]
    assert reported.n_bytes < len(data)


def test_the_user_chooses_among_several_gguf_files(fake_hub, caches, tmp_path):
    data = gguf_file(tmp_path / "a.gguf", ["a"], {"token_embd.weight": TABLE})
    fake_hub.files |= {"m-Q4_K_M.gguf": data, "sub/m-F16.gguf": data, "m-Q8_0.gguf": data}
    message = (
        r"has 2 files of tensors, m-Q4_K_M\.gguf \(19\.\d kB\), m-Q8_0\.gguf .*; name one: hf:org/name/m-Q4"
    )
    with pytest.raises(BadSource, match=message):
        fetch_model("org/name", hub=caches)
    for file in ("m-Q8_0.gguf", "sub/m-F16.gguf"):
        store = fetch_model(f"org/name@main/{file}", hub=caches).tensors()
        np.testing.assert_array_equal(store.tensors["token_embd.weight"].table()[:], TABLE)


def test_all_parts_of_a_split_gguf_file_are_one(fake_hub, caches, tmp_path):
    for n, tensors in enumerate([{"token_embd.weight": TABLE}, {"output.weight": HEAD}]):
        data = gguf_file(tmp_path / f"{n}.gguf", ["a", "b"][: 2 - n], tensors)
        fake_hub.files[f"m-{n + 1:05}-of-00002.gguf"] = data
    store = fetch_model("org/name", hub=caches).tensors()
    np.testing.assert_array_equal(store.tensors["output.weight"].table()[:], HEAD)
    assert list(store.metadata["tokenizer.ggml.tokens"]) == ["a", "b"]
    del fake_hub.files["m-00002-of-00002.gguf"]
    fake_hub.commit = "e" * 40
    with pytest.raises(BadSource, match=r"has no m-00002-of-00002\.gguf, which is a part of m-00001"):
        fetch_model("org/name", hub=caches).tensors()


def test_number_of_parts_is_limited():
    assert gguf_parts("a/m-00002-of-00002.gguf") == ["a/m-00001-of-00002.gguf", "a/m-00002-of-00002.gguf"]
    assert gguf_parts("m-00001-of-99999.gguf") == ["m-00001-of-99999.gguf"]
    assert gguf_parts("m-00003-of-00002.gguf") == ["m-00003-of-00002.gguf"]


def test_a_damaged_gguf_file_is_not_downloaded_to_its_end(fake_hub, caches, tmp_path, monkeypatch):
    monkeypatch.setattr("tovec.hub.tensors.FIRST_GGUF", 100)
    monkeypatch.setattr("tovec.hub.tensors.LONGEST_GGUF", 1000)
    data = bytearray(gguf_file(tmp_path / "a.gguf", ["a"], {"token_embd.weight": OTHER}))
    data[31] = 0xFF  # the length of the first key's name
    fake_hub.files["a.gguf"] = bytes(data)
    with pytest.raises(BadSource, match=r"hf:org/name/a\.gguf is damaged"):
        fetch_model("org/name", hub=caches).tensors()
    assert len(fake_hub.asked()) < 7
    fake_hub.files["a.gguf"], fake_hub.commit = b"GGML" + bytes(data[4:]), "d" * 40
    n_asked = len(fake_hub.asked())
    with pytest.raises(BadSource, match=r"begins with b'GGML'"):
        fetch_model("org/name", hub=caches).tensors()
    assert len(fake_hub.asked()) == n_asked + 1


def test_the_first_module_of_sentence_transformers_may_lie_in_a_folder(fake_hub, caches):
    fake_hub.files |= {
        "modules.json": b'[{"idx": 0, "path": "0_StaticEmbedding"}]',
        "0_StaticEmbedding/tokenizer.json": b"{}",
        "0_StaticEmbedding/model.safetensors": safetensors_file({"embedding.weight": TABLE}),
    }
    model = fetch_model("org/name", hub=caches)
    assert [path.name for path in model.folder.iterdir()] == ["tokenizer.json"]
    np.testing.assert_array_equal(model.tensors().tensors["embedding.weight"].table()[:], TABLE)


def test_whole_only_file_says_its_size_and_opens_once_downloaded(fake_hub, caches, tmp_path):
    torch = needs("torch")
    torch.save({"table": torch.from_numpy(TABLE)}, tmp_path / "pytorch_model.bin")
    fake_hub.files |= {
        "pytorch_model.bin": (tmp_path / "pytorch_model.bin").read_bytes(),
        "config.json": b"{}",
    }
    way_out = (
        r"`hf download org/name pytorch_model\.bin` fetches all of it \(2\d\.\d kB\), and then tovec opens it"
    )
    for name in ("org/name", "org/name/pytorch_model.bin"):
        with pytest.raises(BadSource, match=way_out):
            fetch_model(name, hub=caches)
    assert fake_hub.asked() == []
    needs("huggingface_hub").hf_hub_download(
        "org/name", "pytorch_model.bin", cache_dir=caches.cache_dir, endpoint=caches.endpoint
    )
    table = fetch_model("org/name", hub=caches).tensors().tensors["table"].table()
    np.testing.assert_array_equal(table[:], TABLE)


def test_a_model_of_another_program_is_named(fake_hub, caches):
    fake_hub.files = {"config.json": b"{}", "flax_model.msgpack": b"\x81"}
    with pytest.raises(BadSource, match=r"hf:org/name holds flax_model\.msgpack, a Flax checkpoint"):
        fetch_model("org/name", hub=caches)


def test_an_onnx_model_is_not_fetched_in_parts(fake_hub, caches):
    fake_hub.files = {"config.json": b"{}", "model.onnx": bytes(2000)}
    with pytest.raises(BadSource, match=r"has model\.onnx, whose format cannot be fetched in parts"):
        fetch_model("org/name", hub=caches)


def test_size_of_all_whole_only_files_is_added_up(fake_hub, caches):
    fake_hub.files |= {f"pytorch_model-0000{n}-of-00002.bin": bytes(2000) for n in (1, 2)}
    fake_hub.files["pytorch_model.bin.index.json"] = b"{}"
    with pytest.raises(BadSource, match=r"00001-of-00002\.bin pytorch_model-00002-of.* all of it \(4 kB\)"):
        fetch_model("org/name", hub=caches)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("org/name/model.gguf", r"has no file 'model\.gguf'"),
        ("org/name/README.md", r"'README\.md' of hf:org/name is not a file of tensors that tovec reads"),
        ("org/name/a/../README.md", "not a path inside a repository"),
        ("org name", "is not the name of a Hub model"),
        ("org/name@", "is not the name of a Hub model"),
        ("a/b@c@d", "is not the name of a Hub model"),
        ("..", "is not the name of a Hub model"),
        ("org/..", "is not the name of a Hub model"),
        ("", "is not the name of a Hub model"),
    ],
)
def test_unknown_hub_name_is_one_line(one_file, caches, name, reason):
    with pytest.raises(BadSource, match=reason) as caught:
        fetch_model(name, hub=caches)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (
            401,
            "GatedRepo",
            "cannot open hf:org/name: it is gated: accept its terms at https://huggingface.co/org/",
        ),
        (404, "RepoNotFound", "there is no such model on the Hub, or it is private; .* `hf auth login`"),
        (401, "", "there is no such model"),
        (404, "RevisionNotFound", "it has no such revision"),
    ],
)
def test_unavailable_model_says_why(fake_hub, caches, status, code, reason):
    fake_hub.status, fake_hub.error_code = status, code
    with pytest.raises(CannotDownload, match=reason) as caught:
        fetch_model("org/name", hub=caches)
    assert "\n" not in str(caught.value)


def test_a_gated_file_of_a_model_that_can_be_listed_says_why(one_file, caches):
    gated = says(403, x_error_code="GatedRepo")
    model = fetch_model("org/name", hub=caches)
    one_file.answers.append(gated)
    with pytest.raises(CannotDownload, match=r"header of model\.safetensors .*: it is gated"):
        model.tensors()


def test_a_small_file_that_is_refused_says_why(one_file, caches):
    one_file.refused = ("config.json", 403, "GatedRepo")
    with pytest.raises(CannotDownload, match=r"cannot download config\.json of hf:org/name: it is gated"):
        fetch_model("org/name", hub=caches)


@pytest.mark.parametrize(
    "listing",
    [
        [],
        {"id": "org/name"},
        {"id": "org/name", "sha": "../../..", "siblings": []},
        {"id": "org/name", "sha": COMMIT, "siblings": [{"rfilename": "config.json", "size": "many"}]},
        {"id": "org/name", "sha": COMMIT, "siblings": [{"rfilename": "config.json", "size": -1}]},
        {"id": "org/name", "sha": COMMIT, "siblings": [{"rfilename": 5, "size": 1}]},
        {"id": "org/name", "sha": COMMIT, "siblings": 7},
    ],
)
def test_invalid_list_of_files_is_one_line(fake_hub, caches, listing):
    fake_hub.listing = listing
    with pytest.raises(BadSource) as caught:
        fetch_model("org/name", hub=caches)
    assert "\n" not in str(caught.value)


def test_names_of_a_server_do_not_lead_out_of_the_cache(fake_hub, caches, tmp_path):
    for name in ("..\\..\\model.safetensors", "C:model.safetensors"):
        fake_hub.listing = {
            "id": "org/name",
            "sha": COMMIT,
            "siblings": [{"rfilename": name, "size": 5}],
        }
        with pytest.raises(BadSource, match=r"which is not a path inside a repository"):
            fetch_model("org/name", hub=caches).tensors()
    fake_hub.listing["siblings"] = [{"rfilename": "../../../evil/model.safetensors", "size": 5}]
    with pytest.raises(BadSource, match=r"no file of tensors"):
        fetch_model("org/name", hub=caches).tensors()
    with pytest.raises(BadSource, match=r"which is not a path inside a repository"):
        fetch_model("org/name/../../../evil/model.safetensors", hub=caches)
    assert not list(tmp_path.rglob("*evil*"))


@given(
    listing=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["id", "sha", "siblings", "rfilename", "size", "lfs"]), inner)
        ),
        max_leaves=8,
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_answers_of_a_server_are_one_line(fake_hub, caches, listing):
    fake_hub.listing = listing
    with pytest.raises(TovecError):
        fetch_model("org/name", hub=caches)


@given(where=st.integers(0, 300), byte=st.integers(0, 255))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_header_is_a_line_or_other_tensors(one_file, caches, where, byte):
    data = bytearray(one_file.files["model.safetensors"])
    data[where] = byte
    one_file.files["model.safetensors"] = bytes(data)
    one_file.commit = etag_of(bytes(data))
    try:
        store = fetch_model("org/name", hub=caches).tensors()
        assert all(tensor.shape is not None for tensor in store.tensors.values())
    except BadSource as error:
        assert "\n" not in str(error)


def test_a_cache_that_cannot_be_written_to_is_one_line(one_file, caches):
    caches.cache_dir.write_bytes(b"a file where a folder should be")
    with pytest.raises(CannotDownload, match=r"cannot download config\.json of hf:org/name"):
        fetch_model("org/name", hub=caches)


def test_small_files_are_of_one_folder_and_one_tokenizer():
    names = ["tokenizer.model", "tekken.json", "config.json", "onnx/config.json", "vocab.json", "merges.txt"]
    assert small_files(names) == ["config.json", "tokenizer.model"]
    assert small_files(names, "onnx") == ["onnx/config.json"]
    assert small_files(names[3:]) == ["merges.txt", "vocab.json"]


@pytest.mark.parametrize("name", [*SENTENCEPIECE, *VOCABULARIES, *MAPPED])
def test_every_tokenizer_that_is_found_in_a_folder_is_fetched(name):
    assert small_files([name, "model.safetensors"]) == [name]


def test_without_huggingface_hub_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtra, match=r"pip install 'tovec\[hub\]'"):
        fetch_model("org/name")


def test_defaults_follow_the_environment(one_file, tmp_path):
    program = """
import sys
from tovec.hub import fetch_model
model = fetch_model("org/name")
table = model.tensors().tensors["model.embed_tokens.weight"].table()
print(table[:].shape, model.folder)
"""
    environment = {name: text for name, text in os.environ.items() if "proxy" not in name.lower()} | {
        "HF_ENDPOINT": one_file.url,
        "HF_HOME": str(tmp_path / "home"),
        "HF_TOKEN": "hf_other",
        "HF_HUB_OFFLINE": "0",
    }
    for name in ("HF_HUB_CACHE", "HF_ASSETS_CACHE", "HUGGINGFACE_HUB_CACHE"):
        environment.pop(name, None)
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False
    )
    assert result.stderr == ""
    assert result.stdout.startswith(f"(300, 16) {tmp_path / 'home'}")
    ours = [request for request in one_file.requests if "org/name" in request.path]
    assert {request.headers.get("authorization") for request in ours} == {"Bearer hf_other"}
    assert (tmp_path / "home" / "assets" / "tovec" / "org--name" / COMMIT / "files.json").exists()


def test_importing_the_hub_loads_no_client():
    program = "import tovec.hub, sys; print([m for m in ('huggingface_hub', 'httpx') if m in sys.modules])"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"


def test_failed_download_is_not_called_damage(one_file, caches):
    tensor = fetch_model("org/name", hub=caches).tensors().tensors["model.embed_tokens.weight"]
    one_file.status, one_file.error_code = 403, "GatedRepo"
    with (
        pytest.raises(CannotDownload, match=r"^cannot download model\.embed_tokens"),
        reporting_file(tensor.path),
    ):
        tensor.table()[:1]


def test_defaults_are_those_of_huggingface_hub():
    assert Hub() == Hub(None, None, None, None)

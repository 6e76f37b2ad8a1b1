"""A table that several tensors make, on the Hub: each is fetched when the first row is asked for."""

import json

import numpy as np
import pytest
from needs import needs

from tovec.hub import fetch_model
from tovec.models.load import read_remote
from tovec.models.opening import open_files, open_tensor
from tovec.vectors.stored import DeferredTable

N, DIM = 40, 64
RNG = np.random.default_rng(0)
CODES = RNG.integers(-127, 128, (N, DIM)).astype(np.int8)
SCALES = RNG.random((N, 2)).astype(np.float32)
ROWS = CODES * np.repeat(SCALES, 32, axis=1)
IN = "model.embed_tokens.weight"
LAYER = RNG.random((2000, 100)).astype(np.float32)
CONFIG = {"model_type": "llama", "hidden_size": DIM, "vocab_size": N, "tie_word_embeddings": True}


def put(hub, files):
    """Put tensors, by file and name, into the repository."""
    hub.files["config.json"] = json.dumps(CONFIG).encode()
    hub.files |= {file: needs("safetensors.numpy").save(tensors) for file, tensors in files.items()}
    weight_map = {name: file for file, tensors in files.items() for name in tensors}
    if len(files) > 1:
        hub.files["model.safetensors.index.json"] = json.dumps({"weight_map": weight_map}).encode()


@pytest.mark.parametrize(
    "files",
    [
        {"model.safetensors": {"a": LAYER, IN: CODES, f"{IN}_scale": SCALES}},
        {
            "model-00001-of-00002.safetensors": {"a": LAYER, IN: CODES},
            "model-00002-of-00002.safetensors": {f"{IN}_scale": SCALES, "b": LAYER},
        },
    ],
)
def test_only_codes_and_scales_are_fetched_with_the_first_row(fake_hub, caches, reported, files):
    put(fake_hub, files)
    remote = fetch_model("org/name", hub=caches, reporter=reported)
    model = open_files(read_remote(remote), remote.folder)
    assert model.report.input.number_type == "I8, groups of 32"
    assert model.report.input.n_bytes == CODES.nbytes + SCALES.nbytes
    vectors = model.input.vectors
    assert isinstance(vectors, DeferredTable) and vectors.nbytes == CODES.nbytes + SCALES.nbytes
    assert not any(IN in download for download in reported.downloads)
    np.testing.assert_array_equal(vectors[3:5], ROWS[3:5])
    assert [download.split(":")[0] for download in reported.downloads if IN in download] == [
        IN,
        f"{IN}_scale",
    ]
    assert reported.n_bytes < LAYER.nbytes
    n_asked = len(fake_hub.requests)
    np.testing.assert_array_equal(vectors[:], ROWS)
    named = open_tensor(read_remote(remote), IN, remote.folder)
    np.testing.assert_array_equal(named.input.vectors[:], ROWS)
    assert len(fake_hub.requests) == n_asked


def test_a_head_of_its_own_is_not_downloaded_to_be_compared(fake_hub, caches, reported):
    tensors = {IN: CODES, f"{IN}_scale": SCALES, "lm_head.weight": CODES, "lm_head.weight_scale": SCALES}
    put(fake_hub, {"model.safetensors": tensors})
    remote = fetch_model("org/name", hub=caches, reporter=reported)
    model = open_files(read_remote(remote), remote.folder)
    assert model.report.tying_why == "the file has both tables; comparing them would download both"
    np.testing.assert_array_equal(model.output.vectors[:2], ROWS[:2])

"""The commands on `hf:org/name`: only the table comes, said before; the second time nothing does."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from needs import needs
from tokenizers import Tokenizer, models

NAMES = [f"word{row}" for row in range(3000)]
TABLE = np.random.default_rng(0).standard_normal((3000, 64)).astype(np.float32)
OTHER = np.zeros((4000, 512), np.float32)


@pytest.fixture
def run(fake_hub, tmp_path):
    tokenizer = Tokenizer(models.WordLevel({name: row for row, name in enumerate(NAMES)}, unk_token="word0"))
    tensors = {"model.embed_tokens.weight": TABLE, "model.layers.0.weight": OTHER}
    fake_hub.files |= {
        "config.json": json.dumps({"model_type": "gemma", "hidden_size": 64, "vocab_size": 3000}).encode(),
        "tokenizer.json": tokenizer.to_str().encode(),
        "model.safetensors": needs("safetensors.numpy").save(tensors),
    }
    ours = ("HF_", "HUGGINGFACE_")
    environment = {
        name: text
        for name, text in os.environ.items()
        if "proxy" not in name.lower() and not name.startswith(ours)
    } | {"HF_ENDPOINT": fake_hub.url, "HF_HOME": str(tmp_path / "home")}

    def run(*arguments, **more):
        command = [sys.executable, "-m", "tovec", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment | more, cwd=tmp_path, check=False
        )

    return run


def n_bytes_kept(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def test_inspect_downloads_no_row(run, tmp_path):
    made = run("inspect", "hf:org/name", "--json")
    assert (made.returncode, made.stderr) == (0, "")
    facts = json.loads(made.stdout)
    assert (facts["rows"], facts["ids"], facts["vocab_size"], facts["tied"]) == (3000, 3000, 3000, True)
    assert facts["report"]["input"]["file"] == "model.safetensors"
    for more in (("hf:org/name#effective", "--limit", 2000), ("hf:org/name", "--limit", 2000)):
        assert json.loads(run("inspect", *more, "--json").stdout)["row_check"] is None
    assert n_bytes_kept(tmp_path / "home") < TABLE.nbytes / 2


def test_neighbors_download_the_table_and_nothing_else_once(run, fake_hub, tmp_path):
    first = json.loads(run("neighbors", "hf:org/name", "word7", "-k", 3, "--json").stdout)["results"]
    units = TABLE / np.linalg.norm(TABLE, axis=1, keepdims=True)
    order = [row for row in np.argsort(-(units @ units[7])).tolist() if row != 7][:3]
    assert [hit["id"] for hit in first] == order
    assert TABLE.nbytes < n_bytes_kept(tmp_path / "home") < TABLE.nbytes + 400_000 < OTHER.nbytes

    n_requests = len(fake_hub.asked())
    again = run("neighbors", "hf:org/name", "word7", "-k", 3, "--json", HF_HUB_OFFLINE="1")
    assert json.loads(again.stdout)["results"] == first
    assert len(fake_hub.asked()) == n_requests


def test_parts_and_tensors_are_named_as_of_a_file(run):
    effective = json.loads(run("vectors", "hf:org/name#effective", "word1", "--json").stdout)["results"][0]
    np.testing.assert_allclose(effective["vector"], 8 * TABLE[1], rtol=1e-6)
    other = run("inspect", "hf:org/name#model.layers.0.weight", "--json")
    assert json.loads(other.stdout)["n_tokens"] == 4000
    missing = run("inspect", "hf:org/name#model.embed.weight")
    assert missing.returncode == 1
    assert missing.stderr.count("\n") == 1 and "model.embed_tokens.weight" in missing.stderr


def test_size_of_a_download_is_shown_first(run, fake_hub):
    rows = np.zeros((40_000, 100), np.float32)
    fake_hub.files["model.safetensors"] = needs("safetensors.numpy").save(
        {"model.embed_tokens.weight": rows, "z": OTHER}
    )
    made = run("vectors", "hf:org/name", "word0")
    assert "downloading model.embed_tokens.weight: 16 MB of 24.2 MB in model.safetensors" in made.stderr


def test_a_table_that_is_refused_is_named_as_the_user_named_it(run, fake_hub):
    tensors = {"model.embed_tokens.weight": TABLE.astype(np.int8), "model.embed_tokens.absmax": TABLE[:, 0]}
    fake_hub.files["model.safetensors"] = needs("safetensors.numpy").save(tensors)
    made = run("inspect", "hf:org/name")
    assert made.returncode == 1
    assert made.stderr.startswith("Error: hf:org/name cannot be read: tensor 'model.embed_tokens.weight'")

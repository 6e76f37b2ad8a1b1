"""Any file of a source may be a pipe, a socket, a device, a folder or a link that turns in a circle."""

import json
import os
import shutil
import socket

import numpy as np
import pytest
from bounded import run_bounded
from safetensors.numpy import save_file

from tovec import Embedding

TABLE = np.arange(12, dtype=np.float32).reshape(3, 4)
OPEN = """
import sys
from pathlib import Path
import tovec
for line in Path(sys.argv[1]).read_text().splitlines():
    try:
        model = tovec.open_model(line)
        for table in (model.input, model.output):
            if table is not None:
                table[:]
                table.tokenizer and table.tokenizer.tokens("a b")
        print("opened")
    except tovec.TovecError as error:
        print(str(error).replace("\\n", "LINE"))
"""


def sharded(folder):
    parts = {"model.embed_tokens.weight": "model-1.safetensors", "lm_head.weight": "model-2.safetensors"}
    for name, file in parts.items():
        save_file({name: TABLE}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": parts}))
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "vocab.json").write_text('{"a": 0, "b": 1, "ab": 2}')
    (folder / "merges.txt").write_text("a b\n")
    for name in ("tokenizer_config.json", "added_tokens.json", "adapter_config.json", "params.json"):
        (folder / name).write_text("{}")
    return folder


def saved(folder):
    Embedding(["a", "b", "c"], TABLE).save(folder / "x")
    return folder / "x"


def array(folder):
    np.save(folder / "t.npy", TABLE)
    (folder / "t.txt").write_text("a\nb\nc\n")
    return folder / "t.npy"


def projector(folder):
    (folder / "vectors.tsv").write_text("1\t2\n3\t4\n")
    (folder / "metadata.tsv").write_text("a\nb\n")
    return folder / "vectors.tsv"


def inside(folder):
    inner = folder / "0_Transformer"
    inner.mkdir()
    sharded(inner)
    kind = "sentence_transformers.models.Transformer"
    (folder / "modules.json").write_text(json.dumps([{"path": inner.name, "type": kind}]))
    return folder


def cached(folder):
    commit = folder / "models--a--b" / "snapshots" / "abc"
    commit.mkdir(parents=True)
    sharded(commit)
    (folder / "models--a--b" / "refs").mkdir()
    (folder / "models--a--b" / "refs" / "main").write_text("abc")
    return folder / "models--a--b"


def put(path, kind):
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "circle":
        path.symlink_to(path.name)
    elif kind == "folder":
        path.mkdir()
    else:
        folder = os.open(path.parent, os.O_RDONLY)
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(f"/proc/self/fd/{folder}/{path.name}")  # a name has 108 bytes at most
        os.close(folder)


@pytest.mark.parametrize("make", [sharded, saved, array, projector, inside, cached])
def test_pipes_and_devices_are_never_waited_for(make, tmp_path):
    (tmp_path / "whole").mkdir()
    source = make(tmp_path / "whole")
    files = [
        path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").rglob("*") if path.is_file()
    ]
    sources, about = [], []
    for file in files:
        for kind in ("pipe", "device", "circle", "folder", "socket"):
            copy = tmp_path / f"{kind}-{str(file).replace('/', '-')}"
            shutil.copytree(tmp_path / "whole", copy)
            put(copy / file, kind)
            sources.append(str(copy / source.relative_to(tmp_path / "whole")))
            about.append((file, kind))
    (tmp_path / "sources").write_text("\n".join(sources))
    ran = run_bounded(OPEN, tmp_path / "sources", seconds=90)
    assert len(ran.output.splitlines()) == len(sources)
    assert ran.peak < 600 << 20
    for (file, kind), line in zip(about, ran.output.splitlines(), strict=True):
        assert "LINE" not in line
        if kind in ("pipe", "device", "socket") and "model-" in str(file):
            assert f"{file.name} cannot be read: it is a {kind}, not a file" in line

"""Paths that cannot be opened: one line that says what they are, and the way out."""

import os
import socket
import subprocess
import sys

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.embedding import Embedding
from tovec.formats import save

ROWS = np.random.default_rng(7).standard_normal((4, 6), dtype=np.float32)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipes_devices_and_broken_links_are_refused_at_once(tmp_path, refused):
    os.mkfifo(tmp_path / "pipe.vec")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "link").symlink_to("gone")
    for name, said in [
        ("pipe.vec", "is neither a file nor a folder; a pipe cannot be read by the row"),
        ("loop", "is a link to a file that does not exist"),
        ("link", "is a link to a file that does not exist"),
    ]:
        assert refused(tmp_path / name) == f"{tmp_path / name} {said}"
    assert "neither a file nor a folder" in refused("/dev/null")


def test_socket_is_refused(tmp_path, monkeypatch, refused):
    monkeypatch.chdir(tmp_path)  # the names of sockets are short
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("a.sock")
        assert "neither a file nor a folder" in refused("a.sock")


def test_folder_with_a_checkpoint_of_another_name_names_the_file(tmp_path, refused):
    needs("torch").save({"state_dict": {}}, tmp_path / "epoch=3.ckpt")
    assert refused(tmp_path).endswith("is a folder; name the file in it: epoch=3.ckpt")


def test_a_folder_of_checkpoints_names_them(tmp_path, refused):
    for name in ("checkpoint-500", "checkpoint-1000", "logs"):
        (tmp_path / name).mkdir()
    for name in ("checkpoint-500", "checkpoint-1000"):
        (tmp_path / name / "model.safetensors").write_bytes(b"\0")
    said = "is a folder without a model of its own; name the one in it: checkpoint-1000, checkpoint-500"
    assert refused(tmp_path).endswith(said)


def test_folder_without_a_model_says_what_to_open_instead(tmp_path, vec, refused):
    assert refused(tmp_path).endswith("is a folder; name the file in it: a.vec")
    for name in ("empty", "run/work", "lost", "busy/work"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "run/work/.tovec-run").touch()
    (tmp_path / "lost/model.safetensors").symlink_to("blob")
    (tmp_path / "busy/notes.txt").write_text("notes")
    assert "holds neither an embedding nor a model" in refused(tmp_path / "empty")
    assert refused(tmp_path / "run").endswith(
        "holds a training run that has not finished; run tovec train again"
    )
    assert "holds neither" in refused(tmp_path / "busy")
    assert "holds model.safetensors, a link to a file that does not exist" in refused(tmp_path / "lost")


def test_empty_file_and_random_bytes_have_different_messages(tmp_path, refused):
    (tmp_path / "empty.vec").touch()
    (tmp_path / "noise.bin").write_bytes(np.random.default_rng(3).bytes(5000))
    assert refused(tmp_path / "empty.vec").endswith("empty.vec is empty")
    assert "is in none of the formats that tovec reads: GGUF, " in refused(tmp_path / "noise.bin")


def test_tsv_of_numbers_without_tokens_is_refused(tmp_path, refused):
    rows = "".join("\t".join(map(str, row)) + "\n" for row in ROWS.tolist())
    (tmp_path / "x.tsv").write_text(rows)
    assert "its rows have only numbers, no token" in refused(tmp_path / "x.tsv")
    (tmp_path / "x_metadata.tsv").write_text("a\nb\nc\nd\n")
    assert tovec.open(tmp_path / "x.tsv").vocabulary.tokens == tuple("abcd")


def test_unreadable_files_say_permission_denied(tmp_path, vec):
    """In a process of another user where this one may read everything."""
    if not hasattr(os, "setuid"):
        pytest.skip("no users here")
    closed = tmp_path / "closed"
    closed.mkdir()
    save(Embedding(["a"], ROWS[:1]), closed / "a.vec")
    vec.chmod(0)
    closed.chmod(0)
    tmp_path.chmod(0o755)
    program = (
        "import os, sys, tovec\n"
        "os.chdir(sys.argv[1])\n"
        "def look(tell):\n"
        "    for name in ('a.vec', 'closed', 'closed/a.vec'):\n"
        "        try: tovec.open(name)\n"
        "        except tovec.TovecError as error: tell(error)\n"
        "look(str)\n"  # Python and tovec may lie where nobody may read: what is loaded late is loaded now
        "if os.getuid() == 0: os.setuid(65534)\n"
        "look(print)\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
        )
    finally:
        closed.chmod(0o755)
    assert done.stdout.splitlines() == [
        f"{name} cannot be read: Permission denied" for name in ("a.vec", "closed", "closed/a.vec")
    ]


def test_message_names_each_file_once(tmp_path, refused):
    (tmp_path / "model.safetensors.index.json").write_text(
        '{"weight_map": {"model.embed_tokens.weight": "model-00001-of-00001.safetensors"}}'
    )
    missing = tmp_path / "model-00001-of-00001.safetensors"
    assert refused(tmp_path) == (
        f"{missing} is missing; model.safetensors.index.json puts tensor 'model.embed_tokens.weight' there"
    )

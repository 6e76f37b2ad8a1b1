"""Sources as a whole: opened, used by every command, saved and opened again.

Covers read.py too.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from needs import needs

import tovec
from tovec.cli import cli
from tovec.embedding import Embedding
from tovec.errors import BadSource
from tovec.formats import save
from tovec.text.token_bytes import Spelling
from tovec.text.vocabulary import Vocabulary

ROWS = np.random.default_rng(7).standard_normal((4, 6), dtype=np.float32)


def test_invalid_hidden_size_leaves_the_scale_at_1(tmp_path, write_model):
    for n, size in enumerate([10**400, -1, 0, "640", True, None, [640]]):
        folder = write_model(tmp_path / str(n), config={"model_type": "gemma", "hidden_size": size})
        assert tovec.open_model(folder).report.scale == 1.0


def test_inspect_prints_each_field_once_and_no_control_characters(tmp_path, write_model):
    folder = write_model(
        tmp_path / "model",
        ["model.embed_tokens.weight", "x\x1b[31m\ny"],
        {"model_type": "gemma", "hidden_size": 6, "architectures": ["GemmaModel"]},
    )
    for part in ("#x\x1b[31m\ny", "#effective", ""):
        lines = CliRunner().invoke(cli, ["inspect", f"{folder}{part}"]).stdout.splitlines()
        names = [line.split()[0] for line in lines if not line.startswith("note")]
        assert len(names) == len(set(names)) and "\x1b" not in "".join(lines)
        assert not any(line.endswith((":", ": ")) for line in lines)


def test_tokenizer_that_its_library_cannot_load_fails_only_when_text_is_cut(tmp_path, write_model):
    model = {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0, "b": 1, "c": 2, "d": 3}}
    normalizer = {"type": "Precompiled", "precompiled_charsmap": "!!"}
    definition = {"version": "1.0", "added_tokens": [], "normalizer": normalizer, "model": model}
    opened = tovec.open(write_model(tmp_path / "model", tokenizer=definition))
    assert opened.vocabulary.tokens == tuple("abcd")
    with pytest.raises(BadSource, match=r"not a tokenizer\.json that can be read: Precompiled"):
        opened.tokenize("a b")


def test_json_has_null_where_a_number_is_not_finite(tmp_path):
    (tmp_path / "a.vec").write_text("2 3\na nan -inf 0.5\nb 1 2 3\n")
    done = CliRunner().invoke(cli, ["vectors", str(tmp_path / "a.vec"), "a", "--json"])
    assert json.loads(done.stdout, parse_constant=pytest.fail) == {
        "results": [{"token": "a", "id": 0, "vector": [None, None, 0.5]}]
    }


def strange(tmp_path):
    """Return an embedding whose names are hard to print, to write and to read."""
    tokens = ["king", "Ġqueen", "\udcff\udcfe", "", "tab\there", "new\nline", "\u202e", "\x00", "<s>", "it's"]
    vocabulary = Vocabulary(tokens, range(10), unknown="king", spelling=Spelling.BYTE_LEVEL, special=[8])
    return Embedding(vocabulary, np.random.default_rng(1).standard_normal((10, 6), dtype=np.float32))


@pytest.mark.parametrize("name", ["folder", "a.safetensors"])
def test_unusual_tokens_work_in_every_command(tmp_path, name):
    source = str(save(strange(tmp_path), tmp_path / name))
    run = CliRunner()
    for command in (
        ["inspect", source],
        ["neighbors", source, "king", "--bytes"],
        ["vectors", source, "king", ""],
        ["similarity", source, "king", "new\nline"],
        ["analogy", source, "king", "", "it's"],
        ["plot", source, "-o", str(tmp_path / "a.png")],
        ["convert", source, str(tmp_path / "b"), "--escape"],
    ):
        for as_json in ([], ["--json"]):
            done = run.invoke(cli, [*command, *as_json])
            assert done.exit_code == 0, done.output
            done.stdout.encode("utf-8", "backslashreplace")


@pytest.mark.parametrize(
    "name", ["a.vec", "a.bin", "a.glove", "a.npy", "a.tsv", "a.parquet", "a.safetensors"]
)
def test_source_opened_and_saved_opens_equal(tmp_path, name):
    if name == "a.parquet":
        needs("pyarrow")
    made = strange(tmp_path) if name == "a.safetensors" else Embedding(["cat", "개", "it's", "3"], ROWS)
    opened = tovec.open(save(made, tmp_path / name))
    again = tovec.open(opened.save(tmp_path / "saved"))
    np.testing.assert_array_equal(again[:], made[:])
    ours, theirs = opened.vocabulary, again.vocabulary
    assert made.vocabulary.tokens == ours.tokens == theirs.tokens
    assert (theirs.spelling, theirs.special, theirs.unknown) == (ours.spelling, ours.special, ours.unknown)
    assert again.provenance == opened.provenance


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_saving_never_replaces_a_pipe_by_a_file(tmp_path, vec):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link.vec").symlink_to("pipe")
    for name in ("pipe", "link.vec"):
        command = ["convert", str(vec), str(tmp_path / name), "--format", "word2vec-text"]
        done = CliRunner().invoke(cli, command)
        assert done.exit_code == 1 and "it is a device or a pipe, not a file; nothing has been" in done.stderr
    assert (tmp_path / "pipe").is_fifo() and len(list(tmp_path.iterdir())) == 3


def test_saving_into_a_loop_of_links_is_one_line(tmp_path, vec):
    (tmp_path / "loop").symlink_to("loop")
    done = CliRunner().invoke(cli, ["convert", str(vec), str(tmp_path / "loop/b.vec")])
    assert done.exit_code == 1 and len(done.stderr.splitlines()) == 1
    assert f"cannot save to {tmp_path / 'loop/b.vec'}: " in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="pipes end in another way there")
def test_closed_pipe_ends_a_command_silently(tmp_path):
    source = save(Embedding.random([f"w{n}" for n in range(20_000)], 3), tmp_path / "a.bin")
    command = f"{sys.executable} -m tovec neighbors {source} w0 -k 20000 | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert len(done.stdout.splitlines()) == 1 and done.stderr == ""


def test_limit_keeps_the_first_ids_of_a_model(tmp_path, tokenizer_json):
    needs("safetensors.numpy").save_file(
        {"model.embed_tokens.weight": ROWS, "lm_head.weight": 2 * ROWS}, tmp_path / "model.safetensors"
    )
    tokenizer_json(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "llama", "tie_word_embeddings": false}')
    model = tovec.open_model(tmp_path, limit=3)
    assert list(model.input) == list(model.output) == ["[UNK]", "cat", "dog"]
    np.testing.assert_array_equal(model.input[:], ROWS[:3])
    np.testing.assert_array_equal(model.output[:], 2 * ROWS[:3])
    assert model.report.n_rows == 4


def test_strict_refuses_a_token_with_two_ids(tmp_path):
    needs("safetensors.numpy").save_file(
        {"embeddings.word_embeddings.weight": ROWS}, tmp_path / "model.safetensors"
    )
    (tmp_path / "vocab.txt").write_text("[UNK]\nthe\ncat\nthe\n")
    model = tovec.open_model(tmp_path)  # without a warning: no row is left out
    assert list(model.input) == ["[UNK]", "the", "cat", "<id 3>"] and "3 'the'" in str(model.report.findings)
    with pytest.raises(
        BadSource, match=r"is irregular: token 'the' is in vocab\.txt twice, with the ids 1 and 3"
    ):
        tovec.open(tmp_path, strict=True)

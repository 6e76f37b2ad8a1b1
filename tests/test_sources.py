"""Sources as a whole: what is none, what is in the way, and what is said of it; in one line, at once."""

import json
import os
import re
import socket
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


@pytest.fixture
def vec(tmp_path):
    return save(Embedding(["cat", "dog", "mat", "sat"], ROWS), tmp_path / "a.vec")


def refused(source):
    with pytest.raises(BadSource) as error:
        tovec.open(source)
    return str(error.value)


def test_a_source_is_a_path_or_its_name(vec):
    for source in (vec, str(vec), f"{vec}#input", f"{vec}#effective"):
        assert tovec.open(source).vocabulary.tokens == ("cat", "dog", "mat", "sat")
    assert tovec.open_model(vec).input.dim == tovec.open_model(str(vec)).input.dim == 6


def test_a_name_with_a_number_sign_is_whole_where_it_is_there(vec):
    other = vec.rename(vec.with_name("a#output"))
    assert len(tovec.open(other)) == 4
    assert "a#output has no output table" in refused(f"{other}#output")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "'' names no file; a source is a path or hf:org/name"),
        ("a\0b", "names no file"),
        ("-", "- is not a source: rows are read where they lie"),
        ("nowhere.vec", "nowhere.vec does not exist"),
        ("nowhere.vec#output", "nowhere.vec does not exist"),
        ("#output", "#output does not exist"),
        ("google/gemma", "google/gemma does not exist; a model on the Hugging Face Hub is hf:google/gemma"),
        ("https://huggingface.co/google/gemma/tree/main", "is an address, not a path; write hf:google/gemma"),
        ("s3://bucket/a.vec", "s3://bucket/a.vec is an address, not a path; download it and open the file"),
        ("x" * 5000, "cannot be read: File name too long"),
    ],
)
def test_what_names_nothing_is_told_with_the_way_out(tmp_path, monkeypatch, source, said):
    monkeypatch.chdir(tmp_path)
    assert said in refused(source)
    with pytest.raises(BadSource, match=re.escape(said)):
        tovec.open_model(source)


def test_a_part_that_is_not_there_is_told(vec):
    assert refused(f"{vec}#nope").endswith("has no part 'nope'; its parts are input, output, effective")
    assert "has no output table: it keeps no output vectors" in refused(f"{vec}#output")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.vec")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "link").symlink_to("gone")
    for name, said in [
        ("pipe.vec", "is neither a file nor a folder; a pipe cannot be read by the row"),
        ("loop", "is a link that leads nowhere"),
        ("link", "is a link that leads nowhere"),
    ]:
        assert refused(tmp_path / name) == f"{tmp_path / name} {said}"
    assert "neither a file nor a folder" in refused("/dev/null")


def test_a_socket_is_no_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the names of sockets are short
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("a.sock")
        assert "neither a file nor a folder" in refused("a.sock")


def test_a_folder_with_a_checkpoint_of_another_name_says_so(tmp_path):
    needs("torch").save({"state_dict": {}}, tmp_path / "epoch=3.ckpt")
    assert refused(tmp_path).endswith("is a folder; name the file in it: epoch=3.ckpt")


def test_a_folder_of_checkpoints_names_them(tmp_path):
    for name in ("checkpoint-500", "checkpoint-1000", "logs"):
        (tmp_path / name).mkdir()
    for name in ("checkpoint-500", "checkpoint-1000"):
        (tmp_path / name / "model.safetensors").write_bytes(b"\0")
    said = "is a folder without a model of its own; name the one in it: checkpoint-1000, checkpoint-500"
    assert refused(tmp_path).endswith(said)


def test_a_folder_says_what_may_be_meant(tmp_path, vec):
    assert refused(tmp_path).endswith("is a folder; name the file in it: a.vec")
    for name in ("empty", "run/work", "lost", "busy/work"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "run/work/.tovec-run").touch()
    (tmp_path / "lost/model.safetensors").symlink_to("blob")
    (tmp_path / "busy/notes.txt").write_text("notes")
    assert "holds neither an embedding nor a model" in refused(tmp_path / "empty")
    assert refused(tmp_path / "run").endswith(
        "holds a training run that has not ended; run tovec train again"
    )
    assert "holds neither" in refused(tmp_path / "busy")
    assert "holds model.safetensors, a link that leads nowhere" in refused(tmp_path / "lost")


def test_an_empty_file_and_noise_are_told_apart(tmp_path):
    (tmp_path / "empty.vec").touch()
    (tmp_path / "noise.bin").write_bytes(np.random.default_rng(3).bytes(5000))
    assert refused(tmp_path / "empty.vec").endswith("empty.vec is empty")
    assert "is in none of the formats that tovec reads: safetensors, GGUF" in refused(tmp_path / "noise.bin")


def test_a_table_of_numbers_alone_is_not_taken_for_tokens(tmp_path):
    rows = "".join("\t".join(map(str, row)) + "\n" for row in ROWS.tolist())
    (tmp_path / "x.tsv").write_text(rows)
    assert "its rows have numbers only, no token" in refused(tmp_path / "x.tsv")
    (tmp_path / "x_metadata.tsv").write_text("a\nb\nc\nd\n")
    assert tovec.open(tmp_path / "x.tsv").vocabulary.tokens == tuple("abcd")


def test_files_that_nobody_may_read_are_told(tmp_path, vec):
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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_tokenizer_that_is_none_is_told(tmp_path, vec):
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


def test_an_error_is_one_line_whatever_a_name_holds(tmp_path):
    for source in ("x\ny", "x\x1b[31my", "x\u2028y", "x\udcffy"):
        done = CliRunner().invoke(cli, ["inspect", str(tmp_path / source)])
        assert done.exit_code == 1 and len(done.stderr.splitlines()) == 1
        assert "\x1b" not in done.stderr and "does not exist" in done.stderr


def test_a_message_names_each_file_once(tmp_path):
    (tmp_path / "model.safetensors.index.json").write_text(
        '{"weight_map": {"model.embed_tokens.weight": "model-00001-of-00001.safetensors"}}'
    )
    missing = tmp_path / "model-00001-of-00001.safetensors"
    assert refused(tmp_path) == (
        f"{missing} is missing; model.safetensors.index.json puts tensor 'model.embed_tokens.weight' there"
    )


def write_model(folder, names=("model.embed_tokens.weight",), config=None, tokenizer=None):
    from safetensors.numpy import save_file

    folder.mkdir()
    save_file({name: ROWS for name in names}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config or {}))
    if tokenizer is not None:
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    return folder


def test_a_tensor_whose_name_holds_a_number_sign_is_found(tmp_path):
    folder = write_model(tmp_path / "a#b", ["x#y", "z"])
    assert tovec.open(f"{folder}#x#y").provenance["tensor"] == "x#y"
    assert tovec.open(f"{folder}/model.safetensors#x#y").dim == 6
    assert "it holds no tensor 'y'; there are" in refused(f"{folder}#y")


def test_a_configuration_without_sense_scales_nothing(tmp_path):
    for n, size in enumerate([10**400, -1, 0, "640", True, None, [640]]):
        folder = write_model(tmp_path / str(n), config={"model_type": "gemma", "hidden_size": size})
        assert tovec.open_model(folder).report.scale == 1.0


def test_inspect_says_each_thing_once_and_in_plain_characters(tmp_path):
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


def test_a_tokenizer_that_its_library_panics_at_is_told_when_text_is_cut(tmp_path):
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


# All kinds of source, saved and opened again


def strange(tmp_path):
    """Return an embedding whose names are hard to print, to write and to read."""
    tokens = ["king", "Ġqueen", "\udcff\udcfe", "", "tab\there", "new\nline", "\u202e", "\x00", "<s>", "it's"]
    vocabulary = Vocabulary(tokens, range(10), unknown="king", spelling=Spelling.BYTE_LEVEL, special=[8])
    return Embedding(vocabulary, np.random.default_rng(1).standard_normal((10, 6), dtype=np.float32))


@pytest.mark.parametrize("name", ["folder", "a.safetensors"])
def test_strange_tokens_go_through_every_command(tmp_path, name):
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
def test_any_opened_source_is_saved_and_opens_equal(tmp_path, name):
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


# Places to write to


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_device_or_a_pipe_is_never_replaced_by_a_file(tmp_path, vec):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link.vec").symlink_to("pipe")
    for name in ("pipe", "link.vec"):
        command = ["convert", str(vec), str(tmp_path / name), "--format", "word2vec-text"]
        done = CliRunner().invoke(cli, command)
        assert done.exit_code == 1 and "it is a device or a pipe, not a file; nothing has been" in done.stderr
    assert (tmp_path / "pipe").is_fifo() and len(list(tmp_path.iterdir())) == 3


def test_a_place_in_a_loop_of_links_is_told(tmp_path, vec):
    (tmp_path / "loop").symlink_to("loop")
    done = CliRunner().invoke(cli, ["convert", str(vec), str(tmp_path / "loop/b.vec")])
    assert done.exit_code == 1 and len(done.stderr.splitlines()) == 1
    assert f"cannot save to {tmp_path / 'loop/b.vec'}: " in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="pipes end in another way there")
def test_a_reader_who_has_seen_enough_ends_a_command_without_a_word(tmp_path):
    source = save(Embedding.random([f"w{n}" for n in range(20_000)], 3), tmp_path / "a.bin")
    command = f"{sys.executable} -m tovec neighbors {source} w0 -k 20000 | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert len(done.stdout.splitlines()) == 1 and done.stderr == ""


# A tokenizer names the rows of an array


def tokenizer_json(folder):
    from tokenizers import Tokenizer, models, pre_tokenizers

    made = Tokenizer(models.WordLevel({"[UNK]": 0, "cat": 1, "dog": 2, "mat": 3}, "[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.save(str(folder / "tokenizer.json"))
    return folder / "tokenizer.json"


@pytest.mark.parametrize("as_folder", [True, False])
def test_a_tokenizer_names_the_rows_of_an_array_and_cuts_text(tmp_path, as_folder):
    (tmp_path / "other").mkdir()
    path = tokenizer_json(tmp_path / "other")
    np.save(tmp_path / "a.npy", ROWS)
    model = tovec.open_model(tmp_path / "a.npy", path.parent if as_folder else path)
    assert list(model.input) == ["[UNK]", "cat", "dog", "mat"]
    assert model.input.encode("dog cat").tolist() == [2, 1]
    assert (model.report.tokenizer, model.report.n_ids) == ("tokenizer.json", 4)
    np.testing.assert_array_equal(model.input["mat"], ROWS[3])
    assert list(tovec.open(tmp_path / "a.npy", path, limit=2)) == ["[UNK]", "cat"]


def test_rows_of_an_array_that_the_tokenizer_does_not_know_are_named_by_their_ids(tmp_path):
    np.save(tmp_path / "a.npy", np.concatenate([ROWS, ROWS]))
    model = tovec.open_model(tmp_path / "a.npy", tokenizer_json(tmp_path))
    assert list(model.input)[3:] == ["mat", "<id 4>", "<id 5>", "<id 6>", "<id 7>"]
    assert model.report.findings == ("4 rows have no token in tokenizer.json: ids 4 to 7",)


def test_the_list_of_its_own_name_comes_before_a_tokenizer(tmp_path):
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


def test_the_rows_of_a_bare_tensor_take_a_list_of_tokens(tmp_path):
    needs("safetensors.numpy").save_file({"x": ROWS}, tmp_path / "a.safetensors")
    (tmp_path / "list.txt").write_text("cat\ndog\nmat\nsat\n")
    assert list(tovec.open(tmp_path / "a.safetensors", tmp_path / "list.txt", limit=3)) == [
        "cat",
        "dog",
        "mat",
    ]


def test_a_model_with_a_limit_shows_its_first_ids(tmp_path):
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


def test_strict_refuses_a_model_whose_token_has_two_ids(tmp_path):
    needs("safetensors.numpy").save_file(
        {"embeddings.word_embeddings.weight": ROWS}, tmp_path / "model.safetensors"
    )
    (tmp_path / "vocab.txt").write_text("[UNK]\nthe\ncat\nthe\n")
    model = tovec.open_model(tmp_path)  # without a warning: no row is left out
    assert list(model.input) == ["[UNK]", "the", "cat", "<id 3>"] and "3 'the'" in str(model.report.findings)
    with pytest.raises(BadSource, match=r"is irregular: token 'the' stands in vocab\.txt twice, as 1 and 3"):
        tovec.open(tmp_path, strict=True)

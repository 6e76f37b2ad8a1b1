"""Files that other programs cut short or write over while they are open, one of every format that stays open.

The faults are those of `cp new old`, `truncate`, an editor and a disk. What is asked then is an error that
names the file; never other numbers, and never the signal that ends a process which reads past the end of a
map. A program that writes a file over and puts its time back (`touch -d`) is not noticed.
"""

import copy
import errno
import gc
import json
import os
import pickle
import re
import shutil
import struct
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from gguf_bytes import ARRAY, STRING, gguf, key, text
from gguf_bytes import array as array_of_gguf
from gguf_bytes import tensor as gguf_tensor
from needs import needs, needs_that
from onnx_bytes import external, gather, model
from onnx_bytes import tensor as onnx_tensor

import tovec
from tovec.embedding import Embedding
from tovec.errors import BadSource
from tovec.formats.tensors.gguf_file import read_gguf
from tovec.formats.tensors.onnx_file import read_onnx
from tovec.formats.tensors.torch_file import read_torch
from tovec.storage import open_file
from tovec.storage.file_errors import BadFile
from tovec.storage.open_file import OpenFile
from tovec.text.ngrams import NgramRule
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.derived import rows_from
from tovec.vectors.ngram_table import NgramTable

TOKENS = [f"w{row}" for row in range(40)]
TABLE = np.random.default_rng(0).standard_normal((40, 8)).astype(np.float32)


def embedding():
    return Embedding(TOKENS, TABLE)


def saved(**options):
    def make(folder):
        path = folder / "saved"
        tovec.save(embedding(), path, **options)
        return lambda: tovec.open(path), path / "model.safetensors"

    return make


def written(name, **options):
    def make(folder):
        tovec.save(embedding(), folder / name, **options)
        return lambda: tovec.open(folder / name), folder / name

    return make


def with_ngrams(folder):
    rows = np.random.default_rng(1).standard_normal((50, 8)).astype(np.float32)
    Embedding(TOKENS, TABLE, ngrams=NgramTable(NgramRule(3, 4, 50), rows)).save(folder / "saved")

    def of_ngrams():
        ngrams = tovec.open(folder / "saved").ngrams
        return Embedding(TOKENS, rows_from(ngrams.vectors, 0, 40), ngrams=ngrams)

    return of_ngrams, folder / "saved/ngrams.safetensors"


def array(dtype, order="C"):
    def make(folder):
        np.save(folder / "a.npy", np.asarray(TABLE.astype(dtype), order=order))
        (folder / "a.txt").write_text("\n".join(TOKENS))
        return lambda: tovec.open(folder / "a.npy"), folder / "a.npy"

    return make


def archive(folder):
    np.savez(folder / "a.npz", words=np.array(TOKENS), vectors=TABLE)
    return lambda: tovec.open(folder / "a.npz"), folder / "a.npz"


def fasttext(folder):
    path, n_buckets = folder / "a.bin", 30
    settings = struct.pack("<12id", 8, 5, 5, 1, 5, 1, 2, 2, n_buckets, 3, 4, 100, 1e-4)
    words = b"".join(word.encode() + struct.pack("<xqb", 9, 0) for word in TOKENS)
    buckets = np.random.default_rng(1).standard_normal((n_buckets, 8)).astype("<f4")
    rows = [np.vstack([TABLE, buckets]), TABLE]
    matrices = [struct.pack("<?qq", False, *table.shape) + table.tobytes() for table in rows]
    sizes = struct.pack("<3iqq", 40, 40, 0, 360, -1)
    path.write_bytes(struct.pack("<2i", 793712314, 12) + settings + sizes + words + b"".join(matrices))
    return lambda: tovec.open(path), path


def quantized_fasttext(folder):
    path = folder / "a.ftz"
    settings = struct.pack("<12id", 8, 5, 5, 1, 5, 1, 3, 3, 0, 0, 0, 100, 1e-4)
    words = b"".join(word.encode() + struct.pack("<xqb", 9, 0) for word in TOKENS)
    label = b"__label__a" + struct.pack("<xqb", 9, 1)
    codes = np.arange(160, dtype=np.uint8)
    centroids = np.random.default_rng(1).standard_normal((4, 256, 2)).astype("<f4")
    inputs = struct.pack("<??qqi", True, False, 40, 8, 160) + codes.tobytes()
    inputs += struct.pack("<4i", 8, 4, 2, 2) + centroids.tobytes()
    outputs = struct.pack("<?qq", False, 1, 8) + bytes(32)
    sizes = struct.pack("<3iqq", 41, 40, 1, 360, -1)
    path.write_bytes(struct.pack("<2i", 793712314, 12) + settings + sizes + words + label + inputs + outputs)
    return lambda: tovec.open(path), path


def gensim(folder):
    keyed = needs("gensim").models.KeyedVectors(8)
    keyed.add_vectors(TOKENS, TABLE)
    keyed._smart_save(str(folder / "a.kv"), sep_limit=0)
    return lambda: tovec.open(folder / "a.kv"), folder / "a.kv.vectors.npy"


def model_folder(folder):
    path = folder / "model.safetensors"
    needs("safetensors.numpy").save_file({"model.embed_tokens.weight": TABLE.astype(np.float64)}, path)
    (folder / "vocab.txt").write_text("\n".join(TOKENS))
    return lambda: tovec.open(folder), path


def mlx(folder):
    weights = {
        "model.embed_tokens.weight": np.random.default_rng(0).integers(0, 1 << 32, (40, 8), dtype=np.uint32),
        "model.embed_tokens.scales": np.ones((40, 2), np.float32),
        "model.embed_tokens.biases": np.ones((40, 2), np.float32),
    }
    needs("safetensors.numpy").save_file(weights, folder / "model.safetensors")
    config = {
        "model_type": "llama",
        "hidden_size": 64,
        "vocab_size": 40,
        "quantization": {"bits": 4, "group_size": 32},
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "vocab.txt").write_text("\n".join(TOKENS))
    return lambda: tovec.open(folder), folder / "model.safetensors"


def gguf_file(folder):
    data = gguf(tensors=[gguf_tensor(b"t", (8, 40), 0, 0)], data=TABLE.tobytes())
    (folder / "a.gguf").write_bytes(data)
    return lambda: Embedding(TOKENS, read_gguf(folder / "a.gguf").tensors["t"].table()), folder / "a.gguf"


def onnx(folder):
    (folder / "a.onnx").write_bytes(model([gather("t")], [onnx_tensor("t", TABLE)]))
    return lambda: Embedding(TOKENS, read_onnx(folder / "a.onnx").tensors["t"].table()), folder / "a.onnx"


def onnx_beside(folder):
    (folder / "a.data").write_bytes(TABLE.tobytes())
    (folder / "a.onnx").write_bytes(model([gather("t")], [external("t", (40, 8), 1, location="a.data")]))
    return lambda: Embedding(TOKENS, read_onnx(folder / "a.onnx").tensors["t"].table()), folder / "a.data"


def torch_file(legacy):
    def make(folder):
        torch = needs("torch")
        table = {"t": torch.tensor(TABLE).bfloat16()}
        torch.save(table, folder / "a.pt", _use_new_zipfile_serialization=not legacy)
        return lambda: Embedding(TOKENS, read_torch(folder / "a.pt").tensors["t"].table()), folder / "a.pt"

    return make


def spacy(folder):
    numbers = {"apple": 8566208034543834098, "coffee": 3197928453018144401, "case": 8110129090154140942}
    entries = [struct.pack(">BQB", 0xCF, number, row) for row, number in enumerate(numbers.values())]
    np.save(folder / "table.npy", TABLE[:3])
    (folder / "nlp").mkdir()
    (folder / "table.npy").rename(folder / "nlp/vectors")
    (folder / "nlp/key2row").write_bytes(bytes([0x80 | len(entries)]) + b"".join(entries))
    (folder / "nlp/strings.json").write_text(json.dumps(list(numbers)))
    return lambda: tovec.open(folder / "nlp"), folder / "nlp/vectors"


FORMATS = {
    "saved": saved(),
    "saved float16": saved(dtype="f16"),
    "saved int8": saved(dtype="int8"),
    "saved n-grams": with_ngrams,
    "safetensors": written("a.safetensors"),
    "safetensors bfloat16": written("a.safetensors", dtype="bf16"),
    "npy": array("<f4"),
    "npy float64": array("<f8"),
    "npy big-endian": array(">f4"),
    "npy by columns": array("<f4", "F"),
    "npz": archive,
    "word2vec binary": written("a.bin"),
    "fastText": fasttext,
    "fastText quantized": quantized_fasttext,
    "gensim": gensim,
    "spaCy": spacy,
    "model": model_folder,
    "MLX": mlx,
    "GGUF": gguf_file,
    "ONNX": onnx,
    "ONNX beside": onnx_beside,
    "PyTorch": torch_file(legacy=False),
    "PyTorch legacy": torch_file(legacy=True),
}


def emptied(path):
    path.write_bytes(b"")


def halved(path):
    os.truncate(path, path.stat().st_size // 2)


def cut_by_a_byte(path):
    os.truncate(path, path.stat().st_size - 1)


def written_over(path):
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(bytes(size))


def copied_over(path):
    """As `cp` does it: the same inode, cut to nothing and written anew."""
    other = path.with_name("other")
    other.write_bytes(path.read_bytes()[::-1] + b"more")
    shutil.copyfile(other, path)


def written_through_a_map(path):
    np.memmap(path, np.uint8, "r+")[-1] ^= 255


def appended_to(path):
    with path.open("ab") as file:
        file.write(b"more")


FAULTS = [emptied, halved, cut_by_a_byte, written_over, written_through_a_map, copied_over, appended_to]


@pytest.fixture
def make(tmp_path):
    """Return an open file of a format, written some time ago: clocks of file systems tick in milliseconds."""

    def of(name):
        opens, path = FORMATS[name](tmp_path)
        made_long_ago(path)
        return opens(), path

    return of


def made_long_ago(path):
    os.utime(path, ns=(0, path.stat().st_mtime_ns - 10**9))


def answers(made, folder):
    """Everything that asks for rows, by name."""
    vector = np.ones(made.dim, np.float32)
    return {
        "a row": lambda: made["w3"] if "w3" in made else made[0],
        "rows": lambda: made[[2, 0, 1]],
        "all rows": lambda: made[:],
        "numpy": lambda: np.asarray(made.vectors),
        "neighbors": lambda: made.neighbors(0),
        "neighbors of a vector": lambda: made.neighbors(vector),
        "neighbors of many": lambda: made.neighbors_of_each([0, 1, 2]),
        "similarity": lambda: made.similarity(0, 1),
        "embed": lambda: made.with_tokenizer("words").embed("w1 w2 apple"),
        "save": lambda: made.save(folder / "copy"),
        "another format": lambda: tovec.save(made, folder / "copy.npy"),
    }


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("name", FORMATS)
def test_changed_file_is_an_error_that_names_it(make, tmp_path, name, fault):
    made, path = make(name)
    if name != "fastText":  # it keeps rows that were made
        np.testing.assert_array_equal(made[[2, 0]], made[:][[2, 0]])
    fault(path)
    for asked, ask in answers(made, tmp_path).items():
        check_named(path, ask, asked)
    assert not (tmp_path / "copy").exists() and not (tmp_path / "copy.npy").exists()


def check_named(path, ask, asked):
    """Check that what is asked raises an error in one line that names the changed file."""
    with pytest.raises(BadSource) as caught:
        ask()
    said = str(caught.value)
    assert said.startswith(f"{path} has "), (asked, said)
    assert "time was set; open it again" in said or "become shorter" in said, (asked, said)
    assert "\n" not in said


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("name", FORMATS)
def test_changed_file_is_an_error_that_names_it_for_torch_too(make, name, fault):
    needs("torch")
    made, path = make(name)
    fault(path)
    check_named(path, made.to_torch, "to_torch")


def of_numpy(path, table):
    np.save(path, table)


def of_safetensors(path, table):
    needs("safetensors.numpy").save_file({"embeddings": table}, path)


def of_torch(path, table):
    torch = needs("torch")
    torch.save({"t": torch.tensor(table).bfloat16()}, path)


@pytest.mark.parametrize(
    ("name", "save"), [("npy", of_numpy), ("safetensors", of_safetensors), ("PyTorch", of_torch)]
)
def test_rows_may_be_saved_over_their_own_file_by_other_libraries(make, name, save):
    # As https://github.com/safetensors/safetensors/issues/762, where the map gave zeros to save.
    made, path = make(name)
    table = np.asarray(made.vectors)
    save(path, table)
    try:
        np.testing.assert_array_equal(made.vectors, table)  # of a library that puts a new file in its place
    except BadSource as error:
        assert "since it was opened" in str(error)
    stored = (table.view("<u4") >> 16).astype("<u2") if name == "PyTorch" else table
    assert stored.tobytes() in path.read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_replaced_or_deleted_file_keeps_its_rows(make, tmp_path, name):
    made, path = make(name)
    expected = np.asarray(made.vectors[5:0:-2])
    other = tmp_path / "other"
    other.write_bytes(path.read_bytes()[::-1])
    other.replace(path)  # as `mv`, and as careful programs save
    np.testing.assert_array_equal(made.vectors[5:0:-2], expected)
    path.unlink()
    np.testing.assert_array_equal(made.vectors[5:0:-2], expected)


def test_tokens_of_a_gguf_that_are_asked_for_after_it_changed_are_an_error(tmp_path):
    path = tmp_path / "a.gguf"
    words = array_of_gguf(STRING, [text(b"a long word of many") for _ in range(9000)])
    path.write_bytes(gguf([key(b"words", ARRAY, words), key(b"more", ARRAY, words)]))
    made_long_ago(path)
    said = read_gguf(path).metadata
    assert said["words"] == ("a long word of many",) * 9000
    halved(path)
    assert said["words"][0] == "a long word of many"  # what was made stays
    with pytest.raises(BadSource, match=r"a\.gguf has become shorter since it was opened"):
        said["more"]


def test_withdrawn_permission_is_not_a_change(make):
    made, path = make("safetensors")
    path.chmod(0)
    np.testing.assert_array_equal(made[:], TABLE)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "ONNX beside"])  # it has no header
def test_a_file_that_changes_while_it_is_opened_is_an_error(tmp_path, monkeypatch, name):
    opens, path = FORMATS[name](tmp_path)
    made_long_ago(path)
    opened_anew, stamps = OpenFile.__init__, []

    def slow(self, file, *given, **options):
        if file == path and stamps:
            written_over(path)  # between its header and its rows
        stamps.append(file)
        opened_anew(self, file, *given, **options)

    stamps.append(path)
    monkeypatch.setattr(OpenFile, "__init__", slow)
    with pytest.raises(BadSource, match=f"^{re.escape(str(path))} "):
        np.asarray(opens().vectors)


def test_table_being_written_is_never_read_half_new(tmp_path):
    path, n = tmp_path / "t", 1 << 16
    path.write_bytes(bytes(n))
    made_long_ago(path)
    file, stop = OpenFile(path), threading.Event()

    def write():
        value = 0
        while not stop.is_set():
            value = value % 255 + 1
            path.write_bytes(bytes([value]) * n)

    writer = threading.Thread(target=write)
    found = []
    for _ in range(20):
        found.append(file.read(0, n))
    writer.start()
    try:
        for _ in range(300):
            try:
                found.append(file.read(0, n))
                found.append(file.pieces(np.arange(0, n, 512), 512).tobytes())
            except BadFile:
                continue
    finally:
        stop.set()
        writer.join()
    assert set(found) == {bytes(n)}
    with pytest.raises(BadFile, match="since it was opened"):
        file.check()


@pytest.mark.parametrize("name", ["vectors.vec", "vectors.bin"])
def test_vectors_that_are_cut_short_while_they_are_read_are_an_error(tmp_path, monkeypatch, name):
    path = tmp_path / name
    tovec.save(embedding(), path)
    made_long_ago(path)
    read, n_reads = OpenFile._fill, []

    def fill(self, *given):
        read(self, *given)
        n_reads.append(1)
        if len(n_reads) == 1:
            halved(path)

    monkeypatch.setattr(OpenFile, "_fill", fill)
    with pytest.raises(BadSource, match=f"{name} has become shorter since it was opened"):
        tovec.open(path)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".tsv", ".arrow"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_table_that_changes_while_it_is_read_into_memory_is_an_error(tmp_path, monkeypatch, suffix, fault):
    path = tmp_path / f"vectors{suffix}"
    if suffix == ".csv":
        path.write_text(
            "".join(f"{token},{row[0]},{row[1]}\n" for token, row in zip(TOKENS, TABLE, strict=True))
        )
    elif suffix == ".arrow":
        arrow = needs("pyarrow")
        table = arrow.table({"token": TOKENS, "vector": list(TABLE)})
        with arrow.OSFile(str(path), "wb") as file, arrow.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    else:
        tovec.save(embedding(), path)
    made_long_ago(path)
    vocabulary = Vocabulary.__init__

    def made(self, *given, **options):
        fault(path)
        vocabulary(self, *given, **options)

    monkeypatch.setattr(Vocabulary, "__init__", made)
    with pytest.raises(BadSource, match=f"^{re.escape(str(path))} has .*since it was opened"):
        tovec.open(path)


# The disk


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE])
def test_a_disk_that_fails_is_one_line_that_names_the_file(make, tmp_path, monkeypatch, number):
    made, path = make("safetensors")

    def fails(*given):
        raise OSError(number, os.strerror(number))

    said = f"^{re.escape(str(path))} cannot be read: {os.strerror(number)}$"
    for of, name in ((open_file, "_read_at"), (open_file, "stamp_of")):
        with monkeypatch.context() as patch, pytest.raises(BadSource, match=said):
            patch.setattr(of, name, fails)
            made["w1"]
    np.testing.assert_array_equal(made[:], TABLE)


def test_a_disk_error_of_the_system_is_one_line(tmp_path):
    strace = shutil.which("strace")
    needs_that(strace is not None, "strace, which makes reads fail, is not installed")
    path = tmp_path / "a.safetensors"
    tovec.save(embedding(), path)
    calls = "preadv,preadv2"
    command = [
        strace,
        "-f",
        "-qq",
        "-o",
        os.devnull,
        "-e",
        f"trace={calls}",
        "-e",
        f"inject={calls}:error=EIO",
    ]
    run = [sys.executable, "-m", "tovec", "vectors", path, "w1"]
    done = subprocess.run([*command, *run], capture_output=True, text=True, timeout=100)
    needs_that("ptrace" not in done.stderr, "this system does not let processes be traced")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: {path} cannot be read: Input/output error\n"


# What holds a file open


def test_file_is_closed_when_unreferenced(make):
    descriptors = Path("/proc/self/fd")
    needs_that(descriptors.is_dir(), "this system does not list open files")
    made, path = make("safetensors")

    def is_open():
        return any(os.path.realpath(each) == str(path) for each in descriptors.iterdir())

    assert made[0].shape == (8,) and is_open()
    del made
    gc.collect()
    assert not is_open()


def test_a_pickle_needs_no_file(make):
    made, path = make("safetensors bfloat16")
    rows = made[:]
    data = pickle.dumps(made)
    path.unlink()
    np.testing.assert_array_equal(pickle.loads(data)[:], rows)
    np.testing.assert_array_equal(copy.deepcopy(made)[:], rows)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded")
def test_a_fork_reads_from_the_same_file(make):
    made, _ = make("safetensors")
    child = os.fork()
    if not child:
        os._exit(int(not np.array_equal(made[:], TABLE)))
    np.testing.assert_array_equal(made[:], TABLE)
    assert os.waitpid(child, 0)[1] == 0

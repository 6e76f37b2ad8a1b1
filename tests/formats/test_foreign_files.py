"""Files that are something else: each is named for what it is, as its own writer makes it."""

import bz2
import gzip
import io
import lzma
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from tovec.embedding import Embedding
from tovec.errors import BadSource
from tovec.formats import save
from tovec.formats.foreign_files import check_not_foreign, is_foreign
from tovec.sources import open as open_source
from tovec.storage.file_errors import UnsupportedFile

TEXT = "2 3\ncat 1 2 3\ndog 4 5 6\n"
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.vec", TEXT)
    return file.getvalue()


def tarred():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo("a.vec")
        entry.size = len(TEXT)
        archive.addfile(entry, io.BytesIO(TEXT.encode()))
    return file.getvalue()


STRANGERS = {
    "a pointer of Git LFS, not the file itself; run git lfs pull": LFS,
    "a web page, which servers send": b"<!DOCTYPE html>\n<html><head><title>404</title></head></html>",
    "a picture .SVG.; name": b'<?xml version="1.0"?>\n<!-- by hand -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "XML": b'<?xml version="1.0"?><words/>',
    "a picture; name": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "a PDF file": b"%PDF-1.7\n%\xe2\xe3",
    "a server that refuses": b'\xef\xbb\xbf\n<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    "the answer of a server that refuses; download": b'{"error":"Repository not found"}',
    "text in UTF-16; save it as UTF-8": TEXT.encode("utf-16"),
    "text in UTF-16; save": TEXT.encode("utf-16-be"),
    "text in UTF-16": TEXT.encode("utf-16-le"),
    "text in UTF-32": TEXT.encode("utf-32"),
    "a Python pickle, which can run any program, so it is not loaded": pickle.dumps({"a": np.zeros(3)}),
    "a GGML file, which was replaced by GGUF": struct.pack("<I", 0x67676D6C) + bytes(60),
    "an HDF5 file": b"\x89HDF\r\n\x1a\n" + bytes(60),
    "a zip archive; unpack it": zipped(),
    "compressed by gzip; name it .gz": gzip.compress(TEXT.encode()),
    "compressed by zstd; name it .zst": b"\x28\xb5\x2f\xfd" + bytes(60),
    "compressed by bzip2": bz2.compress(TEXT.encode()),
    "compressed by xz": lzma.compress(TEXT.encode()),
    "a 7z archive": b"7z\xbc\xaf\x27\x1c" + bytes(60),
    "a tar archive": tarred(),
    "nothing but zeros at its beginning": bytes(1000),
    "a model for OpenVINO": b'<?xml version="1.0"?>\n<net name="Model0" version="11">\n<layers>',
    "a model for CTranslate2": struct.pack("<IH", 6, 16) + b"TransformerSpec\0" + bytes(60),
    "a model for TensorFlow Lite": b"\x1c\0\0\0TFL3" + bytes(60),
}


@pytest.mark.parametrize("name", ["x", "x.vec", "x.csv", "x.tsv", "x.npy", "x.parquet", "model.safetensors"])
@pytest.mark.parametrize(("what", "data"), STRANGERS.items(), ids=range(len(STRANGERS)))
def test_foreign_file_is_named_whatever_its_suffix(tmp_path, name, what, data):
    if name == "model.safetensors" and what in ("nothing but zeros at its beginning", "a tar archive"):
        data = b" " + data  # which its reader finds fault with in its own words
        what = "damaged"
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(BadSource, match=what) as error:
        open_source(path)
    assert str(error.value).startswith(f"{path} ") and "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", "model.gguf"])
@pytest.mark.parametrize("data", [LFS, b"<html><body>503</body></html>" + bytes(99)])
def test_foreign_files_in_a_model_folder_are_named(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadSource, match=f"{name} cannot be read: it is a (pointer of Git LFS|web page)"):
        open_source(tmp_path)


# Names that other programs give, of transformers, TensorFlow, Core ML, NeMo, MediaPipe, PaddleNLP and others.
NAMED = {
    "flax_model.msgpack": "a Flax checkpoint.*from_flax=True",
    "tf_model.h5": "a TensorFlow checkpoint.*from_tf=True",
    "bert_model.ckpt.index": "a TensorFlow checkpoint",
    "model.ckpt-1000.data-00000-of-00001": "a TensorFlow checkpoint",
    "saved_model.pb": "a TensorFlow checkpoint",
    "model.weights.h5": "a Keras model",
    "openvino_model.xml": "a model for OpenVINO",
    "model.mlmodel": "a model for Core ML",
    "model.tflite": "a model for TensorFlow Lite",
    "gemma.task": "a bundle for MediaPipe",
    "gemma.litertlm": "a model for LiteRT",
    "model.nemo": "an archive of NeMo; unpack it with tar",
    "model_state.pdparams": "a Paddle checkpoint",
    "model.engine": "a model for TensorRT",
    "model.pte": "a model for ExecuTorch",
    "rust_model.ot": "a model for rust-bert",
    "llm.mnn": "a model for MNN",
}


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("data", [b"\x83\xa5model\x00\x01", zipped(), tarred()], ids=["bytes", "zip", "tar"])
def test_models_of_other_programs_are_named_with_the_way_out(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(BadSource, match=f"{name} is {NAMED[name]}") as error:
        open_source(tmp_path / name)
    assert "\n" not in str(error.value)
    with pytest.raises(BadSource, match=f"holds {name}, {NAMED[name]}"):
        open_source(tmp_path)


def test_a_folder_whose_model_is_onnx_says_which_file(tmp_path):
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "model.onnx").write_bytes(b"\x08\x09")
    with pytest.raises(BadSource, match=r"holds its model as ONNX; name the file: .*onnx.model\.onnx"):
        open_source(tmp_path)


@pytest.mark.parametrize("name", ["a.vec", "a.bin", "a.glove", "a.npy", "a.tsv", "a.safetensors"])
def test_files_that_tovec_writes_are_not_foreign(tmp_path, name):
    for seed in range(20):
        path = save(Embedding.random(["<", "html", "{"], 5, seed), tmp_path / name)
        check_not_foreign(path.read_bytes()[:4096])
        assert len(open_source(path)) == 3


@pytest.mark.parametrize(
    "head", [b"", b"\0", b"\xff\xfe 3 4\n", b"<s> 0.1 0.2\n", b'{ 0.1 0.2\n" 1 2', b"PK 1 2\n"]
)
def test_first_tokens_do_not_look_foreign(head):
    assert not is_foreign(head)
    check_not_foreign(head)


def test_foreign_file_is_unsupported_not_damaged():
    with pytest.raises(UnsupportedFile, match="it is a pointer of Git LFS"):
        check_not_foreign(LFS)

"""What a path is, detected: files of tensors, folders of models, and that it is asked once."""

from dataclasses import replace

import numpy as np
import pytest
from gguf_bytes import gguf, tensor
from needs import needs

import tovec
from tovec.formats import TENSORS, Format
from tovec.models.detect import ModelFolder, detect, find_model_folder
from tovec.models.load import ModelFiles, read_model
from tovec.models.opening import open_files

ROWS = np.arange(12, dtype=np.float32).reshape(4, 3)


@pytest.fixture
def gguf_file(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(gguf(tensors=[tensor(b"token_embd.weight", (3, 4), 0, 0)], data=ROWS.tobytes()))
    return path


@pytest.fixture
def asked(monkeypatch):
    """The names of the formats whose readers were asked whether a path is theirs."""
    names = []
    recognizes = Format.recognizes
    monkeypatch.setattr(
        Format, "recognizes", lambda form, path, head: names.append(form.name) or recognizes(form, path, head)
    )
    return names


def test_file_of_tensors_is_the_entry_of_its_format(gguf_file):
    assert detect(gguf_file) is next(form for form in TENSORS if form.name == "GGUF")


def test_magic_number_wins_over_the_suffix(gguf_file):
    path = gguf_file.rename(gguf_file.with_name("model.safetensors"))
    assert detect(path).name == "GGUF"
    np.testing.assert_array_equal(tovec.open(path)[:], ROWS)


def test_model_folder_lists_its_files_of_tensors(tmp_path):
    needs("safetensors.numpy").save_file({"x": ROWS}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text("{}")
    assert detect(tmp_path) == ModelFolder(tmp_path, (tmp_path / "model.safetensors",))


def test_other_paths_are_nothing(tmp_path):
    (tmp_path / "notes.txt").write_text("some words\nin lines\n")
    assert detect(tmp_path / "notes.txt") is None
    assert detect(tmp_path) is None and find_model_folder(tmp_path / "notes.txt") is None


def test_gguf_file_is_detected_once_by_its_first_bytes(gguf_file, asked):
    tovec.open(gguf_file)
    assert asked.count("GGUF") == 1 and asked[-1] == "GGUF"


def test_model_folder_is_detected_once(tmp_path, asked):
    needs("safetensors.numpy").save_file({"embeddings": ROWS}, tmp_path / "model.safetensors")
    tovec.open(tmp_path)
    assert len(asked) == len(set(asked))


def test_gguf_is_known_by_its_reader_not_by_how_it_is_called(gguf_file):
    files = read_model(detect(gguf_file), gguf_file)
    renamed = ModelFiles(replace(files.store, origin="llama.cpp"), files.config, files.tokens)
    assert open_files(renamed, gguf_file).report.input.why == "the name of the input table in GGUF models"

"""The entries of formats that can be read: one place to add one, and one that says which a path is."""

import importlib
import sys
from types import ModuleType

import pytest

import tovec
from tovec import formats
from tovec.errors import BadSource
from tovec.formats import SAVED, TENSORS, VECTORS, Format, format_of
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.embedding_parts import EmbeddingParts


@pytest.mark.parametrize("form", [*SAVED, *TENSORS, *VECTORS], ids=lambda form: form.name)
def test_every_entry_names_a_module_that_recognizes_and_reads(form):
    module = importlib.import_module(f"tovec.formats.{form.module}")
    assert callable(module.recognizes) and callable(getattr(module, form.reads_tensors or "load"))


def test_names_of_formats_are_different():
    names = [form.name for form in (*SAVED, *TENSORS, *VECTORS)]
    assert len(set(names)) == len(names)


def test_new_format_needs_a_module_and_an_entry_only(tmp_path, monkeypatch):
    module = ModuleType("tovec.formats.vectors.pairs_file")
    module.recognizes = lambda path, head: head.startswith(b"PAIRS")
    module.load = lambda path, options: EmbeddingParts(
        Vocabulary(["cat"]), [[1.0, 2.0]], provenance={"format": "pairs"}
    )
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(formats, "VECTORS", (*VECTORS, Format("pairs", "vectors.pairs_file")))
    (tmp_path / "a.pairs").write_bytes(b"PAIRS\0\1")
    assert tovec.open(tmp_path / "a.pairs")["cat"].tolist() == [1.0, 2.0]
    assert tovec.open_model(tmp_path / "a.pairs").report.kind == "pairs"


def test_message_about_an_unknown_file_lists_every_format(tmp_path):
    (tmp_path / "noise").write_bytes(b"\0\1\2\3" * 40)
    with pytest.raises(BadSource, match="none of the formats that tovec reads") as error:
        tovec.open(tmp_path / "noise")
    assert all(form.name in str(error.value) for form in (*TENSORS, *VECTORS))


def test_folder_is_only_tried_with_formats_of_folders(tmp_path, monkeypatch):
    """A folder named as a file of tensors is none, and no reader of files is loaded for it."""
    asked = []
    monkeypatch.setattr(Format, "recognizes", lambda form, path, head: asked.append(form.place))
    (tmp_path / "a.safetensors").mkdir()
    assert format_of(tmp_path / "a.safetensors", b"") is None
    assert set(asked) == {"folder", "either"}

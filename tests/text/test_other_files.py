"""Files that are not text are known by their first bytes, and what may be text is not."""

import io
import pickle
import zipfile

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.errors import BadText
from tovec.text.other_files import is_file_of_vectors, what_it_is


def saved(write, *values):
    file = io.BytesIO()
    write(file, *values)
    return file.getvalue()


def zipped(file):
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", "b")


def test_files_that_libraries_write_are_recognized():
    files = {
        "numpy": saved(np.save, np.zeros(3)),
        "pickle": pickle.dumps({"a": [1]}),
        "pickle, such": pickle.dumps(np.zeros(3), protocol=2),
        "zip": saved(zipped),
        "(safetensors)": needs("safetensors.numpy").save({"a": np.zeros(3)}),
        "picture": saved(lambda file: needs("matplotlib.figure").Figure().savefig(file, format="png")),
        "PDF": saved(lambda file: needs("matplotlib.figure").Figure().savefig(file, format="pdf")),
    }
    for what, data in files.items():
        found = what_it_is(data[:4096])
        assert found is not None and what in found, what


@pytest.mark.parametrize("text", ["", "GG", "the cat sat", '{"a": 1}', "한국어", "P", "%P", "RIFF rabbits"])
def test_text_is_not_taken_for_something_else(text):
    assert what_it_is(text.encode()) is None


def test_vectors_as_text_are_not_trained_on(tmp_path):
    made = tovec.Embedding.random(["the", "cat", "3.14", "</s>"], 5)
    for name in ("a.vec", "a.txt"):
        path = tovec.save(made, tmp_path / name)
        with pytest.raises(BadText, match=rf"{name} is a file of vectors, not text; .* by `continue_from`"):
            tovec.train(path)
    assert is_file_of_vectors(b"2 3\r\n\xff\xfe .1 -2e-3 nan\r\n")


@pytest.mark.parametrize(
    "text", [b"", b"1 2\n", b"4 3\nthe cat sat on\n", b"1 2 3\n4 5 6\n", b"2 1\na 5\n", b"12 2\nof 3 4 5x\n"]
)
def test_numbers_in_text_are_not_taken_for_vectors(text):
    assert not is_file_of_vectors(text)

"""Files that are not text are known by their first bytes, and what may be text is not."""

import io
import pickle
import zipfile

import numpy as np
import pytest
from needs import needs

from tovec.text.other_files import what_it_is


def saved(write, *values):
    file = io.BytesIO()
    write(file, *values)
    return file.getvalue()


def zipped(file):
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", "b")


def test_what_libraries_write_is_known():
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

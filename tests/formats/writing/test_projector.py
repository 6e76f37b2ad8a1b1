"""The Embedding Projector's tables: exact bytes, one and two columns, a folder and a pair of files."""

import json

import numpy as np
import pytest

import tovec
from tovec.embedding import Embedding
from tovec.errors import CannotSave
from tovec.text.vocabulary import Vocabulary

VECTORS = [[0.1, -2.0, 1e-7], [1 / 3, 0, 3e20]]


def contents(folder):
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_projector_pair_has_known_bytes(tmp_path):
    tovec.save(Embedding(["New York", "개"], VECTORS), tmp_path / "x.tsv")
    assert contents(tmp_path) == {
        "x.tsv": "0.1\t-2.0\t1e-07\n0.33333334\t0.0\t3e+20\n",
        "x_metadata.tsv": "New York\n개\n",
    }


def test_counts_are_a_second_column_below_a_line_of_names(tmp_path):
    vocabulary = Vocabulary(["a", "b"], [2**40, 0])
    tovec.save(Embedding(vocabulary, VECTORS), tmp_path / "x.tsv")
    assert (tmp_path / "x_metadata.tsv").read_text() == f"token\tcount\na\t{2**40}\nb\t0\n"


@pytest.mark.parametrize(
    ("name", "metadata"),
    [
        ("x_tensor.tsv", "x_metadata.tsv"),
        ("vectors.tsv", "metadata.tsv"),
        ("x.vectors.TSV", "x.metadata.tsv"),
    ],
)
def test_names_that_others_use_get_the_metadata_they_look_for(tmp_path, name, metadata):
    tovec.save(Embedding(["a", "b"], VECTORS), tmp_path / name)
    assert set(contents(tmp_path)) == {name, metadata}


def test_a_folder_has_both_and_the_projector_s_configuration(tmp_path):
    made = Embedding(["a", "b"], VECTORS)
    tovec.save(made, tmp_path / "mine", format="projector")
    files = contents(tmp_path / "mine")
    assert set(files) == {"vectors.tsv", "metadata.tsv", "projector_config.json"}
    read = np.array([line.split("\t") for line in files["vectors.tsv"].splitlines()], dtype=np.float32)
    np.testing.assert_array_equal(read, made.vectors)
    (tensor,) = json.loads(files["projector_config.json"])["embeddings"]
    assert tensor == {
        "tensorName": "mine",
        "tensorShape": [2, 3],
        "tensorPath": "vectors.tsv",
        "metadataPath": "metadata.tsv",
    }
    tovec.save(Embedding(["c"], [[1, 2, 3]]), tmp_path / "mine", format="projector")
    assert contents(tmp_path / "mine")["metadata.tsv"] == "c\n"


def test_other_files_are_not_overwritten(tmp_path):
    made = Embedding(["a", "b"], VECTORS)
    (tmp_path / "metadata.tsv").write_text("mine")
    with pytest.raises(CannotSave, match=r"it holds other files and no vectors\.tsv"):
        tovec.save(made, tmp_path, format="projector")
    with pytest.raises(CannotSave, match="there is another file of that name"):
        tovec.save(made, tmp_path / "vectors.tsv")
    assert contents(tmp_path) == {"metadata.tsv": "mine"}


@pytest.mark.parametrize("token", ["a\tb", "line\nbreak", "a\r", "", "\udcff"])
def test_token_with_a_tab_is_refused_or_escaped(tmp_path, token):
    made = Embedding.random(["ok", token], 2)
    with pytest.raises(CannotSave, match="a table for the projector cannot hold the token"):
        tovec.save(made, tmp_path / "a.tsv")
    assert list(tmp_path.iterdir()) == []
    tovec.save(made, tmp_path / "a.tsv", escape=True)
    assert (tmp_path / "a_metadata.tsv").read_text().count("\n") == 2

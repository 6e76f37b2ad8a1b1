"""What a user may write for a source: a path, a name on the Hub, a part after `#`."""

import re

import numpy as np
import pytest
from click.testing import CliRunner

import tovec
from tovec.cli import cli
from tovec.errors import BadSource

ROWS = np.random.default_rng(7).standard_normal((4, 6), dtype=np.float32)


def test_a_source_is_a_path_or_its_name(vec):
    for source in (vec, str(vec), f"{vec}#input", f"{vec}#effective"):
        assert tovec.open(source).vocabulary.tokens == ("cat", "dog", "mat", "sat")
    assert tovec.open_model(vec).input.dim == tovec.open_model(str(vec)).input.dim == 6


def test_existing_path_with_a_number_sign_is_not_split(vec, refused):
    other = vec.rename(vec.with_name("a#output"))
    assert len(tovec.open(other)) == 4
    assert "a#output has no output table" in refused(f"{other}#output")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "'' is not the name of a file; a source is a path or hf:org/name"),
        ("a\0b", "is not the name of a file"),
        ("-", "- is not a source: rows are read from a file when they are asked for"),
        ("nowhere.vec", "nowhere.vec does not exist"),
        ("nowhere.vec#output", "nowhere.vec does not exist"),
        ("#output", "#output does not exist"),
        ("google/gemma", "google/gemma does not exist; a model on the Hugging Face Hub is hf:google/gemma"),
        ("https://huggingface.co/google/gemma/tree/main", "is a URL, not a path; write hf:google/gemma"),
        ("s3://bucket/a.vec", "s3://bucket/a.vec is a URL, not a path; download it and open the file"),
        ("x" * 5000, "cannot be read: File name too long"),
    ],
)
def test_source_that_is_no_path_is_refused_with_the_way_out(tmp_path, monkeypatch, source, said, refused):
    monkeypatch.chdir(tmp_path)
    assert said in refused(source)
    with pytest.raises(BadSource, match=re.escape(said)):
        tovec.open_model(source)


def test_missing_part_of_a_source_is_an_error_that_lists_the_parts(vec, refused):
    assert refused(f"{vec}#nope").endswith("has no part 'nope'; its parts are input, output, effective")
    assert "has no output table: it keeps no output vectors" in refused(f"{vec}#output")


def test_a_tensor_whose_name_holds_a_number_sign_is_found(tmp_path, refused, write_model):
    folder = write_model(tmp_path / "a#b", ["x#y", "z"])
    assert tovec.open(f"{folder}#x#y").provenance["tensor"] == "x#y"
    assert tovec.open(f"{folder}/model.safetensors#x#y").dim == 6
    assert "it holds no tensor 'y'; there are" in refused(f"{folder}#y")


def test_error_is_one_line_whatever_characters_a_name_holds(tmp_path):
    for source in ("x\ny", "x\x1b[31my", "x\u2028y", "x\udcffy"):
        done = CliRunner().invoke(cli, ["inspect", str(tmp_path / source)])
        assert done.exit_code == 1 and len(done.stderr.splitlines()) == 1
        assert "\x1b" not in done.stderr and "does not exist" in done.stderr

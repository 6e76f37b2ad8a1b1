"""tovec embed prints what Embedding.embed gives, or writes it."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import tovec
from tovec.cli import cli


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    embedding = tovec.Embedding(["the", "cat", "dog"], [[1, 0], [0, 1], [0, 3]]).with_tokenizer("words")
    return str(embedding.save(tmp_path_factory.mktemp("embed") / "three"))


def run(*arguments, **options):
    return CliRunner().invoke(cli, ["embed", *arguments], **options)


def test_it_prints_a_vector_for_each_text(source):
    result = run(source, "the cat", "dog dog cow", "")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[::2] == ["the cat", "dog dog cow", "''"]
    assert [np.fromstring(line.strip("[]"), sep=" ").tolist() for line in lines[1::2]] == [
        [0.5, 0.5],
        [0, 3],
        [0, 0],
    ]


@pytest.mark.parametrize("weighting", ["mean", "sif"])
def test_json_has_the_numbers_of_embed(source, weighting):
    texts = ["the cat", "the dog", "cat"]
    result = run(source, *texts, "--json", "--weighting", weighting, "--remove-components", "1")
    expected = tovec.open(source).embed(texts, weighting, remove_components=1)
    found = json.loads(result.output)["results"]
    assert [one["text"] for one in found] == texts
    np.testing.assert_array_equal([one["vector"] for one in found], expected.astype(np.float64))


def test_lines_of_standard_input_are_rows_of_a_file(source, tmp_path):
    result = run(source, "-", "-o", str(tmp_path / "texts.npy"), input="the cat\n\r\n\ndog")
    assert result.output.strip() == f"wrote {tmp_path / 'texts.npy'}: 4 × 2 numbers"
    found = np.load(tmp_path / "texts.npy")
    assert found.tolist() == [[0.5, 0.5], [0, 0], [0, 0], [0, 3]] and found.dtype == np.float32


@pytest.mark.parametrize("n_bytes", [100, 140])  # too few for the header, and for the numbers behind it
def test_file_that_finds_no_space_is_an_error(source, tmp_path, n_bytes):
    resource = pytest.importorskip("resource")  # Windows
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        result = run(source, "the", "cat", "dog", "-o", str(tmp_path / "texts.npy"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert result.exit_code == 1 and "texts.npy: File too large; nothing has been changed" in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("the cat", "--out", "texts.csv"), "vectors of texts are written to a .npy file, not to texts.csv"),
        (("the cat", "--remove-components", "1"), "--remove-components must be below 1"),
        ((), "Missing argument 'TEXT...'"),
    ],
)
def test_mistake_is_one_line(source, arguments, told):
    result = run(source, *arguments)
    assert result.exit_code in (1, 2) and told in result.output


def test_a_long_vector_is_one_line(tmp_path):
    source = str(tovec.Embedding.random(["cat"], dim=2000).with_tokenizer("words").save(tmp_path / "long"))
    for command in ("embed", "vectors"):
        result = CliRunner().invoke(cli, [command, source, "cat"])
        assert len(result.stdout.splitlines()) == 2
        assert np.fromstring(result.stdout.splitlines()[1].strip("[]"), sep=" ").shape == (2000,)


def test_a_line_that_is_not_utf8_is_named_and_a_mark_at_the_beginning_is_no_text(source):
    result = run(source, "-", input=b"the\n\xff\n")
    assert (result.exit_code, "line 2 of standard input is not UTF-8" in result.stderr) == (1, True)
    assert run(source, "-", input=b"\xef\xbb\xbfthe\r\n").stdout == "the\n[ 1.  0.]\n"

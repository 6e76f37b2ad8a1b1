"""Common mistakes of users: one line each, in the words of the command line, with the way out."""

import re

import click
import numpy as np
import pytest
from click.testing import CliRunner

import tovec
from tovec.cli import cli
from tovec.cli.commands import FOREIGN_COMMANDS
from tovec.cli.output import with_options
from tovec.errors import BadSetting, TovecError

TEXT = "the cat sat on the mat\nthe dog sat on the log\n" * 20
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder, the current one, with vectors, text, and files that are neither."""
    monkeypatch.chdir(tmp_path)
    tovec.Embedding.random(["cat", "dog", "mat", "sat", "new_york"], 3).save("four")
    rows = np.array([[1, 0, 0], [0, 0, 0], [np.nan, 0, 0], [1, 1, 0]], np.float32)
    tovec.Embedding(["good", "zero", "nan", "near"], rows).save("odd")
    (tmp_path / "text.txt").write_text(TEXT)
    (tmp_path / "pairs.txt").write_text("a\nb\n")
    (tmp_path / "latin.txt").write_bytes("été\n".encode("latin-1"))
    (tmp_path / "picture.png").write_bytes(PICTURE)
    (tmp_path / "drawing.svg").write_text('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>')
    (tmp_path / "model.zip").write_bytes(b"PK\x03\x04" + bytes(range(256)))
    return tmp_path


def fails(line, status=1):
    result = CliRunner().invoke(cli, line.split("|") if "|" in line else line.split())
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr.removeprefix("Error: ").rstrip("\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("neighbors cat four", "^cat does not exist, and four does; SOURCE .*: tovec neighbors four cat$"),
        ("similarity cat dog four", "SOURCE comes first: tovec similarity four cat dog$"),
        ("tokens|the cat|four", "SOURCE comes first: tovec tokens four 'the cat'"),
        ("neighbors four dogs", "token 'dogs' is not in the vocabulary; nearest spellings: 'dog'"),
        ("neighbors|four|cat sat", "not in the vocabulary; as text it is the tokens 'cat', 'sat'"),
        ("neighbors|four|new york", "'new york' is not in the vocabulary; nearest spellings: 'new_york'"),
        ("neighbors odd zero", "token 'zero' has no direction: its row is all zeros"),
        ("neighbors odd nan", "token 'nan' has no direction: its row holds NaN"),
        ("analogy odd good near zero", "token 'zero' has no direction: its row is all zeros"),
        ("neighbors four cat -k 0", "-k must be a whole number from 1 up, not 0"),
        ("neighbors text.txt cat", "text.txt is text, not vectors: .*; train makes vectors of text"),
        ("neighbors picture.png cat", "it is a picture; name a file of vectors or a model"),
        ("view drawing.svg", r"drawing.svg cannot be read: it is a picture \(SVG\)"),
        ("neighbors model.zip cat", "model.zip cannot be read: it is a zip archive; unpack it"),
        ("inspect four/tokenizer.json", "is JSON, not vectors; .* a tokenizer, .* as its --tokenizer$"),
        ("inspect gpt2", "gpt2 does not exist; a model on the Hugging Face Hub is hf:gpt2"),
        ("inspect bert-base-uncased", "a model on the Hugging Face Hub is hf:bert-base-uncased"),
        ("inspect missing-2.vec", "missing-2.vec does not exist$"),
        ("tokens four cat --tokenizer missing.json", "^missing.json does not exist; name the file of a "),
        ("train four --out o", "four is a folder that tovec saved, not text; .* by --continue-from$"),
        ("train four/model.safetensors --out o", r"is a model file \(safetensors\), not text;"),
        ("train picture.png --out o", "picture.png is a picture, not text$"),
        ("train model.zip --out o", "model.zip is a zip archive, not text; unpack it"),
        ("train text.txt --out o --min-count 99", "use more text or a --min-count of 80 or less$"),
        ("train pairs.txt --out o --min-count 1", "use longer documents, as --document file makes them$"),
        ("train latin.txt --out o", "name its --encoding, such as cp949, .* or set --errors to replace$"),
        ("train text.txt --out o --learning-rate 0", "--learning-rate must be a number, above 0, not 0.0"),
        ("train text.txt --out o --tokenizer bpe:x", "the size in --tokenizer bpe:SIZE must be"),
        ("export four -o x.html --method axes", "--method must be one of none, pca, umap, tsne, not 'axes'"),
        ("plot four -o x.png --dims 4", "--dims must be 2 or 3, not 4"),
        ("convert four x.foo", "--format chooses one for any suffix$"),
    ],
)  # fmt: skip
def test_a_users_mistake_is_one_line_with_the_way_out(here, line, message):
    said = fails(line)
    assert re.search(message, said), said
    assert "`" not in said


def test_a_message_names_the_options_of_its_command():
    command = click.Command("x", params=[click.Option(["--min-count"]), click.Option(["-k"])])
    assert with_options("a lower `min_count`, or `other`", command) == "a lower --min-count, or `other`"
    assert with_options(BadSetting("k", 0, "1"), command) == "-k must be 1, not 0"
    assert with_options(BadSetting("other", 0, "1"), command) == "other must be 1, not 0"
    assert with_options(TovecError("`min_count`"), None) == "`min_count`"


def test_in_python_the_same_messages_name_arguments(here):
    with pytest.raises(TovecError, match=r"use more text or a `min_count` of 80 or less$"):
        tovec.train([here / "text.txt"], min_count=99)
    with pytest.raises(TovecError, match=r"^learning_rate must be a number, above 0"):
        tovec.train([here / "text.txt"], learning_rate=0)
    with pytest.raises(TovecError, match=r"name a `tokenizer` when you open it"):
        tovec.Embedding(["a"], [[1.0]]).tokenize("a")


@pytest.mark.parametrize(("theirs", "ours"), FOREIGN_COMMANDS.items())
def test_a_command_of_fasttext_or_word2vec_is_named_as_it_is_called_here(theirs, ours):
    assert theirs not in cli.commands
    assert ours.split()[0] in cli.commands
    result = CliRunner().invoke(cli, [theirs, "-input", "text.txt"])
    assert result.exit_code == 2
    assert f"No such command '{theirs}'; it is tovec {ours}\n" in result.stderr

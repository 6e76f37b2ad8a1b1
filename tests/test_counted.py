"""Counts with their nouns, in messages that people get for one of something."""

import pytest

import tovec
from tovec.counted import are, counted
from tovec.errors import TovecError
from tovec.training.run import train


def test_one_is_singular_and_all_others_are_plural():
    assert [counted(n, "row") for n in (0, 1, 2, 1000)] == ["0 rows", "1 row", "2 rows", "1,000 rows"]
    assert [counted(n, "entry", "entries") for n in (1, 2)] == ["1 entry", "2 entries"]
    assert [are(n) for n in (0, 1, 2)] == ["are", "is", "are"]


def test_messages_about_one_of_something_are_english(tmp_path):
    with pytest.raises(TovecError, match=r"^1 token needs as many rows of vectors, not 2$"):
        tovec.Embedding(["cat"], [[1.0], [2.0]])
    assert repr(tovec.Embedding(["cat"], [[1.0]])).startswith("Embedding(1 token × 1 dimension: 'cat'")
    (tmp_path / "one.csv").write_text("text,n\ncat cat,1\n,2\n")
    lines = []
    settings = {"column": "text", "dim": 1, "epochs": 1, "min_count": 1, "threads": 1}
    train(tmp_path / "one.csv", reporter=lambda event: lines.append(event.line), **settings)
    assert "1 row has no text (`column`) and is left out" in lines
    assert any(line.startswith("read 2 tokens in 1 document; 1 different one is in") for line in lines)

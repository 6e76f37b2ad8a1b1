"""Which columns are tokens and vectors: always the same choice, or one line that names them."""

import pytest

from tovec.formats.vectors.columns import Column, Layout, choose
from tovec.storage.file_errors import CorruptFile

KINDS = {"t": "text", "n": "number", "v": "vector", "o": "other"}


def chosen(text):
    """Return what is chosen among columns written as `kind:name`."""
    return choose([Column(part[2:], KINDS[part[0]]) for part in text.split(",")])


@pytest.mark.parametrize(
    ("columns", "token", "vector"),
    [
        ("t:word,v:emb", 0, [1]),
        ("v:emb,t:lang,t:Token,n:count", 2, [0]),
        ("n:token,t:pos,v:emb", 0, [2]),  # a vocabulary of numbers
        ("n:id,t:headline,v:emb", 1, [2]),
        ("n:id,v:emb", 0, [1]),
        ("t:id,t:name,v:emb", 1, [2]),
        ("t:b,t:a,v:emb", 0, [2]),
        ("t:word,v:old,v:Embedding", 0, [2]),
        ("t:word,v:embedding,v:vector", 0, [2]),
        ("t:word,n:dim_1,n:dim_0,n:dim_2", 0, [2, 1, 3]),
        ("t:word,n:count,n:d1,n:d2,n:d3,t:pos", 0, [2, 3, 4]),
        ("t:word,n:0,n:1,n:2", 0, [1, 2, 3]),
        ("t:word,n:x,n:y", 0, [1, 2]),
        ("t:word,n:x", 0, [1]),
        ("t:word,n:0,n:1,v:vector", 0, [3]),
        ("o:when,t:word,v:emb", 1, [2]),
    ],
)
def test_token_and_vector_columns_are_chosen_by_name_and_content(columns, token, vector):
    assert chosen(columns) == Layout(token, tuple(vector))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("n:x,n:y", "none of its columns holds tokens: 'x', 'y'; name one of them token"),
        ("v:emb", "none of its columns holds tokens: 'emb'"),
        ("t:user,t:item", "none of its columns holds vectors: 'user', 'item'"),
        ("t:word,n:x,n:y,t:pos", "none of its columns holds vectors: 'word', 'x', 'y', 'pos'"),
        ("t:word,n:x,o:when", "none of its columns holds vectors"),
        ("t:word,n:d2,n:d3,t:pos", "none of its columns holds vectors"),
        ("t:word,v:a,v:b", "several of its columns hold vectors: 'a', 'b'; name one of them vector"),
        ("t:word,t:pos,n:a0,n:a1,n:b0,n:b1", "none of its columns holds vectors"),
    ],
)
def test_ambiguous_columns_are_refused_and_listed(columns, message):
    with pytest.raises(CorruptFile, match=f"^{message}"):
        chosen(columns)


def test_of_many_columns_the_first_are_named():
    with pytest.raises(CorruptFile, match=r"'t0', .*'t7', …$"):
        chosen(",".join(f"t:t{i}" for i in range(20)))

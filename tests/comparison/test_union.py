"""Both tables over all tokens, in one space."""

import numpy as np

import tovec
from tovec.text.token_bytes import Spelling
from tovec.text.vocabulary import Vocabulary


def test_b_comes_first_and_what_a_table_lacks_is_nan():
    a = tovec.Embedding(Vocabulary(["cat", "dog", "mat"], [5, 2, 1]), [[2, 0], [0, 2], [2, 2]])
    b = tovec.Embedding(Vocabulary(["mat", "cow", "cat"], [9, 8, 7]), [[1, 1], [5, 5], [1, 0]])
    union = tovec.compare(a, b).union()
    assert list(union.vocabulary) == ["mat", "cow", "cat", "dog"]
    assert union.vocabulary.counts.tolist() == [9, 8, 7, 2]
    assert (union.ids_a.tolist(), union.ids_b.tolist()) == ([2, -1, 0, 1], [0, 1, 2, -1])
    of_a, of_b = (table[:] for table in union.tables)
    np.testing.assert_allclose(of_a, [[1, 1], [np.nan] * 2, [1, 0], [0, 1]])  # at b's scale
    np.testing.assert_allclose(of_b, [[1, 1], [5, 5], [1, 0], [np.nan] * 2])
    np.testing.assert_array_equal(union.tables[0][np.array([3, 1])], of_a[[3, 1]])
    np.testing.assert_array_equal(union.tables[0][3], of_a[3])


def test_tokens_of_a_are_spelled_as_b_spells():
    rows = np.eye(4, dtype=np.float32)
    names = ["▁king", "▁cat", "ings", "<s>"]
    a = tovec.Embedding(Vocabulary(names, spelling=Spelling.PIECES, special=[3]), rows)
    b = tovec.Embedding(Vocabulary(["Ġking", "x", "ings", "ĠĠ"], spelling=Spelling.BYTE_LEVEL), rows)
    union = tovec.compare(a, b).union()
    assert list(union.vocabulary) == ["Ġking", "x", "ings", "ĠĠ", "Ġcat", "<s>"]
    assert union.vocabulary.special == {5}
    back = tovec.compare(b, a).union()
    assert list(back.vocabulary) == [*names, "x", "▁▁"]
    words = tovec.Embedding(Vocabulary(["king", "##x"], spelling=Spelling.WORDPIECE), rows[:2])
    assert list(tovec.compare(a, words).union().vocabulary) == ["king", "##x", "cat", "##ings", "<s>"]


def test_a_name_that_is_other_text_in_b_is_told_apart():
    a = tovec.Embedding(Vocabulary(["x", "é"], spelling=Spelling.PIECES), np.eye(2, dtype=np.float32))
    b = tovec.Embedding(Vocabulary(["x", "Ã©"], spelling=Spelling.BYTE_LEVEL, special=[1]), np.eye(2))
    assert list(tovec.compare(a, b).union().vocabulary) == ["x", "Ã©", "Ã© (A)"]


def test_a_table_without_names_is_in_the_union_by_its_rows():
    a = tovec.Embedding(["cat", "dog"], [[1, 0], [0, 1]])
    bare = tovec.Embedding(Vocabulary([], n_rows=3), [[1, 0], [1, 1], [2, 2]])
    union = tovec.compare(a, bare).union()
    assert list(union.vocabulary) == ["cat", "dog", "<id 2>"]

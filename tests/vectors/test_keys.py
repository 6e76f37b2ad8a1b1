"""Rows of tokens and ids, in any container; what a query may be; new and replaced rows."""

import numpy as np
import pytest

from tovec.errors import TovecError, UnknownToken
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.keys import Keys, are_ids, as_list, is_vector, plain, with_rows

KEYS = Keys(Vocabulary(["cat", "dog", "mat"]))


def test_rows_of_tokens_ids_and_arrays_keep_their_order_and_shape():
    assert KEYS.row("dog") == KEYS.row(1) == KEYS.row(np.uint8(1)) == 1
    assert KEYS.rows(["mat", 0, "mat"]).tolist() == [2, 0, 2]
    assert KEYS.rows(np.array([[2, 1], [0, 0]], np.int8)).tolist() == [[2, 1], [0, 0]]
    assert KEYS.own_rows(["dog", np.array([1.0, 2.0]), 0, "cow"]) == [1, 0]


@pytest.mark.parametrize("key", [3, -1, np.int64(3)])
def test_id_outside_the_table_is_refused(key):
    for ask in (lambda: KEYS.row(key), lambda: KEYS.rows(np.array([0, key]))):
        with pytest.raises(TovecError, match=f"id {key} is out of range; ids run from 0 to 2"):
            ask()


def test_other_keys_are_refused():
    with pytest.raises(UnknownToken, match="'cow'"):
        KEYS.row("cow")
    for key in (1.0, True, None):
        with pytest.raises(TovecError, match="a row is found by its token or its id, a whole number, not by"):
            KEYS.row(key)


def test_iterables_become_lists_and_what_numpy_takes_becomes_an_array():
    class Tensor:
        def __array__(self, dtype=None, copy=None):
            return np.array([1, 2])

    assert plain("cat") == "cat" and plain(b"cat") == b"cat" and plain({"a"}) == {"a"}
    assert plain(np.array(3)) == 3 and plain(range(2)) == [0, 1] and plain({"a": 1}.keys()) == ["a"]
    assert plain(Tensor()).tolist() == [1, 2] and are_ids(plain(Tensor()))
    assert is_vector([1.0]) and not is_vector("cat")


@pytest.mark.parametrize(
    ("queries", "expected"), [("cat", ["cat"]), (1, [1]), (["cat", 1], ["cat", 1]), (range(2), [0, 1])]
)
def test_one_token_or_id_is_a_list_of_one(queries, expected):
    assert as_list(queries) == expected


def test_array_of_floats_is_one_vector_and_an_array_of_integers_are_ids():
    (vector,) = as_list(np.array([0.5, 1.0]))
    assert vector.tolist() == [0.5, 1.0]
    assert as_list(np.array([0, 1])) == [0, 1]


def test_replaced_rows_change_the_table_and_new_tokens_are_appended_with_a_count_of_zero():
    vocabulary = Vocabulary(["cat", "dog"], [5, 3])
    longer, table = with_rows(vocabulary, np.zeros((2, 2), np.float32), {"dog": [1, 2], "mat": [3, 4]})
    assert (list(longer), longer.counts.tolist()) == (["cat", "dog", "mat"], [5, 3, 0])
    assert table.tolist() == [[0, 0], [1, 2], [3, 4]]


def test_two_keys_of_one_row_are_refused():
    with pytest.raises(TovecError, match="1 is a second name of token 'dog'; give it once"):
        with_rows(KEYS.vocabulary, np.zeros((3, 1), np.float32), {"dog": [1], 1: [2]})

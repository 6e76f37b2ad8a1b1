from hypothesis import given
from hypothesis import strategies as st

from tovec.models.row_names import name_rows
from tovec.models.tokenizer_files.token_list import TokenList
from tovec.text.token_bytes import Spelling


def tokens(*names, **more):
    return TokenList(names, Spelling.PLAIN, "tokenizer.json", **more)


def test_matching_rows_and_tokens_have_no_findings():
    named = name_rows(tokens("<unk>", "a", "b", unknown=0, special=frozenset({0})), 3)
    assert named.vocabulary.tokens == ("<unk>", "a", "b")
    assert named.vocabulary.unknown == "<unk>"
    assert named.vocabulary.special == {0}
    assert named.findings == ()


def test_padding_rows_are_named_by_their_ids_and_reported():
    named = name_rows(tokens("a", "b"), 5)
    assert named.vocabulary.tokens == ("a", "b", "<id 2>", "<id 3>", "<id 4>")
    assert named.findings == ("3 rows have no token in tokenizer.json: ids 2 to 4",)
    assert named.vocabulary.text(4) is None


def test_tokens_past_the_table_are_left_out_and_reported():
    named = name_rows(tokens("a", "b", None, "<image>"), 2)
    assert named.vocabulary.tokens == ("a", "b")
    assert named.findings == ("1 token has an id past the table and no vector: 3 <image>",)


def test_ids_without_a_token_are_named_and_reported():
    named = name_rows(tokens("a", None, "c", special=frozenset({2})), 3)
    assert named.vocabulary.tokens == ("a", "<id 1>", "c")
    assert named.findings == ("1 id below the last has no token, the first 1",)


def test_token_with_two_ids_keeps_the_first():
    named = name_rows(tokens("a", "b", "a"), 3)
    assert named.vocabulary.tokens == ("a", "b", "<id 2>")
    assert named.findings == ("tokens that occur twice: 1; the later row is named by its id: 2 'a'",)


def test_without_a_tokenizer_rows_are_their_ids():
    named = name_rows(None, 2)
    assert named.vocabulary.tokens == ("<id 0>", "<id 1>")
    assert [named.vocabulary.text(row) for row in range(2)] == [None, None]  # not the bytes of its name
    assert named.findings == ("no tokenizer: rows are named by their ids",)


@given(st.lists(st.none() | st.sampled_from(["a", "b", "<id 0>", "<id 2>", "<<id 2>>"])), st.integers(1, 9))
def test_every_row_has_a_name_of_its_own(names, n_rows):
    vocabulary = name_rows(tokens(*names), n_rows).vocabulary
    assert len(vocabulary) == n_rows
    assert len(set(vocabulary.tokens)) == n_rows

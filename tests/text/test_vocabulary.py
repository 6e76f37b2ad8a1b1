"""Tokens and ids: vocabulary.py, numbered.py and unknown.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tovec.errors import BadSetting, TovecError, UnknownToken
from tovec.text.token_bytes import Spelling
from tovec.text.vocabulary import Vocabulary

WORDS = ["the", "cat", "sat", "on", "mat"]


def test_most_frequent_tokens_come_first_and_ties_follow_code_points():
    vocabulary = Vocabulary.from_counts(["b", "가", "a", "Z", "c"], [2, 2, 2, 2, 5])
    assert vocabulary.tokens == ("c", "Z", "a", "b", "가")
    assert vocabulary.counts.tolist() == [5, 2, 2, 2, 2]


@given(st.dictionaries(st.text(max_size=4), st.integers(1, 5)), st.randoms())
def test_order_does_not_depend_on_the_order_of_counting(counts, random):
    pairs = list(counts.items())
    once = Vocabulary.from_counts([t for t, _ in pairs], [n for _, n in pairs])
    random.shuffle(pairs)
    again = Vocabulary.from_counts([t for t, _ in pairs], [n for _, n in pairs])
    assert once.tokens == again.tokens


def test_min_count_and_max_size_leave_the_rare_out():
    tokens, counts = ["a", "b", "c", "d"], [4, 3, 2, 1]
    assert Vocabulary.from_counts(tokens, counts, min_count=2).tokens == ("a", "b", "c")
    assert Vocabulary.from_counts(tokens, counts, max_size=2).tokens == ("a", "b")


def test_special_tokens_come_first_with_their_counts_and_are_never_left_out():
    vocabulary = Vocabulary.from_counts(
        ["a", "<s>", "b"], [9, 3, 5], min_count=6, max_size=3, special_tokens=["<pad>", "<s>"]
    )
    assert vocabulary.tokens == ("<pad>", "<s>", "a")
    assert vocabulary.counts.tolist() == [0, 3, 9]


@pytest.mark.parametrize(("name", "value"), [("min_count", 0), ("max_size", 0)])
def test_a_setting_outside_its_range_is_named(name, value):
    with pytest.raises(BadSetting, match=f"{name} must be a whole number from 1 up, not 0"):
        Vocabulary.from_counts(["a"], [1], **{name: value})


@given(st.lists(st.text(max_size=5), unique=True))
def test_any_strings_can_be_tokens_and_ids_lead_back_to_them(tokens):
    vocabulary = Vocabulary(tokens)
    ids = vocabulary.ids(tokens)
    assert ids.dtype == np.int32
    assert ids.tolist() == list(range(len(tokens)))
    assert [vocabulary.tokens[row] for row in ids] == tokens


def test_a_token_given_twice_is_named():
    with pytest.raises(TovecError, match="token 'sat' stands in the vocabulary more than once"):
        Vocabulary(["cat", "sat", "mat", "sat"])


def test_counts_must_be_as_many_as_tokens():
    with pytest.raises(TovecError, match="3 tokens need as many counts, not 2"):
        Vocabulary(["a", "b", "c"], [1, 2])


def test_an_unknown_token_gets_the_nearest_spellings():
    with pytest.raises(UnknownToken, match="token 'caat' is not in the vocabulary; nearest spellings: 'cat'"):
        Vocabulary(WORDS).id("caat")
    with pytest.raises(UnknownToken, match="nearest spellings: 'cat'"):
        Vocabulary(WORDS).id("Cat")
    with pytest.raises(UnknownToken, match=r"token 'zzzz' is not in the vocabulary$"):
        Vocabulary(WORDS).id("zzzz")
    with pytest.raises(UnknownToken, match=r"token '' is not in the vocabulary$"):
        Vocabulary(WORDS).id("")


def test_letters_of_a_token_are_not_near_to_it():
    assert Vocabulary(["d", "o", "s", "dos", "dog"]).nearest_spellings("dogs") == ["dos", "dog"]
    assert Vocabulary(["d", "D"]).nearest_spellings("x") == []


def test_nearest_spellings_are_read_as_people_read_them():
    byte_level = Vocabulary(["Ġking", "Ġkings", "d"], spelling=Spelling.BYTE_LEVEL)
    assert byte_level.nearest_spellings("King") == ["▁king"]
    assert Vocabulary(["new", "york", "new_york"]).nearest_spellings("new york") == ["new_york"]


def test_known_ids_leave_unknown_tokens_out_or_map_them():
    assert Vocabulary(WORDS).known_ids(["cat", "dog", "mat"]).tolist() == [1, 4]
    assert Vocabulary(["<unk>", *WORDS], unknown="<unk>").known_ids(["cat", "dog"]).tolist() == [2, 0]


def test_the_unknown_token_has_to_be_one_of_the_tokens():
    with pytest.raises(UnknownToken, match="'<unk>'"):
        Vocabulary(WORDS, unknown="<unk>")


def test_numbered_names_are_those_of_a_vocabulary_that_was_given_them():
    made = Vocabulary((), n_rows=12)
    given = Vocabulary([f"<id {row}>" for row in range(12)], special=range(12))
    assert len(made) == 12
    assert made.tokens == given.tokens
    assert made.id("<id 11>") == 11
    assert "<id 12>" not in made
    assert made.readable_tokens == given.readable_tokens
    assert made.text(3) is given.text(3) is None  # a row without a token stands for no text
    assert (made.counts, made.unknown, made.spelling) == (None, None, Spelling.PLAIN)
    assert made.special == given.special
    with pytest.raises(UnknownToken, match="nearest spellings: '<id 1>'"):
        made.id("<id 1")
    assert len(Vocabulary((), n_rows=0)) == 0


NAMES = st.sampled_from(["a", "<id 0>", "<id 3>", "<<id 3>>", "<<<id 3>>>", "<id 03>", "<id ３>", "<id 9>"])


@given(st.lists(NAMES, unique=True), st.integers(0, 12), st.sets(st.integers(0, 3)))
def test_rows_without_a_token_are_named_as_one_by_one(tokens, n_rows, special):
    special = {row for row in special if row < len(tokens)}
    made = Vocabulary(tokens, special=special, n_rows=n_rows)
    names = list(tokens)
    for row in range(len(tokens), n_rows):
        name = f"<id {row}>"
        while name in names:
            name = f"<{name}>"
        names.append(name)
    assert len(made) == len(made.tokens) == len(names)
    assert made.tokens == tuple(names) and tuple(made) == tuple(names) == made.readable_tokens
    assert [made.tokens[row] for row in range(-len(names), 0)] == names
    assert made.tokens[2:] == tuple(names[2:]) and made.tokens[:2] == tuple(names[:2])
    assert [made.id(name) for name in names] == list(range(len(names)))
    assert made.known_ids([*names, "<id 99>"]).tolist() == list(range(len(names)))
    assert made.special == special.union(range(len(tokens), n_rows))
    assert [made.text(row) is None for row in range(len(names))] == [
        row in made.special for row in range(len(names))
    ]
    for n in range(len(names) + 1):
        cut = made.first(n)
        assert cut.tokens == tuple(names[:n]) and cut.special == {row for row in made.special if row < n}
        assert [cut.get(name) for name in names] == [*range(n), *[None] * (len(names) - n)]


def test_a_vocabulary_of_any_number_of_rows_without_tokens_costs_nothing():
    made = Vocabulary(["the", "<id 999999999999>"], special=[0], n_rows=10**12, spelling=Spelling.BYTE_LEVEL)
    assert (made.tokens[5], made.tokens[-1]) == ("<id 5>", "<<id 999999999999>>")
    assert [made.id(name) for name in ("<id 999999999998>", "<<id 999999999999>>", "<id 999999999999>")] == [
        *(10**12 - 2, 10**12 - 1, 1)
    ]
    assert len(made.special) == 10**12 - 1 and 17 in made.special and 1 not in made.special
    assert "<id 1000000000000>" not in made and "<id 017>" not in made
    assert made.first(10**9).readable(10**9 - 1) == "<id 999999999>"
    with pytest.raises(UnknownToken, match="nearest spellings: 'the'"):
        made.id("thee")
    assert (
        repr(made)
        == "Vocabulary(1,000,000,000,000 tokens: 'the', '<id 999999999999>', '<id 2>', '<id 3>', …)"
    )


def test_counts_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        Vocabulary(["a"], [1]).counts[0] = 2

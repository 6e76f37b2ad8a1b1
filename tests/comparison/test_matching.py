"""Which tokens of two tables are the same."""

import numpy as np

import tovec
from tovec.comparison.matching import match
from tovec.text.token_bytes import Spelling
from tovec.text.vocabulary import Vocabulary


def table(tokens, spelling=Spelling.PLAIN, special=(), n_rows=None):
    vocabulary = Vocabulary(tokens, spelling=spelling, special=special, n_rows=n_rows)
    return tovec.Embedding(vocabulary, np.zeros((len(vocabulary), 2), dtype=np.float32))


def pairs(a, b):
    found = match(a, b)
    names = zip(found.ids_a.tolist(), found.ids_b.tolist(), strict=True)
    return {a.vocabulary.tokens[row]: b.vocabulary.tokens[other] for row, other in names}


def test_tokens_in_another_order_are_matched_in_the_order_of_b():
    found = match(table(["cat", "dog", "cow"]), table(["cow", "mat", "cat"]))
    assert found.ids_a.tolist() == [2, 0]
    assert found.ids_b.tolist() == [0, 2]
    assert (found.removed.tolist(), found.added.tolist()) == ([1], [1])
    assert found.how == "by name"
    assert not found.is_in_place


def test_equal_vocabularies_are_recognized():
    found = match(table(["a", "b"], n_rows=5), table(["a", "b"], n_rows=5))
    assert found.ids_a.tolist() == found.ids_b.tolist() == [0, 1, 2, 3, 4]
    assert found.is_in_place
    assert not len(found.removed) and not len(found.added)


def test_spellings_of_one_text_are_one_token():
    pieces = table(["▁king", "king", "한국", "<0xFF>"], Spelling.PIECES)
    byte_level = table(["Ġking", "íķľêµŃ", "king", "ÿ"], Spelling.BYTE_LEVEL)
    words = table(["king", "##king", "##한국"], Spelling.WORDPIECE)
    assert pairs(pieces, byte_level) == {"▁king": "Ġking", "king": "king", "한국": "íķľêµŃ", "<0xFF>": "ÿ"}
    assert pairs(byte_level, words) == {"Ġking": "king", "king": "##king", "íķľêµŃ": "##한국"}


def test_one_name_that_is_different_text_is_not_one_token():
    # "é" is the byte E9 in GPT-2's spelling, and two bytes as a letter.
    assert pairs(table(["é", "x"], Spelling.BYTE_LEVEL), table(["é", "x"], Spelling.PIECES)) == {"x": "x"}


def test_a_word_is_met_by_the_piece_that_begins_a_word():
    words = table(["king", ",", "cat"])
    pieces = table(["king", ",", "▁king", "cats"], Spelling.PIECES)
    assert pairs(words, pieces) == {"king": "▁king", ",": ","}
    assert pairs(pieces, words) == {"▁king": "king", ",": ","}


def test_a_character_that_bert_takes_for_a_word_is_the_piece_of_it():
    words = table(["中", "##中", "国", "king"], Spelling.WORDPIECE)
    pieces = table(["国", "中", "▁中", "king"], Spelling.PIECES)
    both = {"中": "▁中", "##中": "中", "国": "国", "king": "king"}
    assert pairs(words, pieces) == both
    assert pairs(pieces, words) == {there: here for here, there in both.items()}


def test_a_file_of_vectors_keeps_the_marks_of_its_tokenizer():
    assert pairs(table(["▁king", "king"]), table(["king", "Ġking"], Spelling.BYTE_LEVEL)) == {
        "▁king": "Ġking",
        "king": "king",
    }


def test_special_tokens_have_nothing_but_their_names():
    a = table(["<s>", "▁s", "a"], Spelling.PIECES, special=[0])
    b = table(["a", "<s>", "Ġs"], Spelling.BYTE_LEVEL, special=[1])
    assert pairs(a, b) == {"<s>": "<s>", "▁s": "Ġs", "a": "a"}
    plain = table(["<s>", "</s>"])  # a text may hold them too
    assert pairs(a, plain) == {"<s>": "<s>"}


def test_a_byte_piece_comes_after_the_piece_of_the_letter():
    pieces = table(["<0x41>", "A"], Spelling.PIECES)
    assert pairs(pieces, table(["A"], Spelling.BYTE_LEVEL)) == {"A": "A"}
    assert pairs(table(["A"], Spelling.BYTE_LEVEL), pieces) == {"A": "A"}


def test_each_row_is_matched_once():
    a = table(["<0x41>", "A"], Spelling.PIECES)
    found = match(a, table(["A", "##B"], Spelling.WORDPIECE))
    assert found.ids_a.tolist() == [1]
    assert (found.removed.tolist(), found.added.tolist()) == ([0], [1])


def test_rows_without_a_token_are_matched_by_number():
    a, b = table(["x", "y"], n_rows=6), table(["y", "x", "z"], n_rows=5)
    found = match(a, b)
    assert list(zip(found.ids_a.tolist(), found.ids_b.tolist(), strict=True)) == [
        (1, 0),
        (0, 1),
        (3, 3),
        (4, 4),
    ]
    assert (found.removed.tolist(), found.added.tolist()) == ([2, 5], [2])
    named = table(["x", "y", "<id 2>", "<id 3>"])
    assert match(a, named).ids_a.tolist() == [0, 1, 2, 3]
    assert match(named, a).ids_b.tolist() == [0, 1, 2, 3]


def test_every_row_is_somewhere_whatever_the_vocabularies():
    rng = np.random.default_rng(0)
    marks = {Spelling.PLAIN: "", Spelling.PIECES: "▁", Spelling.BYTE_LEVEL: "Ġ", Spelling.WORDPIECE: "##"}
    for one in Spelling:
        for other in Spelling:
            tables = []
            for spelling in (one, other):
                letters = rng.choice(list("abcdefgh"), (60, 2))
                names = dict.fromkeys(
                    rng.choice(["", marks[spelling]]) + "".join(pair) for pair in letters.tolist()
                )
                tables.append(table(list(names), spelling, special=range(3), n_rows=len(names) + 4))
            a, b = tables
            found = match(a, b)
            assert sorted([*found.ids_a, *found.removed]) == list(range(len(a)))
            assert sorted([*found.ids_b, *found.added]) == list(range(len(b)))
            assert (np.diff(found.ids_b) > 0).all()
            back = match(b, a)
            assert len(back) == len(found)

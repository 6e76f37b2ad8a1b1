"""What a caller gives as text: the first things that people type, and what they are told."""

import re
from pathlib import Path

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.errors import BadSetting, BadText, EmptyCorpus, TovecError
from tovec.text.documents import Documents
from tovec.text.in_memory import Texts, TokenLists
from tovec.text.training_input import documents_from

TOKENS = [["New York", "is", "big"], ["the", "cat", "sat"]]
TEXTS = ["the cat sat", "the dog sat"]


class ReadAgain:
    """A corpus as gensim's tutorials write one: it can be iterated over again and again."""

    def __iter__(self):
        yield from TOKENS


@pytest.mark.parametrize(
    "given",
    [
        TOKENS,
        tuple(map(tuple, TOKENS)),
        (tokens for tokens in TOKENS),
        (iter(tokens) for tokens in TOKENS),
        [np.array(tokens) for tokens in TOKENS],
        np.array(TOKENS),
        np.array([*TOKENS, ["one"]], dtype=object),
        ReadAgain(),
    ],
    ids=["lists", "tuples", "generator", "generators", "arrays", "table", "ragged", "iterable"],
)
def test_lists_of_tokens_are_used_as_they_are(given):
    documents = documents_from(given)
    assert isinstance(documents, TokenLists)
    found = [list(tokens) for chunk in documents.chunks() for tokens in chunk.tokens]
    assert found[:2] == TOKENS
    assert {type(token) for tokens in found for token in tokens} == {str}


@pytest.mark.parametrize(
    "given",
    [
        TEXTS,
        tuple(TEXTS),
        iter(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        dict.fromkeys(TEXTS).keys(),
    ],
    ids=["list", "tuple", "iterator", "array", "objects", "keys"],
)
def test_strings_are_documents(given):
    documents = documents_from(given)
    assert isinstance(documents, Texts)
    assert [text for chunk in documents.chunks() for text in chunk.texts()] == TEXTS


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_columns_of_tables_are_documents(package):
    library = needs(package)
    texts = documents_from(library.Series(TEXTS))
    assert [text for chunk in texts.chunks() for text in chunk.texts()] == TEXTS
    assert texts.readable_again
    tokens = documents_from(library.Series(TOKENS))
    assert [list(tokens) for chunk in tokens.chunks() for tokens in chunk.tokens] == TOKENS
    with pytest.raises(BadText, match=r"a DataFrame has several columns.*it has 'text', 'stars'"):
        documents_from(library.DataFrame({"text": TEXTS, "stars": [1, 2]}))


@pytest.mark.parametrize("missing", [None, float("nan"), "pandas.NA"])
def test_a_missing_value_of_a_column_is_named_by_its_row(missing):
    pandas = needs("pandas")
    missing = pandas.NA if missing == "pandas.NA" else missing
    column = pandas.Series([*TEXTS, missing, *TEXTS])
    with pytest.raises(
        BadText, match=r"document 3 .*row 2, counted from 0, has no value; leave it out, as column.dropna"
    ):
        list(documents_from(column).chunks())
    assert sum(len(chunk.starts) for chunk in documents_from(column.dropna()).chunks()) == 4
    with pytest.raises(BadText, match="row 2, counted from 0, has no value"):
        list(documents_from(pandas.Series([*TOKENS, missing])).chunks())
    with pytest.raises(BadText, match="row 0, counted from 0, has no value"):
        list(documents_from(pandas.Series([missing, *TEXTS])).chunks())


def test_paths_are_files_one_or_many_and_strings_among_paths_too(tmp_path):
    files = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for file, text in zip(files, TEXTS, strict=True):
        file.write_text(text, encoding="utf-8")
    for given in (
        files,
        sorted(tmp_path.glob("*.txt")),
        (path for path in files),
        [files[0], str(files[1])],
        str(tmp_path / "*.txt"),
        tmp_path,
        str(tmp_path),
    ):
        documents = documents_from(given)
        assert isinstance(documents, Documents)
        assert documents.paths() == files
    assert set(documents_from(tmp_path.glob("*.txt")).paths()) == set(files)
    with pytest.raises(BadText, match="is the name of a file, but strings in a list are documents"):
        documents_from([str(file) for file in files])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            "the cat sat on the mat",
            r"no such file or folder; .*; text itself is given in a list, as \[text\]",
        ),
        ("the cat\nsat " * 500, r"^'the cat\\nsat .*text itself is given in a list"),
        ("nothing.txt", "^nothing.txt: no such file or folder; inputs are files"),
        (r"C:\nowhere\corpus.txt", r"corpus.txt: no such file"),
        (b"the cat", "text is given as a string, not as bytes; decode it"),
        (None, "there is no text in None, of type NoneType; give a path, a list of strings"),
        (7, "there is no text in 7, of type int; give a path"),
        (np.array("the cat"), "there is no text in array"),
        ({"a": "the cat"}, "a dict is not a list of texts; give its values"),
        ([Path("a.txt"), ["the"]], "'the'.*of type list, is not a path as the first is"),
    ],
)
def test_values_that_hold_no_text_are_refused_at_once_with_the_way_out(given, told):
    with pytest.raises(BadText, match=told) as caught:
        documents_from(given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([b"the cat"], "document 1 is b'the cat', of type bytes; decode it"),
        ([{"text": "the cat"}], "document 1 is {'text': 'the cat'}, of type dict; give the field"),
        (np.arange(3), "document 1 is np.int64.0., of type int64; a document is one string of text"),
        ([[1, 2]], r"document 1: token 0 is 1, of type int; tokens are strings: give str\(token\)"),
        (np.arange(4).reshape(2, 2), "document 1: token 0 is .*of type int64; tokens are strings"),
        (
            [["a"], [b"b"]],
            "document 2: token 0 is b'b', of type bytes; tokens are strings: give token.decode",
        ),
        (
            [["a", None]],
            "document 1: token 1 is None, of type NoneType; tokens are strings: leave missing ones",
        ),
        (
            [[["a"], ["b"]]],
            "document 1: token 0 is .'a'., of type list; .* these lists are one level too deep",
        ),
        (
            [["a"], "b c"],
            "document 2 is 'b c', of type str; the first is a list of tokens, so give those alone",
        ),
        (
            ["b c", ["a"]],
            "document 2 is .'a'., of type list; the first is a string of text, so give those alone",
        ),
        ([["a", "\ud800"]], "document 1 holds a token with a lone surrogate"),
    ],
)
def test_a_document_that_is_not_text_is_named_with_the_way_out(given, told):
    with pytest.raises(BadText, match=told):
        list(documents_from(given).chunks())


SMALL = {"dim": 4, "epochs": 1, "min_count": 1, "threads": 1, "sample": 0}


def test_a_token_of_two_words_stays_one_and_the_folder_says_no_more_than_its_vocabulary(tmp_path):
    trained = tovec.train(TOKENS * 9, **SMALL)
    assert "New York" in trained
    assert trained.tokenizer is None
    assert trained.provenance["settings"]["tokenizer"] is None
    opened = tovec.open(trained.save(tmp_path / "trained"))
    assert opened["New York"].tolist() == trained["New York"].tolist()
    for embedding in (trained, opened):
        with pytest.raises(TovecError, match=r"has no tokenizer.*name a `tokenizer`"):
            embedding.encode("New York is big")
    assert opened.with_tokenizer("words").encode("is big").tolist() == trained.ids(["is", "big"]).tolist()


def test_lists_of_tokens_and_their_texts_joined_by_blanks_train_the_same_vectors():
    documents = [["a", "b", "c"], ["b", "d"], [], ["d", "c", "a", "a"]] * 9
    lists = tovec.train(documents, **SMALL)
    texts = tovec.train([" ".join(tokens) for tokens in documents], tokenizer="whitespace", **SMALL)
    assert lists.vocabulary.tokens == texts.vocabulary.tokens
    assert lists.vectors.tobytes() == texts.vectors.tobytes()
    assert lists.provenance["text_digest"] == texts.provenance["text_digest"]


def test_a_tokenizer_given_with_lists_of_tokens_does_not_run_and_cuts_texts_later():
    def never(text):
        raise AssertionError(text)

    assert tovec.train(TOKENS * 9, tokenizer=never, **SMALL).n_tokens == 6
    assert tovec.train(TOKENS * 9, tokenizer="words", **SMALL).tokenize("The cat") == ["the", "cat"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"tokenizer": "bpe:265"},
            "lists of tokens are used as they are, so tokenizer 'bpe:265' cannot bring",
        ),
        ({"tokenizer": "bytes"}, "so tokenizer 'bytes' cannot bring its vocabulary"),
        ({"lowercase": True}, "lowercase must be left out: lists of tokens are used as they are"),
        ({"phrases": 1}, "phrases must be left out: lists of tokens are used as they are"),
    ],
)
def test_what_would_change_lists_of_tokens_is_refused(settings, told):
    with pytest.raises(TovecError, match=told):
        tovec.train(TOKENS * 9, **settings, **SMALL)


def test_held_out_documents_are_of_the_kind_of_the_text():
    losses = tovec.train(TOKENS * 9, validation=TOKENS, **SMALL).provenance["validation_losses"]
    assert len(losses) == 1
    with pytest.raises(BadText, match="held-out documents are too; give lists of tokens"):
        tovec.train(TOKENS * 9, validation=TEXTS, **SMALL)


def test_a_generator_is_read_once_also_where_a_tokenizer_is_trained_first():
    once = tovec.train((text for text in TEXTS * 30), tokenizer="bpe:260", **SMALL)
    again = tovec.train(TEXTS * 30, tokenizer="bpe:260", **SMALL)
    assert once.vocabulary.tokens == again.vocabulary.tokens
    assert once.vectors.tobytes() == again.vectors.tobytes()


def test_words_in_place_of_documents_and_a_generator_that_is_spent_say_what_is_wrong():
    with pytest.raises(EmptyCorpus, match=r"a string in a list is a document, not a token.*\[words\]"):
        tovec.train(["the", "cat", "sat"] * 9, **SMALL)
    with pytest.raises(EmptyCorpus, match=r"so give whole texts as strings, \[text\]"):
        tovec.train([["the cat sat"], ["the dog sat"]] * 9, **SMALL)
    spent = iter(TEXTS)
    list(spent)
    for nothing in (spent, [], [[], []], np.array([])):
        with pytest.raises(EmptyCorpus, match="a generator that has been read before gives nothing more"):
            tovec.train(nothing, **SMALL)


def test_a_function_cuts_text_in_training_and_is_given_again_after_opening(tmp_path):
    def cut(text):
        return text.split("|")

    trained = tovec.train(["New York|is|big", "the|cat"] * 9, tokenizer=cut, **SMALL)
    assert trained.encode("New York|cat").tolist() == trained.ids(["New York", "cat"]).tolist()
    folder = trained.save(tmp_path / "trained")
    opened = tovec.open(folder)
    assert opened.tokenizer is None
    with pytest.raises(TovecError, match="has no tokenizer"):
        opened.encode("New York|cat")
    assert "test_a_function_cuts_text" in (folder / "README.md").read_text(encoding="utf-8")
    again = opened.with_tokenizer(cut)
    assert again.encode("New York|cat").tolist() == trained.encode("New York|cat").tolist()
    library = needs("tokenizers").Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert library.encode("New York").ids == trained.ids(["New York"]).tolist()  # a text is one token


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (str.strip, "a tokenizer gives a list of strings, not 'a b', of type str"),
        (lambda text: None, "a tokenizer gives a list of strings, not None"),
        (lambda text: {"input_ids": [5, 6]}, "a tokenizer gives a list of strings, not {'input_ids': "),
        (set, "a tokenizer gives a list of strings, not {"),
        (lambda text: [1, 2], "not one with 1, of type int; let it give the text of each token"),
    ],
)
def test_a_function_that_does_not_return_a_list_of_strings_is_refused(function, told):
    with pytest.raises(BadText, match=re.escape(told)):
        tovec.train(["a b", "b a"], tokenizer=function, **SMALL)


def test_numbers_of_numpy_are_settings_and_are_saved(tmp_path):
    numbers = {
        "dim": np.int64(4),
        "epochs": np.int8(1),
        "window": np.uint8(2),
        "seed": np.int32(3),
        "sample": np.float32(0),
        "learning_rate": np.float64(0.02),
        "deterministic": np.True_,
        "min_count": np.array(1),
    }
    trained = tovec.train(TEXTS * 9, work=str(tmp_path / "work"), checkpoint_every=np.float32(1), **numbers)
    plain = {**{name: number.item() for name, number in numbers.items()}}
    assert trained.vectors.tobytes() == tovec.train(TEXTS * 9, **plain).vectors.tobytes()
    assert tovec.open(trained.save(tmp_path / "saved")).provenance["settings"]["seed"] == 3


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"dim": 3.0}, "dim must be a whole number from 1 up, not 3.0"),
        ({"dim": np.float64(3)}, "dim must be a whole number from 1 up, not np.float64.3.0."),
        ({"dim": True}, "dim must be a whole number from 1 up, not True"),
        ({"dim": "3"}, "dim must be a whole number from 1 up, not '3'"),
        ({"sample": "x"}, "sample must be a number, at least 0, not 'x'"),
        ({"learning_rate": None, "deterministic": 1}, "deterministic must be True or False, not 1"),
        ({"special_tokens": "<s>"}, "special_tokens must be a list of tokens, not '<s>'"),
    ],
)
def test_settings_of_another_kind_are_refused(settings, told):
    with pytest.raises(BadSetting, match=told):
        tovec.train(TEXTS, **settings)

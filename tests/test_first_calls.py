"""The first things that people type with an embedding at hand: they work, or say what to type."""

import ast
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.embedding import Embedding
from tovec.errors import BadSetting, TovecError, UnknownToken
from tovec.vectors.derived import DerivedTable


@pytest.fixture
def clock():
    hours = {"twelve": (0, 1), "three": (1, 0), "six": (0, -1), "nine": (-1, 0)}
    return Embedding(list(hours), list(hours.values()))


@pytest.fixture(scope="module")
def plain():
    return Embedding.random([f"t{i}" for i in range(200)], 12)


def test_token_that_is_not_a_string_is_an_error_with_the_way_out():
    for tokens, told in (
        ([1, 2], r"token 0 is 1, of type int; tokens are strings: give str\(token\)"),
        (["a", b"b"], "token 1 is b'b', of type bytes; tokens are strings: give token.decode"),
        (["a", None], "token 1 is None, of type NoneType; tokens are strings: leave missing ones out"),
        (np.arange(2), "token 0 is .*, of type int64; tokens are strings"),
        ("ab", "tokens must be a list of tokens, not 'ab'"),
        ({1: 0, 2: 1}, "token 0 is 1, of type int; tokens are strings"),
    ):
        with pytest.raises(TovecError, match=told):
            tovec.Vocabulary(tokens)
        with pytest.raises(TovecError, match=told):
            Embedding(tokens, np.zeros((2, 3)))
    assert set(map(type, tovec.Vocabulary(np.array(["a", "b"])).tokens)) == {str}


def test_mapping_gives_tokens_their_ids_in_any_order():
    ids = {"c": 2, "a": np.int64(0), "b": 1}
    assert tovec.Vocabulary(ids).tokens == ("a", "b", "c")
    assert Embedding(ids, np.eye(3))["c"].tolist() == [0, 0, 1]
    for wrong, told in (
        ({"a": 0, "b": 2}, "no token has id 1, and the highest is 2; the ids of 2 tokens are 0 to 1"),
        ({"a": 0, "b": 0}, "tokens 'a' and 'b' both have id 0; each needs its own"),
        ({"a": -1}, "the id of token 'a' is -1, not a whole number from 0 up"),
        ({"a": 0.0}, "the id of token 'a' is 0.0, not a whole number"),
        (
            {"a": [1.0, 2.0]},
            "the id of token 'a' is .1.0, 2.0., not a whole number .* list.mapping. is its tokens",
        ),
        (Counter("aab"), "a Counter says how often tokens occur, not their ids"),
    ):
        with pytest.raises(TovecError, match=told):
            tovec.Vocabulary(wrong)


def test_from_torch_names_rows_by_ids_and_padding_rows_by_their_number():
    torch = needs("torch")
    tokenizers = needs("tokenizers")
    model = tokenizers.models.WordLevel({"[UNK]": 3, "sat": 1, "the": 0, "cat": 2}, unk_token="[UNK]")
    library = tokenizers.Tokenizer(model)
    layer = torch.nn.Embedding(6, 2)
    made = Embedding.from_torch(layer, library.get_vocab())
    assert made.vocabulary.tokens == ("the", "sat", "cat", "[UNK]", "<id 4>", "<id 5>")
    assert made.vocabulary.special == {4, 5}
    for token in ("the", "sat", "cat"):
        expected = layer.weight[library.token_to_id(token)].detach().numpy()
        np.testing.assert_array_equal(made[token], expected)
    with pytest.raises(TovecError, match="token 'sat' has id 1, past the table, whose ids end at 0"):
        Embedding.from_torch(torch.nn.Embedding(1, 2), {"the": 0, "sat": 1})
    with pytest.raises(TovecError, match="2 tokens need as many rows of vectors, not 6"):
        Embedding.from_torch(layer, ["the", "sat"])


NFD = "\u1112\u1161\u11ab\u1100\u116e\u11a8"  # 한국 in parts, as file systems and keyboards give it


def test_decomposed_token_is_found_composed_in_every_lookup():
    made = Embedding(["한국", "é", "cat", "dog"], [[1, 0], [0, 1], [1, 1], [1, 2]]).with_tokenizer("words")
    assert NFD in made
    assert made[NFD].tolist() == [1, 0]
    assert made.vocabulary.get(NFD) == 0
    assert made.ids([NFD, "e\u0301"]).tolist() == [0, 1]
    assert made.similarity(NFD, "한국") == 1
    assert made.neighbors(NFD) == made.neighbors("한국")
    assert made.neighbors("cat", among=[NFD, "dog"]) == made.neighbors("cat", among=["한국", "dog"])
    assert made.analogy([NFD], ["cat"]) == made.analogy(["한국"], ["cat"])
    assert made.doesnt_match([NFD, "cat", "dog"]) == made.doesnt_match(["한국", "cat", "dog"]).replace(
        "한국", NFD
    )
    apart = Embedding([NFD, "한국"], [[1, 0], [0, 1]])  # an exact name wins
    assert apart[NFD].tolist() == [1, 0]


def test_decomposed_token_of_a_file_is_found_by_its_composed_form():
    apart = unicodedata.normalize("NFD", "영화")
    embedding = Embedding([apart, "cafe\u0301", "Ａ"], np.eye(3))
    assert embedding.ids(["영화", "caf\u00e9", apart]).tolist() == [0, 1, 0]
    assert "영화관" not in embedding and "A" not in embedding
    both = Embedding([apart, "영화"], np.eye(2))
    assert both.ids(["영화", apart]).tolist() == [1, 0]


def test_torch_tensors_of_any_number_type_become_vectors(tmp_path):
    torch = needs("torch")
    numbers = torch.tensor([[1.5, 2.0], [3.0, -0.25]])
    for given in (numbers, numbers.bfloat16(), numbers.double(), torch.nn.Parameter(numbers), numbers.T.T):
        embedding = Embedding(["a", "b"], given)
        assert embedding[:].tolist() == numbers.tolist() and embedding["b"].dtype == np.float32
        assert [found.token for found in tovec.open(embedding.save(tmp_path / "t")).neighbors("a")] == ["b"]
    numbers[:] = 0
    assert embedding["a"].tolist() == [1.5, 2.0]


def test_get_returns_the_vector_or_the_default(clock):
    assert clock.get("three").tolist() == [1, 0]
    assert clock.get("thirteen") is None
    assert clock.get("thirteen", 7) == 7


@pytest.fixture(scope="module")
def sentences():
    return Embedding.random([f"w{i}" for i in range(50)], 8).with_tokenizer("words")


TEXTS = ["w1 w2 w2", "w3", "", "nothing known here", "w4 unknown W5!"]


def test_embed_gives_the_means_that_model2vec_gives_of_the_saved_folder(sentences, tmp_path):
    model = needs("model2vec").StaticModel.from_pretrained(sentences.save(tmp_path / "saved"))
    made = sentences.embed(TEXTS)
    assert made.shape == (5, 8)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made, model.encode(TEXTS), atol=1e-6)
    np.testing.assert_allclose(tovec.open(tmp_path / "saved").embed(TEXTS), made)
    assert not made[2:4].any()
    one = sentences.embed("w1 w2 w2")
    assert one.shape == (8,)
    np.testing.assert_array_equal(one, made[0])
    assert sentences.embed([]).shape == (0, 8)
    np.testing.assert_array_equal(sentences.embed(iter(TEXTS)), made)


def test_embed_leaves_out_the_unknown_token_as_model2vec_does(tmp_path):
    vocabulary = tovec.Vocabulary(["[UNK]", "a", "b"], unknown="[UNK]")
    made = Embedding.random(vocabulary, 4).with_tokenizer("words")
    model = needs("model2vec").StaticModel.from_pretrained(made.save(tmp_path / "saved"))
    texts = ["a b c", "c d", "a"]
    np.testing.assert_allclose(made.embed(texts), model.encode(texts), atol=1e-6)


def test_embed_is_what_sentence_transformers_gives_where_all_is_known(sentences, tmp_path):
    library = needs("sentence_transformers")
    model = library.SentenceTransformer(str(sentences.save(tmp_path / "saved")), device="cpu")
    np.testing.assert_allclose(sentences.embed(TEXTS[:2]), model.encode(TEXTS[:2]), atol=1e-6)


def test_embed_and_encode_refuse_anything_but_text(sentences):
    for call in (sentences.embed, sentences.encode):
        with pytest.raises(TovecError, match="text 2 is 3, of type int; a text is a string"):
            call(["w1", 3])
    with pytest.raises(TovecError, match="has no tokenizer"):
        sentences.with_tokenizer(None).embed(["w1"])


def test_encode_of_several_texts_is_a_list_of_ids(sentences):
    several = sentences.encode(TEXTS)
    assert [ids.tolist() for ids in several] == [sentences.encode(text).tolist() for text in TEXTS]
    assert all(ids.dtype == np.int32 for ids in several)


def test_neighbors_among_equal_all_neighbors_without_the_others(plain):
    rng = np.random.default_rng(4)
    lazy = Embedding(plain.vocabulary, DerivedTable(plain.vectors, len(plain)))
    large = Embedding.random([f"t{i}" for i in range(50_000)], 100)
    large.neighbors("t0")  # makes its codes
    for embedding in (plain, lazy, large):
        chosen = rng.choice(len(embedding), size=min(40, len(embedding)), replace=False)
        expected = [hit for hit in embedding.neighbors(3, len(embedding)) if hit.id in chosen]
        tokens = embedding.tokens(chosen)
        for among in (
            chosen,
            chosen.astype(np.int32),
            chosen.tolist(),
            tokens,
            set(tokens),
            iter([*tokens, *tokens]),
        ):
            assert embedding.neighbors(3, 7, among=among) == expected[:7]
        assert embedding.neighbors(3, 1000, among=tokens) == expected
        many = embedding.neighbors_of_each([3, embedding[5]], 4, among=chosen)
        assert many == [
            embedding.neighbors(3, 4, among=chosen),
            embedding.neighbors(embedding[5], 4, among=chosen),
        ]
    assert plain.neighbors(3, among=[]) == []
    assert plain.neighbors(3, among=[3]) == []
    with pytest.raises(UnknownToken, match="'nobody' is not in the vocabulary"):
        plain.neighbors(3, among=["nobody"])
    with pytest.raises(TovecError, match="is out of range"):
        plain.neighbors(3, among=[len(plain)])


def test_equal_rows_among_keep_vocabulary_order():
    made = Embedding(["a", "b", "c", "d"], [[1, 0], [0, 1], [0, 1], [0, 1]])
    assert [hit.token for hit in made.neighbors("a", among=["d", "b", "c"])] == ["b", "c", "d"]


def test_with_vectors_replaces_rows_and_appends_new_tokens(sentences):
    lazy = Embedding(sentences.vocabulary, DerivedTable(sentences.vectors, 50), sentences.tokenizer)
    for before in (sentences, lazy):
        kept = before[:]
        made = before.with_vectors({"w1": np.ones(8), "new": [2] * 8, 5: np.full(8, 3, dtype=np.float16)})
        assert made.vocabulary.tokens == (*before.vocabulary.tokens, "new")
        assert made["w1"].tolist() == [1] * 8
        assert made["new"].tolist() == [2] * 8
        assert made["w5"].tolist() == [3] * 8
        rest = [i for i in range(50) if i not in (1, 5)]
        np.testing.assert_array_equal(made[rest], kept[rest])
        np.testing.assert_array_equal(before[:], kept)
        assert made.encode("w1 new").tolist() == [1, 50]
        assert isinstance(made.vectors, np.ndarray)


def test_with_vectors_refuses_vectors_that_do_not_fit(sentences):
    for vectors, told in (
        ({"w1": np.ones(7)}, r"the vector of 'w1' has shape \(7,\); those of this table have \(8,\)"),
        ({"w1": ["x"] * 8}, "vectors must be numbers"),
        ({50: np.ones(8)}, "id 50 is out of range"),
        ({"w1": np.ones(8), 1: np.ones(8)}, "1 is a second name of token 'w1'; give it once"),
    ):
        with pytest.raises(TovecError, match=told):
            sentences.with_vectors(vectors)


def test_with_vectors_keeps_counts_and_can_be_saved(tmp_path):
    vocabulary = tovec.Vocabulary(["[UNK]", "a"], [3, 9], unknown="[UNK]")
    made = Embedding(vocabulary, np.eye(2)).with_tokenizer("words").with_vectors({"b": [1, 1]})
    opened = tovec.open(made.save(tmp_path / "saved"))
    assert opened.vocabulary.counts.tolist() == [3, 9, 0]
    assert opened.encode("a b c").tolist() == [1, 2, 0]


def test_numbers_of_numpy_are_numbers(clock):
    for k in (np.int64(2), np.uint8(2), np.array(2)):
        assert clock.neighbors("three", k) == clock.neighbors("three", 2)
    for row in (np.int32(1), np.uint64(1), np.array(1)):
        assert clock[row].tolist() == clock[1].tolist()
        assert clock.neighbors(row) == clock.neighbors(1)
        assert clock.similarity(row, 1) == 1
    assert clock.tokens(np.array([1, 2], dtype=np.int16)) == clock.tokens([1, 2])
    made = Embedding.random(["a"], np.int64(3), seed=np.uint32(5))
    assert made[:].tolist() == Embedding.random(["a"], 3, seed=5)[:].tolist()
    for k in (3.0, np.float64(3), True, np.True_, "3", None, np.array([3, 3])):
        with pytest.raises(BadSetting, match="k must be a whole number from 1 up"):
            clock.neighbors("three", k)
    for row in (1.0, np.float32(1), True, None):
        with pytest.raises(TovecError, match="a row is found by its token or its id, a whole number"):
            clock[row]


def test_any_iterable_of_tokens_or_ids_selects_rows(clock):
    pandas, torch = needs("pandas"), needs("torch")
    for several in (
        pandas.Series(["three", "six"]),
        torch.tensor([1, 2]),
        range(1, 3),
        {"three": 9, "six": 9}.keys(),
    ):
        np.testing.assert_array_equal(clock[several], clock[[1, 2]])
    assert clock.neighbors(torch.tensor([0.0, 5.0]), 2) == clock.neighbors([0, 5], 2)
    assert clock.neighbors(np.array("three")) == clock.neighbors("three")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda e: e.neighbors(["three"]),
            "a query is one token, id or vector, not .'three'., of type list; neighbors_of",
        ),
        (lambda e: e.similarity(["three"], "six"), "a query is one token, id or vector"),
        (lambda e: e.analogy([("three", 1.0)]), "a query is one token, id or vector, not .'three', 1.0."),
        (lambda e: e.doesnt_match("three six nine"), "tokens must be a list of at least three tokens"),
        (lambda e: e.save(None), "a file or a folder is given by its path, not by None, of type NoneType"),
        (lambda e: e.ids([3]), "a token is a string, not 3, of type int"),
        (lambda e: e.ids("three"), "tokens must be a list of tokens, not 'three'"),
        (lambda e: e[b"three"], "by its token or its id, a whole number, not by b'three'"),
        (lambda e: e[{"three"}], "by its token or its id, a whole number, not by .'three'."),
        (lambda e: e.encode(None), "a text is a string and several are a list of strings, not None"),
        (lambda e: e.embed(b"three"), "a text is a string and several are a list of strings, not b'three'"),
        (lambda e: e.with_tokenizer("words").tokenize(None), "text 1 is None, of type NoneType"),
        (
            lambda e: e.with_vectors([("a", [1, 2])]),
            "vectors are given by their tokens, {token: vector}, not as list",
        ),
        (lambda e: Embedding({"a", "b"}, np.eye(2)), r"a set has no order.*give sorted\(tokens\)"),
        (lambda e: Embedding.random(e.tokens, 3), "not a method; those of an embedding are embedding.vocab"),
        (lambda e: tovec.train({"a b", "b a"}), r"a set has no order.*give sorted\(texts\)"),
    ],
)
def test_wrong_call_is_an_error_that_says_what_to_type(clock, call, told):
    with pytest.raises(TovecError, match=told):
        call(clock)


def test_one_token_or_id_stands_for_a_list_of_one(clock):
    assert clock.analogy("three") == clock.analogy(["three"])
    assert clock.analogy(np.int64(1), 2) == clock.analogy([1], [2])
    assert clock.analogy(clock["three"]) == clock.analogy([clock["three"]])
    assert clock.doesnt_match(np.array(["three", "six", "nine"])) == clock.doesnt_match(
        ["three", "six", "nine"]
    )


def test_tokenizer_names_equal_those_of_the_command_line(clock, tmp_path):
    assert clock.with_tokenizer("whitespace").tokenize("a-b C") == ["a-b", "C"]
    assert clock.with_tokenizer(str.split).tokenize("a-b C") == ["a-b", "C"]
    file = clock.with_tokenizer("words").save(tmp_path / "saved") / "tokenizer.json"
    assert clock.with_tokenizer(file).encode("three six").tolist() == clock.ids(["three", "six"]).tolist()
    for wrong, told in (
        ("wrods", "there is no tokenizer 'wrods'; there are words"),
        ("bpe:265", "tokenizer 'bpe:265' is trained together with vectors"),
        (3, "a tokenizer is a name, a tokenizer.json or a function from text to tokens, not 3"),
    ):
        with pytest.raises(TovecError, match=told):
            clock.with_tokenizer(wrong)


def test_lazy_table_becomes_an_array_for_numpy():
    rows = np.arange(12, dtype=np.float32).reshape(4, 3)
    table = DerivedTable(rows, 4, weights=2.0)
    assert len(table) == 4
    for whole in (np.asarray(table), np.array(table), np.asarray(table, dtype=np.float64)):
        np.testing.assert_array_equal(whole, 2 * rows)
    assert np.asarray(table).dtype == np.float32
    assert np.asarray(table, dtype=np.float64).dtype == np.float64
    with pytest.raises(ValueError, match="so an array is a copy"):
        np.array(table, copy=False)
    np.testing.assert_array_equal(np.mean(table, axis=0), 2 * rows.mean(axis=0))


def test_every_class_of_a_table_is_a_lazy_table():
    for path in Path(tovec.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef):
                continue
            methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
            bases = {getattr(base, "id", "") for base in node.bases}
            if (
                node.name.endswith("Table")
                and {"__getitem__", "_take"} & methods
                and node.name != "LazyTable"
            ):
                assert "LazyTable" in bases, f"{path}: {node.name}"


def test_tokenizer_of_transformers_is_used_through_its_tokenizer_json(tmp_path):
    """Calling it gives a mapping, whose keys input_ids and attention_mask are no tokens of the text."""
    transformers, tokenizers = needs("transformers"), needs("tokenizers")
    sentences = ["the cat sat on the mat", "the dog sat on the log"] * 20
    folder = tovec.train(sentences, dim=4, epochs=1, min_count=1, sample=0).save(tmp_path / "t")
    library = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=library, unk_token="[UNK]")
    plain = tovec.open(folder)
    expected = plain.encode(sentences)
    plain.with_tokenizer(None).save(tmp_path / "none")
    for given in (library, fast, type("Own", (), {"tokenize": staticmethod(str.split)})()):
        for embedding in (plain.with_tokenizer(given), tovec.open(tmp_path / "none", given)):
            assert [ids.tolist() for ids in embedding.encode(sentences)] == [ids.tolist() for ids in expected]
        trained = tovec.train(sentences, dim=4, epochs=1, min_count=1, sample=0, tokenizer=given)
        assert set(trained.vocabulary.tokens) - {"[UNK]"} == set(plain.vocabulary.tokens)


def test_function_can_be_the_tokenizer_of_a_source(clock, tmp_path):
    clock.save(tmp_path / "clock")
    assert tovec.open(tmp_path / "clock", str.split).encode("six nine").tolist() == [2, 3]
    with pytest.raises(TovecError, match=r"a tokenizer is a name, a tokenizer\.json or a function"):
        tovec.open(tmp_path / "clock", 3)


@pytest.mark.parametrize(
    "call", [tovec.plot, tovec.view, lambda given: tovec.train([[]], continue_from=given)]
)
def test_path_instead_of_an_embedding_is_an_error_that_says_how_to_open_it(call, clock, tmp_path):
    path = clock.save(tmp_path / "clock")
    for given in (str(path), path, tovec.open_model(path)):
        with pytest.raises(TovecError, match=r"is an Embedding, such as tovec\.open\(path\) or the `input`"):
            call(given)


@pytest.mark.parametrize("given", [None, 3, b"a.vec", ["a.vec"], {"a": [1, 2]}])
def test_source_that_is_not_a_path_is_not_reported_as_missing(given):
    with pytest.raises(TovecError, match="a source is a path or hf:org/name, not "):
        tovec.open(given)

"""Embedding: lookup and torch as torch has them, neighbours and analogies as gensim has them."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from needs import needs

import tovec
from tovec.embedding import Embedding, Neighbor
from tovec.errors import BadSetting, NoDirection, TovecError, UnknownToken
from tovec.text.tokenizers import tokenizer_from_name
from tovec.text.vocabulary import Vocabulary

FOUR = ["cat", "dog", "mat", "sat"]
CLOCK = {  # hours on a clock face, so that every angle is known
    "twelve": (0, 1),
    "three": (1, 0),
    "six": (0, -1),
    "nine": (-1, 0),
    "half past one": (1, 1),
    "long three": (7, 0),
    "center": (0, 0),
}


@pytest.fixture
def clock():
    return Embedding(list(CLOCK), list(CLOCK.values()))


@pytest.fixture(scope="module")
def large():
    """A table of several blocks, some rows equal, some zero."""
    vectors = np.random.default_rng(3).standard_normal((1000, 24), dtype=np.float32)
    vectors[100:110] = vectors[5]
    vectors[500:503] = 0
    return Embedding([f"t{row}" for row in range(1000)], vectors)


@pytest.fixture(scope="module")
def plain():
    """A table without equal or zero rows, of which gensim makes a division by zero."""
    return Embedding.random([f"t{row}" for row in range(1000)], 24, seed=3)


def in_gensim(embedding):
    models = needs("gensim.models")
    vectors = models.KeyedVectors(embedding.dim)
    vectors.add_vectors(list(embedding.vocabulary), np.asarray(embedding.vectors))
    return vectors


def plain_neighbors(embedding, query, k):
    """The definition, one row at a time in Python; rows of zeros last."""
    found = []
    for row, vector in enumerate(embedding[:].astype(float).tolist()):
        lengths = math.hypot(*vector) * math.hypot(*query)
        dot = math.fsum(x * y for x, y in zip(vector, query, strict=True))
        found.append((not lengths, -np.float32(dot / lengths if lengths else 0.0), row))
    return [row for *_, row in sorted(found)[:k]]


# Making one


def test_four_words_in_three_dimensions():
    embedding = Embedding.random(FOUR, dim=3, seed=0)
    assert (len(embedding), embedding.n_tokens, embedding.dim) == (4, 4, 3)
    assert embedding.vectors.dtype == np.float32
    assert list(embedding) == FOUR
    assert "cat" in embedding and "cow" not in embedding


def test_repr_shows_size_first_tokens_number_type_place_and_origin(tmp_path):
    embedding = Embedding.random([*FOUR, "rat"], 3)
    tokens = "5 tokens × 3 dimensions: 'cat', 'dog', 'mat', 'sat', …"
    assert repr(embedding) == f"Embedding({tokens}; float32 in memory, random)"
    half = Embedding(embedding.vocabulary, embedding.vectors.astype(np.float16))
    assert repr(half) == f"Embedding({tokens}; float16 in memory)"
    opened = tovec.open(half.save(tmp_path / "half.npy", dtype="f16"))
    assert repr(opened) == f"Embedding({tokens}; float16 read on demand, npy, half.npy)"


def test_equal_seeds_give_equal_bytes_and_others_do_not():
    one, same, other = (Embedding.random(FOUR, 3, seed).vectors for seed in (7, 7, 8))
    assert one.tobytes() == same.tobytes() != other.tobytes()


def test_random_is_the_normal_distribution_torch_starts_from():
    torch = needs("torch")
    ours = Embedding.random(map(str, range(20_000)), 50, seed=1).vectors
    torch.manual_seed(1)
    theirs = torch.nn.Embedding(20_000, 50).weight.detach().numpy()
    n = ours.size
    for values in (ours, theirs):  # five standard errors: 1/sqrt(n) of a mean, 1/sqrt(2n) of a deviation
        assert abs(values.mean()) < 5 / n**0.5
        assert abs(values.std() - 1) < 5 / (2 * n) ** 0.5
    quantiles = np.linspace(0.001, 0.999, 50)
    assert np.abs(np.quantile(ours, quantiles) - np.quantile(theirs, quantiles)).max() < 0.02


@pytest.mark.parametrize("dim", [0, -3, 2.0, True])
def test_dim_that_is_not_a_positive_whole_number_is_refused(dim):
    with pytest.raises(BadSetting, match="dim must be a whole number from 1 up, not"):
        Embedding.random(FOUR, dim)


def test_a_negative_seed_is_refused():
    with pytest.raises(BadSetting, match="seed must be a whole number from 0 up, not -1"):
        Embedding.random(FOUR, 3, seed=-1)


@pytest.mark.parametrize(
    ("tokens", "vectors", "message"),
    [
        (FOUR, np.zeros((5, 3)), "4 tokens need as many rows of vectors, not 5"),
        (FOUR, np.zeros(4), r"a table of \(n_tokens, dim\) numbers, not of shape \(4,\)"),
        (FOUR, np.zeros((4, 0)), "dim must be a whole number from 1 up, not 0"),
        (FOUR, [[1, 2], [3, 4], [5, 6], [7]], "the same length"),
        (["cat"], [["furry"]], "vectors must be numbers"),
        (["cat"], [[1 + 2j]], "vectors must be numbers, not complex"),
        (["cat", "cat"], [[1], [2]], "'cat' stands in the vocabulary more than once"),
        ("cat dog", np.zeros((7, 3)), "tokens must be a list of tokens, not 'cat dog'"),
    ],
)
def test_vectors_that_do_not_fit_the_tokens_are_refused(tokens, vectors, message):
    with pytest.raises(TovecError, match=message):
        Embedding(tokens, vectors)


def test_float32_and_float16_are_not_copied_and_other_numbers_become_float32():
    for dtype in (np.float32, np.float16):
        table = np.ones((2, 3), dtype)
        assert np.shares_memory(Embedding(["a", "b"], table).vectors, table)
    assert Embedding(["a", "b"], np.ones((2, 3))).vectors.dtype == np.float32
    assert Embedding(["a", "b"], [[1, 2], [3, 4]]).vectors.dtype == np.float32


def test_an_embedding_without_tokens_has_no_neighbors():
    empty = Embedding([], np.empty((0, 3), np.float32))
    assert len(empty) == 0
    assert empty.neighbors([1, 2, 3]) == []
    assert empty[[]].shape == (0, 3)


# Lookup


def test_lookup_is_a_one_hot_vector_times_the_table():
    embedding = Embedding.random(FOUR, 3, seed=4)
    for row, token in enumerate(FOUR):
        one_hot = np.zeros(4, dtype=np.float32)
        one_hot[row] = 1
        np.testing.assert_array_equal(embedding[token], one_hot @ embedding.vectors)


def test_lookup_equals_torch_nn_embedding():
    torch = needs("torch")
    embedding = Embedding.random(FOUR, 3, seed=4)
    module = embedding.to_torch()
    for ids in ([2], [0, 3, 3], [[0, 1], [2, 3]]):
        expected = module(torch.tensor(ids)).detach().numpy()
        np.testing.assert_array_equal(embedding[np.array(ids)], expected)


def test_every_kind_of_key_gives_the_same_rows():
    embedding = Embedding.random(FOUR, 3)
    table = np.asarray(embedding.vectors)
    for key, expected in [
        ("dog", table[1]),
        (3, table[3]),
        (np.int32(3), table[3]),
        (["cat", "dog"], table[:2]),
        (("cat", 3), table[[0, 3]]),
        ([0, 1], table[:2]),
        (np.array([1, 1], np.uint16), table[[1, 1]]),
        (np.array(["mat"]), table[[2]]),
        (slice(1, 3), table[1:3]),
        (slice(-1, None), table[-1:]),
        (slice(None, None, -1), table[::-1]),
        ([], table[:0]),
    ]:
        np.testing.assert_array_equal(embedding[key], expected)
        assert embedding[key].dtype == np.float32


def test_changing_returned_vectors_does_not_change_the_table():
    embedding = Embedding.random(FOUR, 3)
    before = np.array(embedding.vectors)
    for key in ("cat", 0, ["cat"], slice(0, 4)):
        embedding[key][...] = 99
    np.testing.assert_array_equal(embedding.vectors, before)


class View:
    """Rows of an array, made when asked for; a slice shares memory with it, as a map of a file does."""

    dtype = np.dtype(np.float16)

    def __init__(self, rows):
        self.shape = rows.shape
        self.rows = rows

    def __getitem__(self, wanted):
        return self.rows[wanted]


@given(
    st.sampled_from([np.float16, np.float32]),
    *[st.none() | st.integers(-12, 12)] * 2,
    st.none() | st.integers(-4, 4).filter(bool),
    st.integers(1, 30),
)
def test_a_slice_of_a_view_is_a_new_array_whatever_the_blocks(dtype, start, stop, step, block):
    rows = np.arange(30).reshape(10, 3).astype(dtype)
    embedding = Embedding(map(str, range(10)), View(rows))
    wanted = slice(start, stop, step)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tovec.vectors.table.BLOCK_NUMBERS", block)
        found = embedding[wanted]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, rows[wanted])
    assert not np.shares_memory(found, rows)


@pytest.mark.parametrize("key", [4, -1, np.int64(-1), [0, 4], np.array([0, -1])])
def test_an_id_out_of_range_is_refused_with_the_range(key):
    with pytest.raises(TovecError, match=r"id (4|-1) is out of range; ids run from 0 to 3"):
        Embedding.random(FOUR, 3)[key]


@pytest.mark.parametrize("key", [True, 1.0, None, [True], [0.0], np.array([0.5]), np.array([True]), b"cat"])
def test_a_key_that_is_neither_token_nor_id_is_refused(key):
    with pytest.raises(TovecError, match="found by its token or its id, a whole number, not by"):
        Embedding.random(FOUR, 3)[key]


def test_an_unknown_token_is_refused_with_the_nearest_spellings():
    with pytest.raises(UnknownToken, match="token 'cats' is not in the vocabulary; nearest spellings: 'cat'"):
        Embedding.random(FOUR, 3)["cats"]


def test_ids_and_tokens_are_inverse():
    embedding = Embedding.random(FOUR, 3)
    assert embedding.ids(["sat", "cat"]).tolist() == [3, 0]
    assert embedding.ids(["sat"]).dtype == np.int32
    assert embedding.tokens([3, 0]) == ["sat", "cat"]
    with pytest.raises(TovecError, match="id 4 is out of range"):
        embedding.tokens([4])
    with pytest.raises(
        TovecError, match="tokens gives the tokens of ids; tokenize splits a text such as 'cat'"
    ):
        embedding.tokens("cat")


def test_text_becomes_tokens_and_ids_and_unknown_tokens_have_no_id():
    embedding = Embedding.random(FOUR, 3, tokenizer=tokenizer_from_name("words"))
    assert embedding.tokenize("The cat sat.") == ["the", "cat", "sat"]
    assert embedding.encode("The cat sat.").tolist() == [0, 3]
    assert embedding.encode("").dtype == np.int32


def test_unknown_tokens_become_the_unknown_token_of_the_vocabulary():
    vocabulary = Vocabulary(["cat", "<unk>"], unknown="<unk>")
    embedding = Embedding.random(vocabulary, 3, tokenizer=tokenizer_from_name("words"))
    assert embedding.encode("a cat").tolist() == [1, 0]


def test_text_without_a_tokenizer_is_refused():
    with pytest.raises(TovecError, match="has no tokenizer"):
        Embedding(FOUR, np.eye(4)).encode("cat")


def test_random_table_gets_the_simplest_tokenizer_that_does_not_split_its_tokens():
    assert Embedding.random(FOUR, 3).encode("The Cat sat!").tolist() == [0, 3]
    assert Embedding.random(["Cat", "New-York"], 3).encode("New-York cat").tolist() == [1]


# torch


def test_to_torch_shares_memory_and_neighbors_follow_its_training():
    torch = needs("torch")
    embedding = Embedding(FOUR, np.eye(4, dtype=np.float32))
    embedding.neighbors("cat")  # caches the norms of the rows as they are now
    module = embedding.to_torch()
    assert module.weight.requires_grad and not embedding.to_torch(freeze=True).weight.requires_grad
    with torch.no_grad():
        module.weight[1:3] = torch.tensor([[0.25, 0, 0, 0], [1, 1, 0, 0]])
    assert embedding["dog"].tolist() == [0.25, 0, 0, 0]
    assert embedding.neighbors("cat", 1) == [Neighbor("dog", 1, 1.0)]


def test_to_torch_copies_what_torch_cannot_share():
    needs("torch")
    table = np.arange(12, dtype=np.float32).reshape(4, 3)
    read_only = table.copy()
    read_only.flags.writeable = False
    for vectors in (read_only, table.astype(np.float16), table[::-1]):
        weight = Embedding(FOUR, vectors).to_torch().weight.detach().numpy()
        assert not np.shares_memory(weight, vectors)
        np.testing.assert_array_equal(weight, vectors)


def test_from_torch_shares_the_module_s_memory():
    torch = needs("torch")
    module = torch.nn.Embedding(4, 3)
    embedding = Embedding.from_torch(module, FOUR)
    embedding.neighbors("cat")
    with torch.no_grad():
        module.weight[:] = 1.0
    assert [hit.similarity for hit in embedding.neighbors("cat")] == [1.0, 1.0, 1.0]
    half = Embedding.from_torch(module.to(torch.bfloat16), FOUR)
    assert half.vectors.dtype == np.float32


def test_from_torch_refuses_another_number_of_tokens():
    torch = needs("torch")
    with pytest.raises(TovecError, match="3 tokens need as many rows of vectors, not 4"):
        Embedding.from_torch(torch.nn.Embedding(4, 3), FOUR[:3])


# Neighbours


def test_without_components_returns_a_new_embedding_of_the_same_tokens(large):
    made = Embedding(large.vocabulary, large.vectors, tokenizer_from_name("words"), provenance={"by": "hand"})
    left = made.without_components(2)
    assert left.vocabulary is made.vocabulary and left.tokenizer is made.tokenizer
    assert left.provenance == {"by": "hand", "removed_components": 2}
    assert isinstance(left.vectors, np.ndarray) and left.vectors.dtype == np.float32
    assert not left[500:503].any() and large.vectors[0].any()
    used = np.delete(left[:], slice(500, 503), axis=0)
    np.testing.assert_allclose(used.mean(axis=0), 0, atol=1e-6)
    assert np.linalg.matrix_rank(used, tol=1e-3) == 22
    half = Embedding(large.vocabulary, large.vectors.astype(np.float16)).without_components(2)
    assert half.vectors.dtype == np.float32
    np.testing.assert_allclose(half[:], left[:], atol=2e-2)


def test_without_components_of_a_file_reads_rows_on_demand(large, tmp_path):
    opened = tovec.open(large.save(tmp_path / "large.npy"))
    left = opened.without_components(1)
    assert not isinstance(left.vectors, np.ndarray)
    np.testing.assert_allclose(left["t7"], large.without_components(1)["t7"], atol=1e-6)
    assert [hit.token for hit in left.neighbors("t7")] == [
        hit.token for hit in large.without_components(1).neighbors("t7")
    ]


@pytest.mark.parametrize("n", [-1, 1.5, "two", 24])
def test_components_that_a_table_does_not_have_are_refused(large, n):
    with pytest.raises(BadSetting, match=r"^n must be (a whole number from 0 up|below 24), .*not "):
        large.without_components(n)


def test_neighbors_on_a_clock_face(clock):
    half = pytest.approx(math.sqrt(0.5))
    assert clock.neighbors("three", 3) == [
        Neighbor("long three", 5, 1.0),
        Neighbor("half past one", 4, half),
        Neighbor("twelve", 0, 0.0),  # as far as six, and first in the vocabulary
    ]
    assert clock.neighbors("three")[-2:] == [Neighbor("nine", 3, -1.0), Neighbor("center", 6, 0.0)]
    assert [hit.token for hit in clock.neighbors([0, 5], 2)] == ["twelve", "half past one"]


@pytest.mark.parametrize(
    ("token", "why"), [("zero", "is all zeros"), ("nan", "holds NaN"), ("inf", "holds infinity")]
)
def test_a_row_without_direction_has_no_neighbors_and_says_why(token, why):
    rows = {"good": [1, 0], "zero": [0, 0], "nan": [math.nan, 1], "inf": [1, -math.inf], "far": [-1, 0]}
    embedding = Embedding([*rows], list(rows.values()))
    message = f"token {token!r} has no direction: its row {why}"
    for ask in (
        lambda: embedding.neighbors(token),
        lambda: embedding.neighbors(embedding.vocabulary.id(token)),
        lambda: embedding.neighbors_of_each(["good", token]),
        lambda: embedding.analogy(["good", token], ["far"]),
        lambda: embedding.analogy(["good"], [token]),
    ):
        with pytest.raises(NoDirection, match=f"^{message}$"):
            ask()
    with pytest.raises(NoDirection, match=f"needs a direction; this one {why}"):
        embedding.neighbors(embedding[token])
    assert embedding.similarity(token, "good") == embedding.similarity(token, token) == 0.0


def test_rows_without_direction_come_after_all_others():
    rows = {"zero": [0, 0], "good": [1, 0], "nan": [math.nan, 1], "inf": [math.inf, 1], "far": [-1, 0]}
    embedding = Embedding([*rows], list(rows.values()))
    for found in (embedding.neighbors("good"), embedding.neighbors_of_each(["good"])[0]):
        pairs = [(hit.token, hit.similarity) for hit in found]
        assert pairs == [("far", -1.0), ("zero", 0.0), ("nan", 0.0), ("inf", 0.0)]
    assert [hit.token for hit in embedding.neighbors([1, 0], 2)] == ["good", "far"]


def test_a_sum_of_vectors_that_cancel_out_has_no_neighbors(clock):
    with pytest.raises(NoDirection, match="cancel out: their sum is all zeros"):
        clock.analogy(["three"], ["three"])


def test_neighbors_of_very_long_and_very_short_vectors_are_exact():
    table = np.array([[3e38, 3e38], [1e-44, 0], [1e-30, 1e-30], [-2e38, 0], [1, 1]], dtype=np.float32)
    embedding = Embedding(list("abcde"), table)
    found = [(hit.token, round(hit.similarity, 6)) for hit in embedding.neighbors("a")]
    assert found == [("c", 1.0), ("e", 1.0), ("b", 0.707107), ("d", -0.707107)]
    # In float32 the product with the first row overflows, and that of the second is zero.
    for row, nearest_first in ([[3e38, 2e38], "ba"], [[1e-45, 0], "ba"]):
        pair = Embedding(["a", "b"], np.array([row, [1, 1]], dtype=np.float32))
        assert [hit.token for hit in pair.neighbors([1, 1], 1)] == [nearest_first[0]]


def test_a_query_vector_must_fit_and_be_finite(clock):
    with pytest.raises(TovecError, match=r"has shape \(2,\), not \(3,\)"):
        clock.neighbors([1, 2, 3])
    with pytest.raises(NoDirection, match="a vector to search for needs a direction; this one holds NaN"):
        clock.neighbors([math.nan, 1])


def test_k_past_the_vocabulary_returns_all_the_others_and_below_one_is_refused(clock):
    assert len(clock.neighbors("six", 100)) == len(clock) - 1
    assert len(clock.neighbors([1, 0], 100)) == len(clock)
    with pytest.raises(BadSetting, match="k must be a whole number from 1 up, not 0"):
        clock.neighbors("six", 0)


def test_neighbors_equal_those_of_gensim(plain):
    oracle = in_gensim(plain)
    for token in ("t0", "t7", "t999"):
        ours = plain.neighbors(token, 20)
        theirs = oracle.most_similar(token, topn=20)
        assert [hit.token for hit in ours] == [name for name, _ in theirs]
        np.testing.assert_allclose([hit.similarity for hit in ours], [s for _, s in theirs], atol=2e-6)


def test_neighbors_equal_the_definition_whatever_the_blocks(large, monkeypatch):
    for numbers in (1 << 21, 24 * 7, 1):
        monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", numbers)
        for query in (large["t5"], large["t0"] - large["t1"]):
            expected = plain_neighbors(large, query.tolist(), 30)
            assert [hit.id for hit in large.neighbors(query, 30)] == expected


def test_equal_rows_are_equally_similar_and_in_vocabulary_order(large):
    found = large.neighbors("t5", 6)
    assert [hit.id for hit in found] == [100, 101, 102, 103, 104, 105]
    assert {hit.similarity for hit in found} == {1.0}


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 5).flatmap(
        lambda dim: st.lists(
            st.lists(st.integers(-3, 3), min_size=dim, max_size=dim), min_size=1, max_size=30
        )
    ),
    st.integers(1, 40),
)
def test_neighbors_equal_the_definition_on_small_tables_full_of_ties(rows, k):
    assume(any(rows[0]))
    embedding = Embedding(map(str, range(len(rows))), rows)
    expected = plain_neighbors(embedding, rows[0], k)
    assert [hit.id for hit in embedding.neighbors(rows[0], k)] == expected


def test_float16_and_lazy_tables_have_the_neighbors_of_their_float32_rows(large):
    class Lazy:
        """Rows that are made when asked for."""

        shape, dtype = large.vectors.shape, np.dtype(np.float16)

        def __getitem__(self, rows):
            return half[rows]

    half = large.vectors.astype(np.float16)
    expected = Embedding(large.vocabulary, half.astype(np.float32)).neighbors("t3", 10)
    for vectors in (half, Lazy()):
        embedding = Embedding(large.vocabulary, vectors)
        assert embedding.neighbors("t3", 10) == expected
        np.testing.assert_array_equal(embedding[[1, 2]], half[1:3].astype(np.float32))


def test_many_queries_at_once_equal_one_at_a_time(large, monkeypatch):
    monkeypatch.setattr("tovec.search.exact.MAX_SCORES", 3000)  # three queries at a time
    ids = range(0, 40, 4)
    assert large.neighbors_of_each(ids, 5) == [large.neighbors(row, 5) for row in ids]


def test_many_queries_may_be_tokens_ids_and_vectors(clock):
    queries = ["three", 4, [0, 5], np.int32(1)]
    assert clock.neighbors_of_each(queries, 3) == [clock.neighbors(query, 3) for query in queries]
    assert clock.neighbors_of_each(clock[:2], 3) == [clock.neighbors(row, 3) for row in clock[:2]]
    assert clock.neighbors_of_each(np.array([1, 0]), 3) == [clock.neighbors(1, 3), clock.neighbors(0, 3)]
    assert clock.neighbors_of_each("six", 2) == [clock.neighbors("six", 2)]
    assert clock.neighbors_of_each([]) == []


def test_wrong_queries_among_many_are_refused_as_a_single_one(clock):
    with pytest.raises(UnknownToken, match="'noon'"):
        clock.neighbors_of_each(["six", "noon"])
    with pytest.raises(BadSetting, match="k must be a whole number from 1 up, not 0"):
        clock.neighbors_of_each([], 0)
    with pytest.raises(NoDirection, match="this one holds infinity"):
        clock.neighbors_of_each([[math.inf, 0]])


@pytest.mark.parametrize("many", [True, False])
def test_single_queries_cache_a_quarter_of_the_table_and_many_at_once_nothing(many):
    import tracemalloc

    embedding = Embedding.random(map(str, range(400_000)), 64)
    ask = (lambda: embedding.neighbors_of_each(["7"])) if many else (lambda: embedding.neighbors("7"))
    Embedding.random(map(str, range(70_000)), 64).neighbors("7")  # loops are compiled by now
    tracemalloc.start()
    ask()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    table = embedding.vectors.nbytes
    assert kept < (0.04 if many else 0.29) * table
    assert peak < (0.25 if many else 0.4) * table


# Similarity, analogy, the odd one out


def test_similarity_is_the_cosine_and_symmetric(clock, large):
    assert clock.similarity("three", "half past one") == pytest.approx(math.sqrt(0.5))
    assert clock.similarity("three", "long three") == 1.0
    assert clock.similarity("three", [-2, 0]) == -1.0
    assert large.similarity("t1", "t2") == large.similarity("t2", 1)
    assert large.similarity("t1", "t2") == pytest.approx(
        float(in_gensim(large).similarity("t1", "t2")), abs=1e-6
    )


def test_analogy_on_a_grid():
    grid = Embedding(
        ["man", "woman", "king", "queen", "tree"], [[1, 0, 5], [1, 3, 5], [4, 0, 5], [4, 3, 5], [0, 0, 1]]
    )
    assert grid.analogy(["king", "woman"], ["man"], k=1)[0].token == "queen"


@pytest.mark.parametrize(
    ("positive", "negative"),
    [(["t3", "t4"], ["t9"]), (["t1"], []), (["t1", "t2", "t8"], ["t4", "t5"]), ([], ["t6"])],
)
def test_analogies_equal_those_of_gensim(plain, positive, negative):
    ours = plain.analogy(positive, negative, k=15)
    theirs = in_gensim(plain).most_similar(positive=positive, negative=negative, topn=15)
    assert [hit.token for hit in ours] == [name for name, _ in theirs]
    np.testing.assert_allclose([hit.similarity for hit in ours], [s for _, s in theirs], atol=2e-6)
    everything = plain.analogy(positive, negative, k=2000)
    assert len(everything) == 1000 - len({*positive, *negative})


def test_an_analogy_takes_one_token_ids_and_vectors(clock):
    assert clock.analogy("three", k=1)[0].token == "long three"
    assert clock.analogy([1, np.array([-1.0, 0.0])], [3], k=2) == clock.analogy(["three"], k=10)[:2]


def test_an_analogy_without_words_is_refused(clock):
    with pytest.raises(BadSetting, match="positive and negative must be at least one token between them"):
        clock.analogy([])


def test_odd_one_out_equals_that_of_gensim(clock, large):
    assert clock.doesnt_match(["three", "half past one", "six", "long three"]) == "six"
    oracle = in_gensim(large)
    for start in range(0, 60, 6):
        tokens = [f"t{row}" for row in range(start, start + 6)]
        assert large.doesnt_match(tokens) == oracle.doesnt_match(tokens)


def test_the_odd_one_out_of_two_is_refused(clock):
    with pytest.raises(BadSetting, match="tokens must be a list of at least three tokens"):
        clock.doesnt_match(["three", "six"])


def test_doesnt_match_says_where_a_token_has_no_direction(clock):
    other = clock.with_vectors({"three": np.zeros(clock.dim)})
    with pytest.raises(NoDirection, match="token 'three' has no direction: its row is all zeros"):
        other.doesnt_match(["three", "six", "nine"])


def test_lookup_and_search_use_the_vectors_and_ngrams_that_are_there_now():
    embedding = Embedding(["a", "b", "c"], [[1, 0], [1, 0.1], [0, 1]])
    assert embedding.neighbors("a", 1)[0].token == "b"
    embedding.vectors = np.array([[1, 0], [0, 1], [1, 0.1]], np.float32)
    assert embedding["b"].tolist() == [0, 1]
    assert embedding.neighbors("a", 1)[0].token == "c"
    embedding.ngrams = tovec.NgramTable(tovec.NgramRule(buckets=9), np.ones((9, 2), np.float32))
    assert embedding["abc"].tolist() == [1, 1]
    embedding.ngrams = None
    with pytest.raises(UnknownToken):
        embedding["abc"]

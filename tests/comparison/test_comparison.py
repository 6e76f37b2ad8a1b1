"""What moved between two tables, found exactly whatever else happened to them."""

import numpy as np
import pytest

import tovec
from tovec.comparison.coordinates import Kind
from tovec.vectors.number_types import NUMBER_TYPES

N_TOKENS, DIM, N_MOVED = 10_000, 64, 20
TOKENS = [f"w{row}" for row in range(N_TOKENS)]


@pytest.fixture(scope="module")
def before():
    rng = np.random.default_rng(0)
    table = rng.standard_normal((N_TOKENS, DIM)) * rng.uniform(0.5, 2.0, (N_TOKENS, 1))
    return table.astype(np.float32)


def moved_by(before, share, seed=1):
    """Return a copy in which 20 rows moved by `share` of their length, and which."""
    rng = np.random.default_rng(seed)
    rows = rng.choice(N_TOKENS, N_MOVED, replace=False)
    away = rng.standard_normal((N_MOVED, DIM))
    away *= (
        share
        * np.linalg.norm(before[rows], axis=1, keepdims=True)
        / np.linalg.norm(away, axis=1, keepdims=True)
    )
    after = before.copy()
    after[rows] += away.astype(np.float32)
    return after, {TOKENS[row] for row in rows.tolist()}


def in_bf16(table):
    bits = table.view(np.uint32).astype(np.uint64)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return BF16(rounded)


class BF16:
    """A lazy table as one opened from a file of bfloat16."""

    dtype = np.dtype(np.float32)
    type_name = "BF16"

    def __new__(cls, halves):
        from tovec.vectors.stored import StoredTable

        return StoredTable(halves.view(np.uint8), NUMBER_TYPES["BF16"], halves.shape[1])


STORED = {
    "float32": lambda table: table,
    "float16": lambda table: table.astype(np.float16),
    "bfloat16": in_bf16,
}


def found(before, after, **options):
    comparison = tovec.compare(
        tovec.Embedding(TOKENS, before), tovec.Embedding(TOKENS, after), sample=100, **options
    )
    return comparison, {each.token for each in comparison.results}


@pytest.mark.parametrize(
    ("stored", "scale", "share"),
    [*((stored, scale, 0.01) for stored in STORED for scale in (1.0, 0.98)), ("bfloat16", 0.98, 1.0)],
)
def test_twenty_moved_rows_are_found_exactly(before, stored, scale, share):
    after, moved = moved_by(before, share)
    comparison, tokens = found(before, STORED[stored](after * np.float32(scale)))
    assert tokens == moved
    assert comparison.scale == pytest.approx(scale, rel=1e-5)
    assert comparison.coordinates.kind is Kind.SHARED
    movements = [each.movement for each in comparison.results]
    assert movements == sorted(movements, reverse=True)


def test_both_may_be_rounded(before):
    after, moved = moved_by(before, 0.01)
    assert found(in_bf16(before), in_bf16(after * np.float32(0.98)))[1] == moved


@pytest.mark.parametrize("form", ["%.6f", "%.5f", "%.6g"])
def test_a_table_that_was_written_as_text_is_off_by_its_digits(before, form):
    written = np.array([[float(form % number) for number in row] for row in before], dtype=np.float32)
    after, moved = moved_by(before, 0.01)
    for one, other in ((written, after), (before, moved_by(written, 0.01)[0]), (written, before)):
        comparison, tokens = found(one, other)
        assert tokens == (moved if other is not before else set())
        assert comparison.noise_from == f"half a step of float32 and {form}"


def test_codes_of_8_bits_are_off_by_half_a_code(before, tmp_path):
    for name, table in (("same", before), ("moved", moved_by(before, 1.0)[0])):
        tovec.Embedding(TOKENS, table).save(tmp_path / name, dtype="int8")
    codes = [tovec.open(tmp_path / name).vectors for name in ("same", "moved")]
    assert not found(before, codes[0])[1]
    assert found(before, codes[1])[1] == found(*codes)[1] == moved_by(before, 1.0)[1]


@pytest.mark.parametrize("share_moved", [0.6, 0.9])
def test_rows_that_only_shrank_are_unmoved_however_many_moved(before, share_moved):
    rng = np.random.default_rng(2)
    n = int(share_moved * N_TOKENS)
    rows = rng.choice(N_TOKENS, n, replace=False)
    after = before * np.float32(0.98)
    after[rows] = after[rows] * 0.9 + 0.3 * rng.standard_normal((n, DIM))  # least squares would follow these
    comparison, tokens = found(before, after.astype(np.float32))
    assert comparison.scale == pytest.approx(0.98, rel=1e-6)
    assert tokens == {TOKENS[row] for row in rows.tolist()}


def test_decay_that_was_rounded_at_each_step_is_no_movement(before):
    """As torch's AdamW multiplies a float32 parameter, thousands of times by nearly 1."""
    after, moved = moved_by(before, 0.01)
    for _ in range(3_000):
        after *= np.float32(1 - 1e-5 * 0.01)
    comparison, tokens = found(before, after)
    assert 0.999 < comparison.scale < 1.0
    assert tokens == moved


def test_all_rows_may_have_moved(before):
    rng = np.random.default_rng(3)
    after = 1.7 * before + 0.2 * rng.standard_normal(before.shape).astype(np.float32)
    comparison, tokens = found(before, after.astype(np.float32))
    assert len(tokens) == N_TOKENS
    assert comparison.scale == pytest.approx(1.7, rel=1e-2)


def test_movement_and_cosine_are_those_of_numpy(before, monkeypatch):
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 999 * DIM)  # many blocks, the last one shorter
    after, _ = moved_by(before, 0.5)
    after = (0.9 * after).astype(np.float32)
    comparison, _ = found(before, after)
    wide_a, wide_b = before.astype(float), after.astype(float)
    length = np.linalg.norm(wide_b, axis=1).mean()
    movement = np.linalg.norm(comparison.scale * wide_a - wide_b, axis=1) / length
    np.testing.assert_allclose(comparison.movement, movement, rtol=1e-5, atol=1e-12)
    cosine = (wide_a * wide_b).sum(axis=1) / np.linalg.norm(wide_a, axis=1) / np.linalg.norm(wide_b, axis=1)
    np.testing.assert_allclose(comparison.cosine, cosine, rtol=1e-6)


def test_a_table_of_another_order_with_fifty_more_tokens(before):
    after, moved = moved_by(before, 0.01)
    rng = np.random.default_rng(4)
    order = rng.permutation(N_TOKENS + 50)
    tokens = np.array([*TOKENS, *(f"new{row}" for row in range(50))])[order].tolist()
    table = np.concatenate([after, rng.standard_normal((50, DIM)).astype(np.float32)])[order]
    comparison = tovec.compare(tovec.Embedding(TOKENS, before), tovec.Embedding(tokens, table), sample=50)
    assert {each.token for each in comparison.results} == moved
    assert len(comparison.matching.added) == 50
    for each in comparison.results:
        assert TOKENS[each.id_a] == tokens[each.id_b] == each.token


def test_tables_of_two_spaces_are_rotated_onto_each_other(before):
    from scipy.linalg import orthogonal_procrustes
    from scipy.stats import ortho_group

    after, moved = moved_by(before, 1.0)
    turn = ortho_group.rvs(DIM, random_state=5)
    turned = ((after @ turn) * 3 + 0.7).astype(np.float32)
    comparison, _ = found(before, turned)
    assert comparison.coordinates.kind is Kind.ROTATED
    assert comparison.coordinates.cosine < 0.1 < 0.99 < comparison.coordinates.rotated
    assert comparison.scale == pytest.approx(3, rel=1e-3)
    order = np.argsort(-comparison.movement)[:N_MOVED]
    assert {TOKENS[row] for row in order.tolist()} == moved
    center = before - before.mean(axis=0), turned - turned.mean(axis=0)
    rotation, _ = orthogonal_procrustes(*center)
    np.testing.assert_allclose(comparison.coordinates.map.rotation, rotation, atol=2e-3)
    still = np.setdiff1d(np.arange(N_TOKENS), order)
    np.testing.assert_allclose(comparison.aligned[still[:100]], turned[still[:100]], atol=0.1)


@pytest.mark.parametrize("turned", [False, True])
def test_twenty_moved_rows_are_found_exactly_in_a_rotated_table(before, turned):
    from scipy.stats import ortho_group

    turn = ortho_group.rvs(DIM, random_state=5) if turned else -np.eye(DIM)
    after, moved = moved_by(before, 0.01)
    comparison, tokens = found(before, (after.astype(np.float64) @ turn).astype(np.float32))
    assert comparison.coordinates.kind is Kind.ROTATED
    assert tokens == moved


def test_rows_without_a_direction_do_not_decide_about_coordinates(before):
    after, moved = moved_by(before, 0.01)
    after[: N_TOKENS // 2] = 0
    after[N_TOKENS // 2 : 19 * N_TOKENS // 20] = np.nan
    comparison, tokens = found(before, after)
    assert comparison.coordinates.kind is Kind.SHARED
    assert comparison.coordinates.cosine > 0.99
    assert moved - set(TOKENS[: 19 * N_TOKENS // 20]) <= tokens


def test_of_few_tokens_all_decide_about_coordinates():
    """Not every fifth alone, which of four is the first: the one that moved."""
    names, table = ["a", "b", "c", "d"], np.eye(4, 6, dtype=np.float32)
    after = table.copy()
    after[0] = -table[0]
    comparison = tovec.compare(tovec.Embedding(names, table), tovec.Embedding(names, after))
    assert (comparison.coordinates.kind, comparison.coordinates.n_held_out) == (Kind.SHARED, 4)
    assert [each.token for each in comparison.results] == ["a"]


def test_tables_without_anything_in_common_are_called_so(before):
    other = np.random.default_rng(6).standard_normal(before.shape).astype(np.float32)
    comparison, _ = found(before, other)
    assert comparison.coordinates.kind is Kind.UNRELATED
    assert "means nothing" in comparison.coordinates.line
    assert comparison.overlap.share < 0.05


def test_coordinates_that_are_given_are_taken(before):
    other = np.random.default_rng(6).standard_normal(before.shape).astype(np.float32)
    assert found(before, other, coordinates="shared")[0].coordinates.kind is Kind.SHARED
    comparison, _ = found(before, before * np.float32(2), coordinates="rotated")
    assert comparison.coordinates.kind is Kind.ROTATED
    np.testing.assert_allclose(comparison.coordinates.map.rotation, np.eye(DIM), atol=1e-5)


def test_an_equal_table_is_recognized_by_its_bytes(before):
    comparison, tokens = found(before, before.copy())
    assert comparison.is_equal
    assert not tokens
    changed = before.copy()
    changed[5, 5] = np.nextafter(changed[5, 5], np.float32(np.inf))
    assert not found(before, changed)[0].is_equal


def test_rows_that_are_not_finite_are_neither_moved_nor_unmoved(before):
    after, moved = moved_by(before, 0.01)
    broken = next(row for row in range(N_TOKENS) if TOKENS[row] not in moved)
    after[broken, 3] = np.nan
    comparison, tokens = found(before, after)
    assert tokens == moved
    assert comparison.not_finite.tolist() == [broken]
    assert np.isnan(comparison.movement[broken])
    with pytest.raises(tovec.TovecError, match=r"every row .* NaN"):
        found(before, np.full_like(before, np.nan))


def test_a_few_tokens_by_hand():
    before = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [0, 2], [0, 1]])
    after = tovec.Embedding(["dog", "cat"], [[0, 2], [0, 1]])
    comparison = tovec.compare(before, after)
    (cat,) = comparison.results
    assert (cat.token, cat.id_a, cat.id_b, cat.cosine) == ("cat", 0, 1, 0.0)
    assert cat.movement == pytest.approx(np.sqrt(2) / 1.5)  # the mean length is 1.5
    assert comparison.matching.removed.tolist() == [2]
    assert comparison.scale == 1.0


def test_neighbors_that_left_and_joined():
    names = ["q", "a", "b", "c", "d"]
    before = tovec.Embedding(names, [[1, 0], [1, 0.1], [1, 0.2], [0, 1], [-1, 0]])
    after = tovec.Embedding(names, [[0, 1], [1, 0.1], [1, 0.2], [0, 1], [-1, 0]])
    (moved,) = tovec.compare(before, after, k=2).results
    assert moved.token == "q"
    assert [(each.token, each.rank_a, each.rank_b) for each in moved.neighbors] == [
        ("a", 1, 3),
        ("b", 2, 2),
        ("c", 3, 1),
    ]
    assert (moved.kept, moved.left, moved.joined) == (1, ["a"], ["c"])


def test_overlap_of_a_sample_is_near_to_that_of_all(before):
    rng = np.random.default_rng(7)
    after = (before + 0.5 * rng.standard_normal(before.shape)).astype(np.float32)
    every = tovec.compare(
        tovec.Embedding(TOKENS, before), tovec.Embedding(TOKENS, after), all_neighbors=True
    ).overlap
    some = found(before, after)[0].overlap
    assert (every.n, every.low, every.high) == (N_TOKENS, every.share, every.share)
    assert some.n == 100
    assert some.low < every.share < some.high
    units = [table / np.linalg.norm(table, axis=1, keepdims=True) for table in (before, after)]
    kept = []
    for row in range(200):
        nearest = []
        for table in units:
            similarity = table @ table[row]
            similarity[row] = -2
            nearest.append(set(np.argsort(-similarity)[:10].tolist()))
        kept.append(len(nearest[0] & nearest[1]) / 10)
    assert np.mean(kept) == pytest.approx(every.share, abs=0.02)


@pytest.mark.slow
def test_as_many_neighbors_as_there_are_take_no_more_memory_than_their_lists(before):
    import tracemalloc

    n = 3_000
    a, b = (tovec.Embedding(TOKENS[:n], table[:n]) for table in (before, moved_by(before, 1.0)[0]))
    tracemalloc.start()
    try:
        assert tovec.compare(a, b, k=1_500, sample=20).overlap.share > 0.9
        assert tracemalloc.get_traced_memory()[1] < 400e6
    finally:
        tracemalloc.stop()


def test_runs_say_what_chance_does():
    from scipy.stats import ortho_group

    rng = np.random.default_rng(8)
    n, dim = 2_000, 20
    truth = rng.standard_normal((n, dim))
    tables = [
        (truth + 0.1 * rng.standard_normal((n, dim))) @ ortho_group.rvs(dim, random_state=seed)
        for seed in range(4)
    ]
    tables[1][7] = -tables[1][7]
    a, b, *runs = [tovec.Embedding(TOKENS[:n], table.astype(np.float32)) for table in tables]
    without, with_runs = tovec.compare(a, b), tovec.compare(a, b, runs=runs)
    assert len(without) > 0.99 * n  # all of them by chance
    assert with_runs.results[0].token == "w7"
    assert len(with_runs) < 0.02 * n


def test_scripts_that_moved_most_come_first():
    rng = np.random.default_rng(9)
    names = [f"word{chr(97 + row % 26)}{chr(97 + row // 26)}" for row in range(300)]
    names += [chr(0xAC00 + 30 * row) for row in range(300)]
    before = rng.standard_normal((600, 16)).astype(np.float32)
    after = before.copy()
    after[300:] += 0.3 * rng.standard_normal((300, 16)).astype(np.float32)
    comparison = tovec.compare(tovec.Embedding(names, before), tovec.Embedding(names, after))
    first, second = comparison.groups["script"]
    assert (first.name, first.n, first.share_moved) == ("hangul", 300, 1.0)
    assert (second.name, second.n, second.share_moved) == ("latin", 300, 0.0)
    assert sum(group.n for group in comparison.groups["frequency"]) == 600


def test_bad_input_is_one_line():
    a = tovec.Embedding.random(["cat", "dog"], 3)
    with pytest.raises(tovec.TovecError, match=r"3 dimensions and B 4.*tovec align"):
        tovec.compare(a, tovec.Embedding.random(["cat"], 4))
    with pytest.raises(tovec.TovecError, match=r"no token in common.*'cat'.*'cow'"):
        tovec.compare(a, tovec.Embedding.random(["cow"], 3))
    moved = tovec.Embedding.random(["cat", "dog"], 3, seed=1)
    with pytest.raises(tovec.TovecError, match="run 1 is A, to the byte"):
        tovec.compare(a, moved, runs=[tovec.Embedding(["cat", "dog"], a.vectors[:].copy())])
    with pytest.raises(tovec.TovecError, match=r"runs=\[run\]"):
        tovec.compare(a, moved, runs=moved)
    with pytest.raises(tovec.TovecError, match=r"runs\[1\] is an Embedding.*not 'run-2'"):
        tovec.compare(a, moved, runs=[moved, "run-2"])
    with pytest.raises(tovec.TovecError, match="coordinates must be one of"):
        tovec.compare(a, a, coordinates="same")
    with pytest.raises(tovec.TovecError, match="needs 12 common tokens"):
        tovec.compare(a, tovec.Embedding.random(["cat", "dog"], 3, seed=1), coordinates="rotated")

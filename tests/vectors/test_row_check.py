"""Rows of zeros, of NaN and identical ones are found in any table; numpy's unique rows are the oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from tovec import Embedding
from tovec.vectors import row_check
from tovec.vectors.derived import DerivedTable
from tovec.vectors.row_check import check_rows

NUMBERS = st.one_of(st.integers(-1, 1), st.sampled_from([-0.0, 1e-45, 3e38, -3e38, np.nan, np.inf, -np.inf]))


def by_numpy(rows):
    """Rows of zeros, rows not finite, and the groups of equal ones among the rest, as sets of ids."""
    finite = np.isfinite(rows).all(axis=1)
    zero = finite & ~rows.any(axis=1)
    rest = np.flatnonzero(finite & ~zero)
    _, group = np.unique(rows[rest] + 0.0, axis=0, return_inverse=True)
    groups = [rest[group.ravel() == each].tolist() for each in range(len(rest))]
    return (
        np.flatnonzero(zero).tolist(),
        np.flatnonzero(~finite).tolist(),
        sorted(each for each in groups if len(each) > 1),
    )


def groups_of(ids, firsts):
    return [ids[firsts == first].tolist() for first in np.unique(firsts)]


@settings(max_examples=300, deadline=None)
@given(
    st.tuples(st.integers(1, 40), st.integers(1, 3)).flatmap(
        lambda shape: nps.arrays(np.float32, shape, elements=NUMBERS)
    ),
    st.booleans(),
)
def test_zero_infinite_and_identical_rows_equal_those_found_by_numpy(rows, is_hashed_badly):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_check, "BLOCK_NUMBERS", 7)
        if is_hashed_badly:  # equal hashes prove nothing: rows are compared
            patch.setattr(row_check, "_hashed", lambda rows: (rows[:, 0] > 0).astype(np.uint64))
        found = check_rows(rows)
    assert (
        found.zero.tolist(),
        found.not_finite.tolist(),
        groups_of(found.identical, found.firsts),
    ) == by_numpy(rows)


def test_rows_that_differ_only_in_late_columns_are_different():
    rows = np.ones((1000, 100), np.float32)
    rows[np.arange(990), 40 + np.arange(990) % 60] = np.arange(2, 992)
    found = check_rows(rows)
    assert groups_of(found.identical, found.firsts) == [list(range(990, 1000))]


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int8])
def test_rows_are_compared_as_the_float32_that_they_become(dtype):
    rows = np.array([[1, 2], [0, 0], [1, 2], [3, 4]], dtype)
    found = check_rows(rows)
    assert found.zero.tolist() == [1]
    assert groups_of(found.identical, found.firsts) == [[0, 2]]


def test_a_table_without_rows_or_anything_odd_gives_no_lines():
    for rows in (np.empty((0, 3), np.float32), np.eye(3, dtype=np.float32)):
        assert check_rows(rows).lines(str) == ()


def test_a_large_sum_of_finite_numbers_is_not_infinity():
    found = check_rows(np.array([[3e38, 3e38], [1, -1], [np.inf, -np.inf]], np.float32))
    assert (found.zero.tolist(), found.not_finite.tolist()) == ([], [2])


def test_tokens_that_share_a_stored_row_are_counted_apart_from_equal_rows():
    table = np.array([[1, 0], [0, 1], [1, 0], [5, 5]], np.float32)
    ids = np.array([0, 1, 0, 2, 3, 1, 0])
    found = check_rows(DerivedTable(table, 7, ids), ids)
    assert groups_of(found.shared, found.firsts_shared) == [[0, 2, 6], [1, 5]]
    assert groups_of(found.identical, found.firsts) == [[0, 3]]  # one token of each stored row
    assert found.lines("abcdefg".__getitem__) == (
        "2 rows are identical to another: a = d",
        "5 tokens share 2 rows of the file: a = c = g, b = f",
    )


def test_lines_count_and_name_the_first():
    rows = np.repeat(np.arange(5, dtype=np.float32), 4)[:, None]
    found = check_rows(np.vstack([rows, [[np.nan]]]))
    groups = "t4 = t5 = t6 = …, t8 = t9 = t10 = …, t12 = t13 = t14 = …, …"
    groups = "t4 = t5 = t6 = …, t8 = t9 = t10 = …, t12 = t13 = t14 = …, …"
    assert found.lines(lambda row: f"t{row}") == (
        "4 rows are all zeros: t0, t1, t2, …",
        "1 row holds NaN or infinity: t20",
        f"16 rows are identical to another in 4 groups: {groups}",
    )
    counts = found.counts([f"t{row}" for row in range(21)])
    assert counts["zero"] == {"rows": 4, "first": ["t0", "t1", "t2"]}
    assert (counts["identical"]["rows"], counts["identical"]["groups"]) == (16, 4)
    assert counts["identical"]["first"][0] == ["t4", "t5", "t6"]


def test_rows_are_read_a_block_at_a_time(monkeypatch):
    monkeypatch.setattr(row_check, "BLOCK_NUMBERS", 40)

    class Lazy:
        shape, dtype = (100, 8), np.dtype(np.float32)

        def __getitem__(self, rows):
            made = np.ones((100, 8), np.float32)[rows]
            assert made.size <= 40
            return made

    assert len(check_rows(Lazy()).identical) == 100


def test_a_signaling_nan_is_a_nan_and_no_warning():
    """Any bits may lie in a file; the tests turn a warning of NumPy's into an error."""
    rows = np.ones((5, 4), dtype=np.float32)
    rows[2, :1] = np.array([0x7F800001], dtype=np.uint32).view(np.float32)
    assert check_rows(rows).not_finite.tolist() == [2]
    embedding = Embedding(list("abcde"), rows)
    assert [hit.token for hit in embedding.neighbors("a", 4)] == ["b", "d", "e", "c"]
    assert embedding.similarity("a", "c") == 0.0

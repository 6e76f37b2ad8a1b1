"""Rows of bytes in a file equal those of an array, cached or not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tovec.storage.file_errors import BadFile
from tovec.storage.open_file import OpenFile
from tovec.vectors import file_rows
from tovec.vectors.file_rows import FileRows, row_numbers

N_ROWS, ROW_BYTES, OFFSET = 300, 12, 7
TABLE = np.random.default_rng(0).integers(0, 256, (N_ROWS, ROW_BYTES), dtype=np.uint8)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "table"
    path.write_bytes(bytes(OFFSET) + TABLE.tobytes() + b"more")
    return path


def rows_in(path):
    return FileRows(OpenFile(path), OFFSET, N_ROWS, ROW_BYTES)


places = st.integers(-N_ROWS, N_ROWS - 1)
bounds = st.none() | st.integers(-400, 400)
indices = st.one_of(
    places,
    st.builds(slice, bounds, bounds, st.none() | st.integers(-3, 3).filter(bool)),
    st.lists(places, max_size=30).map(lambda ids: np.array(ids, dtype=np.int64)),
    st.lists(st.tuples(places, places), min_size=1, max_size=9).map(np.array),
    st.lists(st.booleans(), min_size=N_ROWS, max_size=N_ROWS).map(np.array),
)


@given(st.lists(indices, min_size=1, max_size=4))
def test_rows_equal_those_of_an_array(path, asked):
    rows = rows_in(path)
    for index in asked:
        np.testing.assert_array_equal(rows[index], TABLE[index])
    assert (rows.shape, rows.nbytes) == (TABLE.shape, TABLE.nbytes)


def test_a_part_has_its_own_rows(path):
    part = rows_in(path).part(10, 30).part(5, 9)
    np.testing.assert_array_equal(part[:], TABLE[15:19])
    np.testing.assert_array_equal(part[-1], TABLE[18])


@pytest.mark.parametrize("index", [N_ROWS, -N_ROWS - 1, [0, N_ROWS], np.ones(3, bool), [0.5]])
def test_row_past_the_end_is_an_index_error(path, index):
    with pytest.raises(IndexError):
        rows_in(path)[index]
    with pytest.raises(IndexError):
        row_numbers(index, N_ROWS)


def test_small_table_is_cached_after_many_reads_and_a_change_is_still_an_error(path, monkeypatch):
    rows, n_reads = rows_in(path), []
    pieces = OpenFile.pieces
    monkeypatch.setattr(OpenFile, "pieces", lambda *given: n_reads.append(1) or pieces(*given))
    for row in (5, 7, [9, 3], [1, 0]):
        np.testing.assert_array_equal(rows[row], TABLE[row])
    assert not n_reads  # a table of a few kB is read whole at once
    with pytest.raises(ValueError, match="read-only"):
        rows[2:5][0, 0] = 1
    monkeypatch.setattr(file_rows, "CACHED_BYTES", 100)
    other = rows_in(path)
    for row in range(20):
        np.testing.assert_array_equal(other[[row]], TABLE[[row]])
    assert len(n_reads) == 20
    path.write_bytes(path.read_bytes() + b"x")
    for asked in (3, [1, 5], slice(3, 9)):
        with pytest.raises(BadFile, match="table has changed since it was opened"):
            rows[asked]

"""Bytes of an open file, from any thread, until it changes."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tovec.errors import BadSource
from tovec.storage import open_file
from tovec.storage.open_file import OpenFile, stamp_of, unchanged, windows

N_BYTES = 3 << 20


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("open") / "data"
    numbers = np.random.default_rng(0).integers(0, 256, N_BYTES, dtype=np.uint8)
    path.write_bytes(numbers.tobytes())
    return path, numbers


@pytest.mark.parametrize("moving", [False, True], ids=["preadv", "as on Windows"])
def test_bytes_are_those_of_the_file(data, monkeypatch, moving):
    path, numbers = data
    if moving:
        monkeypatch.setattr(open_file, "_read_at", open_file._read_by_moving)
    file = OpenFile(path)
    assert file.size == N_BYTES
    assert file.read(5, 9) == numbers[5:9].tobytes()
    assert file.read(N_BYTES - 3, N_BYTES + 9) == numbers[-3:].tobytes()
    assert file.read(7, 7) == file.read(N_BYTES + 1, N_BYTES + 5) == b""
    np.testing.assert_array_equal(file.read_array(0, N_BYTES), numbers)
    starts = np.array([900, 3, 3, N_BYTES - 7, 1 << 20])
    assert file.pieces(starts, 7).tolist() == [numbers[start : start + 7].tolist() for start in starts]


def test_bytes_are_read_in_as_many_calls_as_the_system_needs(data, monkeypatch):
    path, numbers = data
    read = open_file._read_at
    monkeypatch.setattr(open_file, "_read_at", lambda file, into, at: read(file, (into[0][:1000],), at))
    np.testing.assert_array_equal(OpenFile(path).read_array(10, 9_999), numbers[10:9_999])
    assert OpenFile(path).pieces(np.array([4, 90_000]), 3000)[1].tolist() == numbers[90_000:93_000].tolist()


@given(
    st.lists(st.integers(0, 5000) | st.integers(0, N_BYTES - 300), max_size=60),
    st.sampled_from([1, 4, 300]),
)
def test_pieces_equal_slices_of_an_array(data, starts, size):
    path, numbers = data
    found = OpenFile(path).pieces(np.array(starts, dtype=np.int64), size)
    assert found.shape == (len(starts), size)
    for piece, start in zip(found, starts, strict=True):
        np.testing.assert_array_equal(piece, numbers[start : start + size])


def test_pieces_that_lie_close_together_are_read_at_once(data, monkeypatch):
    path, _ = data
    read, calls = open_file._read_at, []
    monkeypatch.setattr(open_file, "_read_at", lambda *given: calls.append(given) or read(*given))
    file = OpenFile(path)
    file.pieces(np.arange(0, 1 << 20, 1000), 100)
    assert len(calls) == 1
    file.pieces(np.arange(0, N_BYTES, 1 << 17), 100)  # far apart
    assert len(calls) == 1 + 24


def test_any_number_of_threads_read_from_one_file(data):
    path, numbers = data
    file = OpenFile(path)

    def check(start):
        rows = file.pieces(np.arange(start, start + 64_000, 64), 64)
        return np.array_equal(rows.ravel(), numbers[start : start + 64_000])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(check, range(0, N_BYTES - 64_000, 9_999)))


def test_descriptor_is_duplicated_and_a_given_stamp_is_checked(data):
    path, numbers = data
    with path.open("rb") as file:
        stamp, taken = stamp_of(file.fileno()), OpenFile(Path("its name"), descriptor=file.fileno())
    assert taken.read(0, 9) == numbers[:9].tobytes()
    assert OpenFile(path, stamp).stamp == stamp == taken.stamp
    with pytest.raises(
        BadSource, match="data has changed since it was opened, or its time was set; open it again"
    ):
        OpenFile(path, stamp._replace(inode=stamp.inode + 1))
    with pytest.raises(
        BadSource, match="data has become shorter since it was opened, 3,145,728 bytes of 3,145,729"
    ):
        OpenFile(path, stamp._replace(size=N_BYTES + 1))


def test_a_file_that_is_missing_or_forbidden_is_named(tmp_path):
    with pytest.raises(BadSource, match="none is missing"):
        OpenFile(tmp_path / "none")
    with pytest.raises(BadSource, match="cannot be read: "):
        OpenFile(tmp_path / ("y" * 300))


def test_any_error_while_a_file_changes_is_reported_as_the_change(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"123")
    os.utime(path, (1e9, 1e9))
    with pytest.raises(BadSource, match="a has changed since it was opened"), unchanged(path):
        path.write_bytes(b"345")
        raise BadSource(f"{path} is damaged")
    with pytest.raises(BadSource, match="is damaged"), unchanged(path):
        raise BadSource(f"{path} is damaged")
    with unchanged(tmp_path):  # a folder
        (tmp_path / "b").touch()


def test_windows_are_the_bytes_from_each_position_without_a_copy():
    data = np.arange(6, dtype=np.uint8)
    found = windows(data, 4)
    assert [bytes(found[i]) for i in range(3)] == [bytes(range(i, i + 4)) for i in range(3)]
    assert found.shape == (3,) and np.shares_memory(found, data)

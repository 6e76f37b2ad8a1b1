"""A folder that is replaced while it is read is read again, so that all of it is of one version."""

import pytest

from tovec.errors import BadSource
from tovec.storage import read_consistent, replace_folder
from tovec.storage.consistent_reads import _ATTEMPTS, current_folder
from tovec.storage.paths import aside


def put(directory, text):
    with replace_folder(directory, ["a", "b"]) as folder:
        for name in "ab":
            (folder / name).write_text(text)


def test_folder_replaced_between_two_files_is_read_again(tmp_path):
    target, n_reads = tmp_path / "x", []
    put(target, "old")

    def read(folder):
        n_reads.append(folder)
        first = (folder / "a").read_text()
        if len(n_reads) == 1:
            put(target, "new")
        return first, (folder / "b").read_text()

    assert read_consistent(target, read) == ("new", "new")
    assert len(n_reads) == 2


def test_error_of_an_unchanged_folder_is_raised_at_once(tmp_path):
    n_reads = []

    def read(folder):
        n_reads.append(folder)
        raise BadSource("it is damaged")

    put(tmp_path / "x", "old")
    with pytest.raises(BadSource, match="it is damaged"):
        read_consistent(tmp_path / "x", read)
    assert len(n_reads) == 1


def test_folder_that_never_stands_still_is_an_error(tmp_path):
    n_reads = []

    def read(folder):
        n_reads.append(folder)
        put(tmp_path / "x", str(len(n_reads)))

    put(tmp_path / "x", "old")
    with pytest.raises(BadSource, match="is being replaced faster than it can be read; try again later"):
        read_consistent(tmp_path / "x", read)
    assert len(n_reads) == _ATTEMPTS


def test_old_folder_is_read_after_a_replacement_was_interrupted(tmp_path):
    put(tmp_path / "x", "old")
    (tmp_path / "x").rename(aside(tmp_path / "x"))
    assert current_folder(tmp_path / "x") == aside(tmp_path / "x")
    assert read_consistent(tmp_path / "x", lambda folder: (folder / "a").read_text()) == "old"

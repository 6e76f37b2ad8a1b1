"""Two files that belong together: old or new, never one of each."""

import subprocess
import sys

import numpy as np
import pytest

import tovec
from tovec.errors import CannotSave
from tovec.storage import journal

SUFFIXES = {".npy": "a.txt", ".tsv": "a_metadata.tsv"}
WRITER = """
import sys, tovec
value = int(sys.argv[1])
made = tovec.Embedding([f"t{value}-{i}" for i in range(50)], [[value, i] for i in range(50)])
for _ in range(int(sys.argv[3])):
    tovec.save(made, sys.argv[2])
"""


def version(value, n=3):
    return tovec.Embedding([f"t{value}-{i}" for i in range(n)], [[value, i] for i in range(n)])


def is_whole(embedding):
    """Whether tokens and vectors are of one version."""
    value = embedding.vocabulary.tokens[0].partition("-")[0]
    return np.asarray(embedding.vectors)[:, 0].tolist() == [float(value[1:])] * len(embedding)


@pytest.fixture(params=SUFFIXES)
def path(request, tmp_path):
    return tmp_path / f"a{request.param}"


def test_a_pair_is_two_files_and_nothing_more(path):
    for value in (1, 2):
        tovec.save(version(value), path)
        assert tovec.open(path).vocabulary.tokens[0] == f"t{value}-0"
    assert sorted(each.name for each in path.parent.iterdir()) == sorted([path.name, SUFFIXES[path.suffix]])


def test_readers_and_writers_at_once_see_no_mixture(path):
    tovec.save(version(0), path)
    seen = [tovec.open(path)]
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(value), path, "60"], cwd=path.parent)
        for value in (1, 2)
    ]
    while any(writer.poll() is None for writer in writers):
        seen.append(tovec.open(path))
    assert [writer.returncode for writer in writers] == [0, 0]
    assert all(map(is_whole, [*seen, tovec.open(path)]))
    assert len({embedding.vocabulary.tokens[0] for embedding in seen}) == 3  # else nothing was tried
    assert len(list(path.parent.iterdir())) == 2


class Killed(BaseException):
    pass


@pytest.fixture
def killed(monkeypatch):
    """Let the process end after so many of the renames that put a pair in place."""

    def after(n_renames):
        replace, done = journal.Path.replace, []

        def count(self, target):
            if len(done) == n_renames:
                raise Killed
            done.append(target)
            return replace(self, target)

        monkeypatch.setattr(journal.Path, "replace", count)
        return monkeypatch

    return after


@pytest.mark.parametrize("n_renames", [0, 1])
@pytest.mark.parametrize("before", [True, False])
def test_a_kill_between_two_renames_leaves_the_new_pair(path, killed, n_renames, before):
    if before:
        tovec.save(version(1, n=5), path)
    patched = killed(n_renames)
    with pytest.raises(Killed):
        tovec.save(version(2), path)
    patched.undo()
    if before or n_renames:  # else there is nothing of that name yet
        assert tovec.open(path).vocabulary.tokens == version(2).vocabulary.tokens
        assert is_whole(tovec.open(path))
    tovec.save(version(3), path)
    assert is_whole(tovec.open(path)) and tovec.open(path).vocabulary.tokens[0] == "t3-0"
    assert len(list(path.parent.iterdir())) == 2


def test_what_somebody_wrote_after_a_kill_counts(tmp_path, killed):
    path = tmp_path / "a.npy"
    tovec.save(version(1), path)
    patched = killed(0)
    with pytest.raises(Killed):
        tovec.save(version(2), path)
    patched.undo()
    np.save(path, np.full((2, 2), 7.0))
    (tmp_path / "a.txt").write_text("x\ny\n")
    assert tovec.open(path)["x"].tolist() == [7.0, 7.0]
    tovec.save(version(3), path)
    assert is_whole(tovec.open(path))


def test_an_error_before_the_end_leaves_the_old_pair(path, monkeypatch):
    tovec.save(version(1), path)
    before = {each: each.read_bytes() for each in path.parent.iterdir()}

    def refuse(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal.os, "utime", refuse)
    with pytest.raises(CannotSave, match="nothing has been changed"):
        tovec.save(version(2), path)
    assert {each: each.read_bytes() for each in path.parent.iterdir()} == before


def test_an_error_after_the_new_pair_counts_says_so(path, monkeypatch):
    tovec.save(version(1), path)

    def refuse(self, target):
        raise PermissionError(13, "Permission denied", str(target))

    monkeypatch.setattr(journal.Path, "replace", refuse)
    with pytest.raises(CannotSave, match=r"is saved, but .* could not take its place: Permission denied"):
        tovec.save(version(2), path)
    monkeypatch.undo()
    assert tovec.open(path).vocabulary.tokens[0] == "t2-0" and is_whole(tovec.open(path))


def test_ctrl_c_once_the_new_pair_counts_puts_it_in_place_first(path, monkeypatch):
    tovec.save(version(1), path)
    presses = [KeyboardInterrupt]

    def press(folder):
        if presses:
            raise presses.pop()

    monkeypatch.setattr(journal, "sync_folder", press)
    with pytest.raises(KeyboardInterrupt):
        tovec.save(version(2), path)
    assert {each.name for each in path.parent.iterdir()} == {path.name, SUFFIXES[path.suffix]}
    assert tovec.open(path).vocabulary.tokens[0] == "t2-0" and is_whole(tovec.open(path))


def test_a_file_of_the_second_name_is_somebody_elses_and_stays(path):
    second = path.with_name(SUFFIXES[path.suffix])
    second.write_text("a corpus")
    with pytest.raises(CannotSave, match="there is another file of that name"):
        tovec.save(version(1), path)
    assert second.read_text() == "a corpus" and not path.exists()


def test_links_to_both_files_are_followed(tmp_path):
    (tmp_path / "data").mkdir()
    tovec.save(version(1), tmp_path / "data/a.npy")
    for name in ("a.npy", "a.txt"):
        (tmp_path / name).symlink_to(tmp_path / "data" / name)
    tovec.save(version(2), tmp_path / "a.npy")
    assert (tmp_path / "a.npy").is_symlink() and (tmp_path / "a.txt").is_symlink()
    for folder in (tmp_path, tmp_path / "data"):
        assert is_whole(tovec.open(folder / "a.npy"))
        assert tovec.open(folder / "a.npy").vocabulary.tokens[0] == "t2-0"

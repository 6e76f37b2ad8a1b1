"""Two files that belong together: both old or both new, never one of each.

Also the tests of storage/journal.py and locks.py.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

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


def test_concurrent_readers_never_see_a_mixed_pair(path):
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
    if before or n_renames:  # else nothing has that name yet
        assert tovec.open(path).vocabulary.tokens == version(2).vocabulary.tokens
        assert is_whole(tovec.open(path))
    tovec.save(version(3), path)
    assert is_whole(tovec.open(path)) and tovec.open(path).vocabulary.tokens[0] == "t3-0"
    assert len(list(path.parent.iterdir())) == 2


def test_file_written_after_a_kill_is_read_instead_of_the_journal(tmp_path, killed):
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


def test_error_after_the_journal_is_committed_says_that_the_pair_is_saved(path, monkeypatch):
    tovec.save(version(1), path)

    replace = journal.Path.replace

    def refuse(self, target):
        if target.name != path.name:
            raise PermissionError(13, "Permission denied", str(target))
        return replace(self, target)

    monkeypatch.setattr(journal.Path, "replace", refuse)
    with pytest.raises(CannotSave, match=r"is saved, but .* could not take its place: Permission denied"):
        tovec.save(version(2), path)
    monkeypatch.undo()
    assert tovec.open(path).vocabulary.tokens[0] == "t2-0" and is_whole(tovec.open(path))


def test_an_error_before_the_first_file_is_in_place_leaves_the_old_pair(path, monkeypatch):
    """As of a file of another user in /tmp, or one that is immutable."""
    tovec.save(version(1), path)

    def refuse(self, target):
        raise PermissionError(1, "Operation not permitted", str(target))

    monkeypatch.setattr(journal.Path, "replace", refuse)
    with pytest.raises(CannotSave, match=r"Operation not permitted; nothing has been changed"):
        tovec.save(version(2), path)
    monkeypatch.undo()
    assert len(list(path.parent.iterdir())) == 2
    assert tovec.open(path).vocabulary.tokens[0] == "t1-0" and is_whole(tovec.open(path))


def planted_journal(folder, place, content=b"theirs", new=None):
    """Make a journal as somebody else could, who hands over a folder, or shares /tmp."""
    planted = folder / ".a.npy.journal-tovec"
    planted.mkdir()
    (planted / "note.json").write_text(json.dumps({"own_names": [], "places": [place]}))
    if new is None:
        (planted / "new").mkdir()
        (planted / "new" / Path(place).name).write_bytes(content)
    else:
        (planted / "new").symlink_to(new)
    return planted


def test_planted_journal_does_not_write_to_other_folders(tmp_path):
    folder = tmp_path / "given"
    folder.mkdir()
    (tmp_path / "rc").write_text("mine")
    os.utime(tmp_path / "rc", (1, 1))
    planted_journal(folder, "../rc")
    with pytest.raises(CannotSave, match=r"journal-tovec is for \.\./rc, where no link leads; remove it"):
        tovec.save(version(1), folder / "a.npy")
    assert (tmp_path / "rc").read_text() == "mine"


def test_planted_journal_does_not_take_files_of_other_folders(tmp_path):
    folder, elsewhere = tmp_path / "given", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "key").write_text("mine")
    planted_journal(folder, "key", new=elsewhere)
    with pytest.raises(CannotSave, match="is another user's, or not a folder; remove it"):
        tovec.save(version(1), folder / "a.npy")
    assert (elsewhere / "key").read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to be another user")
def test_journal_of_another_user_in_a_sticky_folder_is_ignored(tmp_path):
    path = tmp_path / "a.npy"
    tovec.save(version(1), path)
    (tmp_path / "victim").write_text("mine")
    os.utime(tmp_path / "victim", (1, 1))
    tmp_path.chmod(0o1777)
    planted = planted_journal(tmp_path, "victim")
    shutil.copy(path, planted / "new/a.npy")
    (planted / "note.json").write_text(json.dumps({"own_names": [], "places": ["victim", "a.npy"]}))
    (planted / "new/a.npy").write_bytes(b"theirs")
    os.chown(planted, 65534, 65534)
    assert tovec.open(path).vocabulary.tokens[0] == "t1-0"
    with pytest.raises(CannotSave, match="is another user's"):
        tovec.save(version(2), path)
    assert (tmp_path / "victim").read_text() == "mine"
    assert tovec.open(path).vocabulary.tokens[0] == "t1-0"


def test_ctrl_c_after_the_journal_is_committed_still_puts_the_pair_in_place(path, monkeypatch):
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


def test_second_file_without_the_first_belongs_to_the_user_and_stays(path):
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

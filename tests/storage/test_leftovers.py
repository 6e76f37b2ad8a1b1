"""Leftovers of killed processes: files of users move back into their folder, everything else is removed.

Also the tests of storage/building.py and folders.py, with tests/formats/saved/test_folder.py.
"""

import contextlib
import os
import subprocess
import sys

import pytest

import tovec
from tovec.errors import CannotSave, TovecWarning
from tovec.storage import building, folders, leftovers, paths

KILLED = """
import os, sys, tovec
from tovec.storage import folders, paths
at = sys.argv[2]

def end(*arguments, **options):
    os.kill(os.getpid(), 9)

if at == "before the exchange":
    folders.exchange = end
elif at == "after the exchange":
    exchange = folders.exchange
    folders.exchange = lambda a, b: (exchange(a, b), end())
elif at == "while it is built":
    folders.force_to_disk = end
else:
    paths._renameat2 = lambda: None
    rename, left = folders.Path.rename, [int(at)]

    def counted(self, target):
        if "old-tovec" in str(self) + str(target) or self.name == "new":
            if not left[0]:
                end()
            left[0] -= 1
        return rename(self, target)

    folders.Path.rename = counted
tovec.Embedding.random(["new"], 2).save(sys.argv[1])
"""
POINTS = ("while it is built", "before the exchange", "after the exchange", "0", "1", "2")


@pytest.mark.parametrize("at", POINTS)
def test_files_of_users_move_back_after_a_kill(tmp_path, at):
    out = tovec.Embedding.random(["old"], 2).save(tmp_path / "out")
    (out / "notes").mkdir()
    (out / "notes/mine.txt").write_text("mine")
    killed = subprocess.run([sys.executable, "-c", KILLED, out, at], check=False)
    assert killed.returncode == -9
    assert tovec.open(out).vocabulary.tokens in (("old",), ("new",))
    tovec.Embedding.random(["next"], 2).save(out)
    assert (out / "notes/mine.txt").read_text() == "mine"
    assert tovec.open(out).vocabulary.tokens == ("next",)
    assert list(tmp_path.iterdir()) == [out]


def test_files_of_users_that_cannot_move_back_stay_with_a_warning(tmp_path):
    out = tovec.Embedding.random(["old"], 2).save(tmp_path / "out")
    left = tmp_path / ".out.tmp-tovec-0123abcd"
    (left / "new").mkdir(parents=True)
    (left / "note.json").write_text('{"own_names": ["README.md"], "places": []}')
    (left / "new/README.md").write_text("ours")
    (left / "new/notes.txt").write_text("mine")
    (out / "notes.txt").write_text("newer")
    with pytest.warns(TovecWarning, match="holds files that are not tovec's, from a save that was killed"):
        tovec.Embedding.random(["next"], 2).save(out)
    assert (left / "new/notes.txt").read_text() == "mine"
    assert (out / "notes.txt").read_text() == "newer"


@pytest.mark.parametrize("note", [None, b"", b"{}", b"[1]", b'{"own_names": 3, "places": []}', b"\xff"])
def test_leftover_without_a_complete_note_loses_no_file(tmp_path, note):
    out = tovec.Embedding.random(["old"], 2).save(tmp_path / "out")
    left = tmp_path / ".out.tmp-tovec-0123abcd"
    (left / "new").mkdir(parents=True)
    (left / "new/tovec.json").write_text("mine")
    if note is not None:
        (left / "note.json").write_bytes(note)
    with contextlib.nullcontext() if note is None else pytest.warns(TovecWarning, match="move them"):
        leftovers.clear_leftovers(out)
    assert (left / "new/tovec.json").read_text() == "mine"


def test_file_of_a_user_that_cannot_move_into_the_new_folder_is_named(tmp_path, monkeypatch):
    """A disk that is mounted in the folder, an immutable file, a folder of another user."""
    out = tovec.Embedding.random(["old"], 2).save(tmp_path / "out")
    for name in ("a.txt", "mounted"):
        (out / name).mkdir()
    rename = folders.Path.rename

    def busy(self, target):
        if self == out / "mounted":
            raise OSError(16, "Device or resource busy")
        return rename(self, target)

    monkeypatch.setattr(folders.Path, "rename", busy)
    message = (
        r"'mounted' in it is not tovec's, and cannot move along \(Device or resource busy\); nothing has"
    )
    with pytest.raises(CannotSave, match=message):
        tovec.Embedding.random(["next"], 2).save(out)
    assert {"a.txt", "mounted"} < {path.name for path in out.iterdir()}
    assert tovec.open(out).vocabulary.tokens == ("old",) and list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("failure", [OSError(5, "Input/output error"), KeyboardInterrupt()], ids=repr)
def test_file_of_a_user_that_cannot_move_back_is_not_removed(tmp_path, monkeypatch, failure):
    out = tovec.Embedding.random(["old"], 2).save(tmp_path / "out")
    (out / "mine.txt").write_text("mine")
    rename = folders.Path.rename

    def fail(self, target):
        if target == out / "mine.txt":
            raise failure
        return rename(self, target)

    def refuse(a, b):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(folders.Path, "rename", fail)
        broken.setattr(folders, "exchange", refuse)
        with pytest.raises(CannotSave, match=r"'mine.txt', which is not tovec's, could not move back"):
            tovec.Embedding.random(["next"], 2).save(out)
    tovec.Embedding.random(["next"], 2).save(out)
    assert (out / "mine.txt").read_text() == "mine" and list(tmp_path.iterdir()) == [out]


def test_planted_leftover_neither_removes_nor_moves_files_of_other_folders(tmp_path):
    """An archive, or another user of /tmp, can bring one, with links in it."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "documents").mkdir(parents=True)
    (elsewhere / "documents/thesis").write_text("mine")
    (elsewhere / "key").write_text("mine")
    out = tovec.Embedding.random(["old"], 2).save(tmp_path / "out")
    left = tmp_path / ".out.tmp-tovec-0123abcd"
    left.mkdir()
    (left / "note.json").write_text('{"own_names": ["documents"], "places": []}')
    (left / "new").symlink_to(elsewhere)
    tovec.Embedding.random(["next"], 2).save(out)
    assert (elsewhere / "documents/thesis").read_text() == (elsewhere / "key").read_text() == "mine"
    assert not (out / "key").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to be another user")
def test_leftover_of_another_user_in_a_sticky_folder_is_ignored(tmp_path):
    out = tovec.Embedding.random(["old"], 2).save(tmp_path / "out")
    left = tmp_path / ".out.tmp-tovec-0123abcd"
    (left / "new").mkdir(parents=True)
    (left / "note.json").write_text('{"own_names": [], "places": []}')
    (left / "new/planted.py").write_text("theirs")
    os.chown(left, 65534, 65534)
    tmp_path.chmod(0o1777)
    tovec.Embedding.random(["next"], 2).save(out)
    assert not (out / "planted.py").exists()


def test_a_user_of_the_name_of_the_old_folder_is_not_touched(tmp_path, monkeypatch):
    out = tovec.Embedding.random(["old"], 2).save(tmp_path / "out")
    (tmp_path / ".out.old").mkdir()
    (tmp_path / ".out.old/mine.txt").write_text("mine")
    monkeypatch.setattr(paths, "_renameat2", lambda: None)
    tovec.Embedding.random(["next"], 2).save(out)
    assert (tmp_path / ".out.old/mine.txt").read_text() == "mine"


def test_folder_of_a_living_writer_is_not_removed(tmp_path):
    with folders.replace_folder(tmp_path / "out", ()) as new:
        (new / "a.txt").write_text("a")
        leftovers.clear_leftovers(tmp_path / "out")
        assert (new / "a.txt").exists()
        tovec.Embedding.random(["other"], 2).save(tmp_path / "out")
    # Those of the other that the block did not name are there too.
    assert {"README.md", "a.txt"} < {path.name for path in (tmp_path / "out").iterdir()}
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def test_empty_folder_of_a_process_killed_before_its_note_is_removed(tmp_path):
    (tmp_path / f".out.{building.MARK}0123abcd").mkdir()
    tovec.Embedding.random(["a"], 2).save(tmp_path / "out")
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


@pytest.mark.parametrize(("name", "made"), [("x", "mkdir"), ("x.vec", "open")])
def test_ctrl_c_as_soon_as_something_is_made_beside_the_target_removes_it(tmp_path, monkeypatch, name, made):
    make = getattr(building.Path, made)

    def press(path, *arguments, **options):
        file = make(path, *arguments, **options)
        if building.MARK in path.name:
            if file is not None:
                file.close()
            raise KeyboardInterrupt

    monkeypatch.setattr(building.Path, made, press)
    with pytest.raises(KeyboardInterrupt):
        tovec.save(tovec.Embedding(["a"], [[1.0, 2.0]]), tmp_path / name)
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_while_what_was_built_is_removed_leaves_nothing(tmp_path, monkeypatch):
    out = tovec.Embedding.random(["old"], 2).save(tmp_path / "out")
    remove, calls = building.remove, []

    def interrupted(folder):
        calls.append(folder)
        if len(calls) == 1:
            raise KeyboardInterrupt
        remove(folder)

    monkeypatch.setattr(building, "remove", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tovec.Embedding.random(["new"], 2).save(out)
    assert list(tmp_path.iterdir()) == [out] and tovec.open(out).vocabulary.tokens == ("new",)

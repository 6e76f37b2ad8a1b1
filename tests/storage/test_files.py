"""One file is replaced atomically, keeps its permissions, and leaves nothing beside it."""

import os
import stat
import subprocess
import sys

import pytest

import tovec
from tovec.errors import CannotSave
from tovec.storage import replace_file

WAITS = """
import sys
from pathlib import Path
from tovec.storage import replace_file
with replace_file(Path(sys.argv[1])) as file:
    file.write(b"other")
    print("written", flush=True)
    sys.stdin.readline()
"""


def write(path, content=b"new"):
    with replace_file(path) as file:
        file.write(content)


@pytest.fixture
def other(tmp_path):
    """Another process that has written a file, and waits for a line before it takes its place."""
    process = subprocess.Popen(
        [sys.executable, "-c", WAITS, tmp_path / "a.vec"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"written\n"
    yield process
    process.kill()
    process.communicate()


def test_next_save_removes_leftovers_of_a_killed_process(tmp_path, other):
    write(tmp_path / "b.vec")
    other.kill()
    other.wait()
    (left,) = [path for path in tmp_path.iterdir() if path.name.startswith(".a.vec.tmp-")]
    write(tmp_path / "b.vec")
    assert left.exists()  # of another target
    write(tmp_path / "a.vec")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.vec", "b.vec"]


def test_files_that_a_living_process_builds_stay_and_the_last_writer_wins(tmp_path, other):
    write(tmp_path / "a.vec")
    assert (tmp_path / "a.vec").read_bytes() == b"new"
    other.communicate(b"\n")
    assert other.returncode == 0
    assert (tmp_path / "a.vec").read_bytes() == b"other"
    assert [path.name for path in tmp_path.iterdir()] == ["a.vec"]


def test_files_of_users_with_similar_names_stay(tmp_path):
    names = [
        ".a.vec.tmp-1",
        ".a.vec.tmp-tovec-x",
        ".a.vec.tmp-tovec-12ab34cd.txt",
        "a.vec.tmp-tovec-12ab34cd",
    ]
    for name in names:
        (tmp_path / name).write_text("mine")
    (tmp_path / ".a.vec.tmp-tovec-12ab34ce").symlink_to(tmp_path / names[0])
    write(tmp_path / "a.vec")
    assert {path.name for path in tmp_path.iterdir()} == {*names, "a.vec", ".a.vec.tmp-tovec-12ab34ce"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_the_new_file_has_the_permissions_of_the_old_one(tmp_path):
    path = tmp_path / "a.vec"
    write(path)
    path.chmod(0o600)
    write(path, b"secret")
    assert path.stat().st_mode & 0o777 == 0o600 and path.read_bytes() == b"secret"


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to give away a group"
)
def test_replaced_file_keeps_its_group(tmp_path):
    made = tovec.Embedding.random(["a", "b"], 2)
    out, file = made.save(tmp_path / "out"), tmp_path / "a.npy"
    tovec.save(made, file)
    for path in (out, file):
        os.chown(path, -1, 12)
    out.chmod(0o2770)
    file.chmod(0o660)
    made.save(out)
    tovec.save(made, file)
    assert {path.stat().st_gid for path in (out, file, *out.iterdir())} == {12}
    assert stat.S_IMODE(out.stat().st_mode) == 0o2770 and stat.S_IMODE(file.stat().st_mode) == 0o660


def test_folders_made_for_a_file_are_removed_when_writing_it_fails(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(ValueError), replace_file(tmp_path / "a/b/c/d.vec"):
        raise ValueError
    assert list(tmp_path.rglob("*")) == [tmp_path / "a"]


@pytest.mark.parametrize("name", ["x" * 251 + ".vec", "가" * 83 + ".vec"])
def test_name_of_the_maximum_length_is_replaced(tmp_path, name):
    write(tmp_path / name)
    write(tmp_path / name, b"again")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"again"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes of a name")
def test_pipe_or_folder_of_that_name_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name, reason in (("pipe", "it is a device or a pipe"), ("folder", "there is a folder of that name")):
        with pytest.raises(CannotSave, match=reason):
            write(tmp_path / name)
    assert (tmp_path / "pipe").is_fifo() and (tmp_path / "folder").is_dir()

"""Damaged entries, folders that cannot be used, and what is removed. The loops here are compiled for real."""

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import numba
import pytest

from tovec import compile_cache
from tovec.compile_cache import CompileCache, private_folder, remove_unused

NAME = "0123456789abcdef"


def double(x):
    return x + x


def triple(x):
    return x + x + x


def compiled_in(folder, function=double):
    """Return the loop, and whether its code came out of the folder."""
    loop = numba.njit(function)
    loop._cache = CompileCache(folder, function, "1")
    assert loop(3) == function(3)
    return loop, sum(loop.stats.cache_hits.values()) == 1


def entries(folder):
    return sorted(folder.glob("*.code"))


def test_a_loop_is_compiled_once(tmp_path):
    assert not compiled_in(tmp_path)[1]
    assert len(entries(tmp_path)) == 1
    assert compiled_in(tmp_path)[1]
    assert [path.suffix for path in tmp_path.iterdir()] == [".code"]


def test_each_type_of_argument_has_an_entry(tmp_path):
    loop, _ = compiled_in(tmp_path)
    assert loop(1.5) == 3.0
    assert len(entries(tmp_path)) == 2
    loop, _ = compiled_in(tmp_path)
    assert loop(1.5) == 3.0
    assert sum(loop.stats.cache_hits.values()) == 2


def damages(content):
    """Yield an entry cut off at many lengths, with single bits turned over, and of other content."""
    steps = range(0, len(content), 1 + len(content) // 40)
    yield from (content[:length] for length in (*range(60), *steps, len(content) - 1))
    for at in steps:
        turned = bytearray(content)
        turned[at] ^= 1 << at % 8
        yield bytes(turned)
    yield content + b"\0"
    yield os.urandom(len(content))
    yield b"tovec loop 2\n" + content[13:]


def test_damaged_entry_is_never_executed_and_is_removed(tmp_path):
    compiled_in(tmp_path)
    (path,) = entries(tmp_path)
    content = path.read_bytes()
    assert compile_cache._read(path) is not None
    for damaged in damages(content):
        path.write_bytes(damaged)
        assert compile_cache._read(path) is None
        assert not path.exists()


def replaced_by_a_folder(path):
    path.unlink()
    path.mkdir()


def replaced_by_a_pipe(path):
    path.unlink()
    os.mkfifo(path)


def replaced_by_a_link_to_nothing(path):
    path.unlink()
    path.symlink_to("nothing")


def replaced_by_another_loop(path):
    compiled_in(path.parent, triple)
    (other,) = (each for each in entries(path.parent) if each != path)
    other.replace(path)


KINDS = [
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(path.read_bytes()[:-100]),
    lambda path: path.chmod(0),
    replaced_by_a_folder,
    replaced_by_a_link_to_nothing,
    replaced_by_another_loop,
    *([replaced_by_a_pipe] if hasattr(os, "mkfifo") else []),
]


@pytest.mark.parametrize("damage", KINDS)
def test_invalid_entry_is_compiled_again(tmp_path, damage):
    compiled_in(tmp_path)
    (path,) = entries(tmp_path)
    damage(path)
    compiled_in(tmp_path)
    assert compiled_in(tmp_path)[1]
    assert path.is_file() and not path.is_symlink()


def test_entry_that_cannot_be_unpickled_is_compiled_again(tmp_path):
    """Whole, of its name and digest, and yet not what this numba knows."""
    compiled_in(tmp_path)
    (path,) = entries(tmp_path)
    for payload in (b"", b"no pickle", b"cnowhere\nnothing\n.", b"N."):
        compile_cache._write(path, payload)
        assert not compiled_in(tmp_path)[1]
        assert compiled_in(tmp_path)[1]


def test_a_full_disk_leaves_the_code_in_memory(tmp_path, monkeypatch):
    class Full:
        def __init__(self, number, mode):
            os.close(number)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(compile_cache, "open", Full, raising=False)
    loop, _ = compiled_in(tmp_path)
    assert loop(4) == 8
    assert list(tmp_path.iterdir()) == []


LIMITED = """
import resource, signal, sys
from pathlib import Path
import numba
from tovec.compile_cache import CompileCache
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
def double(x): return x + x
loop = numba.njit(double)
loop._cache = CompileCache(Path(sys.argv[1]), double, "1")
print(loop(4))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of a file")
def test_truncated_write_leaves_no_entry(tmp_path):
    command = [sys.executable, "-c", LIMITED, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "8\n", "")
    assert list(tmp_path.iterdir()) == []


def test_removed_folder_leaves_the_code_in_memory(tmp_path):
    folder = private_folder(tmp_path, NAME)
    folder.rmdir()
    assert not compiled_in(folder)[1]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights otherwise")
def test_a_folder_that_others_can_write_to_is_not_used(tmp_path):
    folder = private_folder(tmp_path, NAME)
    assert folder == tmp_path / "tovec" / NAME
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for each in (folder, folder.parent):
        for mode in (0o770, 0o702):
            each.chmod(mode)
            assert private_folder(tmp_path, NAME) is None
        each.chmod(0o755)  # others may read
        assert private_folder(tmp_path, NAME) == folder


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs the right to give away")
def test_a_folder_of_another_user_is_not_used(tmp_path):
    os.chown(private_folder(tmp_path, NAME), 12345, -1)
    assert private_folder(tmp_path, NAME) is None


def test_a_link_is_not_used(tmp_path):
    folder = private_folder(tmp_path, NAME)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert private_folder(tmp_path, NAME) is None


def used(folder: Path, days_ago: float) -> Path:
    folder.mkdir(parents=True)
    then = time.time() - days_ago * 24 * 3600
    for name in ("text.kernels.scan.0.code", "kernels_1/scan-1.py311.nbi", "kernels_1/scan-1.py311.1.nbc"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"old")
        os.utime(path, (then, then))
    os.utime(folder, (then, then))
    return folder


def test_folders_of_old_versions_are_removed_and_those_in_use_stay(tmp_path):
    folder = private_folder(tmp_path, NAME)
    home = folder.parent
    old, recent = used(home / ("a" * 16), 15), used(home / ("b" * 16), 13)
    others = used(home / "notes", 100), used(home / ("c" * 17), 100)
    with_a_thesis = used(home / ("d" * 16), 100)
    (with_a_thesis / "thesis.txt").write_text("mine")
    os.utime(with_a_thesis, (0, 0))
    (home / ("e" * 16)).symlink_to(used(tmp_path / "elsewhere", 100))
    (folder / "now.building").touch()
    (folder / "killed.building").touch()
    os.utime(folder / "killed.building", (0, 0))
    remove_unused.cache_clear()
    remove_unused(folder)
    assert not old.exists()
    assert [path.name for path in with_a_thesis.iterdir()] == ["thesis.txt"]
    assert len(list(recent.rglob("*.nb?"))) == 2
    assert all(len(list(each.rglob("*.nb?"))) == 2 for each in (*others, tmp_path / "elsewhere"))
    assert [path.name for path in folder.iterdir()] == ["now.building"]


def test_a_folder_in_use_is_marked_as_such(tmp_path):
    folder = private_folder(tmp_path, NAME)
    os.utime(folder, (0, 0))
    assert private_folder(tmp_path, NAME) == folder
    assert time.time() - folder.stat().st_mtime < 3600


KILLED = """
import os, signal, sys
from pathlib import Path
from tovec import compile_cache
if sys.argv[2] == "write":
    os.replace = Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
compile_cache._write(Path(sys.argv[1]), b"payload" * 1000)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize(("at", "is_there"), [("write", False), ("end", True)])
def test_kill_while_an_entry_is_written_leaves_it_complete_or_absent(tmp_path, at, is_there):
    path = tmp_path / "loop.code"
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path), at], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert (compile_cache._read(path) == b"payload" * 1000) == is_there
    compile_cache._write(path, b"again")
    assert compile_cache._read(path) == b"again"

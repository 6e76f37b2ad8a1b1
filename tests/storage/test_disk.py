"""Free space and work files: errors that name the file and how much is missing."""

import errno
import os
import shutil
import subprocess
import sys
from collections import namedtuple

import numpy as np
import pytest

from tovec.errors import CannotSave, NoSpace
from tovec.storage import disk
from tovec.storage.disk import WorkFile, check_space, free_bytes, reporting_write, temporary_folder

Usage = namedtuple("Usage", "total used free")
posix = pytest.mark.skipif(os.name != "posix", reason="limits and special files of POSIX")


def limited(n_bytes, action):
    """Run `action` while no file may grow beyond `n_bytes`; SIGXFSZ is ignored by Python, so writes fail."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        return action()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@posix
def test_free_bytes_equal_those_of_df(tmp_path):
    told = subprocess.run(["df", "-Pk", tmp_path], capture_output=True, text=True, check=True).stdout
    free = int(told.splitlines()[1].split()[3]) * 1024
    assert free_bytes(tmp_path) == pytest.approx(free, rel=0.05, abs=1e8)  # others write meanwhile


def test_missing_folder_has_the_free_space_of_its_nearest_parent(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(shutil, "disk_usage", lambda path: asked.append(path) or Usage(9, 2, 7))
    assert free_bytes(tmp_path / "a/b") == 7
    assert asked == [tmp_path]


def test_unknown_free_space_is_not_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, 0))
    assert free_bytes(tmp_path) is None
    check_space(tmp_path, 1 << 60, "a run")


@pytest.mark.parametrize(
    ("needed", "free", "told", "missing"),
    [
        (5000, 1999, "a run needs 5 kB in {}, and 1 kB are free; free 4 kB there, or name a folder on", 3001),
        (123_400_000, 0, "a run needs 124 MB in {}, and 0 kB are free; free 124 MB there, or", 123_400_000),
    ],
)  # fmt: skip
def test_too_little_space_names_needed_and_free_bytes(tmp_path, monkeypatch, needed, free, told, missing):
    monkeypatch.setattr(disk, "free_bytes", lambda folder: free)
    with pytest.raises(NoSpace) as error:
        check_space(tmp_path, needed, "a run")
    assert str(error.value).startswith(told.format(tmp_path))
    assert (error.value.folder, error.value.missing) == (str(tmp_path), missing)
    check_space(tmp_path, free, "a run")


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        (errno.ENOSPC, NoSpace, "no space is left on the disk; free 2 kB there, or name a folder on"),
        (errno.EDQUOT, NoSpace, "the quota of the disk is used up; free some there, or name"),
        (errno.EFBIG, NoSpace, "the system allows no file that large; raise `ulimit -f`, or name"),
        (errno.EROFS, CannotSave, "Read-only file system"),
        (errno.EIO, CannotSave, "Input/output error"),
        (errno.EACCES, CannotSave, "Permission denied"),
    ],
)  # fmt: skip
def test_failed_write_is_an_error_that_names_the_file(tmp_path, monkeypatch, code, kind, told):
    monkeypatch.setattr(disk, "free_bytes", lambda folder: 1000)
    with pytest.raises(CannotSave) as error, reporting_write(tmp_path / "ids", 2500):
        raise OSError(code, os.strerror(code))
    assert type(error.value) is kind
    assert str(error.value).startswith(f"cannot write {tmp_path / 'ids'}: {told}")


def test_a_work_file_is_written_read_and_written_again(tmp_path):
    with WorkFile(tmp_path / "ids") as file:
        file.write(np.arange(6, dtype=np.int32))
        file.write(np.empty(0, dtype=np.int64))
        file.write(b"end")
        file.seek(4)
        assert np.frombuffer(file.read(8), dtype=np.int32).tolist() == [1, 2]
        assert file.read(100)[-3:] == b"end"
        file.seek(0)
        file.write(
            np.array([[9, 8], [7, 6]], dtype=np.int32).T
        )  # in C order of what it is, not of its memory
        file.truncate(16)
    assert np.fromfile(tmp_path / "ids", dtype=np.int32).tolist() == [9, 7, 8, 6]


@posix
@pytest.mark.parametrize("make", [lambda path, other: path.symlink_to(other), os.link, None])
def test_work_file_replaces_a_link_or_a_pipe_and_does_not_write_through_it(tmp_path, make):
    other, path = tmp_path / "thesis", tmp_path / "ids"
    other.write_text("thesis")
    if make is None:
        os.mkfifo(path)
    elif make is os.link:
        os.link(other, path)
    else:
        make(path, other)
    with WorkFile(path) as file:
        file.write(b"ids")
    assert (other.read_text(), path.read_text(), path.is_symlink()) == ("thesis", "ids", False)


def test_folder_with_the_name_of_a_work_file_is_an_error(tmp_path):
    (tmp_path / "ids").mkdir()
    with pytest.raises(CannotSave, match=f"cannot write {tmp_path / 'ids'}: "):
        WorkFile(tmp_path / "ids")


@posix
def test_partial_write_is_an_error_and_closing_afterwards_is_not(tmp_path):
    with WorkFile(tmp_path / "ids") as file, pytest.raises(NoSpace, match="ids: the system allows no file"):
        limited(1000, lambda: file.write(b"x" * 1500))
    assert (tmp_path / "ids").stat().st_size == 1000


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="the system takes no room beforehand")
def test_reserved_space_is_taken_from_the_free_space(tmp_path):
    with WorkFile(tmp_path / "ids") as file:
        file.reserve(1 << 20)
        assert (tmp_path / "ids").stat().st_blocks * 512 >= 1 << 20
        file.write(b"abc")
        file.truncate(3)
    assert (tmp_path / "ids").read_bytes() == b"abc"


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="the system takes no room beforehand")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EOPNOTSUPP])
def test_reserve_fails_on_a_full_disk_and_does_nothing_where_it_is_unsupported(tmp_path, monkeypatch, code):
    def refuses(*arguments):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "posix_fallocate", refuses)
    monkeypatch.setattr(disk, "free_bytes", lambda folder: 400)
    with WorkFile(tmp_path / "ids") as file:
        if code == errno.EOPNOTSUPP:
            file.reserve(1000)
            return
        with pytest.raises(NoSpace) as error:
            file.reserve(1000)
        assert error.value.missing == 600


def test_full_temporary_folder_is_an_error_that_names_the_variable(monkeypatch, tmp_path):
    told = "name a folder on another disk, in the variable TMPDIR$"
    with pytest.raises(NoSpace, match=told), temporary_folder() as folder:
        check_space(folder, 1 << 62, "a run")
    with pytest.raises(NoSpace, match=r"another disk$"), temporary_folder():
        check_space(tmp_path, 1 << 62, "a run")
    assert not folder.exists()


def test_missing_temporary_folder_is_an_error_of_one_line(tmp_path):
    (tmp_path / "file").touch()
    program = (
        "from tovec.storage.disk import temporary_folder\n"
        "from tovec.errors import CannotSave\nimport tempfile\n"
        f"tempfile._candidate_tempdir_list = lambda: [{str(tmp_path / 'file' / 'inside')!r}]\n"
        "try:\n    temporary_folder().__enter__()\nexcept CannotSave as error:\n    print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told.startswith("no temporary folder can be made: ") and told.endswith("in the variable TMPDIR\n")

"""Every error about a file is one line that names it and says whether the file is corrupt or unsupported."""

import os

import pytest

from tovec.errors import BadSource, CannotDownload, NotEnoughMemory, TovecError
from tovec.storage.file_errors import (
    BadFile,
    CorruptFile,
    IrregularFile,
    UnsupportedFile,
    check_file,
    reporting_file,
)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (CorruptFile("it ends too early"), "x.bin is damaged: it ends too early"),
        (TovecError("the same length"), "x.bin is damaged: the same length"),
        (UnsupportedFile("it is sparse"), "x.bin cannot be read: it is sparse"),
        (IrregularFile("twice"), "x.bin is irregular: twice; it is repaired unless strict is asked for"),
        (FileNotFoundError(), "x.bin is missing"),
        (PermissionError(13, "Permission denied"), "x.bin cannot be read: Permission denied"),
    ],
)
def test_error_of_the_block_becomes_one_that_names_the_file(tmp_path, error, message):
    with pytest.raises(BadFile) as caught, reporting_file(tmp_path / "x.bin"):
        raise error
    assert str(caught.value) == f"{tmp_path}/{message}"
    assert isinstance(caught.value, BadSource)


@pytest.mark.parametrize("error", [BadFile("y is missing"), CannotDownload("gone"), NotEnoughMemory()])
def test_error_that_says_everything_is_unchanged(tmp_path, error):
    with pytest.raises(type(error)) as caught, reporting_file(tmp_path / "x.bin"):
        raise error
    assert caught.value is error


def test_long_quote_is_shortened_in_the_middle(tmp_path):
    with pytest.raises(BadFile) as caught, reporting_file(tmp_path / "x"):
        raise CorruptFile("a" * 5000 + "b")
    assert len(str(caught.value)) < 700 and "a … a" in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
def test_pipe_is_refused_before_it_is_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnsupportedFile, match="it is a pipe, not a file"):
        check_file(tmp_path / "pipe")
    with pytest.raises(BadFile, match="pipe cannot be read: it is a pipe"), reporting_file(tmp_path / "pipe"):
        pytest.fail("the block ran")
    for path in (tmp_path, tmp_path / "missing"):
        check_file(path)

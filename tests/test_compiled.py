"""Where compiled loops are kept, and what happens when they cannot be."""

import os
import subprocess
import sys

import pytest

from tovec import compiled

TRAIN = """
import tovec
embedding = tovec.train(["a b c d e f"] * 50, dim=8, min_count=1, epochs=1, threads=1)
print(len(embedding))
"""


def start(program, **environment):
    environment = {**os.environ, "NUMBA_CACHE_DIR": "", **environment}
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def output(process):
    told, errors = process.communicate()
    assert process.returncode == 0, errors
    return told.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="the cache folder of other systems is named otherwise")
def test_code_is_written_to_and_read_from_the_cache_folder_of_the_user(tmp_path):
    assert output(start(TRAIN, XDG_CACHE_HOME=str(tmp_path))) == "6"
    (folder,) = (tmp_path / "tovec").iterdir()
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert any(path.name.startswith("training.kernels.skipgram.train") for path in before)
    assert output(start(TRAIN, XDG_CACHE_HOME=str(tmp_path))) == "6"
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.slow
def test_two_processes_compile_at_once(tmp_path):
    processes = [start(TRAIN, XDG_CACHE_HOME=str(tmp_path)) for _ in range(2)]
    assert [output(process) for process in processes] == ["6", "6"]
    assert output(start(TRAIN, XDG_CACHE_HOME=str(tmp_path))) == "6"


@pytest.mark.slow
def test_without_a_folder_to_write_to_code_is_compiled_in_memory(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    program = (
        TRAIN
        + "from tovec.compiled import is_compiled\nprint(is_compiled('tovec.training.kernels.skipgram'))"
    )
    assert output(start(program, XDG_CACHE_HOME=str(tmp_path / "file"))).split() == ["6", "False"]


def test_the_folder_is_another_one_when_a_loop_has_changed(tmp_path, monkeypatch):
    loop = tmp_path / "training" / "kernels" / "loop.py"
    loop.parent.mkdir(parents=True)
    loop.write_text("one")
    monkeypatch.setattr(compiled, "ROOT", tmp_path)
    before = compiled._digest()
    loop.write_text("two")
    assert compiled._digest() != before
    loop.write_text("one")
    assert compiled._digest() == before


def test_is_compiled_finds_the_functions_of_a_module():
    from tovec.training.kernels import skipgram

    assert skipgram.train.signatures
    assert not compiled.is_compiled("tovec.training.kernels.nothing")


def test_without_compiling_training_says_why():
    program = """
from tovec.errors import TovecError
try:
    import tovec.training.kernels.simd
except TovecError as error:
    print(error)
"""
    assert "NUMBA_DISABLE_JIT is set" in output(start(program, NUMBA_DISABLE_JIT="1"))

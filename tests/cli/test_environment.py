"""Commands in unusual environments: closed and full streams, variables, limits, folders that are gone."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import tovec

pytestmark = pytest.mark.skipif(os.name == "nt", reason="written for the shell of other systems")
TOVEC = f"{shlex.quote(sys.executable)} -m tovec"
NEIGHBORS = f"{TOVEC} neighbors four cat -k 1"


def shell(line, folder, **environment):
    """Return exit status, output and errors of a line of sh."""
    ended = subprocess.run(
        ["sh", "-c", line], cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True,
        timeout=120, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture
def folder(tmp_path):
    tovec.Embedding.random(["cat", "dog", "mat", "sat"], 3).save(tmp_path / "four")
    (tmp_path / "text.txt").write_text("the cat sat on the mat\n" * 50)
    return tmp_path


TRAIN = f"{TOVEC} train text.txt --out out --dim 8 --epochs 1"


@pytest.mark.parametrize("closed", ["2>&-", "1>&-", "0<&-", "0<&- 1>&- 2>&-"])
def test_closed_streams_change_nothing(closed, folder):
    assert shell(f"{NEIGHBORS} {closed}", folder)[0] == 0
    assert shell(f"{TOVEC} neighbors four nothing {closed}", folder)[0] == 1
    assert shell(f"{TRAIN} {closed}", folder)[0] == 0
    assert tovec.open(folder / "out").dim == 8
    assert all(b"million" not in path.read_bytes() for path in (folder / "out").iterdir() if path.is_file())


needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


@needs_full
@pytest.mark.parametrize(
    "command", ["neighbors four cat", "neighbors four cat --json", "--help", "tokens four cat"]
)
def test_output_that_cannot_be_written_is_one_line(command, folder):
    assert shell(f"{TOVEC} {command} >/dev/full", folder) == (1, "", "Error: No space left on device\n")


@needs_full
def test_notes_that_cannot_be_written_do_not_end_training(folder):
    assert shell(f"{TRAIN} 2>/dev/full", folder)[0] == 0
    assert shell(f"({TRAIN} 2>&1 >/dev/null | true)", folder)[0] == 0
    assert tovec.open(folder / "out").dim == 8


def test_a_closed_pipe_ends_the_command_silently(folder):
    assert shell(f"{TOVEC} vectors four cat dog mat sat | head -c 1", folder) == (0, "c", "")


@pytest.mark.parametrize(
    "variable",
    [
        *("NUMBA_NUM_THREADS=0", "NUMBA_NUM_THREADS=abc", "NUMBA_DISABLE_JIT=1"),
        pytest.param("NUMBA_CACHE_DIR=/dev/null", marks=pytest.mark.slow),  # which compiles all
        *("MPLBACKEND=nothing", "HOME=/nonexistent", "TMPDIR=/nonexistent", "PYTHONWARNINGS=error"),
        *("LC_ALL=C PYTHONUTF8=0 PYTHONIOENCODING=ascii", "COLUMNS=0 TERM=dumb", "OMP_NUM_THREADS=abc"),
    ],
)
def test_variables_of_other_programs_have_no_effect(variable, folder):
    status, _, errors = shell(f"{variable} {TOVEC} plot four -o four.png --method none", folder)
    assert (status, errors) == (0, "")
    if "CACHE" in variable or "NUMBA" in variable:
        status, _, errors = shell(f"{variable} {TRAIN}", folder)
        assert (status, "Traceback" in errors, "Warning" in errors) == (0, False, False), errors


@pytest.mark.parametrize("megabytes", [100, 200, 300, 500, 900])
@pytest.mark.parametrize(
    "command",
    ["train text.txt --out out", "neighbors four cat", "plot four -o four.png", "init a b --out out"],
)
def test_too_little_address_space_is_one_line_that_says_how_much_is_needed(command, megabytes, folder):
    if sys.platform != "linux":
        pytest.skip("other systems do not keep to this limit")
    status, output, errors = shell(f"ulimit -v {megabytes * 1024}; {TOVEC} {command}", folder)
    if status == 0:
        assert megabytes > 300
        assert errors == ""
        return
    assert (status, output) == (1, "")
    assert errors.startswith("Error: not enough address space: ")
    assert errors.endswith("or unlimited\n") and errors.count("\n") == 1
    assert not (folder / "out").exists()


def test_a_deleted_current_folder_is_one_line(folder):
    line = f"mkdir gone; cd gone; rmdir ../gone; {TOVEC} init a b --out x"
    _, _, errors = shell(line, folder)
    assert errors == "Error: the current folder no longer exists; change to another one\n"
    line = f"mkdir gone; cd gone; rmdir ../gone; {TOVEC} neighbors {folder}/four cat --json"
    status, output, _ = shell(line, folder)
    assert status == 0
    assert json.loads(output)["results"]


@pytest.mark.parametrize("name", [b"new\nline", b"./-dash", b"byte\xff", "한국어".encode()])
def test_file_names_may_hold_any_bytes(name, folder):
    command = [sys.executable, "-m", "tovec"]
    for arguments in ([b"init", b"a", b"b", b"--out", name], [b"neighbors", name, b"a"]):
        ended = subprocess.run([*command, *arguments], cwd=folder, capture_output=True, check=False)
        assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.slow
def test_a_processor_without_wide_registers_gives_the_same_vectors(folder):
    """Sums are rounded otherwise without fused products, and differ by no more than that."""
    program = """
import random, tovec
random.seed(1)
texts = [" ".join(f"w{random.randrange(5) + random.randrange(9)}" for _ in range(9)) for _ in range(3000)]
embedding = tovec.train(texts, dim=40, min_count=1, epochs=2, threads=1)
print(*embedding.provenance["losses"], *embedding.vectors[:3].ravel())
"""
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(program)}"
    narrow = {"NUMBA_CPU_NAME": "generic", "XDG_CACHE_HOME": str(folder)}
    (_, here, _), (status, there, errors) = shell(command, folder), shell(command, folder, **narrow)
    assert status == 0, errors
    assert [float(word) for word in there.split()] == pytest.approx(
        [float(word) for word in here.split()], abs=1e-3
    )

"""Ctrl+C and the signals of a supervisor, sent to real commands. A bound in seconds fails only what hangs."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import tovec

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
TIMEOUT_S = 120
TEXT = "the cat sat on the mat and the dog ran over the hill\n" * 4000
NOTHING = "interrupted; nothing has been changed\n"


def start(*arguments, folder, program=None, **environment):
    head = ["-m", "tovec"] if program is None else ["-c", program]
    return subprocess.Popen(
        [sys.executable, *head, *map(str, arguments)],
        cwd=folder, env={**os.environ, **environment}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=_hear_signals,
    )  # fmt: skip


def _hear_signals():
    """Take signals again that whoever started the tests, such as nohup, lets be ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def end(process, number=signal.SIGINT):
    """Send the signal twice at once, as `timeout` does; return status, output and errors."""
    process.send_signal(number)
    process.send_signal(number)
    try:
        output, errors = process.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return process.returncode, output, errors


@pytest.fixture
def text(tmp_path):
    (tmp_path / "text.txt").write_text(TEXT)
    return tmp_path / "text.txt"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """So large that most of a sweep falls into the command."""
    vectors = np.random.default_rng(0).standard_normal((20_000, 64), dtype=np.float32)
    return tovec.Embedding([f"w{n}" for n in range(20_000)], vectors).save(
        tmp_path_factory.mktemp("table") / "big"
    )


# Begins where `python -m tovec` imports its first file, and says so.
SWEPT = """
import os
from tovec.cli import main
os.write(1, b"!")
main()
"""
COMMANDS = {
    "neighbors": ("neighbors", "{table}", "w1"),
    "convert": ("convert", "{table}", "out.vec"),
    "plot": ("plot", "{table}", "-o", "out.png", "--method", "umap"),
    "train": ("train", "text.txt", "--out", "out", "--epochs", "100000"),
}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_ctrl_c_at_any_moment_ends_a_command_with_one_line(name, table, text, tmp_path):
    arguments = [argument.format(table=table) for argument in COMMANDS[name]]
    for delay in (0.02, 0.1, 0.2, 0.4):
        process = start(*arguments, folder=tmp_path, program=SWEPT)
        process.stdout.read(1)
        time.sleep(delay)
        status, _, errors = end(process)
        if status == 0:  # it was done before
            break
        assert status == 130, errors
        assert errors.splitlines()[-1].startswith("interrupted; "), errors
        assert "Traceback" not in errors and "ignored" not in errors
        if not any(tmp_path.glob("out*")):
            assert {path.name for path in tmp_path.iterdir()} == {"text.txt"}
            assert "nothing" in errors


STUCK = """
import signal, sys, threading, time
import tovec.cli.tokens
def stuck(*_, **__):
    print("stuck", flush=True)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    {body}
tovec.cli.tokens.command.callback = stuck
from tovec.cli import main
main()
"""
BODIES = {
    "native code": "import ctypes; ctypes.CDLL(None).sleep(100); ctypes.CDLL(None).sleep(100)",
    "what swallows every exception": """
    while True:
        try: time.sleep(0.01)
        except BaseException: pass""",
    "what waits for a thread": "threading.Thread(target=time.sleep, args=(100,)).start()",
    "a callback of the collector": """
    class Slow:
        def __del__(self): time.sleep(100)
    Slow()""",
}


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STUCK_IN = [
    pytest.param(number, body, id=f"{number.name}-{name}")
    for name, body in BODIES.items()
    for number in (SIGNALS[:1] if body.startswith("threading") else SIGNALS)  # of those once is enough
]


@pytest.mark.parametrize(("number", "body"), STUCK_IN)
def test_a_command_ends_whatever_it_is_stuck_in(body, number, tmp_path):
    process = start("tokens", "SOURCE", "TEXT", folder=tmp_path, program=STUCK.format(body=body))
    assert process.stdout.readline() == "stuck\n"
    time.sleep(0.1)
    status, _, errors = end(process, number)
    assert (status, errors) == (128 + number, NOTHING)


def test_ctrl_c_while_libraries_are_imported(tmp_path):
    (tmp_path / "click.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(100)\n")
    process = start("--version", folder=tmp_path, PYTHONPATH=f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    assert process.stdout.readline() == "importing\n"
    assert end(process) == (130, "", NOTHING)


def test_ctrl_c_while_the_loops_are_compiled_leaves_nothing(text, tmp_path):
    process = start("train", text, "--out", "out", folder=tmp_path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert process.stderr.readline().startswith("compiling")
    status, _, errors = end(process)
    assert status == 130
    assert "interrupted; nothing new has been learned, and nothing is saved in out\n" in errors
    assert not (tmp_path / "out").exists()


def training(*options, folder):
    """Start a training run without end and wait for its first steps."""
    (folder / "short.txt").write_text(TEXT[: len(TEXT) // 20])
    options = (
        "short.txt",
        "--out",
        "out",
        "--epochs",
        "1000000",
        "--checkpoint-every",
        "4",
        "--threads",
        "1",
        *options,
    )
    process = start("train", *options, folder=folder)
    deadline = time.monotonic() + TIMEOUT_S
    while not (folder / "out" / "work" / "checkpoint.safetensors").exists():
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_training_keeps_what_was_learned_and_says_how_to_go_on(number, tmp_path):
    status, output, errors = end(training(folder=tmp_path), number)
    assert status == 128 + number, errors
    epochs = tovec.open(tmp_path / "out").provenance["epochs"]
    last = errors.splitlines()[-1]
    assert (
        last
        == f"interrupted; what {epochs:.2f} epochs have taught is saved in out; go on: tovec train … --resume"
    )
    assert "saved" in output


def test_json_of_interrupted_training_is_whole(tmp_path):
    status, output, _ = end(training("--json", folder=tmp_path))
    assert status == 130
    assert '"interrupted": true' in output


LONG_STEP = """
import time
from tovec import interrupts
from tovec.training import schedule
interrupts.AGAIN_S = 0
on_step = schedule._Segment._on_step
def learned(self, *arguments):
    on_step(self, *arguments)
    time.sleep(1)  # several reports of progress
    print("learned", flush=True)
    time.sleep(100)
schedule._Segment._on_step = learned
from tovec.cli import main
main()
"""


def test_who_does_not_wait_for_a_long_step_reads_that_what_was_learned_is_not_saved(text, tmp_path):
    options = ("--out", "out", "--epochs", "2", "--threads", "1")
    process = start("train", text, *options, folder=tmp_path, program=LONG_STEP)
    assert process.stdout.readline() == "learned\n"
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    status, _, errors = end(process)
    assert status == 130
    assert errors.splitlines()[-1] == "interrupted; what has been learned is not saved in out"
    assert not (tmp_path / "out").exists()


def test_signals_that_a_shell_ignores_for_us_stay_ignored(text, tmp_path):
    """As nohup does, and a shell for what runs in its background."""
    program = """
import signal
for number in (signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
print("deaf", flush=True)
from tovec.cli import main
main()
"""
    process = start("train", text, "--out", "out", "--epochs", "20", folder=tmp_path, program=program)
    assert process.stdout.readline() == "deaf\n"
    for _ in range(20):
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGHUP)
        time.sleep(0.02)
    _, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0, errors


SAVED = """
import os, signal
from pathlib import Path
import tovec
from tovec.training import run_folder
save = run_folder.folder.save
def interrupted(*arguments, **options):
    os.kill(os.getpid(), signal.SIGINT)
    return save(*arguments, **options)
run_folder.folder.save = interrupted
from tovec.cli import main
main()
"""


def test_ctrl_c_while_the_result_is_saved_lets_it_be_saved(text, tmp_path):
    process = start("train", text, "--out", "out", folder=tmp_path, program=SAVED)
    _, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "interrupted; out is complete"
    assert not tovec.open(tmp_path / "out").provenance["interrupted"]

"""The memory that a run needs; its disk space is in test_checkpoint_keeper.py."""

import subprocess
import sys

import pytest
from needs import needs

import tovec
from tovec.errors import TooLarge
from tovec.training import resources
from tovec.training.windows import Windows

PROGRAM = """
import sys, threading, time
import numpy as np
import tovec
from tovec.memory import own_bytes
from tovec.training.events import TrainingBegins

objective, deterministic, ngrams = sys.argv[1], sys.argv[2] == "True", sys.argv[3] or None
peak, stated, ended = [0], [], threading.Event()

def watch():
    while not ended.is_set():
        peak[0] = max(peak[0], own_bytes())
        time.sleep(0.002)

def report(event):
    if isinstance(event, TrainingBegins):
        stated.append(event.n_bytes)
        threading.Thread(target=watch).start()

rng = np.random.default_rng(0)
words = [f"word{number}" for number in range(150_000)]
texts = (" ".join(words[i:i + 20]) for i in rng.permutation(150_000 - 20)[:30_000])
embedding = tovec.train(texts, objective=objective, deterministic=deterministic, ngrams=ngrams,
                        dim=200, min_count=1, epochs=1, threads=2, reporter=report)
ended.set()
print(stated[0], max(peak[0], own_bytes()))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports memory without mapped files")
@pytest.mark.parametrize(
    ("objective", "deterministic", "ngrams"),
    [
        ("skip-gram", False, ""),
        ("skip-gram", True, ""),
        ("cbow", False, ""),
        ("skip-gram", False, "characters"),
        ("glove", False, ""),
    ],
)
def test_the_memory_stated_before_the_run_is_what_it_takes(objective, deterministic, ngrams):
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, objective, str(deterministic), ngrams],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    stated, peak = map(int, run.stdout.split())
    assert peak > 400e6
    assert stated == pytest.approx(peak, rel=0.15)


# ru_maxrss would count what the process that starts this one has taken.
NETWORK = """
from pathlib import Path
import tovec
from tovec.training.events import TrainingBegins

def report(event):
    if isinstance(event, TrainingBegins):
        print(event.n_bytes, end=" ")

texts = [f"the cat number {number} sat on the mat" for number in range(1500)]
tovec.train(texts, objective="language-model", tokenizer="bytes", epochs=1, threads=1, dim=256, context=4096,
            reporter=report)
status = Path("/proc/self/status").read_text().splitlines()
print(1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM")))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports memory without mapped files")
def test_a_network_takes_the_memory_that_is_stated_and_the_files_of_torch():
    needs("torch")
    run = subprocess.run([sys.executable, "-c", NETWORK], capture_output=True, text=True, check=True)
    stated, peak = map(int, run.stdout.split())
    assert stated == pytest.approx(peak, rel=0.35)


def test_a_network_too_large_for_the_memory_says_what_makes_it_smaller():
    needs("torch")
    with pytest.raises(
        TooLarge, match=r"use a smaller `dim` or `context`, or a tokenizer with fewer tokens$"
    ):
        tovec.train(["the cat sat"] * 9, objective="language-model", dim=10**7)


def test_what_does_not_fit_is_refused_with_both_numbers(monkeypatch):
    monkeypatch.setattr(resources, "available_bytes", lambda: 2_000_000)
    with pytest.raises(TooLarge, match="needs 3 MB of memory and 2 MB are free; use a smaller `dim`"):
        resources.check_memory(3_000_000, "a smaller `dim`")
    assert resources.check_memory(1_000_000, "") >= 1_000_000


def test_a_system_that_does_not_report_its_memory_refuses_nothing(monkeypatch):
    monkeypatch.setattr(resources, "available_bytes", lambda: None)
    assert resources.check_memory(1 << 50, "") > 1 << 50


def test_the_size_of_windows_is_computed_without_allocating_them():
    arrays = [*Windows(7, 12).arrays, *Windows(7, 12)._kept]
    assert Windows.n_bytes(7, 12) == sum(array.nbytes for array in arrays)
    with pytest.raises(TooLarge, match="use a smaller `dim` or `window`"):
        tovec.train(["the cat sat", "the dog sat"] * 9, window=10**8)

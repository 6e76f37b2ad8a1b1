"""Changed files of every kind that is read, some of each; benchmarks/fuzz.py opens a million."""

import os

import pytest
from breaking import program, run

from tovec.formats import SAVED, VECTORS

FAILURES = ("stray", "crashes", "over memory", "over time", "varies")


@pytest.mark.slow
def test_a_changed_file_of_any_kind_opens_or_is_refused_in_one_line(tmp_path):
    made = run("fuzz.py", tmp_path, "--no-peers", "--mutants", 15)
    found = made["each"]
    # A file of a library that is not installed is left out; where none may be missing, all kinds are there.
    is_complete = os.environ.get("TOVEC_FORBID_SKIPS") == "1"
    without = {one.module for one in (*SAVED, *VECTORS)} - set(made["formats"])
    assert len(found) == 41 if is_complete else len(found) > 30
    assert without <= (set() if is_complete else {"vectors.fasttext_file"})  # no other library writes that
    failures = {each["reader"]: each["lines"] for each in found if any(each["counts"][n] for n in FAILURES)}
    assert failures == {}
    assert sum(each["counts"]["opened"] for each in found) > 60
    assert sum(each["counts"]["refused"] for each in found) > 250


MISBEHAVING = """
import os
from pathlib import Path
from fuzz_worker import Target, fuzz

calls = []
def use(path):
    number = path.read_bytes()[0]
    calls.append(number)
    if number % 5 == 0:
        raise KeyError("stray")
    if number % 5 == 1:
        os.abort()
    if number % 5 == 2:
        bytearray(1 << 40)
    if number % 5 == 3:
        raise ValueError("refused")
    return str(len(calls))

target = Target("bad", "tovec", {"a": b"1234"}, ["a"], use, (ValueError,), "a")
found = fuzz(target, [b"xyz"], 60, 0, Path(sys.argv[1]) / "kept")
print(sorted(name for name, count in found.counts.items() if count), sum(found.counts.values()))
print(len(list(Path(sys.argv[1]).glob("kept/bad by tovec/*.txt"))) > 10)
"""


def test_a_bad_reader_is_found_out(tmp_path):
    counts, kept = program(MISBEHAVING, tmp_path).splitlines()
    assert counts == "['crashes', 'opened', 'over memory', 'refused', 'stray', 'varies'] 60"
    assert kept == "True"

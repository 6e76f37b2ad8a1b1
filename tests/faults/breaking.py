"""How these tests break things: benchmarks/faults.py and benchmarks/fuzz.py, each in its own process."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from needs import needs_that

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def needs_strace():
    """Skip where strace is missing, or may not hold a process."""
    needs_that(shutil.which("strace") is not None, "strace is not installed; it breaks runs at system calls")
    held = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True)
    needs_that(held.returncode == 0, "strace may not hold a process here")


def needs_linux():
    """Skip on other systems: the scripts fork, wait and limit memory as Linux does."""
    needs_that(sys.platform == "linux", "faults are made with what only Linux has")


def run(script, folder, *options):
    """Run a script of benchmarks/ and return the JSON that it writes, whatever it found."""
    needs_linux()
    found = folder / "found.json"
    command = [sys.executable, BENCHMARKS / script, "--jobs", "1", "--json", found, *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert found.exists(), done.stderr
    return json.loads(found.read_text())


def program(source, folder):
    """Run Python source that may import what lies in benchmarks/; return what it prints."""
    needs_linux()
    source = f"import sys; sys.path.insert(0, {str(BENCHMARKS)!r})\n{source}"
    done = subprocess.run([sys.executable, "-c", source, folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout

"""Code run in a process of its own, with a bound on its memory and its time."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

SPACE = 6 << 30  # addresses, of which libraries reserve more than they use; it only saves the machine
_PEAK = """
import re as _re, sys as _sys
_sys.stdout.flush()
_status = open("/proc/self/status").read()
print("\\npeak", int(_re.search(r"VmHWM:\\s+(\\d+) kB", _status)[1]) * 1024, file=_sys.stderr)
"""


class Ran(NamedTuple):
    """What code printed, what it said on the standard error, and the memory that it had at most, in bytes."""

    output: str
    said: str
    peak: int


def run_bounded(code: str, *arguments: object, seconds: float = 60) -> Ran:
    """Run Python code, `sys.argv[1:]` being the arguments; it may raise SystemExit, nothing else."""
    if not Path("/proc/self/status").exists():
        pytest.skip("the memory of another process is read from /proc, which Linux has")
    import resource

    whole = f"try:\n{_indented(code)}\nexcept SystemExit:\n    pass\n{_PEAK}"
    done = subprocess.run(
        [sys.executable, "-c", whole, *map(str, arguments)],
        capture_output=True,
        timeout=seconds,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE)),
        check=False,
    )
    said = done.stderr.decode(errors="replace")
    assert done.returncode == 0, f"it ends with {done.returncode}: {said[-2000:]}"
    said, _, peak = said.rpartition("\npeak ")
    return Ran(done.stdout.decode(errors="replace"), said.strip(), int(peak))


def run_tovec(*arguments: object, seconds: float = 60) -> Ran:
    """Run a command of tovec so."""
    code = "import runpy\nrunpy.run_module('tovec', run_name='__main__', alter_sys=True)"
    return run_bounded(code, *arguments, seconds=seconds)


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.strip().splitlines())

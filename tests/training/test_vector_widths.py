"""The loops on processors with narrower registers, as far as this one can stand in for them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAM = """
import sys
import llvmlite.binding as llvm
import pytest

lacking, files = sys.argv[1].split(","), sys.argv[2:]
features = dict(llvm.get_host_cpu_features())
original = llvm.get_host_cpu_features
llvm.get_host_cpu_features = lambda: {name: has and name not in lacking for name, has in features.items()}
from tovec.training.kernels import simd
llvm.get_host_cpu_features = original
print("LANES", simd.LANES)
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *files]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("lacking", "lanes"), [("avx512f", (8, 4)), ("avx512f,avx", (4,))])
def test_the_loops_are_those_of_the_twin_at_any_width(lacking, lanes, tmp_path):
    files = [str(HERE / name) for name in ("test_skipgram_kernel.py", "test_mean_input_kernel.py")]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, lacking, *files],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), "NUMBA_CACHE_DIR": ""},
        cwd=HERE.parent.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    assert any(f"LANES {n}" in run.stdout for n in lanes)

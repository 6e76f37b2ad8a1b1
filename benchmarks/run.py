"""Every benchmark once, with settings that end in some minutes; `make bench` runs this.

Usage: python benchmarks/run.py [NAME ...]
NAME: of a script below, without `.py`; all of them where none is given. A script that fails is reported at
the end, after the others have run. Called by itself, each script has its full settings: see its `--help`.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from common import timed

SCRIPTS = {
    "reading": "--repeat 2",
    "training": "--repeat 1 --epochs 1",
    "glove": "--quick",
    "snapshots": "--megabytes 10 --pairs 3",
    "memory": "--quick",
    "opening": "--repeat 2 --only peers",
    "searching": "--rows 65536 --dim 300 --repeat 5",
    "measure": "--sizes 30000 --questions 300",
    "neighbor_graph": "--rows 20000 --repeat 1",
    "projection": "--n 10000 --repeat 1",
    "timeline": "--n 2000 --moments 8",
    "quality": "--seeds 1 --epochs 1",
    "sentences": "--rounds 3 --epochs 3",
    "large_map": "--n 100000 --columns 64",
    "page": "--sizes 100000",
    "server": "--quick --rows 65536",
    "faults": "--commands init train --points 1 --seconds 1 --runs 2",
    "fuzz": "--mutants 20",
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("names", nargs="*", metavar="NAME")
    names = arguments.parse_args().names or list(SCRIPTS)
    if unknown := [name for name in names if name not in SCRIPTS]:
        arguments.error(f"no benchmark is named {unknown[0]!r}; there are {', '.join(SCRIPTS)}")
    failed = []
    for name in names:
        print(f"\n== {name}.py {SCRIPTS[name]}", flush=True)
        command = [sys.executable, str(Path(__file__).with_name(f"{name}.py")), *SCRIPTS[name].split()]
        seconds, done = timed(subprocess.run, command)
        print(f"== {name}.py: {seconds:.0f} s", flush=True)
        if done.returncode:
            failed.append(name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()

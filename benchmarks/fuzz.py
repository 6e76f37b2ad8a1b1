"""Randomly changed files of every kind that tovec reads: each must open or be refused with one line.

Usage: python benchmarks/fuzz.py [--mutants N] [--readers NAME...] [--no-peers] [--keep DIR] [--jobs N]
A mutant is a small valid file or folder with a few changes: of bits, bytes, numbers where sizes are stored,
or JSON; parts removed, repeated or taken from another file; also inside archives, whose checksums are then
corrected. It is opened in a process that may use 1 GB more than at its start, and 10 s; all rows, tokens,
nearest neighbors and the ids of a text are read, and `tovec inspect` runs on it. Every eighth mutant that
opens is opened again and must give the same numbers. Other libraries that read such files read the same
mutants; for them `refused` counts the exceptions that they document. stray: any other exception, a warning
of Python or NumPy, or a message that is not one short line. Mutants depend only on --seed and their number;
those that fail are written to --keep.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from common import report
from fault_injection import scratch, values_of
from fuzz_seeds import targets
from fuzz_worker import COUNTS, Found, Target, fuzz, write

from tovec.formats import SAVED, VECTORS
from tovec.storage.file_bytes import HEAD

LIMIT_S = 30 * 24 * 3600.0
FAILURES = COUNTS[2:]
SHOWN = 5  # failures of each reader


def main() -> None:
    """Open mutants, print the results, and exit with status 1 where tovec failed."""
    options = _options()
    chosen = [one for one in targets(options.peers) if not options.readers or one.reader in options.readers]
    donors = [content for one in chosen for content in one.files.values()]
    formats = _open_seeds(chosen)
    if not options.readers and (without := {one.module for one in (*SAVED, *VECTORS)} - formats):
        print(f"no example file for {', '.join(sorted(without))}", file=sys.stderr)
    queue = [
        partial(fuzz, one, donors, max(1, int(options.mutants * one.share)), options.seed, options.keep)
        for one in chosen
    ]
    jobs: list[Callable[[], list[Found]]] = [
        partial(_each, queue[number :: options.jobs], os.dup(2)) for number in range(options.jobs)
    ]
    places = {(one.reader, one.by): place for place, one in enumerate(chosen)}
    found = [each for all_of_job in values_of(jobs, LIMIT_S) for each in all_of_job]
    found.sort(key=lambda each: places[each.reader, each.by])
    report("fuzz", [_row(each) for each in found], save=options.json is None)
    ours = [each for each in found if each.by == "tovec"]
    for each in ours:
        for line in each.lines[:SHOWN]:
            print(f"{each.reader}: {line}", file=sys.stderr)
    if options.json is not None:
        each_found = [vars(each) for each in found]
        options.json.write_text(json.dumps({"each": each_found, "formats": sorted(formats)}, indent=1))
    sys.exit(1 if any(each.counts[name] for each in ours for name in FAILURES) else 0)


def _each(queue: Sequence[Callable[[], Found]], progress: int) -> list[Found]:
    """Return the result of each; also write it to the open file `progress` as soon as it is known."""
    found = []
    for run in queue:
        found.append(run())
        counts = ", ".join(f"{count} {name}" for name, count in found[-1].counts.items() if count)
        os.write(progress, f"{found[-1].reader} by {found[-1].by}: {counts}\n".encode())
    return found


def _open_seeds(chosen: Sequence[Target]) -> set[str]:
    """Open each example unchanged, which imports its reader; return the format modules that read them.

    Raises the exceptions of tovec or the other library.
    """
    formats = set()
    with scratch() as folder:
        for one in chosen:
            write(one.files, folder / "whole")
            path = folder / "whole" / one.source
            one.use(path)
            head = path.read_bytes()[:HEAD] if path.is_file() else b""
            formats |= {known.module for known in (*SAVED, *VECTORS) if known.recognizes(path, head)}
    return formats


def _row(found: Found) -> dict[str, Any]:
    rate = found.mutants / found.seconds if found.seconds else 0.0
    row = {"reader": found.reader, "by": found.by, "mutants": found.mutants, **found.counts}
    return {**row, "a second": round(rate)}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mutants", type=int, default=1000, help="for each reader; 1000 by default")
    parser.add_argument("--readers", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="only tovec")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write mutants that fail there")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results of each reader")
    return parser.parse_args()


if __name__ == "__main__":
    main()

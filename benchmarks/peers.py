"""What the benchmarks share: data, timing, a table on the terminal and the same numbers as JSON."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("TOVEC_DATA", HERE.parent.parent / "shared" / "data"))


def corpus(name: str) -> Path:
    """Return a corpus of the shared data, or the path given in its place; exit when it is not there."""
    path = Path(name) if os.sep in name else DATA / "corpora" / name
    if not path.exists():
        sys.exit(f"{path} is not here; give the path of a text file")
    return path


def timed(run: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    """Return the seconds a call takes on the wall, and what it gives."""
    start = time.perf_counter()
    result = run(*arguments)
    return time.perf_counter() - start, result


def run_program(program: str, *arguments: object, environment: Mapping[str, str] | None = None) -> Any:
    """Run Python source in a process of its own; return the JSON value that it prints last."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def report(name: str, rows: Sequence[Mapping[str, Any]], *, keep: bool = True) -> None:
    """Print the rows as a table and write them to results/NAME.json, unless they are not to be kept."""
    columns = list(rows[0])
    cells = [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for line in (columns, *cells):
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
    if not keep:
        return
    path = HERE / "results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "processor": platform.machine(), "cores": os.cpu_count()}
    values = [{column: _json_value(row[column]) for column in columns} for row in rows]
    path.write_text(json.dumps({"machine": machine, "rows": values}, indent=1) + "\n")


def _json_value(value: object) -> object:
    return None if value != value else value  # JSON knows no NaN


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}"

"""What the benchmarks share: texts, timing, optional packages, tables on the terminal and as JSON."""

import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
DATA = Path(os.environ.get("TOVEC_DATA", HERE.parent.parent / "shared" / "data"))


def corpus(name: str) -> Path:
    """Return the text file `name`: a path, or a file of the shared data.

    Where the shared data lack it: the documentation of the running Python, about half a million words, as
    `tovec demo` reads it. Exits when a path does not exist.
    """
    path = Path(name) if os.sep in name else DATA / "corpora" / name
    if path.exists():
        return path
    if os.sep in name:
        sys.exit(f"{path} does not exist; give the path of a text file")
    return _python_docs(name)


def beginning_of(text: Path, megabytes: float, folder: Path) -> Path:
    """Return a file in `folder` with the first lines of a text."""
    with text.open("rb") as file:
        start = file.read(int(megabytes * 1e6))
    beginning = folder / "text.txt"
    beginning.write_bytes(start[: start.rfind(b"\n") + 1])
    return beginning


def corpora(names: Sequence[str]) -> list[Path]:
    """Return the text files `names`, each once; see `corpus`."""
    return list(dict.fromkeys(map(corpus, names)))


@cache
def _python_docs(instead_of: str) -> Path:
    """Write Python's documentation to a file, one paragraph a line, unless it has been written before."""
    version = platform.python_version()
    path = RESULTS / f"python-{version}-docs.txt"
    print(f"{instead_of} is not in {DATA / 'corpora'}: Python's documentation is used instead", flush=True)
    if not path.exists():
        from tovec.demo.python_docs import python_docs

        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".tmp")
        with unfinished.open("w", encoding="utf-8") as file:
            file.writelines(" ".join(paragraph.split()) + "\n" for paragraph in python_docs())
        unfinished.replace(path)
    return path


@cache
def is_installed(module: str, left_out: str) -> bool:
    """Whether `module` can be imported; where it cannot, one line says what is left out."""
    if importlib.util.find_spec(module) is not None:
        return True
    print(f"{module} is not installed: {left_out} is left out", flush=True)
    return False


def timed(run: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    """Return the wall-clock seconds of a call, and its result."""
    start = time.perf_counter()
    result = run(*arguments)
    return time.perf_counter() - start, result


def run_program(program: str, *arguments: object, environment: Mapping[str, str] | None = None) -> Any:
    """Run Python source in a process of its own; return the JSON value on the last line that it prints."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def report(name: str, rows: Sequence[Mapping[str, Any]], *, save: bool = True) -> None:
    """Print the rows as a table; if `save`, also write them to results/NAME.json."""
    columns = list(rows[0])
    cells = [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for line in (columns, *cells):
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
    if not save:
        return
    RESULTS.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "processor": platform.machine(), "cores": os.cpu_count()}
    values = [{column: _json_value(row[column]) for column in columns} for row in rows]
    (RESULTS / f"{name}.json").write_text(json.dumps({"machine": machine, "rows": values}, indent=1) + "\n")


def _json_value(value: object) -> object:
    return None if value != value else value  # JSON has no NaN


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}"

"""The code blocks of a page of Markdown, which run one after the other, as a reader would run them.

    python docs/blocks.py FOLDER PAGE...

runs the pages in that folder, in their order, and says where one fails or prints something else.

python: runs in one session a page.  sh: runs in bash.  Any other block is only shown, such as `text` that
begins with `$ ` for commands that need a file of the reader's own, and `py` for code that does.
A `text` block right below a block that runs is what that block prints: the same words, and numbers that
differ by no more than a twentieth, since processors round differently. A line `…` stands for any lines.
The line `needs: torch, wordllama` between two lines `---` at the top of a page names packages that it needs.
"""

import contextlib
import io
import os
import re
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

NUMBER = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?|[-−]?\.\d+")
TOLERANCE = 0.05  # of a number, and of one near 0
ANY_LINES = "…"


class Block(NamedTuple):
    """A block between ``` lines; line: the number of its first one; printed: what it should print."""

    language: str
    code: str
    line: int
    printed: str | None


class PageError(Exception):
    """A block that failed, or printed something else."""


def blocks(text: str) -> list[Block]:
    """Return the code blocks of Markdown."""
    found = list(re.finditer(r"^```(\w*)[^\n]*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    below = [
        after[2] if after[1] == "text" and not text[block.end() : after.start()].strip() else None
        for block, after in pairwise(found)
    ]
    return [
        Block(block[1], block[2], text.count("\n", 0, block.start()) + 2, printed)
        for block, printed in zip_longest(found, below)
    ]


def needed(text: str) -> list[str]:
    """Return the packages that a page needs beyond tovec's own."""
    head = re.match(r"---\n.*?^needs: *([^\n]*)\n.*?^---\n", text, re.DOTALL | re.MULTILINE)
    return [] if head is None else re.split(r", *", head[1].strip())


def as_run_here(command: str) -> str:
    """Return the command as it runs without a person: tovec is installed, a page is closed after a while."""
    command = re.sub(r"^make demo\b.*$", "tovec demo --no-open", command, flags=re.MULTILINE)
    # The page is served until Ctrl+C, which ends it well.
    command = re.sub(
        r"^(tovec (?:view [^#\n]*|train [^#\n]* --watch)).*$",
        r"timeout -s INT 10 \1 --no-open || [ $? = 124 ]",
        command,
        flags=re.MULTILINE,
    )
    return re.sub(r"^(make test|source |git clone|cd tovec|pip install).*$", ":", command, flags=re.MULTILINE)


def run_page(page: Path) -> None:
    """Run the blocks of `page` here. Raises PageError where one fails or prints something else."""
    session: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(page.read_text(encoding="utf-8")):
        where = f"{page}:{block.line}"
        if block.language == "python":
            printed = _python(block.code, session, where)
        elif block.language == "sh":
            printed = _bash(block.code, where)
        else:
            continue
        if block.printed is not None and not alike(printed, block.printed):
            raise PageError(f"{where} prints\n{printed}\nand not\n{block.printed}")


def _python(code: str, session: dict[str, Any], where: str) -> str:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(code, where, "exec"), session)
    except Exception:
        raise PageError(f"{where}\n{code}\n{traceback.format_exc()}") from None
    return printed.getvalue()


def _bash(code: str, where: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        ["bash", "-euc", as_run_here(code)], env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    if run.returncode:
        raise PageError(f"{where}\n{code}\n{run.stdout}\n{run.stderr}")
    return run.stdout


def alike(printed: str, expected: str) -> bool:
    """Whether two outputs have the same words and nearly the same numbers; spaces do not count."""
    return _alike(list(_lines(printed)), list(_lines(expected)))


def _lines(text: str) -> Iterator[str]:
    return (" ".join(line.split()) for line in text.splitlines() if line.strip())


def _alike(printed: list[str], expected: list[str]) -> bool:
    if not expected:
        return not printed
    if expected[0] == ANY_LINES:
        return any(_alike(printed[n:], expected[1:]) for n in range(len(printed) + 1))
    return bool(printed) and _same_line(printed[0], expected[0]) and _alike(printed[1:], expected[1:])


def _same_line(printed: str, expected: str) -> bool:
    if " ".join(NUMBER.sub(" 0 ", printed).split()) != " ".join(NUMBER.sub(" 0 ", expected).split()):
        return False
    numbers = (
        [float(n.replace(",", "").replace("−", "-")) for n in NUMBER.findall(line)]
        for line in (printed, expected)
    )
    return all(abs(a - b) <= TOLERANCE * max(1, abs(b)) for a, b in zip(*numbers, strict=True))


def main() -> None:
    folder, *pages = (Path(argument).absolute() for argument in sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    for page in pages:
        if missing := [name for name in needed(page.read_text(encoding="utf-8")) if find_spec(name) is None]:
            print(f"{page.name}: left out, needs {', '.join(missing)}", flush=True)
            continue
        start = time.perf_counter()
        try:
            run_page(page)
        except PageError as error:
            sys.exit(str(error))
        print(f"{page.name}: {time.perf_counter() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()

"""A headless Chromium and a page of `tovec view` for it, for benchmarks, browser tests and pictures."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
APP = "document.getElementById('page').page.app"


def chromium_path() -> str | None:
    """Return the system's Chromium; None where there is none on the PATH."""
    programs = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, programs)), None)


@contextmanager
def viewed(arguments: Sequence[str], folder: Path | None = None) -> Iterator[tuple[str, int]]:
    """Run `tovec view` with these arguments in `folder`; yield its address and the id of its process."""
    command = [sys.executable, "-m", "tovec", "view", *arguments, "--no-open", "--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"], process.pid
    finally:
        process.terminate()
        process.wait()

"""The pages of the site, and what the tests of documents share."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LANGUAGES = ("en", "ko")
# `docs/en/how-to/train.md` and its twin are `how-to/train.md`.
PAGES = sorted(
    {
        str(path.relative_to(DOCS / language))
        for language in LANGUAGES
        for path in (DOCS / language).rglob("*.md")
    }
)


def text_of(language, name):
    """Return the Markdown of a page; empty where only its twin is there, which test_twins.py reports."""
    path = DOCS / language / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def without_blocks(text):
    """Return Markdown without its code blocks and what stands before it between `---` lines."""
    return re.sub(r"^```.*?^```$|\A---\n.*?^---$", "", text, flags=re.DOTALL | re.MULTILINE)


def run_blocks(folder, *pages, warnings="error,ignore:the run has learned too little:UserWarning"):
    """Run the code blocks of the pages in order in `folder`, as docs/blocks.py does."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": warnings}
    ended = subprocess.run(
        [sys.executable, DOCS / "blocks.py", folder, *pages],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    return ended.stdout

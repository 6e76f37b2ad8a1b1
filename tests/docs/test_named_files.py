"""The files and folders that the documents name are there."""

import re

import pytest
from pages import LANGUAGES, PAGES, ROOT

DOCUMENTS = (
    *("README.md", "README.ko.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"),
    *(f"docs/{language}/{name}" for language in LANGUAGES for name in PAGES),
)
ARCHITECTURE = "docs/en/background/architecture.md"
PLACES = ("tovec/", "tests/", "page/", "benchmarks/", "docs/")


def named_paths(text):
    """Return the paths in backquotes and links that begin with a folder of the repository."""
    names = re.findall(r"`([\w./*{},-]+)`", text) + re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
    return {name for name in names if name.startswith(PLACES) and not re.search(r"NAME|[*{]", name)}


def architecture_paths(text):
    """Return the files in the first column of the rooms; a bare name lies beside the one before it."""
    paths = set()
    rooms = re.findall(
        r"^\| ((?:`[\w./]+`(?:, )?)+) \|", text.partition("folder of `page/src/`")[0], re.MULTILINE
    )
    for cell in rooms:
        folder = ""
        for name in re.findall(r"`([\w./]+)`", cell):
            folder = name.rpartition("/")[0] if "/" in name else folder
            paths.add(f"tovec/{name if '/' in name else '/'.join(filter(None, (folder, name)))}")
    return paths


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_that_a_document_names_exists(name):
    path = ROOT / name
    text = path.read_text(encoding="utf-8") if path.is_file() else ""  # without its twin: test_twins.py
    paths = named_paths(text) | (architecture_paths(text) if name == ARCHITECTURE else set())
    missing = sorted(path for path in paths if not (ROOT / path).exists() and "static" not in path)
    assert not missing, f"{name} names {', '.join(missing)}"
    if name == ARCHITECTURE:
        assert "tovec/training/kernels/" in paths and "tovec/text/kernels.py" in paths

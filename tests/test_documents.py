"""The files and folders that the documents name are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = (
    "README.md",
    "README.ko.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "docs/en/background/architecture.md",
    "docs/en/background/compare.md",
    "docs/ko/background/compare.md",
    "docs/en/background/timeline.md",
    "docs/ko/background/timeline.md",
    "docs/en/background/align.md",
    "docs/ko/background/align.md",
    "docs/en/background/language-model.md",
    "docs/ko/background/language-model.md",
    "docs/en/install.md",
    "docs/ko/install.md",
)
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
    text = (ROOT / name).read_text(encoding="utf-8")
    paths = named_paths(text) | (
        architecture_paths(text) if name == "docs/en/background/architecture.md" else set()
    )
    missing = sorted(path for path in paths if not (ROOT / path).exists() and "static" not in path)
    assert not missing, f"{name} names {', '.join(missing)}"
    if name == "docs/en/background/architecture.md":
        assert "tovec/training/kernels/" in paths and "tovec/text/kernels.py" in paths


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name.startswith("docs/")])
def test_links_of_the_documents_lead_somewhere(name):
    links = re.findall(r"\]\(([^)#]+)", (ROOT / name).read_text(encoding="utf-8"))
    for link in links:
        assert link.startswith("http") or (ROOT / name).parent.joinpath(link).exists(), link

"""CITATION.cff has what version 1.2.0 of its format requires, and says the same as pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
# Required by the schema of 1.2.0, and of the optional ones those that are written here.
REQUIRED = {"cff-version", "message", "title", "authors"}
OPTIONAL = {"abstract", "date-released", "keywords", "license", "type", "version"}


@pytest.fixture(scope="module")
def citation():
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_it_has_the_keys_that_the_format_requires_and_no_unknown_ones(citation):
    assert set(citation) >= REQUIRED
    assert set(citation) <= REQUIRED | OPTIONAL
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", citation["date-released"])
    assert all(isinstance(citation[key], str) and citation[key] for key in ("message", "title", "abstract"))


def test_it_says_what_the_package_says(citation):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for key in ("version", "license", "authors", "keywords"):
        assert citation[key] == project[key]
    assert citation["title"] == project["name"]
    released = f"## {citation['version']} - {citation['date-released']}\n"
    assert released in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

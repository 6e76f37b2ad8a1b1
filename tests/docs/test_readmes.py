"""Every code block of the README runs, in order, as a reader would run it; the Korean one has the same."""

import re

import pytest
from blocks import blocks
from pages import ROOT, run_blocks

READMES = ("README.md", "README.ko.md")


def blocks_of(name):
    return blocks((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.slow
def test_the_blocks_run_one_after_the_other(tmp_path):
    # One of the two: their commands are the same, which the next test holds.
    for readme in READMES:  # the text that the first ten minutes train on
        (tmp_path / readme).write_bytes((ROOT / readme).read_bytes())
    run_blocks(tmp_path, ROOT / "README.md", warnings="error")


def commands(name):
    return [re.sub(r"\s*#.*", "", one.code) for one in blocks_of(name) if one.language in ("sh", "python")]


def test_both_readmes_run_the_same_commands():
    assert commands("README.md") == commands("README.ko.md")


@pytest.mark.parametrize("name", READMES)
def test_blocks_say_what_they_are(name):
    assert {block.language for block in blocks_of(name)} <= {"sh", "python", "py", "text"}


@pytest.mark.parametrize("name", READMES)
def test_links_within_the_repository_lead_somewhere(name):
    links = re.findall(r"\]\(([^)#]+)", (ROOT / name).read_text(encoding="utf-8"))
    assert links
    for link in links:
        assert link.startswith("http") or (ROOT / link).exists(), link


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_mentioned(name):
    from tovec.cli import cli

    text = (ROOT / name).read_text(encoding="utf-8")
    assert [command for command in cli.commands if f"tovec {command}" not in text] == []

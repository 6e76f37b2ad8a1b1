"""Every code block of the README runs, in order, as a reader would run it; the Korean one has the same."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.ko.md")


def blocks(name):
    return re.findall(
        r"^```(\w*)\n(.*?)^```$", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def as_run_here(command):
    """`make demo` sets up an environment and calls `tovec demo`; here the environment is there already."""
    command = re.sub(r"^make demo\b.*$", "tovec demo --no-open", command, flags=re.MULTILINE)
    # The page is served until Ctrl+C, which ends it well.
    command = re.sub(
        r"^(tovec (?:view [^#\n]*|train [^#\n]* --watch)).*$",
        r"timeout -s INT 10 \1 --no-open || [ $? = 124 ]",
        command,
        flags=re.MULTILINE,
    )
    return re.sub(r"^(make test|source |git clone|cd tovec|pip install).*$", ":", command, flags=re.MULTILINE)


@pytest.mark.slow
def test_the_blocks_run_one_after_the_other(tmp_path):
    # One of the two: their commands are the same, which the next test holds.
    for readme in READMES:  # the text that the first ten minutes train on
        (tmp_path / readme).write_bytes((ROOT / readme).read_bytes())
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONWARNINGS": "error"}
    for language, code in blocks("README.md"):
        if language in ("sh", "python"):
            interpreter = ["bash", "-euc"] if language == "sh" else [sys.executable, "-c"]
            run = subprocess.run(
                [*interpreter, as_run_here(code) if language == "sh" else code],
                cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert run.returncode == 0, f"{code}\n{run.stdout}\n{run.stderr}"


def commands(name):
    return [re.sub(r"\s*#.*", "", code) for language, code in blocks(name) if language in ("sh", "python")]


def test_both_readmes_run_the_same_commands():
    assert commands("README.md") == commands("README.ko.md")


@pytest.mark.parametrize("name", READMES)
def test_blocks_say_what_they_are(name):
    assert {language for language, _ in blocks(name)} <= {"sh", "python", "text"}


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

"""The corpus inside the running Python, from a small library of our own and from the real one."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tovec.demo import python_docs as module
from tovec.demo.python_docs import python_docs
from tovec.errors import TovecError

SOURCE = '''#!/usr/bin/env python
# Written for a test of ours.
"""What the module is for.

It has a second paragraph too.
"""
import os  # a remark behind code is too short

text = """
# no comment: this stands in a string
"""
quoted = '# nor is this one here'

# A comment of two lines
# that is one sentence.
#
# Another sentence of it.
def function():
    """Do what a function does."""
    # x = list(range(3))
    value = "not a docstring but a text"  # don't be led astray
    class Inner:
        """A class inside of it."""
    return value

class Outer:
    """Hold what the outer holds."""
    if os:
        def method(self):
            """Do what a function does."""
    else:
        async def other(self):
            """Do what another does."""
'''
TOPICS = '''topics = {"assert": """The assert statement
********************

Assertions are a convenient way.

   assert_stmt ::= "assert"
""", "short": "no chapter of the book"}
'''


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty standard library, and no modules in C."""
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setattr(sys, "builtin_module_names", ())
    return tmp_path


def write(library: Path, files: dict[str, str | bytes]) -> None:
    for name, source in files.items():
        (library / name).parent.mkdir(parents=True, exist_ok=True)
        data = source if isinstance(source, bytes) else source.encode()
        (library / name).write_bytes(data)


def test_docstrings_and_comments_are_read_once_each_in_order(library: Path) -> None:
    write(library, {"module.py": SOURCE})
    assert list(python_docs()) == [
        "What the module is for.",
        "It has a second paragraph too.",
        "Do what a function does.",
        "A class inside of it.",
        "Hold what the outer holds.",
        "Do what another does.",
        "Written for a test of ours.",
        "A comment of two lines that is one sentence.",
        "Another sentence of it.",
    ]


def test_language_reference_is_read_without_its_grammar(library: Path) -> None:
    write(library, {"pydoc_data/topics.py": TOPICS})
    assert list(python_docs()) == ["Assertions are a convenient way."]


def test_files_are_sorted_and_those_without_documentation_left_out(library: Path) -> None:
    names = ["b.py", "a/x.py", "a.py", "site-packages/p.py", "test/t.py", "a/tests/t.py", "encodings/e.py"]
    write(library, {name: f'"""The docstring of {name}."""' for name in [*names, "_sysconfigdata_x.py"]})
    expected = ["a.py", "b.py", "a/x.py"]
    assert list(python_docs()) == [f"The docstring of {name}." for name in expected]


def test_files_that_cannot_be_parsed_are_skipped(library: Path) -> None:
    broken = {"a.py": '"""A file of Python two."""\nprint "x"', "b.py": b"# \xff\xfe", "c.py": b"x = '\0'"}
    named = {"d.py": '# -*- coding: latin-1 -*-\n"""Le café est prêt."""'.encode("latin-1")}
    write(library, {**broken, **named, "e.py": '"""This one is read."""'})
    assert list(python_docs()) == ["Le café est prêt.", "This one is read."]


def test_python_without_source_raises_one_line_with_the_way_out(library: Path) -> None:
    with pytest.raises(TovecError, match=r"no source of its standard library.*tovec train") as error:
        next(python_docs())
    assert "\n" not in str(error.value)


def test_docstrings_of_c_functions_are_read_without_signatures() -> None:
    passages = list(module._builtin_docstrings())
    assert "Append object to the end of the list." in passages  # list.append.__doc__
    assert any(text.startswith("Return the absolute value of the argument.") for text in passages)
    assert not any(text.startswith("dict(") for text in passages)


def test_reading_imports_only_builtin_modules() -> None:
    script = (
        "import sys; from tovec.demo.python_docs import python_docs; before = set(sys.modules); "
        "n = sum(len(text.split()) for text in python_docs()); "
        "new = set(sys.modules) - before - set(sys.builtin_module_names); "
        # What the standard library loads to decode its files and to know where they are.
        "print(n, [name for name in new if not name.startswith(('encodings.', '_sysconfigdata'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    n_words, _, imported = done.stdout.strip().partition(" ")
    assert done.stderr == ""
    assert imported == "[]"
    assert int(n_words) > 300_000


@pytest.mark.slow
def test_real_library_is_plain_prose_without_repetition() -> None:
    documents = list(python_docs())
    assert len(set(documents)) == len(documents)
    assert not any("\n" in text or ">>>" in text[:3] or ":func:`" in text for text in documents)
    words = " ".join(documents).lower().split()
    assert all(
        words.count(word) > 100 for word in ("list", "file", "error", "thread", "string", "dictionary")
    )
